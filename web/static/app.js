// Small comforts on top of pages that work without them: a countdown, a phone number that is easy
// to read, one press that counts once, and the focus where the error is.

import { finder, searchable } from "./find.js";
import { begin, fillIn, framed, step } from "./frame.js";

const all = (selector) => document.querySelectorAll(selector);

// Browsers without speculation rules fetch the next step while the finger is still on its link. The server draws the page then, and
// has it at hand for the press.
function fetchAhead({ target }) {
  const link = target.closest?.("a:not(.languages a)");
  if (link?.origin === location.origin && /^\/b\/\d+\/(city|company|service|master|datetime)$/.test(link.pathname)) {
    fetch(link, { headers: { "X-Purpose": "prefetch" } }).catch(() => {});
  }
}
if (!HTMLScriptElement.supports?.("speculationrules")) addEventListener("pointerdown", fetchAhead);

function enhance() {
  for (const summary of all("[data-errors]")) {
    // Without preventScroll a frame would make its host page jump.
    summary.focus({ preventScroll: true });
  }
  for (const clock of all("[data-countdown]")) countDown(clock, document.querySelector("button[name=resend]"));
  for (const box of all("[data-search]")) search(box.querySelector("[type=search]"), box.querySelector("[data-none]"));
  for (const times of all("[data-yours]")) ownTimes(times);
  for (const chosen of all(":is(.strip, .who) [aria-current=true]")) reveal(chosen);
  for (const field of all("input[type=tel]")) {
    // Only when the field is left: text that changes under the caret is worse than plain digits.
    field.addEventListener("change", () => (field.value = grouped(field)));
  }
  for (const box of all("[data-ending]")) warn(box);
  for (const form of all("[data-puzzle]")) solve(form);
  for (const page of all("[data-again]")) lookAgain(page);
  for (const form of all("[data-press]")) {
    comesIntoSight();
    sight.observe(form.closest("main"));
  }
  // By this scheme a calendar subscribes; without a script the address can be copied into one.
  for (const link of all("a[data-feed]")) link.href = link.href.replace(/^https?:/, "webcal:");
  for (const button of all("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
  for (const button of all("[data-share]")) {
    // A frame of another website may not share.
    if (framed || !navigator.share) continue;
    button.hidden = false;
    const { share: url, title } = button.dataset;
    button.addEventListener("click", () => navigator.share({ title, url }).catch(() => {}));
  }
  if (framed) {
    // A visit's own page may not be framed: whoever embeds it could make its owner press its buttons.
    // The account needs a cookie, which a frame often does not get; where it does, a tab has another one.
    for (const link of all('a[rel=record][href^="/r/"], a[data-account]')) {
      if (link.dataset.tab && !link.target) link.append(Object.assign(document.createElement("span"), { className: "unseen", textContent: ` (${link.dataset.tab})` }));
      link.target = "_blank";
    }
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
    if (left > 0 && clock.isConnected) return;
    clearInterval(timer);
    if (clock.dataset.over) news(clock, clock.dataset.over);
  };
  const timer = setInterval(show, 1000);
  show();
}

// Has a screen reader say what has come about by itself, in a line after what it is about.
function news(place, text) {
  const line = document.createElement("p");
  line.className = "note";
  line.role = "status";
  place.after(line);
  setTimeout(() => (line.textContent = text), 200); // a region must be known before it has something to say
}

// Says two minutes before a time ends that it does, and puts the end off by one press, with what is typed
// left where it is.
function warn(box) {
  const wait = () => setTimeout(() => {
    box.role = "alert";
    box.hidden = false;
  }, (box.dataset.ending - 120) * 1000);
  box.querySelector("a").addEventListener("click", async (event) => {
    event.preventDefault();
    const { href } = event.target;
    const answer = await fetch(href).catch(() => ({}));
    if (!answer.ok || !(await answer.text()).includes("data-ending")) return location.assign(href);
    box.hidden = true;
    document.querySelector("main").focus({ preventScroll: true }); // it was in the box
    news(box, box.dataset.done);
    wait();
  });
  wait();
}

// A page that waits for something asks in the background whether there is news, and nothing moves until there is. What is for
// browsers without a script is read by the parser, too.
function lookAgain(page) {
  const { again, times } = page.dataset;
  const { href } = page.querySelector("[data-now]");
  const told = (main) => [...main.querySelectorAll("h1, .badge, .alert, .outcome")].map((e) => e.textContent.trim()).join() + main.querySelectorAll("a:not(noscript a)").length;
  let left = times;
  const timer = setInterval(async () => {
    if (document.hidden) return;
    if (!page.isConnected || left-- < 1) return clearInterval(timer);
    const answer = await fetch(href).catch(() => {});
    const news = new DOMParser().parseFromString((await answer?.text()) ?? "", "text/html");
    const main = news.querySelector("main[data-step]");
    if (!main || !page.isConnected || told(main) === told(page)) return;
    clearInterval(timer);
    if (page.querySelector("[data-looking]") && fillIn(news)) return;
    framed ? step(href) : location.replace(href);
  }, again * 1000);
}

// Squares the puzzle's number as often as it says, with pauses in which the page stays alive, and sends the form with what
// comes out. Where the browser cannot, the button does after a wait.
async function solve(form) {
  const { puzzle, modulus, steps } = form.dataset;
  if (!self.BigInt || !+steps) return;
  const n = BigInt("0x" + modulus);
  let x = BigInt("0x" + puzzle);
  for (let i = 1; i <= steps; i++) {
    x = (x * x) % n;
    if (i % 2000) continue;
    await new Promise((go) => setTimeout(go));
    if (!form.isConnected) return;
  }
  form.elements.proof.value = x.toString(16);
  form.requestSubmit();
}

// Shows the cards whose words hold every word that was typed. A list that the server has narrowed already
// holds too few of them: there the form is sent.
function search(input, none) {
  if (input.defaultValue) return;
  // What the server looks at: titles, what is told, and the category. A price or a length is no match.
  const told = ".strong, p.comment, .comment p, [data-find]";
  const cards = [...all(".cards[data-group] > li, [data-group] > .cards > li")].map((card) => {
    const parts = [...card.querySelectorAll(told), card.closest("[data-group]").querySelector("h2")];
    return [card, searchable(parts.map((part) => part?.textContent).join(" "))];
  });
  const narrow = () => {
    const finds = finder(input.value);
    let found = 0;
    for (const [card, text] of cards) {
      card.hidden = !finds(text);
      if (!card.hidden) found++;
    }
    for (const group of all("[data-group]")) group.hidden = !group.querySelector("li:not([hidden])");
    for (const times of all(".soonest")) times.hidden = !!input.value.trim(); // who searches wants a service first
    none.textContent = !found ? none.dataset.none : input.value.trim() ? none.dataset.found.replace("*", found) : "";
  };
  input.addEventListener("input", narrow);
  if (input.value) narrow(); // the browser has put back what was typed
}

// The salon's clock is what counts, and stands alone in a time. Whoever is in another zone reads in one sentence how far the
// own clock is from it; the line has room for it, so that nothing moves. A browser that hides its zone says that it is in UTC,
// or in Iceland, which has the same time: of the customer's clock this tells nothing.
function ownTimes(times) {
  const first = times.querySelector("[data-slot]");
  if (!first || /^(UTC|GMT|Etc\/|Atlantic\/Reykjavik)/.test(Intl.DateTimeFormat().resolvedOptions().timeZone)) return;
  const { slot } = first.dataset;
  const clock = (lang, hour) => new Date(slot).toLocaleTimeString(lang, { hour, minute: "2-digit" });
  if (clock("en-GB", "2-digit") === slot.slice(11, 16)) return;
  const yours = /[ap]m/i.test(first.textContent) ? clock("en-US", "numeric") : clock("en-GB", "2-digit");
  times.querySelector("[data-zone]").append(" ", times.dataset.yours.replace("{salon}", first.textContent).replace("{yours}", yours));
}

// A row that is scrolled sideways is shown where something in it is chosen. Only the row moves, never the page.
function reveal(chosen) {
  const [row, it] = [chosen.closest("ul"), chosen].map((e) => e.getBoundingClientRect());
  chosen.closest("ul").scrollLeft += it.left + it.width / 2 - row.left - row.width / 2;
}

// So is what the focus comes to by keyboard: a browser is content when a corner of it is in sight.
addEventListener("focusin", ({ target }) => target.matches(":is(.strip, .who, .jump, .soonest) li > a:focus-visible") && reveal(target));

// A number in full, of the salon's country, gets the groups of the example that the server has put into the field; anything
// else stays as it was typed. The server does the same.
function grouped({ value, placeholder }) {
  const text = value.trim();
  const digits = text.replace(/\D/g, "");
  const [code] = placeholder.split(" ");
  if (!placeholder || !/^\+[\d \u00a0().-]*$/.test(text) || digits.length !== placeholder.replace(/\D/g, "").length || !`+${digits}`.startsWith(code)) return text;
  let i = 0;
  return placeholder.replace(/\d/g, () => digits[i++]);
}

// A button that books, cancels or moves does nothing in the first moments in which its page is in sight: such a press was
// meant for what stood there before. The page says so. A press without a pointer is no slip of one; the server still asks
// whether the page is old enough.
let insight = performance.now();
const comesIntoSight = () => (insight = performance.now());
for (const type of ["pageshow", "visibilitychange"]) addEventListener(type, comesIntoSight, true);
const sight = new IntersectionObserver((entries) => entries.some(({ isIntersecting }) => isIntersecting) && comesIntoSight());

addEventListener("click", (event) => {
  const form = event.detail > 0 && event.target.closest?.("[data-press] [type=submit]:not([name])")?.form;
  if (!form || performance.now() - insight >= form.dataset.press) return;
  event.preventDefault();
  const early = form.querySelector("[data-early]");
  early.textContent = early.dataset.early;
}, true);

// A link away from the contact form, to another time for instance, takes what is typed along: the server keeps it as it does when
// the language is switched.
addEventListener("click", ({ target }) => {
  const form = target.closest?.("a") && document.querySelector("[name=fullname]")?.form;
  if (!form) return;
  const typed = new URLSearchParams(new FormData(form));
  typed.set("switch", 1);
  navigator.sendBeacon(form.action, typed);
});

// A second press is harmless at the server, so the button is dimmed and never blocked.
addEventListener("submit", ({ target, submitter, defaultPrevented }) => {
  const pressed = submitter ?? target.querySelector("[type=submit]");
  if (!defaultPrevented) requestAnimationFrame(() => pressed?.setAttribute("aria-disabled", "true"));
});

// The answer to a form has the address of a page. Back to it asks for that page, and not whether the form is to be sent once
// more. It shows what was typed, as far as the browser keeps the cookie that names it.
if (!framed && navigator.cookieEnabled) history.replaceState(history.state, "", location.href);

// A page that Back brings to life again has been sent before and may be sent anew.
addEventListener("pageshow", () => {
  for (const button of all("button[aria-disabled]")) button.removeAttribute("aria-disabled");
});

// Esc closes one thing: an open menu first, and the search clears itself; then what is around may close.
addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.languages[open]");
  if (menu) {
    menu.open = false;
    menu.firstElementChild.focus();
  }
  if (menu || (event.target.type === "search" && event.target.value)) event.stopImmediatePropagation();
});

enhance();
begin(enhance);
// A visit's page that was opened from the widget in a frame tells it, and nobody else, of a change.
if (!framed && opener) {
  const { event } = document.querySelector("main").dataset;
  if (event) opener.postMessage({ okoshko: 1, ...JSON.parse(event) }, location.origin);
}
