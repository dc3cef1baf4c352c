"""In process: requests, httpx and mocks of the consumer's own reach a tenant and nothing else changes."""

from __future__ import annotations

import asyncio
import io
import json
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from http.client import IncompleteRead, RemoteDisconnected

import httpx
import pytest
import requests
import responses
import respx
from helpers.threads import in_threads
from requests.adapters import HTTPAdapter
from responses.registries import OrderedRegistry
from urllib3.util import Retry, Timeout

from pytest_auth0_mfa import Fault, Request, Response, Tenant
from pytest_auth0_mfa.transports.in_process import in_process
from pytest_auth0_mfa.transports.in_process.mounted import in_use
from pytest_auth0_mfa.transports.in_process.requests_patch import owner

URL = "https://tenant.example"


class Recorder:
    """A handler that remembers what it was asked and answers what it is told."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.answers: list[Response] = []

    def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        if self.answers:
            return self.answers.pop(0)
        return Response(200, {"Content-Type": "application/json", "X-Path": request.path}, b'{"answered":"by us"}')


@pytest.fixture
def handler() -> Recorder:
    return Recorder()


@pytest.fixture
def tenant(handler: Recorder) -> Iterator[Tenant]:
    tenant = Tenant()
    with in_process(tenant, handler=handler):
        yield tenant


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """A plain HTTP server that is none of ours."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            try:
                while True:
                    accepted, _ = listener.accept()
                    with accepted:
                        accepted.recv(65536)
                        accepted.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\nelsewhere")
            except OSError:
                return

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def test_requests_reaches_the_handler(tenant: Tenant, handler: Recorder) -> None:
    """Method, target, headers and body arrive as they would over a socket; the answer comes back whole."""
    answer = requests.post(f"{URL}/oauth/token?a=b", json={"x": 1}, headers={"X-Mine": "yes"})
    (request,) = handler.requests
    assert (request.method, request.path, request.json()) == ("POST", "/oauth/token?a=b", {"x": 1})
    assert request.headers["host"] == "tenant.example"
    assert request.headers["x-mine"] == "yes"
    assert request.headers["content-length"] == "8"
    assert (answer.status_code, answer.reason, answer.json()) == (200, "OK", {"answered": "by us"})
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Content-Length"] == "20"
    assert answer.url == f"{URL}/oauth/token?a=b"


@pytest.mark.parametrize("target", ["/mfa/authenticators/email%7Cdev_1", "//mfa/associate", "/?a=%20b", "/"])
def test_the_target_arrives_as_sent(tenant: Tenant, handler: Recorder, target: str) -> None:
    """Escapes, doubled slashes and queries are not tidied; a fragment stays with the client."""
    requests.get(f"{URL}{target}#fragment")
    httpx.get(f"{URL}{target}#fragment")
    assert [request.path for request in handler.requests] == [target, target]


@pytest.mark.parametrize(
    ("body", "arrives"),
    [
        ("grant=ä", "grant=ä".encode()),
        (b"\x00\xff", b"\x00\xff"),
        ({"a": "b c"}, b"a=b+c"),
        (io.BytesIO(b"file"), b"file"),
        (iter([b"chu", b"nks"]), b"chunks"),
        (None, b""),
    ],
)
def test_every_kind_of_body_arrives(tenant: Tenant, handler: Recorder, body: object, arrives: bytes) -> None:
    """Text, bytes, forms, files and generators are sent as requests sends them."""
    requests.post(URL, data=body)  # type: ignore[arg-type]
    assert handler.requests[0].body == arrives


@pytest.mark.parametrize("url", [f"{URL}:443/x", "https://TENANT.example/x", "https://user:pw@tenant.example/x"])
def test_the_host_is_recognised_however_it_is_written(tenant: Tenant, handler: Recorder, url: str) -> None:
    """The default port, capitals and credentials in the URL do not hide the tenant."""
    assert requests.get(url).json() == {"answered": "by us"}
    assert httpx.get(url).json() == {"answered": "by us"}
    assert {request.path for request in handler.requests} == {"/x"}


@pytest.mark.parametrize("status", [200, 204])
def test_an_answer_without_a_body_has_none(tenant: Tenant, handler: Recorder, status: int) -> None:
    """HEAD and 204 bring headers only, whatever the handler returned."""
    method = "HEAD" if status == 200 else "DELETE"
    handler.answers = [Response(status, {}, b"body")] * 2
    for answer in (requests.request(method, URL), httpx.request(method, URL)):
        assert answer.content == b""
        assert answer.headers.get("Content-Length") == ("4" if status == 200 else None)


def test_cookies_are_kept_by_a_session(tenant: Tenant, handler: Recorder) -> None:
    """A cookie that the handler sets is sent with the next request of the session."""
    handler.answers = [Response(200, {"Set-Cookie": "did=1; Path=/"}, b"")]
    with requests.Session() as session:
        session.get(URL)
        session.get(URL)
    assert handler.requests[1].headers["cookie"] == "did=1"


def test_streams_can_be_read_in_pieces(tenant: Tenant) -> None:
    """``stream=True`` and httpx' raw iteration work as over a socket."""
    with requests.get(URL, stream=True) as answer:
        assert b"".join(answer.iter_content(7)) == b'{"answered":"by us"}'
    with httpx.stream("GET", URL) as streamed:
        assert b"".join(streamed.iter_raw(7)) == b'{"answered":"by us"}'


def test_httpx_reaches_the_handler(tenant: Tenant, handler: Recorder) -> None:
    """Sync and async clients are answered, with repeated header fields joined."""

    async def call() -> httpx.Response:
        async with httpx.AsyncClient() as client:
            return await client.post(f"{URL}/a%7Cb?q", content=_parts(), headers=[("X-A", "1"), ("X-A", "2")])

    async def _parts() -> AsyncIterator[bytes]:
        yield b"pa"
        yield b"rts"

    answer = asyncio.run(call())
    with httpx.Client() as client:
        client.post(f"{URL}/sync", json={"x": 1})
    first, second = handler.requests
    assert (first.method, first.path, first.body) == ("POST", "/a%7Cb?q", b"parts")
    assert first.headers["x-a"] == "1, 2"
    assert first.headers["host"] == "tenant.example"
    assert (second.path, second.json()) == ("/sync", {"x": 1})
    assert (answer.status_code, answer.json(), answer.headers["content-length"]) == (200, {"answered": "by us"}, "20")


def test_other_hosts_are_let_through(tenant: Tenant, handler: Recorder, elsewhere: str) -> None:
    """Requests to hosts that are no tenant's go to the network, from requests and from httpx."""
    assert requests.get(elsewhere).text == "elsewhere"
    assert httpx.get(elsewhere).text == "elsewhere"

    async def call() -> str:
        async with httpx.AsyncClient() as client:
            return (await client.get(elsewhere)).text

    assert asyncio.run(call()) == "elsewhere"
    assert handler.requests == []


def test_nothing_stays_patched() -> None:
    """After the last block every patched method is the one from before, nested blocks included."""
    from responses import RequestsMock

    def now() -> list[object]:
        return [
            HTTPAdapter.send,
            RequestsMock._find_match,
            httpx.HTTPTransport.handle_request,
            httpx.AsyncHTTPTransport.handle_async_request,
        ]

    before = now()
    outer = in_process(Tenant(domain="one.example"))
    with outer, in_process(Tenant()):
        assert now() != before
    with pytest.raises(ZeroDivisionError), in_process(Tenant()):
        raise ZeroDivisionError
    assert now() == before
    assert not in_use()


def test_several_tenants_answer_at_once() -> None:
    """Each domain is answered by its own tenant; of two with one domain the newer one answers."""
    tenants = [Tenant(domain="one.example"), Tenant(domain="two.example"), Tenant(domain="one.example")]
    handlers = [Recorder(), Recorder(), Recorder()]
    with in_process(tenants[0], handler=handlers[0]), in_process(tenants[1], handler=handlers[1]):
        requests.get("https://one.example/a")
        with in_process(tenants[2], handler=handlers[2]):
            httpx.get("https://one.example/b")
            requests.get("https://two.example/c")
        requests.get("https://one.example/d")
    assert [[request.path for request in handler.requests] for handler in handlers] == [["/a", "/d"], ["/c"], ["/b"]]


def test_without_a_handler_the_tenant_itself_answers() -> None:
    """The fake's own handler is the default."""
    with in_process(Tenant()) as tenant:
        user = tenant.add_user()
        answer = requests.post(tenant.url + "/oauth/token", json=tenant.password_grant(user))
    assert (answer.status_code, answer.json()["error"]) == (403, "mfa_required")


def test_plain_http_is_no_request_to_the_tenant(tenant: Tenant) -> None:
    """Only https:// URLs of the tenant's host are its own."""
    assert owner("https://tenant.example/") is not None
    assert owner("http://tenant.example/") is None
    assert owner("https://tenant.example:8443/") is None
    assert owner("https://tenant.example.org/") is None


# -- mocks of the consumer's own ---------------------------------------------------------------------


def test_a_mock_started_inside_answers_the_tenant_too(tenant: Tenant, handler: Recorder) -> None:
    """Consumer stubs come first, then the tenant; hosts that neither knows are refused by the mock."""
    with responses.RequestsMock() as mock:
        mock.get("https://api.example/", json={"from": "stub"})
        mock.get(f"{URL}/stubbed", json={"from": "stub"})
        assert requests.get("https://api.example/").json() == {"from": "stub"}
        assert requests.get(f"{URL}/stubbed").json() == {"from": "stub"}
        assert requests.get(f"{URL}/ours").json() == {"answered": "by us"}
        assert len(mock.calls) == 3
        with pytest.raises(requests.ConnectionError, match="refused by Responses"):
            requests.get("https://unknown.example/")
    assert requests.get(f"{URL}/after").json() == {"answered": "by us"}


def test_a_mock_started_before_keeps_its_hosts(handler: Recorder) -> None:
    """Within an active mock the tenant is answered, and every other host still belongs to the mock."""
    with responses.RequestsMock() as mock:
        mock.get("https://api.example/", json={"from": "stub"})
        with in_process(Tenant(), handler=handler):
            assert requests.get(f"{URL}/ours").json() == {"answered": "by us"}
            assert requests.get("https://api.example/").json() == {"from": "stub"}
            with pytest.raises(requests.ConnectionError, match="refused by Responses"):
                requests.get("https://unknown.example/")


@responses.activate
def test_the_decorator_of_responses_works(tenant: Tenant) -> None:
    """``@responses.activate`` around a test does not hide the tenant."""
    responses.get("https://api.example/", json={"from": "stub"})
    assert requests.get("https://api.example/").json() == {"from": "stub"}
    assert requests.get(URL).json() == {"answered": "by us"}


def test_an_ordered_registry_is_not_disturbed(tenant: Tenant) -> None:
    """Calls to the tenant in between do not use up or reset stubs that must be hit in order."""
    with responses.RequestsMock(registry=OrderedRegistry) as mock:
        mock.get("https://api.example/1", body="1")
        mock.get("https://api.example/2", body="2")
        read = [requests.get(url).text for url in ("https://api.example/1", URL, "https://api.example/2", URL)]
    assert read == ["1", '{"answered":"by us"}', "2", '{"answered":"by us"}']


def test_the_tenant_can_be_registered_on_a_given_mock(handler: Recorder) -> None:
    """With ``mock`` that mock answers and records; it decides about other hosts."""
    mock = responses.RequestsMock(assert_all_requests_are_fired=False)
    with in_process(Tenant(), mock=mock, handler=handler), mock:
        assert requests.get(f"{URL}/x").json() == {"answered": "by us"}
        assert [call.request.url for call in mock.calls] == [f"{URL}/x"]
        with pytest.raises(requests.ConnectionError, match="refused by Responses"):
            requests.get("https://unknown.example/")
    assert [request.path for request in handler.requests] == ["/x"]


def test_faults_reach_clients_through_a_mock(tenant: Tenant, handler: Recorder) -> None:
    """A dropped connection is a ConnectionError and a late answer a ReadTimeout behind a mock as well."""
    handler.answers = [Response(200, {}, b"", Fault(drop="before")), Response(200, {}, b"", Fault(delay=9))]
    with responses.RequestsMock():
        with pytest.raises(requests.ConnectionError, match="Connection aborted"):
            requests.get(URL)
        with pytest.raises(requests.ReadTimeout):
            requests.get(URL, timeout=3)


def test_respx_keeps_its_routes(tenant: Tenant) -> None:
    """Routes of respx answer their hosts, the tenant answers its own."""
    with respx.mock:
        respx.get("https://api.example/").respond(json={"from": "route"})
        assert httpx.get("https://api.example/").json() == {"from": "route"}
        assert httpx.get(URL).json() == {"answered": "by us"}


# -- faults ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("timeout", [None, 60, (1, 60), Timeout(connect=1, read=60)])
def test_a_late_answer_lets_the_clock_run_and_does_not_wait(tenant: Tenant, handler: Recorder, timeout: object) -> None:
    """A delay passes on the tenant's clock only; a client that is patient enough gets the answer."""
    tenant.clock.freeze()
    before = tenant.clock.now()
    handler.answers = [Response(200, {}, b"late", Fault(delay=50))] * 2
    assert requests.get(URL, timeout=timeout).text == "late"  # type: ignore[arg-type]
    assert tenant.clock.now() == before + 50
    assert httpx.get(URL, timeout=60).text == "late"
    assert tenant.clock.now() == before + 100


@pytest.mark.parametrize("timeout", [3, (60, 3), Timeout(3)])
def test_an_impatient_client_gets_its_timeout(tenant: Tenant, handler: Recorder, timeout: object) -> None:
    """A client whose timeout is shorter than the delay gives up when its timeout has passed."""
    tenant.clock.freeze()
    before = tenant.clock.now()
    handler.answers = [Response(200, {}, b"late", Fault(delay=50))] * 3
    with pytest.raises(requests.ReadTimeout, match="Read timed out"):
        requests.get(URL, timeout=timeout)  # type: ignore[arg-type]
    assert tenant.clock.now() == before + 3
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(URL, timeout=3)

    async def call() -> None:
        async with httpx.AsyncClient(timeout=3) as client:
            await client.get(URL)

    with pytest.raises(httpx.ReadTimeout):
        asyncio.run(call())


def test_a_dropped_connection_looks_like_one(tenant: Tenant, handler: Recorder) -> None:
    """Hanging up without an answer raises what a closed socket would."""
    handler.answers = [Response(200, {}, b"", Fault(drop="before"))] * 2
    with pytest.raises(requests.ConnectionError) as caught:
        requests.get(URL)
    assert isinstance(caught.value.args[0].args[1], RemoteDisconnected)
    assert caught.value.request is not None
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        httpx.get(URL)


def test_half_an_answer_looks_like_one(tenant: Tenant, handler: Recorder) -> None:
    """Hanging up in the middle of the body shows status and headers, then raises while reading."""
    handler.answers = [Response(200, {}, b"12345678", Fault(drop="half"))] * 4
    with pytest.raises(requests.exceptions.ChunkedEncodingError) as caught:
        requests.get(URL)
    assert isinstance(caught.value.args[0].args[1], IncompleteRead) or "IncompleteRead" in str(caught.value)
    with requests.get(URL, stream=True) as streamed:
        assert streamed.headers["Content-Length"] == "8"
    with pytest.raises(httpx.RemoteProtocolError, match="received 4 bytes, expected 8"):
        httpx.get(URL)

    async def call() -> None:
        async with httpx.AsyncClient() as client:
            await client.get(URL)

    with pytest.raises(httpx.RemoteProtocolError, match="received 4 bytes, expected 8"):
        asyncio.run(call())


def _retrying(retries: Retry) -> requests.Session:
    session = requests.Session()
    session.mount("https://", HTTPAdapter(max_retries=retries))
    return session


def test_an_adapter_retries_dropped_connections(tenant: Tenant, handler: Recorder) -> None:
    """The retries that a session is configured with happen, and run out."""
    dropped = Response(200, {}, b"", Fault(drop="before"))
    handler.answers = [dropped, dropped]
    with _retrying(Retry(total=2, allowed_methods=None)) as session:
        assert session.post(URL).json() == {"answered": "by us"}
        assert len(handler.requests) == 3
        handler.answers = [dropped] * 3
        with pytest.raises(requests.ConnectionError, match="Max retries exceeded"):
            session.post(URL)


def test_an_adapter_retries_refusals_after_the_clock_moved(tenant: Tenant, handler: Recorder) -> None:
    """A retried 429 lets Retry-After pass on the tenant's clock instead of sleeping."""
    tenant.clock.freeze()
    before = tenant.clock.now()
    busy = Response(429, {"Retry-After": "30"}, b"")
    handler.answers = [busy]
    with _retrying(Retry(total=1, status_forcelist=[429], allowed_methods=None)) as session:
        assert session.post(URL).status_code == 200
        assert tenant.clock.now() == before + 30
        handler.answers = [busy, busy]
        with pytest.raises(requests.exceptions.RetryError):
            session.post(URL)
    handler.answers = [busy, busy]
    lenient = Retry(total=1, status_forcelist=[429], allowed_methods=None, raise_on_status=False)
    with _retrying(lenient) as session:
        assert session.post(URL).status_code == 429


def test_a_custom_adapter_stays_in_charge(tenant: Tenant, handler: Recorder) -> None:
    """An adapter of the consumer's that calls its parent keeps its own defaults."""

    class Impatient(HTTPAdapter):
        def send(self, request, *args, **kwargs):  # type: ignore[no-untyped-def]
            kwargs["timeout"] = 1
            return super().send(request, *args, **kwargs)

    handler.answers = [Response(200, {}, b"", Fault(delay=2))]
    with requests.Session() as session:
        session.mount("https://", Impatient())
        with pytest.raises(requests.ReadTimeout):
            session.get(URL)


def test_threads_do_not_mix(tenant: Tenant) -> None:
    """32 threads get their own answers."""
    wrong: list[str] = []

    def call(number: int) -> None:
        for turn in range(5):
            path = f"/{number}/{turn}"
            if requests.get(URL + path).headers["X-Path"] != path or httpx.get(URL + path).headers["X-Path"] != path:
                wrong.append(path)

    in_threads(call)
    assert wrong == []


def test_a_failing_handler_is_not_hidden(tenant: Tenant, handler: Recorder) -> None:
    """An exception of the handler reaches the test as it is."""
    with in_process(Tenant(domain="broken.example"), handler=lambda request: json.loads("{")):
        with pytest.raises(json.JSONDecodeError):
            requests.get("https://broken.example/")
        with pytest.raises(json.JSONDecodeError):
            httpx.get("https://broken.example/")
