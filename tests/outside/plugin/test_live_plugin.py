"""The plugin of live runs, as pytest sees it: nothing secret passes it."""

from __future__ import annotations

import pytest

from pytest_auth0_mfa.live.ledger import PREFIX, Ledger
from pytest_auth0_mfa.spec.outcomes import Outcome

SECRET = "worker-only-secret-0123"
TARGET = ("-o", "auth0_mfa_live_domains=staging.example", "--auth0-mfa-target=staging.example")
LEARNS = f"""
    import pytest

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(item):
        secret = "{SECRET}"
        item.config.pluginmanager.get_plugin("auth0_mfa_live").secrets.add(secret)
        result = yield
"""


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTH0_CLIENT_ID", "app")
    for name in ("AUTH0_CLIENT_SECRET", "AUTH0_MFA_MANAGEMENT_TOKEN", "AUTH0_MFA_MANAGEMENT_CLIENT_ID"):
        monkeypatch.delenv(name, raising=False)  # without them nothing is asked of anybody


def test_a_target_is_a_domain(pytester: pytest.Pytester) -> None:
    """Nobody is led to allow what no tenant can have as its name."""
    result = pytester.runpytest("--auth0-mfa-target=https://staging.example/")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --auth0-mfa-target: *expected host or host:port, without https://*"])


def test_a_spoilt_ledger_is_said(pytester: pytest.Pytester) -> None:
    """The run does not begin; the line to remove is named."""
    pytester.mkdir(".auth0-mfa").joinpath("ledger.jsonl").write_text('{"what": 1}\n')
    pytester.makepyfile("def test_it(): pass")
    result = pytester.runpytest(*TARGET)
    assert result.ret == Outcome.COULD_NOT_RUN.exit_code
    result.stderr.fnmatch_lines(["*could not run: *ledger.jsonl, line 1: not a line of the ledger. Remove the line*"])


def test_who_cannot_be_cleaned_up_is_said(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a killed run left, and certificates that cannot be read: no traceback."""
    Ledger(pytester.path / ".auth0-mfa" / "ledger.jsonl").begin_user("staging.example", PREFIX + "1@mail.example")
    monkeypatch.setenv("AUTH0_CLIENT_SECRET", "a-secret")
    monkeypatch.setenv("SSL_CERT_FILE", "no-such-file.pem")
    pytester.makepyfile("def test_it(): pass")
    result = pytester.runpytest(*TARGET)
    assert result.ret == Outcome.COULD_NOT_RUN.exit_code
    result.stderr.fnmatch_lines(["*could not run: no-such-file.pem: no certificates can be read from it*"])


def test_an_interrupted_run_says_what_may_be_left(pytester: pytest.Pytester) -> None:
    """And how to remove it. What it has measured is not the whole, and is not written."""
    Ledger(pytester.path / ".auth0-mfa" / "ledger.jsonl").begin_user("staging.example", PREFIX + "1@mail.example")
    pytester.makepyfile("def test_it(): raise KeyboardInterrupt")
    result = pytester.runpytest_subprocess(*TARGET, "--auth0-mfa-update-profile")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["auth0-mfa: 1 user or enrolment may be left: *auth0-mfa cleanup", "*was not written*"])
    assert not (pytester.path / ".auth0-mfa" / "profile.toml").exists()


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["-n1", "-n0"])
def test_an_internal_error_tells_no_secret(pytester: pytest.Pytester, workers: str) -> None:
    """Neither on the terminal nor on a worker's own stderr; what went wrong is told."""
    pytester.makeconftest(LEARNS + '        raise RuntimeError(f"the broken hook saw {secret}")\n')
    pytester.makepyfile("def test_it(): pass")
    result = pytester.runpytest_subprocess(*TARGET, workers, "--showlocals", "--full-trace")
    assert result.ret == (pytest.ExitCode.INTERNAL_ERROR if workers == "-n0" else Outcome.COULD_NOT_RUN.exit_code)
    said = str(result.stdout) + str(result.stderr)
    assert "INTERNALERROR" in said
    assert "the broken hook saw [secret]" in said
    assert SECRET not in said


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["-n1", "-n0"])
def test_a_warning_tells_no_secret(pytester: pytest.Pytester, workers: str) -> None:
    """The summary of warnings shows them without."""
    pytester.makeconftest(LEARNS + "        return result\n")
    pytester.makepyfile("""
        import warnings

        def test_it():
            secret = "-".join(("worker-only", "secret", "0123"))
            warnings.warn(f"the call with {secret} is old", DeprecationWarning)
    """)
    result = pytester.runpytest_subprocess(*TARGET, workers)
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*DeprecationWarning: the call with [[]secret[]] is old"])
    assert SECRET not in str(result.stdout)


@pytest.mark.parametrize(
    ("reason", "unjudged", "judged", "due"),
    [
        ("Disturbed", 4, 0, Outcome.INCOMPLETE),
        ("Disturbed", 5, 5, Outcome.INCOMPLETE),
        ("Disturbed", 5, 4, Outcome.COULD_NOT_RUN),
        ("Unjudged", 5, 4, Outcome.COULD_NOT_RUN),
        ("LimitReached", 9, 0, Outcome.INCOMPLETE),
        ("Undecided", 9, 0, Outcome.INCOMPLETE),
        ("Disturbed", 5, 4, Outcome.VIOLATION),
    ],
)
def test_a_run_that_judged_less_than_it_left_unjudged_was_none(
    pytester: pytest.Pytester, reason: str, unjudged: int, judged: int, due: Outcome
) -> None:
    """What a limit, the budget or an open question leaves makes the run incomplete; a failure counts for more."""
    pytester.makepyfile(f"""
        import pytest
        from pytest_auth0_mfa.contract.tenant.verdicts import {reason}

        @pytest.fixture
        def _auth0_mfa_contract():
            pass

        @pytest.mark.parametrize("number", range({unjudged + judged}))
        def test_it(number, _auth0_mfa_contract, request):
            from pytest_auth0_mfa.plugin.contract import contract_reporter

            contract_reporter(request.config)
            if number < {unjudged}:
                raise {reason}("left unjudged: for this test")

        def test_of_somebody_else():
            assert {due is not Outcome.VIOLATION}
    """)
    result = pytester.runpytest(*TARGET)
    assert result.ret == due.exit_code
    said = f"*{unjudged} of {unjudged + judged} contract tests were left unjudged by the network*"
    if due == Outcome.COULD_NOT_RUN:
        result.stdout.fnmatch_lines([said])
    else:
        result.stdout.no_fnmatch_line(said)


def test_an_interrupted_run_that_left_nothing_says_so(pytester: pytest.Pytester) -> None:
    """So that nobody has to look."""
    pytester.makepyfile("def test_it(): raise KeyboardInterrupt")
    result = pytester.runpytest_subprocess(*TARGET)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["auth0-mfa: interrupted; nothing is left in the tenant"])


def test_an_interrupted_run_with_a_spoilt_ledger_promises_nothing(pytester: pytest.Pytester) -> None:
    """Who could have been left is in the ledger alone."""
    pytester.makepyfile("""
        from pathlib import Path

        def test_it():
            Path(".auth0-mfa/ledger.jsonl").write_bytes(bytes(40))
            raise KeyboardInterrupt
    """)
    result = pytester.runpytest_subprocess(*TARGET)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["auth0-mfa: interrupted; nobody knows what is left: *ledger.jsonl*zero bytes*"])
