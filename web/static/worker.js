// Shows what the widget sends to a browser that has asked for it, and opens its address when it is pressed. A browser that knows
// declarative web push does both without this script. It touches no requests.

addEventListener("push", (event) => {
  let told;
  try {
    told = event.data.json().notification;
  } catch {
    return;
  }
  const { title, body, lang, dir, tag, navigate } = told;
  event.waitUntil(registration.showNotification(title, { body, lang, dir, tag, data: { navigate } }));
});

addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { navigate } = event.notification.data ?? {};
  if (navigate && new URL(navigate).origin === location.origin) event.waitUntil(clients.openWindow(navigate));
});
