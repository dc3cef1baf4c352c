"""The client contract as its users run it: in a test module of their own, with pytest."""

from __future__ import annotations

import os

import pytest
from helpers.forked_pytest import run_forked
from helpers.places import IMPORTABLE

MODULE = """
import sys
sys.path[:0] = {here!r}
from client_zoo.broken_conclusions import RenamesTheChannel
from client_zoo.requests_client import RequestsClient
from pytest_auth0_mfa.contract import ClientContract

class TestMine(ClientContract):
    reach = "in_process"
    def make_client(self, tenant):
        assert self.request.node.name
        return RequestsClient(tenant.domain, tenant.client_id, tenant.client_secret)

class TestJs(ClientContract):
    reach = "in_process"
    def make_client(self, tenant):
        return RenamesTheChannel(tenant.domain, tenant.client_id, tenant.client_secret)
"""
BASELINE = """
[[accepted]]
finding = "MFA210"
client = "TestJs"
operation = "list-authenticators"
reason = "reads oob_channels where the server says oob_channel"

[[accepted]]
finding = "MFA211"
client = "TestMine"
reason = "was mended long ago"
"""
QUICK = ("-p", "no:cacheprovider", "-q", "--auth0-mfa-max-examples=5")


@pytest.fixture
def module(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project with two clients: a right one and one that drops a field."""
    pytester.makepyfile(test_clients=MODULE.format(here=list(map(str, IMPORTABLE))))
    return pytester


@pytest.mark.slow
def test_two_clients_in_one_run_under_xdist(module: pytest.Pytester) -> None:
    """The right client passes, the other one fails with its finding; the summary adds up over workers."""
    result = run_forked(module, *QUICK, "-n", "2", "--dist=loadscope", "-k", "list or login or challenge")
    out = result.stdout.str()
    assert "MFA210 list-authenticators: a field does not reach the caller" in out
    assert "TestMine" not in "".join(line for line in out.splitlines() if line.startswith("FAILED"))
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["auth0-mfa: TestMine: * tests, * examples; not covered: me_list_methods"])


@pytest.mark.slow
def test_accepted_findings_pass_and_stale_ones_are_named(module: pytest.Pytester) -> None:
    """With the baseline the run is green; each accepted finding is shown with its reason."""
    module.makefile(".toml", accepted=BASELINE)
    module.makeini("[pytest]\nauth0_mfa_baseline = accepted.toml\n")
    result = run_forked(module, *QUICK)
    assert result.ret == pytest.ExitCode.OK, result.stdout.str()
    result.stdout.fnmatch_lines(
        [
            "auth0-mfa: accepted MFA210 (client TestJs, operation list-authenticators): reads oob_channels *",
            "auth0-mfa: stale in the baseline: MFA211 (client TestMine): it was not found. Remove the entry.",
        ]
    )


def test_nothing_is_called_stale_in_a_part_of_the_run(module: pytest.Pytester) -> None:
    """A run of one scenario says nothing about the others."""
    module.makefile(".toml", accepted=BASELINE)
    module.makeini("[pytest]\nauth0_mfa_baseline = accepted.toml\n")
    result = run_forked(module, *QUICK, "-k", "TestMine and email-enroll")
    result.stdout.no_fnmatch_line("*stale*")


def test_a_wrong_baseline_is_a_usage_error(module: pytest.Pytester) -> None:
    """A file that cannot be read is named with the ini."""
    module.makeini("[pytest]\nauth0_mfa_baseline = nowhere.toml\n")
    result = run_forked(module, *QUICK, "-k", "TestMine and mfa-required-401")
    assert "the ini auth0_mfa_baseline: " in result.stdout.str() + result.stderr.str()
    assert result.ret != pytest.ExitCode.OK


def test_a_class_without_make_client_says_what_to_write(pytester: pytest.Pytester) -> None:
    """The message names the class and what to return."""
    pytester.makepyfile(
        "from pytest_auth0_mfa.contract import ClientContract\n"
        "class TestNone(ClientContract):\n    reach = 'in_process'\n"
    )
    result = run_forked(pytester, *QUICK, "-k", "mfa-required-401")
    result.stdout.fnmatch_lines(["*TestNone has no make_client(self, tenant): return your adapter*"])


def test_an_unknown_reach_is_refused(pytester: pytest.Pytester) -> None:
    """The closest known word is named."""
    pytester.makepyfile(
        "from pytest_auth0_mfa.contract import ClientContract\n"
        "class TestNone(ClientContract):\n    reach = 'in-process'\n"
    )
    result = run_forked(pytester, *QUICK)
    result.stdout.fnmatch_lines(["*TestNone.reach = 'in-process': Did you mean 'in_process'?*"])


def test_the_environment_is_restored(module: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """During an example the tenant's environment is in force, afterwards the old one."""
    module.makepyfile(
        test_environment="""
        import os
        from client_zoo.requests_client import RequestsClient
        from pytest_auth0_mfa.contract import ClientContract

        class TestEnv(ClientContract):
            def make_client(self, tenant):
                assert os.environ["AUTH0_DOMAIN"] == tenant.domain
                assert os.environ["SSL_CERT_FILE"] == tenant.ca_file
                return RequestsClient(tenant.domain, tenant.client_id, tenant.client_secret)

        def test_after():
            assert os.environ["AUTH0_DOMAIN"] == "mine.example"
            assert "SSL_CERT_FILE" not in os.environ
        """
    )
    monkeypatch.setenv("AUTH0_DOMAIN", "mine.example")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, IMPORTABLE)))
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    result = run_forked(module, *QUICK, "test_environment.py", "-k", "email-enroll or test_after")
    result.assert_outcomes(passed=2)


def test_a_finding_is_told_once(module: pytest.Pytester) -> None:
    """The first test that meets a finding is shown with the reproducer, the others are counted."""
    result = run_forked(module, *QUICK, "-k", "TestJs and (list-everything or email-enroll or email-challenge)")
    out = result.stdout.str()
    assert out.count("Reproduce with curl") == 1
    assert "TestJs.test_scenario[email-enroll]" in out
    assert "TestJs.test_scenario[list-everything]" not in out
    assert "TestJs: found MFA210 at list-authenticators (2 tests)" in out


def test_the_summary_counts_what_was_found(module: pytest.Pytester) -> None:
    """A line for each finding at each operation, however many tests met it; an accepted one is not among them."""
    chosen = ("-k", "TestJs and (list-everything or email-enroll)")
    result = run_forked(module, *QUICK, *chosen)
    line = "auth0-mfa: TestJs: found MFA210 at list-authenticators (2 tests):"
    result.stdout.fnmatch_lines([line, "  a field does not reach the caller"])
    module.makefile(".toml", accepted=BASELINE)
    module.makeini("[pytest]\nauth0_mfa_baseline = accepted.toml\n")
    run_forked(module, *QUICK, *chosen).stdout.no_fnmatch_line("*found MFA*")


NAIVE = """
import requests

from pytest_auth0_mfa.contract import AuthError

class Naive:
    def __init__(self, domain, client_id, client_secret):
        self.url = f"https://{domain}/oauth/token"
        self.app = {"client_id": client_id, "client_secret": client_secret}

    def log_in(self, username, password, *, audience=None, scope=None):
        body = {"grant_type": "password", "username": username, "password": password, **self.app}
        answer = requests.post(self.url, json=body)
        said = answer.json()
        if answer.status_code == 403 and said["error"] == "mfa_required":
            raise AuthError("mfa_required", mfa_token=said["mfa_token"])
        if not answer.ok:
            raise AuthError(said["error"])
        return said
"""


def test_a_failure_names_the_clients_line_and_what_was_answered(pytester: pytest.Pytester) -> None:
    """Not the line of requests alone; not a word of our own for the broken answer, but what it is; the status."""
    pytester.makepyfile(
        naive=NAIVE,
        test_naive="""
        from naive import Naive
        from pytest_auth0_mfa.contract import ClientContract

        class TestNaive(ClientContract):
            reach = "in_process"
            def make_client(self, tenant):
                return Naive(tenant.domain, tenant.client_id, tenant.client_secret)
        """,
    )
    result = run_forked(pytester, *QUICK, "-k", "trouble-at-login or mfa-required-401")
    for line in (
        "*expected:  the mfa_token of the answer (status 401), or what stands for it",
        "*expected:  AuthError, since a proxy answers 503 with an HTML page",
        "*got:       JSONDecodeError at models.py:*, called from naive.py:13",
    ):
        result.stdout.fnmatch_lines([line])


def test_an_adapter_without_methods_is_refused(pytester: pytest.Pytester) -> None:
    """A make_client that returns nothing is not a client without faults; the message lists the methods."""
    pytester.makepyfile(
        "from pytest_auth0_mfa.contract import ClientContract\n"
        "class TestNone(ClientContract):\n"
        "    reach = 'in_process'\n"
        "    def make_client(self, tenant): pass\n"
    )
    result = run_forked(pytester, *QUICK, "-k", "machine or [two-users]")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["make_client returned None, which has none of the adapter's methods. * log_in,*"])
    result.stdout.no_fnmatch_line("*calling.py*")


def test_a_client_that_can_start_no_flow_passes_nothing(pytester: pytest.Pytester) -> None:
    """Without log_in, refresh and sign_in the machine has nothing to play: skipped, not passed."""
    pytester.makepyfile(
        "from pytest_auth0_mfa.contract import ClientContract\n"
        "class OnlyOtp:\n"
        "    def verify_otp(self, mfa_token, otp): return {}\n"
        "class TestOnlyOtp(ClientContract):\n"
        "    reach = 'in_process'\n"
        "    def make_client(self, tenant): return OnlyOtp()\n"
    )
    run_forked(pytester, *QUICK, "-k", "machine or otp-enroll").assert_outcomes(skipped=2)


def test_a_missing_server_extra_is_named_without_a_traceback(pytester: pytest.Pytester) -> None:
    """And with what to do without it."""
    pytester.makeconftest("import sys\nsys.modules['trustme'] = None\n")
    pytester.makepyfile(
        "from pytest_auth0_mfa.contract import ClientContract\n"
        "class TestServed(ClientContract):\n"
        "    def make_client(self, tenant): pass\n"
    )
    result = pytester.runpytest_subprocess(*QUICK, "-k", "mfa-required-401")
    result.stdout.fnmatch_lines(
        ['TestServed.reach = "server": The HTTPS server needs *[[]server]\'. * does without it: reach = "in_process"']
    )
    result.stdout.no_fnmatch_line("*certificates.py*")


def test_without_the_plugin_the_class_says_so_in_a_sentence(module: pytest.Pytester) -> None:
    """A class is no fixture's fault: it says which plugin is missing, and nothing else."""
    result = module.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:auth0_mfa", "-q", "-k", "list-nothing")
    out = result.stdout.str()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "TestMine: a contract class needs the pytest plugin auth0_mfa, which is not loaded in this run" in out
    assert "not found" not in out
    assert "Traceback" not in out


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (
            "make_client(self): return object()",
            "TestMine.make_client() is called with the tenant alone. Write make_client(self, tenant); a fixture is "
            'self.request.getfixturevalue("its_name")',
        ),
        (
            "make_client(self, tenant): return Mine",
            "make_client returned the class Mine itself: return an object, such as Mine(...)",
        ),
        (
            "make_client(self, tenant): return Mistyped()",
            "make_client returned an object of type Mistyped, which has none of the adapter's methods. Did you mean "
            "log_in by login? *",
        ),
        ("make_client(self, tenant): return tenant.nothing", ">*return tenant.nothing"),
    ],
)
def test_a_mistake_in_make_client_is_named_without_frames_of_ours(
    make: str, sentence: str, pytester: pytest.Pytester
) -> None:
    """What was written, what was expected, and what to write."""
    pytester.makepyfile(
        "from pytest_auth0_mfa.contract import ClientContract\n\n"
        "class Mine:\n    def log_in(self, username, password, **more): pass\n\n"
        "class Mistyped:\n    def login(self): pass\n\n"
        f'class TestMine(ClientContract):\n    reach = "in_process"\n\n    def {make}\n'
    )
    result = run_forked(pytester, "-q", "-k", "login-without-mfa", "-p", "no:cacheprovider")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([sentence])
    assert "pytest_auth0_mfa/" not in result.stdout.str()
