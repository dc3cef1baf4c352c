"""Tokens are RS256 JWTs, signed with a key that libraries take, by fakes under contract too."""

from __future__ import annotations

import jwt

from pytest_auth0_mfa import Request, Tenant
from pytest_auth0_mfa.contract import fake_subject
from pytest_auth0_mfa.tenant.signing import run_signer


def test_a_token_verifies_with_the_published_key() -> None:
    """An independent library finds the claims, the algorithm and the key's id."""
    signer = run_signer()
    token = signer.sign({"sub": "ada", "name": "Ada Lovelace, née Byron"})
    (key,) = jwt.PyJWKSet.from_dict(signer.jwks()).keys
    assert jwt.decode(token, key.key, algorithms=["RS256"]) == {"sub": "ada", "name": "Ada Lovelace, née Byron"}
    assert jwt.get_unverified_header(token) == {"alg": "RS256", "typ": "JWT", "kid": key.key_id}


def test_a_fake_under_contract_publishes_a_key_that_clients_take() -> None:
    """Who stands between a fake and its contract may verify tokens, and libraries refuse less than 2048 bits."""
    subject = fake_subject(Tenant())
    published = subject.handler(Request("GET", "/.well-known/jwks.json", {})).json()
    (key,) = jwt.PyJWKSet.from_dict(published).keys
    assert key.key.key_size >= 2048
    subject.close()
