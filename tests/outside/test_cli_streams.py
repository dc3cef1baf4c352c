"""What commands do when nobody reads them, when what they print has nowhere to go, and on Ctrl-C."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from helpers.hostile_environments import OURS, environment, run

from pytest_auth0_mfa.cli import COMMANDS, command, main
from pytest_auth0_mfa.spec.outcomes import ChangeLevel, Outcome

FINDING = ("explain", "MFA104")


@pytest.mark.parametrize("arguments", [("openapi",), FINDING, ("--help",), ("verify", "-k", "email-enroll")])
def test_a_reader_who_stops_is_told_nothing(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """`auth0-mfa ... | head -1` ends with the code of a shell, and nothing is on standard error."""
    with subprocess.Popen(
        [*OURS, *arguments], cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == Outcome.READER_GONE.exit_code


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
@pytest.mark.parametrize("arguments", [("openapi",), FINDING, ("verify", "-k", "nothing")])
def test_output_that_has_no_room_is_told(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """`auth0-mfa ... > /dev/full`: one sentence, and no success."""
    with open("/dev/full", "w") as full:
        done = run(*OURS, *arguments, cwd=tmp_path, stdout=full.fileno())
    assert done.returncode == Outcome.COULD_NOT_RUN.exit_code
    assert "Traceback" not in done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith(f"auth0-mfa {arguments[0]}: standard output")
    assert last.endswith("No space left on device. Make room.")


def test_closed_streams_lead_nowhere(tmp_path: Path) -> None:
    """`auth0-mfa ... >&- 2>&-` does what it does; what is opened meanwhile does not take their place."""
    shell = ("sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh")
    assert run(*shell, *OURS, *FINDING, cwd=tmp_path).returncode == 0
    assert run(*shell, *OURS, "explain", "MFA-none", cwd=tmp_path).returncode == 2
    verify = ("verify", "-k", "email-enroll", "--auth0-mfa-report=md")
    assert run(*shell, *OURS, *verify, cwd=tmp_path).returncode == Outcome.ALL_WELL.exit_code
    assert (tmp_path / "auth0-mfa-report" / "report.md").read_text(encoding="utf-8").startswith("# ")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_what_an_encoding_lacks_is_escaped(tmp_path: Path, encoding: str) -> None:
    """A terminal that knows few characters ends no command."""
    for name in ("old/a.yaml", "new/☃.yaml"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    done = run(*OURS, "drift", "old", "new", cwd=tmp_path, env={"PYTHONIOENCODING": encoding})
    assert (done.returncode, done.stderr) == (ChangeLevel.WARNING.exit_code, "")
    assert "info     \\u2603.yaml\n         a new cassette" in done.stdout


def test_a_folder_that_was_deleted_is_told(tmp_path: Path) -> None:
    """What needs the current folder says that it is gone; what does not, works."""
    shell = ("sh", "-c", 'mkdir gone && cd gone && rmdir ../gone && exec "$@"', "sh")
    done = run(*shell, *OURS, "verify", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (Outcome.COULD_NOT_RUN.exit_code, "")
    assert done.stderr == "auth0-mfa verify: the current folder was deleted: go to another one\n"
    done = run(*shell, *OURS, "doctor", "--auth0-mfa-target=tenant.example", cwd=tmp_path)
    assert done.stderr == "auth0-mfa doctor: the current folder was deleted: go to another one\n"
    assert run(*shell, *OURS, *FINDING, cwd=tmp_path).returncode == 0


@pytest.mark.parametrize("name", COMMANDS)
def test_ctrl_c_ends_any_command_quietly(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line and the exit code of a shell."""

    def interrupted(options: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(command(name), "run", interrupted)
    needed = {
        "explain": ["MFA104"],
        "doctor": ["--auth0-mfa-target=tenant.example"],
        "drift": ["old", "new"],
        "import": ["file"],
        "export": ["https://localhost:1"],
        "init": ["pytest"],
        "run": ["--", "true"],
    }
    assert main([name, *needed.get(name, [])]) == Outcome.INTERRUPTED.exit_code
    assert capsys.readouterr().err == f"auth0-mfa {name}: interrupted\n"
