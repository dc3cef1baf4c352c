"""Checks of all requests of one call together: repetition, polling, waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from pytest_auth0_mfa.contract.client.asked import CODES, LOGINS, OPERATIONS_OF, PENDING, READS, Asked, Flaw, absent
from pytest_auth0_mfa.contract.client.recording import LIMIT, PROOF_REFUSALS, Seen
from pytest_auth0_mfa.contract.client.troubles import UNANSWERED
from pytest_auth0_mfa.spec.operations import OPERATIONS

Check = Callable[[Asked, Sequence[Seen], bool], Iterator[Flaw]]
_LOOKED_OR_CHANGED = READS | {"delete-authenticator", "me-update-method", "me-delete-method"}
"""Operations that do the same if they are performed twice."""
_SLACK = 0.05  # seconds that a timer may be early
_AGES = 3600.0  # seconds; nobody waits an hour longer than they were asked to


def by_operation(seen: Sequence[Seen]) -> Iterator[list[Seen]]:
    """The requests of each operation, in the order in which they came."""
    for operation in dict.fromkeys(request.operation for request in seen):
        yield [request for request in seen if request.operation == operation]


def _retry_after(request: Seen) -> float | None:
    value = request.response.headers.get("retry-after")
    return float(value) if value is not None and value.isdecimal() else None


def at_another_time(asked: Asked, seen: Sequence[Seen], polls: bool) -> Iterator[Flaw]:
    """MFA301: after a 429 the client waits as long as Retry-After says, and not for ages."""
    for same in by_operation(seen):
        for request, another in pairwise(same):
            wait, waited = _retry_after(request), another.at - request.at
            if request.response.status != 429 or wait is None:
                continue
            told = f"{wait:.0f} s after the 429"
            if waited < wait - _SLACK:
                yield Flaw("MFA301", "time", f"at least {told}", f"{waited:.1f} s", request.operation)
            elif waited > wait + _AGES:
                yield Flaw("MFA301", "time", f"about {told}", f"{waited:.0f} s", request.operation)


def without_end(asked: Asked, seen: Sequence[Seen], polls: bool) -> Iterator[Flaw]:
    """MFA302: the client gives up after some refusals. Pending polls and demands for a nonce do not count."""
    for same in by_operation(seen):
        waits = {*PENDING, "me_push_not_approved"} if polls else PENDING
        expected = [request.demands_nonce or request.refusal_id in waits for request in same]
        refused = [request for request, usual in zip(same, expected, strict=True) if not (request.granted or usual)]
        if asked.decides:
            refused = _unasked(refused)
        if len(refused) >= LIMIT - 2:
            yield Flaw(
                "MFA302", "requests", "a few attempts, then AuthError", f"{len(refused)} and more", same[0].operation
            )


def _unasked(refused: Sequence[Seen]) -> list[Seen]:
    """The refusals except those with a new code from the person, which the tenant's own limit ends."""
    blocked = next((place for place, request in enumerate(refused) if request.response.status == 429), len(refused))
    typed = {str(request.body.params.get(CODES.get(request.operation, ""))) for request in refused[:blocked]}
    return list(refused[len(typed) :]) if blocked >= len(typed) else list(refused)


def resent_code(asked: Asked, seen: Sequence[Seen], polls: bool) -> Iterator[Flaw]:
    """MFA123: a refused code is not sent again."""
    for same in by_operation(seen):
        name = CODES.get(same[0].operation, "")
        refused: set[str] = set()
        for request in same:
            code = request.body.params.get(name)
            if isinstance(code, str) and code in refused:
                yield Flaw("MFA123", f"$.{name}", "each code once", "a refused one again", request.operation)
            judged = request.trouble is None and not request.demands_nonce
            if isinstance(code, str) and judged and 400 <= request.response.status < 429:
                refused.add(code)


def polling(asked: Asked, seen: Sequence[Seen], polls: bool) -> Iterator[Flaw]:
    """MFA220, MFA222, MFA223, MFA224: whether, how often and how long the client polls."""
    requests = [
        request
        for request in seen
        if request.operation == "mfa-oob"
        and absent(request.body.params.get("binding_code"))
        and not request.demands_nonce  # the same poll is made once more
    ]
    for code in dict.fromkeys(str(request.body.params.get("oob_code")) for request in requests):
        same = [request for request in requests if request.body.params.get("oob_code") == code]
        gap = 0.0
        for request, another in pairwise(same):
            before, gap = gap, another.at - request.at
            yield from _poll(asked, request, gap, before, polls)


def _poll(asked: Asked, request: Seen, gap: float, before: float, polls: bool) -> Iterator[Flaw]:
    if request.trouble is not None or request.refusal_id == "missing_binding_code":
        return
    if request.response.status == 429 and not polls and not asked.decides:
        return  # a call may be repeated after a 429; `at_another_time` checks when
    if request.refusal_id not in PENDING:
        yield Flaw(
            "MFA224",
            "requests",
            "no poll after the end",
            f"a poll after {request.refusal_id or 'the tokens'}",
            "mfa-oob",
        )
    elif not polls and not asked.decides:
        yield Flaw(
            "MFA220", "requests", "one, since polls = False", f"another one after {request.refusal_id}", "mfa-oob"
        )
    elif request.refusal_id == "slow_down":
        # Retry-After on slow_down is not documented for MFA (entry U-2): a longer interval is enough.
        longer = max(before, 1) + 0.5
        expected = min(_retry_after(request) or longer, longer)
        if gap < expected - _SLACK:
            yield Flaw("MFA223", "time", f"at least {expected:.0f} s after slow_down", f"{gap:.1f} s", "mfa-oob")
    elif gap < 1 - _SLACK:
        yield Flaw("MFA222", "time", "about 5 s between polls", f"{gap:.1f} s", "mfa-oob")


def repeated(asked: Asked, seen: Sequence[Seen], polls: bool) -> Iterator[Flaw]:
    """MFA124: a successful call is not repeated. In sign_in only verifications count."""
    once = set(CODES) if asked.decides else {o for group in OPERATIONS_OF.values() for o in group} - READS - {"revoke"}
    for same in by_operation(seen):
        for request, _ in pairwise(same):
            if request.granted and request.operation in once:
                yield Flaw("MFA124", "requests", "one", "another one after a success", request.operation)


def resent_credential(asked: Asked, seen: Sequence[Seen], polls: bool) -> Iterator[Flaw]:
    """MFA129: a refused password or refresh token is not sent again."""
    refused: set[tuple[str, ...]] = set()
    for request in seen:
        names = ("refresh_token",) if request.operation == "refresh-token" else ("username", "password")
        if request.operation not in (*LOGINS, "refresh-token"):
            continue
        given = tuple(str(request.body.params.get(name)) for name in names)
        if given in refused:
            yield Flaw("MFA129", f"$.{names[-1]}", "sent once", "a refused one again", request.operation)
        if request.trouble is None and request.refusal_id in (
            "wrong_password",
            "login_blocked",
            "invalid_refresh_token",
        ):
            refused.add(given)


def refused_call(asked: Asked, seen: Sequence[Seen], polls: bool) -> Iterator[Flaw]:
    """MFA129: what was refused is not asked again with the same token.

    Passwords, refresh tokens and codes have checks of their own, as has what a refused mfa_token means to sign_in. A
    refused proof says nothing about the token, nor does the limit; what waits for a person may be asked again.
    """
    refused: set[tuple[str, ...]] = set()
    for request in () if asked.decides else seen:
        if OPERATIONS[request.operation].grant_type is not None:
            continue
        sent = request.request
        given = sent.method, sent.path, sent.headers.get("authorization", ""), str(sorted(request.body.params.items()))
        if given in refused:
            yield Flaw("MFA129", "requests", "one of this kind", "the same once more", request.operation)
        judged = request.trouble in (None, "409") and not request.demands_nonce
        judged &= request.refusal_id not in PROOF_REFUSALS
        status = request.response.status
        again = 400 <= status < 500 and status != 429 and request.operation in _LOOKED_OR_CHANGED
        again |= request.refusal_id not in (None, "me_push_not_approved") and _polls_page(request)
        if judged and (status in (401, 403) or again):
            refused.add(given)


def _polls_page(request: Seen) -> bool:
    """Whether the request asks whether a push device was approved: a code is another check's matter."""
    return request.operation == "me-verify-method" and absent(request.body.params.get("otp_code"))


_SAFE_TO_REPEAT = _LOOKED_OR_CHANGED | {"refresh-token", "revoke", *LOGINS}
_SENDING = ("associate", "challenge", "passwordless-start", "me-create-method")


def may_be_twice(asked: Asked, seen: Sequence[Seen], polls: bool) -> Iterator[Flaw]:
    """MFA305, MFA306: a call that may have been performed is not repeated. docs/howto-client-contract.md has the
    rules."""
    for same in by_operation(seen):
        for request, _ in pairwise(same):
            if request.operation in _SAFE_TO_REPEAT or request.trouble is None or _sends_nothing(request):
                continue
            status, broke = request.response.status, request.trouble in UNANSWERED
            if request.operation in _SENDING and (broke or status < 300):
                why = "since the connection broke" if broke else f"since the answer was a {status}, if an odd one"
                yield Flaw("MFA305", "requests", f"one, {why}", "another one", request.operation)
            elif broke or status < 300 or status >= 500:
                yield Flaw("MFA306", "requests", f"one, after a {status}", "another one", request.operation)


def _sends_nothing(request: Seen) -> bool:
    """Whether the request is a challenge of an authenticator app, which sends and changes nothing."""
    params = request.body.params
    app = str(params.get("authenticator_id") or "").startswith("totp|") or params.get("challenge_type") == "otp"
    return request.operation == "challenge" and app


def unasked(asked: Asked, seen: Sequence[Seen]) -> Iterator[Flaw]:
    """MFA130: the client calls only what the caller asked for. In sign_in the client itself decides."""
    if asked.decides:
        return
    for request in seen:
        if request.operation in asked.operations or request.operation in READS or _sends_nothing(request):
            continue
        if request.operation == "challenge" and asked.method == "verify_otp":
            continue  # probably of an authenticator app, which sends no message
        yield Flaw(
            "MFA130",
            "requests",
            f"nothing but {asked.operations[0]}",
            f"a call of {request.operation}",
            request.operation,
        )


def instead(asked: Asked, seen: Sequence[Seen]) -> Iterator[Flaw]:
    """MFA131: the client does not call another operation instead of the one that was asked for."""
    if asked.decides or any(request.operation in asked.operations for request in seen):
        return
    for request in seen:
        if request.operation not in READS:
            yield Flaw(
                "MFA131",
                "operation",
                _documented(asked.operations[0]),
                _documented(request.operation),
                asked.operations[0],
            )


def _documented(operation: str) -> str:
    row = OPERATIONS[operation]
    grant = f", grant_type={row.grant_type}" if row.grant_type else ""
    return f"{operation}: {row.method} {row.path}{grant}"


SEQUENCE_CHECKS: Final[tuple[Check, ...]] = (
    at_another_time,
    polling,
    resent_code,
    repeated,
    resent_credential,
    refused_call,
    may_be_twice,
    without_end,
)
