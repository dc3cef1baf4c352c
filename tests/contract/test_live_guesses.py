"""Where nobody documents what a refusal looks like, a real tenant that refuses in another way is not accused."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.live_tenant import LiveTenant

from pytest_auth0_mfa import ContractViolation, Handler, Request, Response, Tenant
from pytest_auth0_mfa.contract.coverage import Observation
from pytest_auth0_mfa.contract.driver import Plan
from pytest_auth0_mfa.contract.tenant.run import Run
from pytest_auth0_mfa.contract.tenant.verdicts import NotJudged, Unjudged
from pytest_auth0_mfa.spec.profile import Profile, alternatives, profile_fields
from pytest_auth0_mfa.spec.refusals import REFUSALS

MACHINE = (0, 1, 2)
"""Seeds of the machine."""
GUESSES = {case for case, row in REFUSALS.items() if row.confidence == "guess" and row.answer != "204"}


TEAPOT = b'{"error":"teapot","error_description":"no"}'
"""A refusal that the tenant itself makes: a page of HTML would be somebody's on the way, and leaves the run open."""


def otherwise(
    cases: set[str], status: int, body: bytes = TEAPOT, media: str = "application/json"
) -> Callable[[Tenant, Handler], Handler]:
    """The tenant, with another answer in these cases."""

    def wrap(tenant: Tenant, answers: Handler) -> Handler:
        def answer(request: Request) -> Response:
            response = answers(request)
            if tenant.calls and tenant.calls[-1].refusal_id in cases:
                return replace(response, status=status, headers={"content-type": media}, body=body)
            return response

        return answer

    return wrap


def judged(live: LiveTenant, *chosen: str | int) -> dict[str, str]:
    """What is said of each of these scenarios that does not pass; of all, and of the machine, when none is named."""
    said = {}
    names: Sequence[str | int] = chosen or [*live.playable(), *MACHINE]
    for name in names:
        try:
            live.play(name) if isinstance(name, str) else live.play_machine(name)
        except NotJudged as reason:
            said[str(name)] = str(reason)
        except ContractViolation as found:
            said[str(name)] = f"{found.finding} {found}"
    return said


@pytest.mark.slow
@pytest.mark.parametrize("given", [None, Profile()], ids=["first run", "with a profile"])
def test_no_guess_is_held_against_a_tenant(given: Profile | None, tmp_path: Path) -> None:
    """No finding in a whole run, whatever refusal is served in these cases."""
    said = judged(LiveTenant(tmp_path, given=given, wrap=otherwise(GUESSES, 418)))
    assert all(
        reason.startswith("not judged: no source documents the answer to this call (") for reason in said.values()
    ), said
    assert len(said) > 10


def test_another_refusal_than_the_guessed_one_is_left_open(tmp_path: Path) -> None:
    """The reason names the row and the answer."""
    said = judged(LiveTenant(tmp_path, wrap=otherwise(GUESSES, 418)), "challenge-unreadable")
    wanted = "U-19 of the contract guesses 400 invalid_request), and the tenant answered 418"
    assert wanted in said["challenge-unreadable"]


def test_the_machine_goes_on_after_it(tmp_path: Path) -> None:
    """It meets several in a run, and still finds what is broken."""
    said = judged(LiveTenant(tmp_path / "1", wrap=otherwise({"wrong_type", "missing_bearer"}, 418)), *MACHINE)
    assert said == {}


def test_what_nobody_documents_may_be_granted(tmp_path: Path) -> None:
    """The last of two parameters, for example."""
    wrap = otherwise({"repeated_parameter"}, 200, b"{}")
    said = judged(LiveTenant(tmp_path, wrap=wrap), "login-repeated-parameter", "otp-of-another-type")
    assert "the tenant answered 200" in said["login-repeated-parameter"]
    assert said.keys() == {"login-repeated-parameter"}


@pytest.mark.parametrize(
    ("case", "name"),
    [
        ("missing_scope", "otp-of-another-type"),
        ("invalid_refresh_token", "refresh-refused"),
        ("invalid_access_token", "userinfo"),
    ],
)
def test_what_must_be_refused_may_not_be_granted(case: str, name: str, tmp_path: Path) -> None:
    """However the refusal looks."""
    said = judged(LiveTenant(tmp_path, wrap=otherwise({case}, 200, b"{}")), name)
    assert said[name].startswith("MFA021")


def test_a_documented_alternative_is_measured_instead(tmp_path: Path) -> None:
    """Then nothing is left open."""
    live = LiveTenant(tmp_path, profile={"missing_bearer": alternatives(profile_fields()["missing_bearer"])[1]})
    names = [name for name in live.playable() if "bearer" in name]
    assert names
    assert judged(live, *names) == {}


@pytest.mark.parametrize(("case", "name"), [("wrong_otp", "otp-wrong-code"), ("missing_parameter", "otp-missing-code")])
def test_a_documented_refusal_is_judged(case: str, name: str, tmp_path: Path) -> None:
    """What has a source is no guess."""
    assert judged(LiveTenant(tmp_path, wrap=otherwise({case}, 418)), name)[name].startswith("MFA0")


def test_a_machine_without_a_factor_plays_on(tmp_path: Path) -> None:
    """Where no factor is on, and none may be tried."""
    live = LiveTenant(tmp_path, factors=frozenset(), told=frozenset())
    assert live.play_machine() == []


@pytest.mark.parametrize(
    ("field", "name"), [("string_for_list", "associate-string-for-list"), ("associate_form", "associate-form")]
)
@pytest.mark.parametrize("given", [None, Profile()], ids=["first run", "with a profile"])
def test_what_a_profile_explains_is_measured(field: str, name: str, given: Profile | None, tmp_path: Path) -> None:
    """Also where the field is another one than the refusal's; with a profile given, it is drift."""
    live = LiveTenant(tmp_path, profile={field: True}, given=given)
    if given is None:
        assert [(one.field, one.value) for one in live.play(name)] == [(field, True)]
    else:
        with pytest.raises(ContractViolation, match="MFA031"):
            live.play(name)


def test_a_refusal_of_what_is_documented_is_no_guess(tmp_path: Path) -> None:
    """The machine excuses no answer by a profile in which the refusal would be guessed."""

    def wrap(tenant: Tenant, answers: Handler) -> Handler:
        def answer(request: Request) -> Response:
            response = answers(request)
            if request.method == "DELETE" and request.path.startswith("/mfa/") and response.status == 204:
                return Response(418, {"content-type": "application/json"}, TEAPOT)
            return response

        return answer

    plenty = dict.fromkeys(("email", "sms", "voice", "push", "requests"), 99_999)
    live = LiveTenant(tmp_path, wrap=wrap, budget=plenty)
    assert judged(live, "delete")["delete"].startswith("MFA022")
    for seed in (1, 2, 5):
        subject = live.subject()
        run = Run(subject, Plan(max_examples=40, steps=14, seed=seed, reduce=False))
        with closing(subject), suppress(ContractViolation):
            run.go()
        assert run.found is None or run.found.finding == "MFA022"
        assert not [one for one in run.observations if one.field.startswith("delete")]


def test_a_limit_is_no_refusal(tmp_path: Path) -> None:
    """It leaves the run incomplete, as everywhere."""
    live = LiveTenant(tmp_path, wrap=otherwise({"wrong_type"}, 429))
    with pytest.raises(Unjudged):
        live.play("refresh-of-another-type")


def test_a_429_that_some_document_names_is_measured(tmp_path: Path) -> None:
    """Polling too fast is answered 400 or 429, by whom one asks: that is no limit of the whole tenant."""
    live = LiveTenant(tmp_path, profile={"slow_down": "429 slow_down"}, wait=60.0)
    found = [(one.field, one.value) for one in live.play("push-slow-down")]
    assert found == [("slow_down", "429 slow_down")]
    assert live.play("push-slow-down") == []


@pytest.mark.parametrize("due", ["400 slow_down", "429 slow_down"])
@pytest.mark.parametrize("body", [b'{"error":"too_many_requests","error_description":"x"}', b"<p>wait</p>"])
def test_the_tenants_limit_is_never_taken_for_a_refusal(due: str, body: bytes, tmp_path: Path) -> None:
    """Nor where a 429 of another kind is due: by a scenario or by the machine."""
    given = Profile(slow_down=due)
    media = "application/json" if body.startswith(b"{") else "text/html"
    limit = otherwise({"slow_down", "too_many_codes"}, 429, body, media)
    push = frozenset({"push", "otp"})
    live = LiveTenant(tmp_path, profile=given, given=given, wrap=limit, wait=60.0, factors=push)
    for name in ("push-slow-down", "too-many-otps"):
        with pytest.raises(Unjudged):
            live.play(name)
    for seed in MACHINE:
        with suppress(Unjudged):
            live.play_machine(seed)


def test_a_limit_that_is_none_of_the_documents_is_not_measured(tmp_path: Path) -> None:
    """It leaves the run incomplete."""
    live = LiveTenant(tmp_path, wrap=otherwise({"slow_down"}, 429, b'{"error":"too_many_requests"}'), wait=60.0)
    with pytest.raises(Unjudged):
        live.play("push-slow-down")


@pytest.mark.parametrize("said", ["x " * 80 + "pad ", {"echo": "y" * 150}])
def test_no_part_of_a_secret_is_in_the_reason(said: object, tmp_path: Path) -> None:
    """What the tenant calls its error may quote the request."""
    live = LiveTenant(tmp_path)
    secret = str(live.tenant.client_secret)
    error = said + secret if isinstance(said, str) else {**said, "secret": secret}  # type: ignore[dict-item]
    body = json.dumps({"error": error, "error_description": "no"}).encode()
    wrap = otherwise({"wrong_type"}, 418, body, "application/json")
    reason = judged(LiveTenant(tmp_path, wrap=wrap), "refresh-of-another-type")["refresh-of-another-type"]
    assert "and the tenant answered 418 a" in reason
    assert not any(secret[i : i + 8] in reason for i in range(len(secret) - 8))


def test_forms_that_are_refused_are_measured_together(tmp_path: Path) -> None:
    """Two fields of which one alone would contradict itself."""
    live = LiveTenant(tmp_path, profile={"challenge_form": False, "challenge_json_as_form": False})
    subject = live.subject()
    with closing(subject):
        subject.check_drift(
            [Observation(name, False, "challenge") for name in ("challenge_form", "challenge_json_as_form")]
        )
    assert not live.run.measured.profile.challenge_form
