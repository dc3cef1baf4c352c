"""The HTTPS server: what clients get, whatever they send, and how it starts and stops."""

from __future__ import annotations

import contextlib
import errno
import http.client
import json
import logging
import os
import socket
import ssl
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import requests
import responses
from helpers.threads import in_threads

from pytest_auth0_mfa import ConfigurationError, Fault, MissingExtraError, Request, Response, Tenant
from pytest_auth0_mfa.transports import addresses, certificates
from pytest_auth0_mfa.transports.addresses import listen
from pytest_auth0_mfa.transports.http1 import parse_head
from pytest_auth0_mfa.transports.in_process import in_process
from pytest_auth0_mfa.transports.server import Server, serve

BODY = b'{"answered":"by us"}'


def echo(request: Request) -> Response:
    """A handler that answers with what it was asked."""
    seen = {"method": request.method, "path": request.path, "body": request.body.decode("latin-1")}
    return Response(200, {"Content-Type": "application/json"}, json.dumps(seen).encode())


@pytest.fixture(scope="module")
def shared() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture
def served(shared: Server) -> Iterator[Server]:
    """A server that echoes; what a test sets as handler ends with it."""
    shared.handler = echo
    yield shared
    shared.handler = None


class Raw:
    """A client that sends bytes over TLS."""

    def __init__(self, server: Server, host: str = "127.0.0.1") -> None:
        context = ssl.create_default_context(cafile=server.ca_file)
        context.verify_flags |= ssl.VERIFY_X509_STRICT  # the default from Python 3.13 on
        plain = socket.create_connection((host, server.port), timeout=10)
        self.socket = context.wrap_socket(plain, server_hostname="localhost")
        self.host = f"localhost:{server.port}".encode()

    def __enter__(self) -> Raw:
        return self

    def __exit__(self, *exception: object) -> None:
        self.socket.close()

    def send(self, text: bytes) -> None:
        self.socket.sendall(text.replace(b"<host>", self.host))

    def answer(self, method: str = "GET") -> tuple[int, http.client.HTTPResponse, bytes]:
        """The next answer: its status, itself, its body."""
        answer = http.client.HTTPResponse(self.socket, method=method)
        answer.begin()
        return answer.status, answer, answer.read()

    def ask(self, text: bytes) -> tuple[int, http.client.HTTPResponse, bytes]:
        self.send(text)
        return self.answer()

    def is_hung_up(self) -> bool:
        """Wait for the server to close; true if it did so without another byte."""
        return self.socket.recv(1) == b""


@pytest.fixture
def raw(served: Server) -> Iterator[Raw]:
    with Raw(served) as client:
        yield client


def path_of(body: bytes) -> object:
    return json.loads(body)["path"]


# -- requests it reads -------------------------------------------------------------------------------


def test_a_connection_is_kept_for_many_requests(raw: Raw) -> None:
    """Requests follow each other on one connection, two in one packet included."""
    for number in range(3):
        status, answer, body = raw.ask(b"GET /%d HTTP/1.1\r\nHost: <host>\r\n\r\n" % number)
        assert (status, path_of(body), answer.getheader("Connection")) == (200, f"/{number}", "keep-alive")
    raw.send(b"GET /a HTTP/1.1\r\nHost: <host>\r\n\r\nPOST /b HTTP/1.1\r\nHost: <host>\r\nContent-Length: 2\r\n\r\nhi")
    assert path_of(raw.answer()[2]) == "/a"
    assert json.loads(raw.answer()[2]) == {"method": "POST", "path": "/b", "body": "hi"}


@pytest.mark.parametrize(
    ("head", "kept"),
    [
        (b"GET / HTTP/1.1\r\nHost: <host>\r\nConnection: close\r\n\r\n", False),
        (b"GET / HTTP/1.0\r\nHost: <host>\r\n\r\n", False),
        (b"GET / HTTP/1.0\r\nHost: <host>\r\nConnection: Keep-Alive\r\n\r\n", True),
        (b"GET / HTTP/1.1\r\nHost: <host>\r\n\r\n", True),
    ],
)
def test_the_client_says_whether_the_connection_is_kept(raw: Raw, head: bytes, kept: bool) -> None:
    """Connection and version decide, and the answer says the same."""
    status, answer, _ = raw.ask(head)
    assert (status, answer.getheader("Connection")) == (200, "keep-alive" if kept else "close")
    if kept:
        assert raw.ask(head)[0] == 200
    else:
        assert raw.is_hung_up()


@pytest.mark.parametrize("target", ["//mfa/associate", "/a|b", "/a%7Cb", "/x?a=b&c=%20", "/\xff", "*", "/a/../b"])
def test_the_target_arrives_as_sent(raw: Raw, target: str) -> None:
    """Nothing in the request target is folded, decoded or escaped."""
    assert path_of(raw.ask(b"OPTIONS " + target.encode("latin-1") + b" HTTP/1.1\r\nHost: <host>\r\n\r\n")[2]) == target


def test_an_absolute_target_is_reduced_to_its_path(raw: Raw) -> None:
    """Clients that think they talk to a proxy are answered too."""
    assert path_of(raw.ask(b"GET https://<host>/x?y HTTP/1.1\r\nHost: <host>\r\n\r\n")[2]) == "/x?y"
    assert path_of(raw.ask(b"GET https://<host> HTTP/1.1\r\nHost: <host>\r\n\r\n")[2]) == "/"


def test_head_gets_headers_only(raw: Raw) -> None:
    """HEAD brings the length of the body but not the body."""
    raw.send(b"HEAD / HTTP/1.1\r\nHost: <host>\r\n\r\n")
    status, answer, body = raw.answer("HEAD")
    assert (status, body) == (200, b"")
    assert int(answer.getheader("Content-Length") or 0) > 0
    assert raw.ask(b"GET /next HTTP/1.1\r\nHost: <host>\r\n\r\n")[0] == 200


def test_204_has_neither_body_nor_length(served: Server, raw: Raw) -> None:
    """An answer without content is framed as one, and the connection goes on."""
    served.handler = lambda request: Response(204, {}, b"ignored")
    for _ in range(2):
        status, answer, body = raw.ask(b"DELETE / HTTP/1.1\r\nHost: <host>\r\n\r\n")
        assert (status, body, answer.getheader("Content-Length")) == (204, b"", None)


def test_a_body_is_asked_for_when_the_client_waits(raw: Raw) -> None:
    """``Expect: 100-continue`` gets its interim answer before the body is sent."""
    raw.send(b"POST / HTTP/1.1\r\nHost: <host>\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
    assert raw.socket.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert json.loads(raw.ask(b"body")[2])["body"] == "body"


def test_a_chunked_body_is_put_together(raw: Raw) -> None:
    """Chunks, extensions and trailers are read; the next request is found."""
    raw.send(b"POST / HTTP/1.1\r\nHost: <host>\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
    raw.send(b"A;x=y\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n")
    assert json.loads(raw.answer()[2])["body"] == "abc0123456789"
    assert raw.ask(b"GET / HTTP/1.1\r\nHost: <host>\r\n\r\n")[0] == 200


def test_a_request_may_come_byte_by_byte(raw: Raw) -> None:
    """Packet boundaries mean nothing."""
    for byte in b"\r\nPOST /slow HTTP/1.1\r\nHost: " + raw.host + b"\r\nContent-Length: 2\r\n\r\nok":
        raw.send(bytes([byte]))
    assert json.loads(raw.answer()[2]) == {"method": "POST", "path": "/slow", "body": "ok"}


def test_a_megabyte_goes_through(raw: Raw) -> None:
    """A body of 1 MB reaches the handler whole."""
    status, _, body = raw.ask(b"POST / HTTP/1.1\r\nHost: <host>\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1_000_000)
    assert (status, len(json.loads(body)["body"])) == (200, 1_000_000)


# -- requests it refuses -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(b"GET / HTTP/1.1\r\nHost: <host>\r\nX: " + b"x" * 65536 + b"\r\n\r\n", 431, id="64 KB header"),
        pytest.param(b"GET /" + b"x" * 70000, 431, id="endless target"),
        pytest.param(b"POST / HTTP/1.1\r\nHost: <host>\r\nContent-Length: 9999999\r\n\r\n", 413, id="huge length"),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: <host>\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFF\r\n", 413, id="huge chunk"
        ),
        pytest.param(b"\x00\x01\x02", 400, id="binary"),
        pytest.param(b"hello there\n", 400, id="chat"),
        pytest.param(b"GET / HTTP/1.1\nHost: <host>\n\n", 400, id="bare line feeds"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: <host>\n\n", 400, id="bare line feeds later"),
        pytest.param(b"GET / HTTP/2.0\r\n\r\n", 400, id="another version"),
        pytest.param(b"GET  / HTTP/1.1\r\nHost: <host>\r\n\r\n", 400, id="two spaces"),
        pytest.param(b"GET /a b HTTP/1.1\r\nHost: <host>\r\n\r\n", 400, id="space in target"),
        pytest.param(b"GET /\x01 HTTP/1.1\r\nHost: <host>\r\n\r\n", 400, id="control character in target"),
        pytest.param(b"GET mfa HTTP/1.1\r\nHost: <host>\r\n\r\n", 400, id="relative target"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", 400, id="no host"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: <host>\r\nHost: <host>\r\n\r\n", 400, id="two hosts"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: <host>\r\nX: a\x00b\r\n\r\n", 400, id="NUL in a value"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: <host>\r\nno colon\r\n\r\n", 400, id="field without colon"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: <host>\r\nX: a\r\n folded\r\n\r\n", 400, id="folded field"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: <host>\r\nX : a\r\n\r\n", 400, id="space before colon"),
        pytest.param(b"POST / HTTP/1.1\r\nHost: <host>\r\nContent-Length: -1\r\n\r\n", 400, id="negative length"),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: <host>\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", 400, id="two lengths"
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: <host>\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx",
            400,
            id="two framings",
        ),
        pytest.param(b"POST / HTTP/1.1\r\nHost: <host>\r\nTransfer-Encoding: gzip\r\n\r\n", 400, id="unknown coding"),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: <host>\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400, id="bad chunk"
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: <host>\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", 400, id="long chunk"
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: <host>\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 5000,
            400,
            id="endless size",
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: <host>\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"A: b\r\n" * 200,
            431,
            id="endless trailers",
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: <host>\r\nExpect: tea\r\nContent-Length: 1\r\n\r\n", 417, id="expectation"
        ),
    ],
)
def test_unreadable_http_gets_an_answer_and_the_end(raw: Raw, sent: bytes, status: int) -> None:
    """What is not HTTP as this server reads it gets a 4xx in JSON and a closed connection, nothing else."""
    answered, answer, body = raw.ask(sent)
    assert answered == status
    assert json.loads(body)["statusCode"] == status
    assert "pytest-auth0-mfa" in json.loads(body)["message"]
    assert answer.getheader("Connection") == "close"
    assert raw.is_hung_up()


def test_an_answer_survives_a_client_that_goes_on_sending(raw: Raw) -> None:
    """A client that sends its whole oversized body before it reads still gets the refusal."""
    raw.send(b"POST / HTTP/1.1\r\nHost: <host>\r\nContent-Length: 9999999\r\n\r\n" + b"x" * 9_999_999)
    assert raw.answer()[0] == 413


@pytest.mark.parametrize("host", ["evil.example", "localhost", "localhost:1", "evil.example:PORT", "localhost.:PORT"])
def test_foreign_hosts_are_refused(served: Server, raw: Raw, host: str) -> None:
    """A name that a web page has rebound to this machine does not open the tenant."""
    name = host.replace("PORT", str(served.port)).encode()
    assert raw.ask(b"GET / HTTP/1.1\r\nHost: " + name + b"\r\n\r\n")[0] == 421


@pytest.mark.parametrize("host", ["localhost:PORT", "LOCALHOST:PORT", "127.0.0.1:PORT", "[::1]:PORT"])
def test_its_own_names_are_answered(served: Server, raw: Raw, host: str) -> None:
    """The server answers for both loopback addresses and for localhost."""
    name = host.replace("PORT", str(served.port)).encode()
    assert raw.ask(b"GET / HTTP/1.1\r\nHost: " + name + b"\r\n\r\n")[0] == 200


def test_plain_http_is_told_to_use_tls(served: Server) -> None:
    """HTTP without TLS gets one readable answer that names the right URL."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        received = b"".join(iter(lambda: client.recv(65536), b""))
    assert received.startswith(b"HTTP/1.1 400 ")
    assert f"https://localhost:{served.port}".encode() in received


@pytest.mark.parametrize(
    "garbage",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x00" * 100, id="zeros"),
        pytest.param(b"SSH-2.0-x\r\n", id="ssh"),
        pytest.param(b"\x16\x03\x01\xff\xff" + b"x" * 100, id="broken hello"),
    ],
)
def test_garbage_instead_of_tls_hurts_nobody(served: Server, garbage: bytes) -> None:
    """A client that does not speak TLS loses its connection; the next one is answered."""
    client = socket.create_connection(("127.0.0.1", served.port), timeout=10)
    with client, contextlib.suppress(OSError):  # the server may have hung up already
        client.sendall(garbage)
        client.shutdown(socket.SHUT_WR)
        while client.recv(65536):
            pass
    with Raw(served) as raw:
        assert raw.ask(b"GET / HTTP/1.1\r\nHost: <host>\r\n\r\n")[0] == 200


def test_slow_and_silent_clients_do_not_hold_up_others(served: Server) -> None:
    """Connections without a handshake, without a request or in the middle of one block nobody."""
    with contextlib.ExitStack() as stack:
        for _ in range(10):
            stack.enter_context(socket.create_connection(("127.0.0.1", served.port), timeout=10))
            stack.enter_context(Raw(served))
            stack.enter_context(Raw(served)).send(b"POST / HTTP/1.1\r\nHost: <host>\r\nContent-Length: 10\r\n\r\nab")
        with Raw(served) as raw:
            assert raw.ask(b"GET / HTTP/1.1\r\nHost: <host>\r\n\r\n")[0] == 200


def test_clients_that_do_not_read_do_not_hold_up_others(served: Server) -> None:
    """Answers that nobody fetches wait with their own connection, and arrive in order once fetched."""
    request = b"GET /first HTTP/1.1\r\nHost: <host>\r\n\r\n"
    with Raw(served) as lazy, Raw(served) as large, Raw(served) as raw:
        lazy.socket.settimeout(0.2)
        with contextlib.suppress(TimeoutError):  # both directions are full: the server has stopped reading
            for _ in range(10_000):
                lazy.send(request * 1000)
        served.handler = lambda request: Response(200, {}, b"x" * 5_000_000)
        large.send(request)
        served.handler = echo
        assert raw.ask(request)[0] == 200
        lazy.socket.settimeout(10)
        for _ in range(100):
            assert path_of(lazy.answer()[2]) == "/first"


def test_a_large_answer_arrives_whole(served: Server, raw: Raw) -> None:
    """An answer that fills every buffer is sent to its end, and the connection goes on."""
    served.handler = lambda request: Response(200, {}, b"x" * 5_000_000)
    for _ in range(2):
        assert len(raw.ask(b"GET / HTTP/1.1\r\nHost: <host>\r\n\r\n")[2]) == 5_000_000


# -- handlers ----------------------------------------------------------------------------------------


def test_without_a_handler_it_says_so(shared: Server) -> None:
    """Between two tests the server answers 503 and names the fixture to ask for."""
    with Raw(shared) as raw:
        status, _, body = raw.ask(b"GET / HTTP/1.1\r\nHost: <host>\r\n\r\n")
    assert status == 503
    assert "auth0_mfa_server" in json.loads(body)["message"]


def test_a_failing_handler_tells_no_secret(served: Server, raw: Raw, caplog: pytest.LogCaptureFixture) -> None:
    """An exception becomes a 500 that names its type and place, and neither answer nor log its message."""

    def fail(request: Request) -> Response:
        raise RuntimeError("the mfa_token is s3cret")

    served.handler = fail
    with caplog.at_level(logging.ERROR):
        status, _, body = raw.ask(b"GET /mfa/authenticators?token=s3cret HTTP/1.1\r\nHost: <host>\r\n\r\n")
    assert status == 500
    assert "RuntimeError" in json.loads(body)["message"]
    assert "RuntimeError" in caplog.text
    assert "test_server.py" in caplog.text
    assert "s3cret" not in body.decode() + caplog.text
    served.handler = echo
    assert raw.ask(b"GET / HTTP/1.1\r\nHost: <host>\r\n\r\n")[0] == 200


def test_headers_cannot_break_the_framing(served: Server, raw: Raw) -> None:
    """The server frames alone: a handler's own framing fields and line breaks do not get out."""
    served.handler = lambda request: Response(
        200, {"Content-Length": "999", "Transfer-Encoding": "chunked", "Connection": "x", "X": "a\r\nY: b"}, BODY
    )
    status, answer, body = raw.ask(b"GET / HTTP/1.1\r\nHost: <host>\r\n\r\n")
    assert (status, body) == (200, BODY)
    assert (answer.getheader("X"), answer.getheader("Y"), answer.getheader("Transfer-Encoding")) == (
        "a Y: b",
        None,
        None,
    )


def test_a_late_answer_is_late(served: Server, raw: Raw) -> None:
    """A delay really passes."""
    served.handler = lambda request: Response(200, {}, BODY, Fault(delay=0.1))
    before = time.monotonic()
    assert raw.ask(b"GET / HTTP/1.1\r\nHost: <host>\r\n\r\n")[2] == BODY
    assert time.monotonic() - before >= 0.1


def test_hanging_up_without_an_answer(served: Server, raw: Raw) -> None:
    """``before`` closes the connection without a byte."""
    served.handler = lambda request: Response(200, {}, BODY, Fault(drop="before"))
    raw.send(b"GET / HTTP/1.1\r\nHost: <host>\r\n\r\n")
    assert raw.is_hung_up()


def test_hanging_up_in_the_middle(served: Server, raw: Raw) -> None:
    """``half`` promises the whole body and sends half of it."""
    served.handler = lambda request: Response(200, {}, BODY, Fault(drop="half"))
    raw.send(b"GET / HTTP/1.1\r\nHost: <host>\r\n\r\n")
    received = b"".join(iter(lambda: raw.socket.recv(65536), b""))
    head, _, body = received.partition(b"\r\n\r\n")
    assert f"Content-Length: {len(BODY)}".encode() in head
    assert body == BODY[: len(BODY) // 2]


@pytest.mark.parametrize("drop", ["before", "half"])
def test_faults_look_alike_in_process_and_over_tls(served: Server, drop: str) -> None:
    """requests and httpx raise the same exceptions whether a fault comes over TLS or in process."""

    def fault(request: Request) -> Response:
        return Response(200, {}, BODY, Fault(drop=drop))

    served.handler = fault
    context = ssl.create_default_context(cafile=served.ca_file)
    kind = requests.ConnectionError if drop == "before" else requests.exceptions.ChunkedEncodingError
    with pytest.raises(kind) as over_tls:
        requests.get(served.url, verify=served.ca_file, timeout=10)
    with pytest.raises(httpx.RemoteProtocolError) as over_tls_too:
        httpx.get(served.url, verify=context)
    with in_process(Tenant(), handler=fault) as tenant:
        with pytest.raises(kind) as inside:
            requests.get(tenant.url)
        with pytest.raises(httpx.RemoteProtocolError) as inside_too:
            httpx.get(tenant.url)
    assert type(inside.value) is type(over_tls.value)
    assert str(inside.value) == str(over_tls.value)
    assert str(inside_too.value) == str(over_tls_too.value)


# -- tenants -----------------------------------------------------------------------------------------


def test_serve_tells_everything_a_client_needs() -> None:
    """Inside the block domain, CA file and environment are the server's; after it they are as before."""
    tenant = Tenant()
    with serve(tenant) as same:
        assert same is tenant
        assert tenant.domain.startswith("localhost:")
        assert tenant.ca_file is not None
        assert tenant.env["SSL_CERT_FILE"] == tenant.env["NODE_EXTRA_CA_CERTS"] == tenant.ca_file
        answer = requests.get(tenant.url + "/.well-known/openid-configuration", verify=tenant.ca_file, timeout=10)
        assert answer.json()["issuer"] == f"https://{tenant.domain}/"
    assert tenant.domain == "tenant.example"
    assert tenant.env.keys().isdisjoint({"SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"})


def test_one_server_serves_one_tenant_after_another(shared: Server) -> None:
    """Socket and certificate stay, the tenant changes, and in between nobody is served."""
    with requests.Session() as session:
        for client_id in ("first", "second"):
            with shared.serving(Tenant(client_id=client_id)) as tenant:
                user = tenant.add_user()
                answer = session.post(
                    tenant.url + "/oauth/token", json=tenant.password_grant(user), verify=tenant.ca_file, timeout=10
                )
                assert answer.json()["error"] == "mfa_required"
            assert session.get(shared.url, verify=shared.ca_file, timeout=10).status_code == 503


def test_two_servers_in_one_process() -> None:
    """Two servers have ports of their own and trust the same authority."""
    with serve(Tenant(client_id="one")) as one, serve(Tenant(client_id="two")) as two:
        assert one.domain != two.domain
        for tenant in (one, two):
            user = tenant.add_user()
            answer = requests.post(
                tenant.url + "/oauth/token", json=tenant.password_grant(user), verify=one.ca_file, timeout=10
            )
            assert answer.json()["error"] == "mfa_required"
        assert (len(one.calls), len(two.calls)) == (1, 1)


def test_mocks_let_requests_to_the_server_through(shared: Server) -> None:
    """An active `responses` mock does not cut a test off from the server, and refuses it afterwards."""
    with responses.RequestsMock() as mock:
        mock.get("https://api.example/", body="stub")
        with shared.serving(Tenant(), handler=echo) as tenant:
            assert requests.get("https://api.example/").text == "stub"
            assert requests.get(tenant.url + "/x", verify=tenant.ca_file, timeout=10).json()["path"] == "/x"
        with pytest.raises(requests.ConnectionError, match="refused by Responses"):
            requests.get(shared.url)


def test_in_process_and_server_together(shared: Server) -> None:
    """Another tenant that is answered in process does not stand in the way of the served one."""
    with shared.serving(Tenant(), handler=echo) as served, in_process(Tenant()) as inside:
        assert requests.get(served.url + "/x", verify=served.ca_file, timeout=10).json()["path"] == "/x"
        assert requests.get(inside.url + "/x").status_code == 404
    with in_process(Tenant()) as one, shared.serving(one):  # one tenant, both ways, the server's domain
        assert requests.get(one.url + "/.well-known/openid-configuration").json()["issuer"] == shared.url + "/"


def test_browsers_are_let_in(shared: Server) -> None:
    """A preflight is answered by the server, and answers are readable by the page that asked."""
    origin = {"Origin": "http://localhost:3000"}
    with shared.serving(Tenant(), handler=echo) as tenant, requests.Session() as session:
        preflight = session.options(
            tenant.url + "/mfa/challenge",
            headers={
                **origin,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "Content-Type, X-Own",
            },
            verify=tenant.ca_file,
            timeout=10,
        )
        assert (preflight.status_code, preflight.content) == (204, b"")
        assert preflight.headers["Access-Control-Allow-Origin"] == origin["Origin"]
        allowed = preflight.headers["Access-Control-Allow-Headers"].split(", ")
        assert allowed == ["auth0-client", "authorization", "content-type", "dpop", "x-own"]
        answer = session.post(tenant.url + "/mfa/challenge", headers=origin, verify=tenant.ca_file, timeout=10)
        assert answer.headers["Access-Control-Allow-Origin"] == origin["Origin"]
        exposed = answer.headers["Access-Control-Expose-Headers"].split(", ")
        assert {"dpop-nonce", "location", "retry-after", "www-authenticate"} <= set(exposed)
        plain = session.post(tenant.url + "/mfa/challenge", verify=tenant.ca_file, timeout=10)
        assert "Access-Control-Allow-Origin" not in plain.headers


# -- addresses and certificates ----------------------------------------------------------------------


def _has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


@pytest.mark.parametrize(
    "host", ["127.0.0.1", pytest.param("::1", marks=pytest.mark.skipif(not _has_ipv6(), reason="no IPv6"))]
)
def test_localhost_means_both_loopback_addresses(served: Server, host: str) -> None:
    """Clients reach the one port over IPv4 and over IPv6."""
    with Raw(served, host) as raw:
        assert raw.ask(b"GET / HTTP/1.1\r\nHost: <host>\r\n\r\n")[0] == 200


@pytest.mark.parametrize("missing", [socket.AF_INET, socket.AF_INET6])
def test_one_family_is_enough(monkeypatch: pytest.MonkeyPatch, missing: int) -> None:
    """A machine that has only one of the two loopback addresses is served on that one."""
    real = addresses._bind

    def bind(host: str, port: int) -> socket.socket:
        if (":" in host) == (missing == socket.AF_INET6):
            raise OSError(errno.EADDRNOTAVAIL, "no such address here")
        return real("127.0.0.1" if not _has_ipv6() else host, port)

    monkeypatch.setattr(addresses, "_bind", bind)
    (listener,) = listen(("localhost", 0))
    listener.close()


def test_a_port_taken_in_the_other_family_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """When IPv6 has lent the port to somebody else, another port is found for both."""
    real, tried = addresses._bind, []

    def bind(host: str, port: int) -> socket.socket:
        tried.append(port)
        if len(tried) == 2:
            raise OSError(errno.EADDRINUSE, "taken")
        return real("127.0.0.1", 0)

    monkeypatch.setattr(addresses, "_bind", bind)
    for listener in listen(("localhost", 0)):
        listener.close()
    assert len(tried) == 4


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org", ""])
def test_it_listens_on_loopback_only(host: str) -> None:
    """Any other address is refused with what to use instead."""
    with pytest.raises(ConfigurationError, match=r"refusing to listen.*'localhost'"):
        Server(listen_address=(host, 0))


def test_a_taken_port_is_named(served: Server) -> None:
    """A fixed port that is in use is a plain message, not a traceback of sockets."""
    with pytest.raises(ConfigurationError, match=f"port {served.port} on 127.0.0.1 is taken"):
        Server(listen_address=("localhost", served.port))


def test_a_fixed_port_can_be_used_again_at_once() -> None:
    """A server that has just stopped does not block its port for the next one."""
    with Server() as first:
        first.handler = echo
        with Raw(first) as raw:
            raw.ask(b"GET / HTTP/1.1\r\nHost: <host>\r\nConnection: close\r\n\r\n")
    with Server(listen_address=("localhost", first.port)) as second:
        assert second.port == first.port


def test_an_own_tls_context_is_used() -> None:
    """With a context of the consumer's the CA file is the one it names."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificates.authority().issue_cert("localhost").configure_cert(context)
    with serve(Tenant(), ssl_context=context, ca_file="/own/ca.pem", handler=echo) as tenant:
        assert tenant.ca_file == "/own/ca.pem"
        answer = requests.get(tenant.url + "/x", verify=certificates.authority_file(), timeout=10)
        assert answer.json()["path"] == "/x"


def test_the_ca_file_is_private_and_goes_with_the_process() -> None:
    """Only this user can reach the CA file, it holds no key, and it is gone when the process ends."""
    program = (
        "from pytest_auth0_mfa.transports.server import Server\n"
        "with Server() as server: print(server.ca_file)\n"
        "print(open(server.ca_file).read())\n"
    )
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    name, _, pem = printed.stdout.partition("\n")
    assert "BEGIN CERTIFICATE" in pem
    assert "PRIVATE KEY" not in pem
    assert not Path(name).exists()
    assert not Path(name).parent.exists()
    own = Path(certificates.authority_file()).parent
    assert stat.S_IMODE(os.stat(own).st_mode) == 0o700


def test_a_missing_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without trustme the message is the pip command."""
    monkeypatch.setitem(sys.modules, "trustme", None)
    with pytest.raises(MissingExtraError, match=r"pytest-auth0-mfa\[server\]"):
        certificates.authority.__wrapped__()  # what the other tests' servers have is not forgotten


@pytest.mark.parametrize("program", ["curl", "node"])
def test_other_languages_trust_the_ca_file(shared: Server, program: str) -> None:
    """curl and Node verify the certificate with nothing but the tenant's environment."""
    with shared.serving(Tenant()) as tenant:
        url = tenant.url + "/.well-known/openid-configuration"
        script = f"fetch({url!r}).then(answer => answer.text()).then(console.log)"
        command = ["curl", "-sS", url] if program == "curl" else ["node", "-e", script]
        try:
            done = subprocess.run(
                command, env=os.environ | tenant.env, capture_output=True, text=True, timeout=60, check=False
            )
        except FileNotFoundError:
            pytest.skip(f"{program} is not installed")
        assert json.loads(done.stdout)["issuer"] == tenant.url + "/", done.stderr


# -- many at once, and the end -----------------------------------------------------------------------


def test_32_threads_get_their_own_answers(served: Server) -> None:
    """Clients on connections of their own see no other's answer."""
    wrong: list[object] = []

    def call(number: int) -> None:
        with Raw(served) as raw:
            for turn in range(20):
                path = f"/{number}/{turn}"
                seen = path_of(raw.ask(f"GET {path} HTTP/1.1\r\nHost: ".encode() + raw.host + b"\r\n\r\n")[2])
                if seen != path:
                    wrong.append(seen)

    in_threads(call)
    assert wrong == []


def test_clients_that_come_together_do_not_disturb_each_other(served: Server) -> None:
    """Of those that waited for the same moment each gets what it asked for: two answers, an error, the end."""
    asked, go_on = threading.Event(), threading.Event()

    def hold(request: Request) -> Response:
        if request.path == "/hold":
            asked.set()
            go_on.wait(10)
        fault = Fault(drop="before") if request.path == "/drop" else None
        return Response(200, {}, request.path.encode(), fault)

    served.handler = hold
    get = b"GET /%s HTTP/1.1\r\nHost: <host>\r\n\r\n"
    with contextlib.ExitStack() as stack:
        first, two, wrong, gone, dropped, half, last = (stack.enter_context(Raw(served)) for _ in range(7))
        first.send(get % b"hold")
        assert asked.wait(10)
        two.send(get % b"a" + get % b"b")
        wrong.send(b"no HTTP\r\n\r\n")
        gone.send(get % b"gone")
        gone.socket.close()
        dropped.send(get % b"drop")
        half.send((get % b"half")[:-2])
        last.send(get % b"last")
        go_on.set()
        assert [client.answer()[2] for client in (first, two, two, last)] == [b"/hold", b"/a", b"/b", b"/last"]
        assert wrong.answer()[0] == 400
        assert dropped.is_hung_up()
        half.send(b"\r\n")
        assert half.answer()[2] == b"/half"


def test_it_stops_with_connections_open() -> None:
    """Idle, silent, half-sent and waiting clients do not hold up the end, and no thread is left."""
    before = set(threading.enumerate())
    arrived = threading.Event()

    def wait(request: Request) -> Response:
        arrived.set()
        return Response(200, {}, b"", Fault(delay=86_400))

    with contextlib.ExitStack() as stack:
        running = Server()
        running.handler = echo
        stack.enter_context(socket.create_connection(("127.0.0.1", running.port), timeout=10))
        idle = stack.enter_context(Raw(running))
        idle.ask(b"GET / HTTP/1.1\r\nHost: <host>\r\n\r\n")
        stack.enter_context(Raw(running)).send(b"POST / HTTP/1.1\r\nHost: <host>\r\nContent-Length: 9\r\n\r\n")
        running.handler = wait
        stack.enter_context(Raw(running)).send(b"GET / HTTP/1.1\r\nHost: <host>\r\n\r\n")
        assert arrived.wait(10)
        running.stop()  # does not wait for any of them
        assert set(threading.enumerate()) <= before
        with contextlib.suppress(ConnectionError):
            assert idle.is_hung_up()
        running.stop()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", running.port), timeout=10)


def test_a_stuck_handler_does_not_keep_it_from_stopping() -> None:
    """A handler that never returns is left behind."""
    arrived, leave = threading.Event(), threading.Event()

    def stuck(request: Request) -> Response:
        arrived.set()
        leave.wait()
        return Response(200, {}, b"")

    running = Server()
    running.handler = stuck
    with Raw(running) as raw:
        raw.send(b"GET / HTTP/1.1\r\nHost: <host>\r\n\r\n")
        assert arrived.wait(10)
        running.stop()  # or this would never end
        leave.set()


def test_no_head_is_kept_for_the_next_request() -> None:
    """A head holds a bearer token: it is read anew each time, and gone with its request."""
    block = b"GET /userinfo HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret"
    first = parse_head(block)
    assert first == parse_head(block)
    assert first.headers is not parse_head(block).headers
