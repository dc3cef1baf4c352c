import { defineConfig } from "@playwright/test";

const executablePath = process.env.CHROMIUM_PATH; // your own browser; otherwise Playwright's

export default defineConfig({
  testDir: ".",
  testMatch: "*.spec.mjs",
  use: {
    baseURL: process.env.APP_URL ?? "http://localhost:3000",
    ignoreHTTPSErrors: true, // for the tenant's certificate, if the browser itself calls the tenant
    launchOptions: executablePath ? { executablePath } : {},
  },
});
