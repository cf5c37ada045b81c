import type { Page } from "@playwright/test";
import { expect, hydrated, test } from "../fixtures.js";

test.beforeEach(async ({ page, signIn }) => {
  await signIn("admin");
  await page.goto("/settings/connections");
  await hydrated(page);
});

const connections = (page: Page) => page.getByRole("table", { name: "Connections" }).locator("tbody tr");

/** Opens the first client whose row says this. */
async function open(page: Page, state: RegExp): Promise<string> {
  const link = connections(page).filter({ hasText: state, hasNotText: "partner" }).getByRole("link").first();
  const name = (await link.innerText()).trim();
  await link.click();
  await expect(page.getByRole("heading", { level: 2, name })).toBeVisible();
  return name;
}

/** Asks for a consent link and follows it to the pretended Microsoft, as the client's administrator. */
async function follow(page: Page, decision: "Accept" | "Cancel"): Promise<void> {
  await page.getByRole("button", { name: "Consent link" }).click();
  await page.getByRole("link", { name: "Follow it" }).click();
  await page.getByRole("button", { name: "Administrator" }).or(page.locator("button[name=person]")).first().click();
  await page.getByRole("button", { name: decision }).click();
}

test.describe("what is typed", () => {
  test.use({ refusals: [422] });

  test("nonsense is refused beside the field, and what was typed stays", async ({ page }) => {
    const field = page.getByLabel("Domain or tenant id");
    await field.fill("not a domain!");
    await page.getByRole("button", { name: "Make a consent link" }).click();
    await expect(field).toHaveAttribute("aria-invalid", "true");
    await expect(field).toHaveAccessibleDescription(/domain/i);
    await expect(field).toHaveValue("not a domain!");
  });
});

test("a client is disconnected, consents anew and is connected", async ({ page }) => {
  const name = await open(page, /Connected/);
  await page.getByRole("button", { name: "Disconnect" }).click();
  await expect(connections(page).filter({ hasText: name })).toContainText("Disconnected");
  await follow(page, "Accept");
  await expect(page.getByRole("heading", { name: `${name} is connected` })).toBeVisible();
  await page.getByRole("link", { name: `Open ${name}` }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  await page.goto("/settings/connections");
  await expect(connections(page).filter({ hasText: name })).toContainText("Connected");
});

test("a consent that is refused changes nothing and says so", async ({ page }) => {
  const name = await open(page, /consent was never given|has been withdrawn/);
  await follow(page, "Cancel");
  await expect(page.getByRole("heading", { name: "Consent was not given" })).toBeVisible();
  await expect(page.getByRole("main")).toContainText("Nothing was changed");
  await page.goto("/settings/connections");
  await expect(connections(page).filter({ hasText: name })).not.toContainText("Connected");
});

test("a withdrawn consent is told with its cause, and the last data stays with its age", async ({ page }) => {
  await page.goto("/?filter=connection_broken");
  const row = page.getByRole("table", { name: "Clients" }).locator("tbody tr").filter({ hasText: /withdrawn/ });
  await row.getByRole("link").first().click();
  const notice = page.getByRole("main").locator(".notice");
  await expect(notice).toContainText("AADSTS7000229");
  await expect(notice).toContainText(/consent link/i);
  const users = page.getByRole("region", { name: "Users" });
  await expect(users).toContainText(/\d+\s+accounts/);
  await expect(users.locator("time").first()).toBeVisible();
});

test("a forged consent callback changes nothing", async ({ page }) => {
  for (const query of ["", "?state=forged&admin_consent=True&tenant=00000000-0000-0000-0000-000000000001"]) {
    const response = await page.request.get(`/connect/consent${query}`);
    expect(response.status(), query).toBeGreaterThanOrEqual(400);
    expect(response.status(), query).toBeLessThan(500);
  }
});
