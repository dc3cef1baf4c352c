// @auth0/auth0-spa-js, unchanged: a single-page application whose access token is renewed, which demands MFA.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { addPublicApplication, addUser, appCode, approvePush, control, nextCode, outboxEnd } from "../../../../pytest_auth0_mfa/cli/project_files/javascript/auth0-mfa.mjs";
import { indexedDB } from "./indexed-db.mjs";
import { audience, domain, thumbprint, verified } from "./tools.mjs";

// What the SDK takes of a browser: crypto and fetch are Node's, nothing else is used in these flows.
const storage = Object.create({
  getItem(name) { return this[name] ?? null; },
  setItem(name, value) { this[name] = value; },
  removeItem(name) { delete this[name]; },
  clear() { for (const name of Object.keys(this)) delete this[name]; },
});
const locks = { request: async (name, options, action) => action({ name }) };
Object.defineProperty(globalThis, "navigator", { value: { locks, userAgent: "node" }, configurable: true });
Object.assign(globalThis, { window: globalThis, localStorage: storage, sessionStorage: storage, indexedDB });
Object.assign(globalThis, { document: { cookie: "" }, location: new URL("https://app.example/") });
globalThis.addEventListener ??= () => {};
globalThis.removeEventListener ??= () => {};

const { Auth0Client, MfaRequiredError } = createRequire(import.meta.url)("@auth0/auth0-spa-js");
const { client_id: clientId } = await addPublicApplication();
const scope = "openid profile email offline_access";

// A page whose user logged in earlier, and whose access token has run out.
async function page(user, more = {}) {
  const asked = { audience, scope, client_id: clientId };
  const made = await control("POST", `users/${encodeURIComponent(user.id)}/refresh-tokens`, asked);
  const client = new Auth0Client({
    domain, clientId, useRefreshTokens: true, useRefreshTokensFallback: false, cacheLocation: "localstorage", ...more,
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

// The user's own page: each call renews for its audience and its scope with the refresh token of the login.
async function enrollAndManage(page, user) {
  const types = (await page.getFactors()).map(({ type }) => type);
  assert.deepEqual(types.toSorted(), ["email", "phone", "push-notification", "recovery-code", "totp"]);
  const verify = async (begun, type, otp_code) => {
    const { location, auth_session } = begun;
    const method = await page.enrollmentVerify({ location, type, auth_session, ...(otp_code && { otp_code }) });
    assert.deepEqual([method.type, method.confirmed], [type, true]);
    return method;
  };

  const app = await page.enrollmentChallenge({ type: "totp" });
  assert.ok(app.barcode_uri.startsWith("otpauth://totp/"));
  const listed = await page.getAuthenticationMethods("totp");
  assert.deepEqual(listed.map(({ id, confirmed }) => [id, confirmed]), [[app.id, false]]);
  const wrong = await problem(verify(app, "totp", "000"));
  assert.deepEqual([wrong.status, typeof wrong.title, typeof wrong.detail], [400, "string", "string"]);
  const { id } = await verify(app, "totp", await appCode(user));

  let after = await outboxEnd();
  const email = await page.enrollmentChallenge({ type: "email", email: "grace@work.example" });
  await verify(email, "email", await nextCode(user, { after }));
  after = await outboxEnd();
  const phone = { type: "phone", phone_number: "+12025550143", preferred_authentication_method: "sms" };
  const begun = await page.enrollmentChallenge(phone);
  const number = await verify(begun, "phone", await nextCode(user, { after }));
  const code = await page.enrollmentChallenge({ type: "recovery-code" });
  assert.ok(code.recovery_code);
  await verify(code, "recovery-code");
  const push = await page.enrollmentChallenge({ type: "push-notification" });
  await approvePush(user);
  await verify(push, "push-notification");

  assert.equal((await page.updateAuthenticationMethod(id, { name: "Work phone" })).name, "Work phone");
  assert.equal((await page.getAuthenticationMethod(id)).name, "Work phone");
  const changed = await page.updateAuthenticationMethod(number.id, { preferred_authentication_method: "voice" });
  assert.equal(changed.preferred_authentication_method, "voice");
  await page.deleteAuthenticationMethod(id);
  const left = (await page.getAuthenticationMethods()).map(({ type }) => type);
  assert.deepEqual(left.toSorted(), ["email", "phone", "push-notification", "recovery-code"]);
  const gone = await problem(page.getAuthenticationMethod(id));
  assert.deepEqual([gone.status, gone.type.split("/").at(-1)], [404, "A0E-404-0002"]);
  const unknown = await problem(page.updateAuthenticationMethod(number.id, { colour: "blue" }));
  assert.deepEqual([unknown.status, unknown.type.split("/").at(-1)], [400, "A0E-400-0003"]);
  assert.ok(unknown.validation_errors[0].detail);
}

const problem = (call) => call.then(() => assert.fail("expected a problem"), (reason) => {
  assert.equal(reason.name, "MyAccountApiError", reason.stack);
  return reason;
});

async function ownPage() {
  await control("PUT", "factors", ["email", "otp", "push", "recovery-code", "sms", "voice"]);
  const user = await addUser({ email: "grace@example.com", mfa: false });
  storage.clear();
  const { client } = await page(user, { useMrrt: true });
  await enrollAndManage(client.myAccount, user);
}

// What a call was answered: of the journal's, those after this one.
const journal = () => control("GET", "calls?full=true");
const outcomes = (calls) => calls.map(({ operation, status, refusal }) => `${operation} ${status} ${refusal ?? "-"}`);

// A public application proves with a nonce: the first call is refused and repeated, those after it hold the nonce.
async function bound() {
  const user = await addUser({ email: "hedy@example.com" });
  storage.clear();
  const { client } = await page(user, { useDpop: true });
  const before = (await journal()).length;
  const mfaToken = await demanded(client);
  await client.mfa.enroll({ mfaToken, factorType: "otp" });
  const wrong = await client.mfa.verify({ mfaToken, otp: "000" }).then(() => null, (reason) => reason);
  assert.equal(wrong.error, "invalid_grant");
  const tokens = await client.mfa.verify({ mfaToken, otp: await appCode(user) });
  assert.equal(tokens.token_type, "DPoP");
  assert.deepEqual(outcomes((await journal()).slice(before)), [
    "refresh-token 400 use_dpop_nonce", "refresh-token 403 mfa_required", "associate 200 -", "mfa-otp 403 wrong_otp", "mfa-otp 200 -",
  ]);
  const url = `https://${domain}/userinfo`;
  const proof = await client.generateDpopProof({ url, method: "GET", accessToken: tokens.access_token });
  assert.equal((await verified(tokens.access_token, audience)).cnf.jkt, await thumbprint(proof));

  const profile = () => client.createFetcher({ dpopNonceId: "userinfo" }).fetchWithAuth(url, {}, { audience });
  assert.equal((await (await profile()).json()).sub, user.id);
  await control("PATCH", "profile", { dpop_nonce_at_resources: true });
  assert.equal((await (await profile()).json()).sub, user.id);
  assert.deepEqual(outcomes((await journal()).slice(-2)), ["userinfo 401 dpop_nonce_at_resource", "userinfo 200 -"]);
  await control("PATCH", "profile", { dpop_nonce_at_resources: false });
}

async function boundPage() {
  const user = await addUser({ email: "ida@example.com", mfa: false });
  storage.clear();
  const { client } = await page(user, { useDpop: true, useMrrt: true });
  await control("PATCH", "profile", { dpop_nonce_at_resources: true });
  const before = (await journal()).length;
  await enrollAndManage(client.myAccount, user);
  const calls = (await journal()).slice(before).filter(({ operation }) => operation.startsWith("me-"));
  assert.deepEqual(outcomes(calls.slice(0, 2)), ["me-factors 401 me_dpop_nonce", "me-factors 200 -"]);
  assert.ok(calls.every(({ request }) => /^DPoP /.test(request.headers.authorization)));
  await control("PATCH", "profile", { dpop_nonce_at_resources: false });
}

for (const scenario of [refreshAndMfa, listing, rotationAndRevoke, ownPage, bound, boundPage]) {
  await scenario();
  console.log(`ok ${scenario.name}`);
}
