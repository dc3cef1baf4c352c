// One call in full: verdict, the contract, request and answer.

import { element, facts } from "./dom.js";

export function describe(call, catalogue) {
  const operation = catalogue.operations.find(({ id }) => id === call.operation);
  const about = element("dl", {});
  facts(about, [
    ["Operation", operation ? `${operation.id}: ${operation.summary}` : "none that is known", ""],
    ["Refusal", call.case ?? "none"],
    ["Why", call.hint ?? (call.case ? `auth0-mfa explain ${call.case}` : "it was performed"), call.hint ? "" : "fact"],
    ["Row of the contract", call.row ?? "none: it was performed", call.row ? "fact" : ""],
    ["Rests on", rests(call, catalogue)],
  ]);
  const parts = [about];
  if (operation) parts.push(element("p", {}, documentation(operation.source)));
  parts.push(...judged(call));
  parts.push(...message("Request", [`${call.method} ${call.request.target}`], call.request));
  parts.push(...message("Answer", [String(call.status)], call.response));
  return parts;
}

function rests(call, catalogue) {
  const fields = catalogue.profile.filter(({ name }) => call.profile_fields.includes(name));
  return fields.map(({ name, rows }) => `${name} (${rows.join(", ")})`).join("; ") || "nothing that is disputed";
}

function documentation(source) {
  return element("a", { href: source, target: "_blank", rel: "noreferrer" }, "Auth0’s documentation of this operation");
}

function judged(call) {
  if (call.injected) return [element("p", { class: "warn" }, "The answer is a fault that was asked for: no schema judges it.")];
  if (call.operation === null) return [];
  if (!call.violations.length) return [element("p", { class: "good" }, "Request and answer agree with their schemas.")];
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
