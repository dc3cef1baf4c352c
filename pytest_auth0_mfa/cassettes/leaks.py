"""Checks that scrubbing left no secret. It examines what is about to be written, with rules of its own.

It asks three questions. Does every field for a secret hold a placeholder? Does anything else look like a secret? Does
any secret of the raw recording or the environment still appear anywhere?
"""

from __future__ import annotations

import base64
import binascii
import html
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from urllib.parse import parse_qsl, unquote, unquote_plus, urlsplit

from pytest_auth0_mfa.errors import LeakError
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.explain import path
from pytest_auth0_mfa.tenant.totp import matching_step

from .bodies import FORM, JSON, MULTIPART, Fields, read_body
from .fields import SHORTEST, is_public
from .interactions import Interaction, basic_credentials
from .placeholders import DOMAIN, is_masked, is_placeholder, jwt_parts, placeholder, without_placeholders

# A list of its own on purpose, to find names that the table of secret fields lacks.
_MUST = {
    *("access_token", "binding_code", "client_assertion", "client_secret", "id_token", "id_token_hint", "mfa_token"),
    *("auth_session", "otp_code", "manual_input_code", "new_password", "identity_user_id", "user_handle", "key_id"),
    *(
        "oob_code",
        "otp",
        "password",
        "recovery_code",
        "recovery_codes",
        "refresh_token",
        "secret",
        "barcode_uri",
        "token",
    ),
    *("client_id", "azp", "sub", "user_id", "username", "email", "login_hint", "phone", "phone_number"),
    *("id", "authenticator_id", "nickname", "given_name", "family_name", "kid", "n", "x5t", "x5c"),
}
_ADDRESSES = ("email", "phone_number")
"""Fields that may be masked: entry D-34."""
_CODES = ("otp", "otp_code", "binding_code")
_PUBLIC = {"auth0.com", "www.auth0.com", "openid.net", "tools.ietf.org", "www.w3.org", "schemas.openid.net", DOMAIN}
_PUBLIC |= {"example.com", "www.example.com"}
_BODIES = ("placeholder-body", "<!DOCTYPE html><title>placeholder</title>")
_SPOKEN = {"id", "kid", "n", "token", "x5c", "x5t"}
"""Names that can also be followed by a colon in ordinary sentences."""
_NAMES = "|".join(sorted(_MUST - _SPOKEN, key=len, reverse=True)).replace("_", "[_-]?")
_NAMED = re.compile(
    rf"(?<![A-Za-z0-9])({_NAMES})" r"[\"'\\]*\s*(?:=>|[:=])[\s\"'\\\[]*([^\s\"'\\,;&<>}\]]+)",
    re.IGNORECASE,
)
_U = re.compile(r"\\u([0-9a-fA-F]{4})")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[ ()./-]{1,2}(?=\d)")
_BETWEEN_LETTERS = re.compile(r"(?<=[A-Za-z0-9])[ -](?=[A-Za-z0-9])")
_KIND = re.compile(
    r"(?:sms|voice|email|push|totp|recovery-code|phone|push-notification|webauthn-\w+|passkey|password)\|(?:new$)?"
)

# Each pattern is anchored at the start of a word, or short: otherwise a long word would take quadratic time.
_LOOKS = {
    "a sealed token": r"Fe26\.",
    "a JWT": r"(?<![\w-])(?=[\w-]*?eyJ[\w-])(?>[\w-]+)\.",
    "an authenticator's id": r"dev_\w{16}",
    "an email address": r"(?<![\w.+-])(?>[\w.+-]+)(?:@|%40)[\w-]+\.[\w.-]*[A-Za-z]{2}",
    "a phone number": r"(?:\+|%2B)[1-9][\d() -]{6,}",
    "a user's id": r"\b(?:auth0|google-oauth2|samlp|waad|oidc|email|sms)(?:\||%7C)\w{4}",
    "a refresh token": r"\bv1\.[\w-]{10}",
    "a base32 secret or recovery code": r"\b(?=[A-Z0-9]*\d)[A-Z0-9]{24,}\b|\b[A-Z2-7]{32}\b",
    "a host of Auth0's": r"[\w-]\.auth0\.com",
    "a URI of an authenticator app": r"otpauth://(?!totp/ )",
}
_LOOK = {what: re.compile(pattern) for what, pattern in _LOOKS.items()}
_HOST = re.compile(r"https?(?:://|%3A%2F%2F)([^/\s\"'?#%]+)")
_WORD = re.compile(r"[A-Za-z0-9+_-]{20,}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_TOTP_SECRETS = 50


def refuse_leaks(written: Sequence[Interaction], raw: Sequence[Interaction], secrets: Iterable[str] = ()) -> None:
    """Raise LeakError if a secret is left in ``written``."""
    known = set(secrets)
    for interaction in raw:
        known.update(secrets_of(interaction))
    found = leaks(written, known)
    if found:
        listed = "\n".join(f"    {leak}" for leak in found[:10])
        more = f"\n    and {len(found) - 10} more" if len(found) > 10 else ""
        raise LeakError(
            "the recording was not written: after scrubbing, this still looks like a secret:\n"
            f"{listed}{more}\nKeep such values out of the test, or report how this one came through."
        )


def leaks(written: Sequence[Interaction], known: Collection[str] = ()) -> list[str]:
    """The places where a secret is left, one sentence each. No sentence quotes the secret."""
    search = _Known([value for value in known if not is_placeholder(value)])
    return [
        f"interactions[{index}].{leak}"
        for index, interaction in enumerate(written)
        for leak in dict.fromkeys(_Check(search, interaction.at).interaction(interaction))
    ]


class _Known:
    """Finds known secrets in a text. Both are normalised, instead of searching for many forms of each secret."""

    def __init__(self, secrets: Collection[str]) -> None:
        plain = {form for secret in secrets for form in (secret, _as_it_looks(secret))}
        worth = {form.lower() for form in plain if len(form) >= SHORTEST and not is_public(form)}
        words = {secret for secret in worth if secret.isalpha()}
        addresses = [secret.split("@") for secret in worth if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", secret)]
        words |= {local for local, _ in addresses if len(local) >= SHORTEST and not is_public(local)}
        domains = {domain for _, domain in addresses if domain not in ("example.com", "example.org", "example.net")}
        self._drawn = _any((worth | domains) - words, "[a-z0-9]")
        self._words = _any(words, r"[\w|-]")
        numbers = {re.sub(r"\D", "", secret) for secret in worth if re.fullmatch(r"\+?[\d() ./-]{4,}", secret)}
        codes = {secret for secret in numbers if len(secret) < 10}
        self._codes = _any(codes, r"\d")
        self._phones = _any({secret[-8:] for secret in numbers - codes}, "", r"\d")
        self._base32 = _any({secret for secret in worth if re.fullmatch(r"[a-z0-9]{16,}", secret)}, "", "")

    def search(self, text: str) -> bool:
        """Whether the text contains one of the secrets, in any form."""
        left = without_placeholders(text)
        forms = {left, unquote_plus(left), html.unescape(left), _U.sub(_character, left)}
        forms |= {_as_it_looks(form) for form in forms}
        return any(self._stands_in(form) for form in forms)

    def _stands_in(self, text: str) -> bool:
        left = without_placeholders(text).lower()
        if self._drawn.search(left) or self._words.search(left):
            return True
        digits = _BETWEEN_DIGITS.sub("", left)
        if self._codes.search(digits) or self._phones.search(digits):
            return True
        return self._base32.search(_BETWEEN_LETTERS.sub("", left)) is not None


def _as_it_looks(text: str) -> str:
    """The text with wide and styled letters as plain ones, and without invisible characters."""
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")


def _character(found: re.Match[str]) -> str:
    return chr(int(found[1], 16))


def _any(values: Collection[str], before: str, after: str | None = None) -> re.Pattern[str]:
    after = before if after is None else after
    listed = "|".join(map(re.escape, sorted(values, key=len, reverse=True)))
    start, end = (f"(?<!{before})" if before else ""), (f"(?!{after})" if after else "")
    return re.compile(f"{start}(?:{listed}){end}" if listed else r"(?!)")


class _Check:
    def __init__(self, known: _Known, at: float) -> None:
        self._known = known
        self._at = at

    def interaction(self, checked: Interaction) -> Iterator[str]:
        parts = urlsplit(checked.url)
        yield from self._text("request.uri", f"{parts.scheme}://{parts.netloc}{parts.path}")
        yield from self._form("request.uri?", parts.query)
        yield from self._headers("request", checked.request_headers)
        yield from self._body("request", checked.request_headers, checked.request_body)
        yield from self._headers("response", checked.response_headers)
        yield from self._body("response", checked.response_headers, checked.response_body)

    def _headers(self, side: str, fields: Fields) -> Iterator[str]:
        for name, values in fields.items():
            where = f"{side}.headers.{name.lower()}"
            for value in values:
                yield from self._header(where, name.lower(), value)

    def _header(self, where: str, name: str, value: str) -> Iterator[str]:
        scheme, _, rest = value.partition(" ")
        if name == "authorization" and (credentials := basic_credentials(value)) is not None:
            yield from self._field(where, "client_id", credentials[0])
            yield from self._field(where, "client_secret", credentials[1])
        elif name == "authorization":
            token = scheme.lower() in ("bearer", "dpop")
            yield from self._field(where, "access_token" if token else "secret", rest or value)
        elif name in ("cookie", "set-cookie"):
            pairs = value.split(";") if name == "cookie" else value.split(";")[:1]
            for pair in pairs:
                yield from self._must(where, pair.partition("=")[2].strip())
            yield from self._text(where, value)
        else:
            yield from self._text(where, value)

    def _body(self, side: str, headers: Fields, body: bytes) -> Iterator[str]:
        where = f"{side}.body $"
        found = read_body(body, _label(headers))
        text = body.decode(errors="replace")
        if found.kind == JSON:
            yield from self._walk(where, "", found.value)
        elif found.kind in (FORM, MULTIPART):
            yield from self._pairs(where, found.pairs)
        elif found.kind is None:
            yield f"{where}: a body that is neither JSON nor a form"
            yield from self._text(where, text)
        elif text not in _BODIES:
            yield from self._text(where, text)

    def _form(self, where: str, text: str) -> Iterator[str]:
        yield from self._pairs(where, parse_qsl(text, keep_blank_values=True))

    def _pairs(self, where: str, sent: Iterable[tuple[str, str]]) -> Iterator[str]:
        for name, value in sent:
            yield from self._text(where, name)
            yield from self._field(f"{where}{path([name])[1:]}", name, value)

    def _walk(self, where: str, name: str, value: Json) -> Iterator[str]:
        if isinstance(value, dict):
            for key, item in value.items():
                yield from self._text(where, key)
                yield from self._walk(f"{where}{path([key])[1:]}", key, item)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                yield from self._walk(f"{where}[{index}]", name, item)
        elif isinstance(value, str | int | float) and not isinstance(value, bool):
            whole = isinstance(value, float) and value.is_integer()
            yield from self._field(where, name, str(int(value) if whole else value))

    def _field(self, where: str, name: str, value: str) -> Iterator[str]:
        field = _snake(name)
        if field in _CODES:
            if value and not self._is_code(value):
                yield f"{where}: a code that is none of a placeholder's"
        elif field == "name":
            if value and not is_masked(value) and not is_placeholder(value):
                yield f"{where}: a name"
        elif field == "barcode_uri":
            yield from self._otpauth(where, value)
        elif field in _MUST and not (field in _ADDRESSES and is_masked(value)):
            yield from self._must(where, value)
        yield from self._text(where, value)

    def _must(self, where: str, value: str) -> Iterator[str]:
        bare = _KIND.sub("", value, count=1).removesuffix("@clients")
        if bare and not is_placeholder(bare):
            yield f"{where}: no placeholder"

    def _otpauth(self, where: str, value: str) -> Iterator[str]:
        try:
            parts = urlsplit(value)
        except ValueError:
            return
        for part in unquote(parts.path).lstrip("/").split(":"):
            yield from self._must(f"{where} (label)", part)
        for name, setting in parse_qsl(parts.query):
            if name in ("secret", "enrollment_tx_id", "issuer"):
                yield from self._must(f"{where} ({name})", setting)

    def _is_code(self, value: str) -> bool:
        if is_placeholder(value, "code"):
            return True
        numbers = range(1, _TOTP_SECRETS + 1)
        return any(matching_step(placeholder("totp_secret", n), value, self._at, 2) is not None for n in numbers)

    def _text(self, where: str, text: str) -> Iterator[str]:
        if self._known.search(text):
            yield f"{where}: a value that is secret elsewhere"
        for name, value in _NAMED.findall(text):
            if not (is_placeholder(value) or is_placeholder(value, "code") or is_public(value)):
                yield f"{where}: something that is no placeholder beside {name!r}"
        if text.startswith("eyJ") and (parts := jwt_parts(text)) is not None and is_placeholder(text):
            yield from self._walk(f"{where} (claims)", "", parts[1])
            return
        left = without_placeholders(unquote(text))
        yield from (f"{where}: looks like {what}" for what, look in _LOOK.items() if look.search(left))
        for host in _HOST.findall(text):
            if host.lower() not in _PUBLIC and not is_placeholder(host):
                yield f"{where}: the name of a host"
        if any(_is_drawn(word) for word in _WORD.findall(left)):
            yield f"{where}: a word that looks random"
        yield from self._packed(where, left)

    def _packed(self, where: str, text: str) -> Iterator[str]:
        for word in _BASE64.findall(text):
            try:
                inside = base64.b64decode(
                    word + "=" * (-len(word) % 4), altchars=b"-_" if {"-", "_"} & set(word) else None
                )
                if self._known.search(inside.decode()):
                    yield f"{where}: a value that is secret elsewhere, in base64"
            except (binascii.Error, ValueError):
                continue


def _is_drawn(word: str) -> bool:
    counts = Counter(word)
    bits = -sum(n / len(word) * math.log2(n / len(word)) for n in counts.values())
    mixed = any(c.isdigit() for c in word) and any(c.isalpha() for c in word)
    if mixed:
        return bits > 3.2
    whole = not {"-", "_"} & set(word)
    return whole and bits > 3.6


def _label(headers: Fields) -> str:
    return next((values[0] for name, values in headers.items() if name.lower() == "content-type" and values), "")


def _snake(name: str) -> str:
    """A name in camel case or with hyphens as Auth0 writes it: ``mfa_token``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).replace("-", "_").lower()


def secrets_of(interaction: Interaction) -> set[str]:
    """The secrets in a raw interaction, found by the names of their fields."""
    found: set[str] = set()
    for fields in (interaction.request_headers, interaction.response_headers):
        for name, values in fields.items():
            if name.lower() == "authorization":
                for value in values:
                    found.update(basic_credentials(value) or [value.partition(" ")[2]])
    queries = [urlsplit(interaction.url).query]
    for headers, body in (
        (interaction.request_headers, interaction.request_body),
        (interaction.response_headers, interaction.response_body),
    ):
        read = read_body(body, _label(headers))
        found.update(_secret_leaves("", read.value))
        found.update(value for name, value in read.pairs if _snake(name) in _MUST)
        if read.kind is None:
            found.update(value for _, value in _NAMED.findall(body.decode(errors="replace")))
    for query in queries:
        found.update(value for name, value in parse_qsl(query) if _snake(name) in _MUST)
    return {value for value in found if len(value) >= 6}


def _secret_leaves(name: str, value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _secret_leaves(key, item)
    elif isinstance(value, list):
        for item in value:
            yield from _secret_leaves(name, item)
    elif isinstance(value, str) and _snake(name) in _MUST:
        yield _KIND.sub("", value, count=1)
