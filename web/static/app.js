// Small comforts on top of pages that work without them: a countdown, a phone number that is easy
// to read, one press that counts once, the focus where the error is, and inside a frame steps that
// take each other's place.

const all = (selector) => document.querySelectorAll(selector);

function enhance() {
  for (const summary of all("[data-errors]")) {
    // Without preventScroll a frame would make its host page jump.
    summary.focus({ preventScroll: true });
  }
  for (const clock of all("[data-countdown]")) countDown(clock, document.querySelector("button[name=resend]"));
  for (const box of all("[data-search]")) search(box.querySelector("input"), box.querySelector("[data-none]"));
  for (const times of all("[data-yours]")) ownTimes(times);
  for (const field of all("input[type=tel]")) {
    // Only when the field is left: text that changes under the caret is worse than plain digits.
    field.addEventListener("change", () => (field.value = spaced(field.value)));
  }
  for (const button of all("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
  if (framed) {
    // A visit's own page may not be framed: whoever embeds it could make its owner press its buttons.
    for (const link of all("a[rel=record]")) link.target = "_blank";
  }
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
    if (left === 0 || !clock.isConnected) clearInterval(timer);
  };
  const timer = setInterval(show, 1000);
  show();
}

// Shows the services whose words hold every word that was typed.
function search(input, none) {
  const plain = (text) => text.toLocaleLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");
  const cards = [...all("[data-group] li")].map((card) => [card, plain(card.textContent)]);
  input.addEventListener("input", () => {
    const words = plain(input.value).split(/\s+/);
    let found = 0;
    for (const [card, text] of cards) {
      card.hidden = !words.every((word) => text.includes(word));
      if (!card.hidden) found++;
    }
    for (const group of all("[data-group]")) group.hidden = !group.querySelector("li:not([hidden])");
    none.textContent = found ? "" : none.dataset.none;
  });
}

// The salon's clock is what counts; only whoever is in another zone sees the own one beside it.
function ownTimes(times) {
  for (const slot of times.querySelectorAll("[data-slot]")) {
    const time = slot.dataset.slot.slice(11, 16);
    const own = new Date(slot.dataset.slot).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
    if (time === own) continue;
    const note = document.createElement("small");
    note.textContent = times.dataset.yours.replace("*", own);
    slot.append(" ", note);
    slot.setAttribute("aria-label", slot.getAttribute("aria-label").replace(time, `${time}, ${note.textContent}`));
  }
}

// A Russian or Kazakh number gets its usual groups; any other keeps what was typed.
function spaced(text) {
  const digits = text.replace(/\D/g, "");
  const local = /^(?:\+?7|8)/.test(text.trim()) && digits.length === 11 ? digits.slice(1) : "";
  return local ? local.replace(/(...)(...)(..)(..)/, "+7 $1 $2-$3-$4") : text.trim();
}

// A second press is harmless at the server, so the button is dimmed and never blocked.
addEventListener("submit", ({ target, submitter, defaultPrevented }) => {
  const pressed = submitter ?? target.querySelector("[type=submit]");
  if (!defaultPrevented) requestAnimationFrame(() => pressed?.setAttribute("aria-disabled", "true"));
});

// A page that Back brings to life again has been sent before and may be sent anew.
addEventListener("pageshow", () => {
  for (const button of all("button[aria-disabled]")) button.removeAttribute("aria-disabled");
});

// Inside a frame every page would add an entry to the history of the page around it, where Back
// would then lead through our steps. So there a step takes the place of the one before. Whatever
// goes wrong on the way, the browser does as it would have done by itself: a form that is sent
// twice is one attempt at the server.
const framed = self !== top;
let again; // the timer of a page that asks for itself again

if (framed) {
  addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || link.target || link.hasAttribute("download") || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const here = link.pathname === location.pathname && link.search === location.search;
    if (!ours(link) || (here && link.hash)) return;
    event.preventDefault();
    swap(link.href, {}, () => location.replace(link.href), link);
  });
  addEventListener("submit", (event) => {
    const { target: form, submitter } = event;
    const address = new URL(submitter?.hasAttribute("formaction") ? submitter.formAction : form.action);
    if (!ours(address) || event.defaultPrevented) return;
    event.preventDefault();
    const data = new URLSearchParams(new FormData(form, submitter));
    const post = form.method === "post";
    if (!post) address.search = data;
    const native = () => {
      form.append(...[...data].map(([name, value]) => Object.assign(document.createElement("input"), { type: "hidden", name, value })));
      form.action = address;
      HTMLFormElement.prototype.submit.call(form);
    };
    swap(address, post ? { method: "POST", body: data } : {}, native, submitter);
  });
}

// Records live on pages that may not be framed, and other sites are not ours to show.
function ours(address) {
  return address.origin === location.origin && /^\/b\//.test(address.pathname);
}

async function swap(address, request, instead, pressed) {
  const main = document.querySelector("main");
  if (main.ariaBusy) return;
  main.ariaBusy = "true";
  clearTimeout(again);
  try {
    const answer = await fetch(address, request);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!page.querySelector("main[data-step]") || looks(page) !== looks(document)) throw answer;
    show(page, answer.url + new URL(address, location).hash, pressed);
  } catch {
    main.ariaBusy = null;
    instead();
  }
}

// The policy of the page that came first knows only its own styles.
const looks = (page) => [...page.querySelectorAll("head style")].map((style) => style.textContent).join();

function show(page, address, pressed) {
  const [from, to] = [document, page].map((d) => d.querySelector("main").dataset.step);
  const top = document.documentElement;
  history.replaceState(null, "", address);
  document.title = page.title;
  for (const name of ["lang", "dir"]) top.setAttribute(name, page.documentElement.getAttribute(name));
  const seconds = page.querySelector("meta[http-equiv=refresh]")?.content;
  document.body.replaceWith(document.adoptNode(page.body));
  if (seconds) again = setTimeout(() => swap(location.href, {}, () => location.reload()), seconds * 1000);
  enhance();
  if (document.querySelector("[data-errors]")) return;
  // Within a step the hand stays where it was, and so does the page.
  const same = from === to && pressed && twin(pressed);
  const focus = same || document.querySelector("h1");
  if (!same) {
    focus.tabIndex = -1;
    scrollTo(0, 0);
  }
  focus.focus({ preventScroll: true });
}

// The control of the new page that does what the pressed one did.
function twin(pressed) {
  for (const { name, value } of pressed.attributes) {
    if (/^data-|^rel$/.test(name)) return document.querySelector(`${pressed.localName}[${name}="${CSS.escape(value)}"]`);
  }
}

enhance();
