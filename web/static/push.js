// Asks the browser for notifications, on the page that offers them and when its button is pressed. What the browser answers goes to
// the server with the rest of the form.

const box = document.querySelector("[data-push]");
const able = self === top && "serviceWorker" in navigator && "PushManager" in self && "Notification" in self;

// A key as the browser wants it: bytes instead of base64url.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt());

async function subscribe() {
  const { push: key, worker } = box.dataset;
  if ((await Notification.requestPermission()) !== "granted") throw new Error("denied");
  const registration = await navigator.serviceWorker.register(worker);
  await active(registration);
  const before = await registration.pushManager.getSubscription();
  const mine = before && bytes(key).every((b, i) => new Uint8Array(before.options.applicationServerKey)[i] === b);
  if (before && !mine) await before.unsubscribe();
  return mine ? before : registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) });
}

// A worker that has just been registered takes no messages yet.
function active({ installing, waiting, active: now }) {
  const worker = installing ?? waiting;
  if (now || !worker) return undefined;
  return new Promise((go) => worker.addEventListener("statechange", () => worker.state === "activated" && go()));
}

if (able) {
  const button = box.querySelector("button");
  const alert = box.querySelector("[data-denied]");
  box.hidden = false;
  button.addEventListener("click", async () => {
    if (button.ariaBusy) return;
    button.ariaBusy = "true";
    alert.textContent = "";
    try {
      const field = box.querySelector("[name=push]");
      field.value = JSON.stringify(await subscribe());
      field.form.requestSubmit();
    } catch {
      alert.textContent = alert.dataset.denied;
    }
    button.ariaBusy = null;
  });
}
