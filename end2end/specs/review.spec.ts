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
  await expect.poll(() => rows.count()).toBeGreaterThan(20);
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

test.describe(() => {
  test.use({ refusals: [422] });

  test("a what-if is judged in the browser, kept under a name and shared by its address", async ({ page, signIn }) => {
    await signIn("technician");
    await openClient(page);
    await page.getByRole("navigation", { name: "Client" }).getByRole("link", { name: "What if" }).click();
    await hydrated(page);
    const outcome = page.getByRole("region", { name: "What would happen" });
    await expect(outcome).toContainText("Choose a change", { timeout: 20_000 });
    let asked = 0;
    page.on("request", (request) => {
      if (request.url().includes("what-if.json")) asked += 1;
    });
    await page.getByRole("checkbox", { name: "MFA for all users" }).check();
    await expect(page).toHaveURL(/change=add%3Amfa_for_all/);
    await expect(outcome).toContainText(/accounts? changes? their verdict|No account changes/);
    await page.getByRole("checkbox", { name: "Block legacy authentication" }).check();
    await expect(page).toHaveURL(/block_legacy/);
    await expect(outcome).toContainText(/accounts? changes? their verdict|No account changes/);
    expect(asked, "no round trip for a change").toBe(0);
    await page.getByRole("button", { name: "Keep this plan" }).click();
    await expect(page.getByText(/Give the plan a name/)).toBeVisible();
    await page.getByRole("textbox", { name: "Name of the plan" }).fill("Both at once");
    await page.getByRole("button", { name: "Keep this plan" }).click();
    await page.getByRole("link", { name: "Start again" }).click();
    await page.getByRole("link", { name: "Both at once" }).click();
    await expect(page.getByRole("checkbox", { name: "MFA for all users" })).toBeChecked();
  });
});

test.describe(() => {
  test.use({ refusals: [422] });

  test("an account is marked apart with a reason and an end, and the mark is taken away", async ({ page, signIn }) => {
    await signIn("technician");
    await openClient(page);
    await page.getByRole("navigation", { name: "Client" }).getByRole("link", { name: "Users" }).click();
    await page.getByRole("table").locator("tbody th a").first().click();
    await hydrated(page);
    const mark = page.getByRole("region", { name: "Mark" });
    await expect(mark).toContainText("Counted like everybody else");
    await mark.getByText("Mark this account apart").click();
    await mark.getByRole("textbox", { name: "Because" }).fill("Meeting room on the second floor");
    await mark.getByRole("combobox", { name: "It is a" }).selectOption("room");
    await mark.getByLabel("Until").fill("2020-01-01");
    await mark.getByRole("button", { name: "Mark", exact: true }).click();
    await expect(mark).toContainText("Choose a day after today");
    await expect(mark.getByRole("textbox", { name: "Because" })).toHaveValue("Meeting room on the second floor");
    const inTwoMonths = new Date(Date.now() + 60 * 86_400_000).toISOString().slice(0, 10);
    await mark.getByLabel("Until").fill(inTwoMonths);
    await mark.getByRole("button", { name: "Mark", exact: true }).click();
    await expect(mark).toContainText("Room or device account");
    await mark.getByRole("button", { name: "Take the mark away" }).click();
    await expect(mark).toContainText("Counted like everybody else");
  });
});
