"""The keys that a tenant publishes: those that sign have what a client needs, and none is private."""

from __future__ import annotations

import re

from pytest_auth0_mfa.contract.coverage import json_type
from pytest_auth0_mfa.messages import Json

from .forms import shown
from .renaming import Differs
from .tokens import SIGNING, signs

_KEY = ("kty", "kid", "n", "e")
"""The members that every key must have that may sign. `x5c`, `x5t` and others are optional: entry D-32."""
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
"""Members that only private and symmetric keys have: RFC 7518, section 6."""
_NUMBER = re.compile(r"[\w+/-]{16,}=*", re.ASCII)
"""A part of a private key, which is long. Something else may have such a name."""


def hold_public(path: str, body: Json) -> None:
    """Refuse a private key wherever it stands. Raises Differs."""
    if isinstance(body, dict):
        for name in sorted(_PRIVATE & body.keys()):
            if "kty" in body or _NUMBER.fullmatch(str(body[name])):
                raise Differs("MFA004", f"{path}.{name}", "absent", "present: the private key is public")
    elif isinstance(body, str) and "PRIVATE KEY-----" in body:
        raise Differs("MFA004", path, "absent", "present: the private key is public")
    for index, part in enumerate(body if isinstance(body, list) else ()):
        hold_public(f"{path}[{index}]", part)
    for name, part in body.items() if isinstance(body, dict) else ():
        hold_public(f"{path}.{name}", part)


def keys_that_sign(path: str, keys: list[Json], *, strict: bool) -> list[dict[str, Json]]:
    """Check a key set. Returns the keys that may sign, of which there is at least one. Raises Differs.

    ``strict``: every key has to be one.
    """
    if not keys:
        raise Differs("MFA008", path, "at least one key", "none")
    for index, key in enumerate(keys):
        here = f"{path}[{index}]"
        if not isinstance(key, dict):
            raise Differs("MFA005", here, "object", json_type(key))
        if signs(key) or strict:
            _hold_key(here, key)
    signing = [key for key in keys if signs(key)]
    if not signing:
        _hold_key(f"{path}[0]", keys[0])
    return signing


def _hold_key(path: str, key: dict[str, Json]) -> None:
    """Check a key that signs. Raises Differs."""
    for name in _KEY:
        if name not in key:
            raise Differs("MFA003", f"{path}.{name}", "present", "absent")
        if not isinstance(key[name], str):
            raise Differs("MFA005", f"{path}.{name}", "string", json_type(key[name]))
    for name, expected in SIGNING.items():
        if key.get(name, expected) != expected:
            raise Differs("MFA008", f"{path}.{name}", repr(expected), shown(key[name]))
