"""One-time passwords of RFC 4226 (HOTP) and RFC 6238 (TOTP), with the time as an argument.

Auth0 uses SHA-1, six digits and steps of 30 seconds (section 9 of the contract).
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import struct

DIGITS = 6
PERIOD = 30


@functools.lru_cache(maxsize=256)  # base32 is pure Python in the standard library and takes longer than an HMAC
def decode_secret(secret: str) -> bytes:
    """The bytes of a base32 secret. Raises ValueError if it is not base32."""
    padded = secret.upper() + "=" * (-len(secret) % 8)
    return base64.b32decode(padded)


def hotp(key: bytes, counter: int, digits: int = DIGITS) -> str:
    """The HOTP of ``counter``: ``digits`` decimal digits, leading zeros kept."""
    digest = hmac.new(key, struct.pack(">Q", counter), hashlib.sha1).digest()
    offset = digest[-1] & 0xF
    (number,) = struct.unpack_from(">I", digest, offset)
    return str((number & 0x7FFFFFFF) % 10**digits).zfill(digits)


def step_of(at: float, period: int = PERIOD) -> int:
    """The number of the time step that contains ``at`` (epoch seconds)."""
    return int(at // period)


def totp(secret: str, at: float, digits: int = DIGITS, period: int = PERIOD) -> str:
    """The TOTP of a base32 ``secret`` at ``at`` (epoch seconds)."""
    return hotp(decode_secret(secret), step_of(at, period), digits)


def matching_step(secret: str, code: str, at: float, window: int, period: int = PERIOD) -> int | None:
    """The newest time step, at most ``window`` steps from ``at`` (epoch seconds), that has this code; or None."""
    key = decode_secret(secret)
    given = code.encode("utf-8", "surrogatepass")  # JSON can contain a lone surrogate
    now = step_of(at, period)
    for step in range(now + window, now - window - 1, -1):
        if step >= 0 and hmac.compare_digest(hotp(key, step).encode(), given):
            return step
    return None


def other_code(code: str) -> str:
    """Another code with the same number of digits. Any other text gets a digit more."""
    if not (code.isascii() and code.isdecimal()):
        return f"{code}0"
    return str((int(code) + 1) % 10 ** len(code)).zfill(len(code))
