import { defineConfig } from "cypress";
import { addPublicApplication, addUser, appCode, approvePush, nextCode, outboxEnd, reset } from "./auth0-mfa.mjs";

export default defineConfig({
  e2e: {
    specPattern: "*.cy.js",
    supportFile: false,
    env: { domain: process.env.AUTH0_DOMAIN },
    setupNodeEvents(on) {
      on("task", {
        reset,
        addPublicApplication,
        addUser,
        appCode,
        approvePush,
        outboxEnd,
        nextCode: ({ user, after }) => nextCode(user, { after }),
      });
    },
  },
});
