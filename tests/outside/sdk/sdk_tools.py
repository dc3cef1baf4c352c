"""What the tests of Auth0's SDKs share: a served tenant in the environment, and tokens verified by hand."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from pytest_auth0_mfa import Tenant

NODE = Path(__file__).parent / "node"


def missing(name: str, *, module: bool = True) -> None:
    """Skip, or fail where the environment promised that the package is there (tox -e sdk)."""
    text = f"{name} is not installed: tox -e sdk installs it"
    if os.environ.get("AUTH0_MFA_SDK"):
        pytest.fail(text)
    pytest.skip(text, allow_module_level=module)


def verified(tenant: Tenant, token: str, audience: str) -> dict[str, Any]:
    """The claims of a token whose signature, issuer, audience and expiry hold, judged by PyJWT.

    Keys are found by discovery, over HTTPS, with nothing trusted but the tenant's CA file.
    """
    context = ssl.create_default_context(cafile=tenant.ca_file)
    discovery = f"https://{tenant.domain}/.well-known/openid-configuration"
    with urllib.request.urlopen(discovery, context=context) as answer:
        about = json.load(answer)
    key = jwt.PyJWKClient(about["jwks_uri"], ssl_context=context).get_signing_key_from_jwt(token)
    claims: dict[str, Any] = jwt.decode(
        token,
        key.key,
        algorithms=["RS256"],
        audience=audience,
        issuer=f"https://{tenant.domain}/",
        options={"require": ["exp", "iat", "iss", "aud", "sub"]},
    )
    assert about["issuer"] == claims["iss"]
    return claims


def key_pair() -> tuple[str, str]:
    """A private key (PKCS8) and its public key, both in PEM, for private_key_jwt."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


def run_node(tenant: Tenant, script: str, **environment: str) -> str:
    """What a script below ``tests/outside/sdk/node`` printed; its failure is the test's."""
    done = subprocess.run(
        ["node", NODE / script],
        env={**os.environ, **tenant.env, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
