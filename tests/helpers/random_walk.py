"""A random walk over a tenant with many users, and invariants about what its answers may show."""

from __future__ import annotations

import base64
import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from helpers.tenant_client import ALL_SCOPES, FACTORS, TenantClient, problems

from pytest_auth0_mfa import Profile, Request, Response, User
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.operations import METHODS
from pytest_auth0_mfa.tenant.totp import step_of, totp

USERS = 20
ENROLLABLE = ("otp", "email", "sms", "voice", "push")


class Broken(AssertionError):  # noqa: N818 - it reads as the fact that it states
    """An invariant does not hold. The first word of the message names it."""


class CheapSigner:
    """Makes tokens of the right form without the cost of a signature, since the walk only looks at claims."""

    def __init__(self) -> None:
        self._made = 0

    def sign(self, claims: dict[str, Json]) -> str:
        self._made += 1
        return ".".join(_encoded(part) for part in ({"alg": "RS256"}, claims, {"n": self._made}))

    def jwks(self) -> dict[str, Json]:
        return {"keys": []}

    def assertion(self, token: str, keys: tuple[str, ...], audiences: list[str], at: float) -> dict[str, Json] | None:
        return None

    def proven(self, proof: str, jwk: dict[str, Json]) -> bool:
        return True


def _encoded(part: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def _subject(token: str) -> str:
    payload = token.split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["sub"])


def _ids(user: User) -> frozenset[str]:
    """The ids of what the user has enrolled, as the MFA API names it."""
    recovery = () if user.recovery is None else (user.recovery.id,)
    return frozenset((*(entry.id for entry in user.entries), *recovery))


@dataclass(eq=False)
class Enrollment:
    """The authenticators that one association made, as far as answers show them."""

    owner: User
    ids: frozenset[str]
    secret: str | None = None


@dataclass(eq=False)
class Oob:
    """An oob_code, its user, and the index of its message in the outbox."""

    code: str
    owner: User
    message: int
    enrollment: Enrollment | None = None


@dataclass(eq=False)
class Visit:
    """An enrollment on the user's own page, as its answer told it, and the index of its message in the outbox."""

    enrollment: Enrollment
    id: str
    session: str
    message: int
    recovery_code: str | None = None


@dataclass
class Known:
    """What a client learned about one user."""

    tokens: list[str] = field(default_factory=list)
    access: list[str] = field(default_factory=list)
    refresh: list[str] = field(default_factory=list)
    oobs: list[Oob] = field(default_factory=list)
    recovery: list[str] = field(default_factory=list)
    enrollments: list[Enrollment] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    methods: list[str] = field(default_factory=list)


class Walker(TenantClient):
    """Plays programs: each two bytes are an action and its argument. Action 0 does nothing, so that programs
    shrink."""

    def __init__(self, profile: Profile | None = None) -> None:
        super().__init__(profile, factors=FACTORS)
        self.tenant.signer = CheapSigner()
        self.users = [self._new_user(number) for number in range(USERS)]
        self.known: dict[User, Known] = defaultdict(Known)
        self.user = self.users[0]
        self._visitor: User | None = None
        """Who began an enrollment last on their own page."""
        self.owner: dict[str, User] = {}
        """The user that a token, code or id belongs to."""
        self.confirmed: set[str] = set()
        self.used: set[tuple[str, ...]] = set()
        for user in self.users:
            self._learn(user)

    def _new_user(self, number: int) -> User:
        user = self.tenant.add_user(f"user{number}@example.com", email_verified=number % 4 == 1)
        if number % 3 == 0:
            user.enroll(ENROLLABLE[number // 3 % 5])  # type: ignore[arg-type]
        return user

    def _learn(self, user: User) -> None:
        """Learn the user's tokens and authenticators. Those that exist before the walk count as confirmed."""
        known = self.known[user]
        known.refresh.append(user.refresh_token())
        for entry in user.authenticators:
            self.confirmed.add(entry.id)
            if entry.secret:
                known.enrollments.append(Enrollment(user, frozenset({entry.id}), entry.secret))
        if user.recovery:
            known.recovery.append(user.recovery.code)
            self.owner[user.recovery.code] = user
            self.confirmed.add(user.recovery.id)

    # -- a program ---------------------------------------------------------------------------

    def play(self, program: bytes) -> None:
        """Play a program. Raises Broken."""
        for action, argument in zip(program[::2], program[1::2], strict=False):
            if action:
                ACTIONS[action % len(ACTIONS)](self, argument)

    def handle(self, request: Request) -> Response:
        """Send a request. Raises Broken for a status of 500 or more and for an answer that breaks its schema."""
        response = self._handle(request)
        if response.status >= 500:
            raise Broken(f"5xx: {self.last!r}")
        if found := problems(self.last):
            raise Broken(f"schema: {self.last!r}: {found}")
        return response

    # -- what may never be seen ----------------------------------------------------------------

    def _own(self, thing: str, user: User) -> None:
        if self.owner.setdefault(thing, user) is not user:
            raise Broken(f"foreign: what is {self.owner[thing].id}'s is seen as {user.id}'s")

    def _use_once(self, invariant: str, *use: str) -> None:
        if use in self.used:
            raise Broken(f"{invariant}: used twice")
        self.used.add(use)

    def _granted(self, response: Response, user: User) -> None:
        """Keep the tokens of a success. Raises Broken when they are not the user's."""
        body = response.json()
        known = self.known[user]
        self._own(body["access_token"], user)
        known.access.append(body["access_token"])
        if body["expires_in"] == 600:
            known.tokens.append(body["access_token"])
        if "id_token" in body and _subject(body["id_token"]) != user.id:
            raise Broken(f"foreign: {user.id} got an ID token of somebody else")
        if "refresh_token" in body:
            self._own(body["refresh_token"], user)
            known.refresh.append(body["refresh_token"])

    def _listed(self, user: User, rows: list[dict[str, Json]]) -> None:
        known = self.known[user]
        known.ids = [row["id"] for row in rows]
        for row in rows:
            self._own(row["id"], user)
            if row["active"] and row["id"] not in self.confirmed:
                raise Broken(f"unconfirmed: {row['id']} is active")

    def _shown(self, user: User, rows: list[dict[str, Json]]) -> None:
        """The rows of the user's own page, where a phone is one method."""
        for row in rows:
            kind, _, device = row["id"].partition("|")
            kinds = {"phone": ("sms", "voice"), "push-notification": ("push",)}.get(kind, (kind,))
            known = [f"{own}|{device}" for own in kinds if f"{own}|{device}" in self.owner]
            for id in known:
                self._own(id, user)
            if row["confirmed"] and known and self.confirmed.isdisjoint(known):
                raise Broken(f"unconfirmed: {row['id']} is confirmed")
        self.known[user].methods = [row["id"] for row in rows]

    # -- picking ---------------------------------------------------------------------------------

    def _token(self, argument: int) -> str | None:
        """One of the current user's newest MFA tokens or, one time in eight, access tokens."""
        known = self.known[self.user]
        choice = (known.access if argument % 8 == 7 else known.tokens)[-3:]
        return choice[argument % len(choice)] if choice else None

    def _somebody(self, argument: int) -> User:
        """The current user or, one time in four, any user."""
        return self.user if argument % 4 else self.users[argument % USERS]

    # -- actions ---------------------------------------------------------------------------------

    def turn_to(self, argument: int) -> None:
        self.user = self.users[argument % USERS]

    def log_in(self, argument: int) -> None:
        more: dict[str, Json] = {"scope": "openid offline_access"} if argument % 3 == 0 else {}
        if argument % 2:
            more = {"audience": self.tenant.mfa_audience, "scope": f"openid {ALL_SCOPES}"}
        self._answered(self.login(self.user, **more))

    def renew(self, argument: int) -> None:
        tokens = self.known[self.user].refresh
        self._answered(self.token({"grant_type": "refresh_token", "refresh_token": tokens[argument % len(tokens)]}))

    def _answered(self, response: Response) -> None:
        if response.status == 200:
            self._granted(response, self.user)
        elif "mfa_token" in response.json():
            self.known[self.user].tokens.append(response.json()["mfa_token"])

    def enroll(self, argument: int) -> None:
        token = self._token(argument // 5)
        if token is None:
            return
        user, factor = self.user, ENROLLABLE[argument % 5]
        response = self.associate(token, factor)
        if response.status != 200:
            return
        body = response.json()
        rows = self.rows(token)
        enrollment = Enrollment(user, frozenset(r["id"] for r in rows) - set(self.owner), body.get("secret"))
        self._listed(user, rows)
        known = self.known[user]
        known.enrollments.append(enrollment)
        for code in body.get("recovery_codes", ()):
            self._own(code, user)
            known.recovery.append(code)
        if "oob_code" in body:
            known.oobs.append(Oob(body["oob_code"], user, len(self.tenant.outbox) - 1, enrollment))

    def look(self, argument: int) -> None:
        token = self._token(argument)
        response = self.send("GET", "/mfa/authenticators", token=token)
        if response.status == 200:
            self._listed(self.user, response.json())

    def demand(self, argument: int) -> None:
        token, ids = self._token(argument // 7), self.known[self._somebody(argument)].ids
        if token is None:
            return
        asked: dict[str, Json] = {"authenticator_id": ids[argument % len(ids)]} if ids and argument % 3 else {}
        response = self.challenge(token, **asked)
        if response.status == 200 and "oob_code" in response.json():
            sent = self.tenant.outbox[-1]
            if sent.user is not self.user:
                raise Broken("foreign: a challenge went to somebody else")
            oob = Oob(response.json()["oob_code"], self.user, len(self.tenant.outbox) - 1)
            self.known[self.user].oobs.append(oob)

    def answer_oob(self, argument: int) -> None:
        known, other = self.known[self.user], self.known[self._somebody(argument)]
        oobs, token = other.oobs[-4:], self._token(argument // 3)
        if not oobs or token is None:
            return
        oob = oobs[argument % len(oobs)]
        code = self.tenant.outbox[oob.message].code if argument % 5 else "000000"
        response = self.oob(token, oob.code, code)
        if response.status != 200:
            return
        if oob not in known.oobs:
            raise Broken("foreign: an oob_code works for somebody else")
        self._use_once("twice", "oob", oob.code)
        if oob.enrollment is not None:
            self._confirm(oob.enrollment)
        self._granted(response, self.user)

    def answer_otp(self, argument: int) -> None:
        enrollments = [e for e in self.known[self._somebody(argument)].enrollments if e.secret]
        token = self._token(argument // 3)
        if not enrollments or token is None:
            return
        enrollment = enrollments[argument % len(enrollments)]
        assert enrollment.secret is not None
        at = self.tenant.clock.now() + 30 * (argument % 3 - 1)
        response = self.otp(token, totp(enrollment.secret, at))
        if response.status != 200:
            return
        if enrollment.owner is not self.user:
            raise Broken("foreign: a TOTP works for somebody else")
        self._use_once("twice", "totp", enrollment.secret, str(step_of(at)))
        self._confirm(enrollment)
        self._granted(response, self.user)

    def recover(self, argument: int) -> None:
        known, codes = self.known[self.user], self.known[self._somebody(argument)].recovery
        token = self._token(argument // 3)
        if not codes or token is None:
            return
        code = codes[-1 - argument % min(2, len(codes))]
        response = self.recovery(token, code)
        if response.status != 200:
            return
        if code not in known.recovery:
            raise Broken("foreign: a recovery code works for somebody else")
        self._use_once("recovery", code)
        self._own(response.json()["recovery_code"], self.user)
        known.recovery.append(response.json()["recovery_code"])
        self._granted(response, self.user)

    def _confirm(self, enrollment: Enrollment) -> None:
        self.confirmed |= enrollment.ids
        # The first confirmation activates the recovery code of any association: section 3.2 of the contract.
        for other in self.known[enrollment.owner].enrollments:
            self.confirmed |= {id for id in other.ids if id.startswith("recovery-code|")}

    def push(self, argument: int) -> None:
        answer = self.tenant.push.approve if argument % 4 else self.tenant.push.reject
        if self.tenant.push.open_requests(self.user):
            answer(self.user)

    def remove(self, argument: int) -> None:
        token, ids = self._token(argument // 7), self.known[self._somebody(argument)].ids
        if token is not None and ids:
            chosen = ids[argument % len(ids)]
            gone = self.delete(token, chosen)
            if gone.status == 204 and chosen not in self.known[self.user].ids:
                raise Broken("foreign: a token deletes what is somebody else's")

    def who(self, argument: int) -> None:
        access = self.known[self.user].access
        response = self.send("GET", "/userinfo", token=access[argument % len(access)] if access else None)
        if response.status == 200 and response.json()["sub"] != self.user.id:
            raise Broken("foreign: /userinfo shows somebody else")

    def visit(self, argument: int) -> None:
        """One call of the user's own page."""
        (self.begin_here, self.confirm_here, self.confirm_here, self.manage_here)[argument % 4](argument // 4)

    def begin_here(self, argument: int) -> None:
        """Begin an enrollment on the user's own page."""
        user, before = self.user, _ids(self.user)
        kind = ("totp", "email", "phone", "push-notification", "recovery-code")[argument % 5]
        address = {"email": {"email": "new@example.com"}, "phone": {"phone_number": "+15550100123"}}.get(kind, {})
        response = self.send("POST", METHODS, {"type": kind, **address}, self.account_token(user))
        if response.status != 202:
            return
        body = response.json()
        ids = _ids(user) - before
        for own in (body["auth_session"], *ids, *([body["recovery_code"]] if kind == "recovery-code" else [])):
            self._own(own, user)
        enrollment = Enrollment(user, ids, body.get("manual_input_code"))
        visit = Visit(enrollment, body["id"], body["auth_session"], len(self.tenant.outbox) - 1)
        visit.recovery_code = body.get("recovery_code")
        self.known[user].visits.append(visit)
        self._visitor = user
        self.known[user].enrollments.append(enrollment)

    def confirm_here(self, argument: int) -> None:
        """Verify what was begun there: the current user, or somebody else with that session."""
        owner = self.user if argument % 2 else self._visitor
        visits = [] if owner is None else self.known[owner].visits[-4:]
        if not visits:
            return
        visit = visits[argument % len(visits)]
        kind, secret, code = visit.id.partition("|")[0], visit.enrollment.secret, None
        if kind == "totp":
            code = totp(secret or "", self.tenant.clock.now())
        elif kind in ("email", "phone"):
            code = self.tenant.outbox[visit.message].code if argument % 5 else "000000"
        body = {"auth_session": visit.session, **({} if code is None else {"otp_code": code})}
        response = self.send("POST", f"{METHODS}/{visit.id}/verify", body, self.account_token(self.user))
        if response.status != 201:
            return
        if visit.enrollment.owner is not self.user:
            raise Broken("foreign: an auth_session works for somebody else")
        self._use_once("twice", "session", visit.session)
        if secret:
            self._use_once("twice", "totp", secret, str(step_of(self.tenant.clock.now())))
        self._confirm(visit.enrollment)
        if visit.recovery_code is not None:
            self.confirmed.add(response.json()["id"])
            self.known[self.user].recovery.append(visit.recovery_code)

    def manage_here(self, argument: int) -> None:
        """Look at the user's own page, and perhaps delete a method of somebody's."""
        token, ids = self.account_token(self.user), self.known[self._somebody(argument)].methods
        if ids and argument % 3 == 0:
            chosen = ids[argument % len(ids)]
            gone = self.send("DELETE", f"{METHODS}/{chosen}", token=token)
            if gone.status == 204 and chosen not in self.known[self.user].methods:
                raise Broken("foreign: a page deletes what is somebody else's")
            return
        self._shown(self.user, self.send("GET", METHODS, token=token).json()["authentication_methods"])

    def wait(self, argument: int) -> None:
        self.tenant.clock.advance((1, 5, 30, 60, 301, 601)[min(argument // 40, 5)])


ACTIONS: tuple[Callable[[Walker, int], None], ...] = (
    Walker.log_in, Walker.enroll, Walker.answer_oob, Walker.answer_otp, Walker.demand, Walker.turn_to, Walker.look,
    Walker.log_in, Walker.enroll, Walker.answer_oob, Walker.answer_otp, Walker.demand, Walker.recover, Walker.push,
    Walker.remove, Walker.who, Walker.wait, Walker.renew, Walker.answer_oob, Walker.visit,
)  # fmt: skip
"""By number; the actions that lead further have several."""
