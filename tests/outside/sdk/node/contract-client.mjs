// A program that a test drives: JSON lines in, [method, arguments, named arguments], and JSON lines out.
// `node contract-client.mjs auth-js` or `server-js`. It only renames what the SDKs take and answer.
import readline from "node:readline";
import { AuthClient, isMfaRequiredError } from "@auth0/auth0-auth-js";
import { ServerClient } from "@auth0/auth0-server-js";

const FACTORS = {
  otp: { authenticatorTypes: ["otp"] },
  sms: { authenticatorTypes: ["oob"], oobChannels: ["sms"] },
  voice: { authenticatorTypes: ["oob"], oobChannels: ["voice"] },
  email: { authenticatorTypes: ["oob"], oobChannels: ["email"] },
  push: { authenticatorTypes: ["oob"], oobChannels: ["auth0"] },
};

class NotImplemented extends Error {}

const tokens = (made) => ({
  access_token: made.accessToken,
  id_token: made.idToken,
  refresh_token: made.refreshToken,
  recovery_code: made.recoveryCode,
});

// What both SDKs have: server-js hands its calls on to auth-js.
class Mfa {
  async list_authenticators([mfaToken]) {
    const rows = await this.mfa.listAuthenticators({ mfaToken });
    return rows.map((row) => ({
      id: row.id,
      authenticator_type: row.authenticatorType,
      active: row.active,
      oob_channel: [row.oobChannels].flat()[0], // a tenant may answer one channel under this name
    }));
  }

  async associate([mfaToken, factor], { email, phone_number: phoneNumber }) {
    const made = await this.mfa.enrollAuthenticator({ mfaToken, ...FACTORS[factor], email, phoneNumber });
    return {
      oob_code: made.oobCode,
      binding_method: made.bindingMethod,
      secret: made.secret,
      barcode_uri: made.barcodeUri,
      recovery_codes: made.recoveryCodes,
    };
  }

  async challenge([mfaToken, authenticatorId], { challenge_type: asked }) {
    if (!asked && !authenticatorId) throw new NotImplemented("the SDK asks for a challenge type");
    const challengeType = asked ?? (authenticatorId.startsWith("totp|") ? "otp" : "oob");
    const made = await this.mfa.challengeAuthenticator({ mfaToken, challengeType, authenticatorId });
    return { challenge_type: made.challengeType, oob_code: made.oobCode, binding_method: made.bindingMethod };
  }

  verify_otp([mfaToken, otp]) {
    return this.verify({ mfaToken, factorType: "otp", otp });
  }

  verify_oob([mfaToken, oobCode, bindingCode]) {
    return this.verify({ mfaToken, factorType: "oob", oobCode, bindingCode });
  }

  verify_recovery_code([mfaToken, recoveryCode]) {
    return this.verify({ mfaToken, factorType: "recovery-code", recoveryCode });
  }
}

class AuthJs extends Mfa {
  constructor(options) {
    super();
    this.auth = new AuthClient(options);
    this.mfa = this.auth.mfa;
  }

  async log_in([username, password], { audience, scope }) {
    return tokens(await this.auth.getTokenByPassword({ username, password, audience, scope }));
  }

  async refresh([refreshToken], { audience, scope }) {
    return tokens(await this.auth.getTokenByRefreshToken({ refreshToken, audience, scope }));
  }

  async verify(proof) {
    return tokens(await this.mfa.verify(proof));
  }

  delete_authenticator([mfaToken, authenticatorId]) {
    return this.mfa.deleteAuthenticator({ mfaToken, authenticatorId });
  }
}

// Its flows start from the refresh token in a session. Each request of a web application has one session; here
// the mfa_token says whose it is.
class ServerJs extends Mfa {
  sessions = new Map();

  constructor(options) {
    super();
    const store = {
      get: async (name, { session }) => session.state,
      set: async (name, state, removeIfExists, { session }) => void (session.state = state),
      delete: async (name, { session }) => void delete session.state,
    };
    this.domain = options.domain;
    this.client = new ServerClient({ ...options, stateStore: store, transactionStore: store });
    this.mfa = this.client.mfa;
  }

  async refresh([refreshToken], { audience, scope }) {
    const session = {
      state: { refreshToken, tokenSets: [], domain: this.domain, internal: { sid: "s", createdAt: 1 } },
    };
    try {
      const { accessToken } = await this.client.getAccessToken({ audience, scope }, { session });
      const { idToken, refreshToken: kept } = session.state;
      return tokens({ accessToken, idToken, refreshToken: kept === refreshToken ? undefined : kept });
    } catch (error) {
      if (isMfaRequiredError(error)) this.sessions.set(error.cause.mfa_token, session);
      throw error;
    }
  }

  async verify(proof) {
    return tokens(await this.mfa.verify(proof, { session: this.sessions.get(proof.mfaToken) ?? {} }));
  }
}

// The SDKs' own errors have a code in small letters; whatever else they throw is handed on as it is.
function failed(error) {
  if (error instanceof NotImplemented) return { missing: error.message };
  if (!/^[a-z0-9_]+$/.test(error.code ?? "")) return { stray: error.name };
  const { error: said, error_description: description, mfa_token } = error.cause ?? {};
  return { failed: { error: said || error.code, description, status: error.statusCode, mfa_token } };
}

const Adapter = { "auth-js": AuthJs, "server-js": ServerJs }[process.argv[2]];
let adapter;

async function answer(line) {
  const [method, given, named] = JSON.parse(line);
  try {
    if (method === "open") {
      adapter = new Adapter(named);
      return {};
    }
    if (!adapter[method]) throw new NotImplemented(`the SDK has no ${method}`);
    return { value: await adapter[method](given, named) };
  } catch (error) {
    return failed(error);
  }
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answer(line)));
}
