// A call in detail: why it ended as it did, how to repeat it, what the contract says, request and response.

import { control } from "./control.js";
import { copier, element, facts, timeElement } from "./dom.js";

export function describe(call, catalogue) {
  const operation = catalogue.operations.find(({ id }) => id === call.operation);
  const about = element("dl", {});
  facts(about, [
    ["Operation", operation ? `${operation.id}: ${operation.summary}` : "none that is known", ""],
    ["Refusal", call.refusal ?? "none", call.refusal ? "fact" : ""],
    ["Disputed behaviour", rests(call, catalogue), ""],
  ]);
  const when = element("dd", {}, timeElement(call.at), " UTC, by the tenant’s clock");
  about.prepend(element("dt", {}, "Time"), when);
  const parts = [element("p", { class: call.usual ? "why" : "why bad" }, call.why), about, again(call)];
  parts.push(...judged(call));
  for (const [name, title] of toExplain(call)) parts.push(explained(name, title));
  if (operation) parts.push(element("p", {}, documentation(operation.source)));
  parts.push(...message("Request", [`${call.method} ${call.request.target}`], call.request));
  parts.push(...message("Response", [String(call.status)], call.response));
  return parts;
}

function again({ curl, test }) {
  const copies = [["curl", curl], ["pytest test", test]];
  return element("div", { class: "line" }, ...copies.map(([kind, text]) => copier(`Copy as ${kind}`, () => text)));
}

function rests(call, catalogue) {
  const fields = catalogue.profile.filter(({ name }) => call.profile_fields.includes(name));
  return fields.map(({ name, doc }) => `${name}: ${doc}`).join(" ") || "none was met";
}

function toExplain({ refusal, row, row_title: title }) {
  if (!row) return [];
  return [[refusal, `Refusal ${refusal}: what is known`], [row, `Entry ${row} of the contract${title ? `: ${title}` : ""}`]];
}

// What `auth0-mfa explain` prints, loaded when it is opened.
function explained(name, title) {
  const text = element("pre", { tabindex: 0, "aria-label": title });
  const made = element("details", {}, element("summary", {}, title), text);
  made.addEventListener("toggle", async () => {
    if (!made.open || text.textContent) return;
    try {
      text.textContent = (await control("GET", `explain/${encodeURIComponent(name)}`)).text;
    } catch (error) {
      text.textContent = error.message;
    }
  });
  return made;
}

function documentation(source) {
  return element("a", { href: source, target: "_blank", rel: "noreferrer" }, "Auth0’s documentation of this operation");
}

function judged(call) {
  if (call.injected || call.operation === null) return [];
  if (!call.violations.length) return [element("p", { class: "good" }, "Request and response match their schemas.")];
  const list = element("ul", { class: "bad" }, ...call.violations.map((one) => element("li", {}, one)));
  return [element("h3", {}, "Violations of the schemas"), list];
}

function message(title, lines, { headers, body }) {
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const text = [...lines, ...fields, "", pretty(body)].join("\n").trimEnd();
  return [element("h3", {}, title), element("pre", { tabindex: 0, "aria-label": title }, text)];
}

function pretty(body) {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
