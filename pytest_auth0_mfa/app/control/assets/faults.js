// Faults to switch on: the next calls of an operation, or the next messages of a provider.

import { act, submits } from "./control.js";
import { $, element, reconcile, setText } from "./dom.js";

const NAMES = { email: "email", sms: "SMS", voice: "voice call", push: "push notification" };

export function start(catalogue) {
  $("fault-operation").append(...grouped(catalogue.operations));
  $("provider-channel").append(...catalogue.channels.map((one) => element("option", { value: one }, NAMES[one])));
  submits($("fault"), switchOn);
  submits($("provider"), () => {
    const channel = $("provider-channel").value;
    act(`The provider fails to send the next ${NAMES[channel]}`, "POST", "outbox/fail-next", { channel });
  });
  $("clear-faults").addEventListener("click", () => act("Switched off the faults of calls", "DELETE", "faults"));
}

const GROUPS = [
  ["/oauth/token", "POST /oauth/token"],
  ["/mfa/", "/mfa/…"],
  ["/me/", "My Account API, /me/…"],
  ["/api/v2/", "Management API, /api/v2/…"],
  ["/", "Other endpoints"],
];

// The operations in groups by endpoint, which is what a developer looks for first.
function grouped(operations) {
  const made = GROUPS.map(([, label]) => element("optgroup", { label }));
  for (const { id, path } of operations) {
    const place = GROUPS.findIndex(([prefix]) => path.startsWith(prefix));
    made[place].append(element("option", { value: id }, id));
  }
  return made;
}

function switchOn() {
  const operation = $("fault-operation").value;
  const kind = $("fault-kind").value;
  const given = { operation, times: Number($("fault-times").value) };
  const done = `A fault is switched on for ${operation}`;
  if (kind === "delay") act(done, "POST", "faults/delay-next", { ...given, seconds: Number($("fault-seconds").value) });
  else if (kind === "drop" || kind === "half") act(done, "POST", "faults/drop-next", { ...given, after_half: kind === "half" });
  else act(done, "POST", "faults/fail-next", { ...given, status: Number(kind), ...(kind === "429" ? tooMany(operation) : {}) });
}

function tooMany(operation) {
  const error = operation.startsWith("me-") ? "A0E-429-0003" : "too_many_requests";
  return { error, description: "Too many requests", headers: { "retry-after": "10" } };
}

export function show(state) {
  const waiting = [
    ...Object.entries(state.faults),
    ...Object.entries(state.failing_channels).map(([channel, count]) => [NAMES[channel], count]),
  ];
  reconcile($("pending-faults"), waiting, ([name]) => name, () => {
    const made = element("li", {});
    made.show = ([name, count]) => setText(made, `${name}: ${count}`);
    return made;
  });
}
