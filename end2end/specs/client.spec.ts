import { expect, hydrated, test } from "../fixtures.js";

test.beforeEach(async ({ page, signIn }) => {
  await signIn("technician");
  await page.goto("/?sort=users&direction=descending");
  await page.getByRole("table", { name: "Clients" }).locator("tbody tr").filter({ hasText: "Connected" }).getByRole("link").first().click();
  await expect(page.getByRole("heading", { level: 2, name: "MFA" })).toBeVisible();
});

test("the four panes stand side by side on one screen", async ({ page }) => {
  for (const name of ["Users", "MFA", "Legacy auth", "Sync health"]) {
    const pane = page.getByRole("region", { name });
    await expect(pane).toBeVisible();
    await expect(pane).toBeInViewport({ ratio: 0.99 });
  }
});

test("a refresh shows its progress as it happens, and ends", async ({ page }) => {
  await hydrated(page);
  const progress = page.locator(".refresh-progress");
  const said: string[] = [];
  await page.exposeFunction("said", (text: string) => said.push(text));
  await progress.evaluate((element) => {
    const tell = () => (window as unknown as { said: (text: string) => void }).said(element.textContent ?? "");
    new MutationObserver(tell).observe(element, { childList: true, characterData: true, subtree: true });
  });
  await page.getByRole("button", { name: "Refresh" }).click();
  await expect.poll(() => said.some((text) => /^Reading .+ · \d+ datasets? done$/.test(text))).toBe(true);
  await expect(progress).toBeEmpty();
});

test("a list filters, sorts and pages through its address", async ({ page }) => {
  await page.getByRole("region", { name: "Users" }).getByRole("link", { name: /^All \d/ }).click();
  await expect(page).toHaveURL(/\/users$/);
  const rows = page.getByRole("table").locator("tbody tr");
  await expect(rows.first()).toBeVisible();
  const first = await rows.first().innerText();
  const next = page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Next" });
  if (await next.count()) {
    await next.click();
    await expect(page).toHaveURL(/page=2/);
    await expect.poll(() => rows.first().innerText()).not.toBe(first);
  }
  await page.getByRole("navigation", { name: "Filter" }).getByRole("link").nth(1).click();
  await expect(page).toHaveURL(/filter=/);
});

test("a user's page gives the verdict with its reasons", async ({ page }) => {
  await page.getByRole("navigation", { name: "Client" }).getByRole("link", { name: "MFA" }).click();
  await page.getByRole("table").locator("tbody th a").first().click();
  await expect(page).toHaveURL(/\/users\/[0-9a-f-]{36}$/);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.getByRole("main")).toContainText(/Protected|Not enrolled|Unprotected|Cannot sign in|Unknown/);
});
