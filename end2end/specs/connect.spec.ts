import { expect, test } from "../fixtures.js";

test.beforeEach(async ({ page, signIn }) => {
  await signIn("admin");
  await page.goto("/settings/connections");
});

test.describe("with an answer that the browser logs", () => {
  test.use({ expectedStatus: 500 });

  test("nonsense is refused beside the field, and what was typed stays", async ({ page }) => {
  const field = page.getByRole("textbox", { name: "Domain or tenant id" });
  await field.fill("not a domain at all !!");
  await page.getByRole("button", { name: "Make a consent link" }).click();
  await expect(field).toHaveAttribute("aria-invalid", "true");
  await expect(field).toHaveValue("not a domain at all !!");
  });
});

test("a forged consent callback changes nothing", async ({ page }) => {
  for (const query of ["", "?state=forged&admin_consent=True&tenant=00000000-0000-0000-0000-000000000001"]) {
    const response = await page.request.get(`/connect/consent${query}`);
    expect(response.status(), query).toBeGreaterThanOrEqual(400);
    expect(response.status(), query).toBeLessThan(500);
  }
});
