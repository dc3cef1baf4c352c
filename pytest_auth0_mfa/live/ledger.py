"""What a live run creates, written down before it is created, so that a crash leaves nothing behind.

One JSON object a line in ``.auth0-mfa/ledger.jsonl``, appended with one write and flushed to disk:
workers and runs share the file, and whatever a killed run got to is in it. Nothing secret is. Runs share
a lock on it, which the system gives back when a process dies, however it dies; a clean-up takes it alone.
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
"""How many may share the lock on Windows."""
_PAUSE = 0.02


@contextlib.contextmanager
def shared(path: Path) -> Iterator[None]:
    """Share the lock, whose file is ``path``; waits for who has it alone. Raises OSError."""
    with _opened(path) as descriptor, _locked(descriptor, alone=False):
        yield


@contextlib.contextmanager
def alone(path: Path) -> Iterator[bool]:
    """Whether nobody else has the lock; then nobody takes it before the block ends. Raises OSError."""
    with _opened(path) as descriptor, _locked(descriptor, alone=True) as held:
        yield held


@contextlib.contextmanager
def appending(descriptor: int) -> Iterator[None]:
    """Keep others from appending to the file at the same moment, where the system does not see to that."""
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
    """Windows' module for locks; None elsewhere."""
    try:
        import_module("fcntl")
    except ImportError:
        return import_module("msvcrt")
    return None


@contextlib.contextmanager
def _bytes(msvcrt: Any, descriptor: int, place: Callable[[], int], number: int, *, wait: bool = True) -> Iterator[bool]:
    """Windows locks bytes, each for one holder: who shares has any one of them, who is alone has them all."""
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
"""Begins the address of every user a run creates, or what follows its plus sign: nothing else is ever deleted."""

_T = TypeVar("_T")
_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)  # Windows: a line's end is one byte


def is_ours(email: str) -> bool:
    """Whether the address is one that only a run creates."""
    local = email.partition("@")[0]
    return local.rpartition("+")[2].startswith(PREFIX)


class LedgerError(Auth0MfaError, OSError):
    """The ledger cannot be read or written; nothing was created."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something created and not known to be gone.

    ``kind`` is ``"user"`` (``name`` is the address; it begins with the prefix) or ``"authenticator"``
    (``name`` is the factor, ``user`` whose, ``before`` the ids that were there already). ``at`` is
    when it was begun, in epoch seconds.
    """

    id: str
    kind: str
    domain: str
    name: str
    user: str = ""
    before: tuple[str, ...] = ()
    at: float = 0.0


class Ledger:
    """An append-only file of what was begun and what is gone."""

    def __init__(self, path: Path = PATH) -> None:
        self.path = path

    def begin_user(self, domain: str, email: str) -> Entry:
        """Write down a user that is about to be created."""
        if not is_ours(email):
            raise ValueError(f"{email}: users of a run begin with {PREFIX!r}")
        return self._begin(Entry(secrets.token_hex(8), "user", domain, email, at=round(time.time(), 3)))

    def begin_authenticator(self, domain: str, user: str, factor: str, before: Iterable[str]) -> Entry:
        """Write down an enrolment that is about to happen on a user who stays."""
        entry = Entry(secrets.token_hex(8), "authenticator", domain, factor, user, tuple(before), round(time.time(), 3))
        return self._begin(entry)

    def end(self, entry: Entry) -> None:
        """Write down that it is gone, or never came to be."""
        self._append({"end": entry.id}, "so the next cleanup looks for what is gone already")

    def open_entries(self, domain: str | None = None) -> list[Entry]:
        """What was begun and is not known to be gone, newest first: users go after what is theirs."""
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
                    continue  # a run was killed while it wrote: what the line announces was never called
                raise LedgerError(
                    f"{self.path}, line {number}: not a line of the ledger. Remove the line, then clean up again."
                ) from None
        return [e for e in reversed(begun.values()) if domain is None or e.domain == domain]

    @contextlib.contextmanager
    def in_use(self) -> Iterator[None]:
        """Hold the ledger as a run or a worker of one does: until then nobody takes its entries for left over."""
        with contextlib.ExitStack() as stack:
            self._enter(stack, shared)
            yield

    @contextlib.contextmanager
    def alone(self) -> Iterator[bool]:
        """Whether no run is under way; none that asks begins before the block ends."""
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
        # A leading newline ends a line that a killed run left half written.
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
    """The entry of a line. Raises TypeError, ValueError or KeyError for one that no run wrote."""
    texts = {name: row[name] for name in ("id", "kind", "domain", "name", "user")}
    if not all(isinstance(text, str) for text in (*texts.values(), *row["before"])):
        raise TypeError
    at = float(row["at"])
    if row.keys() != set(Entry.__slots__) or not math.isfinite(at):
        raise ValueError
    return Entry(**texts, before=tuple(row["before"]), at=at)
