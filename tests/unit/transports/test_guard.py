"""The host of a tenant that is answered in process is kept from the network, whoever asks for it and however."""

from __future__ import annotations

import asyncio
import socket
import ssl
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import aiohttp
import httpcore
import httpx
import pytest
import requests
import urllib3

from pytest_auth0_mfa import Tenant, in_process
from pytest_auth0_mfa.transports.attempts import attempts
from pytest_auth0_mfa.transports.in_process.guard import NotReachedError

HOST = "tenant.example"


@pytest.fixture
def tenant() -> Iterator[Tenant]:
    with in_process(Tenant()) as tenant:
        yield tenant


def _connect() -> None:
    with socket.socket() as raw:
        raw.connect((HOST, 443))


def _connect_ex() -> None:
    with socket.socket() as raw:
        raw.connect_ex((HOST, 443))


def _wrap_socket() -> None:
    one, other = socket.socketpair()
    with one, other:
        ssl.create_default_context().wrap_socket(one, server_hostname=HOST)


def _wrap_bio() -> None:
    ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=HOST)


def _open_connection() -> None:
    asyncio.run(asyncio.open_connection(HOST, 443))


@pytest.mark.parametrize(
    ("way", "kind"),
    [
        (lambda: socket.getaddrinfo(HOST, 443), "resolve"),
        (lambda: socket.getaddrinfo(host="TENANT.example.", port=None), "resolve"),
        (lambda: socket.getaddrinfo(b"tenant.example", 443), "resolve"),
        (lambda: socket.gethostbyname(HOST), "resolve"),
        (lambda: socket.gethostbyname_ex(HOST), "resolve"),
        (lambda: socket.gethostbyaddr(HOST), "resolve"),
        (lambda: socket.create_connection((HOST, 443)), "resolve"),
        (_open_connection, "resolve"),
        (_connect, "connect"),
        (_connect_ex, "connect"),
        (_wrap_socket, "tls"),
        (_wrap_bio, "tls"),
    ],
)
def test_every_way_out_is_stopped(tenant: Tenant, way: Callable[[], object], kind: str) -> None:
    """Resolving, connecting and beginning TLS raise an OSError that says what to use, and are remembered."""
    with pytest.raises(OSError, match=r"auth0_mfa answers .* there is auth0_mfa_server") as caught:
        way()
    assert isinstance(caught.value, NotReachedError)
    assert "\n" not in str(caught.value)
    assert [attempt.kind for attempt in attempts(tenant)] == [kind]


async def _get_by_aiohttp() -> None:
    async with aiohttp.ClientSession() as session:
        await session.get(f"http://{HOST}/")


@pytest.mark.parametrize(
    ("way", "library"),
    [
        (lambda: requests.get(f"http://{HOST}/"), "requests"),
        (lambda: urllib3.PoolManager().request("GET", f"http://{HOST}/"), "urllib3"),
        (lambda: urllib.request.urlopen(f"http://{HOST}/"), "urllib.request"),
        (lambda: httpx.get(f"http://{HOST}/"), "httpx"),
        (lambda: asyncio.run(_get_by_aiohttp()), "aiohttp"),
        (lambda: httpcore.request("GET", f"https://{HOST}/"), "httpcore"),
    ],
)
def test_who_tried_is_named(tenant: Tenant, way: Callable[[], object], library: str) -> None:
    """The library that the consumer called is in the error and in the one attempt, however often it tried."""
    with pytest.raises(Exception, match="auth0_mfa_server"):
        way()
    (attempt,) = attempts(tenant)
    assert attempt.library == library
    plain = library != "httpcore"
    assert attempt.kind == ("plain-http" if plain else "resolve")
    assert str(attempt) == f"{library} tried to resolve {HOST}{' for plain HTTP' if plain else ''}"


def test_other_hosts_pass(tenant: Tenant) -> None:
    """Nothing else is stopped, least of all what is on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        for host in ("localhost", "127.0.0.1"):
            with socket.create_connection(("127.0.0.1" if host == "localhost" else host, listener.getsockname()[1])):
                pass
        assert socket.getaddrinfo("localhost", 1)
    assert attempts(tenant) == ()


@pytest.mark.parametrize("domain", ["localhost:8443", "app.localhost", "127.0.0.1:8443", "[::1]:8443"])
def test_a_tenant_on_this_machine_is_not_guarded(domain: str) -> None:
    """What the tenant's host serves on other ports may be asked by anybody."""
    with in_process(Tenant(domain=domain)) as tenant:
        assert socket.getaddrinfo("127.0.0.1", 80)
        assert socket.getaddrinfo("localhost", 80)
    assert attempts(tenant) == ()


def _now() -> list[object]:
    return [
        socket.getaddrinfo,
        socket.gethostbyname,
        socket.socket.connect,
        vars(socket.socket).get("connect"),
        ssl.SSLContext.wrap_socket,
        ssl.SSLContext.wrap_bio,
        asyncio.BaseEventLoop.getaddrinfo,
    ]


def test_the_guard_leaves_with_the_tenant() -> None:
    """After the last block nothing is guarded, whether it failed or not."""
    before = _now()
    block = in_process(Tenant())
    block.__enter__()
    assert _now() != before
    block.__exit__(ZeroDivisionError, ZeroDivisionError(), None)
    assert _now() == before


class _Stray:
    """A thread that outlives the block in which it is started, and calls when it is told."""

    def __init__(self, way: Callable[[], object]) -> None:
        self.go = threading.Event()
        self.error: Exception | None = None
        self.thread = threading.Thread(target=self._run, args=(way,), name="left-behind", daemon=True)
        self.thread.start()

    def _run(self, way: Callable[[], object]) -> None:
        self.go.wait(30)
        try:
            way()
        except Exception as error:
            self.error = error

    def finish(self) -> None:
        self.go.set()
        self.thread.join(30)


def test_a_call_of_a_thread_whose_tenant_is_gone_fails_with_a_sentence() -> None:
    """A thread that a test left behind does not reach the real host, and is told why."""
    before = _now()
    with in_process(Tenant()):
        stray = _Stray(lambda: requests.get(f"https://{HOST}/"))
    stray.finish()
    assert "thread 'left-behind' called tenant.example, but the test that started it is over" in str(stray.error)
    with in_process(Tenant()):
        pass
    assert _now() == before


def test_a_stray_that_reaches_the_next_tenant_is_remembered() -> None:
    """The next tenant of that host answers, and knows that the call came from an earlier test."""
    with in_process(Tenant()):
        stray = _Stray(lambda: requests.get(f"https://{HOST}/.well-known/jwks.json"))
    with in_process(Tenant()) as tenant:
        stray.finish()
    assert stray.error is None
    (attempt,) = attempts(tenant)
    assert str(attempt) == (
        "thread 'left-behind', which an earlier test started and did not end, called GET /.well-known/jwks.json"
    )


def test_a_library_that_is_not_answered_says_what_to_use(pytester: pytest.Pytester) -> None:
    """A raw socket to the tenant's host is stopped with a sentence that names the server's fixture."""
    pytester.makepyfile(
        """
        import socket

        def test_raw(auth0_mfa):
            socket.create_connection((auth0_mfa.domain, 443))
        """
    )
    result = pytester.runpytest("-p", "no:cacheprovider")
    result.stdout.fnmatch_lines(["E *NotReachedError: socket tried to resolve tenant.example, but auth0_mfa answers *"])


def test_a_loop_that_resolves_names_itself_is_guarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """uvloop asks the system without Python's sockets; its loop is guarded too, and left as it was."""

    class Loop:
        async def getaddrinfo(self, host: str, port: int) -> str:
            return "resolved"

        async def create_connection(self, factory: object, host: str | None = None, port: int | None = None) -> str:
            return "connected"

    monkeypatch.setitem(sys.modules, "uvloop", SimpleNamespace(Loop=Loop))
    before = dict(vars(Loop))
    with in_process(Tenant()) as tenant:
        for call in (Loop().getaddrinfo(HOST, 443), Loop().create_connection(None, HOST, 443)):
            with pytest.raises(NotReachedError):
                asyncio.run(call)
        assert asyncio.run(Loop().getaddrinfo("other.example", 443)) == "resolved"
        assert asyncio.run(Loop().create_connection(None, "other.example", 443)) == "connected"
    assert [attempt.kind for attempt in attempts(tenant)] == ["resolve", "connect"]
    assert dict(vars(Loop)) == before
