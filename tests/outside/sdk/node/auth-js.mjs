// @auth0/auth0-auth-js, unchanged: every factor from enrollment to deletion.
import assert from "node:assert/strict";
import { AuthClient, isMfaRequiredError } from "@auth0/auth0-auth-js";
import { addUser, advanceClock, appCode, approvePush, control, nextCode, outboxEnd, rejectPush } from "../../../../pytest_auth0_mfa/cli/project_files/javascript/auth0-mfa.mjs";
import { audience, clientId, clientSecret, domain, refusal, verified } from "./tools.mjs";

const auth = new AuthClient({ domain, clientId, clientSecret });
const { mfa } = auth;

async function logIn(user, scope = "openid profile email offline_access") {
  try {
    await auth.getTokenByPassword({ username: user.email, password: user.password, audience, scope });
  } catch (error) {
    assert.ok(isMfaRequiredError(error), error.stack);
    return error.cause.mfa_token;
  }
  throw new Error("expected mfa_required");
}

async function email() {
  const user = await addUser({ email: "ada@example.com" });
  let mfaToken = await logIn(user);
  assert.deepEqual(await mfa.listAuthenticators({ mfaToken }), []);
  const ask = { mfaToken, authenticatorTypes: ["oob"], oobChannels: ["email"], email: "ada@work.example" };
  const enrolled = await mfa.enrollAuthenticator(ask);
  assert.equal(enrolled.recoveryCodes.length, 1);
  const proof = { mfaToken, factorType: "oob", oobCode: enrolled.oobCode };
  const wrong = await refusal(mfa.verify({ ...proof, bindingCode: "wrong" }));
  assert.deepEqual(wrong, ["invalid_grant", "Invalid binding_code."]);
  const tokens = await mfa.verify({ ...proof, bindingCode: await nextCode(user) });
  assert.equal((await verified(tokens.idToken, clientId)).email, user.email);
  assert.equal((await verified(tokens.accessToken, audience)).sub, user.id);
  assert.ok(tokens.refreshToken);
  assert.deepEqual(await refusal(mfa.enrollAuthenticator(ask)), ["access_denied", "User is already enrolled."]);

  mfaToken = await logIn(user);
  const [row] = await mfa.listAuthenticators({ mfaToken });
  assert.equal(row.active, true);
  const after = await outboxEnd();
  const challenge = await mfa.challengeAuthenticator({ mfaToken, challengeType: "oob", authenticatorId: row.id });
  assert.equal(challenge.challengeType, "oob");
  const bindingCode = await nextCode(user, { after });
  await mfa.verify({ mfaToken, factorType: "oob", oobCode: challenge.oobCode, bindingCode });

  const renewed = await auth.getTokenByRefreshToken({ refreshToken: tokens.refreshToken });
  assert.equal((await verified(renewed.idToken, clientId)).sub, user.id);

  const scope = "openid read:authenticators remove:authenticators";
  const login = { username: user.email, password: user.password, audience: `https://${domain}/mfa/`, scope };
  const { accessToken } = await auth.getTokenByPassword(login);
  const gone = { authenticatorId: row.id, mfaToken: accessToken };
  assert.equal((await refusal(mfa.deleteAuthenticator({ ...gone, mfaToken })))[0], "invalid_grant");
  await mfa.deleteAuthenticator(gone);
  assert.equal((await refusal(mfa.deleteAuthenticator(gone)))[0], "not_found");
}

async function otpAndRecoveryCode() {
  const user = await addUser();
  let mfaToken = await logIn(user);
  const enrolled = await mfa.enrollAuthenticator({ mfaToken, authenticatorTypes: ["otp"] });
  assert.ok(enrolled.barcodeUri.includes(`secret=${enrolled.secret}`));
  const wrong = await refusal(mfa.verify({ mfaToken, factorType: "otp", otp: "000" }));
  assert.deepEqual(wrong, ["invalid_grant", "Invalid otp_code."]);
  const tokens = await mfa.verify({ mfaToken, factorType: "otp", otp: await appCode(user) });
  assert.equal((await verified(tokens.idToken, clientId)).sub, user.id);

  mfaToken = await logIn(user);
  const recoveryCode = enrolled.recoveryCodes[0];
  const recovered = await mfa.verify({ mfaToken, factorType: "recovery-code", recoveryCode });
  assert.notEqual(recovered.recoveryCode, recoveryCode);
  assert.match(recovered.recoveryCode, /^[A-Z0-9]{24}$/);
  const dead = await refusal(mfa.verify({ mfaToken, factorType: "recovery-code", recoveryCode }));
  assert.deepEqual(dead, ["invalid_grant", "MFA Authorization rejected."]);
}

async function push() {
  const user = await addUser({ authenticators: ["push"] });
  for (const [answer, expected] of [[approvePush, undefined], [rejectPush, "access_denied"]]) {
    const mfaToken = await logIn(user);
    const { oobCode } = await mfa.challengeAuthenticator({ mfaToken, challengeType: "oob" });
    const poll = () => mfa.verify({ mfaToken, factorType: "oob", oobCode });
    assert.equal((await refusal(poll()))[0], "authorization_pending");
    assert.equal((await refusal(poll()))[0], "slow_down");
    await answer(user);
    if (expected) assert.equal((await refusal(poll()))[0], expected);
    else assert.equal((await verified((await poll()).idToken, clientId)).sub, user.id);
  }
}

async function expiry() {
  const mfaToken = await logIn(await addUser());
  await advanceClock(600);
  assert.equal((await refusal(mfa.challengeAuthenticator({ mfaToken, challengeType: "otp" })))[0], "expired_token");
}

async function passwordlessAndRevoke() {
  const scope = "openid profile email offline_access";
  for (const [to, start, getToken] of [
    [{ email: "grace@example.com" }, "sendEmail", "getTokenByPasswordlessEmail"],
    [{ phoneNumber: "+15550100199" }, "sendSms", "getTokenByPasswordlessSms"],
  ]) {
    await auth.passwordless[start](start === "sendEmail" ? { ...to, send: "code" } : to);
    const code = (await control("GET", "outbox/latest")).code;
    const wrong = await refusal(auth[getToken]({ ...to, code: code === "0000" ? "1111" : "0000" }));
    assert.equal(wrong[0], "invalid_grant");
    const demanded = await refusal(auth[getToken]({ ...to, code, scope, audience }), (error) => error);
    assert.ok(isMfaRequiredError(demanded), demanded.stack);
    const mfaToken = demanded.cause.mfa_token;
    const enrolled = await mfa.enrollAuthenticator({ mfaToken, authenticatorTypes: ["otp"] });
    assert.ok(enrolled.secret);
    const user = (await control("GET", "users")).at(-1);
    const tokens = await mfa.verify({ mfaToken, factorType: "otp", otp: await appCode(user) });
    assert.equal((await verified(tokens.accessToken, audience)).sub, user.id);
    await auth.getTokenByRefreshToken({ refreshToken: tokens.refreshToken });
    await auth.revokeToken({ token: tokens.refreshToken, tokenTypeHint: "refresh_token" });
    const gone = await refusal(auth.getTokenByRefreshToken({ refreshToken: tokens.refreshToken }));
    assert.deepEqual(gone, ["invalid_grant", "Unknown or invalid refresh token."]);
  }
}

// With rotation each renewal brings another token, and the old one ends them all.
async function rotation() {
  await control("PATCH", `applications/${clientId}`, { rotate_refresh_tokens: true });
  const user = await addUser({ mfa: false });
  const login = { username: user.email, password: user.password, audience, scope: "openid offline_access" };
  const first = await auth.getTokenByPassword(login);
  const second = await auth.getTokenByRefreshToken({ refreshToken: first.refreshToken });
  assert.ok(second.refreshToken);
  assert.notEqual(second.refreshToken, first.refreshToken);
  for (const { refreshToken } of [first, second]) {
    assert.equal((await refusal(auth.getTokenByRefreshToken({ refreshToken })))[0], "invalid_grant");
  }
}

for (const scenario of [email, otpAndRecoveryCode, push, passwordlessAndRevoke, rotation, expiry]) {
  await scenario();
  console.log(`ok ${scenario.name}`);
}
