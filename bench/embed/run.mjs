// What a "book online" button costs a website before anybody presses it: our loader beside Cal.com's
// published embed.js, each on an otherwise empty page, each from a host of its own. By the processor's
// own time, which stands still while other programs have it, and the lower quartile of the runs, because
// what they leave of its caches does not. A phone is some four times slower.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import puppeteer from "puppeteer-core";

const runs = 25;
const goals = { gzip: 2500, requests: 1, script: 12 };

// The widget on its embedded sandbox, on a port that nobody has.
const folder = mkdtempSync(join(tmpdir(), "okoshko-embed-"));
const binary = join(folder, "okoshko");
execFileSync("go", ["build", "-o", binary, "."], { cwd: new URL("../..", import.meta.url), stdio: "inherit" });
const widget = spawn(binary, { env: { ...process.env, OKOSHKO_SERVER_LISTEN: "127.0.0.1:0", OKOSHKO_SANDBOX_NOW: process.env.OKOSHKO_TEST_NOW ?? "2026-10-14T10:00:00+03:00", OKOSHKO_STORE_PATH: join(folder, "okoshko.db"), OKOSHKO_LOG_LEVEL: "error" }, stdio: ["ignore", "pipe", "inherit"] });
process.on("exit", () => {
  widget.kill();
  rmSync(folder, { recursive: true, force: true });
});
const base = await new Promise((resolve, reject) => {
  widget.once("exit", () => reject(new Error("the widget did not start")));
  widget.stdout.on("data", (text) => {
    const address = String(text).match(/http:\/\/\S+/);
    if (address) resolve(address[0]);
  });
});
const ours = base.replace("127.0.0.1", "widget.localhost");

const cal = readFileSync(new URL("node_modules/@calcom/embed-core/dist/embed/embed.js", import.meta.url));
const loader = Buffer.from(await (await fetch(base + "/embed/v1.js")).arrayBuffer());

// The snippets are those that each one's documentation gives for a link that opens the booking.
const pages = {
  "/empty": "",
  "/okoshko": `<okoshko-booking form="1" mode="popup"><a href="${ours}/b/1">Book online</a></okoshko-booking><script async src="${ours}/embed/v1.js"></script>`,
  "/cal": `<button data-cal-link="salon/visit">Book online</button><script>
(function (C, A, L) { let p = function (a, ar) { a.q.push(ar); }; let d = C.document; C.Cal = C.Cal || function () { let cal = C.Cal; let ar = arguments;
if (!cal.loaded) { cal.ns = {}; cal.q = cal.q || []; d.head.appendChild(d.createElement("script")).src = A; cal.loaded = true; }
if (ar[0] === L) { const api = function () { p(api, arguments); }; const namespace = ar[1]; api.q = api.q || [];
if (typeof namespace === "string") { cal.ns[namespace] = cal.ns[namespace] || api; p(cal.ns[namespace], ar); p(cal, ["initNamespace", namespace]); } else p(cal, ar); return; }
p(cal, ar); }; })(window, "http://cal.localhost:" + location.port + "/embed.js", "init");
Cal("init", { origin: "http://cal.localhost:" + location.port });
</script>`,
};
const site = createServer((request, response) => {
  const script = request.url === "/embed.js";
  response.setHeader("Content-Type", script ? "text/javascript" : "text/html; charset=utf-8");
  if (script) response.end(cal);
  else if (request.url in pages) response.end(`<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Salon</title><h1>Salon</h1>${pages[request.url]}`);
  else response.writeHead(404).end();
});
await new Promise((resolve) => site.listen(0, "127.0.0.1", resolve));
const salon = `http://salon.localhost:${site.address().port}`;

const browser = await puppeteer.launch({ executablePath: process.env.CHROME_PATH, args: ["--no-sandbox", "--disable-gpu"] });

// visit is one cold visit: how long the main thread was busy, of that with scripts, and what was asked for.
async function visit(path) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  const devtools = await page.createCDPSession();
  await devtools.send("Performance.enable", { timeDomain: "threadTicks" });
  const requests = [];
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(salon + path, { waitUntil: "load" });
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const { metrics } = await devtools.send("Performance.getMetrics");
  const { TaskDuration, ScriptDuration } = Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
  await context.close();
  return { task: TaskDuration * 1000, script: ScriptDuration * 1000, requests: requests.filter((url) => !url.startsWith("data:")).length - 1 };
}

const seen = { "/empty": [], "/okoshko": [], "/cal": [] };
for (let n = 0; n <= runs; n++) {
  for (const path in seen) {
    const one = await visit(path);
    if (n > 0) seen[path].push(one); // the first warms the machine up
  }
}
await browser.close();
site.close();

const quartile = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 4)];
const of = (path, what) => quartile(seen[path].map((one) => one[what]));
const row = (name, path, script) => ({
  name, bytes: script.length, gzip: gzipSync(script, { level: 9 }).length, requests: of(path, "requests"),
  ms: Math.max(0, of(path, "task") - of("/empty", "task")), script: Math.max(0, of(path, "script") - of("/empty", "script")),
});
const rows = [row("okoshko /embed/v1.js", "/okoshko", loader), row("@calcom/embed-core 1.5.3 embed.js", "/cal", cal)];
console.log("script                               bytes   gzip  requests  main thread ms  of it scripts ms");
for (const r of rows) {
  console.log(r.name.padEnd(34) + String(r.bytes).padStart(8) + String(r.gzip).padStart(7) + String(r.requests).padStart(10) + r.ms.toFixed(1).padStart(16) + r.script.toFixed(1).padStart(18));
}
const [mine] = rows;
const over = Object.keys(goals).filter((what) => mine[what] > goals[what]);
if (over.length) {
  console.error("over the goals:", over.map((what) => `${what} ${mine[what]} > ${goals[what]}`).join(", "));
  process.exitCode = 1;
}
widget.kill();
