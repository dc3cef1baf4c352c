"""A fake as a subject: whose codes it reads, and how scenarios keep away from edges when calls take time."""

from __future__ import annotations

from pytest_auth0_mfa import Request, Response, Tenant, handler
from pytest_auth0_mfa.contract import fake_subject
from pytest_auth0_mfa.contract.coverage import Coverage
from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.context import ScenarioContext


def test_the_code_of_somebody_who_signed_up_anew_is_read() -> None:
    """After a deletion a passwordless login makes another user with the same address."""
    tenant = Tenant()
    subject = fake_subject(tenant)
    play = ScenarioContext(subject, Coverage())
    person = play.user()
    start = calls.passwordless_start(play.client, connection="email", send="code", email=person.username)
    play.call(start)
    first = play.code(person, "email")
    subject.delete_user(person)
    subject.advance(1)
    play.call(start)
    assert play.code(person, "email") == tenant.outbox[-1].code != first


def test_edges_are_as_far_away_as_calls_took() -> None:
    """A second where calls take no time; and the code of a slow call is found."""
    tenant = Tenant()
    answers = handler(tenant)

    def slowly(request: Request) -> Response:
        tenant.clock.advance(0.5)
        response = answers(request)
        tenant.clock.advance(0.25)
        return response

    play = ScenarioContext(fake_subject(tenant), Coverage())
    play.password(play.user())
    assert (play.edge, play.margin) == (1, 0)
    play = ScenarioContext(fake_subject(tenant, handler=slowly), Coverage())
    person = play.user()
    play.wait(60)
    token = play.log_in(person)
    play.associate(token, "email", person.username)
    assert play.code(person, "email") == tenant.outbox[-1].code
    assert (play.edge, play.margin) == (2.5, 2.5)
