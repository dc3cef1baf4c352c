// Users and their authenticators.

import { act, removes, searches, submits, userPath } from "./control.js";
import { $, button, copyable, element, facts, reconcile, setText } from "./dom.js";
import { qr } from "./qr.js";
import { read } from "./rules.js";

let factors = [];

export function start(catalogue) {
  factors = catalogue.factors;
  searches($("user-search"));
  submits($("add-user"), async () => {
    const given = {};
    if ($("new-email").value) given.email = $("new-email").value;
    if ($("new-password").value) given.password = $("new-password").value;
    const user = await act("Added a user", "POST", "users", given, $("add-user"));
    if (user) $("add-user").reset();
  });
}

export function show(state) {
  const { user_count: count, users_found: found, users } = state;
  const searched = $("user-search").value.trim() !== "";
  setText($("user-count"), searched ? `${found} of ${count}` : users.length < count ? `the newest ${users.length} of ${count}` : count || "");
  $("user-list").dataset.empty = searched && count ? "No user matches the search." : "No user yet.";
  const rows = users.toReversed().map((user) => ({ ...user, on: state.factors, alone: count === 1 }));
  reconcile($("user-list"), rows, (user) => `${user.id} ${user.email}`, row);
}

// A line that opens. It is open for a single user, and while an authenticator is being enrolled.
function row(user) {
  const name = element("h3", { class: "cut" });
  const badges = element("span", { class: "badges muted" });
  const about = element("dl", {});
  const rows = element("tbody", {});
  const table = element("table", {}, element("thead", {}, header()), rows);
  const codes = element("div", {});
  const inside = element("div", { class: "user" }, about, table, codes, actions(user));
  const box = element("details", {}, element("summary", { class: "head" }, name, badges), inside);
  const pending = (now) => now.authenticators.some(({ active }) => !active);
  let enrolling = false;
  box.open = user.alone;
  const made = element("li", {}, box);
  made.show = (now) => {
    if (pending(now) && !enrolling) box.open = true;
    enrolling = pending(now);
    setText(name, now.email);
    setText(badges, summary(now));
    table.setAttribute("aria-label", `Authenticators of ${now.email}`);
    table.hidden = now.authenticators.length === 0;
    facts(about, describe(now));
    reconcile(rows, now.authenticators, ({ id }) => id, (entry) => authenticator(user, entry));
    const scannable = now.authenticators.filter(({ secret }) => secret);
    reconcile(codes, scannable, ({ id }) => id, (entry) => qr(user, entry));
    made.querySelector("select").show(now.on);
  };
  return made;
}

function summary({ authenticators, blocked, mfa }) {
  const parts = authenticators.map(({ factor, active }) => (active ? factor : `${factor} (pending)`));
  if (!parts.length) parts.push("nothing enrolled");
  if (mfa !== null) parts.push(mfa ? "MFA always" : "MFA never");
  if (blocked) parts.push("blocked");
  return parts.join(", ");
}

function describe(user) {
  const verified = user.email_verified ? "email verified" : "email not verified";
  const demand = { true: "MFA always", false: "MFA never", null: "MFA as the policy says" }[user.mfa];
  const rows = [["Password", user.password], ["Phone", user.phone_number], ["State", `${verified}, ${demand}`, ""]];
  if (user.recovery_code) rows.push(["Recovery code", user.recovery_code]);
  if (user.blocked) rows.push(["Blocked", "yes"]);
  return rows;
}

// Custom claims, as JSON, and permissions of the user's tokens.
function tokens(user) {
  const claims = element("input", { type: "text", "aria-label": `Claims of ${user.email}`, spellcheck: "false" });
  const permissions = element("input", { type: "text", "aria-label": `Permissions of ${user.email}`, spellcheck: "false" });
  claims.value = JSON.stringify(user.claims);
  permissions.value = user.permissions.join(" ");
  const set = button("Set", `Set claims and permissions of ${user.email}`, () => {
    const given = read(claims.value);
    const list = permissions.value.split(/[\s,]+/).filter(Boolean);
    if (given) act(`New tokens of ${user.email} have these claims`, "PATCH", userPath(user), { claims: given, permissions: list });
  });
  const fields = element("div", { class: "line" }, "Claims", claims, "Permissions", permissions, set);
  return element("details", {}, element("summary", {}, "Tokens"), fields);
}

function header() {
  const names = ["Authenticator", "Code now", ""];
  return element("tr", {}, ...names.map((name) => (name ? element("th", { scope: "col" }, name) : element("td", {}))));
}

function authenticator(user, entry) {
  const where = element("bdi", {});
  const state = element("span", {});
  const code = copyable("small-code");
  code.hidden = !entry.secret;
  const path = `${userPath(user)}/authenticators/${encodeURIComponent(entry.id)}`;
  const remove = button("Remove", `Remove ${entry.id} of ${user.email}`, () => {
    removes(`Remove the authenticator ${entry.factor} of ${user.email}?`, `Removed ${entry.id}`, path);
  });
  remove.hidden = entry.implicit; // the implicit factor of a verified email cannot be removed
  const head = element("th", { scope: "row", title: entry.id }, element("b", {}, entry.factor), " ", state, element("br"), where);
  const made = element("tr", {}, head, element("td", {}, code), element("td", {}, remove));
  made.show = (now) => {
    setText(where, now.address ?? now.name ?? "");
    setText(state, now.active ? "active" : "pending");
    state.className = now.active ? "good" : "warn";
    code.show(now.code, `the code of ${user.email}`);
  };
  return made;
}

function actions(user) {
  const select = element("select", { "aria-label": `Factor to enroll for ${user.email}` });
  select.show = (on) => {
    const offered = factors.filter((factor) => on.includes(factor) && factor !== "recovery-code");
    reconcile(select, offered, (factor) => factor, (factor) => element("option", { value: factor }, factor));
  };
  const enroll = button("Enroll", `Enroll the factor for ${user.email}`, () => {
    act(`Enrolled ${select.value} for ${user.email}`, "POST", `${userPath(user)}/authenticators`, { factor: select.value });
  });
  const remove = button("Delete the user", `Delete the user ${user.email}`, () => {
    removes(`Delete the user ${user.email} with all authenticators?`, `Deleted ${user.email}`, userPath(user));
  }, "danger");
  const demand = element("select", { "aria-label": `When MFA is demanded of ${user.email}` });
  for (const [value, text] of [["null", "MFA by policy"], ["true", "MFA always"], ["false", "MFA never"]]) {
    demand.append(element("option", { value }, text));
  }
  demand.value = JSON.stringify(user.mfa);
  demand.addEventListener("change", () => {
    act(`Changed ${user.email}`, "PATCH", userPath(user), { mfa: JSON.parse(demand.value) });
  });
  return element("div", { class: "line" }, select, enroll, demand, remove, tokens(user));
}
