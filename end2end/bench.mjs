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
  const demo = await start(tenants, users);
  try {
    const begun = performance.now();
    const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-background-networking"] });
    const context = await browser.newContext({ baseURL: demo.address, viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    await signIn(page);
    const cookie = (await context.cookies(demo.address)).map(({ name, value }) => `${name}=${value}`).join("; ");
    await read(demo, cookie);
    const figures = [["all read after", `${Math.round((performance.now() - begun) / 1000)} s`]];

    const client = await page.goto("/?sort=users&direction=descending").then(() => page.locator("tbody th a").first().getAttribute("href"));
    figures.push(["fleet page at the server", await times(`${demo.address}/`, cookie)]);
    figures.push(["client page at the server", await times(`${demo.address}${client}`, cookie)]);
    figures.push(["memory of server and simulator", `${Math.round(residentKilobytes(demo.child.pid) / 1024)} MiB`]);
    for (const [type, bytes] of await firstLoad(browser, context, demo.address)) figures.push([`first load, ${type}`, `${(bytes / 1000).toFixed(1)} kB`]);
    figures.push(["first row visible, empty cache", `${await firstRow(browser, context, demo.address)} ms`]);
    await browser.close();

    console.log(`\n${tenants} clients × ${users} users`);
    for (const [name, value] of figures) console.log(`  ${name.padEnd(34)} ${value}`);
  } finally {
    demo.child.kill("SIGTERM");
    await new Promise((done) => demo.child.once("exit", done));
    rmSync(demo.data, { recursive: true, force: true });
  }
}

async function start(tenants, users) {
  const data = mkdtempSync(join(tmpdir(), "tenantry-bench-"));
  const listen = `127.0.0.1:${await freePort()}`;
  const any = "127.0.0.1:0";
  const child = spawn(
    binary,
    ["demo", "--listen", listen, "--data-dir", data, "--login-addr", any, "--graph-addr", any, "--throttle", "off", "--freeze", "--tenants", String(tenants), "--users-per-tenant", String(users)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  await new Promise((ready, failed) => {
    let said = "";
    child.stdout.on("data", (chunk) => (said += chunk).includes("Tenantry is at") && ready());
    child.once("exit", (code) => failed(new Error(`the demo ended with ${code}`)));
  });
  return { child, data, address: `http://${listen}` };
}

function freePort() {
  return new Promise((found) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => found(port));
    });
  });
}

async function signIn(page) {
  await page.goto("/sign-in");
  await page.getByRole("button", { name: " Technician," }).first().click();
  await page.waitForURL((url) => !url.pathname.includes("/oauth2/"));
}

/** Until no client that can be read is still unread. */
async function read(demo, cookie) {
  for (;;) {
    const unread = await pages(demo, cookie);
    if (unread === 0) return;
    await new Promise((later) => setTimeout(later, 500));
  }
}

async function pages(demo, cookie) {
  let unread = 0;
  for (let page = 1; ; page += 1) {
    const html = await (await fetch(`${demo.address}/?sort=age&direction=descending&page=${page}`, { headers: { cookie } })).text();
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

function residentKilobytes(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);
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

async function firstRow(browser, context, address) {
  const taken = [];
  for (let run = 0; run < 5; run += 1) {
    const other = await fresh(browser, context, address);
    const page = await other.newPage();
    const begun = performance.now();
    await page.goto("/", { waitUntil: "commit" });
    await page.locator("tbody tr").first().waitFor();
    taken.push(performance.now() - begun);
    await other.close();
  }
  return Math.round(taken.sort((a, b) => a - b)[2]);
}
