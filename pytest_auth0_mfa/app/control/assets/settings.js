// Factors, policy, the application, and the profile of disputed behaviour.

import { act, control, fail, say } from "./control.js";
import { $, element, facts, reconcile, setText } from "./dom.js";
import { field } from "./profile.js";
import { isForSome } from "./rules.js";

export function start(catalogue, tenant) {
  $("factors").append(...catalogue.factors.map(tick));
  $("policy").append(...catalogue.policies.map((policy) => element("option", { value: policy }, policy)));
  $("policy").addEventListener("change", () => {
    const policy = $("policy").value;
    $("policy-for").hidden = !isForSome(policy);
    if (isForSome(policy)) return $("policy-audiences").focus();
    act(`The policy is ${policy}`, "PUT", "policy", { policy });
  });
  facts($("application-facts"), [
    ["AUTH0_DOMAIN", tenant.domain],
    ["AUTH0_CLIENT_ID", tenant.client_id],
    ["AUTH0_CLIENT_SECRET", tenant.client_secret ?? "none"],
    ["MFA audience", tenant.mfa_audience],
    ["My Account audience", tenant.me_audience],
    ["CA file", tenant.ca_file ?? "none"],
  ]);
  reconcile($("profile-rows"), catalogue.profile, ({ name }) => name, field);
  $("profile-filter").addEventListener("input", filter);
  $("profile-reset").addEventListener("click", () => act("The profile has its defaults", "PUT", "profile", {}));
  $("export").addEventListener("click", save);
  $("reset").addEventListener("click", () => {
    if (confirm("Clear users, messages, calls, faults and clock?")) act("Cleared", "POST", "reset", {});
  });
}

// The browser gets the file as a download, so that its content is in no address and no other page.
async function save() {
  try {
    const config = await control("GET", "config");
    const file = new Blob([`${JSON.stringify(config, null, 2)}\n`], { type: "application/json" });
    const link = element("a", { href: URL.createObjectURL(file), download: "auth0-mfa.json" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    say("Saved as auth0-mfa.json: start the same tenant with auth0-mfa serve --config");
  } catch (error) {
    fail(error.message);
  }
}

function tick(factor) {
  const box = element("input", { type: "checkbox", value: factor });
  box.addEventListener("change", () => {
    const on = [...$("factors").querySelectorAll("input:checked")].map(({ value }) => value);
    act(`${factor} is ${box.checked ? "on" : "off"}`, "PUT", "factors", on);
  });
  return element("label", { class: "tick" }, box, factor);
}

function filter() {
  const wanted = $("profile-filter").value.trim().toLowerCase();
  for (const row of $("profile-rows").children) row.hidden = !row.textContent.toLowerCase().includes(wanted);
}

export function show(state, catalogue) {
  for (const box of $("factors").querySelectorAll("input")) box.checked = state.factors.includes(box.value);
  const changed = catalogue.profile.filter(({ name, default: usual }) => state.profile[name] !== usual).length;
  setText($("profile-changes"), changed ? `${changed} changed` : "none changed");
  for (const row of $("profile-rows").children) row.tell(state.profile[row.dataset.key]);
}
