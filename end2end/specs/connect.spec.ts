import { expect, test } from "../fixtures.js";

test.beforeEach(async ({ page, signIn }) => {
  await signIn("admin");
  await page.goto("/settings/connections");
});

test("a forged consent callback changes nothing", async ({ page }) => {
  for (const query of ["", "?state=forged&admin_consent=True&tenant=00000000-0000-0000-0000-000000000001"]) {
    const response = await page.request.get(`/connect/consent${query}`);
    expect(response.status(), query).toBeGreaterThanOrEqual(400);
    expect(response.status(), query).toBeLessThan(500);
  }
});
