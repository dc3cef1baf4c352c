"""A certificate authority made for this run: nothing on disk, nothing to clean up, trusted by
nobody but the clients that are told to."""

from __future__ import annotations

import functools
import ssl
from typing import TYPE_CHECKING

from pytest_auth0_mfa.errors import MissingExtraError

if TYPE_CHECKING:
    import trustme


@functools.cache
def authority() -> trustme.CA:
    """The authority of this process; its elliptic-curve keys take a millisecond."""
    try:
        import trustme
    except ImportError:
        raise MissingExtraError("The HTTPS server", "server") from None
    return trustme.CA(organization_name="pytest-auth0-mfa", organization_unit_name="for one test run")


def authority_pem() -> bytes:
    """What clients have to trust."""
    return authority().cert_pem.bytes()


@functools.cache
def server_context() -> ssl.SSLContext:
    """TLS for ``localhost`` and both loopback addresses."""
    certificate = authority().issue_cert("localhost", "127.0.0.1", "::1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    context.num_tickets = 0  # resumption would cost two more records for each connection
    certificate.configure_cert(context)
    return context
