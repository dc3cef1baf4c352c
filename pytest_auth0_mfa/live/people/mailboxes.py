"""Sources of codes that arrive by email, from an IMAP folder or from MailDev."""

from __future__ import annotations

import contextlib
import re
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypedDict, Unpack
from urllib.parse import urlsplit

from pytest_auth0_mfa.errors import Auth0MfaError, ConfigurationError, MissingExtraError
from pytest_auth0_mfa.messages import Json

from .code_search import find_code
from .settings import SourceError

if TYPE_CHECKING:
    import imap_tools

SKEW = 2.0
"""Seconds by which a mail's time may be too early: mail servers give whole seconds."""
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_TIMEOUT = 15.0


class NoCodeError(Auth0MfaError, LookupError):
    """No code arrived before the deadline."""


class Waiting(TypedDict, total=False):
    """How a mailbox waits for a code and finds it.

    ``deadline`` and ``interval`` are the longest wait and the time between two looks, in seconds. ``code_pattern``
    matches the code: its first group, or the whole match without groups. Without a pattern the code is recognized by
    its context in the mail.
    """

    deadline: float
    interval: float
    code_pattern: re.Pattern[str] | None
    sleep: Callable[[float], None]
    monotonic: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Mail:
    """A message in a mailbox. ``received`` is in epoch seconds."""

    id: str
    to: tuple[str, ...]
    received: float
    text: str

    def __repr__(self) -> str:  # without the text, which holds the code
        return f"<Mail {self.id}>"


class Mailbox:
    """A source of codes for a mailbox that can be listed. Subclasses implement `mails`."""

    def __init__(
        self,
        *,
        deadline: float = 60.0,
        interval: float = 0.5,
        code_pattern: re.Pattern[str] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._deadline = deadline
        self._interval = interval
        self._pattern = code_pattern
        self._sleep = sleep
        self._monotonic = monotonic
        self._seen: set[str] = set()
        self.code_lengths: Mapping[str, int] = {}
        """The number of digits of a code, by channel, where it is known."""

    def mails(self) -> Iterable[Mail]:
        """The messages in the mailbox, oldest first. Raises SourceError when it cannot be read."""
        raise NotImplementedError

    def drain(self) -> None:
        """Mark everything that is there as old."""
        self._seen.update(mail.id for mail in self.mails())

    def code(self, to: str, channel: str, since: float) -> str:
        """The newest code sent to ``to`` since then (epoch seconds); waits for it up to the deadline.

        Raises NoCodeError when none arrives, UnclearCodeError when two numbers in a mail could be the code, and
        SourceError.
        """
        if channel != "email":
            raise NoCodeError(f"a mailbox holds no {channel} messages: override the fixture auth0_mfa_otp_source")
        end = self._monotonic() + self._deadline
        while True:
            fresh = [mail for mail in self.mails() if mail.id not in self._seen]
            mine = [mail for mail in fresh if to.lower() in mail.to]
            for mail in reversed(mine):
                found = self._code_in(mail.text) if mail.received >= since - SKEW else None
                if found:
                    # Other workers share the mailbox: only this address's messages become old.
                    self._seen.update(message.id for message in mine)
                    return found
            if self._monotonic() >= end:
                break
            self._sleep(self._interval)
        raise NoCodeError(
            f"no email with a code{self._digits} arrived for {to} within {self._deadline:g} s ({len(fresh)} other new "
            "ones). Check the tenant's email provider, the address of the test user and the inbox: auth0-mfa doctor."
        )

    @property
    def _digits(self) -> str:
        return f" of {self.code_lengths['email']} digits" if "email" in self.code_lengths else ""

    def _code_in(self, text: str) -> str | None:
        if self._pattern is None:
            return find_code(text, self.code_lengths.get("email"))
        found = self._pattern.search(text)
        return None if found is None else found[1 if self._pattern.groups else 0]


class ImapSource(Mailbox):
    """An IMAP folder, read by imap-tools. ``security`` is ``"ssl"``, ``"starttls"`` or ``"none"`` (loopback only).

    The connection stays open between looks; messages are left unread.
    """

    def __init__(
        self,
        host: str,
        user: str,
        password: str,
        *,
        port: int | None = None,
        folder: str = "INBOX",
        security: str = "ssl",
        **waiting: Unpack[Waiting],
    ) -> None:
        super().__init__(**waiting)
        if security not in ("ssl", "starttls", "none"):
            raise ConfigurationError(f"IMAP security {security!r}: expected 'ssl', 'starttls' or 'none'")
        if security == "none" and host not in _LOOPBACK:
            raise ConfigurationError(
                f"IMAP at {host}: refusing to send a password in the clear. Use 'ssl' or 'starttls'."
            )
        self._host, self._user, self._password = host, user, password
        self._port = port or (993 if security == "ssl" else 143)
        self._folder, self._security = folder, security
        self._known: dict[str, Mail] = {}
        self._open: imap_tools.BaseMailBox | None = None

    def mails(self) -> Iterable[Mail]:
        """The folder's messages of yesterday and today. Raises SourceError, or MissingExtraError without
        imap-tools."""
        try:
            import imap_tools
        except ImportError:
            raise MissingExtraError("reading codes by IMAP", "live") from None
        from imaplib import IMAP4

        broken = (OSError, EOFError, IMAP4.error, imap_tools.errors.ImapToolsError)
        try:
            try:
                return self._list()
            except broken:
                if self._open is None:  # it could not even be opened
                    raise
                self.close()
                return self._list()  # servers close idle connections
        except broken as error:
            self.close()
            kind = type(error).__name__  # the error's text may repeat the credentials
            raise SourceError(
                f"IMAP at {self._host}:{self._port}: {kind}. Check host, port, user, password and certificate."
            ) from None

    def close(self) -> None:
        """Log out. Reading the mailbox again opens a new connection."""
        if self._open is not None:
            with contextlib.suppress(Exception):  # the connection is given up in any case
                self._open.logout()
            self._open = None

    def _list(self) -> list[Mail]:
        if self._open is None:
            self._open = self._connect()
        else:
            self._open.client.noop()  # only then does a server have to report new messages
        since = (datetime.now(UTC) - timedelta(days=1)).strftime("%d-%b-%Y")
        uids = self._open.uids(f"SINCE {since}")
        new = [uid for uid in uids if uid not in self._known]
        if new:
            for message in self._open.fetch(f"UID {','.join(new)}", mark_seen=False, bulk=True):
                to = tuple(address.lower() for address in message.to)
                text = f"{message.subject}\n{message.text.strip() or message.html}"
                self._known[str(message.uid)] = Mail(str(message.uid), to, message.date.timestamp(), text)
        return [self._known[uid] for uid in sorted(uids, key=int) if uid in self._known]

    def _connect(self) -> imap_tools.BaseMailBox:
        import imap_tools

        box: imap_tools.BaseMailBox
        if self._security == "none":
            box = imap_tools.MailBoxUnencrypted(self._host, self._port, timeout=_TIMEOUT)
        else:  # imaplib's own context would accept any certificate
            kind = imap_tools.MailBox if self._security == "ssl" else imap_tools.MailBoxStartTls
            box = kind(self._host, self._port, timeout=_TIMEOUT, ssl_context=ssl.create_default_context())
        try:
            box.login(self._user, self._password, self._folder)
        except BaseException:
            with contextlib.suppress(OSError):
                box.client.shutdown()
            raise
        return box


class MailDevSource(Mailbox):
    """The mails of MailDev, a mail server for development, read from its REST API (versions 1 to 3)."""

    def __init__(self, url: str, **waiting: Unpack[Waiting]) -> None:
        super().__init__(**waiting)
        parts = urlsplit(url.rstrip("/"))
        self._auth = (parts.username, parts.password or "") if parts.username else None
        self._url = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()

    def mails(self) -> Iterable[Mail]:
        """All mails that MailDev holds. Raises SourceError."""
        import requests

        with requests.Session() as session:
            session.trust_env = False
            session.auth = self._auth
            try:
                answer = session.get(f"{self._url}/api/email", timeout=_TIMEOUT)
                if answer.status_code == 404:
                    answer = session.get(f"{self._url}/email", timeout=_TIMEOUT)
                answer.raise_for_status()
                mails = [_maildev_mail(item) for item in answer.json()]
            except (requests.RequestException, ValueError, KeyError, TypeError) as error:
                raise SourceError(f"MailDev at {self._url}: {type(error).__name__}. Is it running there?") from None
        return sorted(mails, key=lambda mail: mail.received)


def _maildev_mail(item: dict[str, Json]) -> Mail:
    to = tuple(str(entry["address"]).lower() for entry in item.get("to") or ())
    received = datetime.fromisoformat(str(item["time"]).replace("Z", "+00:00")).timestamp()
    return Mail(str(item["id"]), to, received, f"{item.get('subject')}\n{item.get('text') or item.get('html') or ''}")
