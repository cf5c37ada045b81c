import { expect, hydrated, test } from "../fixtures.js";

/** Opens the client with the most accounts that is connected. */
async function openClient(page: import("@playwright/test").Page): Promise<void> {
  await page.goto("/?sort=users&direction=descending");
  await page.getByRole("table", { name: "Clients" }).locator("tbody tr").filter({ hasText: "Connected" }).getByRole("link").first().click();
  await expect(page.getByRole("heading", { level: 2, name: "MFA" })).toBeVisible();
}

test("an account manager reviews a client and marks it", async ({ page, signIn }) => {
  await signIn("account_manager");
  await page.getByRole("table", { name: "Clients" }).locator("tbody th a").first().click();
  await page.getByRole("navigation", { name: "Client" }).getByRole("link", { name: "Review" }).click();
  await expect(page.getByRole("heading", { level: 2, name: /partner requirement/i })).toBeVisible();
  for (const way of ["Conditional Access", "Security defaults", "Third party"]) {
    await expect(page.getByRole("heading", { level: 3, name: way })).toBeVisible();
  }
  await hydrated(page);
  await expect(page.getByRole("heading", { name: /you have not reviewed this client yet/ })).toBeVisible();
  await page.getByRole("button", { name: "Mark as reviewed" }).click();
  await expect(page.getByRole("heading", { name: /Since your last review/ })).toBeVisible();
});

test("a viewer reads a review and cannot mark it", async ({ page, signIn }) => {
  await signIn("viewer");
  await page.getByRole("navigation", { name: "Client" }).getByRole("link", { name: "Review" }).click();
  await expect(page.getByRole("heading", { level: 2, name: "Ninety days" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Mark as reviewed" })).toHaveCount(0);
});

test("the requirement lists every client, and leads to its review", async ({ page, signIn }) => {
  await signIn("technician");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Requirement" }).click();
  const rows = page.getByRole("table", { name: "Partner requirement" }).locator("tbody tr");
  expect(await rows.count()).toBeGreaterThan(20);
  await rows.first().getByRole("link").click();
  await expect(page).toHaveURL(/\/review$/);
});

test("a list of accounts is narrowed by its methods", async ({ page, signIn }) => {
  await signIn("technician");
  await openClient(page);
  await page.getByRole("navigation", { name: "Client" }).getByRole("link", { name: "MFA" }).click();
  await hydrated(page);
  await page.getByRole("combobox", { name: "Narrow to" }).selectOption({ label: "Phishing-resistant" });
  await page.getByRole("button", { name: "Search", exact: true }).click();
  await expect(page).toHaveURL(/narrow=methods%3Aphishing_resistant/);
  await expect(page.getByRole("navigation", { name: "Pages" })).toBeVisible();
});
