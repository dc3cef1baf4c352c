import { nextCode, outboxEnd } from "./auth0-mfa.mjs";
import { expect, test } from "./fixtures.mjs";

test("a login is confirmed with the code of the email", async ({ page, user, application }) => {
  await page.goto(application);
  await page.getByLabel("Email").fill(user.email);
  await page.getByLabel("Password").fill(user.password);

  const after = await outboxEnd();
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByLabel("Code").fill(await nextCode(user, { after }));
  await page.getByRole("button", { name: "Verify" }).click();

  await expect(page.getByText(`Welcome, ${user.email}`)).toBeVisible();
});
