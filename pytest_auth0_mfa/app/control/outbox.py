"""What the tenant sent, and the person with the phone, through the control plane."""

from __future__ import annotations

from collections.abc import Callable

from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.tenant.entities import User

from . import views
from .call import ControlCall, Node, times, whole_number


def list_messages(call: ControlCall) -> Json:
    """The messages of the outbox, oldest first."""
    asked = call.query("user", "channel", "after")
    user = call.user_of(asked["user"]) if "user" in asked else None
    after = whole_number(asked.get("after", "0"), "after")
    return [
        views.message(message, place)
        for place, message in enumerate(call.tenant.outbox, start=1)
        if place > after
        and (user is None or message.user is user)
        and asked.get("channel", message.channel) == message.channel
    ]


def latest_message(call: ControlCall) -> Json:
    """The newest message. An absent one is a 404 that says what was sent instead."""
    asked = call.query("user", "channel", "after")
    found = list_messages(call)
    if found:
        return found[-1]
    user = call.user_of(asked["user"]) if "user" in asked else None
    call.tenant.outbox.latest(user, asked.get("channel"))  # type: ignore[arg-type]  # raises, unless `after` is what hides it
    raise LookupError(f"no such message was sent after the one with id {asked['after']}")


def fail_next_message(call: ControlCall) -> Json:
    """As `Outbox.fail_next`."""
    given = call.members({"channel": Node.text, "times": times}, "channel")
    call.tenant.outbox.fail_next(**given)
    return {"channel": given["channel"], "times": given.get("times", 1)}


def list_push_requests(call: ControlCall) -> Json:
    """The push requests that wait for an answer."""
    tenant = call.tenant
    return [views.push_request(one) for user in tenant.users.values() for one in tenant.push.open_requests(user)]


def approve(call: ControlCall) -> Json:
    """Approve a user's newest open push request."""
    return _answer_push(call, call.tenant.push.approve)


def reject(call: ControlCall) -> Json:
    """Reject a user's newest open push request."""
    return _answer_push(call, call.tenant.push.reject)


def _answer_push(call: ControlCall, answer: Callable[[User], None]) -> Json:
    user = call.user_of(call.members({"user": Node.text}, "user")["user"])
    request = call.tenant.push.open_requests(user)[-1:]
    answer(user)
    return views.push_request(request[0])


def approve_after(call: ControlCall) -> Json:
    """As `Push.approve_after`."""
    given = call.members({"user": Node.text, "polls": Node.count}, "polls")
    user = call.user_of(given["user"]) if "user" in given else None
    call.tenant.push.approve_after(given["polls"], user)
    return given
