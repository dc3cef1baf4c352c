"""The steps of an example: calls, and what people and operators do between them."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Final
from urllib.parse import parse_qsl

from pytest_auth0_mfa.contract.reproducer.trace import Exchange, Note, ReadValue, Steps
from pytest_auth0_mfa.errors import ConfigurationError
from pytest_auth0_mfa.messages import Handler, Json, Request, Response
from pytest_auth0_mfa.spec.operations import OPERATIONS
from pytest_auth0_mfa.spec.people import PLAIN
from pytest_auth0_mfa.spec.schemas import schemas
from pytest_auth0_mfa.tenant.journal import Call
from pytest_auth0_mfa.tenant.policies import known_factors
from pytest_auth0_mfa.tenant.totp import totp

from .answers import answered
from .calls import OMIT, CallTemplate
from .comparison import Comparison
from .forms import as_documented
from .proof_answers import demands_nonce
from .renaming import Differs
from .side_by_side import Oracle, Played, SideBySide
from .subjects import Person, Subject, checked_code, checked_person
from .values import SUBJECT, Pair, Slots, Totp, UserSymbol, resolve
from .verdicts import guess, no_answer, refuse_to_judge

_MAY_LACK: Final = {"me-create-method": ("manual_input_code",), "me-factors": ("usage",)}
"""Operation -> members that an answer may lack, by the documentation of the My Account API."""


@dataclass(slots=True)
class NewUser:
    """A new user, who has never logged in."""

    user: UserSymbol
    operation = "new user"

    def play(self, sides: SideBySide, played: Played) -> None:
        """Create the user on the subject, and the same user on the oracle."""
        if not sides.recorded:
            self.user.person = self._person(sides)
        sides.oracle.adopt(self.user.known)
        sides.people[self.user.known.username] = self.user
        sides.renaming.secrets.add(self.user.known.password)

    def _person(self, sides: SideBySide) -> Person:
        sort, verified = self.user.sort, self.user.email_verified
        if sort is PLAIN or sides.subject.is_real:
            return checked_person(sides.subject.new_user(email_verified=verified), sides.subject)
        address = sort.address.format(n=next(sides.serials))
        person = Person(address, sort.password, sort.phone_number, verified)
        sides.subject.adopt(person)
        return person

    def tell(self, played: Played, steps: Steps) -> None:
        """Name the environment variables for the user's values."""
        suffix = "" if self.user.number == 1 else f"_{self.user.number}"
        steps.give(self.user.known.username, f"AUTH0_MFA_USERNAME{suffix}")
        steps.give(self.user.known.password, f"AUTH0_MFA_PASSWORD{suffix}")
        steps.give(self.user.known.phone_number, f"AUTH0_MFA_PHONE_NUMBER{suffix}")


@dataclass(slots=True)
class Advance:
    """Time passes."""

    seconds: float
    operation = "advance"

    def play(self, sides: SideBySide, played: Played) -> None:
        """Advance the clock of the subject."""
        if not sides.recorded:
            sides.subject.advance(self.seconds)

    def tell(self, played: Played, steps: Steps) -> None:
        """Add a note to the trace."""
        steps.pass_time(self.seconds)


@dataclass(slots=True)
class AnswerPush:
    """The user approves or rejects the newest push request."""

    user: UserSymbol
    approve: bool
    operation = "answer push"

    def play(self, sides: SideBySide, played: Played) -> None:
        """Answer on both sides. It is a difference if only one side has a request to answer."""
        asked = _tried(lambda: sides.oracle.answer_push(self.user.known, self.approve))
        if sides.recorded:
            return
        if _tried(lambda: sides.subject.answer_push(self.user.known, self.approve)) != asked:
            expected, actual = ("an open request", "none") if asked else ("none", "an open request")
            raise Differs("MFA011", "push requests", expected, actual)

    def tell(self, played: Played, steps: Steps) -> None:
        """Add a note to the trace."""
        steps.events.append(Note(f"{'approve' if self.approve else 'reject'} the push request on the user's device"))


def _tried(action: Callable[[], None]) -> bool:
    try:
        action()
    except LookupError:
        return False
    return True


@dataclass(slots=True)
class SwitchFactors:
    """The operator changes the tenant's factors."""

    factors: frozenset[str]
    operation = "switch factors"

    def play(self, sides: SideBySide, played: Played) -> None:
        """Change the factors on both sides."""
        if not sides.recorded:
            sides.subject.factors = self.factors
        sides.oracle.tenant.factors.clear()
        sides.oracle.tenant.factors.update(known_factors(self.factors))

    def tell(self, played: Played, steps: Steps) -> None:
        """Add a note to the trace."""
        steps.events.append(Note(f"switch the tenant's factors to {', '.join(sorted(self.factors)) or 'none'}"))


@dataclass(slots=True)
class DemandInTurn:
    """From now on the tenant demands several factors of a user in turn: entry V20 of the contract."""

    user: UserSymbol
    factors: tuple[str, ...]
    operation = "demand in turn"

    def play(self, sides: SideBySide, played: Played) -> None:
        """Change the policy on both sides."""
        if not sides.recorded:
            sides.subject.demand_in_turn(self.user.known, self.factors)
        sides.oracle.demand_in_turn(self.user.known, self.factors)

    def tell(self, played: Played, steps: Steps) -> None:
        """Add a note to the trace."""
        steps.events.append(Note(f"let the tenant demand {' and then '.join(self.factors)} of the user"))


@dataclass(slots=True)
class LetApisBind:
    """The operator says which APIs bind tokens to a key, and which of them demand it."""

    apis: Mapping[str, bool] | None
    """Audience -> whether it demands it; None: all bind, and none demands it."""
    operation = "let APIs bind tokens"

    def play(self, sides: SideBySide, played: Played) -> None:
        """Change the APIs on both sides."""
        if not sides.recorded:
            sides.subject.apis_that_bind = self.apis
        sides.oracle.tenant.proof_of_possession = None if self.apis is None else dict(self.apis)

    def tell(self, played: Played, steps: Steps) -> None:
        """Add a note to the trace."""
        apis = "all APIs" if self.apis is None else " and ".join(self.apis) or "no API"
        demand = ", and demand that," if any((self.apis or {}).values()) else ""
        steps.events.append(Note(f"let {apis} bind tokens{demand} to a key"))


@dataclass(slots=True)
class BlockUser:
    """An administrator blocks a user, or ends that."""

    user: UserSymbol
    blocked: bool
    operation = "block user"

    def play(self, sides: SideBySide, played: Played) -> None:
        """Change the user on both sides."""
        if not sides.recorded:
            sides.subject.block(self.user.known, self.blocked)
        sides.oracle.block(self.user.known, self.blocked)

    def tell(self, played: Played, steps: Steps) -> None:
        """Add a note to the trace."""
        steps.events.append(Note(f"{'block' if self.blocked else 'unblock'} the user"))


@dataclass(slots=True)
class DeleteUser:
    """An administrator deletes a user."""

    user: UserSymbol
    operation = "delete user"

    def play(self, sides: SideBySide, played: Played) -> None:
        """Delete the user on both sides."""
        if not sides.recorded:
            sides.subject.delete_user(self.user.known)
        sides.oracle.delete_user(self.user.known)

    def tell(self, played: Played, steps: Steps) -> None:
        """Add a note to the trace."""
        steps.events.append(Note("delete the user"))


@dataclass(slots=True)
class MakeCall:
    """A call of the API."""

    template: CallTemplate
    fails: str = ""
    """The channel whose provider fails for the message of this call."""

    @property
    def operation(self) -> str:
        """The operation that the call is meant for."""
        return self.template.operation

    def play(self, sides: SideBySide, played: Played) -> None:
        """Call both sides and compare the answers. Raises Differs."""
        oracle = sides.oracle
        sent = len(oracle.tenant.outbox)
        count = 0 if sides.recorded else sides.subject.sent_count()
        if not sides.recorded:
            played.plain = self.template.changes_one_side((oracle, sides.side))
        if self.fails:
            oracle.tenant.outbox.fail_next(self.fails)  # type: ignore[arg-type]  # checked when it runs
            if not sides.recorded:
                sides.subject.fail_message(self.fails)
        answer, call = oracle.play(self.template.request(oracle, plain=played.plain))
        reuse = Slots(played.slots)
        comparison = Comparison(
            sides.renaming,
            sides.keys,
            reuse=reuse,
            operation=call.operation or "",
            is_real=sides.subject.is_real,
            strict=sides.subject._guesses_bind,
            optional=_optional(sides.subject, call, self.template),
            stands_for=lambda token: _claims(oracle, token),
            renews=_renewed(self.template, sides),
            unusual=self.template.unusual,
        )
        played.operation = call.operation or ""
        played.refusal_id, played.fields, played.status = call.refusal_id, call.profile_fields, answer.status
        if not sides.recorded:
            played.request = self.template.request(sides.side, plain=played.plain)
            played.response = None
            played.response = _answer(sides.side.handler, played.request)
            if self._owes_a_nonce(sides, played.response, answer):
                nonce = played.response.headers["dpop-nonce"]
                played.request = self.template.request(sides.side, plain=played.plain, nonce=nonce)
                played.response = _answer(sides.side.handler, played.request)
            played.sent = () if sides.subject.is_real else sides.subject.sent(count)
            if played.response.status == 429:  # checked only here it reads the expected answer once more
                refuse_to_judge(sides.subject, played.response, answered(answer), call.refusal_id)
        assert played.response is not None
        bound = call.refusal_id is None or sides.subject._guesses_bind  # then no guess is needed
        played.guess = (
            "" if bound else guess(sides.subject, call.refusal_id, answered(answer), answered(played.response))
        )
        if played.status >= 400 > played.response.status and _hides_a_value(played.request, played.operation):
            played.guess = ""  # a list may hide the right code among wrong ones
        if self._is_sent_again(sides) and demands_nonce(played.response):
            played.guess = "not judged: a used proof may be refused for its nonce too (RFC 9449, section 8)"
        if played.guess and played.excused:
            return
        played.body = comparison.responses(played.response, answer, call.refusal_id)
        if not sides.recorded and call.refusal_id is None:  # refusals: compared in full
            body = as_documented(call.operation or "", comparison.body)
            _hold_to_schema(call.operation or "", played.response.status, body)
        played.found, played.rows = comparison.found, comparison.rows
        self._live_as_told(sides, played, comparison)
        self._messages(sides, played, comparison, sent)
        codes = set(map(int, _codes(sides, played.at))) if comparison.beside else ()
        for path, number in comparison.beside:
            if sides.numbers.is_code(path, number, codes):
                raise Differs("MFA004", path, "absent", "present: a code that lets its holder in")
        played.new = comparison.new
        played.slots = [*comparison.new, *reuse.left]

    def _owes_a_nonce(self, sides: SideBySide, mine: Response, right: Response) -> bool:
        """Whether somebody else's fake demands a nonce where the oracle does not, as any server may at any time: RFC
        9449, section 8. Then a client makes the call once more."""
        if self.template.proof is None or self._is_sent_again(sides) or not sides.subject._is_lenient:
            return False
        return demands_nonce(mine) and not demands_nonce(right)

    def _is_sent_again(self, sides: SideBySide) -> bool:
        """Whether the proof was sent to somebody else's fake before."""
        proof = self.template.proof
        return proof is not None and proof.again is not None and sides.subject._is_lenient

    def _live_as_told(self, sides: SideBySide, played: Played, comparison: Comparison) -> None:
        """Let the oracle's access token live as long as the subject said of its own: entry D-13."""
        if comparison.lifetime is None:
            return
        comparison.found["access_token"].about["life"] = comparison.lifetime
        tokens = sides.oracle.tenant.tokens.access
        tokens[played.body["access_token"]].expires_at = played.at + comparison.lifetime

    def _messages(self, sides: SideBySide, played: Played, comparison: Comparison, sent: int) -> None:
        messages = sides.oracle.tenant.outbox[sent:]
        if not sides.subject.is_real:
            mine = list(played.sent)
            expected = [(m.channel, m.to if m.channel != "push" else "") for m in messages]
            if mine != expected:
                elsewhere = [channel for channel, _ in mine] == [channel for channel, _ in expected]
                raise Differs(
                    "MFA011", "messages sent", _told(expected), "to another address" if elsewhere else _told(mine)
                )
        played.channel, played.code = "", None
        for message in messages:
            played.channel = message.channel
            played.owner = owner = sides.people.get(message.user.email)  # None for users that passwordless logins made
            if owner is None or message.code is None or not sides.reads_codes:
                continue
            if not sides.recorded or not played.codes:  # an earlier play may have ended before the code was read
                played.codes = [_code(sides.subject, owner, message.channel, played.at)]
            played.code = comparison.code(lambda: played.codes[0], message.code)

    def tell(self, played: Played, steps: Steps) -> None:
        """Add the call, and the codes sent with it or by it, to the trace."""
        assert played.request is not None
        code = (self.template.params or {}).get("otp")
        if isinstance(code, Totp) and isinstance(code.secret, Pair):
            shown = str(_sent(played.request).get("otp"))
            secret = code.secret.values[SUBJECT]
            steps.events.append(ReadValue("otp", shown, "the code the app shows", secret, code.steps_off))
        if self.fails:
            steps.events.append(Note(f"let the provider of messages by {self.fails} fail once"))
        steps.events.append(Exchange(self.operation, played.request, played.response, self.template.unusual))
        if played.codes:
            name = f"{played.channel}_code"
            steps.events.append(ReadValue(name, played.codes[0], f"the code that was sent by {played.channel}"))


def _renewed(template: CallTemplate, sides: SideBySide) -> list[str]:
    """The refresh tokens that the call sends to subject and oracle, if it sends any."""
    token = (template.params or {}).get("refresh_token", OMIT)
    return ["" if token is OMIT else str(resolve(token, side)) for side in (sides.side, sides.oracle)]


def _claims(oracle: Oracle, token: str) -> dict[str, Json]:
    """What an opaque access token of the oracle says."""
    kept, now = oracle.tenant.tokens.access[token], int(oracle.now())
    about = {"iss": oracle.tenant.issuer, "iat": now, "exp": int(kept.expires_at)}
    bound = {} if kept.jkt is None else {"cnf": {"jkt": kept.jkt}}
    return {**about, **bound, **({} if kept.user is None else {"sub": kept.user.id})}


def _optional(subject: Subject, call: Call, template: CallTemplate) -> Collection[str]:
    """`scope`, if it is what was requested: entry T1 demands it only if it differs.

    Applications are granted every scope that they request. If the subject's profile is unknown, the field is measured
    instead.
    """
    if subject.profile is None or not subject._is_lenient:
        return ()
    if call.operation in _MAY_LACK:
        return _MAY_LACK[call.operation]
    as_asked = "scope_in_answer" in call.profile_fields
    as_asked |= call.operation == "client-credentials" and bool((template.params or {}).get("scope"))
    return ("scope",) if as_asked else ()


def _hold_to_schema(operation: str, status: int, body: Json) -> None:
    """Check the schema: an opaque value, which differs from side to side, may still violate it."""
    row = OPERATIONS.get(operation)
    if row is not None and (found := schemas().check_decoded(row.id, status, body)):
        raise Differs("MFA014", f"the body of a {status}", "within its schema", found[0])


def _hides_a_value(request: Request | None, operation: str) -> bool:
    """Whether an MFA grant was sent a list or an object in the place of a value."""
    if request is None or not operation.startswith("mfa-"):
        return False
    try:
        body = json.loads(request.body)
    except ValueError:
        return False
    return isinstance(body, dict) and any(isinstance(value, list | dict) for value in body.values())


def _sent(request: Request) -> dict[str, Json]:
    text = request.body.decode()
    return dict(parse_qsl(text)) if not text.startswith("{") else dict(json.loads(text))


def _answer(handler: Handler, request: Request) -> Response:
    try:
        return handler(request)
    except ConfigurationError:
        raise
    except Exception as error:
        raise Differs(*astuple(no_answer(error))) from error


def _code(subject: Subject, user: UserSymbol, channel: str, since: float) -> str:
    try:
        return checked_code(subject.code(user.known, channel, since), subject)
    except LookupError as error:
        raise Differs("MFA011", "messages sent", f"a code by {channel}", "none") from error


def _codes(sides: SideBySide, at: float) -> Iterator[str]:
    """The codes that were read so far, and the current codes of the authenticator apps."""
    for played in sides.history:
        yield from played.codes
        for pair in played.new:
            if pair.kind == "secret":
                yield totp(pair.values[SUBJECT], at)


def _told(messages: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"one by {channel}" for channel, _ in messages) or "none"
