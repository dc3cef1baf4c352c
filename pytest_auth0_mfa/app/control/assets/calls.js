// The list of calls, newest first. The control plane searches and pages it.

import { control, fail, removes, searches } from "./control.js";
import { $, button, element, reconcile, setText, timeElement } from "./dom.js";
import { describe } from "./call.js";
import * as first from "./first.js";

const PAGE = 50;
let rows = []; // oldest first
let most = PAGE; // how many rows are kept
let seen = 0; // the id of the newest call that was loaded
let journal = null; // the id of the journal: another one after a reset
let shown = ""; // the search that gave these rows
let catalogue = null;

export function start(given, tenant) {
  catalogue = given;
  first.start(tenant);
  searches($("call-search"));
  searches($("call-refused"));
  $("clear-calls").addEventListener("click", () => {
    removes("Delete the list of calls? Nothing else of the tenant changes.", "Deleted the calls", "calls");
  });
  $("older").addEventListener("click", older);
  $("call-close").addEventListener("click", () => $("call").close());
}

function search() {
  const words = $("call-search").value.trim();
  return `${words ? `&search=${encodeURIComponent(words)}` : ""}${$("call-refused").checked ? "&refused=true" : ""}`;
}

export async function show({ calls, user_count: users }) {
  const asked = search();
  if (calls.first !== journal || asked !== shown || calls.count < seen) [rows, most, seen] = [[], PAGE, 0];
  [journal, shown] = [calls.first, asked];
  if (calls.count > seen) {
    rows = [...rows, ...(await control("GET", `calls?after=${seen}&limit=${most}${asked}`))].slice(-most);
    seen = Math.max(calls.count, rows.at(-1)?.id ?? 0);
  }
  draw(calls.count);
  $("first").hidden = Boolean(calls.count || users);
  setText($("no-calls"), calls.count ? (rows.length ? "" : "No call matches the search.") : users ? "No call yet." : "");
}

function draw(count) {
  const some = shown ? `${rows.length === most ? "the last " : ""}${rows.length} found in ${count}` : `the last ${rows.length} of ${count}`;
  setText($("call-count"), shown || rows.length < count ? some : count || "");
  reconcile($("call-rows"), rows.toReversed(), (call) => `${journal} ${call.id}`, row);
  $("older").hidden = rows.length < most || rows[0].id === 1;
}

async function older() {
  try {
    const page = await control("GET", `calls?before=${rows[0].id}&limit=${PAGE}${shown}`);
    rows = [...page, ...rows];
    most = page.length < PAGE ? rows.length + 1 : rows.length;
    draw(seen);
  } catch (error) {
    fail(error.message);
  }
}

function row(call) {
  const title = `${call.method} ${call.path}`;
  const name = call.operation ?? title;
  const look = button(name, `${name}, ${title}, answered ${call.status}: details`, () => openCall(call), "link");
  const answer = element("td", {}, element("span", { class: lookOf(call) }, String(call.status)), " ", call.refusal ?? "");
  if (call.injected) answer.append(element("span", { class: "warn" }, "switched-on fault"));
  const count = call.violations.length;
  if (count && !call.injected) answer.append(" ", element("span", { class: "bad" }, `${count} violation${count > 1 ? "s" : ""}`));
  return element(
    "tr",
    {},
    element("td", {}, timeElement(call.at)),
    element("td", { title }, look),
    answer,
    element("td", { class: call.usual ? "muted why" : "why", title: call.why }, call.why),
  );
}

function lookOf({ status, usual }) {
  if (status < 400) return "good";
  return usual ? "muted" : "bad";
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
