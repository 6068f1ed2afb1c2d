// The loader, which a salon's website carries. Where the website has
//
//   <okoshko-booking form="123" mode="inline"><a href="https://booking.example/b/123">Book online</a></okoshko-booking>
//
// it puts the booking in the place of the link, or opens it when the link is pressed (mode "popup"
// or "float"). Without this script, and as long as the booking has not answered, the link is there
// and works. docs/embedding.md is for the salon, docs/messages.md for its developer.
//
// It must stay small, ask for nothing before it is needed, and work where the website's content
// policy allows this script and this frame and nothing else: no style element, no markup from text.
(() => {
  const NAME = "okoshko-booking";
  const VERSION = 1;
  const CAP = 20000; // of a height, in pixels
  const source = document.currentScript?.src;

  // An optimiser or a tag manager may put the script into a page twice or late. A browser before 2023
  // keeps the link.
  if (customElements.get(NAME) || !CSS.supports("color:color-mix(in srgb,red,red)")) return;

  // What the booking says, and with what. Anything else it did not say.
  const SHAPES =
    " hello: close: top: height:height open:href title:title ready:close,counters,form,lang step:form,step submit:form,step" +
    " booked:company,currency,form,id,services,value moved:company,form,id cancelled:company,form,id error:form,kind ";
  const keys = (object) => object && Object.keys(object).sort().join();

  // How an event is passed on to the counters that the website has, by the names of their functions.
  const COUNTERS = {
    dataLayer: (id, event, data) => dataLayer.push({ event, okoshko: data }),
    gtag: (id, event, data) => gtag("event", event, id ? { ...data, send_to: id } : data),
    ym: (id, event, data) => ym(+id, "reachGoal", event, data),
    fbq: (id, event, data) =>
      event === "okoshko_booked" ? fbq("trackSingle", id, "Schedule", data, { eventID: data.id }) : fbq("trackSingleCustom", id, event, data),
    VK: (id, event) => {
      if (id) VK.Retargeting.Init(id);
      VK.Retargeting.Event(event);
    },
  };

  const create = (name, properties) => Object.assign(document.createElement(name), properties);
  const listen = (on, types, listener) => types.split(" ").forEach((type) => on.addEventListener(type, listener));

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(
    ":host(:not([mode])),:host([mode=inline]),:host([mode=windows]){display:block;position:relative;min-height:800px}" +
      ":host([mode=windows]){min-height:16em}" +
      // In the top layer no box of the website catches it or lies above it; browsers before 2024 have no such layer.
      ":host([mode=float]){position:fixed;inset:auto 1rem 1rem auto;z-index:9999;margin:0;border:0;padding:0;background:none;overflow:visible}" +
      ":host([mode=float]) ::slotted(a){display:block;border-radius:2em;padding:1em 1.5em;font:600 1rem system-ui;" +
      "background:var(--okoshko-ground,#0f766e)!important;color:var(--okoshko-ink,#fff)!important}" +
      "iframe{position:absolute;inset:0;width:100%;height:100%;border:0;visibility:hidden}" +
      "dialog iframe,.on{visibility:visible}" + // in a dialog whatever comes, since there is no link behind it
      "dialog{border:0;padding:0;border-radius:1em;width:60rem;height:54rem}" +
      "@media(width<40em){dialog{max-width:100%;max-height:100%}}" +
      "progress{position:absolute;inset:50% 0 auto;margin:auto}" + // until the booking covers it
      "button{position:absolute;inset:.5em .5em auto auto;z-index:1;border:0;border-radius:2em;width:2.75em;height:2.75em;font:600 1rem system-ui}",
  );

  // Bookings on the page itself that are in sight. Meanwhile no floating button covers them.
  const inSight = new Set();
  const sight = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) inSight[isIntersecting ? "add" : "delete"](target);
    shade();
  });
  const shade = () => {
    for (const float of document.querySelectorAll(NAME + "[mode=float]")) float.style.visibility = inSight.size ? "hidden" : "";
  };

  class Booking extends HTMLElement {
    static observedAttributes = ["form", "mode", "lang", "company", "service", "master", "date", "scheme"];

    #root;
    #frame;
    #dialog;
    #url; // of the booking, while the element is in the page and at work
    #prefill = {};
    #counters = [];
    #near; // what opens the connection early
    #again; // a booking has been here, whose customer is to find the place again

    connectedCallback() {
      // While the page is still coming in, the link inside may not have come yet.
      if (!this.firstElementChild && document.readyState === "loading") return listen(document, "DOMContentLoaded", () => this.connectedCallback());
      if (this.#url || !this.isConnected) return;
      if (!this.#root) {
        this.#root = this.attachShadow({ mode: "open" });
        this.#root.adoptedStyleSheets = [sheet];
        listen(this, "click pointerenter focusin", this);
        // A framework may have set the property before this script came.
        const { prefill } = this;
        delete this.prefill;
        this.prefill = prefill;
      }
      this.#empty();
      if (!(this.#url = this.#address())) return;
      addEventListener("message", this);
      if (!this.#popup) this.#load(this.#root), sight.observe(this);
      else if (this.matches("[mode=float]") && this.showPopover) {
        (this.popover = "manual"), this.showPopover(), shade();
        document.documentElement.style.scrollPaddingBottom ||= "6em"; // what has the focus is scrolled out from under it
      }
    }

    // Where the website moves the element as a whole, the frame goes on.
    connectedMoveCallback() {}

    disconnectedCallback() {
      removeEventListener("message", this);
      sight.unobserve(this);
      inSight.delete(this), shade();
      this.removeAttribute("popover");
      this.#again ||= !!this.#frame?.className;
      this.#empty();
      this.#url = null;
    }

    attributeChangedCallback(name, before, after) {
      if (!this.#url || before === after) return;
      if (this.#frame?.className && after && /lang|scheme/.test(name)) {
        this.#url.searchParams.set(name, after);
        this.#send("look", { lang: this.lang, scheme: this.#dye() });
      } else this.disconnectedCallback(), this.connectedCallback();
    }

    #empty() {
      this.#frame = this.#dialog = null;
      this.#root?.replaceChildren(create("slot"));
      this.style.height = "";
    }

    // What the website knows of the customer: shown in fields, sent by nobody but the customer.
    get prefill() {
      return this.#prefill;
    }
    set prefill(fields) {
      this.#prefill = { ...fields };
      if (this.#frame?.className) this.#init();
    }

    // The words of the link name the booking. Where there are none, the booking's own title does, in its language, once it has come.
    get #words() {
      return this.textContent.trim();
    }

    get #popup() {
      return !this.matches(":not([mode]),[mode=inline],[mode=windows]");
    }

    // The booking's address. The link's own, where there is one, says whose booking it is and may
    // carry choices; the attributes say more.
    #address() {
      const url = new URL(this.getAttribute("href") ?? this.querySelector('a[href*="/b/"]')?.href ?? source ?? location);
      const form = this.getAttribute("form") ?? url.pathname.match(/\/b\/(\d+)/)?.[1];
      if (!form) return;
      url.pathname = "/b/" + form;
      const query = url.searchParams;
      query.set("scheme", this.#scheme());
      query.set("hl", document.documentElement.lang);
      for (const name of Booking.observedAttributes) {
        const value = this.getAttribute(name);
        if (value) query.set(name.replace("service", "services"), value);
      }
      for (const [name, value] of new URLSearchParams(location.search)) {
        if (/^utm_|^[gy]clid$/.test(name)) query.set(name, value);
      }
      return url;
    }

    // The scheme of the ground on which the element stands: that of the first opaque colour behind it, else that of the
    // browser's own canvas. On a picture the ink tells.
    #scheme() {
      const probe = this.#root.appendChild(create("i"));
      const bright = (colour) => {
        // Whatever notation the website has, the browser says "lab(53.2 80.1 67.2 / 0.5)".
        probe.style.color = `color-mix(in lab,${colour},${colour})`;
        const [l, , , , a] = getComputedStyle(probe).color.slice(4).split(" ");
        return parseFloat(a) < 0.5 ? null : l > 54;
      };
      const { color, colorScheme } = getComputedStyle(this);
      let light = null;
      for (let e = this; e && light === null; e = e.parentElement ?? e.getRootNode().host) {
        const style = getComputedStyle(e);
        light = style.backgroundImage !== "none" ? !bright(color) : bright(style.backgroundColor);
      }
      probe.remove();
      light ??= !(/dark/.test(colorScheme) && (!/light/.test(colorScheme) || matchMedia("(prefers-color-scheme:dark)").matches));
      return light ? "light" : "dark";
    }

    // Of one scheme with what is in it, or the browser puts an opaque ground between them.
    #dye() {
      return (this.style.colorScheme = this.#url.searchParams.get("scheme"));
    }

    // load makes the frame. Its address is set before it goes into the page and never changes, so
    // that it adds nothing to the page's history.
    #load(parent) {
      this.#frame = create("iframe", { title: this.#words || document.title, loading: "lazy", src: this.#url });
      this.#dye();
      parent.append(this.#frame);
    }

    open() {
      if (!this.#popup || !this.#url) return;
      if (!this.#dialog) {
        // What is pressed in the frame is not heard here, so it is the button, or what is beside the dialog.
        this.#dialog = create("dialog", { tabIndex: -1, onclick() { this.close(); } });
        this.#root.append(this.#dialog);
        this.#dialog.append(create("button", { textContent: "×", ariaLabel: "Close" }), create("progress", { ariaHidden: true }));
        this.#load(this.#dialog);
        this.#dialog.ariaLabel = this.#frame.title;
      }
      this.#dialog.showModal();
      // A frame whose document has not come would lose the focus, and the button be pressed by the Enter that opened.
      const focus = () => (this.#frame.className ? this.#frame : this.#dialog).focus();
      focus();
      requestAnimationFrame(focus); // Firefox focuses no frame that has just come into sight
    }

    handleEvent(event) {
      if (event.type === "message") return this.#hear(event);
      if (!this.#popup || !this.#url) return;
      const pressed = event.target.closest("a,button");
      if (event.type !== "click") {
        // A pointer on the way to the link has the connection opened.
        this.#near ??= document.head.appendChild(create("link", { rel: "preconnect", href: this.#url.origin }));
      } else if (pressed && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
        event.preventDefault();
        pressed.focus({ preventScroll: true }); // which not every browser does, and the focus must come back here
        this.open();
      }
    }

    #hear({ origin, source, data: m }) {
      if (source !== this.#frame?.contentWindow || origin !== this.#url.origin) return;
      if (keys(m) !== "data,okoshko,type" || m.okoshko !== VERSION || !SHAPES.includes(` ${m.type}:${keys(m.data)} `)) return;
      if (m.type === "hello") {
        this.#frame.className = "on";
        this.#root.firstChild.hidden = !this.#popup;
        this.#init();
        if (this.#dialog) this.#frame.focus();
      } else if (m.type === "height") {
        this.style.height = Math.min(m.data.height, CAP) + "px";
      } else if (m.type === "top") {
        if (this.getBoundingClientRect().y < 0) this.scrollIntoView();
      } else if (m.type === "open") {
        this.#frame.focus(); // where the focus comes back
        api.open({ ...m.data, scheme: this.#dye(), track: this.getAttribute("track") ?? "", prefill: this.#prefill });
      } else if (m.type === "close") this.#dialog?.close();
      else if (m.type === "title") (this.#dialog ?? {}).ariaLabel = this.#frame.title = this.#words || m.data.title;
      else this.#tell(m.type, m.data);
    }

    #init() {
      this.#send("init", { popup: this.#popup, prefill: this.#prefill, ...(this.#again && { again: true }) });
    }

    #send(type, data) {
      this.#frame.contentWindow.postMessage({ okoshko: VERSION, type, data }, this.#url.origin);
    }

    #tell(type, { close, ...data }) {
      if (close) {
        if (this.#dialog) this.#dialog.firstChild.ariaLabel = close;
        // The counters to tell are those of the booking form, and those that the attribute names, such
        // as track="dataLayer ym:123"; track="off" is none.
        const track = this.getAttribute("track") ?? "";
        this.#counters = track === "off" ? [] : new Set([...data.counters, ...track.split(" ")]);
      }
      this.dispatchEvent(new CustomEvent("okoshko:" + type, { detail: data, bubbles: true }));
      for (const counter of this.#counters) {
        const [name, id] = counter.split(":");
        try {
          COUNTERS[name](id, "okoshko_" + type, data);
        } catch {
          // A counter that is not there, or broken, is not the booking's affair.
        }
      }
    }
  }

  const api = {
    // open shows a booking in a window of its own: that of an element with these attributes, or a new one.
    open({ prefill, ...attributes }) {
      const wanted = Object.entries({ mode: "popup", ...attributes });
      let booking = document.querySelector(NAME + wanted.map(([name, value]) => `[${name}="${value}"]`).join(""));
      if (!booking) {
        booking = create(NAME);
        for (const pair of wanted) booking.setAttribute(...pair);
        document.body.append(booking);
      }
      if (prefill) booking.prefill = prefill;
      booking.open();
    },
    on: (type, listener) => listen(document, "okoshko:" + type, (event) => listener(event.detail, event.target)),
  };

  customElements.define(NAME, Booking);
  // A button of a site builder can often have nothing but an address: "#okoshko-123".
  listen(document, "click", (event) => {
    const link = event.target.closest('a[href^="#okoshko-"]');
    if (!link) return;
    event.preventDefault();
    api.open({ form: link.hash.slice(9) });
  });
  // What was called before this script came waits in a queue.
  const { q = [] } = (window.okoshko = Object.assign(window.okoshko ?? {}, api));
  for (const [name, ...args] of q) api[name]?.(...args);
})();
