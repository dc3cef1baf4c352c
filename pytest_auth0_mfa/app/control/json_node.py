"""Reading JSON that people write: each value knows its path, and errors say path, fact and expectation."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pytest_auth0_mfa.errors import ConfigurationError, closest
from pytest_auth0_mfa.messages import Json

_NAMES = {dict: "an object", list: "a list", str: "a string", bool: "true or false", int: "a number", float: "a number"}


def _name(value: Json) -> str:  # the kind only: the value itself may be a secret
    return "null" if value is None else _NAMES[type(value)]


@dataclass(frozen=True, slots=True)
class Node:
    """A decoded JSON value and where it stands: ``$.users[0].email``."""

    value: Json
    path: str = "$"

    @classmethod
    def load(cls, file: Path) -> Self:
        """The document in ``file``. Raises ConfigurationError that names file, line and column."""
        try:
            return cls(json.loads(file.read_text(encoding="utf-8"), object_pairs_hook=_no_twins))
        except OSError as error:
            raise ConfigurationError(f"{file}: cannot be read: {error.strerror}") from None
        except json.JSONDecodeError as error:
            raise ConfigurationError(f"{file}:{error.lineno}:{error.colno}: not JSON: {error.msg}") from None
        except UnicodeDecodeError as error:
            raise ConfigurationError(f"{file}: not UTF-8 (byte {error.start}); JSON is") from None
        except ConfigurationError as error:
            raise ConfigurationError(f"{file}: {error}") from None
        except (ValueError, RecursionError) as error:  # a number of 5,000 digits, 10,000 brackets
            raise ConfigurationError(f"{file}: JSON that cannot be read: {error}") from None

    def wrong(self, expected: str) -> ConfigurationError:
        """The error for a value of another kind."""
        return ConfigurationError(f"{self.path}: expected {expected}, found {_name(self.value)}")

    def members(self, known: Iterable[str]) -> dict[str, Node]:
        """The members of an object. An unknown key is refused with the closest known one."""
        if not isinstance(self.value, dict):
            raise self.wrong("an object")
        known = tuple(known)
        for key in self.value:
            if key not in known:
                raise ConfigurationError(f"{self.path}: no such key: {key!r}. {closest(key, known)}")
        return {key: Node(value, f"{self.path}.{key}") for key, value in self.value.items()}

    def items(self) -> Iterator[Node]:
        """The items of a list."""
        if not isinstance(self.value, list):
            raise self.wrong("a list")
        return (Node(value, f"{self.path}[{i}]") for i, value in enumerate(self.value))

    def text(self) -> str:
        """A string that is not empty."""
        if not isinstance(self.value, str):
            raise self.wrong("a string")
        if not self.value:
            raise ConfigurationError(f"{self.path}: expected a string that is not empty")
        return self.value

    def flag(self) -> bool:
        """True or false."""
        if not isinstance(self.value, bool):
            raise self.wrong("true or false")
        return self.value

    def count(self) -> int:
        """A whole number of at least 0."""
        if isinstance(self.value, bool) or not isinstance(self.value, int) or self.value < 0:
            raise self.wrong("a whole number of at least 0")
        return self.value

    def choice(self, known: Iterable[str]) -> str:
        """One of the strings ``known``."""
        known = tuple(known)
        if self.text() not in known:
            raise ConfigurationError(f"{self.path}: no such value: {self.value!r}. {closest(self.value, known)}")
        return self.text()


def _no_twins(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members: dict[str, Json] = {}
    for key, value in pairs:
        if key in members:
            raise ConfigurationError(f"the key {key!r} stands twice in one object; keep one")
        members[key] = value
    return members
