"""Searches for secrets in what a client emits: log records, output, warnings, texts of exceptions, its repr."""

from __future__ import annotations

import logging
import re
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, redirect_stderr, redirect_stdout, suppress
from typing import Any, Self, TextIO
from urllib.parse import unquote_plus

from pytest_auth0_mfa.contract.reproducer.trace import HARMLESS
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.secret_fields import CODE_FIELDS, SECRET_FIELDS

from .asked import Asked, Flaw
from .calling import CallOutcome
from .recording import Seen

_LONGEST = 200_000
_SHORTEST_SECRET, _SHORTEST_CODE = 8, 6
_PRIVATE_KEY = re.compile(
    r"-----BEGIN (?:EC |RSA )?PRIVATE KEY-----|\\?[\"']d\\?[\"']\s*:\s*\\?[\"'][A-Za-z0-9_-]{43}\\?[\"']"
)
"""A key in PEM, or the member of a JSON Web Key on P-256 that only its owner may know."""


class Overheard:
    """Collects what this process logs, prints and warns about, until the block ends.

    Everything is also passed on as usual. Output of child processes is not collected.
    """

    def __init__(self) -> None:
        self.texts: list[tuple[str, str]] = []
        """(where, text)."""
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._stack.enter_context(redirect_stdout(_Tee(sys.stdout, self._hear("standard output"))))
        self._stack.enter_context(redirect_stderr(_Tee(sys.stderr, self._hear("standard error"))))
        self._hear_log()
        self._hear_warnings()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def take(self) -> list[tuple[str, str]]:
        """The texts that were collected since the last time."""
        heard, self.texts = self.texts, []
        return heard

    def _hear(self, where: str) -> _Ear:
        return _Ear(where, self)

    def _hear_log(self) -> None:
        root = logging.getLogger()
        before, level = root.handlers[:], root.level
        root.handlers[:] = [_LogEar(self, before, level)]
        root.setLevel(logging.DEBUG)  # debug logs are switched on when something goes wrong, and then kept

        def undo() -> None:
            root.handlers[:] = before
            root.setLevel(level)

        self._stack.callback(undo)

    def _hear_warnings(self) -> None:
        before = warnings.showwarning

        def show(message: Warning | str, *where: Any, **more: Any) -> None:
            self.texts.append(("a warning", str(message)))
            before(message, *where, **more)

        warnings.showwarning = show

        def undo() -> None:
            if warnings.showwarning is show:
                warnings.showwarning = before

        self._stack.callback(undo)


class _Ear:
    def __init__(self, where: str, overheard: Overheard) -> None:
        self._where = where
        self._overheard = overheard

    def hear(self, text: str) -> None:
        self._overheard.texts.append((self._where, text))


class _Tee:
    """A stream that collects what is written to it and passes it on."""

    def __init__(self, stream: TextIO, ear: _Ear) -> None:
        self._stream = stream
        self._ear = ear

    def write(self, text: str) -> int:
        self._ear.hear(text)
        return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _LogEar(logging.Handler):
    """Collects every log record, and passes on those that would have been handled without it."""

    def __init__(self, overheard: Overheard, handlers: Sequence[logging.Handler], level: int) -> None:
        super().__init__()
        self._overheard = overheard
        self._handlers = handlers
        self._level = level

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(Exception):  # a record that cannot be formatted is a bug of the client, but no leak
            self._overheard.texts.append((f"the log ({record.name}, {record.levelname})", record.getMessage()))
        if record.levelno >= self._level:
            for handler in self._handlers:
                if record.levelno >= handler.level:
                    handler.handle(record)


def secrets_of(asked: Asked, seen: Sequence[Seen], more: Mapping[str, str | None]) -> dict[str, str]:
    """The secrets of a call: value -> name. They come from the caller, the requests and the answers."""
    found: dict[str, str] = {}

    def add(name: str, value: Json) -> None:
        for item in value if isinstance(value, list) else (value,):
            if isinstance(item, str) and item not in HARMLESS and _is_secret(name, item):
                found.setdefault(item, name)

    for name, value in [*asked.params.items(), ("access_token", asked.bearer), *more.items()]:
        add(name, value)
    for request in seen:
        for name, value in request.body.params.items():
            add(name, value)
        for name, value in _answered(request).items():
            add(name, value)
    return found


def _is_secret(name: str, value: str) -> bool:
    if name in CODE_FIELDS:
        return len(value) >= _SHORTEST_CODE and len(set(value)) > 1
    return name in SECRET_FIELDS and len(value) >= _SHORTEST_SECRET


def _answered(request: Seen) -> dict[str, Json]:
    with suppress(ValueError):
        body = request.response.json() if request.response.body else None
        objects = body if isinstance(body, list) else [body]
        return {name: value for each in objects if isinstance(each, dict) for name, value in each.items()}
    return {}


def leaks(
    asked: Asked,
    seen: Sequence[Seen],
    outcome: CallOutcome,
    heard: Sequence[tuple[str, str]],
    client: object,
    own: Mapping[str, str | None],
) -> Iterator[Flaw]:
    """MFA401, MFA407: nothing that the client emits during a call contains a secret or a private key."""
    secrets = secrets_of(asked, seen, own)
    operation = seen[-1].operation if seen else asked.operations[0]
    for where, text in [*heard, *_texts(outcome), *_repr(client)]:
        if _PRIVATE_KEY.search(text[:_LONGEST]):
            yield Flaw("MFA407", where, "no private key", "one in PEM or as a JSON Web Key", operation)
            return
        name = _found(text[:_LONGEST], secrets)
        if name is not None:
            yield Flaw("MFA401", where, "no secret", f"the value of {name}", operation)
            return


def _found(text: str, secrets: Mapping[str, str]) -> str | None:
    plain = text if "%" not in text and "+" not in text else f"{text}\n{unquote_plus(text)}"
    for value, name in secrets.items():
        if value in plain and (
            name not in CODE_FIELDS or re.search(rf"(?<![\w.]){re.escape(value)}(?![\w.]*\w)", plain)
        ):
            return name
    return None


def _texts(outcome: CallOutcome) -> Iterator[tuple[str, str]]:
    error: BaseException | None = outcome.error or outcome.stray
    for _ in range(5):
        if error is None:
            return
        for how in (str, repr):
            with suppress(Exception):
                yield f"the text of {type(error).__name__}", how(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _repr(client: object) -> Iterator[tuple[str, str]]:
    with suppress(Exception):
        yield "the repr of the client", repr(client)
