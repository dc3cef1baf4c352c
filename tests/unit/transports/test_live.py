"""A live base URL as a handler, and one script that gets the same bytes over every transport."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import requests
from helpers.threads import in_threads

from pytest_auth0_mfa import Auth0MfaError, ConfigurationError, Fault, Handler, Request, Response, Tenant, handler
from pytest_auth0_mfa.transports.in_process import in_process
from pytest_auth0_mfa.transports.live import TransportError, live
from pytest_auth0_mfa.transports.server import Server


def echo(request: Request) -> Response:
    """A handler that answers with what it was asked."""
    seen = [request.method, request.path, dict(request.headers), request.body.decode("latin-1")]
    return Response(201, {"Content-Type": "application/json", "X-Own": "a"}, json.dumps(seen).encode())


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as server:
        server.handler = echo
        yield server


@pytest.mark.parametrize("target", ["//mfa/associate", "/a|b", "/a%7Cb", "/x?a=b&c=%20"])
def test_the_target_goes_out_as_given(server: Server, target: str) -> None:
    """Nothing is folded, decoded or escaped on the way to a live tenant."""
    with live(server.url, ca_file=server.ca_file) as ask:
        assert ask(Request("GET", target, {})).json()[1] == target


def test_a_request_goes_out_whole(server: Server) -> None:
    """Headers and body arrive, framing and host are the connection's own, and the answer comes back whole."""
    with live(server.url, ca_file=server.ca_file) as ask:
        headers = {"Host": "foreign.example", "Content-Length": "99", "Accept-Encoding": "gzip", "X-Mine": "yes"}
        answer = ask(Request("POST", "/x", headers, b"body"))
        assert (answer.status, answer.headers["x-own"]) == (201, "a")
        method, path, sent, body = answer.json()
        assert (method, path, body) == ("POST", "/x", "body")
        assert sent == {"Host": server.domain, "X-Mine": "yes", "Content-Length": "4"}
        assert "Content-Length" not in ask(Request("GET", "/x", {})).json()[2]
        assert ask(Request("POST", "/x", {})).json()[2]["Content-Length"] == "0"
        assert ask(Request("HEAD", "/x", {})).body == b""


@pytest.mark.parametrize("content", [None, "", "not a certificate"])
def test_a_file_without_certificates_is_named(tmp_path: Path, content: str | None) -> None:
    """Absent, empty or something else: it says which file and what to give."""
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ConfigurationError, match=r"ca\.pem: no certificates can be read .*SSL_CERT_FILE"):
        live("https://tenant.example", ca_file=str(file))


def test_the_environment_is_not_looked_at(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxies of the environment do not see what is sent to a tenant."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")
    with live(server.url, ca_file=server.ca_file) as ask:
        assert ask(Request("GET", "/", {})).status == 201


def test_threads_share_it(server: Server) -> None:
    """32 threads have connections of their own."""
    wrong: list[object] = []
    with live(server.url, ca_file=server.ca_file) as ask:

        def call(number: int) -> None:
            for turn in range(5):
                path = f"/{number}/{turn}"
                if ask(Request("GET", path, {})).json()[1] != path:
                    wrong.append(path)

        in_threads(call)
    assert wrong == []


def test_a_connection_that_has_idled_away_is_opened_again() -> None:
    """The server may close between two requests; the next one is sent on a new connection."""
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(Server())
        first.handler = echo
        ask = stack.enter_context(live(first.url, ca_file=first.ca_file))
        ask(Request("GET", "/1", {}))
        first.stop()
        second = stack.enter_context(Server(listen_address=("localhost", first.port)))
        second.handler = echo
        assert ask(Request("GET", "/2", {})).json()[1] == "/2"


def test_a_request_is_never_sent_twice(server: Server) -> None:
    """A hang-up after the request was read is a failure, also on a connection that was used before."""
    asked: list[str] = []

    def drop(request: Request) -> Response:
        asked.append(request.path)
        return Response(200, {}, b"", Fault(drop="before") if request.path == "/drop" else None)

    with server.serving(Tenant(), handler=drop), live(server.url, ca_file=server.ca_file) as ask:
        ask(Request("GET", "/1", {}))
        with pytest.raises(TransportError, match="RemoteDisconnected"):
            ask(Request("POST", "/drop", {}))
        ask(Request("GET", "/2", {}))
    server.handler = echo
    assert asked == ["/1", "/drop", "/2"]


def _failure(ask: Handler) -> TransportError:
    with pytest.raises(TransportError) as caught:
        ask(Request("POST", "/oauth/token?code=s3cret", {"Authorization": "Bearer s3cret"}, b"s3cret"))
    assert isinstance(caught.value, Auth0MfaError)
    assert isinstance(caught.value, ConnectionError)
    assert "s3cret" not in str(caught.value)
    assert "POST /oauth/token: " in str(caught.value)
    return caught.value


def test_network_failures_say_what_happened(server: Server) -> None:
    """A refused connection, an untrusted certificate and silence are TransportErrors without secrets."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with live(f"http://127.0.0.1:{port}", timeout=0.05) as ask:
            assert "no answer within 0.05 s" in str(_failure(ask))
    with live(f"http://127.0.0.1:{port}") as ask:
        assert f"(127.0.0.1:{port})" in str(_failure(ask))
    with live(server.url) as ask:
        assert "certificate verify failed" in str(_failure(ask))


def test_a_hang_up_in_the_answer_is_a_failure() -> None:
    """Half an answer is none."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            accepted, _ = listener.accept()
            with accepted:
                accepted.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
                accepted.shutdown(socket.SHUT_WR)
                while accepted.recv(65536):  # closed with a request unread, it would be reset
                    pass

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        with live(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=10) as ask:
            assert "IncompleteRead" in str(_failure(ask))
        thread.join(10)


@pytest.mark.parametrize("method", ["GET\r\nX: y", "G T"])
def test_a_malformed_request_does_not_leave(server: Server, method: str) -> None:
    """What cannot be sent as HTTP fails here, not at the tenant."""
    with live(server.url, ca_file=server.ca_file) as ask, pytest.raises(TransportError):
        ask(Request(method, "/x y", {}))


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("tenant.example", "expected a scheme and a host"),
        ("ftp://tenant.example", "expected a scheme and a host"),
        ("https://tenant.example/oauth", "without a path"),
        ("https://user:pw@tenant.example", "credentials belong into requests"),
        ("http://tenant.example", "refusing to send secrets in the clear"),
    ],
)
def test_a_base_url_is_checked(url: str, message: str) -> None:
    """What is not the base URL of a tenant is refused with what was expected."""
    with pytest.raises(ConfigurationError, match=message):
        live(url)


# -- one script, every transport ---------------------------------------------------------------------


def _tenant(domain: str = "tenant.example") -> Tenant:
    tenant = Tenant(domain=domain, seed=7, client_id="client", client_secret="secret")
    tenant.clock.freeze(1_800_000_000)
    return tenant


def play(tenant: Tenant, send: Handler) -> list[tuple[int, str | None, bytes]]:
    """Log in, enrol an email address, slip, confirm, list and delete; what came back each time."""
    came: list[tuple[int, str | None, bytes]] = []

    def ask(method: str, path: str, body: object = None, token: str | None = None) -> Response:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        content = b"" if body is None else json.dumps(body).encode()
        answer = send(Request(method, path, headers, content))
        came.append((answer.status, answer.headers.get("content-type"), answer.body))
        return answer

    client = {"client_id": tenant.client_id, "client_secret": tenant.client_secret}
    user = tenant.add_user("ada@example.com", "pw")
    mfa_token = ask("POST", "/oauth/token", tenant.password_grant(user)).json()["mfa_token"]
    wanted = {"authenticator_types": ["oob"], "oob_channels": ["email"], "email": "ada@example.com"}
    oob_code = ask("POST", "/mfa/associate", wanted, mfa_token).json()["oob_code"]
    grant = {"grant_type": "http://auth0.com/oauth/grant-type/mfa-oob", "mfa_token": mfa_token, "oob_code": oob_code}
    ask("POST", "/oauth/token", {**client, **grant, "binding_code": "000000"})
    ask("POST", "/oauth/token", {**client, **grant, "binding_code": tenant.outbox.latest(user).code})
    mfa_token = ask("POST", "/oauth/token", tenant.password_grant(user)).json()["mfa_token"]
    rows = ask("GET", "/mfa/authenticators", token=mfa_token).json()
    ask("POST", "/mfa/challenge", {**client, "mfa_token": mfa_token, "authenticator_id": rows[0]["id"]})
    ask("POST", "//mfa/associate", wanted, mfa_token)
    ask("DELETE", "/mfa/authenticators/email%7Cdev_unknown", token=mfa_token)
    ask("GET", "/.well-known/openid-configuration")
    ask("POST", "/oath/token", {})
    return came


def _over_requests(tenant: Tenant) -> Handler:
    def send(request: Request) -> Response:
        url, headers = tenant.url + request.path, dict(request.headers)
        answer = requests.request(
            request.method, url, headers=headers, data=request.body or None, verify=tenant.ca_file, timeout=30
        )
        return Response(answer.status_code, answer.headers, answer.content)

    return send


def _over_httpx(tenant: Tenant) -> Handler:
    def send(request: Request) -> Response:
        answer = httpx.request(
            request.method, tenant.url + request.path, headers=dict(request.headers), content=request.body or None
        )
        return Response(answer.status_code, answer.headers, answer.content)

    return send


def test_every_transport_carries_the_same_bytes(server: Server) -> None:
    """With one seed and a frozen clock each transport brings what the handler itself answers."""
    tenant = _tenant()
    expected = play(tenant, handler(tenant))
    assert [status for status, _, _ in expected] == [403, 200, 403, 200, 403, 200, 200, 404, 401, 200, 404]

    clients: list[Callable[[Tenant], Handler]] = [_over_requests, _over_httpx]
    for client in clients:
        with in_process(_tenant()) as tenant:
            assert play(tenant, client(tenant)) == expected

    tenant = _tenant(server.domain)  # issuers in the answers name the domain
    expected = play(tenant, handler(tenant))
    with server.serving(_tenant()) as tenant, live(server.url, ca_file=server.ca_file) as ask:
        assert play(tenant, ask) == expected
