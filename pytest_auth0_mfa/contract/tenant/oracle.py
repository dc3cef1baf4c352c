"""The oracle: a fresh fake configured like the subject, with values of its own."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from pytest_auth0_mfa.app import handler as handler_of
from pytest_auth0_mfa.messages import Handler, Json, Request, Response, encode
from pytest_auth0_mfa.spec.profile import Profile
from pytest_auth0_mfa.tenant.entities import User
from pytest_auth0_mfa.tenant.journal import Call
from pytest_auth0_mfa.tenant.policies import in_turn
from pytest_auth0_mfa.tenant.signing import run_signer

from .subjects import Person, Subject
from .values import ORACLE

_SEED = 0x0A0C1E  # another one than a subject has: equal values must be equal by right, not by chance

_HEADER = base64.urlsafe_b64encode(b'{"alg":"RS256","typ":"JWT"}').decode().rstrip("=")


class Unsigned:
    """Signs nothing: an oracle's tokens are read, not verified, and a signature costs as much as ten calls."""

    def sign(self, claims: dict[str, Json]) -> str:
        """A token of these claims in the shape of a JWT."""
        return f"{_HEADER}.{base64.urlsafe_b64encode(encode(claims).encode()).decode().rstrip('=')}.unsigned"

    def jwks(self) -> dict[str, Json]:
        """A real key set: it is compared."""
        return run_signer().jwks()

    def assertion(self, token: str, keys: tuple[str, ...], audiences: list[str], at: float) -> dict[str, Json] | None:
        """Judged as by the real one."""
        return run_signer().assertion(token, keys, audiences, at)


class Oracle:
    """The side that knows the right answer."""

    index = ORACLE

    def __init__(self, subject: Subject, profile: Profile, factors: frozenset[str], at: float) -> None:
        self.tenant = tenant = subject.oracle_tenant(profile, factors, _SEED)
        tenant.signer = Unsigned()
        tenant.clock.freeze(at)
        self.handler: Handler = handler_of(tenant)
        self._users: dict[str, User] = {}

    def now(self) -> float:
        """The tenant's time."""
        return self.tenant.clock.now()

    def adopt(self, person: Person) -> None:
        """Have a user of the subject here too."""
        number = person.phone_number or None
        self._users[person.username] = self.tenant.add_user(
            person.username, person.password, email_verified=person.email_verified, phone_number=number
        )

    def answer_push(self, person: Person, approve: bool) -> None:
        """Answer the newest open request. Raises LookupError when there is none."""
        push = self.tenant.push
        (push.approve if approve else push.reject)(self._users[person.username])

    def demand_in_turn(self, person: Person, factors: Sequence[str]) -> None:
        """Demand several factors of a user, one after the other."""
        self.tenant.policy = in_turn(self.tenant.policy, person.username, factors)

    def play(self, request: Request) -> tuple[Response, Call]:
        """The right answer and what the model says about it."""
        response = self.handler(request)
        return response, self.tenant.calls[-1]
