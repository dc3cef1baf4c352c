"""One client of the server: its handshake, requests and end.

The server's single loop answers small requests that have arrived whole; whatever may block gets a thread of its own.
One thread per connection was tried first: with eight connections, contention for the interpreter lock halved the
throughput. The loop first receives from all clients that are ready, then calls the handler for each request, then
sends all answers. That way each of the three steps stays in the processor's caches (figures in
`benchmarks/RESULTS.md`).
"""

from __future__ import annotations

import contextlib
import functools
import logging
import socket
import ssl
import threading
import traceback
from collections.abc import Callable
from typing import Protocol

from pytest_auth0_mfa.messages import Fault, Handler, Request, Response

from .attempts import Attempt
from .http1 import Head, Reader, RefusedUnread, plain, render

log = logging.getLogger("pytest_auth0_mfa.server")

HANDSHAKE_TIMEOUT = 10.0
_AT_ONCE = 15 * 1024  # with the head at most one TLS record, which fits into any socket buffer
_LINGER_SECONDS = 1.0
_LINGER_BYTES = 32 * 1024 * 1024
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class _HungUp(Exception):  # noqa: N818
    """Raised to end the connection because a fault says so."""


Work = Callable[[], bool]
"""Work that may block and needs a thread of its own. It returns False to end the connection."""


class AcceptingServer(Protocol):
    """What a connection needs of the server that accepted it."""

    domain: str
    ssl_context: ssl.SSLContext
    stopping: threading.Event

    def refusal(self, authority: str) -> RefusedUnread | None:
        """The refusal of a request with this Host header, or None."""

    def ask(self, request: Request) -> Response:
        """The answer of the tenant that is being served."""

    def note(self, attempt: Attempt) -> None:
        """Remember that a client was turned away."""

    def forget(self, connection: Connection) -> None:
        """Forget a connection that has ended."""

    def park(self, connection: Connection) -> None:
        """Hand a connection to the loop."""


class Connection:
    """Serves one client until it hangs up, breaks HTTP, or the server stops.

    While it is *parked*, the server's loop handles it and its socket does not block. Otherwise its own thread handles
    it and its socket blocks.
    """

    def __init__(self, server: AcceptingServer, accepted: socket.socket) -> None:
        self._server = server
        self._socket = accepted
        self._reader = Reader(accepted.recv)
        self._thread: threading.Thread | None = None

    def fileno(self) -> int:
        """The file descriptor, for selectors."""
        return self._socket.fileno()

    def begin(self) -> None:
        """Perform the TLS handshake in a thread of its own."""
        self.go_on(self._shake_hands)

    def go_on(self, work: Work) -> None:
        """Do work that may block in a thread of its own, then park the connection."""
        thread = threading.Thread(target=self._run, args=(work,), name="auth0-mfa-connection", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # no more threads, or the interpreter is shutting down
            self._server.note(Attempt("unserved", f"a client was turned away: {error}"))
            log.error("A client was turned away: %s.", error)
            self.end()
            return
        self._thread = thread

    def interrupt(self) -> None:
        """Wake the connection's thread if it waits for the client. Called by the thread that stops the server."""
        # Not SSLSocket.shutdown, which also removes the TLS state that the other thread uses.
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def join(self, timeout: float) -> None:
        """Wait for the connection's thread, if it has one, at most ``timeout`` seconds."""
        if self._thread is not None:
            self._thread.join(timeout)

    def end(self) -> None:
        """Hang up."""
        self._close_notify()
        with contextlib.suppress(OSError):
            self._socket.close()
        self._server.forget(self)

    def receive(self) -> tuple[Head, Request] | Work | bool:
        """The next request. Runs in the server's loop and does not block.

        Returns True if none has arrived whole yet, False to end the connection, or work for a thread.
        """
        try:
            while not (arrived := self._reader.arrived()):
                if not self._reader.fill():
                    return False
            if not isinstance(arrived, tuple):
                return self._serve_blocking
            head, body = arrived
            self._check_host(head)
            return head, head.with_body(body)
        except (ssl.SSLWantReadError, BlockingIOError):
            return True
        except RefusedUnread as refused:
            return functools.partial(self._refuse, refused)
        except (OSError, ValueError, EOFError):
            return False
        except Exception as error:
            log.error("A connection ended with %s.", whereabouts(error))
            return False

    def answer(self, head: Head, response: Response) -> Work | bool:
        """Send an answer. Runs in the server's loop and does not block.

        Returns True when it is done, False to end the connection, or work for a thread.
        """
        try:
            return self._answer_at_once(head, response)
        except (OSError, ValueError):
            return False
        except Exception as error:
            log.error("A connection ended with %s.", whereabouts(error))
            return False

    def has_more(self) -> bool:
        """Whether data was read that is not answered yet. Selecting on the socket does not show it."""
        return self._reader.has_buffered()  # OpenSSL buffers nothing: each read takes a whole record

    def _run(self, work: Work) -> None:
        parked = False
        try:
            if work() and not self._server.stopping.is_set():
                self._socket.settimeout(0)
                self._server.park(self)
                parked = True
        except (OSError, ValueError, EOFError, _HungUp):
            pass  # the client is gone, or the server stops
        except Exception as error:
            log.error("A connection ended with %s.", whereabouts(error))
        finally:
            if not parked:
                self.end()

    def _shake_hands(self) -> bool:
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.settimeout(HANDSHAKE_TIMEOUT)
        secured = self._server.ssl_context.wrap_socket(self._socket, server_side=True, do_handshake_on_connect=False)
        self._socket = secured
        try:
            secured.do_handshake()
        except OSError as error:  # SSLError and TimeoutError are OSErrors
            if (attempt := _failed_handshake(error, secured)) is not None:
                self._server.note(attempt)
            if isinstance(error, ssl.SSLError) and error.reason == "HTTP_REQUEST":
                answer = plain(400, f"this port speaks HTTPS: https://{self._server.domain}")
                socket.socket.sendall(secured, b"".join(render(answer, to_head=False, keep_alive=False)))
                self._linger()
            return False
        self._reader = Reader(secured.recv)
        return True

    def _serve_blocking(self) -> bool:
        """Read and answer a request that is large, chunked or sent with ``Expect: 100-continue``."""
        self._socket.settimeout(None)
        while True:
            try:
                head, request = self._read()
            except RefusedUnread as refused:
                return self._refuse(refused)
            if not self._answer(head, self._server.ask(request)):
                return False
            if not self._reader.has_buffered():
                return True

    def _refuse(self, refused: RefusedUnread) -> bool:
        if refused.response.status != 421:  # `refusal` has already noted a wrong host
            self._server.note(Attempt("http", f"a request was refused before it was read: {refused}"))
        self._socket.settimeout(None)
        self._socket.sendall(b"".join(render(refused.response, to_head=False, keep_alive=False)))
        self._close_notify()
        self._linger()
        return False

    def _read(self) -> tuple[Head, Request]:
        head = self._reader.head()
        self._check_host(head)
        if head.expects_continue and not self._reader.has_buffered():
            self._socket.sendall(_CONTINUE)
        return head, head.with_body(self._reader.body(head))

    def _check_host(self, head: Head) -> None:
        refusal = self._server.refusal(head.authority)
        if refusal is not None:
            raise refusal

    def _answer_at_once(self, head: Head, response: Response) -> Work | bool:
        if response.fault is not None or len(response.body) > _AT_ONCE:
            return functools.partial(self._answer_blocking, head, response)
        keep_alive = head.keep_alive and not self._server.stopping.is_set()
        answer = b"".join(render(response, to_head=head.method == "HEAD", keep_alive=keep_alive))
        try:
            sent = self._socket.send(answer)  # in one piece: the second of two writes may wait for an ACK
        except (ssl.SSLWantWriteError, BlockingIOError):
            sent = 0
        if sent < len(answer):
            return functools.partial(self._send_blocking, answer[sent:], keep_alive)
        return keep_alive

    def _send_blocking(self, answer: bytes, keep_alive: bool) -> bool:
        self._socket.settimeout(None)
        self._socket.sendall(answer)
        return keep_alive

    def _answer_blocking(self, head: Head, response: Response) -> bool:
        self._socket.settimeout(None)
        return self._answer(head, response)

    def _answer(self, head: Head, response: Response) -> bool:
        keep_alive = head.keep_alive and not self._server.stopping.is_set()
        start, body = render(response, to_head=head.method == "HEAD", keep_alive=keep_alive)
        if response.fault is not None:
            body = self._suffer(response.fault, start, body)
        self._socket.sendall(start + body)
        return keep_alive

    def _suffer(self, fault: Fault, start: bytes, body: bytes) -> bytes:
        """Apply a fault: wait, or hang up. Returns the body if the answer is to be sent."""
        if fault.delay:
            self._server.stopping.wait(fault.delay)
        if fault.drop == "half":
            self._socket.sendall(start + body[: len(body) // 2])
        if fault.drop is not None:
            raise _HungUp
        return body

    def _close_notify(self) -> None:
        """Send TLS's close_notify, without waiting for the client's."""
        if isinstance(self._socket, ssl.SSLSocket):
            with contextlib.suppress(OSError, ValueError):
                self._socket.settimeout(0)
                self._socket.unwrap()

    def _linger(self) -> None:
        """Read on for a moment: closing a socket with unread data could destroy the answer that was sent."""
        raw = socket.socket
        with contextlib.suppress(OSError):
            raw.shutdown(self._socket, socket.SHUT_WR)
            self._socket.settimeout(_LINGER_SECONDS)
            left = _LINGER_BYTES
            while left > 0 and (received := raw.recv(self._socket, 65536)):
                left -= len(received)


def ask(handler: Handler | None, request: Request) -> Response:
    """The handler's answer, or the server's own if there is no handler or it raises."""
    if handler is None:
        return plain(503, "no tenant is being served now. Ask for auth0_mfa_server in the test that sends this.")
    try:
        return handler(request)
    except Exception as error:
        where = whereabouts(error)
        log.error("%s %s: the handler raised %s; answered 500.", request.method, request.path.partition("?")[0], where)
        return plain(500, f"the handler raised {where}. This is a fault of the handler, not an answer of Auth0's.")


def _failed_handshake(error: OSError, secured: ssl.SSLSocket) -> Attempt | None:
    """What a failed handshake says about the client; None for a client that only tested whether the port is open."""
    reason = str(getattr(error, "reason", None) or "")
    if reason == "HTTP_REQUEST":
        return Attempt("plain-http", "a client spoke plain HTTP to the HTTPS port")
    if "ALERT" in reason:
        what = reason.partition("ALERT_")[2].replace("_", " ").lower()
        if "ca" in what.split() or "certificate" in what:
            return Attempt("certificate", f"a client does not trust the server's certificate ({what})")
        return Attempt("handshake", f"a client ended the TLS handshake ({what})")
    if secured.shared_ciphers() is None and reason in ("", "UNEXPECTED_EOF_WHILE_READING"):  # the client sent nothing
        return None
    return Attempt("handshake", f"a TLS handshake failed ({reason.replace('_', ' ').lower() or type(error).__name__})")


def whereabouts(error: BaseException) -> str:
    """The type and place of an error, without its message, which may quote a secret."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"
