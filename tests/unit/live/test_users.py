"""Users of a live run: written down before they are created, lent and given back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from helpers.live_tenant import LiveTenant

from pytest_auth0_mfa import Request, Response, Tenant
from pytest_auth0_mfa.contract.tenant.scenarios import SCENARIOS
from pytest_auth0_mfa.contract.tenant.subjects import Client, Person
from pytest_auth0_mfa.contract.tenant.verdicts import CouldNotRun, NotJudged, Unjudged
from pytest_auth0_mfa.live.ledger import PREFIX
from pytest_auth0_mfa.live.management import Credentials
from pytest_auth0_mfa.live.people.codes import OutboxSource
from pytest_auth0_mfa.live.users import Limits
from pytest_auth0_mfa.tenant.limits import MESSAGES

ADA = Person("ada@mail.example", "password-of-ada", "+15550100")
BOB = Person("bob@mail.example", "password-of-bob", "+15550101")


def given(folder: Path, *people: Person, **settings: Any) -> LiveTenant:
    """A live run with users given by name, who exist."""
    live = LiveTenant(folder, users=people, user_email="", **settings)
    for person in people:
        live.tenant.add_user(person.username, person.password, phone_number=person.phone_number)
    return live


def test_a_user_is_in_the_ledger_before_it_is_created(tmp_path: Path) -> None:
    """At the moment of the call its entry is there; when the test ends it is gone, and the entry is closed."""
    seen: list[list[str]] = []

    def watching(tenant: Tenant, answers: Callable[[Request], Response]) -> Callable[[Request], Response]:
        def handle(request: Request) -> Response:
            if (request.method, request.path) == ("POST", "/api/v2/users"):
                seen.append([entry.name for entry in live.ledger.open_entries()])
            return answers(request)

        return handle

    live = LiveTenant(tmp_path, wrap=watching)
    subject = live.subject()
    person = subject.new_user()
    assert seen == [[person.username]]
    assert person.username.startswith(PREFIX)
    assert not live.tenant.outbox
    subject.close()
    assert not live.tenant.users
    assert live.ledger.open_entries() == []


def test_who_cannot_be_deleted_stays_in_the_ledger(tmp_path: Path) -> None:
    """The test says so, and cleanup finds it."""
    live = LiveTenant(tmp_path)
    subject = live.subject()
    person = subject.new_user()
    live.tenant.fail_next("management-delete-user", status=503, times=3)
    with pytest.raises(CouldNotRun, match="auth0-mfa cleanup"):
        subject.close()
    assert [entry.name for entry in live.ledger.open_entries()] == [person.username]


def test_what_is_enrolled_for_a_given_user_is_written_down_first_and_removed(tmp_path: Path) -> None:
    """Factor and what was there before; afterwards the user is as before, and the entries are closed."""
    live = given(tmp_path, ADA)
    live.play("otp-enroll")
    user = live.tenant.user_by_email(ADA.username)
    assert user is not None
    assert not user.authenticators
    assert live.ledger.open_entries() == []
    lines = live.ledger.path.read_text()
    assert '"kind":"authenticator","domain":"tenant.example","name":"otp","user":"ada@mail.example"' in lines
    assert "password-of-ada" not in lines


def test_a_given_user_with_authenticators_is_not_taken(tmp_path: Path) -> None:
    """Nothing that was there is touched."""
    live = given(tmp_path, ADA)
    user = live.tenant.user_by_email(ADA.username)
    assert user is not None
    user.enroll("email")
    with pytest.raises(NotJudged, match="has 2 authenticators"):
        live.play("otp-enroll")
    assert len(user.entries) == 1


def test_enrolling_is_refused_when_it_could_not_be_undone(tmp_path: Path) -> None:
    """Without the Management API nothing is enrolled for somebody who stays."""
    live = given(tmp_path, ADA, management=None, told=frozenset({"otp", "recovery-code"}))
    live.play("mfa-required")
    with pytest.raises(NotJudged, match="delete:authentication_methods"):
        live.play("otp-enroll")
    user = live.tenant.user_by_email(ADA.username)
    assert user is not None
    assert not user.entries


def test_a_test_that_needs_more_users_than_are_given_is_skipped(tmp_path: Path) -> None:
    """With two it plays."""
    with pytest.raises(NotJudged, match="give more in AUTH0_MFA_USERS"):
        given(tmp_path / "1", ADA).play("list-of-another-user")
    given(tmp_path / "2", ADA, BOB).play("list-of-another-user")


def test_a_user_whose_limits_are_used_up_is_not_judged(tmp_path: Path) -> None:
    """The tenant counts over all tests, each test begins anew: the difference is no finding."""
    live = given(tmp_path, ADA, wait=60.0)
    for _ in range(10):  # two emails each, of twenty
        live.play("email-challenge")
    with pytest.raises(Unjudged, match=r"used up what ada@mail\.example may have of email"):
        live.play("email-challenge")


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("too-many-otps-at-enrolment", "codes"),
        ("too-many-binding-codes", "codes"),
        ("too-many-recovery-codes", "codes"),
        ("too-many-emails-at-enrolment", "email"),
    ],
)
def test_who_is_lent_is_not_used_up(name: str, what: str, tmp_path: Path) -> None:
    """A test that leaves a user without codes or messages is played with created users only."""
    reason = SCENARIOS[name].missing(given(tmp_path / "1", ADA, BOB).subject())
    assert f"uses up the limit of {what} of a user" in str(reason)
    assert SCENARIOS[name].missing(LiveTenant(tmp_path / "2").subject()) is None


def test_workers_share_the_given_users(tmp_path: Path) -> None:
    """Each has its own; who has none is told so."""
    live = given(tmp_path, ADA, BOB, worker=1, workers=2)
    assert live.run.directory.given == (BOB,)
    alone = given(tmp_path, ADA, worker=1, workers=2)
    assert "1 users for 2 workers" in str(alone.run.directory.problem())


def test_without_users_the_run_says_what_it_takes(tmp_path: Path) -> None:
    """Both ways are named."""
    live = LiveTenant(tmp_path, management=Credentials("nobody", "wrong-secret"))
    assert "AUTH0_MFA_USERS" in str(live.run.directory.problem())
    assert "AUTH0_MFA_MANAGEMENT_CLIENT_ID" in str(live.run.directory.problem())


def test_looking_takes_nothing() -> None:
    """Of what a user may still be sent: as many as are documented, however often somebody looked."""
    limits, capacity = Limits(), MESSAGES["email"][0]
    for _ in range(capacity):
        for _ in range(3):
            assert limits.draw("ada", "email", 0.0, only_look=True)
        assert limits.draw("ada", "email", 0.0, only_look=False)
    for only_look in (True, False):
        assert not limits.draw("ada", "email", 0.0, only_look=only_look)
    assert limits.spent == {"ada": capacity + 1}
    assert limits.draw("bob", "email", 0.0, only_look=True)


def test_a_person_and_a_client_show_no_secret() -> None:
    """A failing assertion prints them."""
    shown = repr([ADA, Client("the-client", "the-secret")])
    assert ADA.password not in shown
    assert "the-secret" not in shown


def test_a_run_hangs_up_its_mailbox_and_its_approver(tmp_path: Path) -> None:
    """Where they can be closed."""

    closed: list[str] = []

    class Source(OutboxSource):
        def close(self) -> None:
            closed.append("source")

    class Approver:
        def answer(self, user: str, approve: bool) -> None:
            raise AssertionError

        def close(self) -> None:
            closed.append("approver")

    live = LiveTenant(tmp_path)
    live.run.source, live.run.approver = Source(live.tenant), Approver()
    live.run.close()
    assert closed == ["source", "approver"]
