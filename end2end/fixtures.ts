// What every spec starts from: a demo server of the worker's own, somebody signed in, and a page that fails its test on
// console errors, failed requests and hydration warnings.
import { test as base, expect, type Page } from "@playwright/test";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export interface Demo {
  /** The address that the demo prints. */
  address: string;
}

export type Role = "admin" | "technician" | "account_manager" | "viewer" | "nobody";

const binary = resolve(process.env.CARGO_TARGET_DIR ?? "../target", "debug/tenantry");

async function startDemo(): Promise<{ demo: Demo; stop: () => Promise<void> }> {
  const data = mkdtempSync(join(tmpdir(), "tenantry-end2end-"));
  const child: ChildProcess = spawn(binary, ["demo", "--address", "127.0.0.1:0", "--data-dir", data, "--freeze"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  const address = await new Promise<string>((found, failed) => {
    const listen = (chunk: Buffer) => {
      said += chunk.toString();
      const match = /Open (http:\/\/[\w.:]+)/.exec(said);
      if (match) found(match[1]);
    };
    child.stdout?.on("data", listen);
    child.stderr?.on("data", listen);
    child.once("exit", (code) => failed(new Error(`the demo ended with ${code} before it was ready:\n${said}`)));
  });
  return {
    demo: { address },
    stop: async () => {
      const ended = new Promise((done) => child.once("exit", done));
      child.kill("SIGTERM");
      await ended;
      rmSync(data, { recursive: true, force: true });
    },
  };
}

export const test = base.extend<{ signIn: (role: Role, nth?: number) => Promise<void>; guarded: void }, { demo: Demo }>({
  demo: [
    async ({}, use) => {
      const { demo, stop } = await startDemo();
      await use(demo);
      await stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  baseURL: async ({ demo }, use) => use(demo.address),
  guarded: [
    async ({ page }, use) => {
      const faults: string[] = [];
      page.on("console", (message) => {
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
