// Building and updating the document. Whatever a tenant or a user says becomes text, never HTML.

export const $ = (id) => document.getElementById(id);

// An element with attributes, handlers (functions) and children (nodes, or text).
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value !== null && value !== false) made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children);
  return made;
}

// Text is written only when it differs: a selection in it and a screen reader on it stay where they are.
export function setText(node, text) {
  const wanted = text === null || text === undefined ? "" : String(text);
  if (node.textContent !== wanted) node.textContent = wanted;
}

// Values are set only when they differ, and never under the fingers of the person.
export function setValue(field, value) {
  if (field !== document.activeElement && field.value !== value) field.value = value;
}

// Make the children of `parent` those of `items`, keeping the elements that stay. `make` returns an element whose
// `show`, if it has one, brings it up to date. Focus that would be lost moves to the heading of the section.
export function reconcile(parent, items, keyOf, make) {
  const old = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  const wanted = items.map((item) => [String(keyOf(item)), item]);
  const keys = new Set(wanted.map(([key]) => key));
  for (const [key, child] of old) {
    if (!keys.has(key)) removeKeepingFocus(child);
  }
  let place = parent.firstElementChild;
  for (const [key, item] of wanted) {
    let child = old.get(key);
    if (!child) {
      child = make(item);
      child.dataset.key = key;
    }
    child.show?.(item);
    if (child === place) place = place.nextElementSibling;
    else parent.insertBefore(child, place);
  }
}

function removeKeepingFocus(child) {
  const heading = child.contains(document.activeElement) ? child.closest("section, dialog")?.querySelector("h2") : null;
  child.remove();
  heading?.focus({ preventScroll: true });
}

export function button(text, label, press, kind = "") {
  return element("button", { type: "button", class: kind || null, "aria-label": label, click: press }, text);
}

// A button that copies a text. Where the browser refuses, the text is selected in a window to copy it from.
export function copier(name, text, label = name, kind = "") {
  const copy = button(name, label, async () => {
    try {
      await navigator.clipboard.writeText(text());
      setText(copy, "Copied");
    } catch {
      prompt("Copy this:", text());
    }
    copy.addEventListener("blur", () => setText(copy, name), { once: true });
  }, kind);
  return copy;
}

// A value with a button that copies it.
export function copyable(kind) {
  const value = element("span", { class: kind });
  const copy = copier("Copy", () => value.textContent, "Copy", "copy");
  const made = element("span", { class: "line" }, value, copy);
  made.show = (text, label) => {
    setText(value, text);
    copy.setAttribute("aria-label", `Copy ${label}`);
  };
  return made;
}

// The rows of a description list, each a term, a value, and how that looks (as code, unless it is said).
export function facts(list, rows) {
  const flat = rows.flatMap(([term, value, kind = "fact"]) => [["dt", term, term, null], ["dd", term, value, kind]]);
  reconcile(list, flat, ([tag, term]) => `${tag} ${term}`, ([tag, , , kind]) => {
    const made = element(tag, { class: kind });
    made.show = ([, , text]) => setText(made, text);
    return made;
  });
}

const TWO = (number) => String(number).padStart(2, "0");

function timeOfDay(seconds) {
  const date = new Date(seconds * 1000);
  return `${TWO(date.getUTCHours())}:${TWO(date.getUTCMinutes())}:${TWO(date.getUTCSeconds())}`;
}

export function timeElement(seconds) {
  const made = element("time", { datetime: new Date(seconds * 1000).toISOString(), class: "muted" });
  setText(made, timeOfDay(seconds));
  return made;
}
