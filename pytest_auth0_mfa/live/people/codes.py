"""Reads the one-time codes that a tenant really sends, and matches them to the calls that sent them.

A source has two methods. `code(to, channel, since)` returns the newest code that arrived at ``to`` after ``since``
(epoch seconds); it waits up to its deadline and uses no message twice. `drain()` marks all messages that are already
there as old; a live run calls it when a test begins with a user whose mailbox may hold earlier messages.
"""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar
from urllib.parse import unquote, urlsplit

from pytest_auth0_mfa.contract.tenant.subjects import Person
from pytest_auth0_mfa.errors import ConfigurationError
from pytest_auth0_mfa.spec.factors import CodeChannel
from pytest_auth0_mfa.tenant.totp import totp

from . import settings as outside
from .code_search import LENGTHS, UnclearCodeError, find_code
from .mailboxes import ImapSource, Mail, Mailbox, MailDevSource, NoCodeError
from .settings import ControlClient, SourceError, reached

if TYPE_CHECKING:
    from pytest_auth0_mfa.tenant.tenant import Tenant

__all__ = [
    "CallableSource",
    "CommandSource",
    "ControlSource",
    "ImapSource",
    "Mail",
    "MailDevSource",
    "Mailbox",
    "NoCodeError",
    "OtpSource",
    "OutboxSource",
    "TotpSource",
    "UnclearCodeError",
    "as_source",
    "from_url",
]


class OtpSource(Protocol):
    """A source of one-time codes."""

    def code(self, to: str, channel: str, since: float) -> str:
        """The newest code sent to ``to`` by ``channel`` after ``since``, in epoch seconds.

        Waits for it. Raises NoCodeError at the source's deadline.
        """
        ...

    def drain(self) -> None:
        """Mark everything that is there as old."""
        ...


class OutboxSource:
    """Codes from the outbox of a fake tenant in this process."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._taken = 0
        """How many messages at the start of the outbox are old."""
        self._used: set[int] = set()

    def drain(self) -> None:
        """Mark everything that is there as old."""
        self._taken = len(self._tenant.outbox)

    def code(self, to: str, channel: str, since: float) -> str:
        """The newest unread code sent to ``to`` by ``channel`` since then. Does not wait; raises NoCodeError."""
        outbox = self._tenant.outbox
        mine = [i for i in range(self._taken, len(outbox)) if outbox[i].to == to and outbox[i].channel == channel]
        for index in reversed(mine):
            message = outbox[index]
            if index not in self._used and message.code and message.sent_at >= since:
                self._used.update(mine)
                return message.code
        raise NoCodeError(f"the outbox holds no new {channel} message to {to}")


class ControlSource:
    """Codes of every channel from the outbox of `auth0-mfa serve`, read through its control plane."""

    def __init__(self, control: ControlClient) -> None:
        self._control = control
        self._taken = 0
        self._used: dict[str, int] = {}
        """The id of the last message that was read, by address."""
        self.close = control.close

    def drain(self) -> None:
        """Mark every message that was already sent as old."""
        self._taken = max((row["id"] for row in self._control.call("GET", "outbox")), default=self._taken)

    def code(self, to: str, channel: str, since: float) -> str:
        """The newest unread code sent to ``to`` by ``channel`` since then. Does not wait; raises NoCodeError."""
        after = max(self._taken, self._used.get(to, 0))
        for row in reversed(self._control.call("GET", f"outbox?channel={channel}&after={after}")):
            if row["to"].lower() == to.lower() and row["code"] and row["sent_at"] >= since:
                self._used[to] = row["id"]
                return str(row["code"])
        raise NoCodeError(f"the outbox holds no new {channel} message to {to}")


class TotpSource:
    """Codes computed from TOTP secrets that were enrolled by hand. ``secrets``: address -> secret in base32."""

    def __init__(self, secrets: dict[str, str], now: Callable[[], float] = time.time) -> None:
        self._secrets = secrets
        self._now = now

    def drain(self) -> None:
        """Do nothing: codes are computed from the time."""

    def code(self, to: str, channel: str, since: float) -> str:
        """The current TOTP of ``to``. Raises NoCodeError when no secret is known."""
        if to not in self._secrets:
            raise NoCodeError(f"no TOTP secret is known for {to}")
        return totp(self._secrets[to], self._now())


class CommandSource:
    """A command that prints the code, or the message that holds it.

    Its last three arguments are the address, the channel and the time in epoch seconds. It may wait for the code, up
    to ``deadline`` seconds.
    """

    def __init__(self, command: Sequence[str], *, deadline: float = 60.0) -> None:
        if isinstance(command, str) or not command:
            raise ConfigurationError("CommandSource: expected the command as a list of arguments; no shell is started")
        self._command = list(command)
        self._deadline = deadline
        self.code_lengths: Mapping[str, int] = {}
        """The number of digits of a code, by channel, where it is known."""

    def drain(self) -> None:
        """Do nothing: the command gets the time as an argument."""

    def code(self, to: str, channel: str, since: float) -> str:
        """The code that the command prints. Raises SourceError when it fails, NoCodeError when it prints no code."""
        name = self._command[0]
        try:
            done = subprocess.run(
                [*self._command, to, channel, f"{since:.3f}"],
                capture_output=True, text=True, timeout=self._deadline, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise outside.SourceError(f"{name}: no code within {self._deadline:g} s") from None
        except OSError as error:
            raise outside.SourceError(f"{name}: cannot be started: {error.strerror}") from None
        if done.returncode:
            raise outside.SourceError(
                f"{name}: exit code {done.returncode}: expected 0 and the code on its standard output"
            )
        found = find_code(done.stdout, self.code_lengths.get(channel))
        if not found:
            raise NoCodeError(f"{name}: no code on its standard output")
        return found


class CallableSource:
    """A function that takes address, channel and time (epoch seconds) and returns the code."""

    def __init__(self, function: Callable[[str, str, float], str]) -> None:
        self._function = function

    def drain(self) -> None:
        """Do nothing: the function gets the time as an argument."""

    def code(self, to: str, channel: str, since: float) -> str:
        """The code that the function returns. Raises SourceError when that is not a string of 4 to 10 digits."""
        code = self._function(to, channel, since)
        if not isinstance(code, str) or not code.isascii() or not code.isdigit() or len(code) not in LENGTHS:
            raise outside.SourceError(
                f"the otp source returned {type(code).__name__}: expected a string of 4 to 10 digits"
            )
        return code


def from_url(url: str) -> OtpSource:
    """A source from a setting.

    ``imaps://USER:PASSWORD@HOST[:PORT][/FOLDER]`` (``imap`` for STARTTLS, ``imap+insecure`` on loopback),
    ``maildev+http://HOST:PORT``, ``command:["PROGRAM", "ARGUMENT"]``, or ``control:https://localhost:PORT``
    for the outbox of `auth0-mfa serve`. Raises ConfigurationError.
    """
    scheme, _, rest = url.partition(":")
    if scheme == "command":
        return CommandSource(outside.command(rest, "otp source"))
    if scheme == "control":
        return ControlSource(outside.control(rest, "otp source"))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ConfigurationError("otp source: its port is no number from 0 to 65535, or its host is none") from None
    security = {"imaps": "ssl", "imap": "starttls", "imap+insecure": "none"}.get(scheme)
    if security and parts.hostname and parts.username and parts.password:
        folder = unquote(parts.path.lstrip("/")) or "INBOX"
        user, password = unquote(parts.username), unquote(parts.password)
        return ImapSource(parts.hostname, user, password, port=port, folder=folder, security=security)
    if scheme in ("maildev+http", "maildev+https") and parts.hostname:
        return MailDevSource(url.removeprefix("maildev+"))
    raise ConfigurationError(
        "otp source: expected imaps://USER:PASSWORD@HOST/FOLDER, maildev+http://HOST:PORT, "
        "control:https://localhost:PORT or command:[...]"
        + (f"; got something that starts with {scheme!r}" if rest else "")
    )


def expect_lengths(source: OtpSource | None, lengths: Mapping[CodeChannel, int]) -> None:
    """Tell a source that searches texts for codes how many digits they have, by channel."""
    if isinstance(source, Mailbox | CommandSource):
        source.code_lengths = {str(channel): digits for channel, digits in lengths.items()}


def as_source(given: object) -> OtpSource:
    """A source from what the fixture auth0_mfa_otp_source returned: a source, a URL or a function.

    Raises ConfigurationError.
    """
    if isinstance(given, str):
        return from_url(given)
    if hasattr(given, "code") and hasattr(given, "drain"):
        return given  # anything with these two methods is a source
    if callable(given):
        return CallableSource(given)
    raise ConfigurationError(
        f"auth0_mfa_otp_source returned {type(given).__name__}: expected a source of "
        "pytest_auth0_mfa.live.people.codes, a URL such as 'imaps://user:password@host', "
        "or a function of (address, channel, since)"
    )


SKEW = 5.0
"""Seconds by which the tenant's clock may be behind this computer's."""


T = TypeVar("T")


@dataclass(slots=True)
class _Sent:
    channel: str
    at: float
    code: str | None = None
    path: str = ""


class LateCodeError(SourceError):
    """A call should have sent a message, but no code arrived: it may only be late.

    ``kind`` is the path of the call and the channel.
    """

    def __init__(self, message: str, kind: tuple[str, str]) -> None:
        super().__init__(message)
        self.kind = kind


class CodeReader:
    """Reads the newest code of each user.

    A code that no test has read is read before the next message is sent, so that the next code to arrive belongs to
    the next message.
    """

    def __init__(self, source: OtpSource) -> None:
        self._source = source
        self._sent: dict[Person, _Sent] = {}

    def before_send(self, person: Person | None) -> None:
        """Read what is unread before a message is sent to the person; None: to somebody unknown."""
        for known, sent in self._sent.items():
            if sent.code is None and sent.channel and (person is None or person == known):
                sent.code = self._tried(known, sent)

    def sent(self, person: Person, channel: str, at: float, path: str = "") -> None:
        """Note that a call to ``path`` sent a message at this time in epoch seconds; an empty channel is not
        known."""
        self._sent[person] = _Sent(channel, at, path=path)

    def kind(self, person: Person, channel: str) -> tuple[str, str]:
        """The path of the call that sent the person's newest message, and the channel where it is read."""
        sent = self._sent.get(person)
        return (sent.path if sent is not None else "", channel)

    def read(self, person: Person, channel: str, since: float) -> str:
        """The code of the newest message to the person.

        Raises NoCodeError when none was sent, LateCodeError when none arrived, SourceError when the source failed.
        """
        sent = self._sent.get(person)
        if sent is None:
            raise NoCodeError(f"no message was sent to {person.username}")
        if sent.channel not in ("", channel):
            raise NoCodeError(f"the newest message to {person.username} went by {sent.channel}, not by {channel}")
        if not sent.code:
            try:
                sent.code = self._asked(person, channel, sent.at)
            except NoCodeError as error:
                raise LateCodeError(f"{self._name}: {error}", self.kind(person, channel)) from None
        return sent.code

    def drain(self) -> None:
        """Mark everything that is there as old."""
        self._reached(self._source.drain)

    def _asked(self, person: Person, channel: str, at: float) -> str:
        return self._reached(lambda: self._source.code(to_of(person, channel), channel, at - SKEW))

    def _reached(self, action: Callable[[], T]) -> T:
        """The result of ``action``, tried a second time if the source fails. Raises a SourceError that names the
        source."""
        with contextlib.suppress(SourceError):
            return reached(self._name, action, passing=NoCodeError)
        return reached(self._name, action, passing=NoCodeError)

    @property
    def _name(self) -> str:
        return f"the source of codes ({type(self._source).__name__})"

    def _tried(self, person: Person, sent: _Sent) -> str:
        try:
            return self._asked(person, sent.channel, sent.at)
        except NoCodeError:
            return ""  # it never arrived; `read` raises LateCodeError for it


def to_of(person: Person, channel: str) -> str:
    """The address or phone number that the person's messages by this channel go to."""
    return person.username if channel == "email" else person.phone_number
