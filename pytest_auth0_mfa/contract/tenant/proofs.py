"""Proofs of possession (DPoP): each side signs its own, right or spoilt in one way."""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from pytest_auth0_mfa.messages import Json, encode

from .values import Side, Value, resolve

if TYPE_CHECKING:
    from pytest_auth0_mfa.tenant.signing import ProofKey

HOUR: Final = 3600
DAY: Final = 24 * HOUR


@cache
def key(name: str) -> ProofKey:
    """The key of this name: the same one in each process, and on both sides."""
    from pytest_auth0_mfa.tenant.signing import ProofKey  # not before a proof is made: most runs of pytest make none

    return ProofKey(name)


@dataclass(slots=True)
class Draft:
    """A proof before it is signed."""

    key: ProofKey
    header: dict[str, Json]
    claims: dict[str, Json]
    token: str | None
    """The access token that it goes with."""

    def signed(self) -> str:
        """The proof."""
        return self.key.sign(self.header, self.claims)


@dataclass(slots=True, eq=False)
class ProofTemplate:
    """A proof that each side makes for its own request and time."""

    key: ProofKey
    nonce: Value = None
    spoil: str = ""
    """What is unusual about it: a name of `SPOILS`."""
    age: float = 0
    """How many seconds ago it says that it was made."""
    again: ProofTemplate | None = None
    """The proof that is sent once more, to the letter, instead of a new one."""
    jti_of: ProofTemplate | None = None
    """The proof whose `jti` this new one has."""
    made: list[str] = field(default_factory=lambda: ["", ""])
    """What was sent last, by side."""
    jti: list[str] = field(default_factory=lambda: ["", ""])
    """Its `jti`, by side."""

    @property
    def told(self) -> str:
        """What is unusual about it, in words; ``""`` if nothing is."""
        if self.again is not None:
            return "used before"
        parts = [] if self.key is key("ada") else ["with another key"]
        parts += [self.spoil] if self.spoil else []
        parts += ["with the jti of an earlier one"] if self.jti_of is not None else []
        if self.age:
            parts.append(f"made {abs(self.age):g} s {'ago' if self.age > 0 else 'later'}")
        return ", ".join(parts)

    def on(self, side: Side, method: str, target: str, token: str | None, nonce: str | None = None) -> str:
        """The value of the header ``DPoP`` on one side. ``nonce``: instead of its own."""
        at = side.index
        if self.again is not None:
            self.made[at] = self.again.made[at]
            return self.made[at]
        self.jti[at] = secrets.token_urlsafe(12) if self.jti_of is None else self.jti_of.jti[at]
        claims: dict[str, Json] = {
            "jti": self.jti[at],
            "htm": method,
            "htu": f"https://{side.domain}{target.partition('?')[0]}",
            "iat": int(side.now() - self.age),
        }
        given = nonce if nonce is not None else resolve(self.nonce, side)
        if given is not None:
            claims["nonce"] = given
        if token is not None:
            claims["ath"] = _base64(sha256(token.encode()).digest())
        header: dict[str, Json] = {"typ": "dpop+jwt", "alg": "ES256", "jwk": dict(self.key.jwk)}
        self.made[at] = SPOILS[self.spoil](Draft(self.key, header, claims, token))
        return self.made[at]


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


Make = Callable[[Draft], str]
_OMIT: Final = object()


def _changed(members: dict[str, Json], changes: dict[str, object]) -> None:
    for name, value in changes.items():
        if value is _OMIT:
            members.pop(name, None)
        else:
            members[name] = value


def _header(**changes: object) -> Make:
    def make(draft: Draft) -> str:
        _changed(draft.header, changes)
        return draft.signed()

    return make


def _claims(**changes: object) -> Make:
    def make(draft: Draft) -> str:
        _changed(draft.claims, changes)
        return draft.signed()

    return make


def _claim(name: str, change: Callable[[Json], Json]) -> Make:
    def make(draft: Draft) -> str:
        if name in draft.claims:
            draft.claims[name] = change(draft.claims[name])
        return draft.signed()

    return make


def _jwk(change: Callable[[ProofKey], dict[str, Json]]) -> Make:
    def make(draft: Draft) -> str:
        draft.header["jwk"] |= change(draft.key)
        return draft.signed()

    return make


def _text(change: Callable[[str], str]) -> Make:
    return lambda draft: change(draft.signed())


def _unsigned(draft: Draft) -> str:
    draft.header["alg"] = "none"
    return draft.signed().rpartition(".")[0] + "."


def _symmetric(draft: Draft) -> str:
    """Signed with a secret that the proof itself tells: it proves nothing."""
    draft.header |= {"alg": "HS256", "jwk": {"kty": "oct", "k": _base64(b"known to everybody who reads")}}
    signed = f"{_base64(encode(draft.header).encode())}.{_base64(encode(draft.claims).encode())}"
    return f"{signed}.{_base64(hmac.digest(b'known to everybody who reads', signed.encode(), 'sha256'))}"


def _other_claims(draft: Draft) -> str:
    header, _, signature = draft.signed().split(".")
    claims = {**draft.claims, "jti": f"{draft.claims['jti']}x"}
    return f"{header}.{_base64(encode(claims).encode())}.{signature}"


def _twice(draft: Draft) -> str:
    """Two fields of a request, as they are joined: RFC 9110, section 5.3."""
    first = draft.signed()
    draft.claims["jti"] = f"{draft.claims['jti']}x"
    return f"{first}, {draft.signed()}"


def _ath(change: Callable[[bytes], str]) -> Make:
    def make(draft: Draft) -> str:
        draft.claims["ath"] = change(sha256((draft.token or "none").encode()).digest())
        return draft.signed()

    return make


def _another_of(key_of_proof: ProofKey) -> ProofKey:
    return key("eve" if key_of_proof.jkt == key("ada").jkt else "ada")


def _host(change: Callable[[str], str]) -> Make:
    return _claim("htu", lambda url: url.replace(urlsplit(url).netloc, change(urlsplit(url).netloc), 1))


WRONG: Final[dict[str, Make]] = {
    "typ JWT": _header(typ="JWT"),
    "typ missing": _header(typ=_OMIT),
    "alg none": _unsigned,
    "alg HS256": _symmetric,
    "alg RS256": _header(alg="RS256"),
    "jwk missing": _header(jwk=_OMIT),
    "jwk private": _jwk(lambda own: {"d": _base64(bytes(31) + b"\x07")}),
    "jwk of another key": _jwk(lambda own: dict(_another_of(own).jwk)),
    "signature cut": _text(lambda text: text[:-4]),
    "signature missing": _text(lambda text: text.rpartition(".")[0] + "."),
    "signature of other claims": _other_claims,
    "htm of another method": _claim("htm", lambda method: "POST" if method == "GET" else "GET"),
    "htm missing": _claims(htm=_OMIT),
    "htu of another path": _claim("htu", lambda url: url.rpartition("/")[0] + "/elsewhere"),
    "htu longer": _claim("htu", lambda url: url + "x"),
    "htu with a slash more": _claim("htu", lambda url: url + "/"),
    "htu of another host": _host(lambda host: f"other.{host}"),
    "htu http": _claim("htu", lambda url: url.replace("https://", "http://", 1)),
    "htu without a host": _claim("htu", lambda url: urlsplit(url).path),
    "htu missing": _claims(htu=_OMIT),
    "iat a day old": _claim("iat", lambda at: at - DAY),
    "iat an hour ahead": _claim("iat", lambda at: at + HOUR),
    "iat missing": _claims(iat=_OMIT),
    "iat a text": _claim("iat", str),
    "jti missing": _claims(jti=_OMIT),
    "two proofs": _twice,
    "not a proof": lambda draft: "not-a-proof",
}
"""Proofs that no tenant may accept: RFC 9449, section 4.3."""
WRONG_AT_RESOURCES: Final[dict[str, Make]] = {
    "ath missing": _claims(ath=_OMIT),
    "ath of another token": _ath(lambda digest: _base64(sha256(digest).digest())),
    "ath in hex": _ath(bytes.hex),
}
"""Those with an access token that none may accept."""
WRONG_BY_A_HAIR: Final[dict[str, Make]] = {
    "htm in small letters": _claim("htm", str.lower),
    "jti empty": _claims(jti=""),
    "jti a number": _claims(jti=7),
    "iat true": _claims(iat=True),
    "signature longer": _text(lambda text: text + "AAAA"),
    "a point more": _text(lambda text: text + "."),
    "a comma after": _text(lambda text: text + ","),
}
"""Proofs that the fake does not accept, although another tenant may not look so closely."""
PADDED: Final[dict[str, Make]] = {"ath padded": _ath(lambda digest: base64.urlsafe_b64encode(digest).decode())}
"""The one of those that needs an access token."""
RIGHT: Final[dict[str, Make]] = {
    "iat with a fraction": _claim("iat", lambda at: at - 0.75),
    "kid in the jwk": _jwk(lambda own: {"kid": "one", "use": "sig", "alg": "ES256"}),
    "more claims": _claims(exp=4102444800, nbf=0, x_beta=True),
    "jti of an SDK": _claim("jti", lambda jti: f"{jti.upper()}-1C0F-4B2A-9D3E-5F60718293A4"),
}
"""Unusual proofs that every tenant has to accept: the guide's own sample makes times with fractions, and the key of an
SDK may have further members."""
RIGHT_BY_A_HAIR: Final[dict[str, Make]] = {
    "htu with a query": _claim("htu", lambda url: url + "?trace=1#there"),
    "htu with the port 443": _host(lambda host: host if ":" in host else f"{host}:443"),
    "htu in capitals": _host(str.upper),
    "ath at the token endpoint": _ath(_base64),
}
"""Those that a tenant should accept: RFC 9449, section 4.3, recommends that URLs are normalized."""
SPOILS: Final[dict[str, Make]] = {
    "": Draft.signed,
    **WRONG,
    **WRONG_AT_RESOURCES,
    **WRONG_BY_A_HAIR,
    **PADDED,
    **RIGHT,
    **RIGHT_BY_A_HAIR,
}
"""Name -> the proof that is made so."""


def wrong_ones(*, at_resource: bool, strict: bool) -> tuple[str, ...]:
    """The names of the proofs that are refused. ``strict``: also those that another tenant may accept."""
    closely = {**WRONG_BY_A_HAIR, **(PADDED if at_resource else {})} if strict else {}
    return (*WRONG, *(WRONG_AT_RESOURCES if at_resource else {}), *closely)


def right_ones(*, at_resource: bool, strict: bool) -> tuple[str, ...]:
    """The names of the unusual proofs that are accepted."""
    closely = [name for name in RIGHT_BY_A_HAIR if not (at_resource and name.startswith("ath"))] if strict else []
    return (*RIGHT, *closely)
