// @auth0/auth0-spa-js, unchanged: a single-page application whose access token is renewed, which demands MFA.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { addPublicApplication, addUser, appCode, control, nextCode, outboxEnd } from "../../../../pytest_auth0_mfa/cli/project_files/javascript/auth0-mfa.mjs";
import { audience, domain, verified } from "./tools.mjs";

// What the SDK takes of a browser: crypto and fetch are Node's, nothing else is used in these flows.
const storage = Object.create({
  getItem(name) { return this[name] ?? null; },
  setItem(name, value) { this[name] = value; },
  removeItem(name) { delete this[name]; },
  clear() { for (const name of Object.keys(this)) delete this[name]; },
});
const locks = { request: async (name, options, action) => action({ name }) };
Object.defineProperty(globalThis, "navigator", { value: { locks, userAgent: "node" }, configurable: true });
Object.assign(globalThis, { window: globalThis, localStorage: storage, sessionStorage: storage });
Object.assign(globalThis, { document: { cookie: "" }, location: new URL("https://app.example/") });
globalThis.addEventListener ??= () => {};
globalThis.removeEventListener ??= () => {};

const { Auth0Client, MfaRequiredError } = createRequire(import.meta.url)("@auth0/auth0-spa-js");
const { client_id: clientId } = await addPublicApplication();
const scope = "openid profile email offline_access";

// A page whose user logged in earlier, and whose access token has run out.
async function page(user) {
  const asked = { audience, scope, client_id: clientId };
  const made = await control("POST", `users/${encodeURIComponent(user.id)}/refresh-tokens`, asked);
  const client = new Auth0Client({
    domain, clientId, useRefreshTokens: true, useRefreshTokensFallback: false, cacheLocation: "localstorage",
    authorizationParams: { audience, scope, redirect_uri: "https://app.example/" },
  });
  const body = { client_id: clientId, audience, scope, access_token: "old", refresh_token: made.refresh_token, expires_in: 1 };
  const entry = { body: { ...body, token_type: "Bearer" }, expiresAt: Math.floor(Date.now() / 1000) - 1 };
  storage.setItem(`@@auth0spajs@@::${clientId}::${audience}::${scope}`, JSON.stringify(entry));
  return { client, refreshToken: made.refresh_token };
}

async function demanded(client) {
  const error = await client.getTokenSilently().then(() => assert.fail("expected mfa_required"), (reason) => reason);
  assert.ok(error instanceof MfaRequiredError, error.stack);
  return error.mfa_token;
}

async function refreshAndMfa() {
  const user = await addUser({ email: "ada@example.com" });
  const { client } = await page(user);
  const mfaToken = await demanded(client);
  const enrolled = await client.mfa.enroll({ mfaToken, factorType: "otp" });
  assert.ok(enrolled.secret);
  const wrong = await client.mfa.verify({ mfaToken, otp: "000" }).then(() => null, (reason) => reason);
  assert.equal(wrong.error, "invalid_grant");
  const tokens = await client.mfa.verify({ mfaToken, otp: await appCode(user) });
  assert.equal((await verified(tokens.access_token, audience)).sub, user.id);
  assert.equal((await verified(tokens.id_token, clientId)).email, user.email);

  storage.clear();
  await control("POST", `users/${encodeURIComponent(user.id)}/authenticators`, { factor: "email" });
  const again = (await page(user)).client;
  const second = await demanded(again);
  const rows = await control("GET", `users/${encodeURIComponent(user.id)}/authenticators`);
  const { id } = rows.find(({ factor }) => factor === "email");
  const after = await outboxEnd();
  const challenge = await again.mfa.challenge({ mfaToken: second, challengeType: "oob", authenticatorId: id });
  const bindingCode = await nextCode(user, { after });
  await again.mfa.verify({ mfaToken: second, oobCode: challenge.oobCode, bindingCode });
}

// The SDK lists what `mfa_requirements` asks for, so that the feature has to be on.
async function listing() {
  await control("PATCH", "profile", { mfa_requirements: true });
  const user = await addUser({ authenticators: ["otp", "sms"] });
  storage.clear();
  const { client } = await page(user);
  const mfaToken = await demanded(client);
  const rows = await client.mfa.getAuthenticators(mfaToken);
  assert.deepEqual(rows.map(({ type }) => type).toSorted().slice(0, 2), ["otp", "phone"]);
  await control("PATCH", "profile", { mfa_requirements: false });
}

// The SDK keeps a refresh token only where each renewal brings one: single-page applications rotate them.
async function rotationAndRevoke() {
  await control("PATCH", `applications/${clientId}`, { rotate_refresh_tokens: true });
  const user = await addUser({ mfa: false });
  storage.clear();
  const { client, refreshToken } = await page(user);
  assert.equal((await verified(await client.getTokenSilently(), audience)).sub, user.id);
  await client.revokeRefreshToken();
  const [call] = (await control("GET", "calls?operation=revoke&full=true")).slice(-1);
  assert.equal(call.status, 200);
  assert.ok(!call.request.body.includes(refreshToken)); // the one that replaced it
  const ended = await client.getTokenSilently({ cacheMode: "off" }).then(() => null, (reason) => reason);
  assert.ok(["missing_refresh_token", "invalid_grant"].includes(ended.error), ended.stack);
}

for (const scenario of [refreshAndMfa, listing, rotationAndRevoke]) {
  await scenario();
  console.log(`ok ${scenario.name}`);
}
