// The phone: sends what is typed, then looks for answers until one comes.

const WAIT_MS = 20_000;
const LOOK_EVERY_MS = 150;

const words = document.getElementById("words").dataset;
const talk = document.getElementById("talk");
const form = document.getElementById("compose");
const status = document.getElementById("status");
const persian = new Intl.NumberFormat("fa-IR", { useGrouping: false });
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

function show(kind, text, footer) {
  document.getElementById("hint")?.remove();
  const bubble = document.getElementById(kind).content.cloneNode(true);
  bubble.querySelector("p").textContent = text;
  bubble.querySelector("footer").textContent = footer;
  talk.append(bubble);
  talk.scrollTop = talk.scrollHeight;
}

async function answersSince(phone, since) {
  const query = new URLSearchParams({ phone, since });
  const response = await fetch(`answers?${query}`);
  return response.ok ? (await response.json()).answers : [];
}

async function waitForAnswer(phone, since, started) {
  while (performance.now() - started < WAIT_MS) {
    const answers = await answersSince(phone, since);
    if (answers.length) return answers;
    await pause(LOOK_EVERY_MS);
  }
  return [];
}

function footerOf(answer, started) {
  const ms = Math.round(performance.now() - started);
  const facts = [
    `${persian.format(answer.parts)} ${words.parts}`,
    `${persian.format(answer.message.length)} ${words.units}`,
    `${persian.format(ms)} ${words.ms}`,
  ];
  return facts.join(" · ");
}

// Returns what is left to say once the text has been sent and its answer shown.
async function send(phone, text) {
  const started = performance.now();
  const response = await fetch("texts", { method: "POST", body: new URLSearchParams({ phone, text }) });
  if (response.status === 400) return words.noPhone;
  if (!response.ok) return words.lost;
  const taken = await response.json();
  const accepted = taken.http_status === 200;
  show("sent", text, accepted ? words.taken : words.refused);
  form.text.value = "";
  if (!accepted) return words.refused;
  status.textContent = words.waiting;
  const answers = await waitForAnswer(phone, taken.since, started);
  for (const answer of answers) show("received", answer.message, footerOf(answer, started));
  return answers.length ? "" : words.silent;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  // A disabled button would lose the keyboard's focus; a busy form only ignores it.
  if (form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  try {
    status.textContent = await send(form.phone.value, form.text.value);
  } catch {
    status.textContent = words.lost;
  } finally {
    form.ariaBusy = "false";
  }
});

for (const preset of document.querySelectorAll(".preset")) {
  preset.addEventListener("click", () => {
    form.text.value = preset.dataset.text;
    talk.scrollIntoView({ block: "nearest" });
    form.requestSubmit();
  });
}
