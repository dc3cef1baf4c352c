// Settings with several fields: when MFA is required, the known APIs, the form of codes, and claims of tokens.

import { act, fail, submits } from "./control.js";
import { $, element, setText, setValue } from "./dom.js";

const FOR_SOME = "for-some"; // the policy: only for the audiences and applications below
const list = (text) => text.split(/[\s,]+/).filter(Boolean);

export function start(catalogue) {
  $("policy").append(element("option", { value: FOR_SOME }, "for these audiences and applications"));
  $("policy").append(element("option", { value: "custom", disabled: true }, "a function"));
  submits($("policy-for"), () => {
    const policy = {};
    if ($("policy-audiences").value.trim()) policy.audiences = list($("policy-audiences").value);
    if ($("policy-applications").value.trim()) policy.applications = list($("policy-applications").value);
    act("MFA is demanded for these", "PUT", "policy", { policy });
  });
  submits($("audiences-form"), () => {
    const audiences = list($("audiences").value);
    const said = audiences.length ? "Set the APIs" : "Any audience is accepted";
    act(said, "PUT", "audiences", { audiences: audiences.length ? audiences : null });
  });
  submits($("codes-form"), () => {
    const of = (what) => ({ email: $(`email-${what}`).valueAsNumber, sms: $(`sms-${what}`).valueAsNumber });
    act("New codes have these lengths and lifetimes", "PATCH", "codes", { lengths: of("digits"), lifetimes: of("seconds") });
  });
  submits($("claims-form"), () => {
    const claims = read($("claims").value);
    if (claims) act("Every new token has these claims", "PUT", "claims", { claims });
  });
  submits($("rotation-form"), () => {
    const given = { rotate_refresh_tokens: $("rotation").checked, refresh_token_leeway: $("leeway").valueAsNumber };
    const path = `applications/${encodeURIComponent($("rotation-form").dataset.client)}`;
    act(given.rotate_refresh_tokens ? "Refresh tokens rotate" : "Refresh tokens do not rotate", "PATCH", path, given);
  });
  submits($("possession-form"), () => {
    const demanded = $("possession").checked;
    const path = `applications/${encodeURIComponent($("rotation-form").dataset.client)}`;
    const said = demanded ? "Every token has to be bound to a key" : "A proof of possession is optional";
    act(said, "PATCH", path, { require_proof_of_possession: demanded });
  });
  setText($("codes-note"), `SMS and calls share a setting. Channels: ${catalogue.code_channels.join(", ")}.`);
}

// A JSON object. For anything else an error is shown and nothing is sent.
export function read(text) {
  try {
    const value = JSON.parse(text.trim() || "{}");
    if (value && typeof value === "object" && !Array.isArray(value)) return value;
  } catch {
    // The error is shown below.
  }
  fail("Expected a JSON object, such as {\"plan\": \"gold\"}");
  return null;
}

export function show(state) {
  const some = typeof state.policy === "object";
  setValue($("policy"), some ? FOR_SOME : state.policy);
  if ($("policy") !== document.activeElement) $("policy-for").hidden = !some;
  fill("policy-audiences", some ? (state.policy.audiences ?? []).join(" ") : "");
  fill("policy-applications", some ? (state.policy.applications ?? []).join(" ") : "");
  fill("audiences", (state.audiences ?? []).join(" "));
  for (const channel of ["email", "sms"]) {
    fill(`${channel}-digits`, String(state.codes.lengths[channel]));
    fill(`${channel}-seconds`, String(state.codes.lifetimes[channel]));
  }
  fill("claims", state.claims === "custom" ? "" : JSON.stringify(state.claims));
  $("claims").disabled = state.claims === "custom"; // they come from a function
  const [main] = state.applications;
  $("rotation-form").dataset.client = main.client_id;
  if (changed("rotation", main.rotate_refresh_tokens)) $("rotation").checked = main.rotate_refresh_tokens;
  fill("leeway", String(main.refresh_token_leeway));
  const demanded = main.require_proof_of_possession;
  if (changed("possession", demanded)) $("possession").checked = demanded;
}

const shown = new Map();

// Keep what the person types until the tenant's own value changes.
function changed(id, value) {
  if (shown.get(id) === value) return false;
  shown.set(id, value);
  return true;
}

function fill(id, value) {
  if (changed(id, value)) $(id).value = value;
}

export const isForSome = (policy) => policy === FOR_SOME;
