import { test as base } from "@playwright/test";
import { addPublicApplication, addUser } from "./auth0-mfa.mjs";

export { expect } from "@playwright/test";

export const test = base.extend({
  // A user for this test alone, so that tests can run in parallel.
  user: async ({}, use) => {
    await use(await addUser({ authenticators: ["email"] }));
  },
  // The address of the example page. Replace it by your own application.
  application: async ({}, use) => {
    const { client_id } = await addPublicApplication();
    const query = new URLSearchParams({ domain: process.env.AUTH0_DOMAIN, client_id });
    await use(`${new URL("example-app.html", import.meta.url)}?${query}`);
  },
});
