"""One call of the control plane, and readers for JSON that people write: errors name the path and what is
expected."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs

from pytest_auth0_mfa.errors import ConfigurationError, closest
from pytest_auth0_mfa.messages import Json, Request
from pytest_auth0_mfa.spec.factors import CODE_CHANNELS, CodeChannel
from pytest_auth0_mfa.tenant.entities import User
from pytest_auth0_mfa.tenant.policies import POLICIES
from pytest_auth0_mfa.tenant.tenant import Tenant

_NAMES = {dict: "an object", list: "a list", str: "a string", bool: "true or false", int: "a number", float: "a number"}


def _name(value: Json) -> str:  # only the type: the value may be a secret
    return "null" if value is None else _NAMES[type(value)]


@dataclass(frozen=True, slots=True)
class Node:
    """A decoded JSON value and its path: ``$.users[0].email``."""

    value: Json
    path: str = "$"

    @classmethod
    def load(cls, file: Path) -> Self:
        """Read a JSON file. Raises ConfigurationError, which names the file, and the line and column of an error in
        it."""
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
        except (ValueError, RecursionError) as error:  # a number with 5,000 digits, or 10,000 nested brackets
            raise ConfigurationError(f"{file}: JSON that cannot be read: {error}") from None

    def wrong(self, expected: str) -> ConfigurationError:
        """The error for a value that is not what was expected."""
        return ConfigurationError(f"{self.path}: expected {expected}, found {_name(self.value)}")

    def members(self, known: Iterable[str]) -> dict[str, Node]:
        """The members of an object. Raises ConfigurationError for an unknown key, and suggests the closest."""
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


_END_OF_TIME = 253_402_300_799  # in epoch seconds: 9999-12-31T23:59:59Z
_MOST_TIMES = 10_000
_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_HEADER_VALUE = re.compile(r"[\x20-\x7e]+")

Readers = Mapping[str, Callable[[Node], Any]]


class Refused(Exception):  # noqa: N818 - an answer
    """Raised for a call that the control plane refuses."""

    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = error


@dataclass(frozen=True, slots=True)
class ControlCall:
    """A call that passed the checks. ``parts`` are the parameters of its path, decoded."""

    tenant: Tenant
    request: Request
    parts: Mapping[str, str]
    body: Node

    def query(self, *known: str) -> dict[str, str]:
        """The parameters of the query. Raises ConfigurationError for an unknown one, and suggests the closest."""
        given = parse_qs(self.request.path.partition("?")[2])
        for name in given:
            if name not in known:
                raise ConfigurationError(f"no such parameter of the query: {name!r}. {closest(name, known)}")
        return {name: values[-1] for name, values in given.items()}

    def members(self, readers: Readers, *required: str) -> dict[str, Any]:
        """The members of the body, each read by the reader of its key."""
        return members(self.body, readers, *required)

    def user(self) -> User:
        """The user that the path names by id or email."""
        return self.user_of(self.parts["user"])

    def user_of(self, key: str) -> User:
        """A user by id or email. Raises LookupError, which suggests the closest."""
        user = self.tenant.users.get(key) or self.tenant.user_by_email(key)
        if user is None:
            emails = [known_user.email for known_user in self.tenant.users.values()]
            raise LookupError(f"there is no user {key!r}. {closest(key, [*emails, *self.tenant.users])}".strip())
        return user


def members(node: Node, readers: Readers, *required: str) -> dict[str, Any]:
    """The members of an object, each read by the reader of its key."""
    given = node.members(readers)
    for name in required:
        if name not in given:
            raise ConfigurationError(f"{node.path}.{name} is missing")
    return {name: readers[name](member) for name, member in given.items()}


def whole_number(text: str, name: str) -> int:
    """A whole number from the query. Raises ConfigurationError."""
    if not (text.isascii() and text.isdigit()):
        raise ConfigurationError(f"{name}={text!r}: expected a whole number")
    return int(text)


def number(node: Node) -> float:
    """A number of seconds, small enough for a time before the year 10000."""
    if isinstance(node.value, bool) or not isinstance(node.value, int | float):
        raise node.wrong("a number")
    if not -_END_OF_TIME <= node.value <= _END_OF_TIME:
        raise ConfigurationError(f"{node.path}: expected seconds that end before the year 10000")
    return node.value


def times(node: Node) -> int:
    """A number of repetitions: a whole number within a bound."""
    if node.count() > _MOST_TIMES:
        raise ConfigurationError(f"{node.path}: expected at most {_MOST_TIMES}")
    return node.count()


def texts(node: Node) -> list[str]:
    """A list of strings."""
    return [item.text() for item in node.items()]


def mapping(node: Node) -> dict[str, Json]:
    """An object with any members."""
    if not isinstance(node.value, dict):
        raise node.wrong("an object")
    return node.value


def flags(node: Node) -> dict[str, bool]:
    """An object of any names, with true or false for each."""
    return {name: flag.flag() for name, flag in node.members(mapping(node)).items()}


def numbers_by_channel(node: Node) -> dict[CodeChannel, int]:
    """A number for some of the channels that send codes. A number for sms or voice applies to both."""
    given = {name: number.count() for name, number in node.members(CODE_CHANNELS).items()}
    return {channel: given[channel] for channel in CODE_CHANNELS if channel in given}


def policy(node: Node) -> str | dict[str, list[str]]:
    """A policy that is not a function: a name, or an object with audiences and applications."""
    if not isinstance(node.value, dict):
        return node.choice(POLICIES)
    return members(node, {"audiences": texts, "applications": texts})


def headers(node: Node) -> dict[str, str]:
    """HTTP headers: an object of strings."""
    if not isinstance(node.value, dict):
        raise node.wrong("an object")
    given = {name: Node(value, f"{node.path}.{name}").text() for name, value in node.value.items()}
    for name, value in given.items():
        if not (_HEADER_NAME.fullmatch(name) and _HEADER_VALUE.fullmatch(value)):
            raise ConfigurationError(f"{node.path}.{name}: expected a header that HTTP can carry, in printable ASCII")
    return given
