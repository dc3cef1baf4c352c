"""Clients that bind their tokens to a key: DPoP (RFC 9449), on requests and on httpx."""

from __future__ import annotations

import hashlib
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Generator, Mapping
from typing import Any

import httpx
import jwt
import requests
from cryptography.hazmat.primitives.asymmetric import ec

from client_zoo.account_client import AccountClient, AsyncAccountClient

MFA_GRANTS = tuple("http://auth0.com/oauth/grant-type/mfa-" + kind for kind in ("otp", "oob", "recovery-code"))
TOKEN = "/oauth/token"


class Proofs:
    """Makes proofs of possession with one key, and keeps the nonces that they need."""

    grants = (*MFA_GRANTS, "refresh_token")
    """The grants that a proof is sent with."""

    def start(self) -> None:
        """Make a key; no token is bound, and no nonce is known."""
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.bound: set[str] = set()
        """The access tokens that are bound to the key."""
        self.nonces: dict[str, str] = {}

    def proving(self, method: str, url: str, body: Mapping[str, Any], token: str) -> dict[str, str]:
        """The headers for a request: the scheme of the token, and the proof if there is one."""
        named = {"Authorization": f"{self.scheme(token)} {token}"} if token else {}
        return {**named, "DPoP": self.proof(method, url, body, token)} if self.proves(url, body, token) else named

    def proves(self, url: str, body: Mapping[str, Any], token: str) -> bool:
        """Whether a request carries a proof."""
        return body.get("grant_type") in self.grants if url.endswith(TOKEN) else token in self.bound

    def scheme(self, token: str) -> str:
        """The scheme that a token is sent with."""
        return "DPoP" if token in self.bound else "Bearer"

    def proof(self, method: str, url: str, body: Mapping[str, Any], token: str) -> str:
        """A proof for one request."""
        claims = self.claims(method, url, token)
        return jwt.encode(claims, self.key_for(body, token), algorithm="ES256", headers=self.header(body, token))

    def key_for(self, body: Mapping[str, Any], token: str) -> ec.EllipticCurvePrivateKey:
        """The key that a proof is signed with."""
        return self.key

    def header(self, body: Mapping[str, Any], token: str) -> dict[str, Any]:
        """The header of a proof."""
        public = jwt.algorithms.ECAlgorithm.to_jwk(self.key_for(body, token).public_key(), as_dict=True)
        return {"typ": "dpop+jwt", "jwk": {name: public[name] for name in ("kty", "crv", "x", "y")}}

    def claims(self, method: str, url: str, token: str) -> dict[str, Any]:
        """What a proof says."""
        claims = {"jti": str(uuid.uuid4()), "htm": method, "htu": url.partition("?")[0], "iat": int(time.time())}
        if token:
            claims["ath"] = urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()
        nonce = self.nonces.get(self.place(url))
        return claims if nonce is None else {**claims, "nonce": nonce}

    def place(self, url: str) -> str:
        """Where a nonce is good: it is kept for each server of the tenant."""
        return "token" if url.endswith(TOKEN) else "resource"

    def learn(self, url: str, headers: Mapping[str, str], decoded: Any) -> None:
        """Keep the nonce of an answer, and remember which tokens are bound."""
        if "DPoP-Nonce" in headers:
            self.nonces[self.place(url)] = headers["DPoP-Nonce"]
        if isinstance(decoded, dict) and decoded.get("token_type") == "DPoP":
            self.bound.add(decoded["access_token"])

    def wants_a_nonce(self, status: int, headers: Mapping[str, str], decoded: Any) -> bool:
        """Whether an answer demands the same request with a nonce."""
        error = decoded.get("error") if isinstance(decoded, dict) else None
        demanded = error == "use_dpop_nonce" or 'error="use_dpop_nonce"' in headers.get("WWW-Authenticate", "")
        return demanded and status in (400, 401) and "DPoP-Nonce" in headers


def bearer_of(headers: Mapping[str, str] | None) -> str:
    """The token in the headers of a request."""
    return (headers or {}).get("Authorization", "").removeprefix("Bearer ")


def content_of(answer: requests.Response | httpx.Response) -> Any:
    """The body of an answer, or None if it is no JSON."""
    try:
        return answer.json() if answer.content else None
    except ValueError:
        return None


class BindingClient(Proofs, AccountClient):
    """Sends a proof with each second factor and renewal, and bound tokens with one."""

    def __init__(self, domain: str, client_id: str, client_secret: str | None) -> None:
        super().__init__(domain, client_id, client_secret)
        self.start()
        self.plainly = self.session.request
        self.session.request = self.request  # type: ignore[method-assign, assignment]

    def request(self, method: str, url: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> Any:
        """Send a request with what proves possession, once more if a nonce is demanded."""
        body, token = more.get("json") or {}, bearer_of(headers)

        def send() -> tuple[requests.Response, Any]:
            proved = self.proving(method, url, body, token)
            answer = self.send_once(method, url, headers={**(headers or {}), **proved}, **more)
            decoded = content_of(answer)
            self.learn(url, answer.headers, decoded)
            return answer, decoded

        answer, decoded = send()
        repeated = 0
        while self.repeats(repeated) and self.wants_a_nonce(answer.status_code, answer.headers, decoded):
            answer, decoded = send()
            repeated += 1
        return answer

    def send_once(self, method: str, url: str, **asked: Any) -> requests.Response:
        """Send a request that is written already."""
        return self.plainly(method, url, **asked)

    def repeats(self, already: int) -> bool:
        """Whether a call for which a nonce is demanded is made once more, after so many times."""
        return already < 1


class ProvingAuth(Proofs, httpx.Auth):
    """Adds proofs to the requests of a client."""

    requires_request_body = requires_response_body = True

    def __init__(self) -> None:
        self.start()

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send a request, once more if a nonce is demanded."""
        url, token = str(request.url), bearer_of(request.headers)
        body = dict(httpx.QueryParams(request.content.decode()))
        for _ in range(2):
            request.headers.update(self.proving(request.method, url, body, token))
            answer = yield request
            decoded = content_of(answer)
            self.learn(url, answer.headers, decoded)
            if not self.wants_a_nonce(answer.status_code, answer.headers, decoded):
                return


class AsyncBindingClient(AsyncAccountClient):
    """The same, async, on httpx."""

    def __init__(self, domain: str, client_id: str, client_secret: str | None) -> None:
        http = httpx.AsyncClient(auth=ProvingAuth(), verify=False)  # in process, where nothing is encrypted
        super().__init__(http, domain, client_id, client_secret)
