// The control plane: the token, calls to it, and messages about them in the bar at the bottom.

import { $, setText } from "./dom.js";

const KEY = "auth0-mfa-control-token";

export class ControlError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

// The token is taken from the address once and removed from it, so that it is in no bookmark.
export function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) {
    keepToken(given);
    history.replaceState(null, "", location.pathname);
  }
  return Boolean(given);
}

export const keepToken = (token) => sessionStorage.setItem(KEY, token);
export const forgetToken = () => sessionStorage.removeItem(KEY);
export const hasToken = () => sessionStorage.getItem(KEY) !== null;

// One call below /_auth0_mfa/; returns the decoded answer. Throws ControlError.
export async function control(method, path, body) {
  const headers = { "X-Auth0-MFA-Control-Token": sessionStorage.getItem(KEY) ?? "" };
  const options = { method, headers, cache: "no-store", credentials: "omit", redirect: "error" };
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  const answer = await fetch(`/_auth0_mfa/${path}`, options);
  const content = await answer.json();
  if (!answer.ok) throw new ControlError(answer.status, content.message);
  return content;
}

let refresh = async () => {};
let renew = async () => {};
export function whenDone(action, withNewSearch) {
  refresh = action;
  renew = withNewSearch;
}

// The action of a button or form: make the call, report its result and show the new state. A refusal is shown at the
// form's field.
export async function act(done, method, path, body, form = null) {
  try {
    const answer = await control(method, path, body);
    if (form) complain(form, "");
    say(done);
    await refresh();
    return answer;
  } catch (error) {
    if (form && error.status === 400) complain(form, inWords(error.message));
    else fail(error.message);
    return null;
  }
}

export function removes(question, done, path) {
  if (confirm(question)) act(done, "DELETE", path);
}

// Filter by the text in the field, a moment after the last key.
export function searches(field) {
  let timer = 0;
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(renew, 200);
  });
}

// Remove what a form does not need: "$.email: expected a string" starts with a JSON path, "add_user(): ..." with a function.
function inWords(message) {
  const text = message.replace(/^\$\.?/, "").replace(/^\w+\([^)]*\): /, "");
  return text[0].toUpperCase() + text.slice(1);
}

// The message under the fields of a form, linked to the field that it is about, or else to the first one.
function complain(form, text) {
  const problem = form.querySelector(".problem");
  const fields = [...form.querySelectorAll("input, select")];
  for (const one of fields) one.removeAttribute("aria-invalid");
  setText(problem, text);
  if (!text) return;
  const field = fields.find(({ name }) => name && text.toLowerCase().includes(name)) ?? fields[0];
  field.setAttribute("aria-invalid", "true");
  field.focus();
}

const FADES_AFTER = 6000; // milliseconds; errors stay until the next action
let fading = 0;

export function say(text) {
  setText($("failed"), "");
  setText($("said"), text);
  clearTimeout(fading);
  fading = setTimeout(() => setText($("said"), ""), FADES_AFTER);
}

export function fail(text) {
  setText($("said"), "");
  setText($("failed"), text);
}

export function submits(form, action) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    action();
  });
}

export const userPath = (user) => `users/${encodeURIComponent(user.id)}`;
