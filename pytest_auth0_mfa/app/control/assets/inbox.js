// What the tenant "sent": emails, SMS and calls with their codes, newest first.

import { $, copyable, element, reconcile, setText, timeElement } from "./dom.js";

const NAMES = { email: "Email", sms: "SMS", voice: "Call", push: "Push" };
let known = null; // the messages that were there before; null before the first look

const keyOf = (message) => `${message.id} ${message.sent_at} ${message.code}`;

export function show(state) {
  setText($("message-count"), state.messages.length ? String(state.messages.at(-1).id) : "");
  tell(state.messages);
  reconcile($("messages"), state.messages.toReversed(), keyOf, row);
}

// New messages are read out, once; those that were there when the page opened are not.
function tell(messages) {
  const fresh = known === null ? [] : messages.filter((message) => !known.has(keyOf(message)));
  known = new Set(messages.map(keyOf));
  for (const message of fresh) $("news").append(element("p", {}, sentence(message)));
  while ($("news").childElementCount > 10) $("news").firstElementChild.remove();
}

function sentence({ channel, to, email, code }) {
  return code === null ? `Push request for ${email}.` : `${NAMES[channel]} to ${to}, code ${[...code].join(" ")}.`;
}

function row(message) {
  const head = element("div", {}, element("span", { class: "badge" }, NAMES[message.channel]), " ");
  head.append(element("bdi", {}, message.code === null ? message.email : message.to), " ");
  head.append(timeElement(message.sent_at));
  if (message.code === null) return element("li", {}, head, element("p", { class: "muted" }, "Answer it under Push requests."));
  const code = copyable("code");
  code.show(message.code, `the code to ${message.to}`);
  return element("li", {}, head, code);
}
