// What the scripts share: the client's settings, and tokens verified by jose.
import assert from "node:assert/strict";
import { calculateJwkThumbprint, createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";

export const domain = process.env.AUTH0_DOMAIN;
export const clientId = process.env.AUTH0_CLIENT_ID;
export const clientSecret = process.env.AUTH0_CLIENT_SECRET;
export const audience = "https://api.example/";

// Signature, issuer, audience and expiry.
export async function verified(token, of) {
  const keys = createRemoteJWKSet(new URL(`https://${domain}/.well-known/jwks.json`));
  const options = { issuer: `https://${domain}/`, audience: of, requiredClaims: ["exp", "iat", "sub"] };
  const { payload, protectedHeader } = await jwtVerify(token, keys, options);
  assert.equal(protectedHeader.alg, "RS256");
  return payload;
}

// The thumbprint of the key that a proof of possession was signed with.
export const thumbprint = (proof) => calculateJwkThumbprint(decodeProtectedHeader(proof).jwk);

// The `error` with which a call of the SDK is refused.
export async function refusal(call, told = ({ cause }) => [cause.error, cause.error_description]) {
  try {
    await call;
  } catch (error) {
    assert.ok(error.cause?.error, `not a refusal of the tenant's: ${error.stack}`);
    return told(error);
  }
  throw new Error("expected a refusal");
}
