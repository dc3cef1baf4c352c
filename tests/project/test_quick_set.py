"""Which tests a plain `pytest` plays, and what is said where they cannot be played."""

from __future__ import annotations

import shutil

import pytest
from helpers.forked_pytest import run_forked
from helpers.places import PROJECT

TREE = (
    "unit/app/test_it.py",
    "contract/test_it.py",
    "project/test_it.py",
    "outside/test_it.py",
    "outside/plugin/test_it.py",
    "outside/packages/test_it.py",
)


@pytest.fixture
def checkout(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project with this one's conftest, a test in each folder, and one beside README."""
    shutil.copy(PROJECT / "conftest.py", pytester.path)
    (pytester.path / "pyproject.toml").write_text(
        '[dependency-groups]\nfeatures = ["pytest>=8"]\ntest = [{ include-group = "features" }]\n'
        "[tool.pytest.ini_options]\ntestpaths = ['tests']\naddopts = ['--import-mode=importlib']\n"
        "markers = ['unit', 'contract', 'project', 'outside', 'plugin', 'packages', 'slow', 'nightly']\n",
        encoding="utf-8",
    )
    for name in TREE:
        file = pytester.path / "tests" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("def test_it(request): print(*[mark.name for mark in request.node.iter_markers()])\n")
    (pytester.path / "test_login.py").write_text("def test_mine(): pass\n")
    return pytester


def names(result: pytest.RunResult) -> list[str]:
    """The folders of the tests that passed."""
    rows = [line.split("::")[0].removeprefix("tests/").rpartition("/") for line in result.outlines if "PASSED" in line]
    return sorted(folder for folder, _, _ in rows)


@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["alone", "xdist"])
def test_a_plain_run_is_the_quick_set(checkout: pytest.Pytester, workers: tuple[str, ...]) -> None:
    """What starts processes, and what needs a built wheel, waits to be named."""
    result = run_forked(checkout, "-v", *workers)
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["*3 passed*"])


def test_what_is_named_is_played(checkout: pytest.Pytester) -> None:
    """A folder, a file or a mark."""
    assert names(run_forked(checkout, "-v", "tests/outside")) == ["outside", "outside/packages", "outside/plugin"]
    assert names(run_forked(checkout, "-v", "-m", "plugin")) == ["outside/plugin"]
    assert names(run_forked(checkout, "-v", "-m", "outside and not packages")) == ["outside", "outside/plugin"]
    assert names(run_forked(checkout, "-v", "-m", "unit or project")) == ["project", "unit/app"]


def test_what_is_missing_is_said_in_one_sentence(checkout: pytest.Pytester) -> None:
    """Before anything is collected; a test of somebody's own needs nothing of it."""
    file = checkout.path / "pyproject.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("pytest>=8", "no-such-package>=1"), encoding="utf-8")
    result = run_forked(checkout)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: *not installed here (no-such-package): pip install . --group test"])
    run_forked(checkout, "test_login.py").assert_outcomes(passed=1)


MISSING = (
    "dovecot is not installed: apt-get install it",
    "bash, curl and jq are not all installed",
    "needs Python 3.14",
    "run `tox -e quick`: it is this environment",
)
NOT_MISSING = ("run `tox -e sdk`: it installs the SDKs", "not covered: the adapter does not implement challenge")


@pytest.mark.parametrize("missing", [MISSING, MISSING[:1], ()], ids=["several", "one", "none"])
def test_nothing_is_missing_in_silence_in_ci(
    missing: tuple[str, ...], checkout: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A skipped test fails the run, however its reason is worded, unless that is known or another environment's."""
    file = checkout.path / "tests" / "unit" / "app" / "test_it.py"
    monkeypatch.setenv("AUTH0_MFA_TEST_NOTHING_MISSING", "1")
    monkeypatch.setenv("TOX_ENV_NAME", "quick")
    reasons = f"@pytest.mark.parametrize('reason', {[*missing, *NOT_MISSING]})"
    file.write_text(f"import pytest\n{reasons}\ndef test_it(reason): pytest.skip(reason)\n")
    result = run_forked(checkout, "tests/unit")
    assert result.ret == (pytest.ExitCode.TESTS_FAILED if missing else pytest.ExitCode.OK)
    told = {line for line in result.outlines if line.startswith("AUTH0_MFA_TEST_NOTHING_MISSING: ")}
    assert told == {f"AUTH0_MFA_TEST_NOTHING_MISSING: {reason}" for reason in missing}
