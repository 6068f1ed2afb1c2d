// Inside a frame: steps that take each other's place, and messages to the page around, which
// docs/messages.md describes.

export const framed = self !== top;

// Every page would add an entry to the history of the page around, where Back would then lead
// through our steps. So a step takes the place of the one before. Whatever goes wrong on the way, the
// browser does as it would have done by itself: a form that is sent twice is one attempt at the server.
let enhance;

export function begin(enhanceAnew) {
  enhance = enhanceAnew;
  if (!framed) return;
  addEventListener("click", follow);
  addEventListener("submit", send);
  addEventListener("message", hear);
  for (const type of ["input", "change"]) addEventListener(type, remember);
  addEventListener("keydown", (event) => {
    // Keys pressed in here do not reach the page around, which holds the dialog.
    if (event.key === "Escape" && !event.defaultPrevented) say("close");
  });
  new ResizeObserver(measure).observe(document.documentElement);
  // The page around is not known yet, so this is all that anybody may know.
  parent.postMessage(message("hello"), "*");
}

function follow(event) {
  const link = event.target.closest?.("a[href]");
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  if (link.rel === "record" && link.target) {
    // The visit's own page has a tab of its own, and tells us from there when the visit is changed.
    if (open(link.href)) event.preventDefault();
    return;
  }
  if (host && link.target && link.closest("[data-opens]")) {
    event.preventDefault();
    return say("open", { href: link.href }); // the page around shows the booking
  }
  const here = link.pathname === location.pathname && link.search === location.search;
  if (link.target || link.hasAttribute("download") || !ours(link) || (here && link.hash)) return;
  event.preventDefault();
  swap(link.href, {}, () => location.replace(link.href), link);
}

function send(event) {
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
  // A button with a name does something beside the way, such as asking for another code.
  if (post && !submitter?.name) say("submit", { form: formOf(main()), step: main().dataset.step });
  swap(address, post ? { method: "POST", body: data } : {}, native, submitter);
}

// step puts the page of an address in the place of this one.
export const step = (href) => swap(href, {}, () => location.replace(href));

// Records live on pages that may not be framed, and other sites are not ours to show.
function ours(address) {
  return address.origin === location.origin && /^\/b\//.test(address.pathname);
}

const main = () => document.querySelector("main");
const formOf = (page) => Number(page.dataset.form);

async function swap(target, request, instead, pressed) {
  const address = new URL(target, location);
  if (look.scheme) address.searchParams.set("scheme", look.scheme);
  const page = main();
  if (page.ariaBusy) return;
  page.ariaBusy = "true";
  try {
    const answer = await fetch(address, request);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const without of page.querySelectorAll("noscript")) without.remove(); // the parser runs no scripts, so it reads what is for nobody here
    if (!page.querySelector("main[data-step]") || looks(page) !== looks(document)) throw answer;
    show(page, answer.url + address.hash, pressed);
  } catch {
    page.ariaBusy = null;
    instead();
  }
}

// The policy of the page that came first knows only its own styles.
const looks = (page) => [...page.querySelectorAll("head style")].map((style) => style.textContent).join();

function show(page, address, pressed) {
  const [from, to] = [document, page].map((d) => d.querySelector("main").dataset.step);
  const top = document.documentElement;
  history.replaceState(null, "", address);
  for (const name of ["lang", "dir"]) top.setAttribute(name, page.documentElement.getAttribute(name));
  // What has the focus is read aloud, and an alert that comes in would be once more.
  page.querySelector("[data-errors]")?.removeAttribute("role");
  put(page);
  // Within a step the hand stays where it was, and so does the page.
  const removed = pressed?.dataset.remove;
  const same = from === to && pressed && (removed ? document.querySelector(".summary, .ticket") : twin(pressed));
  if (pressed && !same && inline()) say("top");
  if (document.querySelector("[data-errors]")) return;
  // A press on a day asks for its times: the focus goes there, and not through all the days that follow.
  const day = same && pressed.dataset.date && document.getElementById("day");
  const focus = day || same || document.querySelector("h1");
  if (!same) scrollTo(0, 0);
  if ((same && !day) || removed) tell(removed);
  hold(focus);
}

// fillIn puts a page of which more is known in the place of this one, the same step. What has the focus keeps it, the calendar
// stays unfolded, and nothing scrolls. It says whether it could.
export function fillIn(page) {
  if (looks(page) !== looks(document)) return false;
  const { activeElement: at } = document;
  const { scrollX: x, scrollY: y } = self;
  const calendar = () => document.querySelector("main details") ?? {};
  const { open } = calendar();
  put(page);
  calendar().open ||= open;
  tell();
  scrollTo(x, y);
  // What had the focus may be gone, such as the link that looks again: then the heading has it.
  if (at.localName === "body") return true;
  hold(twin(at) ?? document.querySelector("h1"));
  return true;
}

function put(page) {
  document.title = page.title;
  document.body.replaceWith(document.adoptNode(page.body));
  enhance();
  announce();
}

function hold(focus) {
  if (focus.tabIndex < 0) focus.tabIndex = -1;
  focus.focus({ preventScroll: true });
}

// tell has a screen reader say what has changed while the hand stayed where it was, and what was taken out.
function tell(removed) {
  const news = main().appendChild(document.createElement("p"));
  news.className = "unseen";
  news.setAttribute("role", "status");
  const text = [removed, ...[...document.querySelectorAll("[data-news]")].map((e) => e.textContent.trim())].filter(Boolean).join(". ");
  setTimeout(() => (news.textContent = text), 200); // a region must be known before it has something to say
}

// The control of the new page that does what the pressed one did. A mark without a value tells it only where there is
// no other: of several links that remove a visit, each removes another. Where the days end their arrow is gone, and the
// heading of the day that is shown takes the focus.
function twin(pressed) {
  for (const { name, value } of pressed.attributes) {
    if (!/^data-/.test(name)) continue;
    const alike = document.querySelectorAll(`${pressed.localName}[${name}="${CSS.escape(value)}"]`);
    if (alike.length === 1 || (value && alike.length)) return alike[0];
    return name === "data-turn" && document.querySelector("#day");
  }
}

// Messages. Where the widget may be framed the browser has checked before it showed the page; which
// of those places this is, the browser says when the page around speaks first. From then on we
// speak to it alone.

const VERSION = 1;
// A height that wavers by less is no news; one above is scrolled within the frame.
const BAND = 4;
const CAP = 20000;
const FIELDS = ["fullname", "surname", "patronymic", "phone", "email", "comment"];

let host; // the origin of the page around
let told = 0; // the height it knows
let stepTold; // and the step
let langTold; // and the language of the title
let prefill = {};
let look = {}; // language and scheme, where the page around has changed them since this page came
const known = new Set(); // ids of what has been told, which is told once

const message = (type, data = {}) => ({ okoshko: VERSION, type, data });

function say(type, data) {
  if (host) parent.postMessage(message(type, data), host);
}

const keys = (object) => (Object.getPrototypeOf(object ?? 0) === Object.prototype ? Object.keys(object).sort().join() : "");

function hear({ source, origin, data: m }) {
  if (keys(m) !== "data,okoshko,type" || m.okoshko !== VERSION) return;
  if (source !== parent && origin === location.origin && /^(moved|cancelled)$/.test(m.type)) return once(m);
  if (source !== parent || origin === "null" || (host ?? origin) !== origin) return;
  if (host && m.type === "look" && keys(m.data) === "lang,scheme") return change(m.data);
  if (m.type !== "init" || !introduced(m.data)) return;
  prefill = m.data.prefill;
  if (!host) {
    const place = m.data.again && !lists() && memory.at();
    if (place && place !== location.href) return location.replace(place);
    host = origin;
    document.documentElement.dataset.embed = m.data.popup ? "popup" : "inline";
    say("ready", JSON.parse(main().dataset.ready ?? "null") ?? { close: "", counters: [], form: 0, lang: "" });
    announce();
  } else fill();
}

function introduced(data) {
  return /^(again,)?popup,prefill$/.test(keys(data)) && typeof data.popup === "boolean" && typeof data.prefill === "object" && data.prefill &&
    Object.entries(data.prefill).every(([name, value]) => FIELDS.includes(name) && typeof value === "string" && value.length <= 1000);
}

// change takes on another look where the customer is, with what is typed: a language as a press on it would.
function change({ lang, scheme }) {
  look = { lang, scheme };
  if (/^(light|dark)$/.test(scheme)) {
    document.documentElement.dataset.scheme = scheme;
    document.querySelector("meta[name=color-scheme]").content = scheme;
  } else delete look.scheme;
  if (lang && lang !== document.documentElement.lang) document.querySelector(`.languages [lang="${CSS.escape(lang)}"]`)?.click();
}

// What a tab remembers of a booking that is under way, since a website that moves the element loads the frame anew: the
// place, and what is typed and not sent. Where the browser keeps nothing, nothing is remembered.
const memory = {
  key: () => "okoshko " + formOf(main()),
  read() {
    try {
      return JSON.parse(sessionStorage[memory.key()] ?? "{}");
    } catch {
      return {};
    }
  },
  write(what) {
    try {
      if (what) sessionStorage[memory.key()] = JSON.stringify({ ...memory.read(), ...what });
      else delete sessionStorage[memory.key()];
    } catch {
      // No storage: the browser's owner wants it so.
    }
  },
  // The place is a page of this form and of this site, whoever wrote it there.
  at() {
    const place = new URL(memory.read().place ?? location.href, location);
    return ours(place) && place.pathname.startsWith(`/b/${formOf(main())}/`) && place.href;
  },
};

const typed = () => [...document.querySelectorAll("main form[method=post] :is(input:not([type=hidden],[name=code]), textarea, select)[name]")];

function remember() {
  if (main().dataset.step !== "contact" || document.querySelector("[name=code]")) return;
  memory.write({ typed: Object.fromEntries(typed().map((field) => [field.name, field.type === "checkbox" ? field.checked : field.value])) });
}

// recall puts back what had been typed when the frame went away.
function recall() {
  const before = memory.read().typed ?? {};
  for (const field of typed()) {
    const value = before[field.name];
    if (typeof value === "boolean") field.checked = value;
    else if (value && !field.value) field.value = value;
  }
}

function once({ type, data }) {
  if (known.has(data.id)) return;
  known.add(data.id);
  say(type, data);
}

// announce says what the page is.
function announce() {
  if (!host) return;
  measure();
  const { dataset } = main();
  const form = formOf(main());
  const { lang } = document.documentElement;
  if (lang !== langTold) say("title", { title: document.title });
  langTold = lang;
  if (dataset.step === "done") memory.write();
  else if (dataset.step !== "error" && !lists()) memory.write({ place: location.href });
  if (dataset.step === "contact" && !document.querySelector("[data-errors]")) recall();
  fill();
  if (dataset.step === "error") say("error", { form, kind: dataset.error });
  else if (dataset.step !== stepTold) say("step", { form, step: dataset.step });
  stepTold = dataset.step;
  if (dataset.event) once(JSON.parse(dataset.event));
}

// lists says whether the page around lists what is free and books elsewhere.
const lists = () => document.querySelector("[data-opens]");

const inline = () => document.documentElement.dataset.embed === "inline";

function measure() {
  if (!inline()) return;
  const height = Math.min(CAP, Math.ceil(document.documentElement.getBoundingClientRect().height));
  if (height > told || height < told - BAND) say("height", { height: (told = height) });
}

// fill puts what the page around knows of the customer into fields in which nothing stands.
function fill() {
  if (document.querySelector("[data-errors]")) return;
  for (const [name, value] of Object.entries(prefill)) {
    const field = document.querySelector(`main form[method=post] [name=${name}]`);
    if (!field || field.value) continue;
    field.value = value;
    const folded = field.closest("details");
    if (folded) folded.open = true; // what goes to the salon has to be seen
    field.dispatchEvent(new Event("change"));
  }
}
