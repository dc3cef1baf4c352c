"""Stories made from the table of operations: refusals, at each operation that a source gives them to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from pytest_auth0_mfa.contract.tenant.account_calls import SCOPES, SCOPES_OF_ME
from pytest_auth0_mfa.contract.tenant.actions import BlockUser, DeleteUser, MakeCall
from pytest_auth0_mfa.contract.tenant.calls import NOWHERE, OMIT, CallTemplate, Path, with_proof
from pytest_auth0_mfa.contract.tenant.proofs import ProofTemplate, key
from pytest_auth0_mfa.contract.tenant.subjects import Client
from pytest_auth0_mfa.contract.tenant.values import Pair, Value
from pytest_auth0_mfa.contract.tenant.verdicts import GRANTED_PERHAPS
from pytest_auth0_mfa.contract.tenant.walk.account_telling import page
from pytest_auth0_mfa.contract.tenant.walk.right_calls import RIGHT_CALLS, VARIANTS, RightCall
from pytest_auth0_mfa.contract.tenant.walk.telling import MANAGE, Story, log_in, start, story, user_of
from pytest_auth0_mfa.contract.tenant.walk.walk import Walk
from pytest_auth0_mfa.spec.operations import OPERATIONS

Spoil = Callable[[Walk, CallTemplate], Sequence[CallTemplate]]
"""Makes of a right call those that are refused in one way."""


def _with(template: CallTemplate, **changed: Value) -> CallTemplate:
    return replace(template, params={**(template.params or {}), **changed})


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
    """The call of an application that may not use this grant, with a login of its own.

    No source says which of two faults is answered, so what carries other values of the first application is not played.
    Entries T5 and V21 are about grants, so neither is a challenge or the start of a passwordless login.
    """
    if template.operation == "client-credentials":
        return _by(template, walk.sides.public)
    if template.operation in ("password", "password-realm", "passwordless-otp"):
        return _by(template, walk.sides.grantless)
    token = (template.params or {}).get("mfa_token")
    only_logs_in = walk.sides.only_logs_in
    if only_logs_in is None or template.operation not in ("mfa-otp", "mfa-recovery-code"):
        return []
    if not isinstance(token, Pair) or token.kind != "mfa_token":
        return []
    own = log_in(walk, token.about["user"], client=only_logs_in)
    return [_with(call, mfa_token=own) for call in _by(template, only_logs_in)]


def _for_no_audience(walk: Walk, template: CallTemplate) -> list[CallTemplate]:
    """Entry T12 is about the password grants, T13 about client_credentials; no source is about other grants."""
    if template.operation not in ("password", "password-realm", "client-credentials"):
        return []
    misspelt = walk.audience.rstrip("/")
    return [_with(template, audience=misspelt), _with(template, audience=misspelt, scope="openid")]


def _with_wrong_proofs(walk: Walk, template: CallTemplate) -> list[CallTemplate]:
    """Where a second factor may be demanded, no source says which of the two comes first."""
    subject = walk.sides.subject
    certain = template.operation not in ("password", "password-realm", "passwordless-otp") or subject._guesses_bind
    if "dpop" not in subject.features or not certain:
        return []
    spoils = ("signature of other claims", "htm of another method", "iat a day old", "not a proof")
    return [with_proof(template, ProofTemplate(key("ada"), spoil=spoil)) for spoil in spoils]


def _with_a_token_of_the_mfa_api(walk: Walk, template: CallTemplate) -> list[CallTemplate]:
    """The call with a token for the MFA API, and with one that is for no API: of somebody who has no factor."""
    user = user_of(walk)
    others = log_in(walk, user, MANAGE, walk.audience), log_in(walk, user)
    return [replace(template, bearer=token) for token in others]


def _without_its_scope(walk: Walk, template: CallTemplate) -> list[CallTemplate]:
    """The call with a token that lacks the scope. It is somebody else's, so that nothing of the user is needed."""
    others = " ".join(scope for scope in SCOPES_OF_ME.split() if scope != SCOPES[template.operation])
    return [replace(template, bearer=page(walk, user_of(walk), scope=others))]


def _with_a_wrong_body(walk: Walk, template: CallTemplate) -> list[CallTemplate]:
    """Each member in turn missing or a number, and an unknown one. No member of a change is required."""
    wrong = _each(1)(walk, template)
    if template.operation != "me-update-method":
        wrong = [*_each(OMIT)(walk, template), *wrong]
    return [*wrong, _with(template, x_unknown="1")]


_UNKNOWN = (NOWHERE, "not-an-id", "totp|new")


def _of_another_method(template: CallTemplate, identifier: str) -> CallTemplate:
    path = template.path
    assert isinstance(path, Path)
    return replace(template, path=replace(path, identifier=identifier))


SPOILT: Final[dict[str, Spoil]] = {
    "repeated_parameter": lambda walk, template: [replace(template, encoding="form-repeated")],
    "wrong_type": _each(1),
    "missing_parameter": _each(OMIT),
    "client_authentication": _authenticated_wrongly,
    "grant_not_allowed": _without_the_grant,
    "invalid_dpop_proof": _with_wrong_proofs,
    "unknown_audience": _for_no_audience,
    "service_not_found": _for_no_audience,
    "organization_unsupported": lambda walk, template: [_with(template, organization="org_1")],
    "foreign_mfa_token": lambda walk, template: _by(template, walk.other),
    "foreign_refresh_token": lambda walk, template: _by(template, walk.other),
    "invalid_refresh_token": lambda walk, template: _by(template, walk.other),
    "me_missing_token": lambda walk, template: [replace(template, bearer=None)],
    "me_invalid_token": lambda walk, template: [replace(template, bearer="not-a-token")],
    "me_wrong_audience": _with_a_token_of_the_mfa_api,
    "me_missing_scope": _without_its_scope,
    "me_unsupported_media_type": lambda walk, template: [
        replace(template, encoding="form"),
        replace(template, encoding="json-as-form"),
        replace(template, headers={"Content-Type": "text/plain"}),
    ],
    "me_invalid_body": _with_a_wrong_body,
    "me_unsupported_type": lambda walk, template: [
        _with(template, type=kind) for kind in ("passkey", "password", "webauthn-roaming", "sms", "TOTP", "")
    ],
    "me_unknown_method": lambda walk, template: [_of_another_method(template, name) for name in _UNKNOWN],
    "me_unknown_method_changed": lambda walk, template: [_of_another_method(template, name) for name in _UNKNOWN],
    "me_invalid_session": lambda walk, template: [
        _with(template, auth_session="not-a-session"),
        *(_with(template, auth_session=session) for session in walk.sessions[:1]),
    ],
}
"""Refusal -> the calls that are refused so. Others come of `sweeps`, or depend on what happened before."""


def _spoilt(right: RightCall) -> Story:
    """A right call, spoilt in each way. What a tenant may perform all the same comes last: it can end the story."""
    known = [refusal for refusal in OPERATIONS[right.operation].refusals if refusal in SPOILT]
    ways = [SPOILT[refusal] for refusal in sorted(known, key=GRANTED_PERHAPS.__contains__)]

    def tell(walk: Walk) -> None:
        fresh = right.prepare(walk)
        template, user = fresh()
        for spoil in ways:
            for place in range(len(spoil(walk, template))):
                played = walk.call(spoil(walk, template)[place], user, client=walk.client)
                if played.granted or played.refusal_id == "mfa_required":  # so the right one may be used up
                    template, user = fresh()
        walk.call(template, user, client=walk.client)

    return tell


def _of_one_who_is_blocked(right: RightCall) -> Story:
    """A login of a user who is blocked meanwhile, a new one when that has ended, and one after the user is deleted.

    No source says whether tokens that were issued before still work as a bearer, so only what gives tokens is played,
    nor what a refused attempt uses up, so the next login begins anew.
    """

    def tell(walk: Walk) -> None:
        template, user = right.prepare(walk)()
        walk.sides.play(BlockUser(user, True))
        walk.call(template, user, client=walk.client)
        walk.sides.play(BlockUser(user, False))
        log_in(walk, user)
        template, user = right.prepare(walk)()
        walk.sides.play(DeleteUser(user))
        walk.call(template, user, client=walk.client)

    return tell


def _unsent(right: RightCall) -> Story:
    """A call whose message cannot be sent, and once more."""

    def tell(walk: Walk) -> None:
        fresh = right.prepare(walk)
        template, user = fresh()
        channel = walk.call(template, user, client=walk.client).channel
        for fails in (channel, "", channel):
            template, user = fresh()
            walk.sides.play(MakeCall(template, fails))

    return tell


for _right in (*RIGHT_CALLS, *VARIANTS):
    _declared = OPERATIONS[_right.operation]
    story(_spoilt(_right), _right.feature)
    if _declared.path == "/oauth/token" and "user_blocked" in _declared.refusals:
        story(_of_one_who_is_blocked(_right), _right.feature)
    if _right.sends:
        story(_unsent(_right), _right.feature)


@story
def fifty_passwordless_messages(walk: Walk) -> None:
    """Codes of passwordless logins up to the limit of an address. Another address has a limit of its own."""
    user, other = user_of(walk), user_of(walk)
    for connection in ("email", "sms"):
        for _ in range(51):
            start(walk, user, connection)
        start(walk, other, connection)
