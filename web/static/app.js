// Small comforts on top of pages that work without them: a countdown, a phone number that is easy
// to read, one press that counts once, and the focus where the error is.

for (const summary of document.querySelectorAll("[data-errors]")) {
  // Without preventScroll a frame would make its host page jump.
  summary.focus({ preventScroll: true });
}

for (const clock of document.querySelectorAll("[data-countdown]")) {
  countDown(clock, document.querySelector("button[name=resend]"));
}

// The server says how many seconds are left and puts the number into its sentence; the page's own
// clock only measures their passing. Without a script the button stays open, and the server
// answers a press that comes too early.
function countDown(clock, button) {
  const seconds = clock.dataset.countdown;
  const sentence = clock.textContent;
  const until = performance.now() + Number(seconds) * 1000;
  const show = () => {
    const left = Math.max(0, Math.ceil((until - performance.now()) / 1000));
    clock.textContent = sentence.replace(seconds, left);
    clock.hidden = left === 0;
    if (button) button.disabled = left > 0;
    if (left === 0) clearInterval(timer);
  };
  const timer = setInterval(show, 1000);
  show();
}

for (const box of document.querySelectorAll("[data-search]")) {
  search(box, box.querySelector("input"), box.querySelector("[data-none]"));
}

// Shows the services whose words hold every word that was typed.
function search(box, input, none) {
  const plain = (text) => text.toLocaleLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");
  const cards = [...document.querySelectorAll("[data-group] li")].map((card) => [card, plain(card.textContent)]);
  input.addEventListener("input", () => {
    const words = plain(input.value).split(/\s+/);
    let found = 0;
    for (const [card, text] of cards) {
      card.hidden = !words.every((word) => text.includes(word));
      if (!card.hidden) found++;
    }
    for (const group of document.querySelectorAll("[data-group]")) group.hidden = !group.querySelector("li:not([hidden])");
    none.textContent = found ? "" : none.dataset.none;
  });
}

// The salon's clock is what counts; only whoever is in another zone sees the own one beside it.
for (const times of document.querySelectorAll("[data-yours]")) {
  for (const slot of times.querySelectorAll("[data-slot]")) {
    const own = new Date(slot.dataset.slot).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
    if (slot.dataset.slot.slice(11, 16) === own) continue;
    const note = document.createElement("small");
    note.textContent = times.dataset.yours.replace("*", own);
    slot.append(" ", note);
    const time = slot.dataset.slot.slice(11, 16);
    slot.setAttribute("aria-label", slot.getAttribute("aria-label").replace(time, `${time}, ${note.textContent}`));
  }
}

for (const field of document.querySelectorAll("input[type=tel]")) {
  // Only when the field is left: text that changes under the caret is worse than plain digits.
  field.addEventListener("change", () => (field.value = spaced(field.value)));
}

// A Russian or Kazakh number gets its usual groups; any other keeps what was typed.
function spaced(text) {
  const digits = text.replace(/\D/g, "");
  const local = /^(?:\+?7|8)/.test(text.trim()) && digits.length === 11 ? digits.slice(1) : "";
  return local ? local.replace(/(...)(...)(..)(..)/, "+7 $1 $2-$3-$4") : text.trim();
}

for (const form of document.forms) {
  form.addEventListener("submit", (event) => {
    const pressed = event.submitter ?? form.querySelector("[type=submit]");
    // A second press is harmless at the server, so it is dimmed and never blocked.
    requestAnimationFrame(() => pressed?.setAttribute("aria-disabled", "true"));
  });
}

// A page that Back brings to life again has been sent before and may be sent anew.
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button[aria-disabled]")) button.removeAttribute("aria-disabled");
});
