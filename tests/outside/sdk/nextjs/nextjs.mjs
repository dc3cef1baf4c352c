// @auth0/nextjs-auth0, unchanged: its routes below /auth, as a browser asks for them through the middleware.
import assert from "node:assert/strict";
import { Auth0Client } from "@auth0/nextjs-auth0/server";
import { generateSessionCookie } from "@auth0/nextjs-auth0/testing";
import { NextRequest } from "next/server.js";
import { addUser, appCode, control, nextCode, outboxEnd } from "../../../../pytest_auth0_mfa/cli/project_files/javascript/auth0-mfa.mjs";
import { audience, clientId, clientSecret } from "../node/tools.mjs";

// The SDK takes no domain with a port, so that its calls are sent on to the server's.
const domain = process.env.AUTH0_MFA_NAME;
const send = globalThis.fetch;
globalThis.fetch = (to, options) => send(String(to).replace(domain, process.env.AUTH0_DOMAIN), options);

const appBaseUrl = "http://localhost:3000";
const secret = "a-secret-that-encrypts-the-session-0123456789";
const authorizationParameters = { audience, scope: "openid profile email offline_access" };
const auth0 = new Auth0Client({ domain, clientId, clientSecret, appBaseUrl, secret, authorizationParameters });

// A browser with its cookies.
class Browser {
  cookies = new Map();

  async ask(method, path, body, headers = {}) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const options = { method, headers: { cookie, "content-type": "application/json", ...headers } };
    if (body) options.body = JSON.stringify(body);
    const answer = await auth0.middleware(new NextRequest(`${appBaseUrl}/auth/${path}`, options));
    for (const { name, value } of answer.cookies.getAll()) value ? this.cookies.set(name, value) : this.cookies.delete(name);
    const text = await answer.text();
    return { status: answer.status, body: text ? JSON.parse(text) : null };
  }

  bearer = (token) => ({ authorization: `Bearer ${token}` });
}

// Somebody who logged in earlier and whose access token has run out.
async function session(user) {
  const asked = await control("POST", `users/${encodeURIComponent(user.id)}/refresh-tokens`, authorizationParameters);
  const tokenSet = { accessToken: "old", refreshToken: asked.refresh_token, expiresAt: 1, ...authorizationParameters };
  const browser = new Browser();
  const kept = { user: { sub: user.id }, tokenSet, internal: { sid: "s", createdAt: Math.floor(Date.now() / 1000) } };
  browser.cookies.set("__session", await generateSessionCookie(kept, { secret }));
  return browser;
}

async function refreshAndMfa() {
  const user = await addUser({ email: "ada@example.com" });
  let browser = await session(user);
  let demanded = await browser.ask("GET", "access-token");
  assert.deepEqual([demanded.status, demanded.body.error], [403, "mfa_required"]);
  let mfaToken = demanded.body.mfa_token;
  const listed = await browser.ask("GET", "mfa/authenticators", null, browser.bearer(mfaToken));
  assert.deepEqual([listed.status, listed.body], [200, []]);
  const ask = { authenticator_types: ["otp"] };
  const enrolled = await browser.ask("POST", "mfa/associate", ask, browser.bearer(mfaToken));
  assert.equal(enrolled.status, 200, JSON.stringify(enrolled.body));
  const wrong = await browser.ask("POST", "mfa/verify", { otp: "000" }, browser.bearer(mfaToken));
  assert.equal(wrong.body.error, "invalid_grant");
  const right = await browser.ask("POST", "mfa/verify", { otp: await appCode(user) }, browser.bearer(mfaToken));
  assert.deepEqual([right.status, right.body.success], [200, true], JSON.stringify(right.body));

  await control("POST", `users/${encodeURIComponent(user.id)}/authenticators`, { factor: "email" });
  browser = await session(user);
  mfaToken = (await browser.ask("GET", "access-token")).body.mfa_token;
  const rows = (await browser.ask("GET", "mfa/authenticators", null, browser.bearer(mfaToken))).body;
  const email = rows.find((row) => (row.id ?? "").startsWith("email|"));
  const after = await outboxEnd();
  const body = { mfa_token: mfaToken, challenge_type: "oob", authenticator_id: email.id };
  const challenge = await browser.ask("POST", "mfa/challenge", body);
  assert.equal(challenge.status, 200, JSON.stringify(challenge.body));
  const oob_code = challenge.body.oobCode ?? challenge.body.oob_code;
  const proof = { oob_code, binding_code: await nextCode(user, { after }) };
  const done = await browser.ask("POST", "mfa/verify", proof, browser.bearer(mfaToken));
  assert.deepEqual([done.status, done.body.success], [200, true], JSON.stringify(done.body));
}

async function passwordless() {
  const browser = new Browser();
  const to = { connection: "email", email: "grace@example.com" };
  assert.equal((await browser.ask("POST", "passwordless/start", { ...to, send: "code" })).status, 204);
  const { code } = await control("GET", "outbox/latest");
  const other = code === "000000" ? "111111" : "000000";
  const wrong = await browser.ask("POST", "passwordless/verify", { ...to, verificationCode: other });
  assert.equal(wrong.status, 403);
  const demanded = await browser.ask("POST", "passwordless/verify", { ...to, verificationCode: code });
  assert.equal(demanded.body.error, "mfa_required", JSON.stringify(demanded.body));
  const mfaToken = demanded.body.mfa_token;
  const ask = { authenticator_types: ["otp"] };
  assert.equal((await browser.ask("POST", "mfa/associate", ask, browser.bearer(mfaToken))).status, 200);
  const user = (await control("GET", "users")).at(-1);
  const done = await browser.ask("POST", "mfa/verify", { otp: await appCode(user) }, browser.bearer(mfaToken));
  assert.deepEqual([done.status, done.body.success], [200, true], JSON.stringify(done.body));
  assert.equal((await browser.ask("GET", "profile")).body.sub, user.id);
}

for (const scenario of [refreshAndMfa, passwordless]) {
  await scenario();
  console.log(`ok ${scenario.name}`);
}
