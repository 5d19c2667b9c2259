// Keys and small comforts. Every page works without this file.

const KEYS_OFF = "keys-off";
const PLACE_WAITS_MS = 1500;
const keysDialog = document.getElementById("keys");
const keysOn = document.getElementById("keys-on");

// Keys can be switched off: they are single letters, and some people dictate (WCAG 2.1.4).

if (keysOn) {
  keysOn.checked = localStorage.getItem(KEYS_OFF) === null;
  keysOn.addEventListener("change", () => {
    if (keysOn.checked) localStorage.removeItem(KEYS_OFF);
    else localStorage.setItem(KEYS_OFF, "1");
  });
}

const rows = () => [...document.querySelectorAll("[data-row]")].filter((row) => row.checkVisibility());

function step(by) {
  const all = rows();
  const here = document.activeElement;
  const line = here.closest("tr, li");
  const at = all.findIndex((row) => row === here || line?.contains(row));
  const next = all[Math.min(Math.max(at + by, 0), all.length - 1)];
  if (next && !next.matches("a, button")) next.tabIndex = -1;
  next?.focus();
}

let placeUntil = 0;

function goTo(key) {
  placeUntil = 0;
  document.querySelector(`[data-go="${CSS.escape(key)}"]`)?.click();
  return true;
}

const deeds = {
  "/": () => { document.getElementById("q")?.focus(); document.getElementById("q")?.select(); },
  "?": () => keysDialog?.showModal(),
  g: () => { placeUntil = Date.now() + PLACE_WAITS_MS; },
  j: () => step(1),
  k: () => step(-1),
  r: () => document.querySelector("[data-key='r']")?.click(),
};

function press(key) {
  if (Date.now() < placeUntil) return goTo(key);
  if (!Object.hasOwn(deeds, key)) return false;
  deeds[key]();
  return true;
}

// With a Persian layout the same key gives another letter: then the key's place counts.

function letterOf(event) {
  if (event.key.length !== 1 || event.key.charCodeAt(0) < 128) return event.key;
  if (event.code === "Slash") return event.shiftKey ? "?" : "/";
  return event.code.startsWith("Key") ? event.code.slice(3).toLowerCase() : event.key;
}

function openRow(event) {
  const row = event.key === "Enter" && event.target.closest("[data-row]:not(a, button)");
  if (!row || event.target !== row) return false;
  row.querySelector("a[href]")?.click();
  return true;
}

function closeMenu(event) {
  const menu = event.key === "Escape" && document.querySelector("details.who[open]");
  if (!menu) return false;
  menu.open = false;
  menu.querySelector("summary").focus();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (closeMenu(event) || openRow(event)) return event.preventDefault();
  const types = event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
  if (types || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (document.querySelector("dialog[open]") || localStorage.getItem(KEYS_OFF) !== null) return;
  if (press(letterOf(event))) event.preventDefault();
});

document.addEventListener("click", (event) => {
  const menu = document.querySelector("details.who[open]");
  if (menu && !menu.contains(event.target)) menu.open = false;
});

// [data-opens=ID] opens a dialog; [data-copies=TEXT] copies, and says so.

document.addEventListener("click", async (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    document.getElementById(opener.dataset.opens)?.showModal();
    event.preventDefault();
  }
  const copier = event.target.closest("[data-copies]");
  if (!copier) return;
  await navigator.clipboard?.writeText(copier.dataset.copies);
  copier.classList.add("copied");
  const said = document.getElementById("said");
  if (said) said.textContent = said.dataset.copied;
  setTimeout(() => { copier.classList.remove("copied"); if (said) said.textContent = ""; }, 2000);
});

// A table that is wider than its box must be reached by keys, to be scrolled by them.

function makeReachable() {
  for (const box of document.querySelectorAll(".scroll")) {
    if (box.scrollWidth <= box.clientWidth) { box.removeAttribute("tabindex"); continue; }
    box.tabIndex = 0;
    box.setAttribute("role", "group");
    const name = box.querySelector("caption")?.textContent.trim();
    if (name) box.setAttribute("aria-label", name);
  }
}
makeReachable();
addEventListener("resize", makeReachable);
document.addEventListener("htmx:after:swap", makeReachable);

// A form that is sent twice is one that was clicked twice. The server knows better; this spares it.
// [data-again]: one that brings a file and leaves its page as it was.

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.hasAttribute("hx-post") || "again" in form.dataset) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
});
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
