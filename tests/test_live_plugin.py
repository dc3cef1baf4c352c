"""The plugin of live runs, as pytest sees it: nothing secret passes it."""

from __future__ import annotations

import pytest

from pytest_auth0_mfa import exit_codes

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


@pytest.mark.parametrize("workers", ["-n1", "-n0"])
def test_an_internal_error_tells_no_secret(pytester: pytest.Pytester, workers: str) -> None:
    """Neither on the terminal nor on a worker's own stderr; what went wrong is told."""
    pytester.makeconftest(LEARNS + '        raise RuntimeError(f"the broken hook saw {secret}")\n')
    pytester.makepyfile("def test_it(): pass")
    result = pytester.runpytest_subprocess(*TARGET, workers, "--showlocals", "--full-trace")
    assert result.ret == (pytest.ExitCode.INTERNAL_ERROR if workers == "-n0" else exit_codes.COULD_NOT_RUN)
    said = str(result.stdout) + str(result.stderr)
    assert "INTERNALERROR" in said
    assert "the broken hook saw [secret]" in said
    assert SECRET not in said


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
