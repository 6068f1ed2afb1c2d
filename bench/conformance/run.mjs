// The official conformance client of the Model Context Protocol at the assistants' door. It needs a newer Node than Debian has, so that npm
// installs one beside it. Fails unless every scenario passes.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

// The scenarios for a server that has tools only. The others call tools, prompts and resources by the names that they have in the
// protocol's own example server, or keep streams of events open.
const scenarios = ["server-initialize", "ping", "tools-list", "dns-rebinding-protection"];

const folder = mkdtempSync(join(tmpdir(), "okoshko-conformance-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const binary = join(folder, "okoshko");
execFileSync("go", ["build", "-o", binary, "."], { cwd: fileURLToPath(new URL("../..", import.meta.url)), stdio: "inherit" });
const place = { OKOSHKO_SERVER_LISTEN: "127.0.0.1:0", OKOSHKO_ADMIN_LISTEN: "", OKOSHKO_STORE_PATH: join(folder, "okoshko.db"), OKOSHKO_LOG_LEVEL: "error" };
const widget = spawn(binary, { env: { ...process.env, ...place }, stdio: ["ignore", "pipe", "inherit"] });
process.on("exit", () => widget.kill());
const base = await new Promise((resolve, reject) => {
  widget.once("exit", () => reject(new Error("the widget did not start")));
  widget.stdout.on("data", (text) => {
    const address = String(text).match(/http:\/\/127\.0\.0\.1:[0-9]+/);
    if (address) resolve(address[0]);
  });
});

const tools = fileURLToPath(new URL("node_modules/.bin", import.meta.url));
const env = { ...process.env, PATH: tools + delimiter + process.env.PATH };
let failed = false;
for (const scenario of scenarios) {
  const told = spawnSync(join(tools, "conformance"), ["server", "--url", base + "/mcp", "--scenario", scenario, "-o", folder], { env, encoding: "utf8", timeout: 300_000 });
  const [, passed, of] = told.stdout?.match(/Passed: (\d+)\/(\d+), 0 failed, 0 warnings/) ?? [];
  const good = told.status === 0 && of > 0 && passed === of;
  console.log(`${scenario.padEnd(26)}${good ? `${passed} of ${of} passed` : "FAILED"}`);
  if (!good) {
    failed = true;
    console.log(told.error ?? "", told.stdout, told.stderr);
  }
}
process.exit(failed ? 1 : 0);
