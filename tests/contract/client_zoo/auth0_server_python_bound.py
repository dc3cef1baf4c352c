"""An adapter around auth0-server-python whose second factors bind the tokens to a key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jwcrypto import jwk

from client_zoo.auth0_server_python_client import ServerPython, answered, only_mfa_token
from client_zoo.auth0_server_python_page import PageOfServerPython


class BoundServerPython(ServerPython, PageOfServerPython):
    """The SDK takes a key with each second factor, and the same key with each bound token."""

    def __init__(self, domain: str, client_id: str, client_secret: str | None) -> None:
        ServerPython.__init__(self, domain, client_id, client_secret)
        PageOfServerPython.__init__(self, domain)
        self.key = jwk.JWK.generate(kty="EC", crv="P-256")
        self.bound: set[str] = set()

    async def refresh(self, *args: Any, **asked: Any) -> Mapping[str, Any]:
        return {**await super().refresh(*args, **asked), "token_type": "Bearer"}  # the SDK sends no proof here

    async def verify(self, mfa_token: str, **proof: str | None) -> Mapping[str, Any]:
        asked = {"mfa_token": only_mfa_token(mfa_token), **proof}
        tokens = dict((await answered(self.client.mfa.verify(asked, dpop_key=self.key))).model_dump())
        self.bound.add(tokens["access_token"])
        return tokens

    def key_of(self, token: str) -> Any:
        return self.key if token in self.bound else None
