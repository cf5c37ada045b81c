// Prints what a fleet costs: time to read it all, pages at the server, bytes on the wire, memory, and the first row in Chromium.
// Usage: node bench.mjs [TENANTSxUSERS …]
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { chromium } from "@playwright/test";

const REQUESTS = 200;
const binary = resolve(process.env.CARGO_TARGET_DIR ?? "../target", "release/tenantry");
const fleets = process.argv.length > 2 ? process.argv.slice(2) : ["24x60", "1000x200"];

for (const fleet of fleets) {
  const [tenants, users] = fleet.split("x").map(Number);
  await measure(tenants, users);
}

async function measure(tenants, users) {
  const data = mkdtempSync(join(tmpdir(), "tenantry-bench-"));
  const world = ["--login-addr", "127.0.0.1:0", "--graph-addr", "127.0.0.1:0", "--throttle", "off", "--freeze", "--tenants", String(tenants), "--users-per-tenant", String(users)];
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-background-networking"] });
  try {
    const figures = await fill(browser, data, world);
    figures.push(...(await serve(browser, data, world)));
    console.log(`\n${tenants} clients × ${users} users`);
    for (const [name, value] of figures) console.log(`  ${name.padEnd(34)} ${value}`);
  } finally {
    await browser.close();
    rmSync(data, { recursive: true, force: true });
  }
}

/** From an empty database until every client is connected and read: server and simulated Microsoft on the same two cores. */
async function fill(browser, data, world) {
  const address = `127.0.0.1:${await freePort()}`;
  const begun = performance.now();
  const demo = run(["demo", "--listen", address, "--data-dir", data, ...world]);
  try {
    await demo.said("Tenantry is at");
    const connected = performance.now();
    const context = await signedIn(browser, `http://${address}`);
    const cookie = await cookieOf(context);
    await read(`http://${address}`, cookie);
    await context.close();
    const seconds = (at) => `${((at - begun) / 1000).toFixed(1)} s`;
    return [["connected, one after the other, in", seconds(connected)], ["connected and read in", seconds(performance.now())]];
  } finally {
    await demo.stop();
  }
}

/** The server on its own, on the database that was filled, with the simulated Microsoft in another process. */
async function serve(browser, data, world) {
  const simulator = run(["simulator", ...world]);
  const { login_url, graph_url, client_id, client_secret, partner_tenant_id } = JSON.parse(await simulator.said("\n"));
  const address = `127.0.0.1:${await freePort()}`;
  const base = `http://${address}`;
  const settings = {
    listen: address, public_url: base, data_dir: data, "log.filter": "warn",
    "microsoft.login_url": login_url, "microsoft.graph_url": graph_url, "microsoft.partner_center_url": graph_url,
    "microsoft.client_id": client_id, "microsoft.client_secret": client_secret, "microsoft.partner_tenant": partner_tenant_id,
  };
  const server = run(["serve", ...Object.entries(settings).flatMap(([key, value]) => ["--set", `${key}=${value}`])]);
  try {
    while (!(await fetch(`${base}/readyz`).then((answer) => answer.ok, () => false))) await new Promise((later) => setTimeout(later, 100));
    const context = await signedIn(browser, base);
    const cookie = await cookieOf(context);
    const page = await context.newPage();
    await page.goto("/?sort=users&direction=descending");
    const client = await page.locator("tbody th a").first().getAttribute("href");
    await page.close();
    const figures = [
      ["fleet page at the server", await times(`${base}/`, cookie)],
      ["client page at the server", await times(`${base}${client}`, cookie)],
    ];
    for (const [type, bytes] of await firstLoad(browser, context, base)) figures.push([`first load, ${type}`, `${(bytes / 1000).toFixed(1)} kB`]);
    figures.push(["first row visible, empty cache", `${await firstRow(browser, context, base)} ms`]);
    figures.push(["memory of the server, now", memory(server.pid, "VmRSS")], ["memory of the server, at most", memory(server.pid, "VmHWM")]);
    return figures;
  } finally {
    await server.stop();
    await simulator.stop();
  }
}

/** A process of ours; `said` waits until its output holds the text, and answers the output. */
function run(args) {
  const child = spawn(binary, args, { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  let ended = null;
  const listeners = new Set();
  child.stdout.on("data", (chunk) => {
    output += chunk;
    listeners.forEach((listener) => listener());
  });
  const exit = new Promise((done) =>
    child.once("exit", (code) => {
      ended = code;
      listeners.forEach((listener) => listener());
      done();
    }),
  );
  const said = (text) =>
    new Promise((found, failed) => {
      const look = () => {
        if (output.includes(text)) found(output);
        else if (ended !== null) failed(new Error(`tenantry ${args[0]} ended with ${ended}`));
        else return;
        listeners.delete(look);
      };
      listeners.add(look);
      look();
    });
  const stop = () => {
    child.kill("SIGTERM");
    return exit;
  };
  return { pid: child.pid, said, stop };
}

function freePort() {
  return new Promise((found) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => found(port));
    });
  });
}

async function signedIn(browser, base) {
  const context = await browser.newContext({ baseURL: base, viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.goto("/sign-in");
  await page.getByRole("button", { name: " Technician," }).first().click();
  await page.waitForURL((url) => !url.pathname.includes("/oauth2/"));
  await page.close();
  return context;
}

async function cookieOf(context) {
  return (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
}

/** Until no client that can be read is still unread. */
async function read(base, cookie) {
  for (;;) {
    const unread = await countUnread(base, cookie);
    if (unread === 0) return;
    await new Promise((later) => setTimeout(later, 500));
  }
}

async function countUnread(base, cookie) {
  let unread = 0;
  for (let page = 1; ; page += 1) {
    const html = await (await fetch(`${base}/?sort=age&direction=descending&page=${page}`, { headers: { cookie } })).text();
    const rows = html.split("<tr").slice(2);
    unread += rows.filter((row) => row.includes("Connected") && row.includes("not read")).length;
    if (unread > 0 || !html.includes('rel="next"')) return unread;
  }
}

async function times(url, cookie) {
  const taken = [];
  for (let request = 0; request < REQUESTS; request += 1) {
    const begun = performance.now();
    const response = await fetch(url, { headers: { cookie } });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    taken.push(performance.now() - begun);
  }
  taken.sort((a, b) => a - b);
  const at = (share) => taken[Math.min(taken.length - 1, Math.floor(taken.length * share))].toFixed(1);
  return `median ${at(0.5)} ms, p99 ${at(0.99)} ms`;
}

function memory(pid, field) {
  const [, kilobytes] = new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return `${Math.round(Number(kilobytes) / 1024)} MiB`;
}

/** A signed-in context with an empty cache. */
async function fresh(browser, context, address) {
  return browser.newContext({ baseURL: address, storageState: await context.storageState(), viewport: { width: 1440, height: 900 } });
}

async function firstLoad(browser, context, address) {
  const other = await fresh(browser, context, address);
  const page = await other.newPage();
  const session = await other.newCDPSession(page);
  await session.send("Network.enable");
  const types = new Map();
  const bytes = new Map();
  session.on("Network.responseReceived", ({ requestId, response, type }) => types.set(requestId, response.mimeType.includes("wasm") ? "wasm" : type.toLowerCase()));
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const type = types.get(requestId) ?? "other";
    bytes.set(type, (bytes.get(type) ?? 0) + encodedDataLength);
  });
  await page.goto("/");
  await page.locator("tbody tr").first().waitFor();
  await page.waitForFunction(() => document.fonts.status === "loaded");
  await page.waitForTimeout(1_000);
  await other.close();
  return bytes;
}

/** From the start of the navigation until the frame that shows the first row, as the page itself sees it. */
async function firstRow(browser, context, address) {
  const taken = [];
  for (let run = 0; run < 5; run += 1) {
    const other = await fresh(browser, context, address);
    await other.addInitScript(() => {
      const drawn = () => requestAnimationFrame(() => setTimeout(() => (window.firstRowAt = performance.now())));
      const look = (_, observer) => {
        if (!document.querySelector("tbody tr")) return;
        observer.disconnect();
        drawn();
      };
      new MutationObserver(look).observe(document, { childList: true, subtree: true });
    });
    const page = await other.newPage();
    await page.goto("/");
    taken.push(await page.waitForFunction(() => window.firstRowAt).then((at) => at.jsonValue()));
    await other.close();
  }
  return Math.round(taken.sort((a, b) => a - b)[2]);
}
