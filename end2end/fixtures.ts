// What every spec starts from: a demo server of the worker's own, somebody signed in, and a page that fails its test on
// console errors, failed requests and hydration warnings.
import { test as base, expect, type Page } from "@playwright/test";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export interface Demo {
  /** Where the demo serves. */
  address: string;
}

export type Role = "admin" | "technician" | "account_manager" | "viewer" | "nobody";

const binary = resolve(process.env.CARGO_TARGET_DIR ?? "../target", "debug/tenantry");

/** A port that is free now. */
async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((listening) => probe.listen(0, "127.0.0.1", listening));
  const { port } = probe.address() as AddressInfo;
  await new Promise((closed) => probe.close(closed));
  return port;
}

async function startDemo(): Promise<{ demo: Demo; stop: () => Promise<void> }> {
  const data = mkdtempSync(join(tmpdir(), "tenantry-end2end-"));
  const listen = `127.0.0.1:${await freePort()}`;
  const anyPort = "127.0.0.1:0";
  const options = ["--listen", listen, "--data-dir", data, "--login-addr", anyPort, "--graph-addr", anyPort, "--throttle", "off", "--freeze"];
  const child: ChildProcess = spawn(binary, ["demo", ...options], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  await new Promise<void>((ready, failed) => {
    const listenTo = (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes("Tenantry is at")) ready();
    };
    child.stdout?.on("data", listenTo);
    child.stderr?.on("data", listenTo);
    child.once("exit", (code) => failed(new Error(`the demo ended with ${code} before it was ready:\n${said}`)));
  });
  return {
    demo: { address: `http://${listen}` },
    stop: async () => {
      const ended = new Promise((done) => child.once("exit", done));
      child.kill("SIGTERM");
      await ended;
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** Until every client that can be read has been read. */
async function filled(page: Page): Promise<void> {
  await expect
    .poll(
      async () => {
        await page.goto("/");
        const rows = await page.getByRole("table", { name: "Clients" }).locator("tbody tr").allInnerTexts();
        return rows.length > 0 && rows.every((row) => !/Connected/.test(row) || !/not read/.test(row));
      },
      { timeout: 150_000, intervals: [1_000] },
    )
    .toBe(true);
}

interface Fixtures {
  signIn: (role: Role, nth?: number) => Promise<void>;
  /** Statuses that the test provokes: Chromium logs each as an error. */
  refusals: number[];
  guarded: void;
}

export const test = base.extend<Fixtures, { demo: Demo }>({
  refusals: [[], { option: true }],
  demo: [
    async ({ browser }, use) => {
      const { demo, stop } = await startDemo();
      const page = await browser.newPage({ baseURL: demo.address });
      await signInAs(page, "technician");
      await filled(page);
      await page.close();
      await use(demo);
      await stop();
    },
    { scope: "worker", timeout: 240_000 },
  ],
  baseURL: async ({ demo }, use) => use(demo.address),
  guarded: [
    async ({ page, refusals }, use) => {
      const faults: string[] = [];
      page.on("console", (message) => {
        if (refusals.some((status) => message.text().includes(`a status of ${status} `))) return;
        if (message.type() === "error" || /hydrat/i.test(message.text())) faults.push(`${message.type()}: ${message.text()}`);
      });
      page.on("pageerror", (error) => faults.push(`page error: ${error.message}`));
      await use();
      expect(faults, "the console stays clean").toEqual([]);
    },
    { auto: true },
  ],
  signIn: async ({ page }, use) => {
    await use((role, nth = 0) => signInAs(page, role, nth));
  },
});

const SHOWN: Record<Role, string> = {
  admin: "Administrator",
  technician: "Technician",
  account_manager: "Account manager",
  viewer: "Viewer",
  nobody: "No appointment",
};

/** Goes through the simulated Microsoft's sign-in page as the nth person whom the demo offers for a role. */
export async function signInAs(page: Page, role: Role, nth = 0): Promise<void> {
  await page.goto("/sign-in");
  await page.getByRole("button", { name: ` ${SHOWN[role]},` }).nth(nth).click();
  await page.waitForURL((url) => !url.pathname.includes("/oauth2/"));
}

/** Until the page listens: what is clicked before that is a plain link or form. */
export async function hydrated(page: Page): Promise<void> {
  await page.waitForFunction(() => document.documentElement.dataset.hydrated === "true");
}

export { expect };
