"""A record of what live runs create, written before it is created, so that a cleanup finds what a crash left.

The file ``.auth0-mfa/ledger.jsonl`` has one JSON object per line and no secrets. Each line is appended with a
single write and flushed to disk, so workers and runs can share the file and a killed run's entries are in it.
Runs hold a shared lock, which the system releases when a process dies; a cleanup takes the lock exclusively.
"""

from __future__ import annotations

import contextlib
import errno
import json
import math
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from pytest_auth0_mfa.errors import Auth0MfaError, in_words
from pytest_auth0_mfa.messages import Json

SHARES = 1024
"""How many holders can share the lock on Windows."""
_PAUSE = 0.02


@contextlib.contextmanager
def shared(path: Path) -> Iterator[None]:
    """Hold the lock file ``path`` together with others; waits for an exclusive holder. Raises OSError."""
    with _opened(path) as descriptor, _locked(descriptor, alone=False):
        yield


@contextlib.contextmanager
def alone(path: Path) -> Iterator[bool]:
    """Hold the lock file ``path`` exclusively until the block ends. Gives False if it is taken. Raises OSError."""
    with _opened(path) as descriptor, _locked(descriptor, alone=True) as held:
        yield held


@contextlib.contextmanager
def appending(descriptor: int) -> Iterator[None]:
    """Keep others from appending to the file at the same time, on systems where appending is not atomic."""
    windows = _windows()
    with contextlib.nullcontext() if windows is None else _bytes(windows, descriptor, lambda: 2**30, 1):
        yield


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _locked(descriptor: int, *, alone: bool) -> Iterator[bool]:
    windows = _windows()
    if windows is None:
        yield _flock(descriptor, alone=alone)
    elif alone:
        with _bytes(windows, descriptor, lambda: 0, SHARES, wait=False) as held:
            yield held
    else:
        with _bytes(windows, descriptor, lambda: secrets.randbelow(SHARES), 1):
            yield True


def _flock(descriptor: int, *, alone: bool) -> bool:
    fcntl = import_module("fcntl")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB if alone else fcntl.LOCK_SH)
    except BlockingIOError:
        return False
    return True


def _windows() -> Any:
    """The module ``msvcrt`` on Windows, for its locks; None elsewhere."""
    try:
        import_module("fcntl")
    except ImportError:
        return import_module("msvcrt")
    return None


@contextlib.contextmanager
def _bytes(msvcrt: Any, descriptor: int, place: Callable[[], int], number: int, *, wait: bool = True) -> Iterator[bool]:
    """Lock bytes of the file. On Windows a byte has one holder: sharing takes any one byte, exclusive use all of
    them."""
    while True:
        start = place()
        os.lseek(descriptor, start, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, number)
        except OSError:
            if not wait:
                yield False
                return
            time.sleep(_PAUSE)
        else:
            break
    try:
        yield True
    finally:
        os.lseek(descriptor, start, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, number)


PATH = Path(".auth0-mfa") / "ledger.jsonl"
PREFIX = "auth0-mfa-contract-"
"""Starts the address of every user a run creates, or the part after its plus sign. No other user is ever deleted."""

_T = TypeVar("_T")
_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)  # on Windows: keep "\n" one byte


def is_ours(email: str) -> bool:
    """Whether the address is one that a run made up."""
    local = email.partition("@")[0]
    return local.rpartition("+")[2].startswith(PREFIX)


class LedgerError(Auth0MfaError, OSError):
    """The ledger cannot be read or written. Nothing was created."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that a run created, or was about to create.

    ``kind`` is ``"user"`` (``name`` is the email address) or ``"authenticator"`` (``name`` is the factor, ``user`` the
    user's email address, ``before`` the ids of the authenticators that the user already had). ``at`` is the time of
    the entry in epoch seconds.
    """

    id: str
    kind: str
    domain: str
    name: str
    user: str = ""
    before: tuple[str, ...] = ()
    at: float = 0.0


class Ledger:
    """An append-only file of what was created and what has been removed."""

    def __init__(self, path: Path = PATH) -> None:
        self.path = path

    def begin_user(self, domain: str, email: str) -> Entry:
        """Record a user who is about to be created. Raises ValueError for an address that no run makes up,
        LedgerError."""
        if not is_ours(email):
            raise ValueError(f"{email}: users of a run begin with {PREFIX!r}")
        return self._begin(Entry(secrets.token_hex(8), "user", domain, email, at=round(time.time(), 3)))

    def begin_authenticator(self, domain: str, user: str, factor: str, before: Iterable[str]) -> Entry:
        """Record an enrollment that is about to happen for a user who was given. Raises LedgerError."""
        entry = Entry(secrets.token_hex(8), "authenticator", domain, factor, user, tuple(before), round(time.time(), 3))
        return self._begin(entry)

    def end(self, entry: Entry) -> None:
        """Record that what the entry names was removed or never created. Raises LedgerError."""
        self._append({"end": entry.id}, "so the next cleanup looks for what is gone already")

    def open_entries(self, domain: str | None = None) -> list[Entry]:
        """The entries without an end, newest first, so that authenticators come before their users. Raises
        LedgerError."""
        begun: dict[str, Entry] = {}
        for number, line in self._lines():
            try:
                row = json.loads(line)
                if "end" in row:
                    begun.pop(row["end"], None)
                else:
                    entry = _entry(row)
                    begun[entry.id] = entry
            except (ValueError, TypeError, KeyError, RecursionError):
                if not line.rstrip().endswith("}"):
                    continue  # a run was killed while it wrote the line, before it made the call
                raise LedgerError(
                    f"{self.path}, line {number}: not a line of the ledger. Remove the line, then clean up again."
                ) from None
        return [e for e in reversed(begun.values()) if domain is None or e.domain == domain]

    @contextlib.contextmanager
    def in_use(self) -> Iterator[None]:
        """Hold the ledger for a run or one of its workers: no cleanup removes what its entries name until the block
        ends."""
        with contextlib.ExitStack() as stack:
            self._enter(stack, shared)
            yield

    @contextlib.contextmanager
    def alone(self) -> Iterator[bool]:
        """Give True when no run holds the ledger; then none can begin before the block ends."""
        with contextlib.ExitStack() as stack:
            yield self._enter(stack, alone)

    def _enter(self, stack: contextlib.ExitStack, lock: Callable[[Path], AbstractContextManager[_T]]) -> _T:
        path = self.path.with_suffix(".lock")
        try:
            return stack.enter_context(lock(path))
        except OSError as error:
            raise LedgerError(f"{path}: cannot be written: {in_words(error)}") from error

    def _begin(self, entry: Entry) -> Entry:
        row = {name: getattr(entry, name) for name in Entry.__slots__}
        self._append(row)
        return entry

    def _append(self, row: dict[str, object], consequence: str = "so nothing is created") -> None:
        # The leading newline ends a line that a killed run left half written.
        line = ("\n" + json.dumps(row, separators=(",", ":")) + "\n").encode()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, _APPEND, 0o600)
            try:
                with appending(descriptor):
                    if os.write(descriptor, line) != len(line):
                        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                    os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise LedgerError(f"{self.path}: cannot be written, {consequence}: {in_words(error)}") from error

    def _lines(self) -> Iterator[tuple[int, str]]:
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return
        except (OSError, UnicodeDecodeError) as error:
            raise LedgerError(f"{self.path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
        if "\0" in text:
            place = text[: text.index("\0")].count("\n") + 1
            raise LedgerError(
                f"{self.path}, line {place}: zero bytes where entries were, as a "
                f"crash of the machine leaves them. What they named may still be there: delete the users whose address "
                f"holds {PREFIX!r} in the dashboard, then remove the file."
            )
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                yield number, line


def _entry(row: dict[str, Json]) -> Entry:
    """The entry on a line. Raises TypeError, ValueError or KeyError for a line that no run wrote."""
    texts = {name: row[name] for name in ("id", "kind", "domain", "name", "user")}
    if not all(isinstance(text, str) for text in (*texts.values(), *row["before"])):
        raise TypeError
    at = float(row["at"])
    if row.keys() != set(Entry.__slots__) or not math.isfinite(at):
        raise ValueError
    return Entry(**texts, before=tuple(row["before"]), at=at)
