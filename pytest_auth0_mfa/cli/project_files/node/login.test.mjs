import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { addUser, nextCode, reset } from "./auth0-mfa.mjs";

const { AUTH0_DOMAIN, AUTH0_CLIENT_ID: client_id, AUTH0_CLIENT_SECRET: client_secret } = process.env;

// In place of your application: it calls the tenant.
async function auth0(path, body) {
  const response = await fetch(`https://${AUTH0_DOMAIN}${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ client_id, client_secret, ...body }),
  });
  return response.json();
}

beforeEach(reset);

test("a login is confirmed with the code of the email", async () => {
  const user = await addUser({ authenticators: ["email"] });
  const login = { grant_type: "password", username: user.email, password: user.password };
  const { mfa_token } = await auth0("/oauth/token", login);
  const { oob_code } = await auth0("/mfa/challenge", { mfa_token, challenge_type: "oob" });
  const proof = { mfa_token, oob_code, binding_code: await nextCode(user) };
  const tokens = await auth0("/oauth/token", { grant_type: "http://auth0.com/oauth/grant-type/mfa-oob", ...proof });
  assert.equal(tokens.token_type, "Bearer");
});
