"""One client of the server, in a thread of its own: handshake, requests, hanging up."""

from __future__ import annotations

import contextlib
import logging
import socket
import ssl
import threading
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING

from pytest_auth0_mfa.messages import Fault, Request, Response

from .http1 import Head, Reader, Refused, plain, render

if TYPE_CHECKING:
    from .server import Server

_log = logging.getLogger("pytest_auth0_mfa.server")

HANDSHAKE_TIMEOUT = 10.0
_LINGER_SECONDS = 1.0
_LINGER_BYTES = 32 * 1024 * 1024
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class _HungUp(Exception):  # noqa: N818
    """A fault asked for the end of the connection."""


class Connection(threading.Thread):
    """Serves one client until it hangs up, breaks HTTP, or the server stops."""

    def __init__(self, server: Server, accepted: socket.socket) -> None:
        super().__init__(name="auth0-mfa-connection", daemon=True)
        self._server = server
        self._socket = accepted
        self._reader = Reader(accepted.recv)

    def run(self) -> None:
        """Serve; whatever a client does ends only its own connection."""
        try:
            if self._shake_hands():
                while self._serve_one():
                    pass
        except (OSError, ValueError, _HungUp):
            pass  # the client went away, or the server stops
        except Exception as error:
            _log.error("A connection ended with %s.", _whereabouts(error))
        finally:
            self._hang_up()
            self._server.forget(self)

    def interrupt(self) -> None:
        """Wake a thread that waits for its client. Called by the thread that stops the server."""
        # Not SSLSocket.shutdown: that also takes the TLS state away under the other thread.
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def _shake_hands(self) -> bool:
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.settimeout(HANDSHAKE_TIMEOUT)
        secured = self._server.ssl_context.wrap_socket(self._socket, server_side=True, do_handshake_on_connect=False)
        self._socket = secured
        try:
            secured.do_handshake()
        except ssl.SSLError as error:
            if error.reason == "HTTP_REQUEST":
                answer = plain(400, f"this port speaks HTTPS: https://{self._server.domain}")
                socket.socket.sendall(secured, b"".join(render(answer, to_head=False, keep_alive=False)))
                self._linger()
            return False
        # Blocking from here on: a timeout would cost another system call for every read. A client
        # that never finishes keeps nothing but its own thread, until the server stops.
        secured.settimeout(None)
        self._reader = Reader(secured.recv)
        return not self._server.stopping.is_set()

    def _serve_one(self) -> bool:
        try:
            head = self._reader.head()
            if head is None:
                return False
            refusal = self._server.refusal(head.authority)
            if refusal is not None:
                raise refusal
            if head.expects_continue and not self._reader.has_buffered():
                self._socket.sendall(_CONTINUE)
            request = head.with_body(self._reader.body(head))
        except Refused as refused:
            self._socket.sendall(b"".join(render(refused.response, to_head=False, keep_alive=False)))
            self._close_notify()
            self._linger()
            return False
        return self._answer(head, ask(self._server.handler, request))

    def _answer(self, head: Head, response: Response) -> bool:
        keep_alive = head.keep_alive and not self._server.stopping.is_set()
        start, body = render(response, to_head=head.method == "HEAD", keep_alive=keep_alive)
        if response.fault is not None:
            body = self._suffer(response.fault, start, body)
        self._socket.sendall(start + body)  # in one piece: two writes may wait for an ACK between
        return keep_alive

    def _suffer(self, fault: Fault, start: bytes, body: bytes) -> bytes:
        """Be late or hang up; returns the body when the answer is to be sent after all."""
        if fault.delay:
            self._server.stopping.wait(fault.delay)
        if fault.drop == "half":
            self._socket.sendall(start + body[: len(body) // 2])
        if fault.drop is not None:
            raise _HungUp
        return body

    def _close_notify(self) -> None:
        """Say in TLS that no more will come, without waiting for the client to agree."""
        if isinstance(self._socket, ssl.SSLSocket):
            with contextlib.suppress(OSError, ValueError):
                self._socket.settimeout(0)
                self._socket.unwrap()

    def _linger(self) -> None:
        """Read on for a moment: closing with unread data would destroy the answer on its way."""
        raw = socket.socket
        with contextlib.suppress(OSError):
            raw.shutdown(self._socket, socket.SHUT_WR)
            self._socket.settimeout(_LINGER_SECONDS)
            left = _LINGER_BYTES
            while left > 0 and (received := raw.recv(self._socket, 65536)):
                left -= len(received)

    def _hang_up(self) -> None:
        self._close_notify()
        with contextlib.suppress(OSError):
            self._socket.close()


def ask(handler: Callable[[Request], Response] | None, request: Request) -> Response:
    """The handler's answer, or the server's own when there is no handler or it fails."""
    if handler is None:
        return plain(503, "no tenant is being served now. Ask for auth0_mfa_server in the test that sends this.")
    try:
        return handler(request)
    except Exception as error:
        where = _whereabouts(error)
        _log.error("%s %s: the handler raised %s; answered 500.", request.method, request.path.partition("?")[0], where)
        return plain(500, f"the handler raised {where}. This is a fault of the handler, not an answer of Auth0's.")


def _whereabouts(error: BaseException) -> str:
    """The type and place of an error; its message may quote a secret."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"
