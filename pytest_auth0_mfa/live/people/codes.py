"""Where a one-time code is read from when a tenant really sends it, and which of them belongs to a call.

A source answers `code(to, channel, since)`: the newest code that arrived at ``to`` after ``since``
(epoch seconds). It waits up to its deadline and takes no message twice, so the second code of a
run is never the first. `drain` marks what is there already as old; a live run calls it before
each call that sends a message. Messages come late, and some of them nobody asks for.
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
    """Where codes arrive."""

    def code(self, to: str, channel: str, since: float) -> str:
        """The newest code for ``to`` since then. Raises NoCodeError at the deadline."""
        ...

    def drain(self) -> None:
        """Take everything that is there as old."""
        ...


class OutboxSource:
    """The outbox of a fake tenant in this process."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._taken = 0
        """How many messages are old."""
        self._used: set[int] = set()

    def drain(self) -> None:
        """Take everything that is there as old."""
        self._taken = len(self._tenant.outbox)

    def code(self, to: str, channel: str, since: float) -> str:
        """The newest code in the outbox that was not read yet."""
        outbox = self._tenant.outbox
        mine = [i for i in range(self._taken, len(outbox)) if outbox[i].to == to and outbox[i].channel == channel]
        for index in reversed(mine):
            message = outbox[index]
            if index not in self._used and message.code and message.sent_at >= since:
                self._used.update(mine)
                return message.code
        raise NoCodeError(f"the outbox holds no new {channel} message to {to}")


class ControlSource:
    """The outbox of `auth0-mfa serve`, by its control plane: every channel, and at once."""

    def __init__(self, control: ControlClient) -> None:
        self._control = control
        self._taken = 0
        self._used: dict[str, int] = {}
        """The last message that was read, by address."""
        self.close = control.close

    def drain(self) -> None:
        """Take what was sent already as old."""
        self._taken = max((row["id"] for row in self._control.call("GET", "outbox")), default=self._taken)

    def code(self, to: str, channel: str, since: float) -> str:
        """The newest code sent to ``to`` since then that was not read yet."""
        after = max(self._taken, self._used.get(to, 0))
        for row in reversed(self._control.call("GET", f"outbox?channel={channel}&after={after}")):
            if row["to"].lower() == to.lower() and row["code"] and row["sent_at"] >= since:
                self._used[to] = row["id"]
                return str(row["code"])
        raise NoCodeError(f"the outbox holds no new {channel} message to {to}")


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
    """A command that prints the code, or the message it is in.

    It gets address, channel and time as arguments, and may wait itself.
    """

    def __init__(self, command: Sequence[str], *, deadline: float = 60.0) -> None:
        if isinstance(command, str) or not command:
            raise ConfigurationError("CommandSource: expected the command as a list of arguments; no shell is started")
        self._command = list(command)
        self._deadline = deadline
        self.code_lengths: Mapping[str, int] = {}
        """How many digits a code has, by channel, where the tenant says so."""

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
    """A function of address, channel and time (epoch seconds) that returns the code."""

    def __init__(self, function: Callable[[str, str, float], str]) -> None:
        self._function = function

    def drain(self) -> None:
        """Nothing to do: the function is told the time."""

    def code(self, to: str, channel: str, since: float) -> str:
        """What the function returns."""
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
        "otp source: expected imaps://USER:PASSWORD@HOST/FOLDER, maildev+http://HOST:PORT or command:[...]"
        + (f"; got something that starts with {scheme!r}" if rest else "")
    )


def expect_lengths(source: OtpSource | None, lengths: Mapping[CodeChannel, int]) -> None:
    """Tell a source that looks for codes in texts how many digits they have."""
    if isinstance(source, Mailbox | CommandSource):
        source.code_lengths = {str(channel): digits for channel, digits in lengths.items()}


def as_source(given: object) -> OtpSource:
    """A source from what the fixture auth0_mfa_otp_source returned: a source, a URL, or a function."""
    if isinstance(given, str):
        return from_url(given)
    if hasattr(given, "code") and hasattr(given, "drain"):
        return given  # the two methods are the protocol
    if callable(given):
        return CallableSource(given)
    raise ConfigurationError(
        f"auth0_mfa_otp_source returned {type(given).__name__}: expected a source of "
        "pytest_auth0_mfa.live.people.codes, a URL such as 'imaps://user:password@host', "
        "or a function of (address, channel, since)"
    )


SKEW = 5.0
"""Seconds by which the tenant's clock may be behind ours."""


T = TypeVar("T")


@dataclass(slots=True)
class _Sent:
    channel: str
    at: float
    code: str | None = None
    path: str = ""


class LateCodeError(SourceError):
    """A message was sent by all that is known, and no code of it arrived: nobody can tell whether it is only late.

    ``kind`` is the call that sent it and its channel.
    """

    def __init__(self, message: str, kind: tuple[str, str]) -> None:
        super().__init__(message)
        self.kind = kind


class CodeReader:
    """The newest code of each user, read in the order in which the messages were sent.

    A message that nobody asked for is read before the next one is sent: what arrives after that is
    the next one.
    """

    def __init__(self, source: OtpSource) -> None:
        self._source = source
        self._sent: dict[Person, _Sent] = {}

    def before_send(self, person: Person | None) -> None:
        """A message is about to be sent to the person, or to somebody unknown."""
        for known, sent in self._sent.items():
            if sent.code is None and sent.channel and (person is None or person == known):
                sent.code = self._tried(known, sent)

    def sent(self, person: Person, channel: str, at: float, path: str = "") -> None:
        """A call to ``path`` sent a message, at that moment in epoch seconds; an empty channel is not known."""
        self._sent[person] = _Sent(channel, at, path=path)

    def kind(self, person: Person, channel: str) -> tuple[str, str]:
        """The call that sent the newest message to the person, and the channel it is read from."""
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
        """Take everything that is there as old."""
        self._reached(self._source.drain)

    def _asked(self, person: Person, channel: str, at: float) -> str:
        return self._reached(lambda: self._source.code(to_of(person, channel), channel, at - SKEW))

    def _reached(self, action: Callable[[], T]) -> T:
        """What the source gives; it is asked once more when it fails. Raises SourceError that names it."""
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
            return ""  # it never came; who asks for it now is told so


def to_of(person: Person, channel: str) -> str:
    """Where a channel's messages to the person go."""
    return person.username if channel == "email" else person.phone_number
