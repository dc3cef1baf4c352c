"""What list rows call an authenticator: masked addresses and names of devices, without the letters that show."""

from __future__ import annotations

import re

from .vault import Vault

_PHONE = re.compile(r"X+\d{0,4}")
_EMAIL = re.compile(r"[^@\s]*\*[^@\s]*@[^@\s]*\*[^@\s]*")
_LEFT = re.compile(r"X+0*\d{0,2}|[user]{0,4}\**@[example.com]*\**|placeholder-name-\d+")


def masked_name(vault: Vault, raw: str) -> str:
    """The placeholder of a row's name; a mask stays a mask of the same length."""
    if "name" in vault.off:
        return raw
    if _PHONE.fullmatch(raw):
        width = len(raw) - len(raw.rstrip("0123456789"))
        return vault.custom("mask", raw, lambda n: "X" * (len(raw) - width) + str(n).zfill(width)[-width or 99 :])
    if _EMAIL.fullmatch(raw):
        local, _, domain = raw.partition("@")
        return f"{_unmasked('user', local)}@{_unmasked('example.com', domain)}"
    if "@" in raw:
        return vault.get("email", raw)
    return vault.get("name", raw)


def is_masked(text: str) -> bool:
    """Whether a name shows nothing of anybody."""
    return _LEFT.fullmatch(text) is not None


def _unmasked(words: str, part: str) -> str:
    visible = len(part) - len(part.lstrip("*")) if part.startswith("*") else part.find("*")
    shown = "" if part.startswith("*") else words[:visible]
    return shown + "*" * (len(part) - len(shown))
