// A profile field: a choice of its alternatives, or an input for a number.

import { act } from "./control.js";
import { element, setValue } from "./dom.js";

const written = (value) => (typeof value === "string" ? value : JSON.stringify(value));

export function field({ name, default: usual, alternatives, any_positive: free, rows, doc }) {
  const id = `profile-${name}`;
  const input = free
    ? element("input", { id, type: "number", min: 1, step: "any", required: true })
    : element("select", { id }, ...alternatives.map((value) => option(value, value === usual)));
  let current = null;
  input.addEventListener("change", async () => {
    if (!input.reportValidity()) return;
    const value = JSON.parse(input.value);
    const done = await act(`${name} is ${written(value)}`, "PATCH", "profile", { [name]: value });
    if (done === null) input.value = JSON.stringify(current); // refused: two fields can contradict each other
  });
  const about = element("div", { class: "muted" }, doc, " ", ...rows.map((row) => element("span", { class: "badge" }, row)));
  const made = element(
    "tr",
    {},
    element("th", { scope: "row" }, element("label", { for: id }, name), about),
    element("td", {}, input),
  );
  made.tell = (value) => {
    current = value;
    setValue(input, JSON.stringify(value));
    made.classList.toggle("changed", value !== usual);
  };
  return made;
}

function option(value, usual) {
  return element("option", { value: JSON.stringify(value) }, usual ? `${written(value)} (default)` : written(value));
}
