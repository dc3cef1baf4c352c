"""Finds the line of the user's code that made a call, so that failures are shown there and not in a library.

In strict mode calls are checked when the test is over. So the frames of the user's code are kept while the test runs,
and a violation is raised with a traceback made of them: pytest then shows the line of the call.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from types import FrameType, TracebackType
from typing import TYPE_CHECKING

import pytest

from pytest_auth0_mfa.errors import Auth0MfaError

if TYPE_CHECKING:
    from pytest_auth0_mfa.messages import Handler, Request, Response
    from pytest_auth0_mfa.tenant.tenant import Tenant

_OURS = str(Path(__file__).parent.parent)
_PLACES = pytest.StashKey["Places"]()
_Spot = tuple[FrameType, int, int]
"""A frame, with the index of its instruction and its line number at the time of the call."""


class Places:
    """Remembers where the calls of one test came from."""

    def __init__(self, item: pytest.Item) -> None:
        self._test = str(item.path)
        self._thread = threading.get_ident()
        self._found: list[tuple[Request, list[_Spot]]] = []

    def watching(self, handler: Handler) -> Handler:
        """A handler that also remembers where each of its calls came from."""

        def handle(request: Request) -> Response:
            response = handler(request)
            self._found.append((request, self._spots()))
            return response

        return handle

    def of(self, requests: Iterable[Request]) -> Iterator[list[_Spot]]:
        """For each request, in the order of the calls, the frames of the user's code that led to it, the test's first.

        Empty when they are not known. Of equal requests the first is the one that was made first.
        """
        left = list(self._found)
        for request in requests:
            place = next((place for place, (known, _) in enumerate(left) if known == request), None)
            yield left.pop(place)[1] if place is not None else []

    def forget(self) -> None:
        """Release the frames, and with them the objects in their variables."""
        self._found.clear()

    def _spots(self) -> list[_Spot]:
        """The frames of this thread or, on a server's thread, of the test's thread, which waits for the answer."""
        spots = self._of_stack(sys._getframe())
        if not spots and threading.get_ident() != self._thread:
            spots = self._of_stack(sys._current_frames().get(self._thread))
        return spots

    def _of_stack(self, frame: FrameType | None) -> list[_Spot]:
        stack: list[FrameType] = []
        while frame is not None:
            stack.insert(0, frame)
            frame = frame.f_back
        start = next((place for place, each in enumerate(stack) if each.f_code.co_filename == self._test), None)
        if start is None:
            return []
        return [(each, each.f_lasti, each.f_lineno) for each in stack[start:] if is_users(each.f_code.co_filename)]


def places_of(item: pytest.Item) -> Places | None:
    """The test's `Places` in strict mode; None otherwise."""
    if not item.config.getini("auth0_mfa_strict"):
        return None
    places = item.stash.get(_PLACES, None)
    if places is None:
        places = item.stash[_PLACES] = Places(item)
    return places


def watched(item: pytest.Item, tenant: Tenant) -> Handler | None:
    """A handler for the test's tenant that remembers where calls come from; None unless in strict mode."""
    places = places_of(item)
    if places is None:
        return None
    from pytest_auth0_mfa.app import handler

    return places.watching(handler(tenant))


def traceback_of(spots: Iterable[_Spot]) -> TracebackType | None:
    """A traceback through these frames."""
    found: TracebackType | None = None
    for frame, instruction, line in reversed(list(spots)):
        found = TracebackType(found, frame, instruction, line)
    return found


def line_of(spots: Iterable[_Spot], folder: Path) -> str:
    """The innermost frame as ``file:line: ``, relative to ``folder``; empty without frames."""
    last = list(spots)[-1:]
    return "".join(f"{_relative(frame.f_code.co_filename, folder)}:{line}: " for frame, _, line in last)


def end_in_users_code(info: pytest.ExceptionInfo[BaseException]) -> bool:
    """Cut a traceback after the last line of the user's code. Returns whether it has one."""
    spots, step = [], info.value.__traceback__
    while step is not None:
        spots.append((step.tb_frame, step.tb_lasti, step.tb_lineno))
        step = step.tb_next
    users = [place for place, (frame, *_) in enumerate(spots) if is_users(frame.f_code.co_filename)]
    if users and (kept := traceback_of(spots[: users[-1] + 1])) is not None:
        info.traceback = type(info.traceback)(kept)
    return bool(users)


def is_told_to_the_user(info: pytest.ExceptionInfo[BaseException]) -> bool:
    """Whether an exception tells the user of wrong usage, such as ``outbox.latest()`` when nothing was sent."""
    if isinstance(info.value, Auth0MfaError):
        return True
    # Not their subclasses: a KeyError or JSONDecodeError from this package is a bug in it.
    return type(info.value) in (LookupError, ValueError) and str(info.traceback[-1].path).startswith(_OURS)


@cache
def is_users(file: str) -> bool:
    """Whether a file is the user's: not of this package, an installed one or the standard library."""
    if not {"site-packages", "dist-packages"}.isdisjoint(Path(file).parts):
        return False
    import sysconfig

    return not file.startswith((_OURS, "<", sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")))


def _relative(file: str, folder: Path) -> str:
    path = Path(file)
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else file
