"""The addresses that the server listens on: loopback, IPv4 and IPv6 with the same port, unless it has other names."""

from __future__ import annotations

import errno
import ipaddress
import socket
import sys
from collections.abc import Iterable

from pytest_auth0_mfa.errors import ConfigurationError


def authorities(port: int, names: Iterable[str] = ()) -> frozenset[str]:
    """The hosts that a request to this port may name in its Host header."""
    hosts = ("localhost", "127.0.0.1", "[::1]", *names)
    names = {f"{host}:{port}" for host in hosts}
    return frozenset(names | set(hosts) if port == 443 else names)


def listen(address: tuple[str, int], *, reachable: bool = False) -> list[socket.socket]:
    """Listening, non-blocking sockets for an address; ``localhost`` means both loopback addresses.

    Only loopback addresses are allowed unless ``reachable``. Every failure raises ConfigurationError.
    """
    try:
        return _listen(*address, reachable)
    except RuntimeError as error:  # from pytest-socket's replacement of `socket.socket`
        raise ConfigurationError(
            f"sockets are blocked in this run ({type(error).__name__}), and the server needs one on this machine. With "
            "pytest-socket: --allow-hosts=localhost instead of --disable-socket, or @pytest.mark.enable_socket."
        ) from None
    except OSError as error:
        raise ConfigurationError(
            f"cannot listen on {address[0]}, port {address[1]}: {error.strerror or error}. "
            "Choose another address, or port 0 for any free one."
        ) from None


def _listen(host: str, port: int, reachable: bool) -> list[socket.socket]:
    if host != "localhost":
        try:
            allowed = reachable or ipaddress.ip_address(host).is_loopback
        except ValueError:
            allowed = False
        if not allowed:
            raise ConfigurationError(
                f"listen address {host!r}: refusing to listen where others can reach it. "
                "Use 'localhost', '127.0.0.1' or '::1'. For containers: `auth0-mfa serve --listen ... --name ...`."
            )
        return [_bind(host, port)]
    for _ in range(20):  # the port that IPv4 got may be taken on IPv6
        try:
            return _listen_on_both(port)
        except OSError as error:
            if port or error.errno != errno.EADDRINUSE:
                raise
    raise ConfigurationError("found no port that is free on both 127.0.0.1 and ::1. Name one in the listen address.")


def _listen_on_both(port: int) -> list[socket.socket]:
    sockets: list[socket.socket] = []
    try:
        for host in ("127.0.0.1", "::1"):
            try:
                sockets.append(_bind(host, port))
                port = sockets[0].getsockname()[1]
            except OSError as error:
                # a computer may lack IPv4 or IPv6; a port that is taken is an error
                if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT):
                    raise
        if not sockets:
            raise ConfigurationError("this machine has neither 127.0.0.1 nor ::1 to listen on.")
    except BaseException:
        for opened in sockets:
            opened.close()
        raise
    return sockets


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":  # on Windows this would let two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((host, port))
        listener.listen(128)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        if port and error.errno == errno.EADDRINUSE:
            raise ConfigurationError(
                f"port {port} on {host} is taken by another program. Choose another, or 0 for any free port."
            ) from error
        raise
    return listener
