"""The ledger of live runs."""

from __future__ import annotations

import errno
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from pytest_auth0_mfa.live.ledger import PREFIX, Ledger, LedgerError


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "deep" / "ledger.jsonl")


def test_what_was_begun_stays_open_until_it_is_gone(ledger: Ledger) -> None:
    """Entries are listed newest first, and by tenant, until their end is written down."""
    user = ledger.begin_user("a.example", PREFIX + "1@x.example")
    factor = ledger.begin_authenticator("a.example", "ada@x.example", "otp", ["totp|dev_1"])
    other = ledger.begin_user("b.example", PREFIX + "2@x.example")
    assert ledger.open_entries() == [other, factor, user]
    assert ledger.open_entries("a.example") == [factor, user]
    ledger.end(factor)
    assert Ledger(ledger.path).open_entries("a.example") == [user]


def test_a_user_without_the_prefix_is_refused(ledger: Ledger) -> None:
    """No run can put a user into the ledger that it did not make."""
    with pytest.raises(ValueError, match=PREFIX):
        ledger.begin_user("a.example", "ada@x.example")


def test_a_line_cut_off_by_a_kill_is_passed_over(ledger: Ledger) -> None:
    """Half a line announces a call that was never made; what follows it is read."""
    first = ledger.begin_user("a.example", PREFIX + "1@x.example")
    with ledger.path.open("a") as file:
        file.write('\n{"id": "1", "ki')
    second = ledger.begin_user("a.example", PREFIX + "2@x.example")
    assert ledger.open_entries() == [second, first]


def test_a_line_that_is_none_is_refused_with_its_number(ledger: Ledger) -> None:
    """A spoilt ledger is not silently ignored: it names what has to be removed."""
    ledger.begin_user("a.example", PREFIX + "1@x.example")
    with ledger.path.open("a") as file:
        file.write('{"what": 1}\n')
    with pytest.raises(LedgerError, match="line 3"):
        ledger.open_entries()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_ledger_of_zero_bytes_is_not_an_empty_one(ledger: Ledger) -> None:
    """A crash of the machine may leave it so: what it named is unknown, and that is said with what to do."""
    ledger.begin_user("tenant.example", f"{PREFIX}1@mail.example")
    with ledger.path.open("ab") as file:
        file.write(b"\0" * 512)
    with pytest.raises(LedgerError, match=r"line \d: zero bytes.*delete the users"):
        ledger.open_entries()


def test_a_full_disk_is_said_as_what_it_is(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when only half a line could be written, and when something is gone already."""
    entry = ledger.begin_user("tenant.example", f"{PREFIX}1@mail.example")
    monkeypatch.setattr("os.write", lambda descriptor, line: len(line) // 2)
    with pytest.raises(LedgerError, match=r"so nothing is created: No space left on device\. Make room\."):
        ledger.begin_user("tenant.example", f"{PREFIX}2@mail.example")
    with pytest.raises(LedgerError, match=r"so the next cleanup looks for what is gone already: No space"):
        ledger.end(entry)


def test_a_full_disk_is_said_before_anything_is_created() -> None:
    """What cannot be written down is not created."""
    with pytest.raises(LedgerError, match="nothing is created"):
        Ledger(Path("/dev/full")).begin_user("a.example", PREFIX + "1@x.example")


def test_an_absent_ledger_is_empty(ledger: Ledger) -> None:
    """The first run finds nothing to clean up."""
    assert ledger.open_entries() == []


def test_what_follows_a_plus_sign_counts_as_the_prefix(ledger: Ledger) -> None:
    """One inbox for all users is fine, as long as nobody else could have such an address."""
    ledger.begin_user("a.example", f"qa+{PREFIX}1@x.example")
    with pytest.raises(ValueError, match=PREFIX):
        ledger.begin_user("a.example", "qa+other@x.example")


class WindowsLocks(ModuleType):
    """Windows' locks on bytes: each byte of a file has one holder, whose descriptor it is."""

    LK_UNLCK, LK_NBLCK = 0, 2

    def __init__(self) -> None:
        super().__init__("msvcrt")
        self.held: list[tuple[int, int, range]] = []

    def locking(self, descriptor: int, mode: int, number: int) -> None:
        """Lock or unlock from the descriptor's position on."""
        start, file = os.lseek(descriptor, 0, os.SEEK_CUR), os.fstat(descriptor).st_ino
        wanted = range(start, start + number)
        if mode == self.LK_UNLCK:
            self.held.remove((descriptor, file, wanted))
        elif any(known == file and r.start < wanted.stop and wanted.start < r.stop for _, known, r in self.held):
            raise OSError(errno.EDEADLOCK, "Resource deadlock avoided")
        else:
            self.held.append((descriptor, file, wanted))


@pytest.fixture(params=["here", "Windows"])
def locks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The locks of this system, then those of Windows."""
    windows = WindowsLocks()
    if request.param == "Windows":
        monkeypatch.setitem(sys.modules, "fcntl", None)
        monkeypatch.setitem(sys.modules, "msvcrt", windows)
    yield
    assert not windows.held, "a lock was not given back"


@pytest.mark.usefixtures("locks")
def test_a_run_holds_the_ledger_until_it_ends(ledger: Ledger) -> None:
    """Several hold it at once; nobody is alone with it before the last one is gone."""
    other = Ledger(ledger.path)
    with ledger.in_use(), other.in_use(), Ledger(ledger.path).alone() as alone:
        assert not alone
    with other.alone() as alone:
        assert alone
        with ledger.alone() as second:
            assert not second
    with ledger.in_use():
        entry = ledger.begin_user("a.example", PREFIX + "1@x.example")
        assert other.open_entries() == [entry]


@pytest.mark.usefixtures("locks")
def test_a_run_that_begins_waits_for_a_cleanup_to_end(ledger: Ledger) -> None:
    """What is being removed is not used again meanwhile."""
    order: list[str] = []

    def begin() -> None:
        with Ledger(ledger.path).in_use():
            order.append("run")

    thread = threading.Thread(target=begin)
    with ledger.alone() as alone:
        assert alone
        thread.start()
        thread.join(0.2)  # enough to go wrong in
        order.append("cleanup")
    thread.join(30)
    assert order == ["cleanup", "run"]


@pytest.mark.usefixtures("locks")
def test_lines_of_many_workers_do_not_meet(ledger: Ledger) -> None:
    """Every line that was written at the same time as others is whole."""

    def work(number: int) -> None:
        for count in range(20):
            ledger.end(ledger.begin_user("a.example", f"{PREFIX}{number}-{count}@x.example"))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert ledger.open_entries() == []
    assert len([line for line in ledger.path.read_text().splitlines() if line]) == 160


def test_a_ledger_that_cannot_be_locked_is_said(tmp_path: Path) -> None:
    """With the file and what to do."""
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(LedgerError, match=r"ledger\.lock: cannot be written: .*choose another"),
        Ledger(tmp_path / "file" / "ledger.jsonl").in_use(),
    ):
        pass
