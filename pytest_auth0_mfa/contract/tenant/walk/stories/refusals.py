"""Stories made from the table of operations: each refusal, at each operation that has it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count
from typing import Final

from pytest_auth0_mfa.contract.tenant.actions import BlockUser, DeleteUser, MakeCall
from pytest_auth0_mfa.contract.tenant.calls import OMIT, CallTemplate
from pytest_auth0_mfa.contract.tenant.subjects import Client
from pytest_auth0_mfa.contract.tenant.values import Value
from pytest_auth0_mfa.contract.tenant.walk.right_calls import PREPARE, VARIANTS, Prepare
from pytest_auth0_mfa.contract.tenant.walk.telling import Story, start, story, user_of
from pytest_auth0_mfa.contract.tenant.walk.walk import Walk
from pytest_auth0_mfa.spec.operations import OPERATIONS

Spoil = Callable[[Walk, CallTemplate], Sequence[CallTemplate]]
"""Makes of a right call those that are refused in one way."""


def _with(template: CallTemplate, **changed: Value) -> CallTemplate:
    return replace(template, params={**(template.params or {}), **changed})


def _with_header(template: CallTemplate, name: str, value: str) -> CallTemplate:
    return replace(template, headers={**template.headers, name: value})


def _by(template: CallTemplate, client: Client | None) -> list[CallTemplate]:
    """The call of another application."""
    if client is None or template.params is None:
        return []
    secret = OMIT if client.client_secret is None else client.client_secret
    return [_with(template, client_id=client.client_id, client_secret=secret)]


def _each(value: Value) -> Spoil:
    """Each parameter in turn with this value."""
    return lambda walk, template: [_with(template, **{name: value}) for name in template.params or ()]


def _authenticated_wrongly(walk: Walk, template: CallTemplate) -> list[CallTemplate]:
    if template.operation == "associate":  # which has no secret
        return [
            _with(template, client_id=name) for name in ("nobody", walk.other.client_id if walk.other else "nobody")
        ]
    others = walk.other.client_secret if walk.other is not None else "wrong"
    changes: tuple[dict[str, Value], ...] = (
        {"client_secret": "wrong"}, {"client_secret": others}, {"client_secret": OMIT}, {"client_id": "nobody"},
    )  # fmt: skip
    return [_with(template, **change) for change in changes]


def _without_the_grant(walk: Walk, template: CallTemplate) -> list[CallTemplate]:
    may_not = walk.sides.public if template.operation == "client-credentials" else walk.sides.grantless
    return _by(template, may_not)


def _for_no_audience(walk: Walk, template: CallTemplate) -> list[CallTemplate]:
    misspelt = walk.audience.rstrip("/")
    return [_with(template, audience=misspelt), _with(template, audience=misspelt, scope="openid")]


def _unreadable(walk: Walk, template: CallTemplate) -> list[CallTemplate]:
    cut = replace(template, rewrite=lambda request: replace(request, body=request.body[:-1]))
    return [_with_header(template, "Content-Type", "text/plain"), cut]


def _bearing(*values: Value) -> Spoil:
    return lambda walk, template: [replace(template, bearer=value) for value in values]


SPOILT: Final[dict[str, Spoil]] = {
    "unreadable_body": _unreadable,
    "repeated_parameter": lambda walk, template: [replace(template, encoding="form-repeated")],
    "wrong_type": _each(1),
    "missing_parameter": _each(OMIT),
    "client_authentication": _authenticated_wrongly,
    "grant_not_allowed": _without_the_grant,
    "dpop_unsupported": lambda walk, template: [_with_header(template, "DPoP", "proof")],
    "unknown_audience": _for_no_audience,
    "service_not_found": _for_no_audience,
    "organization_unsupported": lambda walk, template: [_with(template, organization="org_1")],
    "unsupported_grant_type": lambda walk, template: [_with(template, grant_type="wrong")],
    "malformed_mfa_token": lambda walk, template: [_with(template, mfa_token="not-a-token")],
    "foreign_mfa_token": lambda walk, template: _by(template, walk.other),
    "foreign_refresh_token": lambda walk, template: _by(template, walk.other),
    "invalid_refresh_token": lambda walk, template: _by(template, walk.other),
    "missing_bearer": _bearing(None),
    "invalid_bearer": _bearing("not-a-token"),
    "invalid_access_token": _bearing(None, "not-a-token"),
}
"""Refusal -> the calls that are refused so. The other refusals depend on what happened before, and have stories."""


def _spoilt(prepare: Prepare) -> Story:
    def tell(walk: Walk) -> None:
        fresh = prepare(walk)
        template, user = fresh()
        for refusal in OPERATIONS[template.operation].refusals:
            for place in count():
                spoilt = SPOILT.get(refusal, _bearing())(walk, template)[place : place + 1]
                if not spoilt:
                    break
                if walk.call(spoilt[0], user, client=walk.client).granted:  # so the right one may be used up
                    template, user = fresh()
        walk.call(template, user, client=walk.client)

    tell.__name__ = f"spoilt{prepare.__name__}"
    return tell


def _of_one_who_is_blocked(prepare: Prepare) -> Story:
    """A login of a user who is blocked meanwhile, again when that has ended, and after the user is deleted.

    No source says whether tokens that were issued before still work as a bearer, so only what gives tokens is played.
    """

    def tell(walk: Walk) -> None:
        fresh = prepare(walk)
        template, user = fresh()
        operation = OPERATIONS[template.operation]
        if operation.path != "/oauth/token" or "user_blocked" not in operation.refusals:
            return
        for blocked in (True, False):
            walk.sides.play(BlockUser(user, blocked))
            walk.call(template, user, client=walk.client)
        template, user = fresh()
        walk.sides.play(DeleteUser(user))
        walk.call(template, user, client=walk.client)

    tell.__name__ = f"blocked{prepare.__name__}"
    return tell


def _unsent(prepare: Prepare) -> Story:
    """A call whose message cannot be sent, and once more."""

    def tell(walk: Walk) -> None:
        fresh = prepare(walk)
        template, user = fresh()
        channel = walk.call(template, user, client=walk.client).channel
        for fails in (channel, "", channel):
            template, user = fresh()
            walk.sides.play(MakeCall(template, fails))

    tell.__name__ = f"unsent{prepare.__name__}"
    return tell


_SENDS: Final = ("_challenge", "_start", "associate_email", "_associated", "_challenged", "_by_sms")
for _prepare in (*PREPARE, *VARIANTS):
    story(_spoilt(_prepare))
    story(_of_one_who_is_blocked(_prepare))
    if _prepare.__name__.endswith(_SENDS) and not _prepare.__name__.startswith("_passwordless"):
        story(_unsent(_prepare))


@story
def fifty_passwordless_messages(walk: Walk) -> None:
    """Codes of passwordless logins up to the limit of an address. Another address has a limit of its own."""
    user, other = user_of(walk), user_of(walk)
    for connection in ("email", "sms"):
        for _ in range(51):
            start(walk, user, connection)
        start(walk, other, connection)
