"""One call of the control plane, and the readers of what it carries."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from pytest_auth0_mfa.errors import ConfigurationError, closest
from pytest_auth0_mfa.messages import Json, Request
from pytest_auth0_mfa.spec.factors import CODE_CHANNELS, CodeChannel
from pytest_auth0_mfa.tenant.entities import User
from pytest_auth0_mfa.tenant.policies import POLICIES
from pytest_auth0_mfa.tenant.tenant import Tenant

from .json_node import Node

_END_OF_TIME = 253_402_300_799  # in epoch seconds: 9999-12-31T23:59:59Z
_MOST_TIMES = 10_000
_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_HEADER_VALUE = re.compile(r"[\x20-\x7e]+")

Readers = Mapping[str, Callable[[Node], Any]]


class Refused(Exception):  # noqa: N818 - an answer
    """A call that the control plane does not perform."""

    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = error


@dataclass(frozen=True, slots=True)
class ControlCall:
    """A call that was let in. ``parts`` are the named pieces of the path, decoded."""

    tenant: Tenant
    request: Request
    parts: Mapping[str, str]
    body: Node

    def query(self, *known: str) -> dict[str, str]:
        """The parameters of the query. Refuses unknown ones with the closest known."""
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
        """A user by id or email. Raises LookupError that names the closest."""
        user = self.tenant.users.get(key) or self.tenant.user_by_email(key)
        if user is None:
            emails = [one.email for one in self.tenant.users.values()]
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
    """A whole number of the query."""
    if not (text.isascii() and text.isdigit()):
        raise ConfigurationError(f"{name}={text!r}: expected a whole number")
    return int(text)


def number(node: Node) -> float:
    """A number, whole or not, as large as a time may be."""
    if isinstance(node.value, bool) or not isinstance(node.value, int | float):
        raise node.wrong("a number")
    if not -_END_OF_TIME <= node.value <= _END_OF_TIME:
        raise ConfigurationError(f"{node.path}: expected seconds that end before the year 10000")
    return node.value


def times(node: Node) -> int:
    """How often something happens."""
    if node.count() > _MOST_TIMES:
        raise ConfigurationError(f"{node.path}: expected at most {_MOST_TIMES}")
    return node.count()


def texts(node: Node) -> list[str]:
    """A list of strings."""
    return [item.text() for item in node.items()]


def mapping(node: Node) -> dict[str, Json]:
    """An object of any members."""
    if not isinstance(node.value, dict):
        raise node.wrong("an object")
    return node.value


def numbers_by_channel(node: Node) -> dict[CodeChannel, int]:
    """A number for each channel that sends codes; what is said of one kind of phone message holds for both."""
    given = {name: number.count() for name, number in node.members(CODE_CHANNELS).items()}
    return {channel: given[channel] for channel in CODE_CHANNELS if channel in given}


def policy(node: Node) -> str | dict[str, list[str]]:
    """A policy that needs no code: a name, or an object of audiences and applications."""
    if not isinstance(node.value, dict):
        return node.choice(POLICIES)
    return members(node, {"audiences": texts, "applications": texts})


def headers(node: Node) -> dict[str, str]:
    """An object of strings."""
    if not isinstance(node.value, dict):
        raise node.wrong("an object")
    given = {name: Node(value, f"{node.path}.{name}").text() for name, value in node.value.items()}
    for name, value in given.items():
        if not (_HEADER_NAME.fullmatch(name) and _HEADER_VALUE.fullmatch(value)):
            raise ConfigurationError(f"{node.path}.{name}: expected a header that HTTP can carry, in printable ASCII")
    return given
