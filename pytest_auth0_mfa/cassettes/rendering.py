"""Recorded answers as the tenant would give them now: its domain is the client's, its tokens are valid.

A client that checks ID tokens would refuse a recording after a day. So JWTs are dated anew and signed
with the run's own key, which the recorded key set is replaced by.
"""

from __future__ import annotations

import re
from collections.abc import Callable, MutableMapping
from typing import Any

from pytest_auth0_mfa.messages import Json

from .interactions import Interaction
from .placeholders import DOMAIN, NUMBER, is_placeholder, jwt_parts

Answer = Callable[[str, float], dict[str, Any]]
"""From the client's host and the time to an answer in vcrpy's form."""

_JWT = re.compile(r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_TIMES = ("iat", "exp", "nbf", "auth_time")
_JWKS = "/.well-known/jwks.json"


def answer_of(one: Interaction, issued: MutableMapping[str, str]) -> Answer:
    """How an interaction is answered. ``issued`` learns which placeholder a new JWT stands for."""
    text = one.response_body.decode()
    signed = any(is_placeholder(found) for found in _JWT.findall(text))
    if one.status == 200 and one.request.path.partition("?")[0] == _JWKS:
        return lambda host, now: _form(one, one.response_headers, _key_set())
    mentions = DOMAIN in text or any(DOMAIN in v for values in one.response_headers.values() for v in values)
    if not signed and not mentions:
        return lambda host, now: _form(one, one.response_headers, one.response_body)

    def answer(host: str, now: float) -> dict[str, Any]:
        body = text
        if signed:
            body = _JWT.sub(lambda found: _renewed(found[0], host, now - one.at, issued), body)
        headers = {
            name: [v.replace(DOMAIN, host) if DOMAIN in v else v for v in values]
            for name, values in one.response_headers.items()
        }
        return _form(one, headers, (body.replace(DOMAIN, host) if mentions else body).encode())

    return answer


def _form(one: Interaction, headers: dict[str, list[str]], body: bytes) -> dict[str, Any]:
    return {
        "status": {"code": one.status, "message": one.reason},
        "headers": {name: list(values) for name, values in headers.items()},
        "body": {"string": body},
    }


def _renewed(token: str, host: str, later: float, issued: MutableMapping[str, str]) -> str:
    parts = jwt_parts(token)
    if parts is None or NUMBER not in parts[1]:
        return token
    from pytest_auth0_mfa.tenant.signing import run_signer

    claims = {name: _moved(name, value, host, int(later)) for name, value in parts[1].items()}
    made = run_signer().sign(claims)
    issued[made] = token
    return made


def _moved(name: str, value: Json, host: str, later: int) -> Json:
    if name in _TIMES and isinstance(value, int):
        return value + later
    if isinstance(value, str):
        return value.replace(DOMAIN, host)
    return [_moved("", item, host, later) for item in value] if isinstance(value, list) else value


def _key_set() -> bytes:
    import json

    from pytest_auth0_mfa.tenant.signing import run_signer

    return json.dumps(run_signer().jwks()).encode()
