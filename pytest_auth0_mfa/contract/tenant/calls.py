"""The calls that the contract makes: one builder for each operation. Arguments are literal values or symbols."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

from pytest_auth0_mfa.messages import Headers, Request, encode
from pytest_auth0_mfa.spec.factors import CHANNEL
from pytest_auth0_mfa.spec.operations import (
    CLIENT_CREDENTIALS,
    FORM_TYPE,
    JSON_TYPE,
    MFA_OOB,
    MFA_OTP,
    MFA_RECOVERY_CODE,
    OPERATIONS,
    PASSWORD,
    PASSWORD_REALM,
    PASSWORDLESS_OTP,
    REFRESH_TOKEN,
)

from .subjects import Client
from .values import Side, Symbol, Value, resolve

if TYPE_CHECKING:
    from .proofs import ProofTemplate


class _Omitted(Symbol):
    """Marks a parameter without a value."""

    __slots__ = ()


OMIT: Final = _Omitted()
"""A parameter that is left out."""

NOWHERE: Final = "totp|dev_0000000000000000"
"""The id of no authenticator, and of no method."""
REALM: Final = "Username-Password-Authentication"
"""The connection that every new tenant has."""
_JSON_ONLY = Headers.of_lower({"content-type": JSON_TYPE})
_FORM_ONLY = Headers.of_lower({"content-type": FORM_TYPE})
_NONE = Headers()


@dataclass(slots=True)
class CallTemplate:
    """One call, with symbols that each side replaces by its own values."""

    operation: str
    method: str
    path: Value
    params: dict[str, Value] | None = None
    bearer: Value = None
    scheme: str = "Bearer"
    proof: ProofTemplate | None = None
    """The proof of possession that goes with it."""
    encoding: str = "json"
    """``json``, ``form``, ``form-repeated`` (the last field twice), or ``json-as-form`` (JSON labelled as a form)."""
    headers: dict[str, str] = field(default_factory=dict)
    factor: str = ""
    """The factor of the call, for coverage."""
    rewrite: Callable[[Request], Request] | None = None
    """A function that writes the request in another way on both sides."""

    @property
    def unusual(self) -> str:
        """What is unusual about its proof of possession, in words; ``""`` if nothing is."""
        return self.proof.told if self.proof is not None else ""

    def request(self, side: Side, *, plain: bool = False, nonce: str | None = None) -> Request:
        """The request for one side. ``plain``: without `rewrite`; ``nonce``: the one for its proof."""
        path = self.path
        target = path if type(path) is str else str(resolve(path, side))
        body, fields = b"", _NONE
        if self.params is not None:
            values = {n: v if type(v) is str else resolve(v, side) for n, v in self.params.items() if v is not OMIT}
            if self.encoding.startswith("form"):
                pairs = list(values.items())
                body = urlencode(pairs + pairs[-1:] if self.encoding == "form-repeated" else pairs).encode()
                fields = _FORM_ONLY
            else:
                body = encode(values).encode()
                fields = _JSON_ONLY if self.encoding == "json" else _FORM_ONLY
        if self.bearer is not None or self.headers or self.proof is not None:
            named = {**fields, **{name.lower(): value for name, value in self.headers.items()}}
            token = None if self.bearer is None else str(resolve(self.bearer, side))
            if token is not None:
                named["authorization"] = f"{self.scheme} {token}"
            if self.proof is not None:
                named["dpop"] = self.proof.on(side, self.method, target, token, nonce)
            fields = Headers.of_lower(named)
        request = Request(self.method, target, fields, body)
        return request if self.rewrite is None or plain else self.rewrite(request)

    def changes_one_side(self, sides: Sequence[Side]) -> bool:
        """Whether `rewrite` changes the meaning on some sides only, as with lower case for an id that is all
        lower-case."""
        if self.rewrite is None:
            return False
        changed = [_meaning(self.request(side)) != _meaning(self.request(side, plain=True)) for side in sides]
        return any(changed) and not all(changed)


def _meaning(request: Request) -> tuple[object, ...]:
    """The meaning of a request, whatever the layout of its JSON. A proof is another one each time."""
    try:
        body: object = json.loads(request.body)
    except ValueError:
        body = request.body
    headers = {name: value for name, value in request.headers.items() if name.lower() != "dpop"}
    return request.method, request.path, headers, body


@dataclass(frozen=True, slots=True)
class Path(Symbol):
    """The path of what has an id, in a folder. ``raw`` does not encode the bar in the id; ``tail`` stands behind it."""

    identifier: Value
    raw: bool = False
    folder: str = "/mfa/authenticators"
    tail: str = ""

    def on(self, side: Side) -> str:
        identifier = str(resolve(self.identifier, side))
        return f"{self.folder}/{identifier if self.raw else quote(identifier, safe='')}{self.tail}"


def basic(client: Client) -> dict[str, str]:
    """A Basic header that authenticates an application."""
    pair = f"{quote(client.client_id, safe='')}:{quote(client.client_secret or '', safe='')}"
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def _token(client: Client, operation: str, grant: str, more: dict[str, Value], given: dict[str, Value]) -> CallTemplate:
    params: dict[str, Value] = {"grant_type": grant, "client_id": client.client_id, **given}
    if client.client_secret is not None:
        params["client_secret"] = client.client_secret
    return CallTemplate(operation, "POST", "/oauth/token", {**params, **more})


def password(client: Client, username: Value, word: Value, /, **more: Value) -> CallTemplate:
    """Log in with username and password."""
    return _token(client, "password", PASSWORD, more, {"username": username, "password": word})


def password_realm(client: Client, username: Value, word: Value, /, **more: Value) -> CallTemplate:
    """Log in with username and password at a connection."""
    given: dict[str, Value] = {"username": username, "password": word, "realm": REALM}
    return _token(client, "password-realm", PASSWORD_REALM, more, given)


def refresh(client: Client, token: Value, /, **more: Value) -> CallTemplate:
    """Renew tokens."""
    return _token(client, "refresh-token", REFRESH_TOKEN, more, {"refresh_token": token})


def client_credentials(client: Client, /, **more: Value) -> CallTemplate:
    """Get a token for the application itself."""
    return _token(client, "client-credentials", CLIENT_CREDENTIALS, more, {})


def revoke(client: Client, token: Value) -> CallTemplate:
    """Revoke a refresh token."""
    params: dict[str, Value] = {"client_id": client.client_id, "token": token}
    if client.client_secret is not None:
        params["client_secret"] = client.client_secret
    return CallTemplate("revoke", "POST", "/oauth/revoke", params)


def passwordless_start(client: Client, /, **more: Value) -> CallTemplate:
    """Request the code of a passwordless login."""
    params: dict[str, Value] = {"client_id": client.client_id}
    if client.client_secret is not None:
        params["client_secret"] = client.client_secret
    return CallTemplate("passwordless-start", "POST", "/passwordless/start", {**params, **more})


def passwordless(client: Client, realm: Value, username: Value, code: Value, /, **more: Value) -> CallTemplate:
    """Log in with a code that was sent by email or SMS."""
    given: dict[str, Value] = {"realm": realm, "username": username, "otp": code}
    return _token(client, "passwordless-otp", PASSWORDLESS_OTP, more, given)


def otp(client: Client, mfa_token: Value, code: Value, /, **more: Value) -> CallTemplate:
    """Verify with a one-time password."""
    template = _token(client, "mfa-otp", MFA_OTP, more, {"mfa_token": mfa_token, "otp": code})
    template.factor = "otp"
    return template


def oob(
    client: Client, mfa_token: Value, oob_code: Value, binding_code: Value = None, /, **more: Value
) -> CallTemplate:
    """Verify with an oob_code; without ``binding_code`` this is a poll."""
    given: dict[str, Value] = {"mfa_token": mfa_token, "oob_code": oob_code}
    if binding_code is not None:
        given["binding_code"] = binding_code
    return _token(client, "mfa-oob", MFA_OOB, more, given)


def recovery(client: Client, mfa_token: Value, code: Value, /, **more: Value) -> CallTemplate:
    """Verify with a recovery code."""
    given: dict[str, Value] = {"mfa_token": mfa_token, "recovery_code": code}
    template = _token(client, "mfa-recovery-code", MFA_RECOVERY_CODE, more, given)
    template.factor = "recovery-code"
    return template


def associate(bearer: Value, factor: str, address: Value = None, /, **more: Value) -> CallTemplate:
    """Enroll a factor; ``address`` is an email or a phone number."""
    params: dict[str, Value] = {"authenticator_types": ["otp" if factor == "otp" else "oob"]}
    if factor != "otp":
        params["oob_channels"] = [CHANNEL[factor]]
    if address is not None:
        params["email" if factor == "email" else "phone_number"] = address
    return CallTemplate("associate", "POST", "/mfa/associate", {**params, **more}, bearer, factor=factor)


def authenticators(bearer: Value) -> CallTemplate:
    """List the user's authenticators."""
    return CallTemplate("list-authenticators", "GET", "/mfa/authenticators", bearer=bearer)


def delete(bearer: Value, identifier: Value, *, raw: bool = False) -> CallTemplate:
    """Delete an authenticator."""
    return CallTemplate("delete-authenticator", "DELETE", Path(identifier, raw), bearer=bearer)


def challenge(client: Client, mfa_token: Value, identifier: Value = None, /, **more: Value) -> CallTemplate:
    """Request a challenge."""
    params: dict[str, Value] = {"client_id": client.client_id, "mfa_token": mfa_token}
    if client.client_secret is not None:
        params["client_secret"] = client.client_secret
    if identifier is not None:
        params["authenticator_id"] = identifier
    return CallTemplate("challenge", "POST", "/mfa/challenge", {**params, **more})


def get(operation: str, bearer: Value = None) -> CallTemplate:
    """Get the discovery document, the keys or the user's profile."""
    return CallTemplate(operation, "GET", OPERATIONS[operation].path, bearer=bearer)


def with_proof(template: CallTemplate, proof: ProofTemplate) -> CallTemplate:
    """The same call with a proof of possession, and an access token as one that is bound."""
    params = None if template.params is None else dict(template.params)
    scheme = template.scheme if template.bearer is None else "DPoP"
    return replace(template, params=params, proof=proof, scheme=scheme)
