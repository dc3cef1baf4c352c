"""Makes many calls to one server, to see whether its memory stays flat and how long the slowest answer takes.

``python -m benchmarks --soak [CALLS]`` makes 2,000,000 calls by default, over a few HTTPS connections. A third of
them belong to logins (password, challenge, proof), whose tokens, challenges and messages would pile up if nothing
removed them. The clock moves on, so that no limit is reached. The server is another process, whose memory is read
from the kernel.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from .measure import Row

CONNECTIONS = 4
CALLS = 2_000_000
_SERVER = """
import gc, sys, time
from pytest_auth0_mfa import Tenant, serve
with serve(Tenant(fixed_code="123456")) as tenant:
    user = tenant.add_user("ada@example.com", "pw")
    user.enroll("email")
    print(tenant.domain, tenant.client_id, tenant.client_secret, tenant.ca_file, tenant.control_token, flush=True)
    gc.freeze()  # as `auth0-mfa serve` does
    sys.stdin.read()
"""
JSON = {"Content-Type": "application/json"}


class Caller:
    """A client with one connection. ``slowest`` is the time of its slowest answer in seconds."""

    def __init__(self, domain: str, client: dict[str, str], ca_file: str, token: str) -> None:
        context = ssl.create_default_context(cafile=ca_file)
        self._connection = http.client.HTTPSConnection(domain, timeout=60, context=context)
        self._client, self._token = client, token
        self.slowest = 0.0
        self.calls = 0

    def ask(self, method: str, path: str, body: Any = None, bearer: str = "") -> Any:
        """Make a call; return the decoded answer."""
        headers = {**JSON, **({"Authorization": f"Bearer {bearer}"} if bearer else {})}
        began = time.perf_counter()
        self._connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = self._connection.getresponse()
        content = answer.read()
        self.slowest = max(self.slowest, time.perf_counter() - began)
        self.calls += 1
        assert answer.status < 500, (answer.status, content)
        return json.loads(content) if content else None

    def round(self) -> None:
        """Make nine calls: a complete login with a code by email, two reads, two refusals and two to the control
        plane."""
        grant = {**self._client, "grant_type": "password", "username": "ada@example.com", "password": "pw"}
        token = self.ask("POST", "/oauth/token", {**grant, "scope": "openid offline_access"})["mfa_token"]
        oob = self.ask("POST", "/mfa/challenge", {**self._client, "mfa_token": token, "challenge_type": "oob"})
        proof = {
            "grant_type": "http://auth0.com/oauth/grant-type/mfa-oob",
            "mfa_token": token,
            "binding_code": "123456",
        }
        if "oob_code" in oob:
            self.ask("POST", "/oauth/token", {**self._client, **proof, "oob_code": oob["oob_code"]})
        self.ask("GET", "/mfa/authenticators", bearer=token)
        self.ask("GET", "/.well-known/jwks.json")
        self.ask("POST", "/oauth/token", {**grant, "password": "wrong"} if self.calls % 9_000 == 0 else {})
        self.ask("POST", "/mfa/challenge", {"mfa_token": "x" * 2000})
        self.ask("POST", "/_auth0_mfa/clock/advance", {"seconds": 600}, bearer=self._token)
        self.ask("GET", "/_auth0_mfa/calls?limit=5", bearer=self._token)


def soak(calls: int) -> tuple[list[float], float, float]:
    """Make the calls. Returns the memory in MiB after each tenth of them, the slowest answer in seconds and the calls
    per second."""
    root = Path(__file__).parents[1]
    command = [sys.executable, "-c", _SERVER]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        domain, client_id, client_secret, ca_file, token = server.stdout.readline().split()
        client = {"client_id": client_id, "client_secret": client_secret}
        callers = [Caller(domain, client, ca_file, token) for _ in range(CONNECTIONS)]
        left, sizes = itertools.count(), []

        def play(caller: Caller) -> None:
            while next(left) * 9 < calls:
                caller.round()

        began = time.perf_counter()
        threads = [threading.Thread(target=play, args=[caller]) for caller in callers]
        for thread in threads:
            thread.start()
        for tenth in range(1, 11):
            while sum(caller.calls for caller in callers) < calls * tenth / 10 and any(t.is_alive() for t in threads):
                time.sleep(0.2)
            sizes.append(_resident(server.pid))
            slowest = max(caller.slowest for caller in callers)
            count = sum(caller.calls for caller in callers)
            print(f"soak: {count:,} calls, {sizes[-1]:.0f} MiB, slowest answer {slowest:.3f} s", file=sys.stderr)
        for thread in threads:
            thread.join()
        took = time.perf_counter() - began
        server.kill()
    total = sum(caller.calls for caller in callers)
    return sizes, max(caller.slowest for caller in callers), total / took


def _resident(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def rows(calls: int = CALLS) -> list[Row]:
    """The row for the memory after all calls, against that after a fifth of them, when the bounded stores are
    full."""
    sizes, slowest, rate = soak(calls)
    detail = f"{sizes[-1]:.0f} MiB / {sizes[1]:.0f} MiB; slowest answer {slowest * 1e3:.0f} ms; {rate:.0f} calls/s"
    return [
        Row(
            f"memory of a server after {calls:,} calls",
            "after a fifth of them",
            sizes[-1] / sizes[1],
            1.1,
            detail=detail,
        )
    ]
