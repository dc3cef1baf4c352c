"""The person at the screen in `sign_in`: answers the client's questions and records them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.tenant.entities import User

from .example import ClientExample
from .recording import Seen

RECOVERY = "recovery-code"
KINDS = ("choose", "code", "push", "recovery_code", "enroll", "show")


@dataclass(slots=True)
class PlayedPerson:
    """A user, and how this user wants to sign in."""

    example: ClientExample
    user: User
    factor: str = "email"
    """The factor to choose or enroll, or ``recovery-code``."""
    newest: bool = False
    """Whether to choose the newest of several authenticators of the factor."""
    wrong_codes: int = 0
    """How many wrong codes to type before a right one."""
    before_code: Callable[[], None] | None = None
    """Called once, when the first code is asked for."""
    asked: list[tuple[str, Json]] = field(default_factory=list)
    typed: list[str] = field(default_factory=list, repr=False)
    chosen: str | None = None
    enrolled: str | None = None
    address: dict[str, Json] = field(default_factory=dict, repr=False)
    """The address that was typed for an enrollment: Auth0's name -> value."""
    shown: dict[str, Json] = field(default_factory=dict, repr=False)
    prompted_for_nothing: bool = False

    def __call__(self, kind: str, details: Json) -> Json:
        """The person's answer. Raises ValueError for an unknown kind of question."""
        self.asked.append((kind, details))
        if kind not in KINDS:
            raise ValueError(f"ask({kind!r}): expected one of {', '.join(KINDS)}")
        answer: Callable[[Json], Json] = getattr(self, f"_{kind}")
        return answer(details)

    def was_asked(self, kind: str) -> bool:
        """Whether the client asked a question of this kind."""
        return any(known == kind for known, _ in self.asked)

    def _choose(self, rows: Sequence[Mapping[str, Json]]) -> Json:
        if self.factor == RECOVERY:
            self.chosen = RECOVERY
            return RECOVERY
        entries = {entry.id: entry for entry in self.user.authenticators}
        offered = [row["id"] for row in rows]
        # An inactive authenticator is chosen first: it must not be offered, and a client that offers it will
        # challenge it.
        dead = [row_id for row_id in offered if row_id in entries and not entries[row_id].active]
        meant = [row_id for row_id in offered if row_id in entries and entries[row_id].factor == self.factor]
        by_age = [entry.id for entry in self.user.entries]
        meant.sort(key=by_age.index, reverse=self.newest)
        self.chosen = (dead + meant + offered)[0]
        return self.chosen

    def _code(self, row: Mapping[str, Json]) -> Json:
        if self.before_code is not None:
            before, self.before_code = self.before_code, None
            before()
        secret = self._secret(row)
        if secret is None and not self._message_came():
            self.prompted_for_nothing = True
            return None
        if secret is None:
            right = self._read()
            return None if right in self.typed else self._type(right)  # a code is typed only once
        if self.example.otp(secret) in self.typed:
            self.example.advance(30)
        return self._type(self.example.otp(secret))

    def _type(self, right: str) -> str:
        if self.wrong_codes:
            self.wrong_codes -= 1
            self.typed.append(self.example.wrong(right, *self.typed))
        else:
            self.typed.append(right)
        return self.typed[-1]

    def _secret(self, row: Mapping[str, Json]) -> str | None:
        """The TOTP secret, if the code of an authenticator app is asked for; otherwise None."""
        if row.get("authenticator_type") != "otp" and not str(row.get("id", "")).startswith("totp|"):
            return None
        named = [entry for entry in self.user.entries if entry.id == row.get("id")]
        return (named or [entry for entry in self.user.entries if entry.secret])[-1].secret

    def _message_came(self) -> bool:
        last = self._last_challenge()
        return last is not None and bool(last.response.json().get("binding_method"))

    def _last_challenge(self) -> Seen | None:
        made = [s for s in self.example.recording.seen if s.operation in ("challenge", "associate") and s.granted]
        return made[-1] if made else None

    def _read(self) -> str:
        message = self.example.tenant.outbox.latest(self.user)
        return self.example.code(self.user, message.channel)

    def _push(self, row: Json) -> Json:
        return None

    def _recovery_code(self, details: Json) -> Json:
        return self._type(self.user.recovery_code or "")

    def _enroll(self, details: Json) -> Json:
        self.enrolled = self.factor
        if self.factor == "email":
            self.address = {"email": f"second.{self.user.email}"}  # another one than that of the login
        elif self.factor in ("sms", "voice"):
            self.address = {"phone_number": self.user.phone_number}
        return {"factor": self.factor, **self.address}

    def _show(self, details: Mapping[str, Json]) -> Json:
        self.shown.update(details)
        return None
