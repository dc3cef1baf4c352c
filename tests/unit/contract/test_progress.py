"""How a long test says how far it is."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pytest_auth0_mfa.plugin.progress import INTERVAL, PATIENCE, Progress


def test_a_long_test_says_how_far_it_is_and_wipes_it_out() -> None:
    """Nothing for two seconds, then a word now and then, and a clean line at the end."""
    said: list[str] = []
    now = 0.0
    progress = Progress("machine", 200, said.append, lambda: now)
    progress.tick()
    assert said == []
    now = PATIENCE
    progress.tick()
    progress.tick()
    now += INTERVAL
    progress.tick()
    progress.end()
    assert [word.count("of at most 200 examples") for word in said] == [1, 1, 0]
    assert " 2 of" in said[0]
    assert " 4 of" in said[1]


def test_words_come_twice_a_second_at_most() -> None:
    """After two seconds of patience, with a pause of half a second after each."""
    said: list[str] = []
    times = iter([0.0, 1.75, 2.0, 2.25, 2.5, 2.75, 3.5])
    progress = Progress("machine", 200, said.append, lambda: next(times))
    for _ in range(6):
        progress.tick()
    assert [word.split()[1:3] for word in said] == [["machine:", number] for number in "246"]


def test_a_short_test_says_nothing() -> None:
    """Not even that there is nothing to wipe out."""
    said: list[str] = []
    progress = Progress("machine", 200, said.append, lambda: 0.0)
    progress.tick()
    progress.end()
    assert said == []


MODULE = """
import pytest_auth0_mfa.plugin.progress as progress
progress.PATIENCE = progress.INTERVAL = 0.0
from pytest_auth0_mfa import Tenant
from pytest_auth0_mfa.contract import TenantContract, fake_subject

class TestIt(TenantContract):
    def make_subject(self):
        return fake_subject(Tenant())
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
