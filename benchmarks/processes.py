"""The cost of what users wait for: a test, a thousand tests, the start of `auth0-mfa serve`, the sandbox page.

Measured is the CPU time of child processes, user and system, in turns with the baseline and without other pytest
plugins. The page is measured in this process: what the server does for a refresh.
"""

from __future__ import annotations

import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from pytest_auth0_mfa import Request, Tenant, handler

from .measure import Pair, Row, seconds, summary
from .plugin_overhead import COMMAND, ENVIRONMENT

TESTS = 1000
STUB = "one test with one `responses` stub"

ONE_OURS = """
import requests

def test_one(auth0_mfa):
    user = auth0_mfa.add_user()
    answer = requests.post(auth0_mfa.url + "/oauth/token", json=auth0_mfa.password_grant(user))
    assert answer.json()["error"] == "mfa_required"
"""
ONE_STUBBED = """
import requests
import responses

@responses.activate
def test_one():
    responses.post("https://static.example/oauth/token", json={"error": "mfa_required"}, status=403)
    answer = requests.post("https://static.example/oauth/token", json={"username": "ada", "password": "pw"})
    assert answer.json()["error"] == "mfa_required"
"""
ONE_SERVED = """
import requests

def test_one(auth0_mfa_server):
    url = auth0_mfa_server.url + "/oauth/token"
    answer = requests.post(url, json=auth0_mfa_server.password_grant(auth0_mfa_server.add_user()),
                           verify=auth0_mfa_server.ca_file)
    assert answer.json()["error"] == "mfa_required"
"""
ONE_HTTPSERVER = """
import requests

def test_one(httpserver):
    httpserver.expect_request("/oauth/token").respond_with_json({"error": "mfa_required"}, status=403)
    answer = requests.post(httpserver.url_for("/oauth/token"), json={"username": "ada", "password": "pw"})
    assert answer.json()["error"] == "mfa_required"
"""
_LOGIN = """
def log_in(url, known, login, code):
    mfa_token = requests.post(url + "/oauth/token", json=login).json()["mfa_token"]
    asked = {**known, "mfa_token": mfa_token, "challenge_type": "oob"}
    oob_code = requests.post(url + "/mfa/challenge", json=asked).json()["oob_code"]
    proof = {"grant_type": "http://auth0.com/oauth/grant-type/mfa-oob", "oob_code": oob_code, "binding_code": code()}
    answer = requests.post(url + "/oauth/token", json={**known, "mfa_token": mfa_token, **proof})
    assert answer.json()["token_type"] == "Bearer"
"""
MANY_OURS = f"""
import pytest
import requests
{_LOGIN}
@pytest.mark.parametrize("number", range({TESTS}))
def test_login(auth0_mfa, number):
    user = auth0_mfa.add_user()
    user.enroll("email")
    known = {{"client_id": auth0_mfa.client_id, "client_secret": auth0_mfa.client_secret}}
    login = auth0_mfa.password_grant(user, scope="profile")
    log_in(auth0_mfa.url, known, login, lambda: auth0_mfa.outbox.latest(user).code)
"""
MANY_STUBBED = f"""
import pytest
import requests
import responses
{_LOGIN}
URL = "https://static.example"

@pytest.mark.parametrize("number", range({TESTS}))
def test_login(number):
    with responses.RequestsMock() as mock:
        mock.post(URL + "/oauth/token", json={{"error": "mfa_required", "mfa_token": "x" * 1900}}, status=403)
        mock.post(URL + "/mfa/challenge", json={{"challenge_type": "oob", "oob_code": "y" * 600}})
        mock.post(URL + "/oauth/token", json={{"access_token": "z" * 64, "token_type": "Bearer"}})
        log_in(URL, {{"client_id": "app"}}, {{"username": "ada", "password": "pw"}}, lambda: "123456")
"""
_MAKE = """
import trustme
authority = trustme.CA()
authority.issue_cert("localhost").configure_cert(ssl.create_default_context(ssl.Purpose.CLIENT_AUTH))
"""
_WATCH = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL); "
_PRINT = "used = resource.getrusage(resource.RUSAGE_CHILDREN); print(used.ru_utime + used.ru_stime, used.ru_maxrss)"


def measured(command: list[str], folder: Path) -> tuple[float, float]:
    """CPU seconds and peak memory in MiB of a process and its children."""
    watched = [sys.executable, "-c", _WATCH + _PRINT, *command]
    done = subprocess.run(watched, cwd=folder, env=ENVIRONMENT, check=True, capture_output=True, text=True)
    cpu, peak = done.stdout.split()
    return float(cpu), float(peak) / 1024


def in_turns(ours: str, theirs: str, turns: int, *, httpserver: bool = False) -> tuple[Pair, Pair]:
    """CPU and peak memory of two test modules, each in its own process."""
    with tempfile.TemporaryDirectory() as name:
        folders = [Path(name) / side for side in ("ours", "theirs")]
        for folder, module in zip(folders, (ours, theirs), strict=True):
            folder.mkdir()
            (folder / "test_it.py").write_text(module, encoding="utf-8")
        mine = [*COMMAND, "-p", "no:cacheprovider"]
        other = [*(_without_switch(mine) if httpserver else mine), "-p", "no:auth0_mfa"]
        pairs = [(measured(mine, folders[0]), measured(other, folders[1])) for _ in range(turns + 1)][1:]
    return tuple(summary([(one[which], two[which]) for one, two in pairs]) for which in (0, 1))  # type: ignore[return-value]


def _without_switch(command: list[str]) -> list[str]:
    """The command without the option that blocks pytest-httpserver."""
    off = next(place for place, part in enumerate(command) if part.startswith("no:") and "httpserver" in part)
    return command[: off - 1] + command[off + 1 :]


def _of_tests() -> list[Row]:
    one, _ = in_turns(ONE_OURS, ONE_STUBBED, 9)
    many, peak = in_turns(MANY_OURS, MANY_STUBBED, 3)
    served, _ = in_turns(ONE_SERVED, ONE_HTTPSERVER, 9, httpserver=True)
    served_text = f"{_ms(served)}; making the certificates alone {_certificates() * 1e3:.0f} ms"
    many_text, peak_text = f"{TESTS:,} tests, each a login by email", "the same with three stubs"
    return [
        Row.of("`pytest`, one test with `auth0_mfa`", STUB, one, 1.06, _ms(one)),
        Row.of(f"`pytest`, {many_text}", peak_text, many, 1.06, _ms(many)),
        Row.of("peak memory of the latter", "the same", peak, 1.20, _mib(peak)),
        Row.of("`pytest`, one test with `auth0_mfa_server`", "one with pytest-httpserver", served, 1.06, served_text),
    ]


def _certificates() -> float:
    """CPU seconds that a process takes longer when it makes an authority and a certificate with trustme."""
    plain = "import ssl, tempfile"
    made = [_cpu([sys.executable, "-c", plain + _MAKE]) - _cpu([sys.executable, "-c", plain]) for _ in range(9)]
    return statistics.median(made)


def _of_serve() -> list[Row]:
    pairs = [(_first_answer(), _cpu([sys.executable, "-c", "import requests"])) for _ in range(8)][1:]
    pair = summary(pairs)
    what = "`auth0-mfa serve`, process start until it answers"
    return [Row.of(what, "`python -c 'import requests'`", pair, 1.5, _ms(pair))]


def _cpu(command: list[str], until: Callable[[subprocess.Popen[str]], None] = lambda process: None) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True) as process:
        until(process)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def _first_answer() -> float:
    """CPU seconds of `auth0-mfa serve` until it listens. They include a few milliseconds to end the process."""

    def stop_when_up(process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("Stop it with"):
                break
        os.kill(process.pid, signal.SIGKILL)

    return _cpu([sys.executable, "-m", "pytest_auth0_mfa", "serve"], stop_when_up)


def _of_page() -> list[Row]:
    few, many = _refresh(10), _refresh(10_000)
    pair = summary([(seconds(many, 20), seconds(few, 20)) for _ in range(15)])
    what = "the page with 10,000 journalled calls: a refresh"
    return [Row.of(what, "the page with 10", pair, 1.5)]


def _refresh(calls: int) -> Callable[[], object]:
    """A function that makes a call, then the page's requests for it: the state, and the calls that are new."""
    tenant = Tenant()
    tenant.control_token = "token"
    handle = handler(tenant)

    def call() -> None:
        handle(Request("GET", "/.well-known/openid-configuration", {}))

    for _ in range(calls):
        call()
    headers = {"authorization": "Bearer token"}

    def refresh() -> None:
        seen = tenant.calls.dropped + len(tenant.calls)
        call()
        for path in ("state?since=", f"calls?after={seen}&limit=50"):
            assert handle(Request("GET", f"/_auth0_mfa/{path}", headers)).status == 200

    return refresh


def _ms(pair: Pair) -> str:
    return f"{pair.ours * 1e3:.0f} ms / {pair.baseline * 1e3:.0f} ms"


def _mib(pair: Pair) -> str:
    return f"{pair.ours:.0f} MiB / {pair.baseline:.0f} MiB"


def rows() -> list[Row]:
    """All rows of this module."""
    return [*_of_tests(), *_of_serve(), *_of_page()]
