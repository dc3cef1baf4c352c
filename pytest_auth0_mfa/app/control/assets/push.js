// The phones of the users: open push requests, to approve or reject. A user answers the newest one.

import { act } from "./control.js";
import { $, button, element, reconcile, setText } from "./dom.js";

const keyOf = (request) => `${request.user} ${request.authenticator_id} ${request.requested_at}`;

export function show(state) {
  const newest = new Map(state.push.map((request) => [request.user, request])); // the last one of each user remains
  const rows = state.push.toReversed().map((request) => ({ ...request, newest: newest.get(request.user) === request }));
  setText($("push-count"), rows.length || "");
  reconcile($("push-requests"), rows, keyOf, row);
}

function row(request) {
  const what = element("p", {}, element("bdi", {}, request.email), request.enrolling ? " adds this phone" : " logs in");
  const buttons = element("div", { class: "line" });
  for (const [verb, text, done, kind] of [["approve", "Approve", "Approved", "primary"], ["reject", "Reject", "Rejected", ""]]) {
    const answer = () => act(`${done} the request of ${request.email}`, "POST", `push/${verb}`, { user: request.user });
    buttons.append(button(text, `${text} the request of ${request.email}`, answer, kind));
  }
  const polls = element("p", { class: "muted" });
  const made = element("li", {}, what, buttons, polls);
  made.show = (now) => {
    buttons.hidden = !now.newest;
    setText(polls, now.newest ? asked(now.polls) : "Answer the newer request first.");
  };
  return made;
}

function asked(polls) {
  if (!polls) return "The application has not polled yet";
  return `The application polled ${polls === 1 ? "once" : `${polls} times`}`;
}
