"""Tokens are RS256 JWTs, signed with a key that libraries take, by fakes under contract too."""

from __future__ import annotations

import base64
import hashlib

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from pytest_auth0_mfa import Request, Tenant
from pytest_auth0_mfa.contract import fake_subject
from pytest_auth0_mfa.tenant.signing import run_signer


def test_a_token_verifies_with_the_published_key() -> None:
    """An independent library finds the claims, the algorithm and the key's id."""
    signer = run_signer()
    token = signer.sign({"sub": "ada", "name": "Ada Lovelace, née Byron"})
    key, following = jwt.PyJWKSet.from_dict(signer.jwks()).keys
    assert jwt.decode(token, key.key, algorithms=["RS256"]) == {"sub": "ada", "name": "Ada Lovelace, née Byron"}
    assert jwt.get_unverified_header(token) == {"alg": "RS256", "typ": "JWT", "kid": key.key_id}
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(token, following.key, algorithms=["RS256"])


def test_the_set_has_two_keys_with_their_certificates() -> None:
    """As Auth0 publishes them: entry D-32 of the contract. The certificate holds the same key."""
    keys = run_signer().jwks()["keys"]
    assert len({key["kid"] for key in keys}) == 2
    for key in keys:
        assert list(key) == ["kty", "use", "n", "e", "kid", "x5t", "x5c", "alg"]
        (der,) = (base64.b64decode(text) for text in key["x5c"])
        digest = base64.urlsafe_b64encode(hashlib.sha1(der).digest()).decode().rstrip("=")
        assert key["x5t"] == digest
        public = x509.load_der_x509_certificate(der).public_key()
        assert isinstance(public, rsa.RSAPublicKey)
        number = base64.urlsafe_b64decode(key["n"] + "==")
        assert public.public_numbers().n == int.from_bytes(number)


def test_a_fake_under_contract_publishes_a_key_that_clients_take() -> None:
    """Who stands between a fake and its contract may verify tokens, and libraries refuse less than 2048 bits."""
    subject = fake_subject(Tenant())
    published = subject.handler(Request("GET", "/.well-known/jwks.json", {})).json()
    for key in jwt.PyJWKSet.from_dict(published).keys:
        assert key.key.key_size >= 2048
    subject.close()
