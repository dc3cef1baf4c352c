"""Where a one-time code is read from when a tenant really sends it.

A source answers `code(to, channel, since)`: the newest code that arrived at ``to`` after ``since``
(epoch seconds). It waits up to its deadline and takes no message twice, so the second code of a
run is never the first. `drain` marks what is there already as old; a live run calls it before
each call that sends a message.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit

from pytest_auth0_mfa.errors import Auth0MfaError, ConfigurationError, MissingExtraError
from pytest_auth0_mfa.totp import totp

if TYPE_CHECKING:
    from pytest_auth0_mfa.tenant import Tenant

CODE = re.compile(r"(?<![0-9])[0-9]{6}(?![0-9])")
SKEW = 2.0
"""Seconds by which the clock of a mail server may be behind: its times have whole seconds."""


class NoCodeError(Auth0MfaError, LookupError):
    """No code arrived before the deadline."""


class OtpSource(Protocol):
    """Where codes arrive."""

    def code(self, to: str, channel: str, since: float) -> str:
        """The newest code for ``to`` since then. Raises NoCodeError at the deadline."""
        ...

    def drain(self) -> None:
        """Take everything that is there as old."""
        ...


@dataclass(frozen=True, slots=True)
class Mail:
    """One message as a mailbox shows it. ``received`` is in epoch seconds."""

    id: str
    to: tuple[str, ...]
    received: float
    text: str

    def __repr__(self) -> str:  # without the text: it holds the code
        return f"<Mail {self.id}>"


class Mailbox:
    """A source over whatever can list messages; the adapters below only list.

    ``deadline`` and ``interval`` are in seconds. ``code_pattern`` finds the code in a message's text.
    """

    def __init__(
        self,
        *,
        deadline: float = 60.0,
        interval: float = 0.5,
        code_pattern: re.Pattern[str] = CODE,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._deadline = deadline
        self._interval = interval
        self._pattern = code_pattern
        self._sleep = sleep
        self._monotonic = monotonic
        self._seen: set[str] = set()

    def mails(self) -> Iterable[Mail]:
        """What is in the mailbox, oldest first."""
        raise NotImplementedError

    def drain(self) -> None:
        """Take everything that is there as old."""
        self._seen.update(mail.id for mail in self.mails())

    def code(self, to: str, channel: str, since: float) -> str:
        """The newest code sent to ``to`` since then; waits for it."""
        if channel != "email":
            raise NoCodeError(f"a mailbox holds no {channel} messages: override the fixture auth0_mfa_otp_source")
        end = self._monotonic() + self._deadline
        others = 0
        while True:
            fresh = [mail for mail in self.mails() if mail.id not in self._seen]
            for mail in reversed(fresh):
                found = self._pattern.search(mail.text)
                if to.lower() in mail.to and mail.received >= since - SKEW and found:
                    # Only this address's messages are used up: other workers share the mailbox.
                    self._seen.update(m.id for m in fresh if to.lower() in m.to)
                    return found[0]
            others = len(fresh)
            if self._monotonic() >= end:
                break
            self._sleep(self._interval)
        raise NoCodeError(
            f"no email with a six-digit code arrived for {to} within {self._deadline:g} s ({others} other new ones). "
            "Check the tenant's email provider, the address of the test user and the inbox: auth0-mfa doctor."
        )


class ImapSource(Mailbox):
    """An IMAP folder, read by imap-tools. ``security`` is ``"ssl"``, ``"starttls"`` or ``"none"`` (loopback only)."""

    def __init__(
        self,
        host: str,
        user: str,
        password: str,
        *,
        port: int | None = None,
        folder: str = "INBOX",
        security: str = "ssl",
        **waiting: float,
    ) -> None:
        super().__init__(**waiting)  # type: ignore[arg-type]  # deadline and interval, both float
        if security not in ("ssl", "starttls", "none"):
            raise ConfigurationError(f"IMAP security {security!r}: expected 'ssl', 'starttls' or 'none'")
        if security == "none" and host not in ("localhost", "127.0.0.1", "::1"):
            raise ConfigurationError(
                f"IMAP at {host}: refusing to send a password in the clear. Use 'ssl' or 'starttls'."
            )
        self._host, self._user, self._password = host, user, password
        self._port = port or (993 if security == "ssl" else 143)
        self._folder, self._security = folder, security

    def mails(self) -> Iterable[Mail]:
        """The folder's newest hundred messages."""
        try:
            import imap_tools
        except ImportError:
            raise MissingExtraError("reading codes by IMAP", "live") from None
        box = {"ssl": imap_tools.MailBox, "starttls": imap_tools.MailBoxStartTls, "none": imap_tools.MailBoxUnencrypted}
        try:
            with box[self._security](self._host, self._port).login(self._user, self._password, self._folder) as mailbox:
                listed = list(mailbox.fetch(mark_seen=False, limit=100, reverse=True))
        except (OSError, imap_tools.errors.ImapToolsError) as error:
            kind = type(error).__name__  # its text may repeat the credentials
            raise NoCodeError(
                f"IMAP at {self._host}:{self._port}: {kind}. Check host, port, user and password."
            ) from None
        return [
            Mail(
                str(message.uid),
                tuple(address.lower() for address in message.to),
                message.date.timestamp(),
                f"{message.subject}\n{message.text or message.html}",
            )
            for message in reversed(listed)
        ]


class MailDevSource(Mailbox):
    """The REST interface of MailDev, a mail server for development."""

    def __init__(self, url: str, **waiting: float) -> None:
        super().__init__(**waiting)  # type: ignore[arg-type]  # deadline and interval, both float
        self._url = url.rstrip("/")

    def mails(self) -> Iterable[Mail]:
        """Every email MailDev holds."""
        import requests

        with requests.Session() as session:
            session.trust_env = False
            try:
                answer = session.get(f"{self._url}/email", timeout=10)
                answer.raise_for_status()
                listed = answer.json()
            except (requests.RequestException, ValueError) as error:
                raise NoCodeError(f"MailDev at {self._url}: {type(error).__name__}. Is it running there?") from None
        return sorted((_maildev_mail(item) for item in listed), key=lambda mail: mail.received)


def _maildev_mail(item: dict[str, object]) -> Mail:
    from datetime import datetime

    to = item.get("to") or []
    addresses = (
        [str(entry.get("address", "")).lower() for entry in to if isinstance(entry, dict)]
        if isinstance(to, list)
        else []
    )
    received = datetime.fromisoformat(str(item.get("time") or item.get("date")).replace("Z", "+00:00")).timestamp()
    text = f"{item.get('subject', '')}\n{item.get('text') or item.get('html') or ''}"
    return Mail(str(item["id"]), tuple(addresses), received, text)


class OutboxSource:
    """The outbox of a fake tenant in this process."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    def drain(self) -> None:
        """Nothing to do: the outbox knows when each message was sent."""

    def code(self, to: str, channel: str, since: float) -> str:
        """The newest code in the outbox."""
        for message in reversed(self._tenant.outbox):
            if message.to == to and message.channel == channel and message.code and message.sent_at >= since:
                return message.code
        raise NoCodeError(f"the outbox holds no {channel} message to {to} since then")


class TotpSource:
    """The code of a TOTP secret that was enrolled by hand: base32, by address."""

    def __init__(self, secrets: dict[str, str], now: Callable[[], float] = time.time) -> None:
        self._secrets = secrets
        self._now = now

    def drain(self) -> None:
        """Nothing to do: codes follow from the time."""

    def code(self, to: str, channel: str, since: float) -> str:
        """The TOTP of this moment."""
        if to not in self._secrets:
            raise NoCodeError(f"no TOTP secret is known for {to}")
        return totp(self._secrets[to], self._now())


class CommandSource:
    """A command that prints the code; it gets address, channel and time as arguments and may wait itself."""

    def __init__(self, command: Sequence[str], *, deadline: float = 60.0) -> None:
        if isinstance(command, str) or not command:
            raise ConfigurationError("CommandSource: expected the command as a list of arguments; no shell is started")
        self._command = list(command)
        self._deadline = deadline

    def drain(self) -> None:
        """Nothing to do: the command is told the time."""

    def code(self, to: str, channel: str, since: float) -> str:
        """What the command prints."""
        name = self._command[0]
        try:
            done = subprocess.run(
                [*self._command, to, channel, f"{since:.3f}"],
                capture_output=True, text=True, timeout=self._deadline, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise NoCodeError(f"{name}: no code within {self._deadline:g} s") from None
        except OSError as error:
            raise NoCodeError(f"{name}: cannot be started: {error.strerror}") from None
        found = CODE.search(done.stdout)
        if done.returncode or not found:
            raise NoCodeError(f"{name}: exit code {done.returncode}, and no six digits on its standard output")
        return found[0]


class CallableSource:
    """A function of address, channel and time (epoch seconds) that returns the code."""

    def __init__(self, function: Callable[[str, str, float], str]) -> None:
        self._function = function

    def drain(self) -> None:
        """Nothing to do: the function is told the time."""

    def code(self, to: str, channel: str, since: float) -> str:
        """What the function returns."""
        code = self._function(to, channel, since)
        if not isinstance(code, str) or not code.isascii() or not code.isdigit():
            raise NoCodeError(f"the otp source returned {type(code).__name__}: expected digits as a string")
        return code


def from_url(url: str) -> OtpSource:
    """A source from a setting.

    ``imaps://USER:PASSWORD@HOST[:PORT][/FOLDER]`` (``imap`` for STARTTLS, ``imap+insecure`` on loopback),
    ``maildev+http://HOST:PORT``, ``command:["PROGRAM", "ARGUMENT"]``. Raises ConfigurationError.
    """
    scheme, _, rest = url.partition(":")
    if scheme == "command":
        try:
            return CommandSource(json.loads(rest))
        except ValueError:
            raise ConfigurationError('otp source: expected command:["PROGRAM", "ARGUMENT", ...], a JSON list') from None
    parts = urlsplit(url)
    security = {"imaps": "ssl", "imap": "starttls", "imap+insecure": "none"}.get(scheme)
    if security and parts.hostname and parts.username and parts.password:
        folder = unquote(parts.path.lstrip("/")) or "INBOX"
        user, password = unquote(parts.username), unquote(parts.password)
        return ImapSource(parts.hostname, user, password, port=parts.port, folder=folder, security=security)
    if scheme in ("maildev+http", "maildev+https") and parts.hostname:
        return MailDevSource(url.removeprefix("maildev+"))
    raise ConfigurationError(
        "otp source: expected imaps://USER:PASSWORD@HOST/FOLDER, maildev+http://HOST:PORT or command:[...]; "
        f"got something that starts with {scheme!r}"
    )


def as_source(given: object) -> OtpSource:
    """A source from what the fixture auth0_mfa_otp_source returned: a source, a URL, or a function."""
    if isinstance(given, str):
        return from_url(given)
    if hasattr(given, "code") and hasattr(given, "drain"):
        return given  # the two methods are the protocol
    if callable(given):
        return CallableSource(given)
    raise ConfigurationError(
        f"auth0_mfa_otp_source returned {type(given).__name__}: expected a source of pytest_auth0_mfa.otp_sources, "
        "a URL such as 'imaps://user:password@host', or a function of (address, channel, since)"
    )
