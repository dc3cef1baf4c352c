"""A handler that sends requests to the tenant at a base URL."""

from __future__ import annotations

import contextlib
import http.client
import select
import socket
import ssl
import threading
from urllib.parse import urlsplit

from pytest_auth0_mfa.errors import Auth0MfaError, ConfigurationError
from pytest_auth0_mfa.messages import Headers, Request, Response

# The connection does the framing, and a compressed body would have to be unpacked.
_NOT_FORWARDED = frozenset(
    ("host", "content-length", "transfer-encoding", "connection", "accept-encoding", "expect", "keep-alive")
)


class TransportError(Auth0MfaError, ConnectionError):
    """No answer came back over the network. Also a ConnectionError.

    ``sent`` is False if the request was never sent, so that sending it again cannot perform it twice.
    """

    def __init__(self, message: str, *, sent: bool = True) -> None:
        super().__init__(message)
        self.sent = sent


class Live:
    """A handler over HTTPS, or over HTTP to a loopback address. Each thread has a connection of its own.

    Proxies and other settings of the environment are ignored, redirects are not followed, and the request target is
    sent unchanged.
    """

    def __init__(self, base_url: str, *, ca_file: str | None = None, timeout: float = 30) -> None:
        url = urlsplit(base_url)
        if url.scheme not in ("http", "https") or not url.hostname or url.path not in ("", "/") or url.query:
            raise ConfigurationError(
                "base URL: expected a scheme and a host without a path, like 'https://tenant.eu.auth0.com'."
            )
        if url.username is not None:
            raise ConfigurationError("base URL: leave out the user and password; credentials belong into requests.")
        if url.scheme == "http" and url.hostname not in ("localhost", "127.0.0.1", "::1"):
            raise ConfigurationError(f"http://{url.hostname}: refusing to send secrets in the clear. Use https.")
        self._host, self._port = url.hostname, url.port
        self._timeout = timeout
        self._context = _trusting(ca_file) if url.scheme == "https" else None
        self._local = threading.local()
        self._connections: set[http.client.HTTPConnection] = set()
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> Response:
        """Send one request. Raises TransportError if no complete answer comes back in time."""
        connection = self._connection()
        if connection.sock is not None and _has_ended(connection.sock):
            connection.close()  # closed by the other side; a new one is opened below
        try:
            if connection.sock is None:
                connection.connect()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise TransportError(self._failed(request, f"{type(error).__name__}: {error}"), sent=False) from error
        try:
            return self._exchange(connection, request)
        except TimeoutError:
            connection.close()
            raise TransportError(self._failed(request, f"no answer within {self._timeout} s")) from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            connection.close()
            raise TransportError(self._failed(request, f"{type(error).__name__}: {error}")) from error

    def close(self) -> None:
        """Close the connections of all threads. Later requests open new ones."""
        with self._lock:
            while self._connections:
                self._connections.pop().close()
            self._local = threading.local()

    def __enter__(self) -> Live:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _connection(self) -> http.client.HTTPConnection:
        connection: http.client.HTTPConnection | None = getattr(self._local, "connection", None)
        if connection is None:
            if self._context is None:
                connection = http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)
            else:
                connection = http.client.HTTPSConnection(
                    self._host, self._port, timeout=self._timeout, context=self._context
                )
            self._local.connection = connection
            with self._lock:
                self._connections.add(connection)
        return connection

    def _exchange(self, connection: http.client.HTTPConnection, request: Request) -> Response:
        connection.putrequest(request.method, request.path, skip_accept_encoding=True)
        for name, value in request.headers.items():
            if name.lower() not in _NOT_FORWARDED:
                connection.putheader(name, value)
        if request.body or request.method in ("POST", "PUT", "PATCH"):
            connection.putheader("Content-Length", str(len(request.body)))
        connection.endheaders(request.body or None)
        with contextlib.closing(connection.getresponse()) as answer:
            body = answer.read()
            return Response(answer.status, Headers(answer.getheaders()), body)

    def _failed(self, request: Request, reason: str) -> str:
        port = f":{self._port}" if self._port else ""
        target = request.path.partition("?")[0]
        return f"{request.method} {target}: {reason} ({self._host}{port}). Check the host, the network and the CA file."


def _trusting(ca_file: str | None) -> ssl.SSLContext:
    """A TLS context that trusts the authorities in the file or, without a file, those of the system."""
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:  # ssl.SSLError is an OSError
        raise ConfigurationError(
            f"{ca_file}: no certificates can be read from it ({error.strerror or error}). Give a file of PEM "
            "certificates (SSL_CERT_FILE), or none to trust what the system trusts."
        ) from None


def _has_ended(connected: socket.socket) -> bool:
    """Whether the other side has hung up. Checked before sending, because a request that may have been read must not
    be sent again."""
    try:
        return bool(select.select([connected], [], [], 0)[0])
    except ValueError:  # a file number too high for select: better to reconnect than to fail
        return True


def live(base_url: str, *, ca_file: str | None = None, timeout: float = 30) -> Live:
    """A handler that asks the tenant at this base URL. ``timeout`` is in seconds. Raises ConfigurationError."""
    return Live(base_url, ca_file=ca_file, timeout=timeout)
