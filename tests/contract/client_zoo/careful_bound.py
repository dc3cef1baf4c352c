"""Right clients that bind their tokens to a key in a way of their own: none of them may be accused."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import requests
from cryptography.hazmat.primitives.asymmetric import ec

from client_zoo.binding import AsyncBindingClient, BindingClient
from client_zoo.right import DecidingClient, PollingClient
from pytest_auth0_mfa.contract.client.adapter import AuthError

Row = Mapping[str, Any]
PASSWORDS = ("password", "http://auth0.com/oauth/grant-type/passwordless/otp")


class ProvesEverywhere(BindingClient):
    """Sends a proof with every request: where the tenant reads none, it does no harm."""

    def proves(self, url: str, body: Mapping[str, Any], token: str) -> bool:
        return True


class ProvesTheFirstFactorToo(BindingClient):
    """Binds what a password or a code that was sent yields as well."""

    grants = (*BindingClient.grants, *PASSWORDS)


class RenewsBoundTokensOnly(BindingClient):
    """Sends no proof with a refresh token that it did not get itself, or as a confidential application."""

    def start(self) -> None:
        super().start()
        self.renewing: set[str] = set()

    def learn(self, url: str, headers: Mapping[str, str], decoded: Any) -> None:
        super().learn(url, headers, decoded)
        if isinstance(decoded, dict) and decoded.get("token_type") == "DPoP" and "refresh_token" in decoded:
            self.renewing.add(decoded["refresh_token"])

    def proves(self, url: str, body: Mapping[str, Any], token: str) -> bool:
        if body.get("grant_type") != "refresh_token":
            return super().proves(url, body, token)
        return "client_secret" not in self.application and body["refresh_token"] in self.renewing


class KeepsNoncesPerEndpoint(BindingClient):
    """Takes a nonce for good where it came from, and nowhere else."""

    def place(self, url: str) -> str:
        return url.partition("?")[0]


class KeepsOneNonce(BindingClient):
    """Takes a nonce for good everywhere."""

    def place(self, url: str) -> str:
        return "tenant"


class OneKeyPerLogin(BindingClient):
    """Makes a key for each second factor, and remembers which tokens are bound to it."""

    def start(self) -> None:
        super().start()
        self.keys: dict[str, ec.EllipticCurvePrivateKey] = {}

    def key_for(self, body: Mapping[str, Any], token: str) -> ec.EllipticCurvePrivateKey:
        named = token or body.get("mfa_token") or body.get("refresh_token") or ""
        if named not in self.keys:
            self.keys[named] = ec.generate_private_key(ec.SECP256R1())
        return self.keys[named]

    def tokens(self, grant_type: str, **parameters: str) -> Row:
        made = super().tokens(grant_type, **parameters)
        key = self.key_for(parameters, "")
        self.keys |= {made[name]: key for name in ("access_token", "refresh_token") if name in made}
        return made


class SaysMore(BindingClient):
    """Names its key, says when a proof ends, and hashes nothing but the token."""

    def header(self, body: Mapping[str, Any], token: str) -> dict[str, Any]:
        made = super().header(body, token)
        return {**made, "kid": "mine", "jwk": {**made["jwk"], "kid": "mine", "use": "sig", "alg": "ES256"}}

    def claims(self, method: str, url: str, token: str) -> dict[str, Any]:
        now = time.time()
        return {**super().claims(method, url, token), "iat": now, "exp": now + 60, "iss": "my-client"}


class SignsUrlsWithPortAndCapitals(BindingClient):
    """Normalizes nothing, and writes the bar in an id as it is."""

    def claims(self, method: str, url: str, token: str) -> dict[str, Any]:
        scheme, _, host, path = unquote(url).partition("?")[0].split("/", 3)
        host = host if ":" in host else f"{host}:443"
        return {**super().claims(method, url, token), "htu": f"{scheme.upper()}//{host.upper()}/{path}"}


class SmallScheme(BindingClient):
    """Writes the scheme in small letters: it is compared without case."""

    def scheme(self, token: str) -> str:
        return super().scheme(token).lower()


class TellsTheTypeInSmallLetters(BindingClient):
    """As some libraries do."""

    def tokens(self, grant_type: str, **parameters: str) -> Row:
        made = super().tokens(grant_type, **parameters)
        return {**made, "token_type": made["token_type"].lower()}


class WantsBoundTokens(BindingClient):
    """Refuses others, once it has sent a proof."""

    def tokens(self, grant_type: str, **parameters: str) -> Row:
        made = super().tokens(grant_type, **parameters)
        if grant_type in self.grants and made["token_type"] != "DPoP":
            raise AuthError("unbound_tokens", "the tokens are not bound to the key")
        return made


class RepeatsTheSameProof(BindingClient):
    """Sends a list once more, byte for byte, if the connection broke."""

    def send_once(self, method: str, url: str, **asked: Any) -> requests.Response:
        try:
            return super().send_once(method, url, **asked)
        except requests.ConnectionError:
            if method != "GET":
                raise
            return super().send_once(method, url, **asked)


class LongIdentifiers(BindingClient):
    """Its jti are URNs."""

    def claims(self, method: str, url: str, token: str) -> dict[str, Any]:
        return {**super().claims(method, url, token), "jti": uuid.uuid4().urn}


class PollsBound(BindingClient, PollingClient):
    """Waits for a push request to be answered."""


class DecidesBound(BindingClient, DecidingClient):
    """Signs a person in, from the password to bound tokens."""


class ForgetsNonces(BindingClient):
    """Meets each demand, and keeps no nonce: an observation, no violation."""

    def request(self, method: str, url: str, **more: Any) -> Any:
        try:
            return super().request(method, url, **more)
        finally:
            self.nonces.clear()


class MeetsThreeDemands(BindingClient):
    """A nonce may have grown old on its way: it gives up at the fourth demand."""

    def repeats(self, already: int) -> bool:
        return already < 3


class TriesAnotherProof(BindingClient):
    """Makes another proof of a call to a resource, should the first have come late."""

    def send_once(self, method: str, url: str, **asked: Any) -> requests.Response:
        answer = super().send_once(method, url, **asked)
        told, headers = answer.headers.get("WWW-Authenticate", ""), asked["headers"]
        if "invalid_dpop_proof" not in told or "DPoP" not in headers:
            return answer
        token = headers["Authorization"].partition(" ")[2]
        again = {**headers, "DPoP": self.proof(method, url, asked.get("json") or {}, token)}
        return super().send_once(method, url, **{**asked, "headers": again})


class NamesDemandsAsTheHeaderDoes(BindingClient):
    """Where one is not met, it says use_dpop_nonce at the user's own page too."""

    demanded = False

    def wants_a_nonce(self, status: int, headers: Mapping[str, str], decoded: Any) -> bool:
        self.demanded = super().wants_a_nonce(status, headers, decoded)
        return self.demanded

    def page(self, *args: Any, **more: Any) -> Any:
        try:
            return super().page(*args, **more)
        except AuthError as error:
            if self.demanded:
                raise AuthError("use_dpop_nonce", error.description, error.status) from error
            raise


CAREFUL_BOUND = (
    BindingClient, AsyncBindingClient, ProvesEverywhere, ProvesTheFirstFactorToo, RenewsBoundTokensOnly,
    KeepsNoncesPerEndpoint, KeepsOneNonce, OneKeyPerLogin, SaysMore, SignsUrlsWithPortAndCapitals, SmallScheme,
    TellsTheTypeInSmallLetters, WantsBoundTokens, RepeatsTheSameProof, LongIdentifiers, PollsBound,
    DecidesBound, ForgetsNonces, MeetsThreeDemands, TriesAnotherProof,
    NamesDemandsAsTheHeaderDoes,
)  # fmt: skip
