// Keys and small comforts. Every page works without this file.

// Keys can be switched off: they are single letters, and some people dictate (WCAG 2.1.4).

const KEYS_OFF = "keys-off";
const keysDialog = document.getElementById("keys");
const keysOn = document.getElementById("keys-on");
if (keysOn) {
  keysOn.checked = localStorage.getItem(KEYS_OFF) === null;
  keysOn.addEventListener("change", () => {
    if (keysOn.checked) localStorage.removeItem(KEYS_OFF);
    else localStorage.setItem(KEYS_OFF, "1");
  });
}

const rows = () => [...document.querySelectorAll("[data-row]")];

function step(by) {
  const all = rows();
  const at = all.findIndex((row) => row === document.activeElement);
  const next = all[Math.min(Math.max(at + by, 0), all.length - 1)];
  next?.focus();
}

let waitsForPlace = false;

function press(key) {
  if (waitsForPlace) {
    waitsForPlace = false;
    document.querySelector(`[data-go="${CSS.escape(key)}"]`)?.click();
    return true;
  }
  const deeds = {
    "/": () => document.getElementById("q")?.focus(),
    "?": () => keysDialog?.showModal(),
    g: () => { waitsForPlace = true; },
    j: () => step(1),
    k: () => step(-1),
    r: () => document.querySelector("[data-key='r']")?.click(),
  };
  if (!Object.hasOwn(deeds, key)) return false;
  deeds[key]();
  return true;
}

document.addEventListener("keydown", (event) => {
  const types = event.target.closest("input, textarea, select, [contenteditable]");
  if (types || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.querySelector("dialog[open]") || localStorage.getItem(KEYS_OFF) !== null) return;
  if (press(event.key)) event.preventDefault();
});

// [data-opens=ID] opens a dialog; [data-copies=TEXT] copies.

document.addEventListener("click", async (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    document.getElementById(opener.dataset.opens)?.showModal();
    event.preventDefault();
  }
  const copier = event.target.closest("[data-copies]");
  if (copier) await navigator.clipboard?.writeText(copier.dataset.copies);
});

// A form that is sent twice is one that was clicked twice. The server knows better; this spares it.

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.hasAttribute("hx-post")) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
});
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
