import { expect, hydrated, signInAs, test } from "../fixtures.js";

test.describe(() => {
  test.use({ refusals: [422] });

  test("a technician takes a blocker up, and finds it among their own", async ({ page, signIn }) => {
    await signIn("technician");
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Legacy auth" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Legacy auth" })).toBeVisible();
    const rows = page.getByRole("table", { name: "Blockers of all clients" }).locator("tbody tr");
    await expect.poll(() => rows.count(), { timeout: 60_000 }).toBeGreaterThan(2);
    await rows.first().getByRole("link").first().click();
    await expect(page.getByRole("heading", { level: 2, name: "Ways out" })).toBeVisible();
    await hydrated(page);
    await page.getByLabel("The work is").selectOption({ label: "Accepted" });
    await page.getByLabel("Owner").fill("Maria Ortiz");
    await page.getByLabel("Notes").fill("The lease ends in March.");
    await page.getByRole("button", { name: "Save" }).click();
    // An exception needs an end; nothing that was typed is lost.
    await expect(page.getByRole("alert").filter({ hasText: "within a year" })).toBeVisible();
    await expect(page.getByLabel("Notes")).toHaveValue("The lease ends in March.");
    await page.getByLabel("The work is").selectOption({ label: "Waiting for client" });
    await page.getByRole("button", { name: "Save" }).click();
    const work = page.getByRole("region", { name: "Work" });
    await expect(work).toContainText("Waiting for client · Maria Ortiz");
    await page.goto("/blockers?narrow=owner%3AMaria+Ortiz");
    await expect(rows).toHaveCount(1);
    await expect(rows.first()).toContainText("Waiting for client");
  });
});

test("what is broken is told by cause, and leads to the client", async ({ page, signIn }) => {
  await signIn("technician");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "What is broken" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "What is broken" })).toBeVisible();
  const first = page.locator(".troubles > li").first();
  await expect(first).toContainText(/\d+\sclients?/);
  await first.getByRole("link").first().click();
  await expect(page).toHaveURL(/\/settings\/connections\?tenant=|\/sync$/);
});

test("an administrator says where alerts go, and a technician cannot", async ({ page, signIn, browser, demo }) => {
  await signIn("admin");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Alerts" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Alerts" })).toBeVisible();
  await page.getByText("Add a channel").click();
  await page.getByLabel("Name", { exact: true }).fill("On-call");
  await page.getByLabel("To", { exact: true }).fill("https://hooks.example.com/a-token");
  await page.getByLabel("A connection broke").check();
  await page.getByRole("button", { name: "Add", exact: true }).click();
  const channels = page.getByRole("region", { name: "Where alerts go" });
  await expect(channels).toContainText("On-call");
  await expect(channels).toContainText("a connection broke of all clients");
  await expect(channels).not.toContainText("a-token");
  await channels.getByRole("button", { name: "Delete" }).click();
  await expect(channels).toContainText("Alerts are on this page alone.");

  const context = await browser.newContext({ baseURL: demo.address });
  const technician = await context.newPage();
  await signInAs(technician, "technician");
  await technician.goto("/alerts");
  await expect(technician.getByRole("heading", { level: 1, name: "Alerts" })).toBeVisible();
  await expect(technician.getByRole("region", { name: "Where alerts go" })).toHaveCount(0);
  await context.close();
});
