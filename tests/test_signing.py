"""Tokens are RS256 JWTs, and a fake under contract signs with a key of the contract's."""

from __future__ import annotations

import jwt
import pytest

from pytest_auth0_mfa import Tenant
from pytest_auth0_mfa.contract import fake_subject
from pytest_auth0_mfa.contract.tokens import Keys, TokenError
from pytest_auth0_mfa.signing import contract_signer, run_signer


def test_a_token_verifies_with_the_published_key() -> None:
    """An independent library finds the claims, the algorithm and the key's id."""
    signer = run_signer()
    token = signer.sign({"sub": "ada", "name": "Ada Lovelace, née Byron"})
    (key,) = jwt.PyJWKSet.from_dict(signer.jwks()).keys
    assert jwt.decode(token, key, algorithms=["RS256"]) == {"sub": "ada", "name": "Ada Lovelace, née Byron"}
    assert jwt.get_unverified_header(token) == {"alg": "RS256", "typ": "JWT", "kid": key.key_id}


def test_a_fake_under_contract_signs_with_the_contracts_key_until_it_is_closed() -> None:
    """Its tokens verify with the key that it publishes then; closing gives the tenant its own signer back."""
    tenant = Tenant()
    subject = fake_subject(tenant)
    keys = Keys(subject.handler)
    assert keys.verified(tenant.signer.sign({"sub": "ada"})) == {"sub": "ada"}
    with pytest.raises(TokenError):
        keys.verified(run_signer().sign({"sub": "ada"}))
    assert tenant.signer is contract_signer()
    subject.close()
    assert tenant.signer is run_signer()


def test_a_signer_that_a_test_chose_stays() -> None:
    """Only a tenant that nobody gave a signer to gets the contract's."""
    tenant = Tenant()
    tenant.signer = chosen = run_signer()
    subject = fake_subject(tenant)
    assert tenant.signer is chosen
    subject.close()
    assert tenant.signer is chosen
