// Builds and updates the document. What comes from a tenant or a user becomes text, never HTML.

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

// Write text only if it differs, so that selections and screen readers stay in place.
export function setText(node, text) {
  const wanted = text === null || text === undefined ? "" : String(text);
  if (node.textContent !== wanted) node.textContent = wanted;
}

// Set a value only if it differs, and never while the person is typing in the field.
export function setValue(field, value) {
  if (field !== document.activeElement && field.value !== value) field.value = value;
}

// Give `parent` one child for each of `items`, keeping elements that stay. `make` returns an element; its `show`, if it
// has one, updates it. Focus that would be lost moves to the heading of the section.
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

// A button that copies a text. If the browser refuses, a window shows the text, selected, so that it can be copied.
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

// Fill a description list. Each row is a term, a value, and the class for the value's look.
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
