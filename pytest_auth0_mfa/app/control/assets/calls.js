// The last calls: what was asked and answered, whether the schemas agree, and the row of the contract.

import { act, control, fail } from "./control.js";
import { $, button, element, reconcile, setText, timeElement } from "./dom.js";
import { describe } from "./call.js";

const MOST = 50;
let rows = []; // oldest first
let first = null; // tells one journal from the next
let catalogue = null;

export function start(given) {
  catalogue = given;
  $("clear-calls").addEventListener("click", () => act("Forgot the calls", "DELETE", "calls"));
  $("call-close").addEventListener("click", () => $("call").close());
}

export async function show({ calls }) {
  if (calls.first !== first || calls.count < (rows.at(-1)?.id ?? 0)) rows = [];
  first = calls.first;
  if (calls.count > (rows.at(-1)?.id ?? 0)) {
    const after = rows.at(-1)?.id ?? 0;
    rows = [...rows, ...(await control("GET", `calls?after=${after}&limit=${MOST}`))].slice(-MOST);
  }
  setText($("call-count"), calls.count > MOST ? `the last ${MOST} of ${calls.count}` : calls.count || "");
  reconcile($("call-rows"), rows.toReversed(), (call) => `${first} ${call.id}`, row);
}

export function verdict(call) {
  if (call.injected) return ["warn", "a fault"];
  if (call.operation === null) return ["muted", "no operation"];
  const count = call.violations.length;
  return count ? ["bad", count === 1 ? "1 violation" : `${count} violations`] : ["good", "agrees"];
}

// Steps of every login, which are refusals by their status only.
const USUAL = ["mfa_required", "authorization_pending"];

function lookOf(call) {
  if (call.status < 400) return "good";
  return USUAL.includes(call.case) ? "muted" : "bad";
}

function row(call) {
  const name = call.operation ?? "unknown";
  const title = `${call.method} ${call.path}`;
  const look = button(name, `${name}, ${title}, answered ${call.status}: details`, () => openCall(call), "link");
  const answer = element("td", {}, element("span", { class: lookOf(call) }, String(call.status)));
  if (call.case) answer.append(" ", call.case);
  if (call.row) answer.append(" ", element("span", { class: "badge", title: "Row of the contract" }, call.row));
  const [kind, text] = verdict(call);
  return element(
    "tr",
    {},
    element("td", {}, timeElement(call.at), " ", look, " ", element("span", { class: "muted path" }, title)),
    answer,
    element("td", { class: kind }, text),
  );
}

async function openCall({ id }) {
  let call;
  try {
    call = await control("GET", `calls/${id}`);
  } catch (error) {
    return fail(error.message);
  }
  setText($("call-title"), `${call.method} ${call.path} answered ${call.status}`);
  $("call-body").replaceChildren(...describe(call, catalogue));
  $("call").showModal();
  $("call-title").focus();
}
