"""Clients that bind their tokens to a key, and do it wrongly."""

from __future__ import annotations

import asyncio
import logging
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncGenerator, Mapping
from typing import Any
from urllib.parse import unquote

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from requests.structures import CaseInsensitiveDict

from client_zoo.account_client import AsyncAccountClient
from client_zoo.binding import MFA_GRANTS, TOKEN, BindingClient, ProvingAuth, bearer_of, content_of
from client_zoo.careful_bound import OneKeyPerLogin
from client_zoo.entries import broken
from pytest_auth0_mfa.contract.client.adapter import AuthError

Row = Mapping[str, Any]
log = logging.getLogger("client")


class Claiming(BindingClient):
    """Says something else in its proofs."""

    def other(self, method: str, url: str, token: str) -> dict[str, Any]:
        return {}

    def claims(self, method: str, url: str, token: str) -> dict[str, Any]:
        return {**super().claims(method, url, token), **self.other(method, url, token)}


class Heading(BindingClient):
    """Says something else in the headers of its proofs."""

    def other(self, body: Mapping[str, Any], token: str) -> dict[str, Any]:
        return {}

    def header(self, body: Mapping[str, Any], token: str) -> dict[str, Any]:
        return {**super().header(body, token), **self.other(body, token)}


# -- no proof ------------------------------------------------------------------------------------


@broken("MFA133", dpop=True)
class ProvesNothingAtTheMfaGrants(BindingClient):
    grants = ("refresh_token",)


@broken("MFA133", dpop=True)
class ProvesNothingWithRecoveryCodes(BindingClient):
    grants = (*MFA_GRANTS[:2], "refresh_token")


@broken("MFA133", dpop=True)
class ProvesTheFirstPollOnly(BindingClient):
    polled = ""

    def proves(self, url: str, body: Mapping[str, Any], token: str) -> bool:
        before, self.polled = self.polled, body.get("oob_code", "")
        return super().proves(url, body, token) and (not before or before != self.polled)


@broken("MFA133", dpop=True)
class SendsTheProofInTheBody(BindingClient):
    def tokens(self, grant_type: str, **parameters: str) -> Row:
        proof = self.proof("POST", self.base + TOKEN, {}, "")
        return super().tokens(grant_type, **parameters, dpop=proof)

    def proves(self, url: str, body: Mapping[str, Any], token: str) -> bool:
        return not url.endswith(TOKEN) and super().proves(url, body, token)


@broken("MFA133", dpop=True)
class RenewsWithoutProof(BindingClient):
    grants = MFA_GRANTS


@broken("MFA133", dpop=True)
class RenewsForAnApiWithoutProof(BindingClient):
    def proves(self, url: str, body: Mapping[str, Any], token: str) -> bool:
        return "audience" not in body and super().proves(url, body, token)


@broken("MFA133", dpop=True)
class GivesUpAfterAnUnboundToken(BindingClient):
    """An API that binds none is taken for a tenant that does not."""

    given_up = False

    def learn(self, url: str, headers: Mapping[str, str], decoded: Any) -> None:
        super().learn(url, headers, decoded)
        if isinstance(decoded, dict) and decoded.get("token_type") == "Bearer" and self.proved:
            self.given_up = True

    def proves(self, url: str, body: Mapping[str, Any], token: str) -> bool:
        self.proved = not self.given_up and super().proves(url, body, token)
        return self.proved


@broken("MFA133", dpop=True)
class SendsBoundTokensWithoutProof(BindingClient):
    def proves(self, url: str, body: Mapping[str, Any], token: str) -> bool:
        return url.endswith(TOKEN) and super().proves(url, body, token)


# -- a wrong proof ---------------------------------------------------------------------------------


@broken("MFA135", dpop=True)
class OneProofForAll(BindingClient):
    made = ""

    def proof(self, method: str, url: str, body: Mapping[str, Any], token: str) -> str:
        if not url.endswith(TOKEN):
            return super().proof(method, url, body, token)
        self.made = self.made or super().proof(method, url, body, token)
        return self.made


@broken("MFA135", dpop=True)
class OneIdentifierForAll(Claiming):
    def other(self, method: str, url: str, token: str) -> dict[str, Any]:
        return {"jti": "my-proof"}


@broken("MFA135", dpop=True)
class TakesTheTimeForAnIdentifier(Claiming):
    """Two calls of the same hour have the same."""

    def other(self, method: str, url: str, token: str) -> dict[str, Any]:
        return {"jti": f"proof-{time.time() // 3600}"}


@broken("MFA135", dpop=True)
class RepeatsTheProofAfterARateLimit(BindingClient):
    """Waits as long as it should, and sends the same headers."""

    def send_once(self, method: str, url: str, **asked: Any) -> Any:
        answer = super().send_once(method, url, **asked)
        if answer.status_code != 429 or "Retry-After" not in answer.headers:
            return answer
        time.sleep(int(answer.headers["Retry-After"]))
        return super().send_once(method, url, **asked)


@broken("MFA134", dpop=True)
class NoIdentifier(Claiming):
    def other(self, method: str, url: str, token: str) -> dict[str, Any]:
        return {"jti": None}


@broken("MFA134", dpop=True)
class SignsForTheWrongUrl(Claiming):
    def other(self, method: str, url: str, token: str) -> dict[str, Any]:
        return {"htu": url.removesuffix(TOKEN)}


@broken("MFA134", dpop=True)
class SignsForThePathAlone(Claiming):
    def other(self, method: str, url: str, token: str) -> dict[str, Any]:
        return {"htu": "/" + url.split("/", 3)[3]}


@broken("MFA134", dpop=True)
class SignsForTheTokenEndpointEverywhere(Claiming):
    def other(self, method: str, url: str, token: str) -> dict[str, Any]:
        return {"htu": "/".join(url.split("/")[:3]) + TOKEN}


@broken("MFA134", dpop=True)
class SignsForTheUrlWithItsQuery(Claiming):
    def other(self, method: str, url: str, token: str) -> dict[str, Any]:
        return {"htu": url}


@broken("MFA134", dpop=True)
class SignsForAPlaceOnThePage(Claiming):
    """Leaves a fragment in the URL."""

    def other(self, method: str, url: str, token: str) -> dict[str, Any]:
        return {"htu": url.partition("?")[0] + "#"}


@broken("MFA134", dpop=True)
class SignsForPlainHttp(Claiming):
    def other(self, method: str, url: str, token: str) -> dict[str, Any]:
        return {"htu": url.replace("https:", "http:")}


@broken("MFA134", dpop=True)
class SignsForGet(Claiming):
    def other(self, method: str, url: str, token: str) -> dict[str, Any]:
        return {"htm": "GET"}


@broken("MFA134", dpop=True)
class SignsTheMethodInSmallLetters(Claiming):
    def other(self, method: str, url: str, token: str) -> dict[str, Any]:
        return {"htm": method.lower()}


@broken("MFA134", dpop=True)
class SignsInMilliseconds(Claiming):
    def other(self, method: str, url: str, token: str) -> dict[str, Any]:
        return {"iat": int(time.time() * 1000)}


@broken("MFA134", dpop=True)
class SignsAnHourLater(Claiming):
    """Takes its local time for UTC."""

    def other(self, method: str, url: str, token: str) -> dict[str, Any]:
        return {"iat": int(time.time()) + 3600}


@broken("MFA134", dpop=True)
class SignsTheTimeAsText(Claiming):
    def other(self, method: str, url: str, token: str) -> dict[str, Any]:
        return {"iat": str(int(time.time()))}


@broken("MFA134", dpop=True)
class ForgetsTheHash(Claiming):
    def other(self, method: str, url: str, token: str) -> dict[str, Any]:
        return {"ath": None}


@broken("MFA134", dpop=True)
class HashesTheWrongToken(Claiming):
    first = ""

    def other(self, method: str, url: str, token: str) -> dict[str, Any]:
        if not token:
            return {}
        self.first = self.first or BindingClient.claims(self, method, url, token[::-1])["ath"]
        return {"ath": self.first}


@broken("MFA134", dpop=True)
class PadsTheHash(BindingClient):
    def claims(self, method: str, url: str, token: str) -> dict[str, Any]:
        made = super().claims(method, url, token)
        return {**made, "ath": made["ath"] + "="} if "ath" in made else made


@broken("MFA134", dpop=True)
class SignsWithANewKeyEachTime(BindingClient):
    """Makes a key whenever it is started, and is started for each renewal."""

    def refresh(self, refresh_token: str, *, audience: str | None = None, scope: str | None = None) -> Row:
        self.key = ec.generate_private_key(ec.SECP256R1())
        return super().refresh(refresh_token, audience=audience, scope=scope)


@broken("MFA134", dpop=True)
class MakesAKeyAfterARefusal(BindingClient):
    """Begins anew when a grant is refused, although others' tokens are bound to the key."""

    error = "invalid_grant"

    def tokens(self, grant_type: str, **parameters: str) -> Row:
        try:
            return super().tokens(grant_type, **parameters)
        except AuthError as error:
            if error.error == self.error:
                self.key = ec.generate_private_key(ec.SECP256R1())
            raise


@broken("MFA134", dpop=True)
class MakesAKeyAfterARefusedProof(MakesAKeyAfterARefusal):
    error = "invalid_dpop_proof"


@broken("MFA134", dpop=True)
class ForgetsItsKeyWhenItRevokes(BindingClient):
    def revoke(self, refresh_token: str) -> None:
        super().revoke(refresh_token)
        self.key = ec.generate_private_key(ec.SECP256R1())


class KeepingAuth(ProvingAuth):
    """Waits for a service that signs, and keeps meanwhile what it is to sign."""

    asked: tuple[str, str, str]
    """Method, URL and token."""

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        body = dict(httpx.QueryParams((await request.aread()).decode()))
        own, url = bearer_of(request.headers), str(request.url)
        for _ in range(2):
            self.asked = request.method, url, own
            await asyncio.sleep(0)
            request.headers.update(self.proving(request.method, url, body, own))
            method, there, token = self.asked
            if own in self.bound and token in self.bound:
                request.headers["DPoP"] = self.proof(method, there, body, token)
            answer = yield request
            await answer.aread()
            decoded = content_of(answer)
            self.learn(url, answer.headers, decoded)
            if not self.wants_a_nonce(answer.status_code, answer.headers, decoded):
                return


@broken("MFA134", dpop=True)  # type: ignore[arg-type]
class KeepsWhatItSigns(AsyncAccountClient):
    """Of two calls at once each may get the proof of the other."""

    def __init__(self, domain: str, client_id: str, client_secret: str | None) -> None:
        http = httpx.AsyncClient(auth=KeepingAuth(), verify=False)
        super().__init__(http, domain, client_id, client_secret)


@broken("MFA134", dpop=True)
class UsesTheNewestKey(OneKeyPerLogin):
    """Makes a key for each login, and signs everything with the latest one."""

    def key_for(self, body: Mapping[str, Any], token: str) -> ec.EllipticCurvePrivateKey:
        key = super().key_for(body, token)
        return list(self.keys.values())[-1] if token else key


@broken("MFA134", dpop=True)
class SignsForResourcesWithAnotherKey(BindingClient):
    def start(self) -> None:
        super().start()
        self.second = ec.generate_private_key(ec.SECP256R1())

    def key_for(self, body: Mapping[str, Any], token: str) -> ec.EllipticCurvePrivateKey:
        return self.second if token else self.key


@broken("MFA134", dpop=True)
class NamesAnotherKey(Heading):
    def other(self, body: Mapping[str, Any], token: str) -> dict[str, Any]:
        key = ec.generate_private_key(ec.SECP256R1()).public_key()
        return {"jwk": jwt.algorithms.ECAlgorithm.to_jwk(key, as_dict=True)}


class OtherKey(BindingClient):
    """Has a key of another kind."""

    algorithm = "ES256"

    def make(self) -> Any:
        return ec.generate_private_key(ec.SECP256R1())

    def start(self) -> None:
        super().start()
        self.own = self.make()

    def proof(self, method: str, url: str, body: Mapping[str, Any], token: str) -> str:
        kind = jwt.get_algorithm_by_name(self.algorithm)
        public = kind.to_jwk(self.own.public_key(), as_dict=True)
        header = {"typ": "dpop+jwt", "jwk": public}
        return jwt.encode(self.claims(method, url, token), self.own, algorithm=self.algorithm, headers=header)


@broken("MFA134", dpop=True)
class SignsWithRsa(OtherKey):
    algorithm = "RS256"

    def make(self) -> Any:
        return rsa.generate_private_key(65537, 2048)


@broken("MFA134", dpop=True)
class SignsOnALongerCurve(OtherKey):
    algorithm = "ES384"

    def make(self) -> Any:
        return ec.generate_private_key(ec.SECP384R1())


@broken("MFA134", dpop=True)
class NamesItsKeyById(Heading):
    def other(self, body: Mapping[str, Any], token: str) -> dict[str, Any]:
        return {"jwk": None, "kid": "my-key"}


@broken("MFA134", dpop=True)
class ProofsAreOrdinaryTokens(Heading):
    def other(self, body: Mapping[str, Any], token: str) -> dict[str, Any]:
        return {"typ": "JWT"}


@broken("MFA134", dpop=True)
class CutsTheSignature(BindingClient):
    def proof(self, method: str, url: str, body: Mapping[str, Any], token: str) -> str:
        return super().proof(method, url, body, token).rpartition(".")[0] + "."


@broken("MFA134", dpop=True)
class SendsNoJwt(BindingClient):
    def proof(self, method: str, url: str, body: Mapping[str, Any], token: str) -> str:
        return urlsafe_b64encode(super().proof(method, url, body, token).encode()).decode()


@broken("MFA407", dpop=True)
class LogsItsKey(BindingClient):
    def proof(self, method: str, url: str, body: Mapping[str, Any], token: str) -> str:
        log.debug("signing with %s", jwt.algorithms.ECAlgorithm.to_jwk(self.key))
        return super().proof(method, url, body, token)


@broken("MFA407", dpop=True)
class ShowsItsKey(BindingClient):
    """In its repr."""

    def __repr__(self) -> str:
        return f"<client with {self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()}>"


@broken("MFA407", dpop=True)
class SendsItsPrivateKey(Heading):
    def other(self, body: Mapping[str, Any], token: str) -> dict[str, Any]:
        return {"jwk": jwt.algorithms.ECAlgorithm.to_jwk(self.key_for(body, token), as_dict=True)}


# -- bound tokens ----------------------------------------------------------------------------------


@broken("MFA136", dpop=True)
class BoundTokensAsBearer(BindingClient):
    def scheme(self, token: str) -> str:
        return "Bearer"


@broken("MFA136", dpop=True)
class DpopForBearerTokens(BindingClient):
    """Takes every token for a bound one."""

    def scheme(self, token: str) -> str:
        return "DPoP"

    def proves(self, url: str, body: Mapping[str, Any], token: str) -> bool:
        return bool(token) or super().proves(url, body, token)


@broken("MFA136", dpop=True)
class TakesEveryTokenForOneOfTheNewestKind(BindingClient):
    kind = "Bearer"

    def learn(self, url: str, headers: Mapping[str, str], decoded: Any) -> None:
        super().learn(url, headers, decoded)
        if isinstance(decoded, dict) and "token_type" in decoded:
            self.kind = decoded["token_type"]

    def scheme(self, token: str) -> str:
        return super().scheme(token) if "." not in token else self.kind

    def proves(self, url: str, body: Mapping[str, Any], token: str) -> bool:
        return super().proves(url, body, token) if url.endswith(TOKEN) else self.scheme(token) == "DPoP"


@broken("MFA136", dpop=True)
class TakesEveryAccessTokenForABoundOne(BindingClient):
    """Knows that an mfa_token is not."""

    def learn(self, url: str, headers: Mapping[str, str], decoded: Any) -> None:
        super().learn(url, headers, decoded)
        if isinstance(decoded, dict) and "access_token" in decoded:
            self.bound.add(decoded["access_token"])


@broken("MFA210", dpop=True)
class LosesTheTokenType(BindingClient):
    def tokens(self, grant_type: str, **parameters: str) -> Row:
        return {name: value for name, value in super().tokens(grant_type, **parameters).items() if name != "token_type"}


@broken("MFA211", dpop=True)
class SaysThatEverythingIsBound(BindingClient):
    def tokens(self, grant_type: str, **parameters: str) -> Row:
        return {**super().tokens(grant_type, **parameters), "token_type": "DPoP"}


# -- nonces ----------------------------------------------------------------------------------------


@broken("MFA242", dpop=True)
class NeverRepeatsWithTheNonce(BindingClient):
    def repeats(self, already: int) -> bool:
        return False


@broken("MFA242", dpop=True)
class NeverRepeatsAtResources(BindingClient):
    def wants_a_nonce(self, status: int, headers: Mapping[str, str], decoded: Any) -> bool:
        return status == 400 and super().wants_a_nonce(status, headers, decoded)


@broken("MFA242", dpop=True)
class ReadsTheDemandFromTheBody(BindingClient):
    """Where errors have another form it does not know it: there only WWW-Authenticate tells."""

    def wants_a_nonce(self, status: int, headers: Mapping[str, str], decoded: Any) -> bool:
        told = isinstance(decoded, dict) and decoded.get("error") == "use_dpop_nonce"
        return told and super().wants_a_nonce(status, headers, decoded)


@broken("MFA242", dpop=True)
class RepeatsWithoutTheNonce(Claiming):
    def other(self, method: str, url: str, token: str) -> dict[str, Any]:
        return {"nonce": None}


@broken("MFA242", dpop=True)
class RepeatsForEver(Claiming):
    def other(self, method: str, url: str, token: str) -> dict[str, Any]:
        return {"nonce": None}

    def repeats(self, already: int) -> bool:
        return True


@broken("MFA242", dpop=True)
class MeetsEveryDemand(BindingClient):
    """Each time with the nonce of the answer, and without end."""

    def repeats(self, already: int) -> bool:
        return True


@broken("MFA242", dpop=True)
class MeetsEveryDemandAtResources(BindingClient):
    most = 1

    def send_once(self, method: str, url: str, **asked: Any) -> Any:
        self.most = 1 if url.endswith(TOKEN) else 20
        return super().send_once(method, url, **asked)

    def repeats(self, already: int) -> bool:
        return already < self.most


@broken("MFA242", dpop=True)
class RepeatsWithoutTheQuery(BindingClient):
    """It calls again what stands in its proof."""

    def start(self) -> None:
        super().start()
        self.calls: list[str] = []

    def request(self, method: str, url: str, **more: Any) -> Any:
        self.calls.clear()
        return super().request(method, url, **more)

    def send_once(self, method: str, url: str, **asked: Any) -> Any:
        self.calls.append(url)
        return super().send_once(method, url.partition("?")[0] if len(self.calls) > 1 else url, **asked)


class AsksWithoutAProof(BindingClient):
    """Where its proofs are refused, it makes the call without one."""

    errors: tuple[str, ...] = ()

    def start(self) -> None:
        super().start()
        self.gave_up = False

    def proves(self, url: str, body: Mapping[str, Any], token: str) -> bool:
        return not self.gave_up and super().proves(url, body, token)

    def tokens(self, grant_type: str, **parameters: str) -> Row:
        try:
            return super().tokens(grant_type, **parameters)
        except AuthError as error:
            if error.error not in self.errors or grant_type not in self.grants:
                raise
        self.gave_up = True
        try:
            return super().tokens(grant_type, **parameters)
        finally:
            self.gave_up = False


@broken("MFA133", dpop=True)
class AsksWithoutAProofAfterTwoDemands(AsksWithoutAProof):
    errors = ("use_dpop_nonce",)


@broken("MFA133", dpop=True)
class AsksWithoutARefusedProof(AsksWithoutAProof):
    errors = ("invalid_dpop_proof",)


@broken("MFA133", dpop=True)
class RenewsWithoutARefusedProof(AsksWithoutARefusedProof):
    """Only what was given for a password or a code is bound for certain, it thinks."""

    def tokens(self, grant_type: str, **parameters: str) -> Row:
        once = grant_type == "refresh_token"
        return (super().tokens if once else BindingClient.tokens.__get__(self))(grant_type, **parameters)


@broken("MFA201", dpop=True)
class AnswersADemandWithEarlierTokens(BindingClient):
    kept: Row | None = None

    def tokens(self, grant_type: str, **parameters: str) -> Row:
        try:
            self.kept = super().tokens(grant_type, **parameters)
        except AuthError as error:
            if error.error != "use_dpop_nonce" or self.kept is None:
                raise
        return self.kept


class Keeping(BindingClient):
    """Keeps a nonce otherwise than it came."""

    def kept(self, nonce: str) -> str:
        return nonce

    def learn(self, url: str, headers: Mapping[str, str], decoded: Any) -> None:
        super().learn(url, headers, decoded)
        if "DPoP-Nonce" in headers:
            self.nonces[self.place(url)] = self.kept(headers["DPoP-Nonce"])


@broken("MFA242", dpop=True)
class StripsTheNonce(Keeping):
    def kept(self, nonce: str) -> str:
        return nonce.rstrip("=")


@broken("MFA242", dpop=True)
class CutsTheNonce(Keeping):
    def kept(self, nonce: str) -> str:
        return nonce.split(".")[0]


@broken("MFA242", dpop=True)
class SplitsTheNonceAtCommas(Keeping):
    """As if two headers had been joined."""

    def kept(self, nonce: str) -> str:
        return nonce.split(",")[-1]


@broken("MFA242", dpop=True)
class DecodesTheNonce(Keeping):
    def kept(self, nonce: str) -> str:
        return unquote(nonce)


@broken("MFA242", dpop=True)
class KeepsItsFirstNonce(BindingClient):
    """Never takes another one."""

    def learn(self, url: str, headers: Mapping[str, str], decoded: Any) -> None:
        kept = dict(self.nonces)
        super().learn(url, headers, decoded)
        self.nonces |= kept


@broken("MFA123", dpop=True)
class RepeatsAWrongCodeBecauseOfANonce(BindingClient):
    """Takes every refusal that brings a nonce for a demand."""

    def wants_a_nonce(self, status: int, headers: Mapping[str, str], decoded: Any) -> bool:
        return status in (400, 401, 403) and "DPoP-Nonce" in headers


@broken("MFA242", dpop=True)
class ReadsTheFirstParameterOnly(BindingClient):
    """Of a challenge whose parameters may come in any order."""

    def wants_a_nonce(self, status: int, headers: Mapping[str, str], decoded: Any) -> bool:
        first = headers.get("WWW-Authenticate", "").partition(",")[0]
        return super().wants_a_nonce(status, CaseInsensitiveDict({**headers, "WWW-Authenticate": first}), decoded)


@broken("MFA303", dpop=True)
class TrustsThatANonceCame(BindingClient):
    def wants_a_nonce(self, status: int, headers: Mapping[str, str], decoded: Any) -> bool:
        named = CaseInsensitiveDict({**headers, "DPoP-Nonce": "any"})
        return super().wants_a_nonce(status, named, decoded) and headers["DPoP-Nonce"] != ""


@broken("MFA134", dpop=True)
class KeepsTheHashOfTheFirstToken(BindingClient):
    """Of each user, although a renewed token has another."""

    def start(self) -> None:
        super().start()
        self.hashes: dict[str, str] = {}

    def claims(self, method: str, url: str, token: str) -> dict[str, Any]:
        claims = super().claims(method, url, token)
        if token.count(".") == 2:
            user = jwt.decode(token, options={"verify_signature": False})["sub"]
            claims["ath"] = self.hashes.setdefault(user, claims["ath"])
        return claims


@broken("MFA136", dpop=True)
class TakesEveryTokenForBound(BindingClient):
    """Whatever the answer says it is."""

    def learn(self, url: str, headers: Mapping[str, str], decoded: Any) -> None:
        if isinstance(decoded, dict) and "access_token" in decoded and self.proved:
            decoded = {**decoded, "token_type": "DPoP"}
        super().learn(url, headers, decoded)

    def proves(self, url: str, body: Mapping[str, Any], token: str) -> bool:
        self.proved = super().proves(url, body, token)
        return self.proved


class LoadingAuth(ProvingAuth):
    """Loads its key when it is needed for the first time."""

    loaded = False

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        body = dict(httpx.QueryParams((await request.aread()).decode()))
        if not self.loaded and self.proves(str(request.url), body, ""):
            await asyncio.sleep(0)
            self.key, self.loaded = ec.generate_private_key(ec.SECP256R1()), True
        flow = self.auth_flow(request)
        try:
            proved = next(flow)
            while True:
                answer = yield proved
                await answer.aread()
                proved = flow.send(answer)
        except StopIteration:
            return


@broken("MFA134", dpop=True)  # type: ignore[arg-type]
class LoadsItsKeyTwice(AsyncAccountClient):
    """If two users come first at once: the key that one's token is bound to is lost."""

    def __init__(self, domain: str, client_id: str, client_secret: str | None) -> None:
        http = httpx.AsyncClient(auth=LoadingAuth(), verify=False)
        super().__init__(http, domain, client_id, client_secret)


@broken("MFA136", dpop=True)
class KnowsTheSchemeOfAUser(BindingClient):
    """And takes it for each token of that user."""

    def start(self) -> None:
        super().start()
        self.schemes: dict[str, bool] = {}

    def is_bound(self, token: str) -> bool:
        if token.count(".") != 2:
            return False
        user = jwt.decode(token, options={"verify_signature": False})["sub"]
        self.schemes[user] = self.schemes.get(user, False) or token in self.bound
        return self.schemes[user]

    def scheme(self, token: str) -> str:
        return "DPoP" if self.is_bound(token) else "Bearer"
