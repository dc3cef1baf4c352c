"""The documented flows, written once and played with requests, httpx and aiohttp."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import quote

from pytest_auth0_mfa.tenant.totp import totp

GRANT = "http://auth0.com/oauth/grant-type/"
Answer = tuple[int, Any]


class Client(Protocol):
    """What the flows need of an HTTP library."""

    def send(self, method: str, path: str, body: dict[str, Any] | None = None, bearer: str | None = None) -> Answer:
        """Send a request; return status and decoded body."""


def _headers(bearer: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {bearer}"} if bearer else {}


class RequestsClient:
    """requests, sending JSON."""

    def __init__(self, base: str) -> None:
        import requests

        self._base = base
        self._session = requests.Session()

    def send(self, method: str, path: str, body: dict[str, Any] | None = None, bearer: str | None = None) -> Answer:
        answer = self._session.request(method, self._base + path, json=body, headers=_headers(bearer))
        return answer.status_code, answer.json() if answer.content else None


class HttpxClient:
    """httpx, sending forms to the token endpoint."""

    def __init__(self, base: str) -> None:
        import httpx

        self._client = httpx.Client(base_url=base)

    def send(self, method: str, path: str, body: dict[str, Any] | None = None, bearer: str | None = None) -> Answer:
        form: dict[str, Any] = {"data": body} if path == "/oauth/token" else {"json": body}
        answer = self._client.request(method, path, headers=_headers(bearer), **(form if body else {}))
        return answer.status_code, answer.json() if answer.content else None


class AiohttpClient:
    """aiohttp, with a new loop and session for each call: slow, but it makes no difference to a cassette."""

    def __init__(self, base: str) -> None:
        self._base = base

    def send(self, method: str, path: str, body: dict[str, Any] | None = None, bearer: str | None = None) -> Answer:
        return asyncio.run(self._send(method, path, body, bearer))

    async def _send(self, method: str, path: str, body: dict[str, Any] | None, bearer: str | None) -> Answer:
        import aiohttp

        connector = aiohttp.TCPConnector(ssl=ssl.create_default_context())
        async with aiohttp.ClientSession(connector=connector) as session:
            form: dict[str, Any] = {"data": body} if path == "/oauth/token" else {"json": body}
            call = session.request(method, self._base + path, headers=_headers(bearer), **(form if body else {}))
            async with call as answer:
                text = await answer.text()
                return answer.status, json.loads(text) if text else None


CLIENTS: dict[str, Callable[[str], Client]] = {
    "requests": RequestsClient,
    "httpx": HttpxClient,
    "aiohttp": AiohttpClient,
}


class Person:
    """The person who logs in, with what happens outside HTTP: reading mail, answering a push request, waiting."""

    def __init__(
        self,
        client: Client,
        application: dict[str, str],
        username: str,
        password: str,
        *,
        code: Callable[[], str],
        approve: Callable[[], None] = lambda: None,
        wait: Callable[[], None] = lambda: None,
        now: Callable[[], float],
    ) -> None:
        self.client = client
        self.application = application
        self.username = username
        self.password = password
        self.code = code
        self.approve = approve
        self.wait = wait
        self.now = now

    def post(self, path: str, body: dict[str, Any], bearer: str | None = None) -> Answer:
        return self.client.send("POST", path, body, bearer)

    def log_in(self) -> str:
        """Log in up to the second factor; return the mfa_token."""
        status, answer = self.post(
            "/oauth/token",
            {
                "grant_type": "password",
                "username": self.username,
                "password": self.password,
                "scope": "openid profile offline_access",
                **self.application,
            },
        )
        assert (status, answer["error"]) == (403, "mfa_required")
        return str(answer["mfa_token"])

    def verify(self, grant: str, mfa_token: str, **more: str) -> Answer:
        return self.post(
            "/oauth/token", {"grant_type": GRANT + grant, "mfa_token": mfa_token, **more, **self.application}
        )

    def enroll(self, token: str, *channels: str, **more: str) -> dict[str, Any]:
        types = (
            {"authenticator_types": ["oob"], "oob_channels": list(channels)}
            if channels
            else {"authenticator_types": ["otp"]}
        )
        status, answer = self.post("/mfa/associate", {**types, **more}, token)
        assert status == 200, answer
        return dict(answer)

    def challenge(self, mfa_token: str, kind: str) -> dict[str, Any]:
        """Challenge the first active authenticator whose id starts with ``kind``."""
        status, rows = self.client.send("GET", "/mfa/authenticators", bearer=mfa_token)
        assert status == 200
        chosen = next(row["id"] for row in rows if row["active"] and row["id"].startswith(kind + "|"))
        status, answer = self.post(
            "/mfa/challenge",
            {"mfa_token": mfa_token, "challenge_type": "oob", "authenticator_id": chosen, **self.application},
        )
        assert status == 200, answer
        return dict(answer)


def email(person: Person) -> None:
    """Enroll an email address, with a wrong code first, then log in with it."""
    token = person.log_in()
    enrolled = person.enroll(token, "email", email=person.username)
    assert person.verify("mfa-oob", token, oob_code=enrolled["oob_code"], binding_code="000000")[0] == 403
    status, tokens = person.verify("mfa-oob", token, oob_code=enrolled["oob_code"], binding_code=person.code())
    assert (status, "refresh_token" in tokens) == (200, True)
    token = person.log_in()
    asked = person.challenge(token, "email")
    status, tokens = person.verify("mfa-oob", token, oob_code=asked["oob_code"], binding_code=person.code())
    assert status == 200
    renewal = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], **person.application}
    assert person.post("/oauth/token", renewal)[0] == 200


def otp(person: Person) -> None:
    """Enroll an authenticator app and log in with its next code."""
    token = person.log_in()
    secret = person.enroll(token)["secret"]
    assert person.verify("mfa-otp", token, otp=totp(secret, person.now()))[0] == 200
    token = person.log_in()
    assert person.verify("mfa-otp", token, otp="000000")[0] == 403
    assert person.verify("mfa-otp", token, otp=totp(secret, person.now() + 30))[0] == 200


def push(person: Person) -> None:
    """Enroll a device for push and log in with it, each time polling twice before the approval."""
    token = person.log_in()
    oob_code = person.enroll(token, "auth0")["oob_code"]
    _poll(person, token, oob_code)
    token = person.log_in()
    _poll(person, token, person.challenge(token, "push")["oob_code"])


def _poll(person: Person, token: str, oob_code: str) -> None:
    for _ in range(2):
        status, answer = person.verify("mfa-oob", token, oob_code=oob_code)
        assert (status, answer["error"]) == (400, "authorization_pending")
        person.wait()
    person.approve()
    assert person.verify("mfa-oob", token, oob_code=oob_code)[0] == 200


def recovery(person: Person) -> None:
    """Use a recovery code, its used predecessor and its successor; read /userinfo with the token."""
    token = person.log_in()
    enrolled = person.enroll(token, "email", email=person.username)
    assert person.verify("mfa-oob", token, oob_code=enrolled["oob_code"], binding_code=person.code())[0] == 200
    token = person.log_in()
    status, first = person.verify("mfa-recovery-code", token, recovery_code=enrolled["recovery_codes"][0])
    assert status == 200
    assert person.client.send("GET", "/userinfo", bearer=first["access_token"])[0] == 200
    token = person.log_in()
    assert person.verify("mfa-recovery-code", token, recovery_code=enrolled["recovery_codes"][0])[0] == 403
    status, second = person.verify("mfa-recovery-code", token, recovery_code=first["recovery_code"])
    assert status == 200
    assert second["recovery_code"] not in (first["recovery_code"], enrolled["recovery_codes"][0])


def passwordless(person: Person) -> None:
    """Log in with a code by email, after a wrong one and before a used one, then revoke the refresh token."""
    start = {"connection": "email", "email": person.username, "send": "code", **person.application}
    status, sent = person.post("/passwordless/start", start)
    assert (status, sent["email"]) == (200, person.username)
    grant = {"grant_type": GRANT + "passwordless/otp", "realm": "email", "username": person.username}
    grant |= {"scope": "openid offline_access", **person.application}
    assert person.post("/oauth/token", {**grant, "otp": "000000"})[1]["error"] == "invalid_grant"
    code = person.code()
    status, answer = person.post("/oauth/token", {**grant, "otp": code})
    assert (status, answer["error"]) == (403, "mfa_required")
    assert person.post("/oauth/token", {**grant, "otp": code})[0] == 403
    enrolled = person.enroll(answer["mfa_token"])
    verified = person.verify("mfa-otp", answer["mfa_token"], otp=totp(enrolled["secret"], person.now()))
    assert verified[0] == 200
    token = verified[1]["refresh_token"]
    assert person.post("/oauth/revoke", {"token": token, **person.application}) == (200, None)
    renewal = {"grant_type": "refresh_token", "refresh_token": token, **person.application}
    assert person.post("/oauth/token", renewal)[0] == 403


def own_page(person: Person) -> None:
    """With a token of a refresh: enroll an app and an email at the user's own page, after a wrong code; then look,
    rename and delete."""
    token = person.log_in()
    tokens = person.verify("mfa-otp", token, otp=totp(person.enroll(token)["secret"], person.now()))[1]
    issuer = person.client.send("GET", "/.well-known/openid-configuration")[1]["issuer"]
    renewal = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], **person.application}
    scope = " ".join(f"{verb}:me:authentication_methods" for verb in ("create", "read", "update", "delete"))
    renewal |= {"audience": f"{issuer}me/", "scope": f"read:me:factors {scope}"}
    status, tokens = person.post("/oauth/token", renewal)
    assert status == 200

    def page(method: str, path: str, body: dict[str, Any] | None = None) -> Answer:
        return person.client.send(method, f"/me/v1/{path}", body, tokens["access_token"])

    methods = "authentication-methods"
    assert page("GET", "factors")[0] == 200
    begun = page("POST", methods, {"type": "totp"})[1]
    session = {"auth_session": begun["auth_session"]}
    place = f"{methods}/{quote(begun['id'], safe='')}"
    code = totp(begun["manual_input_code"], person.now())
    assert page("POST", f"{place}/verify", {**session, "otp_code": "000000"})[0] == 400
    assert page("POST", f"{place}/verify", {**session, "otp_code": code})[0] == 201
    begun = page("POST", methods, {"type": "email", "email": person.username})[1]
    place = f"{methods}/{quote(begun['id'], safe='')}"
    session = {"auth_session": begun["auth_session"], "otp_code": person.code()}
    status, method = page("POST", f"{place}/verify", session)
    assert (status, method["confirmed"]) == (201, True)
    rows = page("GET", methods)[1]["authentication_methods"]
    assert [row["type"] for row in rows] == ["totp", "recovery-code", "totp", "email"][-len(rows) :]
    assert page("PATCH", place, {"name": "Grace's letters"})[0] == 200
    assert page("GET", f"{methods}?type=email")[1]["authentication_methods"][0]["id"] == method["id"]
    assert page("DELETE", place)[0] == 204
    status, problem = page("GET", place)
    assert (status, problem["type"].rpartition("-")[2]) == (404, "0002")


FLOWS: dict[str, Callable[[Person], None]] = {
    "email": email,
    "otp": otp,
    "push": push,
    "recovery": recovery,
    "passwordless": passwordless,
    "own-page": own_page,
}
