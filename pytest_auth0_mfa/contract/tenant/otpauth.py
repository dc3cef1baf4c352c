"""Compares two otpauth URIs, which authenticator apps read from QR codes (Key URI format)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from .forms import shown
from .renaming import Differs, Renaming

_DEFAULTS: Final = {"algorithm": "SHA1", "digits": "6", "period": "30"}
"""Parameters that may be left out, with their defaults."""
_DISPLAYED: Final = frozenset({"issuer", "base_url"})
"""Parameters whose values are free: a display name, and entry D-29."""


def compare_uris(
    path: str,
    subject: str,
    oracle: str,
    renaming: Renaming,
    *,
    same_account: Callable[[str, str, str], bool],
    same_text: Callable[[str, str, str, str], None],
) -> None:
    """Compare two URIs. Raises Differs.

    ``same_account``: whether two accounts in the URIs at a path are the same. ``same_text``: compares two values of the
    parameter with a name, at a path.
    """
    try:
        mine, expected = urlsplit(subject), urlsplit(oracle)
    except ValueError:
        raise Differs("MFA008", path, "a URI", "not a URI") from None
    # The part before the colon is a display name. The colon may be encoded, and spaces may follow it.
    label = same_account(path, _account(mine), _account(expected))
    if mine[:2] != expected[:2] or not label:
        raise Differs("MFA008", path, repr(oracle.partition("?")[0]), shown(subject.partition("?")[0]))
    pairs, wanted = parse_qsl(mine.query, keep_blank_values=True), dict(parse_qsl(expected.query))
    names = [name for name, _ in pairs if name in wanted]
    given = {name: value for name, value in pairs if value}  # without a value it says nothing
    for name in sorted(set(names)):
        if names.count(name) > 1:
            raise Differs("MFA008", path, f"the parameter {name} once", f"{name} {names.count(name)} times")
    for name, value in wanted.items():
        if name in _DISPLAYED and (name in given or name == "issuer"):
            continue
        if name not in given and name not in _DEFAULTS:
            raise Differs("MFA008", path, f"parameters {sorted(wanted)}", f"parameters {sorted(given)}")
        same_text(f"{path}?{name}", name, given.get(name, _DEFAULTS.get(name, "")), value)
    free = {name: value for name, value in given.items() if name != "secret" and value != given.get("secret")}
    displayed = {name: value for name, value in free.items() if name in _DISPLAYED}
    renaming.hold("MFA004", path, [_issuer(mine), displayed], any_length=False)
    others = {name: value for name, value in free.items() if name not in wanted.keys() | _DISPLAYED}
    renaming.hold("MFA004", path, [mine.fragment, others])


def _account(uri: SplitResult) -> str:
    return unquote(uri.path).rpartition(":")[2].strip()


def _issuer(uri: SplitResult) -> str:
    """What stands before the account: a display name, and any further segments."""
    return unquote(uri.path).rpartition(":")[0].removeprefix("/")
