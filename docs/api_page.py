"""The page of the classes that a test has in its hands, from their signatures and docstrings."""

from __future__ import annotations

import inspect
import itertools
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from types import FunctionType

import pytest_auth0_mfa
from pytest_auth0_mfa.tenant.journal import Calls
from pytest_auth0_mfa.tenant.outbox import Outbox, Push

_CLASSES: dict[type, str] = {
    pytest_auth0_mfa.Tenant: "What `auth0_mfa` and `auth0_mfa_server` are. Its attributes are the keywords below; "
    "`factors`, `policy` and `profile` can be changed at any time. More: `outbox`, `push`, `calls`, `users` (by id), "
    "`applications` (by client_id), `ca_file` and `control_token` (both None in process).",
    pytest_auth0_mfa.User: "Made by `tenant.add_user()`. Attributes: `id`, `email`, `email_verified`, `password`, "
    "`phone_number`, `mfa`, `blocked`.",
    pytest_auth0_mfa.Authenticator: "Made by `user.enroll()`, and by the application under test. Attributes: `id`, "
    "`factor`, `active`, `secret`.",
    pytest_auth0_mfa.Clock: "`tenant.clock`.",
    Outbox: "`tenant.outbox`.",
    pytest_auth0_mfa.Message: "What is in the outbox.",
    Push: "`tenant.outbox`.",
    Calls: "`tenant.calls`.",
    pytest_auth0_mfa.Call: "What is in the journal.",
    pytest_auth0_mfa.Request: "",
    pytest_auth0_mfa.Response: "",
    pytest_auth0_mfa.Profile: "Its fields are on [a page of their own](profile.md).",
}
_FOR_THE_MODEL = {
    "Tenant": {"enroll", "add_refresh_token", "refusal", "implicit_email", "signer", "demands_mfa", "check_message"},
    "Outbox": {"send", "provider_fails", "failing"},
    "Push": {"after", "clear", "open_requests"},
    "Calls": {"append"},
}
"""Public inside the package, not for tests."""


def page(note: str) -> Iterator[str]:
    """The lines of the page."""
    yield from ("# What a test has in its hands", "", note, "")
    yield "Everything is imported from `pytest_auth0_mfa`; importing the package itself loads nothing."
    for kind, text in _CLASSES.items():
        yield from ("", f"## {kind.__name__}", "", " ".join(filter(None, (_doc(kind), text))))
        if kind is not pytest_auth0_mfa.Profile:
            yield from _constructor(kind)
        if is_dataclass(kind) and kind is not pytest_auth0_mfa.Profile:
            yield from ("", f"Fields: {', '.join(f'`{field.name}`' for field in fields(kind))}.")
        rows = list(_members(kind))
        if rows:
            yield from ("", "| member | what it does |", "| --- | --- |", *rows)
    yield from ("", "## Functions", "", "| function | what it does |", "| --- | --- |")
    for name in ("handler", "in_process", "serve"):
        yield _row(name, getattr(pytest_auth0_mfa, name))
    yield from ("", "## Exceptions", "", "```text", *_tree(), "```")


def _constructor(kind: type) -> Iterator[str]:
    if kind is pytest_auth0_mfa.Tenant:
        parameters = inspect.signature(kind).parameters.values()
        yield from ("", "| keyword | default |", "| --- | --- |")
        yield from (f"| `{p.name}: {_bars(str(p.annotation))}` | `{p.default!r}` |" for p in parameters)


def _members(kind: type) -> Iterator[str]:
    hidden = _FOR_THE_MODEL.get(kind.__name__, set())
    parts = [base for base in kind.__mro__[1:] if base.__module__.startswith("pytest_auth0_mfa.tenant.")]
    for name, member in itertools.chain.from_iterable(vars(part).items() for part in (*parts, kind)):
        if name.startswith("_") or name in hidden:
            continue
        if isinstance(member, property):
            yield f"| `{name}` | {_doc(member)} |"
        elif isinstance(member, FunctionType | classmethod):
            yield _row(name, getattr(kind, name))


def _row(name: str, function: object) -> str:
    signature = str(inspect.signature(function)) if callable(function) else ""
    short = re.sub(r"^\((?:self, |self(?=\)))?", "(", signature)
    short = re.sub(r"(: |-> )'([^']*)'", r"\1\2", short)  # annotations are strings
    return f"| `{name}{_bars(short)}` | {_doc(function)} |"


def _bars(text: str) -> str:
    return text.replace("|", "\\|")


def _doc(thing: object) -> str:
    text = " ".join((inspect.getdoc(thing) or "").replace("``", "`").split())
    return _bars(re.sub(r"See `(\w+)\.(\w+)`\.", r"See `\1.\2`.", text))


def _tree() -> Iterator[str]:
    """The drawing in the docstring of `errors`."""
    from pytest_auth0_mfa import errors

    lines = (errors.__doc__ or "").split("::\n\n", 1)[1].splitlines()
    yield from (line.removeprefix("    ") for line in lines if line.strip())
