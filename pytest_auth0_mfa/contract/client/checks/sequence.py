"""What is held against the requests of one call together: repetition, polling, patience."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from pytest_auth0_mfa.contract.client.asked import CODES, LOGINS, OPERATIONS_OF, Asked, Flaw, absent
from pytest_auth0_mfa.contract.client.recording import LIMIT, SILENT, Seen
from pytest_auth0_mfa.spec.operations import OPERATIONS

Check = Callable[[Asked, Sequence[Seen], bool], Iterator[Flaw]]
_SLACK = 0.05  # seconds by which a timer may be early
_PENDING = ("authorization_pending", "slow_down")


def _by_operation(seen: Sequence[Seen]) -> Iterator[list[Seen]]:
    for operation in dict.fromkeys(one.operation for one in seen):
        yield [one for one in seen if one.operation == operation]


def _retry_after(one: Seen) -> float | None:
    value = one.response.headers.get("retry-after")
    return float(value) if value is not None and value.isdecimal() else None


def too_early(asked: Asked, seen: Sequence[Seen], polls: bool) -> Iterator[Flaw]:
    """MFA301."""
    for same in _by_operation(seen):
        for one, another in pairwise(same):
            wait, waited = _retry_after(one), another.at - one.at
            if one.response.status == 429 and wait is not None and waited < wait - _SLACK:
                yield Flaw("MFA301", "time", f"at least {wait:.0f} s after the 429", f"{waited:.1f} s", one.operation)


def without_end(asked: Asked, seen: Sequence[Seen], polls: bool) -> Iterator[Flaw]:
    """MFA302: polls have an end of their own."""
    for same in _by_operation(seen):
        refused = [one for one in same if not one.granted and one.refusal_id not in _PENDING]
        if asked.decides:
            refused = _unasked(refused)
        if len(refused) >= LIMIT - 2:
            yield Flaw(
                "MFA302", "requests", "a few attempts, then AuthError", f"{len(refused)} and more", same[0].operation
            )


def _unasked(refused: Sequence[Seen]) -> list[Seen]:
    """Without those for which the person typed another code: they end with the tenant's own limit."""
    blocked = next((place for place, one in enumerate(refused) if one.response.status == 429), len(refused))
    typed = {str(one.body.params.get(CODES.get(one.operation, ""))) for one in refused[:blocked]}
    return list(refused[len(typed) :]) if blocked >= len(typed) else list(refused)


def resent_code(asked: Asked, seen: Sequence[Seen], polls: bool) -> Iterator[Flaw]:
    """MFA123."""
    for same in _by_operation(seen):
        name = CODES.get(same[0].operation, "")
        refused: set[str] = set()
        for one in same:
            code = one.body.params.get(name)
            if isinstance(code, str) and code in refused:
                yield Flaw("MFA123", f"$.{name}", "each code once", "a refused one again", one.operation)
            if isinstance(code, str) and one.trouble is None and 400 <= one.response.status < 429:
                refused.add(code)


def polling(asked: Asked, seen: Sequence[Seen], polls: bool) -> Iterator[Flaw]:
    """MFA220, MFA222, MFA223, MFA224."""
    requests = [one for one in seen if one.operation == "mfa-oob" and absent(one.body.params.get("binding_code"))]
    for code in dict.fromkeys(str(one.body.params.get("oob_code")) for one in requests):
        same = [one for one in requests if one.body.params.get("oob_code") == code]
        gap = 0.0
        for one, another in pairwise(same):
            before, gap = gap, another.at - one.at
            yield from _poll(asked, one, gap, before, polls)


def _poll(asked: Asked, one: Seen, gap: float, before: float, polls: bool) -> Iterator[Flaw]:
    if one.trouble is not None or one.refusal_id == "missing_binding_code":
        return
    if one.response.status == 429 and not polls and not asked.decides:
        return  # a repetition once Retry-After is over, as after any 429
    if one.refusal_id not in _PENDING:
        yield Flaw(
            "MFA224", "requests", "no poll after the end", f"a poll after {one.refusal_id or 'the tokens'}", "mfa-oob"
        )
    elif not polls and not asked.decides:
        yield Flaw("MFA220", "requests", "one, since polls = False", f"another one after {one.refusal_id}", "mfa-oob")
    elif one.refusal_id == "slow_down":
        # Retry-After on slow_down is not documented for MFA (row U-2): lengthening the interval will do.
        longer = max(before, 1) + 0.5
        due = min(_retry_after(one) or longer, longer)
        if gap < due - _SLACK:
            yield Flaw("MFA223", "time", f"at least {due:.0f} s after slow_down", f"{gap:.1f} s", "mfa-oob")
    elif gap < 1 - _SLACK:
        yield Flaw("MFA222", "time", "about 5 s between polls", f"{gap:.1f} s", "mfa-oob")


def repeated(asked: Asked, seen: Sequence[Seen], polls: bool) -> Iterator[Flaw]:
    """MFA124. In sign_in a new challenge may follow an old one."""
    once = (
        set(CODES)
        if asked.decides
        else {o for group in OPERATIONS_OF.values() for o in group} - {"list-authenticators", "revoke"}
    )
    for same in _by_operation(seen):
        for one, _ in pairwise(same):
            if one.granted and one.operation in once:
                yield Flaw("MFA124", "requests", "one", "another one after a success", one.operation)


def resent_credential(asked: Asked, seen: Sequence[Seen], polls: bool) -> Iterator[Flaw]:
    """MFA129."""
    refused: set[tuple[str, ...]] = set()
    for one in seen:
        names = ("refresh_token",) if one.operation == "refresh-token" else ("username", "password")
        if one.operation not in (*LOGINS, "refresh-token"):
            continue
        given = tuple(str(one.body.params.get(name)) for name in names)
        if given in refused:
            yield Flaw("MFA129", f"$.{names[-1]}", "sent once", "a refused one again", one.operation)
        if one.trouble is None and one.refusal_id in ("wrong_password", "login_blocked", "invalid_refresh_token"):
            refused.add(given)


_SAFE_TO_REPEAT = frozenset({"list-authenticators", "delete-authenticator", "refresh-token", "revoke", *LOGINS})


def may_be_twice(asked: Asked, seen: Sequence[Seen], polls: bool) -> Iterator[Flaw]:
    """MFA305, MFA306: what may be repeated after a broken connection, a 5xx, a 429 is written down in the guide."""
    for same in _by_operation(seen):
        for one, _ in pairwise(same):
            if one.operation in _SAFE_TO_REPEAT or one.trouble is None or _sends_nothing(one):
                continue
            broke = one.trouble in ("half", "closed", SILENT)
            if broke and one.operation in ("associate", "challenge", "passwordless-start"):
                yield Flaw("MFA305", "requests", "one, since the connection broke", "another one", one.operation)
            elif broke or one.response.status >= 500:
                yield Flaw("MFA306", "requests", f"one, after a {one.response.status}", "another one", one.operation)


def _sends_nothing(one: Seen) -> bool:
    """A challenge of an authenticator app changes nothing."""
    params = one.body.params
    app = str(params.get("authenticator_id") or "").startswith("totp|") or params.get("challenge_type") == "otp"
    return one.operation == "challenge" and app


def unasked(asked: Asked, seen: Sequence[Seen]) -> Iterator[Flaw]:
    """MFA130. In sign_in the client decides by itself."""
    if asked.decides:
        return
    for one in seen:
        if one.operation in asked.operations or one.operation == "list-authenticators" or _sends_nothing(one):
            continue
        if one.operation == "challenge" and asked.method == "verify_otp":
            continue  # of the only authenticator, perhaps: no message comes of it
        yield Flaw(
            "MFA130", "requests", f"nothing but {asked.operations[0]}", f"a call of {one.operation}", one.operation
        )


def instead(asked: Asked, seen: Sequence[Seen]) -> Iterator[Flaw]:
    """MFA131: another operation in the place of the one that was asked for."""
    if asked.decides or any(one.operation in asked.operations for one in seen):
        return
    for one in seen:
        if one.operation != "list-authenticators":
            yield Flaw(
                "MFA131", "operation", _documented(asked.operations[0]), _documented(one.operation), asked.operations[0]
            )


def _documented(operation: str) -> str:
    row = OPERATIONS[operation]
    grant = f", grant_type={row.grant_type}" if row.grant_type else ""
    return f"{operation}: {row.method} {row.path}{grant}"


SEQUENCE_CHECKS: Final[tuple[Check, ...]] = (
    too_early,
    polling,
    without_end,
    resent_code,
    repeated,
    resent_credential,
    may_be_twice,
)
