"""Finds the recorded answer for a request: that of the same operation with the same parameters.

At replay the tenant's values are placeholders. A TOTP is checked by the placeholder of its secret and the clock. A
value that was wrong when it was recorded matches any wrong value. If no recorded request matches, the differences from
the closest one are explained, without quoting secrets.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from urllib.parse import unquote

from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.operations import OPERATIONS
from pytest_auth0_mfa.spec.secret_fields import CODE_FIELDS
from pytest_auth0_mfa.tenant.totp import decode_secret, hotp, step_of

from .fields import is_plain, kind_of
from .interactions import BEARER, Interaction, RequestMeaning
from .placeholders import DOMAIN, NUMBER, found_in, is_placeholder, is_wrong, jwt_parts, placeholder
from .values import NEW, WINDOW

UNKNOWN = "a value that the cassette does not know"
CODE_OF = "the current code of TOTP secret "
A_NAME = "a name"
"""What every name in a request counts as: a client may call a method as it likes."""
LONGEST = 60

_FIXTURE = "auth0_mfa_cassette"
_ADVICE = {
    "client_id": f"take it from {_FIXTURE}.client_id",
    "client_secret": f"take it from {_FIXTURE}.client_secret",
    "username": f"take it from {_FIXTURE}.user(n).email",
    "email": f"take it from {_FIXTURE}.user(n).email",
    "password": f"take it from {_FIXTURE}.user(n).password",
    "phone_number": f"take it from {_FIXTURE}.user(n).phone_number",
    "binding_code": f"take it from {_FIXTURE}.code(...)",
    "otp_code": f"take it from {_FIXTURE}.code(...), or from an authenticator app's secret",
    "recovery_code": f"take it from the tenant's answer or {_FIXTURE}.user(n).recovery_code",
}
_ISSUED = frozenset(
    {
        *("mfa_token", "oob_code", "auth_session", "refresh_token", "access_token", "id_token", BEARER),
        *("authenticator_id", "authentication_method_id"),
    }
)


def differences(sent: RequestMeaning, recorded: RequestMeaning) -> Iterator[str]:
    """The differences between a sent and a recorded request, one sentence each."""
    if sent.operation != recorded.operation:
        yield f"operation: {sent.operation}, recorded {recorded.operation}"
    for name in sorted(sent.parameters.keys() | recorded.parameters.keys()):
        mine, theirs = sent.parameters.get(name), recorded.parameters.get(name)
        if mine != theirs:
            yield f"{name}: {_difference(name, mine, theirs)}"


def _difference(name: str, sent: Json, recorded: Json) -> str:
    if sent is None:
        return f"missing; the recording sent {_shown(name, recorded)}"
    if recorded is None:
        return f"sent, and the recording did not: {_shown(name, sent)}"
    if recorded == UNKNOWN:
        return f"{_shown(name, sent)}, and the recording sent a wrong value here"
    if sent == UNKNOWN:
        return _unknown(name, str(recorded))
    values = f"{_shown(name, sent)}, recorded {_shown(name, recorded)}"
    return (
        f"{values}; {_advice(name)}"
        if not is_plain(name) and _is_placeholder(recorded) and kind_of(name) is None
        else values
    )


def _unknown(name: str, recorded: str) -> str:
    if name in CODE_FIELDS and recorded.startswith(CODE_OF):
        return f"not {recorded}: a wrong or late code does not replay as the success of a right one"
    return (
        f"not {_shown(name, recorded)}: a wrong value, or a literal. The recording replaced every secret; "
        f"{_advice(name)}"
    )


def _advice(name: str) -> str:
    if name in _ISSUED:
        return "take it from the tenant's answer"
    return _ADVICE.get(name, f"take it from {_FIXTURE}.secret(NAME)")


def _is_placeholder(value: Json) -> bool:
    return isinstance(value, str) and is_placeholder(value)


def _shown(name: str, value: Json) -> str:
    """A value as a message may show it: only placeholders and the values of harmless fields are quoted."""
    if not isinstance(value, str):
        return repr(value)[:LONGEST] if is_plain(name) else f"a {type(value).__name__}"
    if value == UNKNOWN or value.startswith(CODE_OF):
        return value
    if value.startswith("eyJ") and is_placeholder(value):
        parts = jwt_parts(value)
        return f"JWT {parts[1][NUMBER] if parts else ''}"
    if is_placeholder(value) or (name in CODE_FIELDS and is_placeholder(value, "code")):
        return value
    if kind_of(name) == "device" and is_placeholder(value.rpartition("|")[2]):
        return value
    if is_plain(name):
        return repr(value if len(value) <= LONGEST else value[:LONGEST] + "…")
    return "another value"


_ENCODE = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


class Script:
    """The recorded requests in order, and how often each has been played.

    ``totp_secrets`` are the numbers of the TOTP secrets that codes may come from; ``needs`` has for each request the
    numbers of the answers that it depends on.
    """

    def __init__(
        self,
        recorded: Sequence[tuple[RequestMeaning, float]],
        totp_secrets: Iterable[int] = (),
        needs: Sequence[Set[int]] = (),
    ) -> None:
        self._keys = {number: decode_secret(placeholder("totp_secret", number)) for number in totp_secrets}
        self.asks = [self.meaning(ask, DOMAIN, at=at) for ask, at in recorded]
        self.played = [0] * len(self.asks)
        self._needs = needs or [frozenset()] * len(self.asks)
        self._index: dict[str, list[int]] = {}
        for number, ask in enumerate(self.asks):
            self._index.setdefault(_key(ask), []).append(number)

    def find(self, ask: RequestMeaning) -> int | None:
        """The number of the recorded request that matches, or None. ``ask`` comes from `meaning`."""
        same = self._index.get(_key(ask), ())
        for number in same:
            if not self.played[number] and self._lacking(number) is None:
                return number
        # Clients may read discovery and keys any number of times.
        return same[-1] if same and ask.known and OPERATIONS[ask.operation].auth == "none" else None

    def _lacking(self, number: int) -> int | None:
        """The number of an answer that the request depends on and that has not been played yet, or None."""
        return next((other for other in sorted(self._needs[number]) if not self.played[other]), None)

    def play(self, number: int) -> None:
        """Count that an answer is played."""
        self.played[number] += 1

    def meaning(
        self,
        ask: RequestMeaning,
        host: str,
        *,
        at: float | None = None,
        known: Callable[[str], str | None] | None = None,
    ) -> RequestMeaning:
        """The request with placeholders for values. ``known`` returns the placeholder of a real value, or None."""
        reader = _Reader(self._keys, host, time.time() if at is None else at, known)
        found = {}
        for name, value in ask.parameters.items():
            read = reader.read("access_token" if name == BEARER else name, value)
            if read not in (None, ""):  # empty counts as absent: auth0-python sends empty parameters
                found[name] = read
        return RequestMeaning(ask.operation.replace(host, DOMAIN) if host in ask.operation else ask.operation, found)

    def explain(self, ask: RequestMeaning) -> str:
        """Why no recorded request matches, or how the closest one differs. The text has several lines."""
        if not self.asks:
            return "Nothing was recorded."
        same = self._index.get(_key(ask), ())
        early = [(number, lacking) for number in same if (lacking := self._lacking(number)) is not None]
        if early:
            number, lacking = early[0]
            return (
                f"It is recorded as number {number + 1} of {len(self.asks)}, but it sends what answer {lacking + 1} "
                f"({self.asks[lacking].operation}) brings, and that has not been played yet."
            )
        left = [number for number in range(len(self.asks)) if not self.played[number]]
        if same:
            numbers = ", ".join(str(number + 1) for number in same)
            message = (
                f"Recorded {len(same)} time{'s' if len(same) != 1 else ''} (number {numbers} of {len(self.asks)}), "
                "and every answer has been played: the recording never asked once more."
            )
            left = [number for number in left if self.asks[number].operation == ask.operation]
            return f"{message}\n{self._closest(ask, left)}" if left else message
        return self._closest(ask, range(len(self.asks)))

    def _closest(self, ask: RequestMeaning, numbers: Iterable[int]) -> str:
        _, number = min((self._distance(ask, number), number) for number in numbers)
        closest = self.asks[number]
        lines = "\n".join(f"    {line}" for line in differences(ask, closest))
        return f"Closest recorded request: number {number + 1} of {len(self.asks)}, {closest.operation}.\n{lines}"

    def _distance(self, ask: RequestMeaning, number: int) -> tuple[int, int, int]:
        other = self.asks[number]
        return (
            int(ask.operation != other.operation),
            sum(1 for _ in differences(ask, other)),
            self.played[number],
        )


class _Reader:
    """Replaces values of parameters by placeholders."""

    def __init__(self, keys: dict[int, bytes], host: str, at: float, known: Callable[[str], str | None] | None) -> None:
        self._keys = keys
        self._host = host
        self._at = at
        self._known = known

    def read(self, name: str, value: Json) -> Json:
        if isinstance(value, str):
            return self._text(name, value)
        if isinstance(value, list):
            return [self.read(name, item) for item in value]
        if isinstance(value, dict):
            return {key: self.read(key, item) for key, item in value.items()}
        return self._text(name, str(value).zfill(6)) if name in CODE_FIELDS and isinstance(value, int) else value

    def _text(self, name: str, text: str) -> str:
        if not text:
            return text
        if self._known is not None and (given := self._known(text)) is not None:
            text = given
        if name in CODE_FIELDS:
            return self._code(text)
        kind = kind_of(name)
        if kind == "name":
            return A_NAME
        if kind is not None and kind not in ("key", "otpauth"):
            bare = text.rpartition("|")[2] if kind == "device" else text
            if kind == "device" and bare == NEW:
                return text
            return UNKNOWN if is_wrong(bare) or not is_placeholder(bare if kind == "device" else text) else text
        if name == "scope":
            return " ".join(sorted(text.split()))
        return text.replace(self._host, DOMAIN) if self._host in text else text

    def _code(self, text: str) -> str:
        now = step_of(self._at)
        for number, key in self._keys.items():
            if any(hotp(key, step) == text for step in range(max(0, now - WINDOW), now + WINDOW + 1)):
                return f"{CODE_OF}{number}"
        return text if is_placeholder(text, "code") and not is_wrong(text) else UNKNOWN


def _key(ask: RequestMeaning) -> str:
    return f"{ask.operation} {_ENCODE(ask.parameters)}"


def needs_of(interactions: Sequence[Interaction]) -> list[frozenset[int]]:
    """For each request, the numbers of the answers that issued the placeholders in it.

    A token cannot be sent before it was issued.
    """
    issued: dict[str, int | None] = {}  # None: the client had it from elsewhere
    needs: list[frozenset[int]] = []
    for number, interaction in enumerate(interactions):
        headers = " ".join(value for values in interaction.request_headers.values() for value in values)
        sent = found_in(unquote(f"{interaction.url} {headers} {interaction.request_body.decode()}"))
        needs.append(frozenset(by for text in sent if (by := issued.setdefault(text, None)) is not None))
        for text in found_in(interaction.response_body.decode()):
            issued.setdefault(text, number)
    return needs
