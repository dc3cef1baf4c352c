// Stands for @playwright/test, and for the application it drives: enough to play the spec of the docs.
import assert from "node:assert/strict";

let address; // of the page: it names tenant and application

async function auth0(path, body) {
  const headers = { "Content-Type": "application/json" };
  const content = JSON.stringify({ client_id: address.get("client_id"), ...body });
  return (await fetch(`https://${address.get("domain")}${path}`, { method: "POST", headers, body: content })).json();
}

class Application {
  fields = {};
  shown = "";

  async press(button) {
    const { Email, Password, Code } = this.fields;
    if (button === "Sign in") {
      const login = { grant_type: "password", username: Email, password: Password };
      ({ mfa_token: this.mfa_token } = await auth0("/oauth/token", login));
      ({ oob_code: this.oob_code } = await auth0("/mfa/challenge", { mfa_token: this.mfa_token }));
    } else {
      const grant_type = "http://auth0.com/oauth/grant-type/mfa-oob";
      const { mfa_token, oob_code } = this;
      const tokens = await auth0("/oauth/token", { grant_type, mfa_token, oob_code, binding_code: Code });
      this.shown = tokens.access_token ? `Welcome, ${Email}` : JSON.stringify(tokens);
    }
  }
}

function newPage() {
  const application = new Application();
  return {
    goto: async (url) => void (address = new URL(url).searchParams),
    getByLabel: (label) => ({ fill: async (text) => void (application.fields[label] = text) }),
    getByRole: (role, { name }) => ({ click: () => application.press(name) }),
    getByText: (text) => ({ text, application }),
  };
}

const registered = [];
export const defineConfig = (config) => config;
export const test = {
  extend: (fixtures) => (name, play) => registered.push([name, play, fixtures]),
};
export const expect = ({ text, application }) => ({
  toBeVisible: async () => assert.equal(application.shown, text),
});

async function made(fixture) {
  let value;
  await fixture({}, async (given) => void (value = given));
  return value;
}

setImmediate(async () => {
  for (const [name, play, fixtures] of registered) {
    const given = { page: newPage() };
    for (const [fixture, make] of Object.entries(fixtures)) given[fixture] = await made(make);
    await play(given);
    console.log(`ok ${name}`);
  }
});
