"""Clients that keep their connections in different states while a server has to stop."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator
from threading import Event

from pytest_auth0_mfa import Fault, Request, Response
from pytest_auth0_mfa.transports.server import Server

Open = Callable[[Server], socket.socket]


class Answers:
    """A handler that notes what has arrived. ``/late`` waits ten minutes, ``/large`` is larger than any buffer."""

    def __init__(self) -> None:
        self.arrived = {path: Event() for path in ("/late", "/large", "/idle")}

    def __call__(self, request: Request) -> Response:
        self.arrived[request.path].set()
        fault = Fault(delay=600) if request.path == "/late" else None
        return Response(200, {}, b"x" * (5_000_000 if request.path == "/large" else 2), fault)


def _plain(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=30)


def _secured(server: Server) -> socket.socket:
    context = ssl.create_default_context(cafile=server.ca_file)
    return context.wrap_socket(_plain(server), server_hostname="localhost")


def _asking(server: Server, path: str) -> socket.socket:
    client = _secured(server)
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: {server.domain}\r\n\r\n".encode())
    return client


def silent(server: Server) -> socket.socket:
    """A client that has connected and sent nothing."""
    return _plain(server)


def shaking_hands(server: Server) -> socket.socket:
    """A client in the middle of its ClientHello."""
    client = _plain(server)
    client.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 20)
    return client


def idle(server: Server) -> socket.socket:
    """A client that got an answer and keeps its connection."""
    client = _asking(server, "/idle")
    assert client.recv(15) == b"HTTP/1.1 200 OK"
    return client


def half_a_head(server: Server) -> socket.socket:
    """A client in the middle of its header fields."""
    client = _secured(server)
    client.sendall(b"POST / HTTP/1.1\r\nHost: ")
    return client


def half_a_body(server: Server) -> socket.socket:
    """A client in the middle of its body."""
    client = _secured(server)
    client.sendall(f"POST / HTTP/1.1\r\nHost: {server.domain}\r\nContent-Length: 9\r\n\r\nab".encode())
    return client


def half_a_chunk(server: Server) -> socket.socket:
    """A client in the middle of a chunk, for which the server has a thread."""
    client = _secured(server)
    client.sendall(f"POST / HTTP/1.1\r\nHost: {server.domain}\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nab".encode())
    return client


def waiting(server: Server) -> socket.socket:
    """A client that waits for an answer that a fault delays."""
    return _asking(server, "/late")


def not_reading(server: Server) -> socket.socket:
    """A client that requested more than the buffers hold and does not read it."""
    return _asking(server, "/large")


KINDS: tuple[Open, ...] = (
    silent, shaking_hands, idle, half_a_head, half_a_body, half_a_chunk, waiting, not_reading,
)  # fmt: skip


@contextlib.contextmanager
def held(server: Server, kinds: tuple[Open, ...] = KINDS, each: int = 1) -> Iterator[list[socket.socket]]:
    """Connected clients of every kind, whose requests have reached the handler."""
    answers = Answers()
    server.handler = answers
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(kind(server)) for kind in kinds for _ in range(each)]
        for kind, path in ((waiting, "/late"), (not_reading, "/large")):
            assert kind not in kinds or answers.arrived[path].wait(30)
        yield clients
