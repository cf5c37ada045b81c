import { expect, test } from "../fixtures.js";

test.use({ javaScriptEnabled: false });

test("reading, filtering, sorting and paging need no script", async ({ page, signIn }) => {
  await signIn("technician");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(/\d+\sclients, [\d,]+\saccounts/);
  await page.getByRole("link", { name: "Client", exact: true }).click();
  await expect(page).toHaveURL(/sort=name/);
  await page.getByRole("navigation", { name: "Filter" }).getByRole("link").nth(1).click();
  await expect(page).toHaveURL(/filter=/);
  await page.getByRole("navigation", { name: "Filter" }).getByRole("link").first().click();
  await page.getByRole("table", { name: "Clients" }).locator("tbody th a").first().click();
  await expect(page.getByRole("heading", { level: 2, name: "Sync health" })).toBeVisible();
  await page.getByRole("navigation", { name: "Client" }).getByRole("link", { name: "Users" }).click();
  await page.getByRole("searchbox").fill("a");
  await page.getByRole("button", { name: "Search", exact: true }).click();
  await expect(page).toHaveURL(/q=a/);
  await expect(page.getByRole("table").locator("tbody tr").first()).toBeVisible();
});
