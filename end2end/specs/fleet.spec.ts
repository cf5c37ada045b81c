import { expect, test } from "../fixtures.js";

test.beforeEach(async ({ signIn }) => signIn("technician"));

test("the fleet shows a row a client and says what is wrong in a sentence", async ({ page }) => {
  const table = page.getByRole("table", { name: "Clients" });
  expect(await table.getByRole("row").count()).toBeGreaterThan(20);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(/\d+\sclients, [\d,]+\saccounts/);
  await expect(page.getByRole("navigation", { name: "Filter" })).toMatchAriaSnapshot(`
    - navigation "Filter":
      - list:
        - listitem:
          - link /All \\d+/
        - listitem:
          - link /Administrators unprotected \\d+/
        - listitem:
          - link /SMTP AUTH in use \\d+/
  `);
});

test("a chip narrows the list, and the address says so", async ({ page }) => {
  const chip = page.getByRole("navigation", { name: "Filter" }).getByRole("link", { name: /^Connection broken/ });
  const count = Number((await chip.innerText()).match(/\d+/)?.[0]);
  await chip.click();
  await expect(page).toHaveURL(/filter=connection_broken/);
  await expect(page.getByRole("table", { name: "Clients" }).locator("tbody tr")).toHaveCount(count);
  await page.reload();
  await expect(page.getByRole("table", { name: "Clients" }).locator("tbody tr")).toHaveCount(count);
});

test("a header sorts, and sorts the other way round", async ({ page }) => {
  const names = () => page.getByRole("table", { name: "Clients" }).locator("tbody th a").allInnerTexts();
  await page.getByRole("link", { name: "Client", exact: true }).click();
  await expect(page).toHaveURL(/sort=name/);
  await expect(page.getByRole("columnheader", { name: "Client" })).toHaveAttribute("aria-sort", "ascending");
  const ascending = await names();
  await page.getByRole("columnheader", { name: "Client" }).getByRole("link").click();
  await expect(page).toHaveURL(/direction=descending/);
  await expect(page.getByRole("columnheader", { name: "Client" })).toHaveAttribute("aria-sort", "descending");
  await expect.poll(names).toEqual(ascending.toReversed());
});

test("a search that finds nothing offers the way back", async ({ page }) => {
  await page.getByRole("searchbox", { name: "Find a client" }).fill("no such client %_");
  await page.getByRole("button", { name: "Search", exact: true }).click();
  await expect(page).toHaveURL(/q=no\+such\+client|q=no%20such%20client/);
  await expect(page.getByRole("table", { name: "Clients" }).locator("tbody tr")).toHaveCount(0);
});

test("a client that cannot be read any more stays listed, with the cause and the age of its data", async ({ page }) => {
  const row = page.getByRole("table", { name: "Clients" }).getByRole("row").filter({ hasText: /secret .*(ended|expired)/i });
  await expect(row).toHaveCount(1);
  await expect(row.locator("time")).toBeVisible();
});

test("Ctrl-K finds a client by its name", async ({ page }) => {
  const link = page.getByRole("table", { name: "Clients" }).locator("tbody th a").first();
  const name = await link.innerText();
  const href = await link.getAttribute("href");
  await page.keyboard.press("Control+k");
  const dialog = page.getByRole("dialog", { name: "Search clients and people" });
  await expect(dialog).toBeVisible();
  await dialog.getByRole("searchbox").or(dialog.getByRole("textbox")).or(dialog.getByRole("combobox")).first().fill(name);
  await dialog.getByRole("link", { name }).or(dialog.getByRole("option", { name })).first().click();
  await expect(page).toHaveURL(new RegExp(`${href}$`));
});
