"""Records what a subject answers in one scenario, so that other profiles can be checked on the same answers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Set
from typing import Any
from urllib.parse import parse_qsl

from pytest_auth0_mfa.contract.tenant.subjects import Person, Subject
from pytest_auth0_mfa.messages import Request, Response
from pytest_auth0_mfa.spec.factors import CodeChannel
from pytest_auth0_mfa.spec.profile import Profile

_KINDS = frozenset(("grant_type", "authenticator_types", "oob_channels", "challenge_type", "audience", "scope"))


def unnumbered(field: str) -> str:
    """The path of a field without list indexes: ``[2]`` becomes ``[]``."""
    return re.sub(r"\[\d+\]", "[]", field)


def _shape(request: Request) -> str:
    """What a request asks for, without the values that differ each time."""
    text = request.body.decode("utf-8", "replace")
    try:
        body = json.loads(text) if text.startswith("{") else dict(parse_qsl(text))
    except ValueError:
        body = {}
    kept = [f"{name}={body[name] if name in _KINDS else '...'}" for name in sorted(body)]
    bearer = "with" if "authorization" in request.headers else "without"
    return f"{request.method} {request.path.partition('|')[0].partition('%7C')[0]} {bearer} bearer: {', '.join(kept)}"


class EndOfRecord(BaseException):
    """Everything recorded has been played and no new calls are allowed. Not an Exception, so that nothing catches
    it."""


class OtherWay(BaseException):
    """The scenario does something else than what was recorded. Not an Exception, so that nothing catches it."""


class RecordedSubject(Subject):
    """A subject that first plays its records, then (if ``live``) asks the real subject and records that."""

    def __init__(self, subject: Subject, profile: Profile, tolerated: Set[str] = frozenset()) -> None:
        self._subject = subject
        self._tolerated = tolerated
        self._records: list[tuple[str, Any]] = []
        self._position = 0
        self._live = True
        self.profile: Profile | None = profile
        self.domain = subject.domain
        self.client_id = subject.client_id
        self.client_secret = subject.client_secret
        self.factors: Set[str] = frozenset(subject.factors)
        self.controls = subject.controls
        self.handler = self._answer

    @property
    def is_real(self) -> bool:
        """Whether the recorded subject is real."""
        return self._subject.is_real

    def code_lifetime(self, channel: CodeChannel) -> int:
        """As for the recorded subject, in seconds."""
        return self._subject.code_lifetime(channel)

    def tolerates(self, field: str) -> bool:
        """Whether an undocumented field was already accepted."""
        return unnumbered(field) in self._tolerated

    @property
    def answers(self) -> int:
        """The number of answers played since the last `rewind`."""
        return sum(kind.startswith("answer") for kind, _ in self._records[: self._position])

    @property
    def ended(self) -> bool:
        """Whether all records have been played."""
        return self._position == len(self._records)

    def rewind(self, profile: Profile, *, live: bool) -> RecordedSubject:
        """Start again from the first record, with another profile; return the subject itself."""
        self._position, self._live, self.profile = 0, live, profile
        return self

    def clear(self) -> None:
        """Forget the records."""
        self._records.clear()
        self._position = 0

    # -- a subject -------------------------------------------------------------------------------

    def _answer(self, request: Request) -> Response:
        """The next answer."""
        answer: Response = self._next(f"answer {_shape(request)}", lambda: self._subject.handler(request))
        return answer

    def new_user(self, *, email_verified: bool = False) -> Person:
        """The next user."""
        person: Person = self._next("user", lambda: self._subject.new_user(email_verified=email_verified))
        return person

    def code(self, user: Person, channel: str, since: float) -> str:
        """The next code."""
        code: str = self._next("code", lambda: self._subject.code(user, channel, since))
        return code

    def answer_push(self, user: Person, approve: bool) -> None:
        """The next push request."""
        self._next("push", lambda: self._subject.answer_push(user, approve))

    def advance(self, seconds: float) -> None:
        """Let time pass; nothing happens when played from a record."""
        self._next("time", lambda: self._subject.advance(seconds))

    def ready(self, *, for_otp: bool = False) -> None:
        """Wait until a call may be made, if the next call is not played from a record."""
        if self._live and self.ended:
            self._subject.ready(for_otp=for_otp)

    def now(self) -> float:
        """The subject's time."""
        return self._subject.now()

    def close(self) -> None:
        """Do nothing: the recorded subject is closed by its owner."""

    def _next(self, kind: str, make: Callable[[], Any]) -> Any:
        if self._position < len(self._records):
            recorded, value = self._records[self._position]
            if recorded != kind:
                raise OtherWay
            self._position += 1
        elif not self._live:
            raise EndOfRecord
        else:
            try:
                value = make()
            except LookupError as error:
                value = error
            self._records.append((kind, value))
            self._position += 1
        if isinstance(value, LookupError):
            raise value
        return value
