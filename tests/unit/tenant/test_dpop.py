"""Proofs of possession: how they are read and judged, and the nonces that they may need."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from pytest_auth0_mfa import Tenant
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.tenant import dpop
from pytest_auth0_mfa.tenant.jose import decoded, encoded, hashed, is_public_key, thumbprint
from pytest_auth0_mfa.tenant.signing import ProofKey, run_signer

NOW = 1_800_000_000
ADA, EVE = ProofKey("ada"), ProofKey("eve")
URL = "https://tenant.example/oauth/token"
CLAIMS = {"jti": "1", "htm": "POST", "htu": URL, "iat": NOW}
TOKEN = "an-access-token"
# Appendix A.1 of RFC 7638 is an RSA key; this one is from RFC 9449, section 6.1, with the thumbprint given there.
RFC_KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
    "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
}
RFC_THUMBPRINT = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
# The whole proof of RFC 9449, section 4.1.
RFC_PROOF = (
    "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJo"
    "RjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqd"
    "GkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTY"
    "yMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg"
)


@pytest.fixture
def tenant() -> Tenant:
    tenant = Tenant(seed=1)
    tenant.clock.freeze(NOW)
    return tenant


def fault(tenant: Tenant, proof: str, *, token: str | None = None, method: str = "POST", url: str = URL) -> str | None:
    return dpop.fault_of(tenant, dpop.read(proof), method=method, urls=[url], access_token=token)


def proof(key: ProofKey = ADA, header: dict[str, Json] | None = None, **claims: Json) -> str:
    """A right proof but for the members that are given; a member that is None is left out."""
    members = [{**ADA.header, "jwk": key.jwk, **(header or {})}, {**CLAIMS, **claims}]
    head, body = ({name: value for name, value in part.items() if value is not None} for part in members)
    return key.sign(head, body)


# -- keys ------------------------------------------------------------------------------------------


def test_the_thumbprint_of_a_key_is_that_of_the_standard() -> None:
    """The order of its members, and members that are not part of the key, do not count."""
    assert thumbprint(RFC_KEY) == RFC_THUMBPRINT
    turned = dict(reversed(RFC_KEY.items()))
    assert thumbprint({**turned, "kid": "k", "use": "sig", "alg": "ES256"}) == RFC_THUMBPRINT


def test_a_proof_key_is_the_same_in_every_process() -> None:
    """Its name alone decides; another name gives another key."""
    assert ProofKey("ada").jkt == ADA.jkt == "iMUQuxzz_XKcItf6QWrRO0rrVuO1ns6kCUYDXEdQSqQ"
    assert EVE.jkt != ADA.jkt
    assert set(ADA.jwk) == {"kty", "crv", "x", "y"}
    assert is_public_key(ADA.jwk)
    assert not is_public_key(ADA.private_jwk())


@pytest.mark.parametrize(
    "changed",
    [{"kty": "RSA"}, {"crv": "P-384"}, {"x": "AA"}, {"x": None}, {"y": 7}, {"y": "A" * 44}, {"d": "AA"}, {"x": "ü"}],
)
def test_what_is_no_public_key_on_the_curve(changed: dict[str, Json]) -> None:
    """Another kind of key, a coordinate of another length, or a private key."""
    assert not is_public_key({**ADA.jwk, **changed})


@pytest.mark.parametrize("value", [None, 7, [], "EC"])
def test_a_key_is_an_object(value: Json) -> None:
    """Anything else is none."""
    assert not is_public_key(value)


@pytest.mark.parametrize("text", ["AA==", "A A", "A+/A", "ü", 7, None, "A"])
def test_base64url_has_no_padding_and_no_other_characters(text: Json) -> None:
    """What is not base64url stands for nothing."""
    assert decoded(text) is None


def test_base64url_and_back() -> None:
    """Any bytes can be written and read again."""
    assert decoded(encoded(bytes(range(256)))) == bytes(range(256))
    assert hashed("") == "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"


# -- signatures ------------------------------------------------------------------------------------


def test_the_signer_knows_what_a_key_has_signed() -> None:
    """The example of the standard is right; with another key or another content it is not."""
    signer = run_signer()
    assert signer.proven(RFC_PROOF, RFC_KEY)
    assert not signer.proven(RFC_PROOF, ADA.jwk)
    head, _, signature = RFC_PROOF.split(".")
    assert not signer.proven(f"{head}.{encoded(b'{}')}.{signature}", RFC_KEY)
    assert not signer.proven(RFC_PROOF, {**RFC_KEY, "y": RFC_KEY["x"]})  # not on the curve
    assert not signer.proven("a.b", RFC_KEY)


# -- reading ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "", "eyJ", "a.b", "a.b.c", "..", "e30.e30.e30.e30.e30", "W10.e30.AA", "e30.W10.AA", "e30.e30.=", "e30.bm8.AA",
        f"{RFC_PROOF}, {RFC_PROOF}", f" {RFC_PROOF}",
    ],
)  # fmt: skip
def test_what_is_not_one_jwt(tenant: Tenant, text: str) -> None:
    """Two proofs, or texts that are not three parts of which two are objects."""
    assert dpop.read(text) is None
    assert fault(tenant, text) == "the header DPoP does not hold one JWT"


def test_a_proof_that_is_read() -> None:
    """Header, claims, and the thumbprint of the key."""
    read = dpop.read(RFC_PROOF)
    assert read is not None
    assert (read.jkt, read.header["typ"], read.claims["jti"]) == (RFC_THUMBPRINT, "dpop+jwt", "-BwC3ESc6acc2lTc")
    without = dpop.read("e30.e30.AA")
    assert without is not None
    assert without.jkt == ""


# -- what is wrong ---------------------------------------------------------------------------------


def _rsa(claims: dict[str, Json]) -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    return jwt.encode(claims, key, "RS256", {"typ": "dpop+jwt", "jwk": public})


WRONG: dict[str, tuple[Callable[[], str], str]] = {
    "typ": (lambda: proof(header={"typ": "JWT"}), "typ"),
    "no typ": (lambda: proof(header={"typ": None}), "typ"),
    "alg none": (lambda: proof(header={"alg": "none"}), "alg"),
    "RSA": (lambda: _rsa(CLAIMS), "alg"),
    "no jwk": (lambda: proof(header={"jwk": None}), "jwk"),
    "jwk as a text": (lambda: proof(header={"jwk": "EC"}), "jwk"),
    "another curve": (lambda: proof(header={"jwk": {**ADA.jwk, "crv": "P-384"}}), "jwk"),
    "private": (lambda: proof(header={"jwk": ADA.private_jwk()}), "private key"),
    "another key": (lambda: proof(header={"jwk": EVE.jwk}), "signature"),
    "signature cut": (lambda: proof()[:-4], "signature"),
    "other claims": (lambda: _swapped(proof(), proof(jti="2")), "signature"),
    "method": (lambda: proof(htm="GET"), "htm"),
    "method in small letters": (lambda: proof(htm="post"), "htm"),
    "no method": (lambda: proof(htm=None), "htm"),
    "another path": (lambda: proof(htu="https://tenant.example/oauth/revoke"), "htu"),
    "another host": (lambda: proof(htu="https://tenant.example.org/oauth/token"), "htu"),
    "http": (lambda: proof(htu="http://tenant.example/oauth/token"), "htu"),
    "another port": (lambda: proof(htu="https://tenant.example:8443/oauth/token"), "htu"),
    "a slash more": (lambda: proof(htu=f"{URL}/"), "htu"),
    "path in capitals": (lambda: proof(htu="https://tenant.example/OAuth/token"), "htu"),
    "no URL": (lambda: proof(htu=None), "htu"),
    "URL as a number": (lambda: proof(htu=7), "htu"),
    "URL with half a character": (lambda: proof(htu=f"{URL}\ud800"), "htu"),
    "no such URL": (lambda: proof(htu="https://[::1"), "htu"),
    "too old": (lambda: proof(iat=NOW - 301), "another time"),
    "too early": (lambda: proof(iat=NOW + 31), "another time"),
    "in milliseconds": (lambda: proof(iat=NOW * 1000), "another time"),
    "no time": (lambda: proof(iat=None), "iat"),
    "time as a text": (lambda: proof(iat=str(NOW)), "iat"),
    "time as a flag": (lambda: proof(iat=True), "iat"),
    "no jti": (lambda: proof(jti=None), "jti"),
    "empty jti": (lambda: proof(jti=""), "jti"),
    "no time at all": (lambda: proof(iat=float("inf")), "JWT"),
    "a time that is far away": (lambda: proof(iat=10**400), "another time"),
    "jti as a number": (lambda: proof(jti=1), "jti"),
}


def _swapped(one: str, other: str) -> str:
    head, claims, _ = one.split(".")
    return f"{head}.{claims}.{other.rpartition('.')[2]}"


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_with_a_proof(tenant: Tenant, name: str) -> None:
    """Each claim and each member of the header is checked, and the fault says which; it quotes nothing."""
    make, told = WRONG[name]
    text = make()
    found = fault(tenant, text)
    assert found is not None
    assert told in found
    assert text not in found


@pytest.mark.parametrize(
    "claims",
    [
        {"iat": NOW - 300}, {"iat": NOW + 30}, {"iat": NOW - 0.25}, {"htu": f"{URL}?a=b#c"}, {"htu": "HTTPS://TENANT.example/oauth/token"},
        {"htu": "https://tenant.example:443/oauth/token"}, {"htu": "https://tenant.example/%6Fauth/token"},
        {"ath": "anything"}, {"nonce": "unknown"}, {"own": {"a": [1]}},
    ],
)  # fmt: skip
def test_what_is_right_too(tenant: Tenant, claims: dict[str, Any]) -> None:
    """The edges of its life, a fraction of a second, another spelling of the URL, and claims that do not matter."""
    assert fault(tenant, proof(**claims)) is None
    assert fault(tenant, proof(header={"jwk": {**ADA.jwk, "kid": "k"}}, **claims)) is None


def test_the_life_of_a_proof_is_the_profiles() -> None:
    """A minute here."""
    tenant = Tenant(profile={"dpop_proof_lifetime": 60})
    tenant.clock.freeze(NOW)
    assert fault(tenant, proof(iat=NOW - 60)) is None
    assert "another time" in str(fault(tenant, proof(iat=NOW - 61)))


def test_escapes_in_a_url_are_compared_by_what_they_stand_for(tenant: Tenant) -> None:
    """The bar of an id is sent raw or escaped, in small or capital hexadecimal digits."""
    for sent in ("sms|dev_x", "sms%7Cdev_x", "sms%7cdev_x"):
        for signed in ("sms|dev_x", "sms%7Cdev_x", "sms%7cdev_x"):
            url, text = f"https://tenant.example/mfa/{sent}", proof(htu=f"https://tenant.example/mfa/{signed}")
            assert fault(tenant, text, url=url) is None
    other = proof(htu="https://tenant.example/mfa/sms%7Cdev_y")
    assert fault(tenant, other, url="https://tenant.example/mfa/sms|dev_x") is not None


@pytest.mark.parametrize(
    "ath", [None, "", hashed("another"), base64.urlsafe_b64encode(b"\0" * 32).decode(), hashed(TOKEN) + "="]
)
def test_a_proof_beside_an_access_token_holds_its_hash(tenant: Tenant, ath: str | None) -> None:
    """The hash of this very token, without padding."""
    assert fault(tenant, proof(ath=hashed(TOKEN)), token=TOKEN) is None
    assert "ath" in str(fault(tenant, proof(ath=ath), token=TOKEN))


# -- used proofs and nonces ------------------------------------------------------------------------


def test_a_proof_is_good_for_one_call(tenant: Tenant) -> None:
    """The same `jti` is refused as long as the proof would be accepted; another key may have it too."""

    def use(text: str) -> bool:
        read = dpop.read(text)
        assert read is not None
        return dpop.remember(tenant, read)

    assert use(proof())
    assert not use(proof())
    assert use(proof(jti="2"))
    assert use(proof(EVE))
    tenant.clock.advance(300)
    assert not use(proof())
    tenant.clock.advance(1)
    assert use(proof(iat=NOW + 301))
    tenant.reset()
    assert use(proof())


def test_a_nonce_is_good_for_its_life(tenant: Tenant) -> None:
    """Until half of it is over the same nonce is sent; each is good for the whole."""
    first = dpop.fresh_nonce(tenant)
    tenant.clock.advance(149)
    assert dpop.fresh_nonce(tenant) == first
    tenant.clock.advance(1)
    second = dpop.fresh_nonce(tenant)
    assert second != first
    tenant.clock.advance(149)
    assert dpop.is_good_nonce(tenant, first)
    tenant.clock.advance(1)
    assert not dpop.is_good_nonce(tenant, first)
    assert dpop.is_good_nonce(tenant, second)
    for other in (None, 7, "", [first], f"{second}x"):
        assert not dpop.is_good_nonce(tenant, other)
    tenant.reset()
    assert not dpop.is_good_nonce(tenant, second)


def test_used_proofs_and_nonces_are_bounded(tenant: Tenant) -> None:
    """Like tokens: a server that runs for days keeps the newest."""
    for number in range(15_000):
        tenant.tokens.proofs[str(number)] = NOW
        tenant.tokens.nonces[str(number)] = NOW
    assert len(tenant.tokens.proofs) == len(tenant.tokens.nonces) <= 12_500
