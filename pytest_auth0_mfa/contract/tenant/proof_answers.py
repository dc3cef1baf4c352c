"""What only answers to calls with proofs of possession have: nonces, challenges, and tokens that are bound to a key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from pytest_auth0_mfa.messages import Json, Response
from pytest_auth0_mfa.spec.api_errors import error_of

from .answers import read
from .renaming import Differs

NONCE: Final = "use_dpop_nonce"
"""The error of an answer that demands a nonce."""
_NONCE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
"""RFC 9449, section 8.1."""
_CHALLENGE = re.compile(r'\bDPoP\b.*?\berror="([a-z_]+)"', re.IGNORECASE)


def demands_nonce(response: Response) -> bool:
    """Whether an answer says that the call shall be made once more with the nonce that it brings."""
    if response.status not in (400, 401) or "dpop-nonce" not in response.headers:
        return False
    if NONCE in response.headers.get("www-authenticate", ""):
        return True
    try:
        return bool(error_of(read(response)) == NONCE)
    except Differs:
        return False


def challenged_error(header: str) -> str:
    """The error that a challenge of the scheme DPoP names, the first one; ``""`` if it names none."""
    found = _CHALLENGE.search(header)
    return found[1] if found is not None else ""


def hold_nonce(value: str | None) -> str:
    """The nonce in a header, which has to be there. Raises Differs."""
    if value is None:
        raise Differs("MFA017", "dpop-nonce", "present", "absent")
    if not _NONCE.fullmatch(value):
        raise Differs("MFA012", "dpop-nonce", "the shape of a nonce", f"{len(value)} characters of another shape")
    return value


def hold_challenge(subject: str, oracle: str, *, strict: bool) -> None:
    """Compare two headers `WWW-Authenticate`. The demand for a nonce has to be there, since clients look for it.

    Raises Differs.
    """
    wanted = challenged_error(oracle)
    if wanted and (strict or wanted == NONCE) and challenged_error(subject) != wanted:
        raise Differs("MFA017", "www-authenticate", f'DPoP error="{wanted}"', "another challenge")


def hold_binding(path: str, claims: Mapping[str, Json], expected: Mapping[str, Json]) -> None:
    """Compare what two tokens say of the key that they are bound to: RFC 7800, section 3. Raises Differs."""
    keys = []
    for one in (claims, expected):
        held = one.get("cnf")
        keys.append(held.get("jkt") if isinstance(held, dict) else "" if held is not None else None)
    mine, right = keys
    if mine == right:
        return
    told = ["absent" if one is None else what for one, what in ((right, "that of the proof"), (mine, "another one"))]
    raise Differs("MFA010", f"{path}:cnf.jkt", *told)
