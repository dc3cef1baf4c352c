// @auth0/nextjs-auth0, unchanged: its routes below /auth, as a browser asks for them through the middleware.
import assert from "node:assert/strict";
import { Auth0Client, generateDpopKeyPair } from "@auth0/nextjs-auth0/server";
import { generateSessionCookie } from "@auth0/nextjs-auth0/testing";
import { NextRequest } from "next/server.js";
import { addUser, appCode, control, nextCode, outboxEnd } from "../../../../pytest_auth0_mfa/cli/project_files/javascript/auth0-mfa.mjs";
import { audience, clientId, clientSecret } from "../node/tools.mjs";

// The SDK takes no domain with a port, so that its calls are sent on to the server's; what it sends to the user's own
// page names its host, which is not the server's.
const domain = process.env.AUTH0_MFA_NAME;
const send = globalThis.fetch;
globalThis.fetch = (to, options = {}) => {
  const headers = new Headers(options.headers);
  headers.delete("host");
  return send(String(to).replace(domain, process.env.AUTH0_DOMAIN), { ...options, headers });
};

const appBaseUrl = "http://localhost:3000";
const secret = "a-secret-that-encrypts-the-session-0123456789";
const authorizationParameters = { audience, scope: "openid profile email offline_access" };
const options = { domain, clientId, clientSecret, appBaseUrl, secret, authorizationParameters };
const auth0 = new Auth0Client(options);

// A browser with its cookies, at an application with this client.
class Browser {
  cookies = new Map();

  constructor(client = auth0) {
    this.client = client;
  }

  ask = (method, path, body, headers) => this.send(method, `/auth/${path}`, body, headers);

  // A call of the user's own page, which the application passes on with a token that has this scope.
  at = (method, path, scope, body) => this.send(method, `/me/v1/${path}`, body, { scope });

  async send(method, path, body, headers = {}) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const options = { method, headers: { cookie, "content-type": "application/json", ...headers } };
    if (body) options.body = JSON.stringify(body);
    const answer = await this.client.middleware(new NextRequest(`${appBaseUrl}${path}`, options));
    for (const { name, value } of answer.cookies.getAll()) value ? this.cookies.set(name, value) : this.cookies.delete(name);
    const text = await answer.text();
    const location = answer.headers.get("location");
    return { status: answer.status, body: text ? JSON.parse(text) : null, ...(location && { location }) };
  }

  bearer = (token) => ({ authorization: `Bearer ${token}` });
}

// Somebody who logged in earlier and whose access token has run out.
async function session(user, client = auth0) {
  const asked = await control("POST", `users/${encodeURIComponent(user.id)}/refresh-tokens`, authorizationParameters);
  const tokenSet = { accessToken: "old", refreshToken: asked.refresh_token, expiresAt: 1, ...authorizationParameters };
  const browser = new Browser(client);
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

// The user's own page behind the application, which renews for its audience and adds the token.
async function manage(browser, user) {
  const create = "create:me:authentication_methods";
  const factors = await browser.at("GET", "factors", "read:me:factors");
  assert.equal(factors.status, 200, JSON.stringify(factors.body));
  assert.ok(factors.body.factors.some(({ type }) => type === "totp"));
  const begun = await browser.at("POST", "authentication-methods", create, { type: "totp" });
  assert.equal(begun.status, 202, JSON.stringify(begun.body));
  const path = new URL(begun.location).pathname.replace("/me/v1/", "");
  const { auth_session } = begun.body;
  const wrong = await browser.at("POST", `${path}/verify`, create, { auth_session, otp_code: "000" });
  assert.deepEqual([wrong.status, typeof wrong.body.title], [400, "string"]);
  const proof = { auth_session, otp_code: await appCode(user) };
  const confirmed = await browser.at("POST", `${path}/verify`, create, proof);
  assert.deepEqual([confirmed.status, confirmed.body.confirmed], [201, true], JSON.stringify(confirmed.body));

  const read = "read:me:authentication_methods";
  const { body: listed } = await browser.at("GET", "authentication-methods?type=totp", read);
  assert.deepEqual(listed.authentication_methods.map(({ id }) => id), [confirmed.body.id]);
  const renamed = await browser.at("PATCH", path, "update:me:authentication_methods", { name: "Work phone" });
  assert.deepEqual([renamed.status, renamed.body.name], [200, "Work phone"]);
  const kept = await browser.at("DELETE", path, read);
  assert.deepEqual([kept.status, kept.body.type.split("/").at(-1)], [403, "A0E-403-0002"], JSON.stringify(kept.body));
  assert.deepEqual(await browser.at("DELETE", path, "delete:me:authentication_methods"), { status: 204, body: null });
  assert.equal((await browser.at("GET", path, read)).status, 404);
}

async function ownPage() {
  const user = await addUser({ email: "hedy@example.com", mfa: false });
  await manage(await session(user), user);
}

// What the calls of the journal after the first ones were answered.
async function outcomes(before) {
  const calls = (await control("GET", "calls")).slice(before);
  return calls.map(({ operation, status, refusal }) => `${operation} ${status} ${refusal ?? "-"}`);
}

async function bound() {
  await control("PATCH", "profile", { dpop_nonce: "always" });
  const client = new Auth0Client({ ...options, useDPoP: true, dpopKeyPair: await generateDpopKeyPair() });
  const user = await addUser({ email: "ida@example.com" });
  const browser = await session(user, client);
  const before = (await control("GET", "calls")).length;
  const demanded = await browser.ask("GET", "access-token");
  assert.deepEqual([demanded.status, demanded.body.error], [403, "mfa_required"], JSON.stringify(demanded.body));
  const bearer = browser.bearer(demanded.body.mfa_token);
  assert.equal((await browser.ask("POST", "mfa/associate", { authenticator_types: ["otp"] }, bearer)).status, 200);
  const done = await browser.ask("POST", "mfa/verify", { otp: await appCode(user) }, bearer);
  assert.deepEqual([done.status, done.body.success], [200, true], JSON.stringify(done.body));
  const [call] = (await control("GET", "calls?operation=mfa-otp&full=true")).slice(-1);
  assert.equal(JSON.parse(call.response.body).token_type, "DPoP");
  assert.ok((await outcomes(before)).includes("refresh-token 400 use_dpop_nonce"));
  assert.ok((await outcomes(before)).includes("mfa-otp 200 -"));

  await control("PATCH", "profile", { dpop_nonce_at_resources: true });
  const other = await addUser({ email: "joan@example.com", mfa: false });
  await manage(await session(other, client), other);
  assert.ok((await outcomes(before)).includes("me-factors 401 me_dpop_nonce"));
  await control("PATCH", "profile", { dpop_nonce: "public", dpop_nonce_at_resources: false });
}

for (const scenario of [bound]) {
  await scenario();
  console.log(`ok ${scenario.name}`);
}
