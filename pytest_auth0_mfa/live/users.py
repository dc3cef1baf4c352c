"""The users of a live run: given by name or created, recorded in the ledger first and given back afterwards."""

from __future__ import annotations

import contextlib
import secrets
from collections import Counter
from collections.abc import Iterable

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.subjects import Client, Person
from pytest_auth0_mfa.contract.tenant.values import SUBJECT
from pytest_auth0_mfa.contract.tenant.verdicts import CouldNotRun, Disturbed, LimitReached, NotJudged
from pytest_auth0_mfa.errors import Auth0MfaError
from pytest_auth0_mfa.messages import Handler
from pytest_auth0_mfa.tenant.limits import MESSAGES, Bucket

from .ledger import PREFIX, Entry, Ledger, LedgerError
from .management import (
    CREATE_USERS,
    DELETE_METHODS,
    DELETE_USERS,
    READ_USERS,
    Management,
    ManagementError,
    difference,
    new_password,
)
from .settings import LiveSettings

WRONG_CODES = (10, 360.0)
"""How many wrong codes a user may send at once, and the seconds until one more: section 9 of the contract."""


class Limits:
    """How many more messages and wrong codes each user may have, by the documented limits."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self.spent: Counter[str] = Counter()

    def draw(self, username: str, what: str, now: float, *, only_look: bool) -> bool:
        """Use up one message or wrong code, or ``only_look``; False when the limit is reached."""
        capacity, refill = MESSAGES.get(what, WRONG_CODES)
        bucket = self._buckets.setdefault((username, what), Bucket(capacity, refill, now))
        if only_look:
            return bucket.level(now) >= 1
        self.spent[username] += 1
        return bucket.take(now)


class Directory:
    """Supplies the users of a run or worker."""

    def __init__(self, settings: LiveSettings, handler: Handler, management: Management | None, ledger: Ledger) -> None:
        self.settings = settings
        self.handler = handler
        self.management = management
        self.ledger = ledger
        self.given = settings.users[settings.worker :: settings.workers]
        self.creates = not settings.users and self._may(CREATE_USERS, DELETE_USERS, READ_USERS)
        self.enrolls = self.creates or self._may(DELETE_METHODS, READ_USERS)
        """Whether what tests enroll can be removed again."""
        self.perhaps_created: list[Entry] = []
        """Users whose creation brought no answer."""
        self.limits = Limits()
        """The limits of given users, counted over all tests."""

    def spent(self, person: Person) -> int:
        """How many messages and wrong codes the person has used up."""
        return self.limits.spent.get(person.username, 0)

    def _may(self, *scopes: str) -> bool:
        return self.management is not None and self.management.may(*scopes)

    def problem(self) -> str | None:
        """Why there are no users for this run, and what to do; None when there are."""
        if self.creates:
            return None if self.settings.user_email else (
                "set AUTH0_MFA_USER_EMAIL to where mail for created users arrives: @DOMAIN for any name, or "
                "NAME@DOMAIN for NAME+ANYTHING"
            )  # fmt: skip
        if self.settings.users:
            return None if self.given else (
                f"AUTH0_MFA_USERS has {len(self.settings.users)} users for {self.settings.workers} workers: "
                "give each worker one, or start fewer (-n)"
            )  # fmt: skip
        if self.management is not None and self.management.refusal:
            return f"no users: {self.management.refusal} Or give users in AUTH0_MFA_USERS."
        return (
            "no users: give some in AUTH0_MFA_USERS, or authorize the application for the Management API with "
            f"{CREATE_USERS}, {DELETE_USERS} and {READ_USERS}, so that they can be created and deleted"
        )

    def settle(self) -> None:
        """Find users whose creation brought no answer, by their addresses, and delete them.

        What cannot be deleted stays in the ledger.
        """
        while self.perhaps_created and self.management is not None:
            entry = self.perhaps_created.pop()
            with contextlib.suppress(Auth0MfaError, NotJudged):
                ids = self.management.user_ids(entry.name)
                for user_id in ids:
                    self.management.delete_user(user_id)
                if ids:
                    self.ledger.end(entry)

    def lease(self) -> Lease:
        """A lease of users for one test."""
        return Lease(self)


class Lease:
    """The users of one test. `close` deletes them or gives them back as they were."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._created: list[tuple[Entry, str]] = []
        self._lent: dict[Person, tuple[str, ...]] = {}
        self._enrolled: dict[Person, list[Entry]] = {}
        self.persons: list[Person] = []
        self._limits = Limits()

    def new_user(self, *, email_verified: bool) -> Person:
        """A new user, or a given one with nothing enrolled. Raises NotJudged or CouldNotRun when there is none."""
        if self._directory.creates:
            with contextlib.suppress(Disturbed):
                self.persons.append(self._create(email_verified))
                return self.persons[-1]
        person = self._create(email_verified) if self._directory.creates else self._lend(email_verified)
        self.persons.append(person)
        return person

    def draw(self, person: Person | None, what: str, now: float, *, only_look: bool = False) -> None:
        """Count a message to the person or a wrong code. ``what``: a channel, or ``codes``; ``now``: epoch seconds.

        Raises LimitReached when earlier tests have used up a limit that this test alone would not have reached.
        """
        if person is None or person not in self._lent:
            return
        expected = self._limits.draw(person.username, what, now, only_look=only_look)
        if not self._directory.limits.draw(person.username, what, now, only_look=only_look) and expected:
            raise LimitReached(
                f"left unjudged: earlier tests have used up what {person.username} may have of {what}: give more "
                "users, or wait an hour"
            )

    def before_enrollment(self, person: Person | None, factor: str) -> None:
        """Record an enrollment in the ledger. Raises NotJudged when it could not be removed again, and
        CouldNotRun."""
        if self._directory.creates:
            return  # it is deleted with its user
        if not self._directory.enrolls:
            raise NotJudged(
                f"enrolling on a given user is refused without the Management API's {DELETE_METHODS} and {READ_USERS}: "
                "what is enrolled could not be removed"
            )
        for user in [person] if person in self._lent else list(self._lent):  # an unknown token may be any user's
            ledger, domain = self._directory.ledger, self._directory.settings.domain
            try:
                entry = ledger.begin_authenticator(domain, user.username, factor, self._lent[user])
            except LedgerError as error:
                raise CouldNotRun(f"could not run: {error}") from None
            self._enrolled.setdefault(user, []).append(entry)

    def close(self) -> None:
        """Delete the users that were created and remove what was enrolled. What fails stays in the ledger."""
        while self._created:
            entry, user_id = self._created.pop()
            assert self._directory.management is not None
            self._directory.management.delete_user(user_id)
            self._directory.ledger.end(entry)
        for person in list(self._enrolled):
            self._take_back(person)
        self._lent.clear()

    # -- created ---------------------------------------------------------------------------------

    def _create(self, email_verified: bool) -> Person:
        settings, management = self._directory.settings, self._directory.management
        assert management is not None
        email = new_address(settings.user_email)
        password = new_password()
        try:
            entry = self._directory.ledger.begin_user(settings.domain, email)
        except LedgerError as error:
            raise CouldNotRun(f"could not run: {error}") from None
        try:
            user_id = management.create_user(
                email, password, email_verified=email_verified, connection=settings.connection
            )
        except ManagementError as error:
            raise CouldNotRun(f"could not run: {error}") from None
        except Disturbed:
            self._directory.perhaps_created.append(entry)  # `settle` looks for it
            raise
        self._created.append((entry, user_id))
        return Person(email, password, settings.phone_number, email_verified)

    # -- given -----------------------------------------------------------------------------------

    def _lend(self, email_verified: bool) -> Person:
        for person in sorted(self._directory.given, key=self._directory.spent):
            if person.email_verified == email_verified and person not in self._lent:
                break
        else:
            kind = "a verified email" if email_verified else "an unverified email"
            raise NotJudged(f"needs one more user with {kind}: give more in AUTH0_MFA_USERS")
        listed = listed_ids(self._directory.handler, self._directory.settings, person)
        if any(not identifier.startswith("email|") or not person.email_verified for identifier in listed):
            raise NotJudged(
                f"{person.username} has {len(listed)} authenticators: give users for whom nothing is enrolled, or "
                "remove them (auth0-mfa cleanup removes what earlier runs left)"
            )
        self._lent[person] = tuple(listed)
        return person

    def _take_back(self, person: Person) -> None:
        directory = self._directory
        assert directory.management is not None
        remove_new(directory.handler, directory.settings, directory.management, person, self._lent[person])
        for entry in self._enrolled.pop(person):
            directory.ledger.end(entry)


def new_address(user_email: str) -> str:
    """A new address whose mail arrives in the inbox that is read."""
    local, _, domain = user_email.partition("@")
    tag = f"{PREFIX}{secrets.token_hex(8)}"
    return f"{local}+{tag}@{domain}".lower() if local else f"{tag}@{domain}".lower()


def listed_ids(handler: Handler, settings: LiveSettings, person: Person) -> list[str]:
    """The ids of the person's authenticators, pending ones included, as the MFA API lists them.

    Raises NotJudged when the person cannot log in.
    """
    client = Client(settings.client_id, settings.client_secret)
    answer = handler(calls.password(client, person.username, person.password).request(NoValues(handler)))
    body = answer.json() if answer.body else {}
    if not isinstance(body, dict) or not isinstance(body.get("mfa_token"), str):
        raise NotJudged(
            f"{person.username} cannot log in up to the second factor (status {answer.status}): check the password in "
            "AUTH0_MFA_USERS, the Password grant and the MFA policy"
        )
    rows = handler(calls.authenticators(body["mfa_token"]).request(NoValues(handler))).json()
    return [str(row["id"]) for row in rows if isinstance(row, dict)]


def remove_new(
    handler: Handler, settings: LiveSettings, management: Management, person: Person, before: Iterable[str]
) -> int:
    """Delete the authenticators whose ids are not among ``before``; return their number."""
    new = difference(listed_ids(handler, settings, person), before)
    for user_id in management.user_ids(person.username):
        for identifier in new:
            management.delete_method(user_id, identifier)
    return len(new)


class NoValues:
    """Stands for a side when a request has no placeholders to fill in."""

    index = SUBJECT
    domain = ""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler

    def now(self) -> float:
        raise AssertionError("nothing here depends on the time")
