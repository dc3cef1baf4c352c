"""Really sends a tenant's emails, to an SMTP server of your own."""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import TYPE_CHECKING

from pytest_auth0_mfa.errors import ConfigurationError

if TYPE_CHECKING:
    from pytest_auth0_mfa.tenant.outbox import Message
    from pytest_auth0_mfa.tenant.tenant import Tenant

SENDER = "auth0-mfa@tenant.example"
_TIMEOUT = 15.0


def address(text: str) -> tuple[str, int]:
    """Parse ``HOST:PORT`` into host and port. Raises ConfigurationError."""
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isdecimal() or len(port) > 5 or not 0 < int(port) < 65536:
        raise ConfigurationError(f"{text!r}: expected HOST:PORT, such as localhost:1025")
    return host, int(port)


def email_of(message: Message) -> EmailMessage:
    """The message as an email."""
    email = EmailMessage()
    email["From"] = SENDER
    email["To"] = message.to
    email["Subject"] = "Your one-time code"
    email["Date"] = format_datetime(datetime.fromtimestamp(message.sent_at, UTC))
    email["Message-ID"] = make_msgid(domain="tenant.example")
    email.set_content(f"Your code is {message.code}\n\nIt can be used once, and expires soon.\n")
    return email


@contextmanager
def delivering(tenant: Tenant, host: str, port: int) -> Iterator[None]:
    """Deliver the tenant's emails until the block ends, and those that are queued then.

    The tenant does not wait for the mail server. Failures are printed on standard error, without codes.
    """
    waiting: queue.SimpleQueue[EmailMessage | None] = queue.SimpleQueue()

    def put(message: Message) -> None:
        if message.channel == "email":
            waiting.put(email_of(message))

    thread = threading.Thread(target=_deliver_all, args=(waiting, host, port), name="auth0-mfa-smtp", daemon=True)
    thread.start()
    before, tenant.outbox.on_send = tenant.outbox.on_send, put
    try:
        yield
    finally:
        tenant.outbox.on_send = before
        waiting.put(None)
        thread.join(_TIMEOUT)


def _deliver_all(waiting: queue.SimpleQueue[EmailMessage | None], host: str, port: int) -> None:
    import smtplib

    while (email := waiting.get()) is not None:
        try:
            with smtplib.SMTP(host, port, timeout=_TIMEOUT) as server:
                server.send_message(email)
        except (OSError, smtplib.SMTPException) as error:  # its text may quote the email
            code = getattr(error, "smtp_code", "")
            reason = f"{type(error).__name__}{f' {code}' if code else ''}"
            print(f"auth0-mfa: {host}:{port}: an email to {email['To']} was not delivered: {reason}", file=sys.stderr)  # noqa: T201
