// [data-prints] prints the page. Without this file the browser's own menu does.

document.querySelector("[data-prints]")?.addEventListener("click", () => print());
