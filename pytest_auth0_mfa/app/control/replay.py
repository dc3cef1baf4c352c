"""Writes a journalled call as a curl command for this server, and as a pytest test."""

from __future__ import annotations

import base64
import json
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, unquote_plus

from pytest_auth0_mfa.app.reasons import members, parameters, path
from pytest_auth0_mfa.messages import Json, Request
from pytest_auth0_mfa.spec.factors import DEFAULT_FACTORS
from pytest_auth0_mfa.spec.profile import Profile
from pytest_auth0_mfa.tenant.entities import Authenticator, User
from pytest_auth0_mfa.tenant.journal import Call
from pytest_auth0_mfa.tenant.tenant import Tenant

_MADE_BY_CLIENTS = frozenset(
    ["accept", "accept-encoding", "connection", "content-length", "expect", "host", "transfer-encoding", "user-agent"]
)
_LONG = 12  # characters; a shorter string may be in an earlier response by chance
_PAUSE = 5.0  # seconds; shorter pauses only show how fast somebody clicked
_WHO = ("username", "mfa_token", "oob_code", "refresh_token", "auth_session")
_MOST_REPEATED = 20
_COUNTED = frozenset(
    (
        *("login_blocked", "slow_down", "too_many_codes", "too_many_messages", "used_oob_code", "wrong_recovery_code"),
        *("me_too_many_codes", "me_invalid_session"),
    )
)
"""Refusals that are caused by earlier calls, not by what this call sent."""


def as_curl(call: Call, tenant: Tenant) -> str:
    """A curl command for a shell, with all values as they were sent, tokens and codes included."""
    request = call.request
    parts = ["curl -sS" if tenant.ca_file is None else f"curl -sS --cacert {shlex.quote(tenant.ca_file)}"]
    parts += [f"-X {shlex.quote(request.method)} {shlex.quote(tenant.url + request.path)}"]
    parts += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in _headers(request).items()]
    if request.body:
        parts.append(f"--data-raw {shlex.quote(request.body.decode('utf-8', 'replace'))}")
    return " \\\n  ".join(parts) + "\n"


def as_test(call: Call, tenant: Tenant) -> str:
    """A test that adds the users, repeats the calls that this call depends on, and asserts its answer.

    A call with a proof of possession cannot be repeated: the text says so.
    """
    writer = _Writer(tenant, list(tenant.calls), call)
    return _PROVEN if writer.proven() else writer.text()


_PROVEN = (
    "# This call, or one that it depends on, carries a proof of possession (DPoP). A proof is good once, and this\n"
    "# tenant has no key to sign another: write a test that signs one for each call.\n"
)


def _headers(request: Request) -> dict[str, str]:
    """The headers that the caller set, without those that HTTP clients add."""
    return {
        name: value
        for name, value in request.headers.items()
        if name.lower() not in _MADE_BY_CLIENTS and not name.lower().startswith("sec-")
    }


@dataclass
class _Writer:
    tenant: Tenant
    journal: list[Call]
    call: Call
    names: dict[int, str] = field(default_factory=dict)
    """Place of a call in the journal -> variable of its response."""
    users: dict[str, User] = field(default_factory=dict)
    """Variable -> user."""

    def proven(self) -> bool:
        """Whether a call that has to be repeated carries a proof of possession."""
        return any("dpop" in self.journal[place].request.headers for place in self._chain())

    def text(self) -> str:
        places = self._chain()
        for place in places:
            self.names[place] = _free(re.sub(r"\W", "_", self.journal[place].operation or "response"), self.names)
        for place in places:
            user = self._user(self.journal[place].request)
            if user is not None and user not in self.users.values():
                self.users["user" if not self.users else f"user_{len(self.users) + 1}"] = user
        lines = [*self._arranged(self.journal[places[0]])]
        for earlier, place in zip([places[0], *places], places, strict=False):
            pause = self.journal[place].at - self.journal[earlier].at
            if pause >= _PAUSE:
                lines.append(f"auth0_mfa.clock.advance({round(pause)})")
            lines += self._request(place)
        lines += self._asserted(places[-1])
        what = json.dumps(f"{self.call.request.method} {path(self.call.request)}")[1:-1]  # may contain """
        return ("import pytest\nimport requests\n\n\n" if self._marker() else "import requests\n\n\n") + "\n".join(
            [
                *([self._marker()] if self._marker() else []),
                f"def test_{self.names[places[-1]]}(auth0_mfa):",
                f'    """{what} answers {self.call.response.status}."""',
                *(f"    {line}" for line in lines),
                "",
            ]
        )

    def _user(self, request: Request) -> User | None:
        """The user who logs in, or whose access token is sent."""
        username = parameters(request).get("username")
        if isinstance(username, str):
            return self.tenant.user_by_email(username)
        access = self.tenant.tokens.access.get(_bearer(request))
        return None if access is None else access.user

    def _chain(self) -> list[int]:
        """The places of the calls that this call depends on, and its own, oldest first."""
        last = next(place for place, call in enumerate(self.journal) if call == self.call)
        wanted, found = [last], {last}
        if self.call.refusal_id in _COUNTED:
            sent = parameters(self.call.request)
            mine = {name: sent[name] for name in _WHO if isinstance(sent.get(name), str)}
            same = [place for place, call in enumerate(self.journal[:last]) if self._is_like(call, mine)]
            wanted += same[-_MOST_REPEATED:]
            found |= set(wanted)
        while wanted:
            place = wanted.pop()
            for text in _sent(self.journal[place].request):
                source = self._source(text, place)
                if source is not None and source[0] not in found:
                    found.add(source[0])
                    wanted.append(source[0])
        return sorted(found)

    def _is_like(self, earlier: Call, mine: dict[str, Json]) -> bool:
        """Whether an earlier call counts towards the same limit as this call."""
        if earlier.operation != self.call.operation:
            return False
        sent = parameters(earlier.request)
        return any(sent.get(name) == value for name, value in mine.items())

    def _source(self, text: str, before: int) -> tuple[int, tuple[str | int, ...]] | None:
        """The newest earlier call whose response contains the text, and the keys that lead to it."""
        if len(text) < _LONG or text in (self.tenant.client_id, self.tenant.client_secret):
            return None
        needle = text.encode()
        for place in range(before - 1, -1, -1):
            response = self.journal[place].response
            if needle in response.body and (where := _where(text, response.json())) is not None:
                return place, where
        return None

    def _marker(self) -> str:
        """The marker with the settings of the tenant that differ from the defaults, or ``""``."""
        tenant = self.tenant
        changed = {name: here for name, (here, _) in tenant.profile.differences(Profile()).items()}
        given: dict[str, Any] = {}
        if frozenset(tenant.factors) != DEFAULT_FACTORS:
            given["factors"] = sorted(tenant.factors)
        if isinstance(tenant.policy, str) and tenant.policy != "all-applications":
            given["policy"] = tenant.policy
        if changed:
            given["profile"] = changed
        inside = ", ".join(f"{name}={value!r}" for name, value in given.items())
        return f"@pytest.mark.auth0_mfa({inside})" if given else ""

    def _arranged(self, first: Call) -> Iterator[str]:
        """The lines that add the users, and what they had enrolled before the first call."""
        made = first.response.body if first.operation == "me-create-method" else b""
        for name, user in self.users.items():
            more = ", email_verified=True" if user.email_verified else ""
            more += f", mfa={user.mfa}" if user.mfa is not None else ""
            yield f"{name} = auth0_mfa.add_user({user.email!r}{more})"
            enrolled: list[Authenticator] = []
            for entry in user.entries:
                earlier = entry.created_at <= first.at and entry.id.partition("|")[2].encode() not in made
                if earlier and entry.twin not in enrolled:
                    enrolled.append(entry)
                    state = "" if entry.active else ", active=False"
                    address = "email" if entry.factor == "email" else "phone_number"
                    where = f", {address}={entry.address!r}" if entry.address else ""
                    yield f'{name}.enroll("{entry.factor}"{where}{state})'

    def _request(self, place: int) -> Iterator[str]:
        call = self.journal[place]
        request, user = call.request, next(iter(self.users), None)
        if call.response.fault is not None and call.operation:
            yield f'auth0_mfa.fail_next("{call.operation}", status={call.response.status})'
        if user and call.refusal_id == "push_rejected":
            yield f"auth0_mfa.push.reject({user})"
        elif user and _was_approved(call):
            yield f"auth0_mfa.push.approve({user})"
        yield f"{self.names[place]} = requests.request("
        yield f'    "{request.method}",'
        yield f"    auth0_mfa.url + {self._target(request, place)},"
        headers = {name: self._header(value, place) for name, value in _headers(request).items()}
        body, label = request.body, request.headers.get("content-type", "").partition(";")[0]
        if label in ("application/json", "application/x-www-form-urlencoded") and _members_of(request) is not None:
            headers = {name: value for name, value in headers.items() if name.lower() != "content-type"}
        if self._is_own(request.headers.get("authorization", "")):
            headers = {name: value for name, value in headers.items() if name.lower() != "authorization"}
            yield "    auth=(auth0_mfa.client_id, auth0_mfa.client_secret),"
        if headers:
            yield f"    headers={{{', '.join(f'{_literal(name)}: {value}' for name, value in headers.items())}}},"
        if body:
            sent = _members_of(request)
            if sent is None:
                yield f"    data={body!r},"
            else:
                yield f"    {'json' if label == 'application/json' else 'data'}={{"
                yield from (
                    f"        {_literal(name)}: {self._value(name, value, place)}," for name, value in sent.items()
                )
                yield "    },"
        yield ")"

    def _target(self, request: Request, place: int) -> str:
        asked, mark, query = request.path.partition("?")
        parts, text = [], ""
        for number, segment in enumerate(asked.split("/")):
            text += "/" if number else ""
            known = self._expression(unquote(segment), place)
            if known is None:
                text += segment
            else:
                parts += [_literal(text), known]
                text = ""
        rest = text + mark + query
        return " + ".join([*parts, _literal(rest)] if rest or not parts else parts)

    def _header(self, value: str, place: int) -> str:
        scheme, _, token = value.partition(" ")
        known = None
        if scheme.lower() == "bearer":
            known = self._expression(token, place) or self._earlier_token(token)
        return _literal(value) if known is None else f'"{scheme} " + {known}'

    def _earlier_token(self, token: str) -> str | None:
        """The expression for an access token that no call issued; None if it is none."""
        access = self.tenant.tokens.access.get(token)
        name = next((name for name, user in self.users.items() if access is not None and user is access.user), None)
        if access is None or name is None:
            return None
        own = {self.tenant.me_audience: "auth0_mfa.me_audience", self.tenant.mfa_audience: "auth0_mfa.mfa_audience"}
        audience = next(iter(access.audiences), "")
        return f"{name}.access_token(audience={own.get(audience, repr(audience))}, scope={' '.join(access.scopes)!r})"

    def _is_own(self, authorization: str) -> bool:
        """Whether a Basic header has the credentials of the tenant's default application."""
        scheme, _, credentials = authorization.partition(" ")
        try:
            sent = base64.b64decode(credentials.strip(), validate=True).decode().split(":", 1)
        except ValueError:
            return False
        own = [self.tenant.client_id, self.tenant.client_secret]
        return scheme.lower() == "basic" and [unquote_plus(part) for part in sent] == own

    def _value(self, name: str, value: Json, place: int) -> str:
        if not isinstance(value, str):
            return repr(value)
        refusal, user = self.journal[place].refusal_id, next(iter(self.users), None)
        if user is not None and name == "binding_code" and refusal not in ("wrong_binding_code", "wrong_type"):
            return f"auth0_mfa.outbox.latest({user}).code"
        if user is not None and name == "recovery_code" and refusal not in ("wrong_recovery_code", "wrong_type"):
            return f"{user}.recovery_code"
        if user is not None and name == "otp_code" and refusal != "me_wrong_code":
            return self._enrollment_code(self.journal[place].request, user)
        if user is not None and name == "otp" and refusal not in ("wrong_otp", "wrong_type"):
            number = next((n for n, entry in enumerate(self.users[user].authenticators) if entry.secret), None)
            if number is not None:
                return f"{user}.authenticators[{number}].code()"
        return self._expression(value, place) or _literal(value)

    def _enrollment_code(self, request: Request, user: str) -> str:
        """The code that verifies an enrollment of the user's own page."""
        session = self.tenant.tokens.enrollments.get(str(parameters(request).get("auth_session")))
        entry = None if session is None else session.authenticator
        if entry is None or entry.secret is None:
            return f"auth0_mfa.outbox.latest({user}).code"
        own = self.users[user].authenticators
        number = own.index(entry) if entry in own else -1  # deleted since: then it was the newest
        return f"{user}.authenticators[{number}].code()"

    def _expression(self, value: str, place: int) -> str | None:
        """The expression that has this value when the test runs; None if it has to be a literal."""
        if value == self.tenant.client_id:
            return "auth0_mfa.client_id"
        if value == self.tenant.client_secret:
            return "auth0_mfa.client_secret"
        for name, user in self.users.items():
            if value in (user.email, user.password):
                return f"{name}.{'email' if value == user.email else 'password'}"
            for number, entry in enumerate(user.authenticators):
                if value == entry.id:
                    return f"{name}.authenticators[{number}].id"
                kind, bar, device = value.partition("|")
                if bar and device == entry.id.partition("|")[2]:  # a method of the user's own page
                    return f"{kind + bar!r} + {name}.authenticators[{number}].id.partition('|')[2]"
        source = self._source(value, place)
        if source is None or source[0] not in self.names:
            return None
        return f"{self.names[source[0]]}.json()" + "".join(f"[{json.dumps(key)}]" for key in source[1])

    def _asserted(self, place: int) -> Iterator[str]:
        name, body = self.names[place], members(self.call.response)
        yield f"assert {name}.status_code == {self.call.response.status}"
        key = "type" if "title" in body else "error"  # a problem of the My Account API
        if isinstance(body.get(key), str):
            yield f'assert {name}.json()["{key}"] == {_literal(body[key])}'


def _literal(text: str) -> str:
    """A string literal: in JSON's notation, unless that would split a character into two surrogates."""
    return json.dumps(text) if max(text, default="") <= "\uffff" else repr(text)


def _members_of(request: Request) -> dict[str, Json] | None:
    """The members of a JSON object or form; None for any other body, which is written as bytes."""
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        pairs = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        return dict(pairs) if len(dict(pairs)) == len(pairs) else None
    return members(request) or None


def _was_approved(call: Call) -> bool:
    """Whether the call succeeded because the user approved a push request."""
    if call.operation == "me-verify-method":
        return call.response.status == 201 and "/push-notification" in call.request.path
    return (
        call.operation == "mfa-oob" and call.response.status == 200 and "binding_code" not in parameters(call.request)
    )


def _free(name: str, taken: dict[int, str]) -> str:
    count = sum(re.fullmatch(rf"{name}(_\d+)?", used) is not None for used in taken.values())
    return f"{name}_{count + 1}" if count else name


def _bearer(request: Request) -> str:
    return request.headers.get("authorization", "").partition(" ")[2].strip()


def _sent(request: Request) -> Iterator[str]:
    yield from _strings(parameters(request))
    yield _bearer(request)
    yield from map(unquote, path(request).split("/"))


def _strings(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _strings(item)


def _where(text: str, value: Json) -> tuple[str | int, ...] | None:
    """The keys that lead to the text in a JSON value, or None."""
    if value == text:
        return ()
    inner: Sequence[tuple[str | int, Json]] = ()
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    for key, item in inner:
        found = _where(text, item)
        if found is not None:
            return (key, *found)
    return None
