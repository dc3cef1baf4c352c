"""The HTTPS server against pytest-httpserver, which speaks plain HTTP."""

from __future__ import annotations

import http.client
import json
import logging
import os
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import requests
from pytest_httpserver import HTTPServer

from pytest_auth0_mfa import Profile, Request, Response, Tenant
from pytest_auth0_mfa.messages import Handler, Json
from pytest_auth0_mfa.transports.server import Server

from . import wrk
from .measure import Pair, Row, Work, compare, summary

BODY = b'{"a":"' + b"x" * 200 + b'"}'
JSON = {"Content-Type": "application/json"}
BASELINE = "pytest-httpserver, plain HTTP"
CONNECTIONS = 8
SECONDS = int(os.environ.get("BENCHMARK_SECONDS", "1"))
TURNS = 7


def static(request: Request) -> Response:
    """The same answer to everything."""
    return Response(200, JSON, BODY)


def plain_server(*paths: str) -> Any:
    """The baseline, started."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server: Any = HTTPServer(host="127.0.0.1")
    server.start()
    for path in paths:
        server.expect_request(path).respond_with_data(BODY, content_type="application/json")
    return server


def keep_alive() -> list[Row]:
    """One `requests` session; the CPU of client and server together."""
    plain = plain_server("/x")
    with Server() as server, requests.Session() as ours, requests.Session() as theirs:
        server.handler = static
        ours.trust_env = theirs.trust_env = False
        ours.verify = server.ca_file
        url, plain_url = f"{server.url}/x", plain.url_for("/x")
        pair = compare(
            lambda: ours.post(url, json={"a": 1}), lambda: theirs.post(plain_url, json={"a": 1}), times=10, rounds=60
        )
    plain.stop()
    return [Row.of("HTTPS, keep-alive, one client", f"{BASELINE}, static", pair, 0.65)]


# -- throughput ----------------------------------------------------------------------------------


def throughput() -> list[Row]:
    """CPU time of the server for each request, and requests per second on the wall in the detail."""
    plain = plain_server("/x", "/oauth/token", "/mfa/challenge")
    rows = []
    with Server() as server:
        server.handler = static
        rows.append(_row("static answer", server, plain, [{"path": "/x", "a": 1}]))
        tenant = Tenant(profile=Profile(totp_replay="accepted"))
        user = tenant.add_user("ada@example.com", "pw")
        code = user.enroll("otp").code
        tenant.clock.freeze()

        def check_and_forget() -> None:
            assert not [call for call in tenant.calls if call.refusal_id not in (None, "mfa_required")]
            tenant.calls.clear()
            tenant.tokens.clear()

        with server.serving(tenant):
            application = {"client_id": tenant.client_id, "client_secret": tenant.client_secret}
            grant = {"grant_type": "http://auth0.com/oauth/grant-type/mfa-otp", "otp": code(), **application}
            flow: list[dict[str, Json]] = [
                {"path": "/oauth/token", **tenant.password_grant(user, scope="profile")},
                {"path": "/mfa/challenge", "mfa_token": None, "challenge_type": "otp", **application},
                {"path": "/oauth/token", "mfa_token": None, **grant},
            ]
            rows.append(_row("a login: password, challenge, code", server, plain, flow, check_and_forget))
            flow[0]["scope"] = "openid profile"
            rows.append(_row("the same with an RS256 ID token", server, plain, flow, check_and_forget))
    plain.stop()
    return rows


def _row(what: str, server: Server, plain: Any, bodies: list[dict[str, Json]], between: Work = lambda: None) -> Row:
    pairs, walls = [], []
    for turn in range(TURNS + 1):  # one to warm up
        mine = _load(server.url, server.ca_file, bodies)
        other = _load(f"http://127.0.0.1:{plain.port}", None, bodies)
        plain.clear_log()
        between()  # now the last requests of ours, whose clients did not wait for an answer, are done too
        if turn:
            pairs.append((mine[0], other[0]))
            walls.append((mine[1], other[1]))
    pair = summary(pairs)
    rate, plain_rate = (statistics.median(side) for side in zip(*walls, strict=True))
    detail = f"CPU {pair.detail}; {rate:.0f} / {plain_rate:.0f} requests/s of {'wrk' if wrk.installed() else 'load.py'}"
    return Row.of_rates(f"throughput, {CONNECTIONS} connections: {what}", f"{BASELINE}, static", pair, 5, detail)


def _load(url: str, ca_file: str | None, bodies: list[dict[str, Json]]) -> tuple[float, float]:
    """The server's CPU seconds per request, and requests per second."""
    start = time.process_time()
    count = wrk.run(url, bodies, CONNECTIONS, SECONDS) if wrk.installed() else _python_load(url, ca_file, bodies)
    return (time.process_time() - start) / count, count / SECONDS


def _python_load(url: str, ca_file: str | None, bodies: list[dict[str, Json]]) -> int:
    port = int(url.rpartition(":")[2])
    plan = {"port": port, "ca_file": ca_file, "connections": CONNECTIONS, "seconds": SECONDS, "bodies": bodies}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "plan.json"
        file.write_text(json.dumps(plan), encoding="utf-8")
        command = [sys.executable, str(Path(__file__).with_name("load.py")), str(file)]
        return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


# -- start and stop ------------------------------------------------------------------------------


def start_and_stop() -> list[Row]:
    """To the first answer, and the stop, on the wall: what waits costs no CPU."""
    starts, stops = [], []
    Server().stop()  # the certificates of the run
    for _ in range(25):
        ours, theirs = _cycle(), _plain_cycle()
        starts.append((ours[0], theirs[0]))
        stops.append((ours[1], theirs[1]))
    start, stop = summary(starts), summary(stops)
    return [
        Row.of("server start to first answer (wall)", BASELINE, start, 3, _ms(start)),
        Row.of("server stop (wall; no poll)", BASELINE, stop, 3, _ms(stop)),
    ]


def _ms(pair: Pair) -> str:
    return f"{pair.ours * 1e3:.2f} ms / {pair.baseline * 1e3:.2f} ms"


def _cycle() -> tuple[float, float]:
    start = time.perf_counter()
    server = Server()
    handler: Handler = static
    server.handler = handler
    context = ssl.create_default_context(cafile=server.ca_file)
    client = http.client.HTTPSConnection(server.domain, context=context)
    answered = _first_answer(client, start)
    return answered, _stopping(server.stop, client)


def _plain_cycle() -> tuple[float, float]:
    start = time.perf_counter()
    server = plain_server("/x")
    client = http.client.HTTPConnection("127.0.0.1", server.port)
    answered = _first_answer(client, start)
    return answered, _stopping(server.stop, client)


def _first_answer(client: http.client.HTTPConnection, start: float) -> float:
    client.request("GET", "/x")
    client.getresponse().read()
    return time.perf_counter() - start


def _stopping(stop: Any, client: http.client.HTTPConnection) -> float:
    start = time.perf_counter()
    stop()
    taken = time.perf_counter() - start
    client.close()
    return taken


def rows() -> list[Row]:
    """All of this module."""
    return [*keep_alive(), *throughput(), *start_and_stop()]
