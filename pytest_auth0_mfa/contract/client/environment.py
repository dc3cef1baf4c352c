"""The environment of an example: a fresh tenant, a client for it, users, time and messages."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Self

from pytest_auth0_mfa.contract.reproducer.trace import Note, ReadValue, Steps
from pytest_auth0_mfa.spec.profile import Profile
from pytest_auth0_mfa.tenant.enrollment import remove
from pytest_auth0_mfa.tenant.entities import Authenticator, MfaDemand, User
from pytest_auth0_mfa.tenant.tenant import Tenant
from pytest_auth0_mfa.tenant.totp import totp
from pytest_auth0_mfa.transports.certificates import one_trusted_certificate

from .calling import Caller, NotCovered
from .checks.proofs import KnownProofs
from .leaks import Overheard
from .listening import Listening, listening
from .reaching import Elsewhere, answered, untrusted
from .recording import RecordingHandler
from .run import IN_PROCESS, ClientRun
from .troubles import ELSEWHERE
from .worlds import World


class ExampleEnvironment:
    """A fresh tenant, a client for it, and everything that happens besides the client's calls."""

    def __init__(self, run: ClientRun, world: World | None = None) -> None:
        self.run = run
        self.world = world or World()
        run.examples += 1
        self.tenant: Tenant = self.world.tenant(run.seed * 1_000_003 + run.examples)
        self.steps = Steps()
        self.recording = RecordingHandler(
            self.tenant,
            self.steps,
            unknown=self.world.unknown,
            interrupts=run.reach == IN_PROCESS,
            nonces=self.world.nonces,
        )
        self.calls: list[str] = []
        """The calls of the adapter so far, as a message shows them."""
        self.overheard = Overheard()
        self.elsewhere = Elsewhere(self.tenant)
        self.ears = Listening()
        self.proofs = KnownProofs(self.tenant, run.dated)
        self._attempts = 0
        self._named: dict[str, set[str]] = {}
        self._stack = ExitStack()
        self._users = 0
        self._disputed = frozenset(self.tenant.profile.differences(Profile()))

    def __enter__(self) -> Self:
        try:
            self._stack.enter_context(self.run.serving(self.tenant, self.recording))
            if self.world.untrusted:
                self._stack.enter_context(untrusted(self.tenant, self.recording))
            if self.run.reach == IN_PROCESS:
                self._stack.enter_context(answered(self.elsewhere))
            self._stack.enter_context(self.overheard)
            self.recording.retry_after = 7 if self.run.reach == IN_PROCESS else 1
            self.steps.give(self.tenant.domain, "AUTH0_DOMAIN")
            self.steps.give(self.tenant.client_id, "AUTH0_CLIENT_ID")
            self.steps.give(self.tenant.client_secret, "AUTH0_CLIENT_SECRET")
            self._stack.enter_context(_environment(_variables(self.tenant)))
            self.caller = self._made()
            self._stack.callback(self.caller.close)
            self.ears = self._stack.enter_context(listening())  # after the client, which usually imports its library
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def answer_elsewhere(self) -> None:
        """Let another host answer, unless it does already."""
        if self.run.reach != IN_PROCESS and self.elsewhere.domain == ELSEWHERE:
            self._stack.enter_context(answered(self.elsewhere, served=True))
            self.recording.elsewhere = self.elsewhere.domain

    def _made(self) -> Caller:
        try:
            return Caller(lambda: self.run.make_client(self.tenant))
        except Exception as error:
            if self.world.public:  # many clients support confidential applications only, and raise here
                raise NotCovered(f"make_client for an application without a secret ({type(error).__name__})") from None
            raise

    # -- what is set up --------------------------------------------------------------------------

    def user(
        self,
        *active: str,
        pending: Iterable[str] = (),
        email_verified: bool = False,
        mfa: bool | None = None,
    ) -> User:
        """Add a user who has enrolled these factors."""
        who = self.world.person(self.run.examples + self._users)
        email, password, number = (who.email, who.password, who.phone_number) if who is not None else (None,) * 3
        user = self.tenant.add_user(email, password, email_verified=email_verified, phone_number=number, mfa=mfa)
        self._users += 1
        number = "" if self._users == 1 else f"_{self._users}"
        self.steps.give(user.email, f"AUTH0_MFA_USERNAME{number}")
        self.steps.give(user.password, f"AUTH0_MFA_PASSWORD{number}")
        self.steps.give(user.phone_number, f"AUTH0_MFA_PHONE_NUMBER{number}")
        made = [self.enrolled(user, factor) for factor in active]
        made += [self.enrolled(user, factor, active=False) for factor in pending]
        told = [
            f"{'an active' if authenticator.active else 'an unconfirmed'} {authenticator.factor}"
            for authenticator in made
        ]
        told += ["a verified email"] if email_verified else []
        if told:
            self.steps.events.append(Note(f"arrange a user with {', '.join(told)}"))
        return user

    def enrolled(self, user: User, factor: str, *, active: bool = True) -> Authenticator:
        """Add an authenticator as if the user had enrolled it before."""
        made = user.enroll(factor, active=active)  # type: ignore[arg-type]  # checked when it runs
        number = sum(entry.secret is not None for entry in user.entries)
        for entry in (made, made.twin):
            if entry is not None:
                self.steps.give(entry.secret, f"AUTH0_MFA_TOTP_SECRET_{number}")
                self.steps.give(entry.id, f"AUTH0_MFA_AUTHENTICATOR_{len(user.entries)}_{entry.factor.upper()}")
        if user.recovery_code is not None:
            self.steps.give(user.recovery_code, "AUTH0_MFA_RECOVERY_CODE")
        return made

    def demand(self, *demands: MfaDemand) -> None:
        """Let an Action demand these one after the other: entries T3 and V20 of the contract."""
        self.tenant.policy = lambda *_: demands
        told = (
            "no factor that the MFA API is good for" if not demands[0].mfa_token else f"{len(demands)} factors in turn"
        )
        self.remark(f"let an Action demand {told}")

    def change_elsewhere(self, user: User, factor: str = "") -> None:
        """Change the user's authenticators, as another device does: enroll ``factor``, or delete the oldest one."""
        if factor:
            self.remark(f"enroll {self.enrolled(user, factor).factor} elsewhere")
        elif user.entries:
            self.remark(f"delete {user.entries[0].factor} elsewhere")
            remove(self.tenant, user, user.entries[0])

    def remark(self, text: str, seconds: float = 0) -> None:
        """Add a note to the trace about something that happens besides the calls."""
        self.steps.events.append(Note(text, seconds))

    def advance(self, seconds: float) -> None:
        """Advance the tenant's clock by ``seconds``."""
        self.tenant.clock.advance(seconds)
        self.steps.pass_time(seconds)

    def outlive_mfa_token(self) -> None:
        """Advance the clock until an mfa_token has expired."""
        self.advance(self.tenant.profile.mfa_token_lifetime + 1)

    def outlive_oob_code(self) -> None:
        """Advance the clock until an oob_code has expired."""
        self.advance(self.tenant.profile.oob_code_lifetime + 1)

    def approve(self, user: User) -> None:
        """Approve the push request as the person with the phone."""
        self.tenant.push.approve(user)
        self.remark("approve the push request")

    def reject(self, user: User) -> None:
        """Reject the push request as the person with the phone."""
        self.tenant.push.reject(user)
        self.remark("reject the push request")

    def code(self, user: User, channel: str) -> str:
        """The newest code that was sent to the user by ``channel``."""
        code = self.tenant.outbox.latest(user, channel).code  # type: ignore[arg-type]  # checked when it runs
        assert code is not None
        self.steps.events.append(ReadValue(f"{channel}_code", code, f"the code that was sent by {channel}"))
        return code

    def otp(self, secret: str) -> str:
        """The code that the authenticator app shows now."""
        code = totp(secret, self.tenant.clock.now())
        self.steps.events.append(ReadValue("otp", code, "the code that the authenticator app shows", secret))
        return code

    def wrong(self, *right: str) -> str:
        """A code that is none of these, with the same number of digits."""
        digits = len(right[0]) if right else 6
        code = next(c for c in (str(n).zfill(digits) for n in range(len(right) + 1)) if c not in right)
        self.steps.events.append(ReadValue("wrong_code", code, f"a code of {digits} digits that is not the right one"))
        return code


def _variables(tenant: Tenant) -> dict[str, str]:
    """The variables of ``tenant.env``. In process also SSL_CERT_FILE with a small file, which makes clients faster to
    make."""
    named = one_trusted_certificate() if tenant.ca_file is None else None
    return tenant.env if named is None else {**tenant.env, "SSL_CERT_FILE": named}


@contextmanager
def _environment(env: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in env}
    os.environ.update(env)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
