"""`auth0-mfa verify` and pytest as one starts them: exit codes, a folder full of traps, a terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_auth0_mfa.spec.outcomes import Outcome


def verify(folder: Path, *arguments: str, **environment: str) -> int:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AUTH0_", "PYTEST_"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest_auth0_mfa", "verify", "-q", *arguments],
        cwd=folder, env={**kept, **environment}, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    return done.returncode


FEW = ("-k", "email-challenge-by-default")
NO_SET_UP = """
import pytest

@pytest.fixture(autouse=True)
def set_up():
    raise RuntimeError("no network")
"""


def test_verify_keeps_the_codes(tmp_path: Path) -> None:
    """All well, a broken contract, nothing selected, wrong usage, and a set-up that fails before anything is judged."""
    assert verify(tmp_path, *FEW) == Outcome.ALL_WELL.exit_code
    assert verify(tmp_path, "-k", "no-such-flow") == Outcome.WRONG_USAGE.exit_code
    assert verify(tmp_path, "--auth0-mfa-report=nonsense") == Outcome.WRONG_USAGE.exit_code
    (tmp_path / "conftest.py").write_text(NO_SET_UP)
    assert verify(tmp_path, *FEW) == Outcome.COULD_NOT_RUN.exit_code
    (tmp_path / "conftest.py").write_text(
        "from pytest_auth0_mfa.contract.tenant import contract\n"
        "def play_scenario(*arguments): raise AssertionError('broken')\n"
        "contract.play_scenario = play_scenario\n"
    )
    assert verify(tmp_path, *FEW) == Outcome.VIOLATION.exit_code


def test_a_missing_extra_is_no_violation(tmp_path: Path) -> None:
    """Without hypothesis the suite could not run."""
    code = "import sys; from importlib import util; found = util.find_spec\n"
    code += "util.find_spec = lambda name, *more: None if name == 'hypothesis' else found(name, *more)\n"
    code += "from pytest_auth0_mfa.cli import main; sys.exit(main(['verify']))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == Outcome.COULD_NOT_RUN.exit_code
    assert "pip install 'pytest-auth0-mfa[contract]'" in done.stderr


HOSTILE = {
    "pytest.ini": "[pytest]\npython_files = check_*.py\npython_classes = Check*\npython_functions = check_*\n"
    "addopts = -k nothing --maxfail=1 -p no:auth0_mfa\nauth0_mfa_seed = 11\n",
    "conftest.py": "import pathlib, pytest\n\n"
    "@pytest.fixture(autouse=True)\ndef _seen(): pathlib.Path('seen').touch()\n",
    "test_mine.py": "def test_mine(): assert False\n",
}


@pytest.mark.parametrize("environment", [{}, {"PYTEST_ADDOPTS": "-k nothing", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}])
def test_verify_runs_the_suite_in_a_hostile_folder(tmp_path: Path, environment: dict[str, str]) -> None:
    """Patterns and addopts of the folder, its tests and the environment change nothing; its conftest is read."""
    for name, content in HOSTILE.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    result = subprocess.run(
        [sys.executable, "-m", "pytest_auth0_mfa", "verify", "-k", "email"],
        cwd=tmp_path,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout
    assert "auth0-mfa: target fake; seed 11" in result.stdout
    assert " passed" in result.stdout
    assert "contract of the MFA API: coverage" in result.stdout
    assert "warning" not in result.stdout
    assert (tmp_path / "seen").exists()


MODULE = """
import pytest_auth0_mfa.plugin.contract_session as progress
progress.PATIENCE = progress.INTERVAL = 0.0
from pytest_auth0_mfa import Tenant
from pytest_auth0_mfa.contract import TenantContract, fake_subject

class TestIt(TenantContract):
    def make_subject(self):
        subject = fake_subject(Tenant())
        subject.controls = frozenset({"outbox", "clock"})  # no stories
        return subject
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo terminal")
@pytest.mark.parametrize(("options", "talks"), [([], True), (["-q"], False)])
def test_progress_shows_on_a_terminal_only(tmp_path: Path, options: list[str], talks: bool) -> None:
    """On a terminal the machine counts its examples; with -q it does not."""
    import pty

    (tmp_path / "test_it.py").write_text(MODULE, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-k",
        "machine",
        *options,
        "--auth0-mfa-max-examples=3",
    ]
    pid, master = pty.fork()
    if pid == 0:
        os.chdir(tmp_path)
        os.execve(command[0], command, {**os.environ, "COLUMNS": "120", "TERM": "xterm"})
    shown = b""
    try:
        while part := os.read(master, 4096):
            shown += part
    except OSError:  # Linux ends a pseudo terminal with an error
        pass
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, shown.decode()
    assert (b"machine: 1 of at most 3 examples" in shown) is talks
