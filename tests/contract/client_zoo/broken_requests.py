"""Clients that send something wrong."""

from __future__ import annotations

import unicodedata
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from client_zoo.entries import broken
from client_zoo.requests_client import RequestsClient
from pytest_auth0_mfa.contract.client.adapter import AuthError

Row = Mapping[str, Any]
TOKEN, ASSOCIATE, CHALLENGE, LIST = "/oauth/token", "/mfa/associate", "/mfa/challenge", "/mfa/authenticators"
OTP, OOB, RECOVERY = ("http://auth0.com/oauth/grant-type/mfa-" + kind for kind in ("otp", "oob", "recovery-code"))


class Changing(RequestsClient):
    """Changes method, path or body of a call before it is sent."""

    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        return method, path, body

    def call(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Any:
        method, path, body = self.change(method, path, body)
        return super().call(method, path, body, token=token)


class Sending(RequestsClient):
    """Sends bodies in its own way."""

    def send(self, path: str, body: Any) -> dict[str, Any]:
        return {"json": body}

    def call(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Any:
        original = self.session.request

        def request(method: str, url: str, json: Any = None, **more: Any) -> Any:
            sent = {} if json is None else self.send(path, json)
            headers = {**more.pop("headers", {}), **sent.pop("headers", {})}
            return original(method, url, headers=headers, **sent, **more)

        self.session.request = request  # type: ignore[method-assign, assignment]
        try:
            return super().call(method, path, body, token=token)
        finally:
            self.session.request = original  # type: ignore[method-assign]


class Bearing(RequestsClient):
    """Sends tokens in its own way."""

    def authorization(self, token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token}"}

    def call(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Any:
        self.session.headers.update(self.authorization(token) if token else {})
        try:
            return super().call(method, path, body)
        finally:
            self.session.headers.pop("Authorization", None)


# -- path, method, content type, body ------------------------------------------------------------


@broken("MFA101")
class SlashAtTheEndOfTheBaseUrl(RequestsClient):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.base += "/"


@broken("MFA101")
class SlashAtTheEndOfThePath(Changing):
    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        return method, path + "/" if path == ASSOCIATE else path, body


@broken("MFA101")
class MisspeltPath(Changing):
    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        return method, path.replace("associate", "asociate"), body


@broken("MFA101")
class PathOfTheGuidesSlip(Changing):
    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        return method, path.replace("/oauth/token", "/oath/token"), body


@broken("MFA101")
class VersionedPath(Changing):
    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        return method, path.replace("/mfa/", "/v1/mfa/"), body


@broken("MFA102")
class PutsAssociations(Changing):
    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        return "PUT" if path == ASSOCIATE else method, path, body


@broken("MFA102")
class PostsTheList(Changing):
    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        return "POST" if path == LIST else method, path, body


@broken("MFA103")
class JsonLabelledAsForm(Sending):
    def send(self, path: str, body: Any) -> dict[str, Any]:
        label = {"Content-Type": "application/x-www-form-urlencoded"}
        return {"json": body, "headers": label if path == TOKEN else {}}


@broken("MFA103")
class AssociatesWithAForm(Sending):
    def send(self, path: str, body: Any) -> dict[str, Any]:
        return {"data": body} if path == ASSOCIATE else {"json": body}


@broken("MFA103")
class JsonLabelledAsText(Sending):
    def send(self, path: str, body: Any) -> dict[str, Any]:
        return {"json": body, "headers": {"Content-Type": "text/plain"} if path == CHALLENGE else {}}


@broken("MFA103")
class FormLabelledAsJson(Sending):
    def send(self, path: str, body: Any) -> dict[str, Any]:
        return {"data": body, "headers": {"Content-Type": "application/json"}} if path == TOKEN else {"json": body}


@broken("MFA105")
class PythonsReprForJson(Sending):
    def send(self, path: str, body: Any) -> dict[str, Any]:
        return {"data": repr(body), "headers": {"Content-Type": "application/json"}}


@broken("MFA105")
class BodyInAList(Changing):
    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        return method, path, [body] if path == CHALLENGE else body


# -- names, types, grants ------------------------------------------------------------------------


class Renaming(Changing):
    """Sends a parameter under another name."""

    names: tuple[tuple[str, str], ...] = ()

    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        return method, path, {dict(self.names).get(name, name): value for name, value in body.items()} if body else body


@broken("MFA107")
class AuthenticationTypes(Renaming):
    names = (("authenticator_types", "authentication_types"),)


@broken("MFA107")
class OobChannelForChannels(Renaming):
    names = (("oob_channels", "oob_channel"),)


@broken("MFA107")
class CamelCase(Renaming):
    names = (("mfa_token", "mfaToken"), ("oob_code", "oobCode"))


@broken("MFA107")
class BindingCodeInKebab(Renaming):
    names = (("binding_code", "binding-code"),)


@broken("MFA107")
class CodeInsteadOfOtp(Renaming):
    names = (("otp", "code"),)


class Typing(Changing):
    """Sends parameters with other types."""

    def value(self, name: str, value: Any) -> Any:
        return value

    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        return method, path, {name: self.value(name, value) for name, value in body.items()} if body else body


@broken("MFA108")
class TypeAsString(Typing):
    def value(self, name: str, value: Any) -> Any:
        return value[0] if name == "authenticator_types" else value


@broken("MFA108")
class ChannelAsString(Typing):
    def value(self, name: str, value: Any) -> Any:
        return value[0] if name == "oob_channels" else value


@broken("MFA108")
class NoTypes(Typing):
    def value(self, name: str, value: Any) -> Any:
        return [] if name == "authenticator_types" else value


@broken("MFA109")
class ShortGrantType(Typing):
    def value(self, name: str, value: Any) -> Any:
        return value.rpartition("/")[2] if name == "grant_type" else value


@broken("MFA109")
class SecureGrantType(Typing):
    def value(self, name: str, value: Any) -> Any:
        return value.replace("http:", "https:") if name == "grant_type" else value


@broken("MFA106")
class NoMfaTokenInTheChallenge(Changing):
    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        if path == CHALLENGE:
            body = {name: value for name, value in body.items() if name != "mfa_token"}
        return method, path, body


@broken("MFA106")
class NoOobCode(RequestsClient):
    def verify_oob(self, mfa_token: str, oob_code: str, binding_code: str | None = None) -> Row:
        return self.tokens(OOB, mfa_token=mfa_token, **({"binding_code": binding_code} if binding_code else {}))


@broken("MFA126")
class AsksForTwoFactorsAtOnce(Changing):
    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        if path == ASSOCIATE:
            body = {**body, "authenticator_types": [*body["authenticator_types"], "webauthn"]}
        return method, path, body


@broken("MFA127")
class NamesAnOrganization(Changing):
    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        return method, path, {**body, "organization": "org_1"} if path == TOKEN else body


@broken("MFA134")
class SendsProofOfPossession(RequestsClient):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.session.headers["DPoP"] = "eyJhbGciOiJFUzI1NiJ9.e30.c2lnbmF0dXJl"


# -- codes ---------------------------------------------------------------------------------------


@broken("MFA110")
class CodesAsNumbers(Typing):
    def value(self, name: str, value: Any) -> Any:
        return int(value) if name == "binding_code" else value


@broken("MFA110")
class CodesWithoutLeadingZeros(Typing):
    def value(self, name: str, value: Any) -> Any:
        return str(int(value)) if name == "binding_code" else value


@broken("MFA110")
class OtpAsNumber(Typing):
    def value(self, name: str, value: Any) -> Any:
        return int(value) if name == "otp" else value


@broken("MFA110")
class OtpWithoutLeadingZeros(Typing):
    def value(self, name: str, value: Any) -> Any:
        return value.lstrip("0") or "0" if name == "otp" else value


@broken("MFA110")
class OtpInTwoGroups(Typing):
    def value(self, name: str, value: Any) -> Any:
        return f"{value[:3]} {value[3:]}" if name == "otp" else value


@broken("MFA110")
class RecoveryCodeInLowerCase(Typing):
    def value(self, name: str, value: Any) -> Any:
        return value.lower() if name == "recovery_code" else value


@broken("MFA110")
class RecoveryCodeInGroups(Typing):
    def value(self, name: str, value: Any) -> Any:
        return "-".join(value[i : i + 4] for i in range(0, 24, 4)) if name == "recovery_code" else value


@broken("MFA110")
class DoublesDigits(Typing):
    """Takes a code of one digit for a stuck key."""

    def value(self, name: str, value: Any) -> Any:
        return value[0] if name == "binding_code" and len(set(value)) == 1 else value


@broken("MFA119")
class DropsBindingCode(RequestsClient):
    def verify_oob(self, mfa_token: str, oob_code: str, binding_code: str | None = None) -> Row:
        return super().verify_oob(mfa_token, oob_code)


@broken("MFA119")
class MakesUpBindingCode(RequestsClient):
    def verify_oob(self, mfa_token: str, oob_code: str, binding_code: str | None = None) -> Row:
        return super().verify_oob(mfa_token, oob_code, binding_code or "000000")


@broken("MFA123")
class TriesARefusedCodeAgain(RequestsClient):
    def verify_oob(self, mfa_token: str, oob_code: str, binding_code: str | None = None) -> Row:
        try:
            return super().verify_oob(mfa_token, oob_code, binding_code)
        except AuthError as error:
            if error.error != "invalid_grant":
                raise
            return super().verify_oob(mfa_token, oob_code, binding_code)


@broken("MFA123")
class TriesARefusedOtpAgain(RequestsClient):
    def verify_otp(self, mfa_token: str, otp: str) -> Row:
        try:
            return super().verify_otp(mfa_token, otp)
        except AuthError as error:
            if error.error != "invalid_grant":
                raise
            return super().verify_otp(mfa_token, otp)


@broken("MFA123")
class TriesARefusedRecoveryCodeAgain(RequestsClient):
    def verify_recovery_code(self, mfa_token: str, recovery_code: str) -> Row:
        try:
            return super().verify_recovery_code(mfa_token, recovery_code)
        except AuthError as error:
            if error.error != "invalid_grant":
                raise
            return super().verify_recovery_code(mfa_token, recovery_code)


# -- tokens --------------------------------------------------------------------------------------


@broken("MFA111")
class KeepsTheFirstOobCode(RequestsClient):
    def verify_oob(self, mfa_token: str, oob_code: str, binding_code: str | None = None) -> Row:
        self.firsts: dict[str, str] = getattr(self, "firsts", {})
        return super().verify_oob(mfa_token, self.firsts.setdefault(mfa_token, oob_code), binding_code)


@broken("MFA111")
class KeepsTheFirstTokenOfEachUser(RequestsClient):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.renewed: dict[str, str] = {}
        self.firsts: dict[str, str] = {}

    def log_in(self, username: str, password: str, **asked: Any) -> Row:
        try:
            return super().log_in(username, password, **asked)
        except AuthError as error:
            if error.mfa_token:
                self.renewed[error.mfa_token] = self.firsts.setdefault(username, error.mfa_token)
            raise

    def verify_otp(self, mfa_token: str, otp: str) -> Row:
        return super().verify_otp(self.renewed.get(mfa_token, mfa_token), otp)


@broken("MFA111")
class QuotesTheToken(RequestsClient):
    def challenge(self, mfa_token: str, *args: Any, **more: Any) -> Row:
        return super().challenge(quote(mfa_token, safe=""), *args, **more)


@broken("MFA112")
class KeepsTheTokenOnTheClient(RequestsClient):
    """The login of another user in between takes the place."""

    last = ""

    def log_in(self, username: str, password: str, **asked: Any) -> Row:
        try:
            return super().log_in(username, password, **asked)
        except AuthError as error:
            self.last = error.mfa_token or self.last
            raise

    def list_authenticators(self, token: str) -> Sequence[Row]:
        return super().list_authenticators(self.last or token)


@broken("MFA112")
class KeepsTheOobCodeOnTheClient(RequestsClient):
    last = ""

    def challenge(self, mfa_token: str, *args: Any, **more: Any) -> Row:
        answer = super().challenge(mfa_token, *args, **more)
        self.last = answer.get("oob_code", self.last)
        return answer

    def verify_oob(self, mfa_token: str, oob_code: str, binding_code: str | None = None) -> Row:
        return super().verify_oob(mfa_token, self.last or oob_code, binding_code)


@broken("MFA112")
class KeepsTheTokenInAModule(RequestsClient):
    """As a decorator that caches by the wrong key does."""

    def challenge(self, mfa_token: str, *args: Any, **more: Any) -> Row:
        self.cached = getattr(self, "cached", mfa_token)
        return super().challenge(self.cached, *args, **more)


@broken("MFA113")
class ListsWithoutBearer(Bearing):
    def authorization(self, token: str) -> dict[str, str]:
        return {}


@broken("MFA113")
class TokenWithoutScheme(Bearing):
    def authorization(self, token: str) -> dict[str, str]:
        return {"Authorization": token}


@broken("MFA113")
class BasicForBearer(Bearing):
    def authorization(self, token: str) -> dict[str, str]:
        return {"Authorization": "Basic " + b64encode(token.encode()).decode()}


@broken("MFA113")
class TokenInTheBody(RequestsClient):
    def call(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Any:
        if path == ASSOCIATE:
            return super().call(method, path, {**body, "mfa_token": token})
        return super().call(method, path, body, token=token)


@broken("MFA114")
class TruncatesTheToken(Bearing):
    """As a column that is too short does."""

    def authorization(self, token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token[:255]}"}


@broken("MFA114")
class SecretForToken(Bearing):
    def authorization(self, token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.application.get('client_secret', '')}"}


@broken("MFA122")
class TokenInTheQuery(RequestsClient):
    def call(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Any:
        if token is None:
            return super().call(method, path, body)
        return super().call(method, f"{path}?access_token={quote(token)}", body, token=token)


@broken("MFA122")
class SecretInTheQuery(RequestsClient):
    def call(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Any:
        if path == CHALLENGE:
            path += f"?client_secret={self.application.get('client_secret')}"
        return super().call(method, path, body, token=token)


@broken("MFA122")
class CodeInTheQuery(RequestsClient):
    def verify_otp(self, mfa_token: str, otp: str) -> Row:
        body = {"grant_type": OTP, "mfa_token": mfa_token, **self.application}
        return self.object_with("access_token", self.call("POST", f"{TOKEN}?otp={otp}", body))


# -- what the caller named -----------------------------------------------------------------------


@broken("MFA115")
class PushForAuth0(Typing):
    def value(self, name: str, value: Any) -> Any:
        return ["push"] if value == ["auth0"] else value


@broken("MFA115")
class SmsForVoice(Typing):
    def value(self, name: str, value: Any) -> Any:
        return ["sms"] if value == ["voice"] else value


@broken("MFA115")
class OobForOtp(Typing):
    def value(self, name: str, value: Any) -> Any:
        return ["oob"] if value == ["otp"] else value


@broken("MFA116")
class NoPhoneNumber(RequestsClient):
    def associate(self, token: str, factor: str, *, email: str | None = None, phone_number: str | None = None) -> Row:
        return super().associate(token, factor, email=email)


@broken("MFA116")
class NoPlus(Typing):
    def value(self, name: str, value: Any) -> Any:
        return value.lstrip("+") if name == "phone_number" else value


@broken("MFA116")
class NoEmail(RequestsClient):
    def associate(self, token: str, factor: str, *, email: str | None = None, phone_number: str | None = None) -> Row:
        return super().associate(token, factor, phone_number=phone_number)


@broken("MFA117")
class AnyAuthenticator(RequestsClient):
    def challenge(self, mfa_token: str, authenticator_id: str | None = None, **more: Any) -> Row:
        return super().challenge(mfa_token, **more)


@broken("MFA117")
class IdWithoutKind(RequestsClient):
    def challenge(self, mfa_token: str, authenticator_id: str | None = None, **more: Any) -> Row:
        return super().challenge(mfa_token, authenticator_id and authenticator_id.partition("|")[2], **more)


@broken("MFA117")
class QuotesTheIdInTheBody(RequestsClient):
    def challenge(self, mfa_token: str, authenticator_id: str | None = None, **more: Any) -> Row:
        return super().challenge(mfa_token, authenticator_id and quote(authenticator_id), **more)


@broken("MFA118")
class AlwaysOob(RequestsClient):
    def challenge(self, mfa_token: str, authenticator_id: str | None = None, **more: Any) -> Row:
        return super().challenge(mfa_token, authenticator_id, challenge_type="oob")


@broken("MFA118")
class IgnoresTheChallengeType(RequestsClient):
    def challenge(self, mfa_token: str, authenticator_id: str | None = None, **more: Any) -> Row:
        return super().challenge(mfa_token, authenticator_id)


@broken("MFA120")
class EncodesTheIdTwice(RequestsClient):
    def delete_authenticator(self, token: str, authenticator_id: str) -> None:
        super().delete_authenticator(token, quote(authenticator_id))


@broken("MFA120")
class CutsTheId(RequestsClient):
    def delete_authenticator(self, token: str, authenticator_id: str) -> None:
        super().delete_authenticator(token, authenticator_id.partition("|")[2])


@broken("MFA120")
class ReplacesTheBar(RequestsClient):
    def delete_authenticator(self, token: str, authenticator_id: str) -> None:
        super().delete_authenticator(token, authenticator_id.replace("|", "-"))


@broken("MFA121")
class NoSecret(RequestsClient):
    def __init__(self, domain: str, client_id: str, client_secret: str | None) -> None:
        super().__init__(domain, client_id, None)


@broken("MFA121")
class NoClientInTheChallenge(Changing):
    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        if path == CHALLENGE:
            body = {name: value for name, value in body.items() if name not in ("client_id", "client_secret")}
        return method, path, body


@broken("MFA121")
class SecretOfAPublicApplication(RequestsClient):
    def __init__(self, domain: str, client_id: str, client_secret: str | None) -> None:
        super().__init__(domain, client_id, str(client_secret))


@broken("MFA121")
class SecretWithNewline(RequestsClient):
    """As one read from a file has."""

    def __init__(self, domain: str, client_id: str, client_secret: str | None) -> None:
        super().__init__(domain, client_id, client_secret and client_secret + "\n")


@broken("MFA125")
class NoAudience(RequestsClient):
    def log_in(self, username: str, password: str, *, audience: str | None = None, scope: str | None = None) -> Row:
        return super().log_in(username, password, scope=scope)


@broken("MFA125")
class OnlyOpenid(RequestsClient):
    def log_in(self, username: str, password: str, *, audience: str | None = None, scope: str | None = None) -> Row:
        return super().log_in(username, password, audience=audience, scope=scope and "openid")


@broken("MFA125")
class NormalizesPasswords(RequestsClient):
    def log_in(self, username: str, password: str, **asked: Any) -> Row:
        return super().log_in(username, unicodedata.normalize("NFKC", password), **asked)


@broken("MFA125")
class UsernameInUpperCase(RequestsClient):
    def log_in(self, username: str, password: str, **asked: Any) -> Row:
        return super().log_in(username.upper(), password, **asked)


# -- how often -----------------------------------------------------------------------------------


@broken("MFA124")
class ChallengesTwice(RequestsClient):
    def challenge(self, *args: Any, **more: Any) -> Row:
        super().challenge(*args, **more)
        return super().challenge(*args, **more)


@broken("MFA124")
class AssociatesTwice(RequestsClient):
    def associate(self, *args: Any, **more: Any) -> Row:
        super().associate(*args, **more)
        return super().associate(*args, **more)


@broken("MFA124")
class LogsInTwice(RequestsClient):
    def refresh(self, *args: Any, **more: Any) -> Row:
        super().refresh(*args, **more)
        return super().refresh(*args, **more)
