"""Stands for the reader's own application, which logs people in with Auth0; it calls the tenant with requests."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any

import requests

_GRANT = "http://auth0.com/oauth/grant-type/mfa-oob"


def _post(path: str, **body: Any) -> dict[str, Any]:
    url = f"https://{os.environ.get('AUTH0_DOMAIN', 'tenant.example')}{path}"
    client = {"client_id": os.environ["AUTH0_CLIENT_ID"], "client_secret": os.environ["AUTH0_CLIENT_SECRET"]}
    answer: dict[str, Any] = requests.post(url, json={**client, **body}, timeout=10).json()
    return answer


class _Login:
    def __init__(self, mfa_token: str, oob_code: str) -> None:
        self._values = {"mfa_token": mfa_token, "oob_code": oob_code}

    def confirm(self, code: str) -> Any:
        return SimpleNamespace(**_post("/oauth/token", grant_type=_GRANT, binding_code=code, **self._values))


def log_in(username: str, password: str) -> _Login:
    """The first factor, and a challenge by email."""
    mfa_token = _post("/oauth/token", grant_type="password", username=username, password=password)["mfa_token"]
    return _Login(mfa_token, _post("/mfa/challenge", mfa_token=mfa_token, challenge_type="oob")["oob_code"])
