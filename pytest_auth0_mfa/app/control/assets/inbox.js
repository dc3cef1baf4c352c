// What the tenant "sent": emails, SMS and calls with their codes, newest first.

import { searches } from "./control.js";
import { $, copyable, element, reconcile, setText, timeElement } from "./dom.js";

const NAMES = { email: "Email", sms: "SMS", voice: "Voice call", push: "Push" };
let newest = null; // the id of the newest message already shown; null before the first poll

const keyOf = (message) => `${message.id} ${message.sent_at} ${message.code}`;

export function start() {
  searches($("message-search"));
}

export function show(state) {
  const { message_count: count, messages_found: found, messages } = state;
  const searched = $("message-search").value.trim() !== "";
  setText($("message-count"), searched ? `${found} of ${count}` : messages.length < count ? `the last ${messages.length} of ${count}` : count || "");
  $("messages").dataset.empty = searched && count ? "No message matches the search." : "Nothing was sent yet. Emails, SMS and calls appear here with their codes.";
  readOut(state.messages, state.message_count);
  reconcile($("messages"), state.messages.toReversed(), keyOf, row);
}

// Announce new messages once to screen readers, but not those from before the page was opened.
function readOut(messages, count) {
  const fresh = newest === null ? [] : messages.filter(({ id }) => id > (count < newest ? 0 : newest));
  newest = count;
  for (const message of fresh) $("news").append(element("p", {}, sentence(message)));
  while ($("news").childElementCount > 10) $("news").firstElementChild.remove();
}

function sentence({ channel, to, email, code }) {
  if (code === null && channel !== "push") return `${NAMES[channel]} to ${to}, a link instead of a code.`;
  return code === null ? `Push request for ${email}.` : `${NAMES[channel]} to ${to}, code ${[...code].join(" ")}.`;
}

function row(message) {
  const where = element("bdi", { class: "cut" }, message.code === null ? message.email : message.to);
  const when = element("span", { class: "muted" }, `${NAMES[message.channel]}, `);
  when.append(timeElement(message.sent_at));
  const head = element("div", {}, where, when);
  if (message.code === null && message.channel !== "push") {
    return element("li", {}, head, element("p", { class: "muted" }, "An email with a link, which the fake does not support: use send=code."));
  }
  if (message.code === null) return element("li", {}, head, element("span", { class: "muted" }, "Answer it below."));
  const code = copyable("code");
  code.show(message.code, `the code to ${message.to}`);
  return element("li", {}, head, code);
}
