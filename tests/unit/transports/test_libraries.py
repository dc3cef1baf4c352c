"""In process, every HTTP library of Python plays the same calls and gets the same bytes."""

from __future__ import annotations

import asyncio
import http.client
import json
import urllib.error
import urllib.request
import warnings
from collections.abc import Callable, Iterator
from operator import methodcaller

import aiohttp
import httpx2
import jwt
import pytest
import requests
import urllib3
from helpers.http_clients import SENDERS, Send
from helpers.threads import in_threads

from pytest_auth0_mfa import Fault, Request, Response, Tenant, in_process
from pytest_auth0_mfa import handler as handler_of

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
    with in_process(Tenant(), handler=handler) as tenant:
        tenant.clock.freeze()
        yield tenant


@pytest.fixture(params=list(SENDERS))
def send(request: pytest.FixtureRequest) -> Send:
    return SENDERS[request.param]


def _fresh() -> Tenant:
    tenant = Tenant(seed=7)
    tenant.clock.freeze(1_750_000_000)
    return tenant


def _script(tenant: Tenant, send: Send) -> list[tuple[int, bytes]]:
    """A login with a code by email, a list, a refusal, an unknown path and the keys: what was answered."""
    user = tenant.add_user("ada@example.com", "pw")
    user.enroll("email")
    client = {"client_id": tenant.client_id, "client_secret": tenant.client_secret}
    answered: list[tuple[int, bytes]] = []

    def call(method: str, path: str, body: object = None, **headers: str) -> dict[str, str]:
        sent = None if body is None else json.dumps(body).encode()
        if sent is not None:
            headers["Content-Type"] = "application/json"
        received = send(method, URL + path, headers, sent)
        answered.append((received.status, received.body))
        assert received.headers["Content-Length"] == str(len(received.body)) or method == "HEAD"
        return json.loads(received.body) if received.body else {}

    mfa_token = call("POST", "/oauth/token", tenant.password_grant(user))["mfa_token"]
    call("GET", "/mfa/authenticators", Authorization=f"Bearer {mfa_token}")
    challenge = call("POST", "/mfa/challenge", {**client, "mfa_token": mfa_token, "challenge_type": "oob"})
    grant = {"grant_type": "http://auth0.com/oauth/grant-type/mfa-oob", "mfa_token": mfa_token, **client}
    code = tenant.outbox.latest(user).code
    for binding_code in ("000000" if code != "000000" else "000001", code):
        call("POST", "/oauth/token", {**grant, "oob_code": challenge["oob_code"], "binding_code": binding_code})
    call("DELETE", "/mfa/authenticators/email%7Cdev_none", Authorization="Bearer none")
    call("HEAD", "/.well-known/jwks.json")
    call("GET", "//nothing/here?a=%20b")
    call("GET", "/.well-known/jwks.json")
    return answered


def test_the_same_script_gets_the_same_bytes(send: Send) -> None:
    """A whole login is answered by every library with what the handler itself answers."""
    plain = handler_of(expected_of := _fresh())

    def directly(method: str, url: str, headers: object, body: bytes | None) -> object:
        from helpers.http_clients import Received

        response = plain(Request(method, url.removeprefix(URL), {**headers, "Host": "tenant.example"}, body or b""))  # type: ignore[dict-item]
        length = {"Content-Length": str(len(response.body))}
        return Received(response.status, length, b"" if method == "HEAD" else response.body)

    expected = _script(expected_of, directly)  # type: ignore[arg-type]
    with in_process(_fresh()) as tenant:
        assert _script(tenant, send) == expected
    assert [status for status, _ in expected] == [403, 200, 200, 403, 200, 401, 200, 404, 200]


@pytest.mark.parametrize("target", ["/mfa/authenticators/email%7Cdev_1", "//mfa/associate", "/?a=%20b", "/"])
def test_the_target_arrives_as_sent(tenant: Tenant, handler: Recorder, send: Send, target: str) -> None:
    """Escapes, doubled slashes and queries are not tidied, and the Host is the tenant's."""
    assert send("GET", URL + target, {"X-Mine": "yes"}, None).headers["X-Path"] == target
    (request,) = handler.requests
    assert (request.path, request.headers["host"], request.headers["x-mine"]) == (target, "tenant.example", "yes")


def test_a_large_body_arrives_whole(tenant: Tenant, handler: Recorder, send: Send) -> None:
    """A megabyte is sent and answered."""
    body = b"0123456789abcdef" * 65536
    handler.answers = [Response(200, {}, body)]
    assert send("POST", URL + "/x", {}, body).body == body
    assert handler.requests[0].body == body


def test_a_dropped_connection_looks_like_one(tenant: Tenant, handler: Recorder) -> None:
    """Hanging up without an answer raises what a closed socket would."""
    handler.answers = [Response(200, {}, b"", Fault(drop="before"))] * 5
    with pytest.raises(http.client.RemoteDisconnected):
        urllib.request.urlopen(URL)
    with pytest.raises(urllib3.exceptions.ProtocolError, match="RemoteDisconnected"):
        urllib3.PoolManager(retries=False).request("GET", URL)
    with pytest.raises(httpx2.RemoteProtocolError, match="without sending a response"):
        httpx2.get(URL)

    async def call() -> None:
        async with aiohttp.ClientSession() as session:
            await session.post(URL)

    with pytest.raises(aiohttp.ServerDisconnectedError):
        asyncio.run(call())


def test_half_an_answer_looks_like_one(tenant: Tenant, handler: Recorder) -> None:
    """Hanging up in the middle of the body raises while it is read."""
    handler.answers = [Response(200, {}, b"12345678", Fault(drop="half"))] * 4
    with urllib.request.urlopen(URL) as answer, pytest.raises(http.client.IncompleteRead):
        answer.read()
    with pytest.raises(urllib3.exceptions.ProtocolError, match="IncompleteRead"):
        urllib3.PoolManager(retries=False).request("GET", URL)
    with pytest.raises(httpx2.RemoteProtocolError, match="received 4 bytes, expected 8"):
        httpx2.get(URL)

    async def call() -> None:
        async with aiohttp.ClientSession() as session, session.get(URL) as answer:
            await answer.read()

    with pytest.raises(aiohttp.ClientPayloadError):
        asyncio.run(call())


def test_a_late_answer_lets_the_clock_run_and_does_not_wait(tenant: Tenant, handler: Recorder, send: Send) -> None:
    """A delay passes on the tenant's clock; a client that is patient enough gets the answer."""
    before = tenant.clock.now()
    handler.answers = [Response(200, {}, b"late", Fault(delay=4))]
    assert send("GET", URL, {}, None).body == b"late"
    assert tenant.clock.now() == before + 4


def test_an_impatient_client_gets_its_timeout(tenant: Tenant, handler: Recorder) -> None:
    """A client whose timeout is shorter than the delay gives up when its timeout has passed."""
    before = tenant.clock.now()
    handler.answers = [Response(200, {}, b"late", Fault(delay=50))] * 5
    with pytest.raises(TimeoutError):
        urllib.request.urlopen(URL, timeout=3)
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        urllib3.PoolManager(retries=False).request("GET", URL, timeout=3)
    with pytest.raises(httpx2.ReadTimeout):
        httpx2.get(URL, timeout=3)

    async def call(timeout: aiohttp.ClientTimeout) -> None:
        async with aiohttp.ClientSession(timeout=timeout) as session:
            await session.post(URL)

    with pytest.raises(aiohttp.SocketTimeoutError):
        asyncio.run(call(aiohttp.ClientTimeout(total=10, sock_read=3)))
    with pytest.raises(TimeoutError):
        asyncio.run(call(aiohttp.ClientTimeout(total=3)))
    assert tenant.clock.now() == before + 15


@pytest.mark.parametrize(
    "read", [methodcaller("readline"), methodcaller("read"), methodcaller("readinto", bytearray(9))]
)
def test_a_late_answer_fails_where_it_is_read(
    tenant: Tenant, handler: Recorder, read: Callable[[object], object]
) -> None:
    """Not where the file is asked for: Python 3.13 warns of a response of `http.client` that has none."""
    handler.answers = [Response(200, {}, b"late", Fault(delay=50))]
    connection = http.client.HTTPSConnection("tenant.example", timeout=3)
    connection.request("GET", "/x")
    file = connection.sock.makefile("rb")
    with pytest.raises(TimeoutError, match="timed out"):
        read(file)


def test_urllib3_retries_as_it_is_told(tenant: Tenant, handler: Recorder) -> None:
    """A dropped connection is tried again on a new one."""
    handler.answers = [Response(200, {}, b"", Fault(drop="before"))]
    manager = urllib3.PoolManager(retries=urllib3.Retry(1, allowed_methods=None))
    assert json.loads(manager.request("POST", URL).data) == {"answered": "by us"}
    assert len(handler.requests) == 2


def test_one_connection_serves_many_calls(tenant: Tenant, handler: Recorder) -> None:
    """Connections, pools and sessions that are kept work again and again."""
    connection = http.client.HTTPSConnection("tenant.example")
    pool = urllib3.HTTPSConnectionPool("tenant.example")

    async def call() -> list[str]:
        async with aiohttp.ClientSession() as session:
            return [await (await session.get(f"{URL}/{turn}")).text() for turn in range(3)]

    for turn in range(3):
        connection.request(
            "POST", f"/{turn}", body=iter([b"a", b"b"]), encode_chunked=True, headers={"Transfer-Encoding": "chunked"}
        )
        assert connection.getresponse().read() == b'{"answered":"by us"}'
        assert pool.request("GET", f"/{turn}").data == b'{"answered":"by us"}'
    assert asyncio.run(call()) == ['{"answered":"by us"}'] * 3
    assert [request.body for request in handler.requests[:6:2]] == [b"ab"] * 3


def test_behind_a_proxy_of_the_environment(tenant: Tenant, monkeypatch: pytest.MonkeyPatch, send: Send) -> None:
    """A proxy that the environment names is for other hosts."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    assert send("GET", URL, {}, None).status == 200


def test_a_port_in_the_domain(handler: Recorder, send: Send) -> None:
    """A tenant whose domain has a port is answered at that port."""
    with in_process(Tenant(domain="tenant.example:8443"), handler=handler):
        assert send("GET", "https://tenant.example:8443/x", {}, None).status == 200
    assert handler.requests[0].headers["host"] == "tenant.example:8443"


def test_threads_do_not_mix(tenant: Tenant, send: Send) -> None:
    """32 threads get their own answers."""
    wrong: list[str] = []

    def call(number: int) -> None:
        path = f"/{number}"
        if send("GET", URL + path, {}, None).headers["X-Path"] != path:
            wrong.append(path)

    in_threads(call)
    assert wrong == []


def test_the_key_set_client_of_pyjwt() -> None:
    """PyJWKClient, which asks with urllib, finds the key of an ID token."""
    with in_process(Tenant()) as tenant:
        user = tenant.add_user(mfa=False)
        answer = requests.post(tenant.url + "/oauth/token", json=tenant.password_grant(user)).json()
        key = jwt.PyJWKClient(tenant.url + "/.well-known/jwks.json").get_signing_key_from_jwt(answer["id_token"])
        claims = jwt.decode(answer["id_token"], key.key, ["RS256"], audience=tenant.client_id, issuer=tenant.issuer)
    assert claims["sub"] == user.id


def test_nothing_stays_open() -> None:
    """No socket is opened and no warning given for what a test leaves unclosed."""
    with warnings.catch_warnings(), in_process(Tenant()) as tenant:
        warnings.simplefilter("error")
        for name in ("urllib3", "http.client", "urllib.request"):
            assert SENDERS[name]("GET", tenant.url + "/.well-known/jwks.json", {}, None).status == 200
        pool = urllib3.PoolManager()
        pool.request("GET", tenant.url + "/.well-known/jwks.json", preload_content=False)
        del pool
