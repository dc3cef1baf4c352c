"""Placeholders: what replaces a secret in a cassette. A placeholder has the shape of its kind, and a number.

Number 0 stands for a wrong value, which the tenant never issued and refused. People can recognise a placeholder, and
so can `is_placeholder`.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from functools import cache

from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.tenant.entropy import CODE_LENGTHS

from .fields import forms_of

DOMAIN = "tenant.example"
"""The tenant's domain in every cassette."""

WRONG = 0
"""The number of wrong values."""

_CODE_LENGTHS = range(CODE_LENGTHS[0], CODE_LENGTHS[1] + 1)
_PHONES = 100_000  # +1 555 01...: reserved for fiction
_OCTAL = str.maketrans("01234567", "ABCDEFGH")  # base32 has neither 0 nor 1


def _sealed(kind: str) -> Callable[[int], str]:
    """A placeholder of eight parts, like the sealed tokens of Iron."""
    return lambda n: f"Fe26.2*PLACEHOLDER_{kind}*{n:06d}*AAAA*AAAA*4102444800000*0000*AAAA"


def _totp_secret(n: int) -> str:
    return "PLACEHOLDERSECRET" + f"{n:o}".rjust(15, "0").translate(_OCTAL)


_MAKE: dict[str, Callable[[int], str]] = {
    "host": lambda n: f"host-{n}.example",
    "client_id": lambda n: f"placeholderclientid{n:013d}",
    "client_secret": lambda n: f"placeholder-client-secret-{n}",
    "email": lambda n: f"user-{n}@example.com",
    "username": lambda n: f"placeholder-username-{n}",
    "password": lambda n: f"placeholder-password-{n}",
    "phone_number": lambda n: f"+1555{_PHONES + n:07d}",
    "user_id": lambda n: f"auth0|{n:024d}",
    "device": lambda n: f"dev_placeholder{n:05d}",
    "mfa_token": _sealed("MFA_TOKEN"),
    "oob_code": _sealed("OOB_CODE"),
    "auth_session": _sealed("AUTH_SESSION"),
    "access_token": lambda n: f"placeholder-access-token-{n}",
    "refresh_token": lambda n: f"v1.placeholder-refresh-token-{n}",
    "recovery_code": lambda n: f"PLACEHOLDERRECOVERY{n:05d}",
    "totp_secret": _totp_secret,
    "transaction": lambda n: f"placeholdertransaction{n:010d}",
    "code": lambda n: code(n),
    "cookie": lambda n: f"placeholder-cookie-{n}",
    "key": lambda n: f"placeholder-key-{n}",
    "name": lambda n: f"placeholder-name-{n}",
    "value": lambda n: f"placeholder-value-{n}",
}
KINDS = (*_MAKE, "jwt")

_SHAPES = {
    "host": r"host-\d+\.example",
    "client_id": r"placeholderclientid\d{13}",
    "email": r"user-\d+@example\.com",
    "phone_number": r"\+155501\d{5}",
    "user_id": r"auth0\|0{12}\d{12}",
    "device": r"dev_placeholder\d{5}",
    "mfa_token": r"Fe26\.2\*PLACEHOLDER_MFA_TOKEN\*\d{6}\*AAAA\*AAAA\*4102444800000\*0000\*AAAA",
    "oob_code": r"Fe26\.2\*PLACEHOLDER_OOB_CODE\*\d{6}\*AAAA\*AAAA\*4102444800000\*0000\*AAAA",
    "auth_session": r"Fe26\.2\*PLACEHOLDER_AUTH_SESSION\*\d{6}\*AAAA\*AAAA\*4102444800000\*0000\*AAAA",
    "refresh_token": r"v1\.placeholder-refresh-token-\d+",
    "recovery_code": r"PLACEHOLDERRECOVERY\d{5}",
    "totp_secret": r"PLACEHOLDERSECRET[A-H]{15}",
    "transaction": r"placeholdertransaction\d{10}",
    "code": "|".join(rf"90{{{max(1, digits - 4)}}}\d{{{min(3, digits - 2)}}}" for digits in _CODE_LENGTHS),
}
_PATTERNS = {kind: re.compile(_SHAPES.get(kind, rf"placeholder-{kind.replace('_', '-')}-\d+")) for kind in _MAKE}
_ANYWHERE = re.compile("|".join(f"(?:{p.pattern})" for kind, p in _PATTERNS.items() if kind != "code"))


def code(number: int, digits: int = 6) -> str:
    """The placeholder of a one-time code. It starts with 9, so that it keeps its digits if a client makes it a
    number."""
    if digits not in _CODE_LENGTHS or number >= 10 ** min(3, digits - 2):
        digits = 6
    return str(9 * 10 ** (digits - 1) + number)


def _like(kind: str, raw: str, number: int) -> str:
    """The placeholder of a kind. For a code, it has as many digits as the code."""
    return code(number, len(raw)) if kind == "code" and raw.isdecimal() else placeholder(kind, number)


def placeholder(kind: str, number: int) -> str:
    """The placeholder of a kind. Raises KeyError for ``jwt``: use the function `jwt`, which takes claims."""
    return _MAKE[kind](number)


def is_placeholder(text: str, kind: str | None = None) -> bool:
    """Whether the whole text is a placeholder of ``kind`` or, without ``kind``, of any kind except ``code``."""
    if kind == "jwt" or (kind is None and text.startswith("eyJ")):
        return _is_jwt(text)
    if kind is None:
        return text == DOMAIN or _ANYWHERE.fullmatch(text) is not None
    return _PATTERNS[kind].fullmatch(text) is not None


def is_wrong(text: str) -> bool:
    """Whether the text is the placeholder of a wrong value."""
    return text in _wrong_ones()


@cache
def _wrong_ones() -> frozenset[str]:
    return frozenset((*(make(WRONG) for make in _MAKE.values()), *(code(WRONG, digits) for digits in _CODE_LENGTHS)))


def without_placeholders(text: str) -> str:
    """The text with a space for each placeholder."""
    return _ANYWHERE.sub(" ", text).replace(DOMAIN, " ")


_BY_TENANTS = ("mfa_token", "oob_code", "auth_session", "access_token", "refresh_token", "recovery_code", "device")
_ISSUED = re.compile(
    "|".join(_PATTERNS[kind].pattern for kind in _BY_TENANTS) + r"|eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+"
)


def found_in(text: str) -> set[str]:
    """The placeholders in a text of values that only a tenant issues, including JWTs."""
    return set(_ISSUED.findall(text))


_LEFT = re.compile(r"X+0*\d{0,2}|[user]{0,4}\**@[example.com]*\**|placeholder-name-\d+")


def is_masked(text: str) -> bool:
    """Whether a name is masked, so that it identifies nobody."""
    return _LEFT.fullmatch(text) is not None


# -- JSON Web Tokens ---------------------------------------------------------------------------

_SIGNATURE = base64.urlsafe_b64encode(b"placeholder signature").rstrip(b"=").decode()
NUMBER = "placeholder"
"""The claim that numbers a placeholder JWT."""


def jwt(number: int, claims: dict[str, Json]) -> str:
    """A placeholder JWT: three well-formed parts, but no real signature."""
    header = {"alg": "RS256", "typ": "JWT", "kid": placeholder("key", 1)}
    return f"{_part(header)}.{_part({**claims, NUMBER: number})}.{_SIGNATURE}"


def jwt_parts(text: str) -> tuple[dict[str, Json], dict[str, Json]] | None:
    """Header and claims of a JWT, without checking its signature; None if it cannot be read."""
    parts = text.split(".")
    if len(parts) != 3:
        return None
    try:
        header, claims = (json.loads(base64.urlsafe_b64decode(p + "=" * (-len(p) % 4))) for p in parts[:2])
    except (ValueError, RecursionError):
        return None
    return (header, claims) if isinstance(header, dict) and isinstance(claims, dict) else None


def _part(value: dict[str, Json]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).rstrip(b"=").decode()


def _is_jwt(text: str) -> bool:
    return text.endswith("." + _SIGNATURE) and (parts := jwt_parts(text)) is not None and NUMBER in parts[1]


# -- one placeholder for each secret -----------------------------------------------------------

_FRESH = 20
_BASE32 = re.compile(r"[A-Z2-7]{16,}")


class Placeholders:
    """The placeholders of the secrets in a recording, always the same for one secret."""

    def __init__(self) -> None:
        self._placeholders: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._wrong: dict[str, str] = {}
        self._search: _Search | None = None
        self._fresh: dict[str, str] = {}
        """Values that were added since the search pattern was made."""
        self._fresh_search: _Search | None = None
        self.totp_secrets: dict[str, int] = {}
        """Raw TOTP secret -> number, to recognise its codes."""

    def domain(self, *names: str) -> None:
        """Add names of the tenant's host. All of them get the same placeholder."""
        for name in names:
            if name:
                self._remember(name, DOMAIN)

    def put(self, kind: str, raw: str, number: int) -> str:
        """Give a value a certain number, such as the number of its user in the environment."""
        self._counts[kind] = max(self._counts.get(kind, 0), number)
        return self.get(kind, raw, number)

    def skip(self, kind: str, number: int) -> None:
        """Mark the numbers up to this one as taken."""
        self._counts[kind] = max(self._counts.get(kind, 0), number)

    def get(self, kind: str, raw: str, number: int | None = None) -> str:
        """The placeholder of a value, a new one for a new value."""
        return self.custom(kind, raw, lambda n: _like(kind, raw, n), number)

    def custom(self, kind: str, raw: str, make: Callable[[int], str], number: int | None = None) -> str:
        """As `get`, for placeholders that need more than a number."""
        known = self._placeholders.get(raw)
        if known is not None:
            return known
        if not raw or is_placeholder(raw) or (kind == "code" and is_placeholder(raw, kind)):
            return raw
        if number is None:
            self._counts[kind] = number = self._counts.get(kind, 0) + 1
        if kind == "totp_secret" and _BASE32.fullmatch(raw):
            self.totp_secrets[raw] = number
        return self._remember(raw, make(number))

    def wrong(self, kind: str, raw: str) -> str:
        """The placeholder of a wrong value. `replace` replaces the value in texts too."""
        if is_placeholder(raw) or is_placeholder(raw, kind):
            return raw
        if raw not in self._wrong:
            self._wrong[raw] = self._meet(raw, _like(kind, raw, WRONG))
        return _like(kind, raw, WRONG)

    def known(self, raw: str) -> str | None:
        """The placeholder of a value that has one already, or None."""
        return self._placeholders.get(raw)

    @property
    def secrets(self) -> list[str]:
        """The values that have a placeholder, except ordinary words."""
        return [raw for raw, made in self._placeholders.items() if not _is_dull(raw, made)]

    @property
    def counts(self) -> dict[str, int]:
        """Kind -> highest number in use."""
        return dict(self._counts)

    def replace(self, text: str) -> str:
        """The text with every known value replaced, in whatever form it appears."""
        if len(self._fresh) > _FRESH or self._search is None:
            self._search, self._fresh = _Search({**self._wrong, **self._placeholders}), {}
        text = self._search.replace(text)
        if self._fresh:
            self._fresh_search = self._fresh_search or _Search(self._fresh)
            text = self._fresh_search.replace(text)
        return text

    def _remember(self, raw: str, made: str) -> str:
        self._placeholders[raw] = made
        return self._meet(raw, made)

    def _meet(self, raw: str, made: str) -> str:
        self._fresh[raw] = made
        self._fresh_search = None
        return made


class _Search:
    """Replaces values in a text, the longest first. Words of the API are not replaced."""

    def __init__(self, placeholders: Mapping[str, str]) -> None:
        forms = [form for raw, made in placeholders.items() if not _is_dull(raw, made) for form in forms_of(raw, made)]
        forms.sort(key=lambda form: len(form.pattern), reverse=True)
        self._made = [form.made for form in forms]
        self._pattern = re.compile("|".join(f"({form.pattern})" for form in forms) or r"(?!)", re.IGNORECASE)

    def replace(self, text: str) -> str:
        return self._pattern.sub(lambda found: self._made[(found.lastindex or 1) - 1], text)


def _is_dull(raw: str, made: str) -> bool:
    """Whether a value of an unknown field is an ordinary word, which is replaced only in its field."""
    return made.startswith("placeholder-value") and raw.isalpha() and raw.islower() and len(raw) <= 12
