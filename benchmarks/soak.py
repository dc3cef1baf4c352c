"""Many calls to one server: does its memory stay flat, and how long did the slowest answer take?

``python -m benchmarks --soak [CALLS]``: 2,000,000 by default, over HTTPS, by a few connections that are kept. A third
are logins (password, challenge, proof), whose tokens, challenges and messages pile up where nothing forgets them.
The clock moves on, so that no limit is met. The server is a process of its own; its memory is the kernel's number.
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
import sys, time
from pytest_auth0_mfa import Tenant, serve
with serve(Tenant(fixed_code="123456")) as tenant:
    user = tenant.add_user("ada@example.com", "pw")
    user.enroll("email")
    print(tenant.domain, tenant.client_id, tenant.client_secret, tenant.ca_file, tenant.control_token, flush=True)
    sys.stdin.read()
"""
JSON = {"Content-Type": "application/json"}


class Caller:
    """One connection, and how long its slowest answer took."""

    def __init__(self, domain: str, client: dict[str, str], ca_file: str, token: str) -> None:
        context = ssl.create_default_context(cafile=ca_file)
        self._connection = http.client.HTTPSConnection(domain, timeout=60, context=context)
        self._client, self._token = client, token
        self.slowest = 0.0
        self.calls = 0

    def ask(self, method: str, path: str, body: Any = None, bearer: str = "") -> Any:
        """The decoded answer."""
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
        """Nine calls: a whole login with a code by email, reading, and refusals."""
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
    """Memory in MiB at eleven moments, from a tenth of the calls on; the slowest answer in seconds; calls a second."""
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
    """Memory after all of the calls against that after a fifth of them: by then the bounded stores are full."""
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
