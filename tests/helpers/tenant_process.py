"""A stand-in for a real tenant: `auth0-mfa serve` in another process, and contract runs against it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pytest_auth0_mfa.live.people.settings import ControlClient
from pytest_auth0_mfa.transports.live import live

CLIENT_ID, CLIENT_SECRET = "stand-in-app", "stand-in-secret-0123456789"
_DEADLINE = 60.0
_TICK = threading.Event()


def until(done: Callable[[], Any], what: str, deadline: float = _DEADLINE) -> Any:
    """Call ``done`` until it returns something true; return that. Fails at the deadline, in seconds."""
    end = time.monotonic() + deadline
    while True:
        found = done()
        if found:
            return found
        assert time.monotonic() < end, f"{what}: not within {deadline:g} s"
        _TICK.wait(0.02)  # there is no event to wait for in another process


def kill_while(run: subprocess.Popen[str], holds: Callable[[], Any], what: str) -> None:
    """Kill a run while a condition of its tenant holds. The run is stopped during each check."""

    def held() -> bool:
        assert run.poll() is None, f"{what}: the run ended before"
        os.killpg(run.pid, signal.SIGSTOP)
        if holds() and holds():  # calls on their way during the first check have arrived by the second
            return True
        os.killpg(run.pid, signal.SIGCONT)
        return False

    until(held, what)
    os.killpg(run.pid, signal.SIGKILL)
    run.communicate()


class TenantProcess:
    """A served tenant, its control plane, and the environment for runs against it."""

    def __init__(self, folder: Path, config: Mapping[str, Any] | None = None, *arguments: str) -> None:
        application = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        self._dir = folder / "served"
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "config.json"
        file.write_text(json.dumps({"applications": [application], **(config or {})}))
        self._log = (folder / "serve.log").open("w")
        command = [sys.executable, "-m", "pytest_auth0_mfa", "serve", "--config", str(file), "--dir", str(self._dir)]
        self.process = subprocess.Popen([*command, *arguments], stdout=self._log, stderr=subprocess.STDOUT)
        until(lambda: (self._dir / "port").exists() or self.process.poll() is not None, "auth0-mfa serve")
        assert self.process.poll() is None, (folder / "serve.log").read_text()
        self.port = int((self._dir / "port").read_text())
        self.domain = f"localhost:{self.port}"
        self.ca_file = str(self._dir / "ca.pem")
        self.control_token = (self._dir / "control_token").read_text().strip()
        self.control = ControlClient(live(f"https://{self.domain}", ca_file=self.ca_file), self.control_token)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a run that reads codes and answers push requests through the control plane."""
        control = f"control:https://{self.domain}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AUTH0_", "PYTEST_", "COV_"))}
        return {
            **kept,
            "AUTH0_CLIENT_ID": CLIENT_ID,
            "AUTH0_CLIENT_SECRET": CLIENT_SECRET,
            "SSL_CERT_FILE": self.ca_file,
            "AUTH0_MFA_CONTROL_TOKEN": self.control_token,
            "AUTH0_MFA_OTP_SOURCE": control,
            "AUTH0_MFA_PUSH_APPROVER": control,
            "AUTH0_MFA_USER_EMAIL": "@mail.example",
        }

    def users(self) -> list[Any]:
        """The tenant's users, from its control plane."""
        users: list[Any] = self.control.call("GET", "users")
        return users

    def stop(self) -> None:
        """End the process."""
        self.control.close()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(_DEADLINE)
        self._log.close()


@contextlib.contextmanager
def tenant_process(folder: Path, config: Mapping[str, Any] | None = None, *arguments: str) -> Iterator[TenantProcess]:
    """Start a stand-in, and stop it at the end of the block."""
    made = TenantProcess(folder, config, *arguments)
    try:
        yield made
    finally:
        made.stop()


class Folder:
    """A folder for runs against a stand-in, with a pytest configuration that allows its domain."""

    def __init__(self, path: Path, target: TenantProcess) -> None:
        self.path = path
        self.target = target
        path.mkdir(parents=True, exist_ok=True)
        (path / "pytest.ini").write_text(f"[pytest]\nauth0_mfa_live_domains = {target.domain}\n")

    def command(self, *arguments: str) -> list[str]:
        """The command line of `auth0-mfa` with these arguments."""
        return [sys.executable, "-m", "pytest_auth0_mfa", *arguments]

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start a contract run."""
        return subprocess.Popen(
            self.command("verify", f"--auth0-mfa-target={self.target.domain}", *arguments),
            cwd=self.path,
            env={**self.target.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def verify(self, *arguments: str, **environment: str) -> tuple[int, str]:
        """Make a contract run; return exit code and output."""
        process = self.start(*arguments, **environment)
        output, _ = process.communicate(timeout=900)
        return process.returncode, output

    def run(self, *arguments: str, **environment: str) -> tuple[int, str]:
        """Run another command of `auth0-mfa`; return exit code and output."""
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.path,
            env={**self.target.environment, **environment},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    @property
    def ledger(self) -> Path:
        """The ledger of the runs in this folder."""
        return self.path / ".auth0-mfa" / "ledger.jsonl"
