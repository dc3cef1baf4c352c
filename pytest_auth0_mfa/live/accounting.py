"""Accounts for a live test's calls: whose they are, what they enroll, which messages they send, what is secret."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from urllib.parse import parse_qsl

from pytest_auth0_mfa.contract.tenant.subjects import Person
from pytest_auth0_mfa.contract.tenant.verdicts import LimitReached, Unjudged
from pytest_auth0_mfa.live.people.codes import CodeReader
from pytest_auth0_mfa.messages import Handler, Json, Request, Response
from pytest_auth0_mfa.spec.factors import FACTOR_OF_CHANNEL

from .people.settings import SourceError
from .redaction import Secrets
from .users import Lease


class Spent:
    """How much of its budget a run has used, over all its tests."""

    def __init__(self, budget: dict[str, int]) -> None:
        self.budget = budget
        self.counts: Counter[str] = Counter()

    def check(self, name: str) -> None:
        """Raise LimitReached when the budget allows no more of these messages or requests."""
        if self.counts[name] >= self.budget.get(name, 0):
            raise LimitReached(
                f"left unjudged: the run's budget of {self.budget.get(name, 0)} {name} is used up; raise it with "
                f"AUTH0_MFA_BUDGET={name}=N or play less (-k, --auth0-mfa-max-examples)"
            )


class AccountingHandler:
    """The handler of one live test: it checks the limits, makes the call and accounts for it."""

    def __init__(
        self,
        handler: Handler,
        lease: Lease,
        codes: CodeReader | None,
        spent: Spent,
        secrets: Secrets,
        now: Callable[[], float],
    ) -> None:
        self._handler = handler
        self._lease = lease
        self._codes = codes
        self._spent = spent
        self._secrets = secrets
        self._now = now
        self._whose: dict[str, Person] = {}
        self._channels: dict[Person, list[str]] = {}
        self._pushed: Counter[Person] = Counter()

    def __call__(self, request: Request) -> Response:
        """Make the call. Raises LimitReached, Unjudged or CouldNotRun before it is made."""
        path = request.path.partition("?")[0]
        sent = _members(request)
        self._secrets.learn(sent)
        person = self._person(request, sent)
        sends = request.method == "POST" and path in ("/mfa/associate", "/mfa/challenge")
        channel = ""
        if sends:
            channel = self._before(path, person, sent)
        if path == "/oauth/token" and "mfa_token" in sent:
            self._lease.draw(person, "codes", self._now(), only_look=True)
        self._spent.check("requests")
        self._spent.counts["requests"] += 1
        at = self._now()
        response = self._handler(request)
        body = _decoded(response)
        self._secrets.learn(body)
        if person is not None and path == "/oauth/token":
            self._remember(person, body)
        if path == "/oauth/token" and "mfa_token" in sent and _is_wrong_code(body):
            self._lease.draw(person, "codes", at)
        if sends and response.status == 200 and isinstance(body, dict) and "oob_code" in body:
            self._sent(path, person, channel, body, at)
        return response

    def takes_push(self, person: Person) -> bool:
        """Whether a push request of the person may be open. Counts it as answered."""
        open_one = self._pushed[person] > 0
        self._pushed[person] -= open_one
        return open_one

    def _before(self, path: str, person: Person | None, sent: dict[str, Json]) -> str:
        """Prepare a call that may enroll or send a message. Returns the message's channel; empty when not known."""
        if path == "/mfa/associate":
            channel = _first(sent.get("oob_channels"))
            channel = FACTOR_OF_CHANNEL.get(channel, "")
            self._lease.before_enrollment(person, channel or "otp")
        else:
            kind = str(sent.get("authenticator_id", "")).partition("|")[0]
            able = self._able(person)
            channel = kind if kind in FACTOR_OF_CHANNEL.values() else able.pop() if len(able) == 1 else ""
        if self._codes is not None:
            try:
                self._codes.before_send(person)
            except SourceError as error:
                raise Unjudged(f"left unjudged: {error}. Nothing is known of the tenant: auth0-mfa doctor") from None
        if channel or path == "/mfa/challenge":
            self._spent.check(channel or "email")
            self._lease.draw(person, channel or "email", self._now(), only_look=True)
        return channel

    def _able(self, person: Person | None) -> set[str]:
        """The channels a message to the person may use when the call names no authenticator."""
        if person is None:
            return set()
        return {*self._channels.get(person, ()), *(("email",) if person.email_verified else ())}

    def _sent(self, path: str, person: Person | None, channel: str, body: dict[str, Json], at: float) -> None:
        self._spent.counts[channel or "email"] += 1
        self._lease.draw(person, channel or "email", at)
        if person is None:
            return
        if path == "/mfa/associate":
            self._channels.setdefault(person, []).append(channel)
        if "binding_method" not in body:
            self._pushed[person] += 1
        if self._codes is not None and "binding_method" in body:
            self._codes.sent(person, channel, at, path)

    def _person(self, request: Request, sent: dict[str, Json]) -> Person | None:
        """Whose call it is, from its token or username; None when not known."""
        bearer = request.headers.get("authorization", "").partition(" ")[2]
        for token in (bearer, sent.get("mfa_token"), sent.get("refresh_token")):
            if isinstance(token, str) and token in self._whose:
                return self._whose[token]
        username = str(sent.get("username", "")).lower()
        return next((person for person in self._lease.persons if person.username == username), None)

    def _remember(self, person: Person, body: Json) -> None:
        if isinstance(body, dict):
            for name in ("mfa_token", "access_token", "refresh_token"):
                if isinstance(body.get(name), str):
                    self._whose[body[name]] = person


def _is_wrong_code(body: Json) -> bool:
    return isinstance(body, dict) and body.get("error") in ("invalid_grant", "access_denied")


def _first(value: Json) -> str:
    return str(value[0]) if isinstance(value, list) and value else value if isinstance(value, str) else ""


def _members(request: Request) -> dict[str, Json]:
    """The members of the body, JSON or form, whatever its content type says."""
    text = request.body.decode("utf-8", "replace")
    try:
        found = json.loads(text) if text.startswith("{") else dict(parse_qsl(text))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _decoded(response: Response) -> Json:
    try:
        return json.loads(response.body)
    except (ValueError, RecursionError):
        return None
