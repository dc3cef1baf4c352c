// @auth0/auth0-server-js, unchanged: sessions whose access token is renewed, which demands MFA.
import assert from "node:assert/strict";
import { ServerClient, isMfaRequiredError } from "@auth0/auth0-server-js";
import { addUser, appCode, approvePush, control, nextCode, outboxEnd } from "../../../../pytest_auth0_mfa/cli/project_files/javascript/auth0-mfa.mjs";
import { audience, clientId, clientSecret, domain, refusal, verified } from "./tools.mjs";

class Store {
  kept = new Map();
  set = async (name, state) => void this.kept.set(name, state);
  get = async (name) => this.kept.get(name);
  delete = async (name) => void this.kept.delete(name);
}

// A session of an earlier login, and the mfa_token that the renewal of its access token answers.
async function session(user) {
  const asked = { audience, scope: "openid profile email offline_access" };
  const made = await control("POST", `users/${encodeURIComponent(user.id)}/refresh-tokens`, asked);
  const stateStore = new Store();
  const client = new ServerClient({
    domain, clientId, clientSecret, stateStore, transactionStore: new Store(), authorizationParams: asked,
  });
  const state = { refreshToken: made.refresh_token, tokenSets: [], domain, internal: { sid: "s", createdAt: 1 } };
  await stateStore.set("__a0_session", state);
  try {
    await client.getAccessToken();
  } catch (error) {
    assert.ok(isMfaRequiredError(error), error.stack);
    return { client, mfa: client.mfa, mfaToken: error.cause.mfa_token, stateStore };
  }
  throw new Error("expected mfa_required");
}

async function email() {
  const user = await addUser({ email: "ada@example.com" });
  let { client, mfa, mfaToken, stateStore } = await session(user);
  assert.deepEqual(await mfa.listAuthenticators({ mfaToken }), []);
  const ask = { mfaToken, authenticatorTypes: ["oob"], oobChannels: ["email"], email: "ada@work.example" };
  const enrolled = await mfa.enrollAuthenticator(ask);
  const proof = { mfaToken, factorType: "oob", oobCode: enrolled.oobCode, audience };
  const wrong = await refusal(mfa.verify({ ...proof, bindingCode: "wrong" }));
  assert.deepEqual(wrong, ["invalid_grant", "Invalid binding_code."]);
  const tokens = await mfa.verify({ ...proof, bindingCode: await nextCode(user) });
  assert.equal((await verified(tokens.idToken, clientId)).sub, user.id);
  assert.equal((await verified(tokens.accessToken, audience)).sub, user.id);
  assert.equal((await client.getAccessToken()).accessToken, tokens.accessToken);

  ({ client, mfa, mfaToken, stateStore } = await session(user));
  const [row] = await mfa.listAuthenticators({ mfaToken });
  const after = await outboxEnd();
  const challenge = await mfa.challengeAuthenticator({ mfaToken, challengeType: "oob", authenticatorId: row.id });
  const bindingCode = await nextCode(user, { after });
  await stateStore.delete("__a0_session"); // as at a first login: the SDK makes the session of the ID token
  await mfa.verify({ mfaToken, factorType: "oob", oobCode: challenge.oobCode, bindingCode });
  assert.equal((await client.getUser()).sub, user.id);
}

async function otpAndRecoveryCode() {
  const user = await addUser();
  let { mfa, mfaToken } = await session(user);
  const enrolled = await mfa.enrollAuthenticator({ mfaToken, authenticatorTypes: ["otp"] });
  await mfa.verify({ mfaToken, factorType: "otp", otp: await appCode(user) });
  ({ mfa, mfaToken } = await session(user));
  const recoveryCode = enrolled.recoveryCodes[0];
  const recovered = await mfa.verify({ mfaToken, factorType: "recovery-code", recoveryCode });
  assert.notEqual(recovered.recoveryCode, recoveryCode);
}

async function push() {
  const user = await addUser({ authenticators: ["push"] });
  const { mfa, mfaToken } = await session(user);
  const { oobCode } = await mfa.challengeAuthenticator({ mfaToken, challengeType: "oob" });
  const poll = () => mfa.verify({ mfaToken, factorType: "oob", oobCode });
  assert.equal((await refusal(poll()))[0], "authorization_pending");
  await approvePush(user);
  assert.equal((await verified((await poll()).idToken, clientId)).sub, user.id);
}

async function passwordlessAndRevoke() {
  const stateStore = new Store();
  const asked = { audience, scope: "openid profile email offline_access" };
  const client = new ServerClient({
    domain, clientId, clientSecret, stateStore, transactionStore: new Store(), authorizationParams: asked,
  });
  const to = { connection: "email", email: "grace@example.com" };
  const login = async (authorizationParams) => {
    const after = await outboxEnd();
    await client.startPasswordless(to);
    const message = await control("GET", `outbox/latest?after=${after}`);
    return client.completePasswordless({ ...to, verificationCode: message.code, authorizationParams });
  };
  const demanded = await login().catch((error) => error);
  assert.equal(demanded.cause?.error, "mfa_required", demanded.stack);
  const user = (await control("GET", "users")).at(-1);
  await control("PATCH", `users/${encodeURIComponent(user.id)}`, { mfa: false });
  await login();
  assert.equal((await client.getUser()).sub, user.id);
  const { refreshToken } = await stateStore.get("__a0_session");
  assert.ok(refreshToken);
  await client.revokeRefreshToken();
  const client2 = new ServerClient({
    domain, clientId, clientSecret, stateStore, transactionStore: new Store(), authorizationParams: asked,
  });
  await stateStore.set("__a0_session", { refreshToken, tokenSets: [], domain, internal: { sid: "s", createdAt: 1 } });
  assert.deepEqual((await refusal(client2.getAccessToken()))[0], "invalid_grant");
}

for (const scenario of [email, otpAndRecoveryCode, push, passwordlessAndRevoke]) {
  await scenario();
  console.log(`ok ${scenario.name}`);
}
