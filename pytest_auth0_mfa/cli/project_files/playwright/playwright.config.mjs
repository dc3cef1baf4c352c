import { defineConfig } from "@playwright/test";

const executablePath = process.env.CHROMIUM_PATH; // a browser of your own; without it Playwright's is used

export default defineConfig({
  testDir: ".",
  testMatch: "*.spec.mjs",
  use: {
    baseURL: process.env.APP_URL ?? "http://localhost:3000",
    ignoreHTTPSErrors: true, // the tenant's certificate, where the browser itself calls the tenant
    launchOptions: executablePath ? { executablePath } : {},
  },
});
