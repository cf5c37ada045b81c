import { expect, signInAs, test } from "../fixtures.js";

test("who is not signed in is sent to the sign-in page and comes back to where they wanted to go", async ({ page, demo }) => {
  await page.goto("/settings/sessions");
  await page.getByRole("button", { name: " Technician," }).first().click();
  await expect(page).toHaveURL(`${demo.address}/settings/sessions`);
});

test("a technician sees the fleet, without the right to connect", async ({ page, signIn }) => {
  await signIn("technician");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(/\d+\sclients, [\d,]+\saccounts/);
  await expect(page.getByRole("link", { name: "Connect a client" })).toHaveCount(0);
});

test("an administrator may connect a client", async ({ page, signIn }) => {
  await signIn("admin");
  await expect(page.getByRole("link", { name: "Connect a client" })).toBeVisible();
});

test("an account manager sees the clients given to them, and cannot refresh", async ({ page, signIn }) => {
  await signIn("account_manager");
  await page.getByRole("table", { name: "Clients" }).locator("tbody th a").first().click();
  await expect(page.getByRole("heading", { level: 2, name: "MFA" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Refresh" })).toHaveCount(0);
});

test("a viewer sees their own tenant, and another's address is not found", async ({ page, signIn, browser, demo }) => {
  await signIn("viewer", 0);
  await expect(page).toHaveURL(/\/tenants\/[0-9a-f-]{36}$/);
  const own = new URL(page.url()).pathname;
  await expect(page.getByRole("navigation", { name: "You are here" }).getByRole("link", { name: "Fleet" })).toHaveCount(0);

  const context = await browser.newContext({ baseURL: demo.address });
  const other = await context.newPage();
  await signInAs(other, "viewer", 1);
  await expect(other).toHaveURL(/\/tenants\/[0-9a-f-]{36}$/);
  expect(new URL(other.url()).pathname).not.toBe(own);
  for (const path of [own, `${own}/users`, `${own}/mfa`, `${own}/legacy`, `${own}/sync`]) {
    const response = await other.goto(path);
    expect(response?.status(), path).toBe(404);
    await expect(other.getByRole("main")).not.toContainText("MFA");
  }
  await context.close();
});

test("a person without an appointment is told so, and whom to ask", async ({ browser, demo }) => {
  // A page of its own: the browser logs the refusal's status.
  const context = await browser.newContext({ baseURL: demo.address });
  const page = await context.newPage();
  await signInAs(page, "nobody");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("You have no access to Tenantry yet");
  await expect(page.getByRole("main")).toContainText("@");
  const again = await page.request.get("/", { maxRedirects: 0 });
  expect(again.status()).toBe(303);
  await context.close();
});

test("signing out ends the session", async ({ page, signIn }) => {
  await signIn("technician");
  await page.getByRole("button", { name: /^Account of/ }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText(/signed out/i);
  const again = await page.request.get("/", { maxRedirects: 0 });
  expect(again.status()).toBeGreaterThanOrEqual(300);
});
