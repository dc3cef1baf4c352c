// Factors, policy, the application, and the profile of disputed behaviour.

import { act } from "./control.js";
import { $, element, facts, reconcile, setText, setValue } from "./dom.js";
import { field } from "./profile.js";

export function start(catalogue, tenant) {
  $("factors").append(...catalogue.factors.map(tick));
  $("policy").append(...catalogue.policies.map((policy) => element("option", { value: policy }, policy)));
  $("policy").addEventListener("change", () => {
    const policy = $("policy").value;
    act(`The policy is ${policy}`, "PUT", "policy", { policy });
  });
  facts($("application-facts"), [
    ["AUTH0_DOMAIN", tenant.domain],
    ["AUTH0_CLIENT_ID", tenant.client_id],
    ["AUTH0_CLIENT_SECRET", tenant.client_secret ?? "none"],
    ["MFA audience", tenant.mfa_audience],
    ["CA file", tenant.ca_file ?? "none"],
  ]);
  reconcile($("profile-rows"), catalogue.profile, ({ name }) => name, field);
  $("profile-filter").addEventListener("input", filter);
  $("profile-reset").addEventListener("click", () => act("The profile has its defaults", "PUT", "profile", {}));
  $("reset").addEventListener("click", () => {
    if (confirm("Clear users, messages, calls, faults and clock?")) act("Cleared", "POST", "reset", {});
  });
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
  setValue($("policy"), state.policy);
  const changed = catalogue.profile.filter(({ name, default: usual }) => state.profile[name] !== usual).length;
  setText($("profile-changes"), changed ? `${changed} changed` : "none changed");
  for (const row of $("profile-rows").children) row.tell(state.profile[row.dataset.key]);
}
