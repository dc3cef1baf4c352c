"""What was meant for a served tenant and did not reach it is remembered, so that a report can say so."""

from __future__ import annotations

import http.client
import socket
import ssl
import urllib.error
import urllib.request

import pytest

from pytest_auth0_mfa import Tenant
from pytest_auth0_mfa.transports.attempts import Attempt, attempts, note
from pytest_auth0_mfa.transports.server import Server


def test_the_server_remembers_whom_it_turned_away() -> None:
    """An untrusted certificate, plain HTTP, a foreign Host and bad HTTP are told apart, for tenant and server alike."""
    with Server() as server, server.serving(Tenant()) as tenant:
        trusting = ssl.create_default_context(cafile=server.ca_file)
        with pytest.raises(urllib.error.URLError):
            urllib.request.urlopen(server.url, context=ssl.create_default_context())
        connection = http.client.HTTPConnection("localhost", server.port, timeout=10)
        connection.request("GET", "/")
        assert connection.getresponse().status == 400
        connection.close()
        for headers, status in (({"Host": "evil.example"}, 421), ({"Content-Length": "x"}, 400)):
            secure = http.client.HTTPSConnection("localhost", server.port, timeout=10, context=trusting)
            secure.request("GET", "/", headers=headers)
            assert secure.getresponse().status == status
            secure.close()
    seen = attempts(tenant)
    assert [attempt.kind for attempt in seen] == ["certificate", "plain-http", "host", "http"]
    assert str(seen[0]) == "a client does not trust the server's certificate (unknown ca)"
    assert "'evil.example'" in str(seen[2])
    assert server.attempts == seen


def test_a_look_at_the_port_is_no_attempt() -> None:
    """Whoever connects and hangs up, as scripts that wait for a port do, wanted nothing of the tenant."""
    with Server() as server, server.serving(Tenant()) as tenant:
        socket.create_connection(("localhost", server.port), timeout=10).close()
        trusting = ssl.create_default_context(cafile=server.ca_file)
        with urllib.request.urlopen(server.url + "/.well-known/jwks.json", context=trusting) as answer:
            assert answer.status == 200
    assert attempts(tenant) == ()


def test_a_call_between_tests_belongs_to_no_tenant() -> None:
    """While no tenant is served a call is answered 503 and remembered for the server alone."""
    with Server() as server:
        trusting = ssl.create_default_context(cafile=server.ca_file)
        with pytest.raises(urllib.error.HTTPError, match="503"):
            urllib.request.urlopen(server.url + "/mfa/challenge?a=secret", context=trusting)
        assert [str(attempt) for attempt in server.attempts] == ["GET /mfa/challenge came when no tenant was served"]


def test_attempts_are_few_and_different() -> None:
    """The same attempt is remembered once, and never more than a hundred of them."""
    tenant = Tenant()
    for number in range(300):
        note(tenant, Attempt("resolve", f"{number // 2}"))
    assert [str(attempt) for attempt in attempts(tenant)] == [str(number) for number in range(100)]
