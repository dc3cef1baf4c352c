"""Checks the decisions of `sign_in` against the tenant's answers and the person's wishes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pytest_auth0_mfa.contract.client.checks.conclusion import reported
from pytest_auth0_mfa.contract.client.checks.returned import TOKEN_FIELDS, compared
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.api_errors import error_of
from pytest_auth0_mfa.spec.factors import CHANNEL

from .asked import CODES, Asked, Flaw
from .calling import CallOutcome, Endless
from .example import ClientExample
from .judged import GRANTED, by_default
from .person import RECOVERY, PlayedPerson
from .recording import Seen


def sign_in(example: ClientExample, person: PlayedPerson, *, expect: str | None = GRANTED) -> CallOutcome:
    """Let the client sign the person in, and check what it did.

    ``expect``: `GRANTED`, the `error` that it should end with, or None for any end.
    """
    user = person.user
    params = {"username": user.email, "password": user.password}
    asked = Asked("sign_in", "username, password, ask", user, params=params, typed=person.typed)
    outcome, seen = example.invoke(asked, user.email, user.password, person)
    example.judge(asked, seen, outcome)
    for fault in _decisions(person, seen, outcome, expect):
        example.report(asked, fault)
    return outcome


def _decisions(person: PlayedPerson, seen: Sequence[Seen], outcome: CallOutcome, expect: str | None) -> Iterator[Flaw]:
    if isinstance(outcome.stray, Endless):
        yield Flaw("MFA302", "requests", "an end", str(outcome.stray), seen[-1].operation if seen else "password")
        return
    yield from _challenged(person, seen)
    yield from _chosen(person, seen)
    yield from _prompted(person, seen)
    yield from _shown(person, seen, outcome)
    yield from _ended(person, seen, outcome, expect)


def _challenged(person: PlayedPerson, seen: Sequence[Seen]) -> Iterator[Flaw]:
    dead = {entry.id for entry in person.user.entries if not entry.active}
    for request in seen:
        named = request.body.params.get("authenticator_id")
        if request.operation != "challenge" or not isinstance(named, str):
            continue
        if named.startswith("recovery-code|"):
            yield Flaw(
                "MFA231",
                "$.authenticator_id",
                "an authenticator that can be challenged",
                "a recovery code",
                "challenge",
            )
        elif named in dead:
            yield Flaw("MFA230", "$.authenticator_id", "an active authenticator", "an unconfirmed one", "challenge")


def _rings(person: PlayedPerson, challenge: Seen) -> str | None:
    """The id of the authenticator that the tenant picked for a challenge, or None."""
    body = challenge.response.json() if challenge.granted else {}
    made = person.example.tenant.challenges.get(body.get("oob_code", ""))
    return None if made is None else made.authenticator.id


def _chosen(person: PlayedPerson, seen: Sequence[Seen]) -> Iterator[Flaw]:
    challenges = [request for request in seen if request.operation == "challenge"]
    if person.chosen == RECOVERY and not any(request.operation == "mfa-recovery-code" for request in seen):
        yield Flaw("MFA236", "choice", "the recovery code, as the person chose", "something else", "mfa-recovery-code")
    elif person.chosen not in (None, RECOVERY) and challenges:
        named = challenges[-1].body.params.get("authenticator_id") or _rings(person, challenges[-1])
        if named is not None and named != person.chosen and not str(named).startswith("recovery-code|"):
            yield Flaw(
                "MFA236", "$.authenticator_id", "the authenticator that the person chose", "another one", "challenge"
            )
    for request in seen:
        if request.operation == "associate" and person.enrolled is not None:
            channels = request.body.params.get("oob_channels") or ["otp"]
            if channels[0] != CHANNEL.get(person.enrolled, "otp"):
                yield Flaw(
                    "MFA236", "$.oob_channels", f"{person.enrolled}, as the person chose", "another one", "associate"
                )
            for name, typed in person.address.items():
                if request.body.params.get(name) != typed:
                    yield Flaw("MFA236", f"$.{name}", "the address that the person typed", "another one", "associate")


def _prompted(person: PlayedPerson, seen: Sequence[Seen]) -> Iterator[Flaw]:
    if person.prompted_for_nothing:
        yield Flaw("MFA235", "binding_method", "no prompt, since the answer has none", "ask('code', ...)", "challenge")
    for request in seen:
        if request.operation in ("challenge", "associate") and request.granted:
            prompts = bool(request.response.json().get("binding_method"))
            if prompts and not person.was_asked("code"):
                yield Flaw("MFA234", "binding_method", "ask('code', ...)", "no prompt", request.operation)


def _shown(person: PlayedPerson, seen: Sequence[Seen], outcome: CallOutcome) -> Iterator[Flaw]:
    returned = outcome.value if isinstance(outcome.value, Mapping) else {}
    for request in seen:
        if request.operation != "associate" or not request.granted:
            continue
        body = request.response.json()
        for name in ("recovery_codes", "secret"):
            told = {**returned, **person.shown}
            # The barcode contains the secret: showing it is enough.
            if (
                name in body
                and told.get(name) != body[name]
                and not (name == "secret" and "barcode_uri" in person.shown)
            ):
                yield Flaw("MFA237", name, "shown to the person, as answered", "not shown", "associate")
        kinds = [kind for kind, _ in person.asked]
        if "secret" in body and "show" in kinds and "code" in kinds and kinds.index("code") < kinds.index("show"):
            yield Flaw("MFA239", "ask", "ask('show', ...), then ask('code', ...)", "the other way round", "associate")


def _ended(person: PlayedPerson, seen: Sequence[Seen], outcome: CallOutcome, expect: str | None) -> Iterator[Flaw]:
    last = seen[-1] if seen else None
    operation = last.operation if last is not None else "password"
    if outcome.stray is not None:
        yield Flaw("MFA217", "exception", "tokens or AuthError", reported(outcome), operation)
    elif last is None:
        yield Flaw("MFA219", "requests", "a login", "none", operation)
    elif outcome.error is None:
        yield from _success(last, outcome)
    elif expect == GRANTED:
        yield _gave_up(person, seen, outcome, operation)
    elif expect is not None and not _is_meant(outcome.error.error, expect, last):
        finding = "MFA205" if expect == "access_denied" else "MFA206"
        yield Flaw(finding, "AuthError.error", repr(expect), reported(outcome), operation)


def _is_meant(error: Json, expect: str, last: Seen) -> bool:
    """Whether the error is the expected one, by its name in the default profile or in the tenant's."""
    answered = error_of(last.response.json()) if last.trouble is None and last.response.body else None
    return error == expect or (error == answered and by_default(last.refusal_id) == expect)


def _has_tokens(last: Seen) -> bool:
    try:
        body = last.response.json()
    except ValueError:
        return False
    return isinstance(body, dict) and "access_token" in body


def _success(last: Seen, outcome: CallOutcome) -> Iterator[Flaw]:
    if not last.granted or (last.operation not in CODES and not _has_tokens(last)):
        yield Flaw("MFA201", "conclusion", "AuthError", "a success", last.operation)
    elif not isinstance(outcome.value, Mapping):
        yield Flaw("MFA218", "conclusion", "a mapping", type(outcome.value).__name__, last.operation)
    else:
        for name in TOKEN_FIELDS:
            for finding, where, expected, actual in compared(name, name, last.response.json(), outcome.value, None):
                yield Flaw(finding, where, expected, actual, last.operation)


def _gave_up(person: PlayedPerson, seen: Sequence[Seen], outcome: CallOutcome, operation: str) -> Flaw:
    logins = sum(request.operation in ("password", "password-realm", "refresh-token") for request in seen)
    expired = [request for request in seen if request.refusal_id in ("expired_mfa_token", "expired_oob_code")]
    if expired and logins < 2:
        return Flaw("MFA232", "conclusion", "a new login after expired_token", reported(outcome), expired[0].operation)
    if not any(entry.active for entry in person.user.entries) and not any(
        request.operation == "associate" for request in seen
    ):
        return Flaw("MFA233", "conclusion", "an enrollment, since nothing is enrolled", reported(outcome), operation)
    return Flaw("MFA238", "conclusion", "tokens", reported(outcome), operation)
