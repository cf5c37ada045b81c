import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, test } from "../fixtures.js";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** The address of every page, of one client, user and blocker each. */
async function everyPage(page: Page): Promise<string[]> {
  const client = await page.getByRole("table", { name: "Clients" }).locator("tbody th a").first().getAttribute("href");
  await page.goto(`${client}/mfa`);
  const user = await page.getByRole("table").locator("tbody th a").first().getAttribute("href");
  await page.goto("/blockers");
  const blocker = await page.getByRole("table").locator("tbody th a").first().getAttribute("href");
  const settings = ["connections", "operators", "audit", "keys", "sessions"].map((name) => `/settings/${name}`);
  const lists = ["users", "mfa", "legacy", "evidence", "sync", "review", "what-if"].map((name) => `${client}/${name}`);
  return ["/", "/readiness", "/blockers", "/broken", "/alerts", blocker!, client!, ...lists, user!, ...settings, "/search?q=a"];
}

for (const colorScheme of ["light", "dark"] as const) {
  test(`every page keeps WCAG 2.2 AA, ${colorScheme}`, async ({ page, signIn }) => {
    test.setTimeout(300_000);
    await page.emulateMedia({ colorScheme });
    await signIn("admin");
    for (const path of await everyPage(page)) {
      await page.goto(path);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
      const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
      expect(told, path).toEqual([]);
    }
  });
}

test("no page is wider than a phone", async ({ page, signIn }) => {
  test.setTimeout(300_000);
  await signIn("admin");
  const paths = await everyPage(page);
  await page.setViewportSize({ width: 390, height: 844 });
  for (const path of paths) {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width, path).toBeLessThanOrEqual(390);
  }
});
