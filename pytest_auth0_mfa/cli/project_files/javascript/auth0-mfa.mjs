// Drives the fake tenant from a test: users, codes, push requests, time.
// It reads AUTH0_DOMAIN and AUTH0_MFA_CONTROL_TOKEN; Node itself reads NODE_EXTRA_CA_CERTS.

export async function control(method, path, body) {
  const { AUTH0_DOMAIN, AUTH0_MFA_CONTROL_TOKEN } = process.env;
  const response = await fetch(`https://${AUTH0_DOMAIN}/_auth0_mfa/${path}`, {
    method,
    headers: { Authorization: `Bearer ${AUTH0_MFA_CONTROL_TOKEN}` },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${method} ${path}: ${answer.message}`);
  return answer;
}

export const reset = () => control("POST", "reset");

// { email, password, authenticators: ["email", "otp", ...] }; what is left out is generated.
export const addUser = (user = {}) => control("POST", "users", user);

// An application without a secret, such as a page that calls Auth0 from the browser.
export const addPublicApplication = () => control("POST", "applications", { token_endpoint_auth_method: "none" });

const named = (user) => encodeURIComponent(user.id ?? user);

// Call this before the click that sends a message: it returns the id of the newest message so far ...
export async function outboxEnd() {
  return (await control("GET", "outbox")).at(-1)?.id ?? 0;
}

// ... and this after it: it waits some seconds for the code that was sent after that message.
export async function nextCode(user, { after = 0, seconds = 5 } = {}) {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const [message] = await control("GET", `outbox?user=${named(user)}&after=${after}`);
    if (message) return message.code;
    if (Date.now() > deadline) throw new Error(`no message came within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

// The code that the user's authenticator app shows now.
export async function appCode(user) {
  const rows = await control("GET", `users/${named(user)}/authenticators`);
  return rows.find((row) => row.factor === "otp").code;
}

export const approvePush = (user) => control("POST", "push/approve", { user: user.id ?? user });
export const rejectPush = (user) => control("POST", "push/reject", { user: user.id ?? user });
export const advanceClock = (seconds) => control("POST", "clock/advance", { seconds });
