"""`TenantContract` as a consumer uses it: subclassed, on every target, under pytest-xdist."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from helpers.forked_pytest import run_forked

TWO = """
    import json
    from dataclasses import replace

    from pytest_auth0_mfa import Request, Response, Tenant, handler
    from pytest_auth0_mfa.contract import TenantContract, fake_subject

    def spoilt(inner):
        def handle(request: Request) -> Response:
            answer = inner(request)
            if request.path == "/mfa/challenge" and answer.status == 200:
                body = answer.json()
                body["binding_methods"] = body.pop("binding_method", "prompt")
                return replace(answer, body=json.dumps(body).encode())
            return answer
        return handle

    def without_stories(tenant, handle):
        subject = fake_subject(tenant, handler=handle, features=())
        subject.controls = frozenset({"outbox", "push", "clock"})
        return subject

    class TestGood(TenantContract):
        def make_subject(self):
            tenant = Tenant()
            return without_stories(tenant, handler(tenant))

    class TestSpoilt(TenantContract):
        def make_subject(self):
            tenant = Tenant()
            return without_stories(tenant, spoilt(handler(tenant)))
"""
DEFAULT = """
    from pytest_auth0_mfa.contract import TenantContract

    class TestTenant(TenantContract):
        pass
"""


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param((), id="alone", marks=pytest.mark.nightly),
        pytest.param(("-n", "2", "--dist=loadscope"), id="xdist", marks=pytest.mark.slow),
    ],
)
def test_the_spoilt_subject_is_accused_and_not_the_other(pytester: pytest.Pytester, arguments: tuple[str, ...]) -> None:
    """Two subclasses in one module are judged apart; the summary covers both, whatever the worker."""
    pytester.makepyfile(TWO)
    result = run_forked(pytester, "-q", "--junitxml=report.xml", "--auth0-mfa-max-examples=20", *arguments)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    cases = ET.parse(pytester.path / "report.xml").getroot().iter("testcase")
    failed = {
        (str(case.get("classname")).rpartition(".")[2], case.get("name"))
        for case in cases
        if case.find("failure") is not None
    }
    assert {name for name, _ in failed} == {"TestSpoilt"}
    assert {"test_machine", "test_scenario[email-challenge]"} <= {test for _, test in failed}
    result.stdout.fnmatch_lines(
        ["MFA contract: * outcomes reached, * flows completed*", "MFA003 challenge: binding_method*"]
    )
    assert result.stdout.str().count("MFA contract: ") == 1
    assert "the fake has no grant" not in result.stdout.str()  # the machine asks for one on purpose


def test_a_failure_is_told_by_the_finding_alone(pytester: pytest.Pytester) -> None:
    """No frame of ours stands above the message: operation, field, expected, got, source, reproducer."""
    pytester.makepyfile(TWO)
    result = run_forked(pytester, "-q", "-k", "TestSpoilt and email-challenge-by-default")
    result.stdout.fnmatch_lines(
        [
            "*MFA003 challenge: binding_method is missing",
            "*operation: challenge: POST /mfa/challenge",
            "*field:     $.binding_method",
            "*expected:  present",
            "*got:       absent; instead binding_methods",
            "*source:    https://auth0.com/docs/*",
            "*more:      auth0-mfa explain MFA003",
            "*Reproduce with curl*",
            "*call password POST /oauth/token*",
        ]
    )
    assert "def " not in result.stdout.str().partition("MFA003")[0]


MISTAKES = """
    from pytest_auth0_mfa import Response, Tenant, handler
    from pytest_auth0_mfa.contract import Person, Subject, TenantContract, fake_subject

    class Bare(Subject):
        domain, client_id = "tenant.example", "id"

    class Mine(Bare):
        factors = frozenset({"otp"})

        def handler(self, request):
            return Response(200, {}, b"{}")

        def new_user(self, *, email_verified=False):
            return Person("ada@example.com", "pw", "+15550100123")

    class MakesNobody(Mine):
        new_user = Subject.new_user

    class MakesTuples(Mine):
        def new_user(self, *, email_verified=False):
            return ("ada@example.com", "pw")

    class Stumbles(Mine):
        def new_user(self, *, email_verified=False):
            return self.nobody[0]  # here

    class Async(Mine):
        async def handler(self, request):
            return Response(200, {}, b"{}")

    def contract(name, make):
        globals()[name] = type(name, (TenantContract,), {"make_subject": make, "__module__": __name__})

    contract("TestNothing", lambda self: None)
    contract("TestTenant", lambda self: Tenant())
    contract("TestHandler", lambda self: handler(Tenant()))
    contract("TestArguments", lambda self, tenant: fake_subject(tenant))
    contract("TestTenantAsHandler", lambda self: fake_subject(Tenant(), handler=Tenant()))
    contract("TestBare", lambda self: Bare())
    contract("TestMakesNobody", lambda self: MakesNobody())
    contract("TestMakesTuples", lambda self: MakesTuples())
    contract("TestStumbles", lambda self: Stumbles())
    contract("TestAsync", lambda self: Async())
    contract("TestBody", lambda self: fake_subject(Tenant(), handler=lambda request: Response(200, {}, "{}")))
    contract("TestDict", lambda self: fake_subject(Tenant(), handler=lambda request: {}))
    contract("TestRaises", lambda self: fake_subject(Tenant(), handler=lambda request: {}["no"]))
    for one, attributes in {
        "Controls": {"controls": {"mail"}}, "Factors": {"factors": {"opt"}},
        "Outbox": {"controls": {"outbox"}}, "Clock": {"controls": {"clock"}, "advance": lambda self, seconds: None},
    }.items():
        contract(f"Test{one}", lambda self, kind=type(one, (Mine,), attributes): kind())
"""
SENTENCES = {
    "TestNothing": "TestNothing.make_subject() returned None, expected a Subject: return fake_subject(tenant, "
    "handler=yours), or a Subject of your own",
    "TestTenant": "TestTenant.make_subject() returned an object of type Tenant, expected a Subject: return "
    "fake_subject(tenant)",
    "TestHandler": "TestHandler.make_subject() returned an object of type function, expected a Subject: a handler is "
    "judged as fake_subject(tenant, handler=yours)",
    "TestArguments": "TestArguments.make_subject(tenant): pytest gives it no arguments. Write make_subject(self); a "
    'fixture is self.request.getfixturevalue("its_name")',
    "TestTenantAsHandler": "the handler of FakeSubject is an object of type Tenant, expected a function of a Request: "
    "handler(tenant)",
    "TestBare": "Bare has no handler: a Subject has to set them",
    "TestMakesNobody": "MakesNobody makes no users: override new_user, and return a Person",
    "TestMakesTuples": "MakesTuples.new_user() returned an object of type tuple, expected Person(username, password, "
    "phone_number)",
    "TestAsync": "the handler returned a coroutine: it has to be a plain function, not an async one. Expected "
    "Response(int, headers, bytes)",
    "TestBody": "the handler returned Response(int, headers, str). Expected Response(int, headers, bytes)",
    "TestDict": "the handler returned an object of type dict. Expected Response(int, headers, bytes)",
    "TestControls": "Controls.controls has 'mail'. Known: clock, factors, outbox, push.",
    "TestFactors": "Factors.factors has 'opt'. Did you mean 'otp'? Known: email, otp, push, recovery-code, sms, voice.",
    "TestOutbox": "Outbox.controls has 'outbox', so Outbox has to override code()",
    "TestClock": "Clock.controls has 'clock', so Clock has to override now()",
    "TestRaises": "E     got:       KeyError at test_mistakes.py:*",
    "TestStumbles": ">*return self.nobody[[]0]  # here",
}
"""What a mistake in a subject of one's own is answered with."""


def test_a_mistake_in_a_subject_is_named_without_frames_of_ours(pytester: pytest.Pytester) -> None:
    """Each is answered with what was returned, what was expected, and what to write."""
    pytester.makepyfile(test_mistakes=MISTAKES)
    result = run_forked(pytester, "-q", "-k", "otp-wrong-code or otp-enroll]", "-p", "no:cacheprovider")
    outcomes = result.parseoutcomes()
    assert "passed" not in outcomes
    for name, sentence in SENTENCES.items():
        result.stdout.fnmatch_lines([f"*{name}.test_scenario*", sentence])
    said = result.stdout.str()
    assert "pytest_auth0_mfa/" not in said
    assert "entries are hidden" not in said


@pytest.mark.slow
def test_the_default_subject_is_the_target(pytester: pytest.Pytester) -> None:
    """Without make_subject the fake that options describe is judged."""
    pytester.makepyfile(DEFAULT)
    (pytester.path / "profile.toml").write_text('[profile]\nmfa_required = "401 mfa_required"\n')
    result = run_forked(pytester, "-q", "-k", "not machine", "--auth0-mfa-seed=3", "--auth0-mfa-profile=profile.toml")
    assert result.ret == 0, result.stdout.str()


@pytest.mark.parametrize(
    "chosen", ["email or push", pytest.param("email or push or machine", marks=pytest.mark.nightly)]
)
@pytest.mark.slow
def test_the_server_is_judged_over_https(pytester: pytest.Pytester, chosen: str) -> None:
    """--auth0-mfa-target=server plays the contract over the wire, the machine too."""
    pytester.makepyfile(DEFAULT)
    result = run_forked(pytester, "-q", "-k", chosen, "--auth0-mfa-target=server")
    assert result.ret == 0, result.stdout.str()


def test_make_subject_may_use_fixtures(pytester: pytest.Pytester) -> None:
    """`self.request` is pytest's request."""
    pytester.makepyfile(
        """
        import pytest
        from pytest_auth0_mfa import Tenant
        from pytest_auth0_mfa.contract import TenantContract, fake_subject

        @pytest.fixture
        def tenant():
            return Tenant(factors={"email", "recovery-code"})

        class TestMine(TenantContract):
            def make_subject(self):
                return fake_subject(self.request.getfixturevalue("tenant"))
        """
    )
    result = run_forked(pytester, "-q", "-k", "[email-enroll] or [push-enroll]")
    result.assert_outcomes(passed=2)


def test_what_cannot_be_played_is_skipped_with_the_reason(pytester: pytest.Pytester) -> None:
    """A subject without controls is not asked for what it cannot do; the summary counts it."""
    pytester.makepyfile(
        """
        from pytest_auth0_mfa import Tenant
        from pytest_auth0_mfa.contract import TenantContract, fake_subject

        class TestMine(TenantContract):
            def make_subject(self):
                subject = fake_subject(Tenant(factors={"otp", "email"}))
                subject.controls = frozenset()
                return subject
        """
    )
    result = run_forked(
        pytester,
        "-q",
        "-rs",
        "-k",
        "push-challenge or otp-enroll or email-challenge or machine",
        "--auth0-mfa-max-examples=20",
    )
    result.assert_outcomes(passed=1, skipped=4)
    for reason in ("needs control of: outbox", "needs the factor to be on: push (--auth0-mfa-factors says what is on)"):
        assert reason in result.stdout.str()
    result.stdout.fnmatch_lines(["MFA contract: *, 4 not played*"])


def test_a_wrong_number_is_refused(pytester: pytest.Pytester) -> None:
    """Settings that are no numbers are the consumer's mistake, and say so."""
    pytester.makepyfile(DEFAULT)
    result = run_forked(pytester, "-q", "-k", "mfa-required", "--auth0-mfa-max-examples=0")
    result.stderr.fnmatch_lines(["*--auth0-mfa-max-examples: 0: expected a whole number of at least 1*"])


def test_importing_the_contract_loads_nothing_until_asked() -> None:
    """The package's own names are lazy: neither hypothesis nor pytest are needed to import it."""
    import subprocess
    import sys

    program = (
        "import sys, pytest_auth0_mfa.contract as c; assert 'hypothesis' not in sys.modules; assert c.explain('MFA001')"
    )
    subprocess.run([sys.executable, "-c", program + "; assert 'hypothesis' not in sys.modules"], check=True, timeout=60)


def test_an_unknown_name_is_an_attribute_error() -> None:
    """`from pytest_auth0_mfa.contract import Nonsense` says so."""
    import pytest_auth0_mfa.contract as contract

    with pytest.raises(AttributeError, match="Nonsense"):
        contract.Nonsense  # type: ignore[attr-defined]  # noqa: B018
