// Users and what they have enrolled.

import { act, submits, userPath } from "./control.js";
import { $, button, copyable, element, facts, reconcile, setText } from "./dom.js";
import { qr } from "./qr.js";

let factors = [];

export function start(catalogue) {
  factors = catalogue.factors;
  submits($("add-user"), async () => {
    const given = {};
    if ($("new-email").value) given.email = $("new-email").value;
    if ($("new-password").value) given.password = $("new-password").value;
    const user = await act("Added a user", "POST", "users", given);
    if (user) $("add-user").reset();
  });
}

export function show(state) {
  const shown = state.users.length < state.user_count ? `the newest ${state.users.length} of ${state.user_count}` : state.user_count;
  setText($("user-count"), state.user_count ? shown : "");
  const rows = state.users.toReversed().map((user) => ({ ...user, on: state.factors }));
  reconcile($("user-list"), rows, (user) => `${user.id} ${user.email}`, row);
}

function row(user) {
  const name = element("h3", {});
  const about = element("dl", {});
  const rows = element("tbody", {});
  const table = element("table", {}, element("thead", {}, header()), rows);
  const codes = element("div", {});
  const made = element("li", {}, element("div", { class: "user" }, name, about, table, codes, actions(user)));
  made.show = (now) => {
    setText(name, now.email);
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

function describe(user) {
  const verified = user.email_verified ? "email verified" : "email not verified";
  const demand = { true: "MFA always", false: "MFA never", null: "MFA as the policy says" }[user.mfa];
  const rows = [["Password", user.password], ["Phone", user.phone_number], ["State", `${verified}, ${demand}`, ""]];
  if (user.recovery_code) rows.push(["Recovery code", user.recovery_code]);
  if (user.blocked) rows.push(["Blocked", "yes"]);
  return rows;
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
  const remove = button("Remove", `Remove ${entry.id} of ${user.email}`, () => act(`Removed ${entry.id}`, "DELETE", path));
  remove.hidden = entry.implicit; // a verified email is no entry of its own
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
    act(`Deleted ${user.email}`, "DELETE", userPath(user));
  }, "danger");
  return element("div", { class: "line" }, select, enroll, remove);
}
