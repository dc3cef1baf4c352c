"""How a request at replay differs from a recorded one, and what to do about it; no secret is quoted."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.secret_fields import CODE_FIELDS

from .fields import is_plain, kind_of
from .interactions import BEARER, RequestMeaning
from .placeholders import NUMBER, is_placeholder, jwt_parts

UNKNOWN = "a value that the cassette does not know"
CODE_OF = "the current code of TOTP secret "
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
    "recovery_code": f"take it from the tenant's answer or {_FIXTURE}.user(n).recovery_code",
}
_ISSUED = frozenset({"mfa_token", "oob_code", "refresh_token", "authenticator_id", "access_token", "id_token", BEARER})


def differences(sent: RequestMeaning, recorded: RequestMeaning) -> Iterator[str]:
    """One sentence per difference."""
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
    said = f"{_shown(name, sent)}, recorded {_shown(name, recorded)}"
    return (
        f"{said}; {_advice(name)}"
        if not is_plain(name) and _is_placeholder(recorded) and kind_of(name) is None
        else said
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
    """A value as a message may show it: placeholders and harmless fields only."""
    if not isinstance(value, str):
        return repr(value)[:LONGEST] if is_plain(name) else f"a {type(value).__name__}"
    if value == UNKNOWN or value.startswith(CODE_OF):
        return value
    if value.startswith("eyJ") and is_placeholder(value):
        parts = jwt_parts(value)
        return f"JWT {parts[1][NUMBER] if parts else ''}"
    if is_placeholder(value) or (name in CODE_FIELDS and is_placeholder(value, "code")):
        return value
    if is_plain(name):
        return repr(value if len(value) <= LONGEST else value[:LONGEST] + "…")
    return "another value"
