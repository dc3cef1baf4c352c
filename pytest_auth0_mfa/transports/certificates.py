"""A certificate authority for this process. Only clients that are configured to trust it do.

Its private key never leaves memory, except for a sandbox that keeps its state over restarts: see `kept_authority`. Its
certificate is in a private folder of the process. The folder is removed when the process ends, or later by another
process.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import shutil
import ssl
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

from pytest_auth0_mfa.errors import MissingExtraError, UnwritableError

if TYPE_CHECKING:
    import trustme

_PREFIX = "auth0-mfa-"
_LOCK = "lock"
_YOUNG = 60.0
"""Seconds: a younger folder is left alone, because its process may not have locked it yet."""


@functools.cache
def folder() -> Path:
    """The folder of this process. It is removed when the process ends."""
    _sweep(Path(tempfile.gettempdir()))
    made = Path(tempfile.mkdtemp(prefix=_PREFIX))
    held = _lock(made / _LOCK)
    atexit.register(_remove, made, held, os.getpid())
    return made


def _remove(made: Path, held: IO[bytes] | None, owner: int) -> None:
    if os.getpid() == owner:  # not when a forked child exits
        if held is not None:
            held.close()
        shutil.rmtree(made, ignore_errors=True)


def _sweep(place: Path) -> None:
    """Remove the folders that processes of this user left behind when they were killed."""
    with contextlib.suppress(OSError):
        for left in place.glob(f"{_PREFIX}*"):
            with contextlib.suppress(OSError):
                about = left.lstat()
                if not left.is_symlink() and (left / _LOCK).is_file() and time.time() - about.st_mtime > _YOUNG:
                    _remove_unless_held(left)


def _remove_unless_held(left: Path) -> None:
    if (held := _lock(left / _LOCK)) is not None:
        held.close()
        shutil.rmtree(left, ignore_errors=True)


def _lock(file: Path) -> IO[bytes] | None:
    """Lock the file until it is closed or the process ends. Returns None if another process holds the lock."""
    opened = open(file, "ab")  # noqa: SIM115 - kept open on purpose
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(opened.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        opened.close()
        return None
    return opened


making = threading.Lock()
"""Hold this while calling the cached functions below, so that threads get the same authority."""


@functools.cache
def authority() -> trustme.CA:
    """The authority of this process. Its elliptic-curve keys are made in a millisecond."""
    try:
        import trustme
    except ImportError:
        raise MissingExtraError("The HTTPS server", "server") from None
    return trustme.CA(organization_name="pytest-auth0-mfa", organization_unit_name="for one test run")


@functools.cache
def authority_file() -> str:
    """The file with the certificate that clients have to trust. It is removed when the process ends."""
    with _room():
        path = folder() / "ca.pem"
        path.write_bytes(authority().cert_pem.bytes())
    return str(path)


@functools.cache
def server_context() -> ssl.SSLContext:
    """A TLS context for ``localhost`` and both loopback addresses."""
    return context_of(authority())


def context_of(signing: trustme.CA, names: Iterable[str] = ()) -> ssl.SSLContext:
    """A TLS context with a certificate of this authority for the loopback names and for ``names``."""
    certificate = signing.issue_cert("localhost", "127.0.0.1", "::1", *names)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    context.num_tickets = 0  # session tickets would cost two more records for each connection
    with _room(), certificate.private_key_and_cert_chain_pem.tempfile(dir=str(folder())) as pair:
        context.load_cert_chain(pair)  # OpenSSL can only read files
    return context


def kept_authority(certificate: str, key: str) -> trustme.CA:
    """The authority of an earlier process, from its PEM texts."""
    try:
        import trustme
    except ImportError:
        raise MissingExtraError("The HTTPS server", "server") from None
    return trustme.CA.from_pem(certificate.encode(), key.encode())


@functools.cache
def strange_context() -> ssl.SSLContext:
    """A TLS context for ``localhost`` from an authority that no client trusts."""
    try:
        import trustme
    except ImportError:
        raise MissingExtraError("The HTTPS server", "server") from None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with _room():
        trustme.CA(organization_name="nobody").issue_cert("localhost", "127.0.0.1", "::1").configure_cert(context)
    return context


@functools.cache
def one_trusted_certificate() -> str | None:
    """A file with one of the certificates that this computer trusts, or None.

    Python's HTTP clients read the whole store of certificates when they are made, which takes 20 ms or more. If
    nothing is encrypted, ``SSL_CERT_FILE`` can name this small file instead. It is removed when the process ends.
    """
    trusted = ssl.create_default_context().get_ca_certs(binary_form=True)
    if not trusted:
        return None
    try:
        path = folder() / "one.pem"
        path.write_text(ssl.DER_cert_to_PEM_cert(trusted[0]), encoding="ascii")
    except OSError:  # the file only saves time
        return None
    return str(path)


@contextlib.contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UnwritableError(
            f"the server's certificate was not written: {error.strerror or error}. "
            "Set TMPDIR to a folder that has room and can be written to."
        ) from None
