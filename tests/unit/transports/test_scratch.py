"""The folder of a process among the temporary files goes with the process, and with the next start if it was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PROGRAM = """
import sys
from pytest_auth0_mfa.transports.server import Server
with Server() as server:
    print(server.ca_file, flush=True)
    sys.stdin.read()
"""


def _start(place: Path) -> tuple[subprocess.Popen[str], Path]:
    started = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        env=os.environ | {"TMPDIR": str(place), "TEMP": str(place)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert started.stdout is not None
    return started, Path(started.stdout.readline().strip()).parent


def _grow_old(folder: Path) -> None:
    an_hour_ago = time.time() - 3600
    os.utime(folder, (an_hour_ago, an_hour_ago))


def test_what_a_killed_process_left_is_removed_at_the_next_start(tmp_path: Path) -> None:
    """A folder whose process was killed goes; those of running processes and of anybody else stay."""
    killed, left = _start(tmp_path)
    killed.send_signal(signal.SIGKILL)
    killed.communicate(timeout=30)
    assert left.is_dir()
    stranger = tmp_path / "auth0-mfa-notes"
    stranger.mkdir()
    running, used = _start(tmp_path)
    for folder in (left, stranger, used):
        _grow_old(folder)
    other, _ = _start(tmp_path)
    assert (left.exists(), stranger.exists(), used.exists()) == (False, True, True)
    for process in (running, other):
        process.communicate("", timeout=30)
    assert [path.name for path in tmp_path.iterdir()] == ["auth0-mfa-notes"]
