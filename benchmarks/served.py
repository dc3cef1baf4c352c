"""The cost of a request to the HTTPS server, against pytest-httpserver with plain HTTP."""

from __future__ import annotations

import logging
from typing import Any

import requests
from pytest_httpserver import HTTPServer

from pytest_auth0_mfa import Request, Response
from pytest_auth0_mfa.transports.server import Server

from .measure import Row, compare

BODY = b'{"a":"' + b"x" * 200 + b'"}'
JSON = {"Content-Type": "application/json"}
BASELINE = "pytest-httpserver, plain HTTP, static"


def static(request: Request) -> Response:
    """A handler that always gives the same answer."""
    return Response(200, JSON, BODY)


def plain_server(path: str) -> Any:
    """Start the baseline server."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server: Any = HTTPServer(host="127.0.0.1")
    server.start()
    server.expect_request(path).respond_with_data(BODY, content_type="application/json")
    return server


def rows() -> list[Row]:
    """The row for one `requests` session: CPU time of client and server together."""
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
    return [Row.of("HTTPS, keep-alive, one client", BASELINE, pair, 0.65)]
