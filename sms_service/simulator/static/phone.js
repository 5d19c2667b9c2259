// The keys: of the keypad, and of the keyboard while the phone has the focus. The screens
// themselves come from the server; a key types into the field of the screen that is shown,
// or presses one of its buttons.

const handset = document.getElementById("handset");
const lcd = document.getElementById("lcd");
const expire = document.getElementById("expire");
const settings = document.getElementById("settings");

const MULTITAP_MS = 900;

const dark = matchMedia("(prefers-color-scheme: dark)");
const dress = () => { document.documentElement.dataset.bsTheme = dark.matches ? "dark" : "light"; };
dark.addEventListener("change", dress);
dress();

// Typing

let lettersMode = false;
let lastTap = { key: null, at: 0, turn: 0 };

function insert(field, text, replaced = 0) {
  const { selectionStart: from, selectionEnd: to } = field;
  if (field.value.length - replaced + text.length > field.maxLength) return;
  field.setRangeText(text, Math.max(from - replaced, 0), to, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function lettersOf(key) {
  return handset.querySelector(`[data-key="${key}"]`).dataset.letters;
}

function tap(field, key) {
  const now = performance.now();
  const again = lastTap.key === key && now - lastTap.at < MULTITAP_MS;
  const letters = lettersOf(key);
  const turn = again ? (lastTap.turn + 1) % letters.length : 0;
  lastTap = { key, at: now, turn };
  insert(field, letters[turn], again ? 1 : 0);
}

function switchMode() {
  lettersMode = !lettersMode;
  const shown = lcd.querySelector("[data-mode]");
  if (shown) shown.textContent = lettersMode ? shown.dataset.otherMode : shown.dataset.mode;
}

function type(field, key) {
  if ("multitap" in field.dataset && key === "#") return switchMode();
  if ("multitap" in field.dataset && lettersMode && lettersOf(key)) return tap(field, key);
  return insert(field, key);
}

// Keys

function choose() {
  const items = [...lcd.querySelectorAll(".items button")];
  (items.find((item) => item === document.activeElement || "at" in item.dataset) ?? items[0])?.click();
}

function move(step) {
  const items = [...lcd.querySelectorAll(".items button")];
  if (!items.length) {
    lcd.querySelector(".text, textarea")?.scrollBy({ top: step * 72 });
    return;
  }
  const now = items.findIndex((item) => "at" in item.dataset);
  mark(items, (Math.max(now, 0) + step + items.length) % items.length);
}

function mark(items, place) {
  items.forEach((item, index) => { delete item.dataset.at; if (index === place) item.dataset.at = ""; });
  items[place]?.scrollIntoView({ block: "nearest" });
  items[place]?.focus({ preventScroll: true });
}

function click(button) {
  if (!button) return;
  if ("choose" in button.dataset) choose();
  else button.click();
}

function press(key) {
  if (key === "call") return click(lcd.querySelector("[data-call]"));
  if (key === "end") return click(lcd.querySelector("[data-end]"));
  if (key === "start" || key === "close") return click(lcd.querySelector(`[data-soft="${key}"]`));
  if (key === "up" || key === "down") return move(key === "up" ? -1 : 1);
  const field = lcd.querySelector("[data-typing]");
  if (field) return type(field, key);
  return lcd.querySelector(`[data-digit="${key}"]`)?.click();
}

function erase() {
  const field = lcd.querySelector("[data-typing]");
  if (field) insert(field, "", field.selectionStart === field.selectionEnd ? 1 : 0);
}

handset.addEventListener("click", (event) => {
  const chooser = event.target.closest("[data-choose]");
  if (chooser) return choose();
  const button = event.target.closest("[data-key]");
  if (!button) return;
  button.classList.add("pressed");
  setTimeout(() => button.classList.remove("pressed"), 120);
  press(button.dataset.key);
  // After the mouse the keyboard goes on where the phone listens; a keyboard's own click stays.
  if (event.detail > 0) land();
});

const NAMED = { Escape: "end", ArrowUp: "up", ArrowDown: "down" };

handset.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const { target, key } = event;
  const isField = target.matches("input, textarea");
  const isButton = target.matches("button");
  let name = NAMED[key];
  if (isField && target.matches("textarea") && key.startsWith("Arrow")) name = undefined;
  if (!isField && /^[0-9*#]$/.test(key)) name = key;
  if (key === "Enter" && !isButton && !event.shiftKey) name = "call";
  if (key === "Backspace" && !isField) { event.preventDefault(); return erase(); }
  if (!name) return;
  event.preventDefault();
  press(name);
});

// Screens

// Puts the focus where the shown screen is worked.
function land() {
  const items = [...lcd.querySelectorAll(".items button")];
  if (items.length) return mark(items, Math.max(items.findIndex((item) => "at" in item.dataset), 0));
  const field = lcd.querySelector("[data-typing]");
  (field ?? lcd).focus({ preventScroll: true });
  if (field) field.setSelectionRange(field.value.length, field.value.length);
}

let hadFocus = false;
document.addEventListener("htmx:before:swap", (event) => {
  if (event.detail.ctx.target !== lcd) return;
  const from = event.detail.ctx.sourceElement;
  hadFocus = handset.contains(document.activeElement) || Boolean(from?.closest(".presets"));
});

document.addEventListener("htmx:after:swap", (event) => {
  if (event.detail.ctx.target !== lcd) return;
  lettersMode = false;
  watchSession();
  if (lcd.querySelector("[data-screen=waiting]")) document.getElementById("exchange").replaceChildren();
  if (hadFocus) land();
});

document.addEventListener("htmx:error", (event) => {
  if (event.detail.ctx?.target !== lcd || event.detail.ctx.sourceElement?.matches("[data-screen=waiting]")) return;
  lcd.replaceChildren(document.getElementById("lost").content.cloneNode(true));
  window.htmx.process(lcd);
});

for (const button of document.querySelectorAll("[data-phone]")) {
  button.addEventListener("click", () => { settings.phone.value = button.dataset.phone; });
}
settings.addEventListener("submit", (event) => event.preventDefault());

// The clock of the network: it drops a dialogue that nobody goes on with.

const minutes = new Intl.NumberFormat("fa-IR");
const seconds = new Intl.NumberFormat("fa-IR", { minimumIntegerDigits: 2 });
let patience = 0;
let dropsAt = null;

function watchSession() {
  patience = Number(lcd.querySelector("[data-session-seconds]")?.dataset.sessionSeconds ?? 0);
  dropsAt = patience ? performance.now() + patience * 1000 : null;
  document.getElementById("session-none").hidden = patience > 0;
  document.getElementById("session-open").hidden = !patience;
  document.getElementById("session-progress").value = 0;
  expire.disabled = !patience;
  tick();
}

function tick() {
  if (dropsAt === null) return;
  const left = Math.max(0, (dropsAt - performance.now()) / 1000);
  const shown = Math.ceil(left);
  document.getElementById("session-left").textContent =
    `${minutes.format(Math.floor(shown / 60))}:${seconds.format(shown % 60)}`;
  document.getElementById("session-progress").value = left / patience;
  if (left > 0) return;
  dropsAt = null;
  expire.click();
}
setInterval(tick, 250);
