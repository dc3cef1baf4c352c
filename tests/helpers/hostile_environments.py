"""Really bad environments: child processes in Linux namespaces, with read-only or full disks and no network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent
OURS = (sys.executable, "-m", "pytest_auth0_mfa")
PYTEST = (sys.executable, "-m", "pytest")

READ_ONLY = 'mount -t tmpfs tmpfs "$PWD" && cp -r "$FROM/." "$PWD" && mount -o remount,ro "$PWD" && cd "$PWD"'
"""A read-only copy of the current folder takes its place."""
FULL = (
    'mount -t tmpfs -o size=64k tmpfs "$PWD" && cp -r "$FROM/." "$PWD" && cd "$PWD" '
    "&& (dd if=/dev/zero of=fills bs=1k count=1k 2>/dev/null; true)"
)
"""A copy of the current folder on a full disk takes its place."""
NO_TEMPORARY = (
    "for d in /tmp /var/tmp /usr/tmp; do "
    "[ ! -d $d ] || { mount --bind $d $d && mount -o remount,bind,ro $d; } || exit; "
    'done; cd "$NOWHERE"'
)
"""No folder for temporary files can be written to, nor the current one. Their files stay: this Python may be
there."""
NOBODY = "mount --bind /dev/null /etc/passwd && unset HOME"
"""A user without a home and a name."""
IPV6_ONLY = (
    "ip link set lo up && ip address del 127.0.0.1/8 dev lo && echo ::1 localhost > hosts && "
    "mount --bind hosts /etc/hosts"
)
"""A loopback interface with only ::1."""


def environment(**more: str) -> dict[str, str]:
    """This process's environment without variables for pytest, Python and this package, plus ``more``."""
    steering = ("AUTH0_", "PYTEST_", "COV_", "PYTHONUNBUFFERED", "PYTHONOPTIMIZE", "PYTHONIOENCODING")
    return {name: value for name, value in os.environ.items() if not name.startswith(steering)} | more


def run(
    *command: str, cwd: Path, env: Mapping[str, str] | None = None, stdout: int = subprocess.PIPE
) -> subprocess.CompletedProcess[str]:
    """Run a command; return its result with both streams."""
    return subprocess.run(
        command, cwd=cwd, env=environment(**(env or {})), stdout=stdout, stderr=subprocess.PIPE, text=True, check=False
    )


def run_in(
    surroundings: str, *command: str, cwd: Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command after these shell commands, in its own namespaces for users, mounts and (IPV6_ONLY) the
    network."""
    if (problem := _refusal()) is not None:
        pytest.skip(f"needs namespaces of Linux: {problem}")
    network = ("--net",) if surroundings == IPV6_ONLY else ()
    script = f'{surroundings} && exec "$@"'
    where = {"FROM": str(cwd), "NOWHERE": "/proc"}
    inside = ("unshare", "--map-root-user", "--mount", *network, "sh", "-c", script, "sh")
    if "$FROM" in surroundings:  # a mount hides the content of the folder
        copy = cwd.with_name(f"{cwd.name}-original")
        shutil.copytree(cwd, copy)
        where["FROM"] = str(copy)
    return run(*inside, *command, cwd=cwd, env={**where, **(env or {})})


@cache
def _refusal() -> str | None:
    """Why no namespaces can be made here; None when they can."""
    attempt = "mount -t tmpfs tmpfs /mnt && ip link set lo up"
    try:
        done = subprocess.run(
            ["unshare", "--map-root-user", "--mount", "--net", "sh", "-c", attempt],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    except OSError as error:
        return f"unshare: {error.strerror}"
    return done.stderr.strip().splitlines()[-1] if done.returncode else None
