"""The page of the classes that a test has in its hands, from their signatures and docstrings."""

from __future__ import annotations

import ast
import inspect
import itertools
import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from types import FunctionType

import pytest_auth0_mfa
from pytest_auth0_mfa import contract, strategies
from pytest_auth0_mfa.tenant.journal import Calls
from pytest_auth0_mfa.tenant.outbox import Outbox, Push

_CLASSES: dict[type, str] = {
    pytest_auth0_mfa.Tenant: "What `auth0_mfa` and `auth0_mfa_server` are. Its attributes are the keywords below; "
    "`factors`, `policy` and `profile` can be changed at any time. More: `outbox`, `push`, `calls`, `users` (by id), "
    "`applications` (by client_id), `ca_file` and `control_token` (both None in process).",
    pytest_auth0_mfa.User: "Made by `tenant.add_user()`. Attributes: `id`, `email`, `email_verified`, `password`, "
    "`phone_number`, `mfa`, `blocked`, `failed_logins` (ten in a row block the user), `claims` (custom claims of this "
    "user's tokens, by name).",
    pytest_auth0_mfa.Authenticator: "Made by `user.enroll()`, and by the application under test. Attributes: `id`, "
    "`factor`, `active`, `secret`.",
    pytest_auth0_mfa.Clock: "`tenant.clock`.",
    Outbox: "`tenant.outbox`.",
    pytest_auth0_mfa.Message: "The items of `tenant.outbox`.",
    Push: "`tenant.push`.",
    Calls: "`tenant.calls`.",
    pytest_auth0_mfa.Call: "The items of `tenant.calls`.",
    pytest_auth0_mfa.Request: "",
    pytest_auth0_mfa.Response: "",
    pytest_auth0_mfa.Profile: "Its fields are on [a page of their own](profile.md).",
}
_FOR_THE_MODEL = {
    "Tenant": {"enroll", "add_refresh_token", "refusal", "implicit_email", "signer", "check_message", "new_person"}
    | {"check_audience", "demands"},
    "Outbox": {"send", "provider_fails", "failing"},
    "Push": {"after", "clear", "open_requests"},
    "Calls": {"note"},
}
"""Public inside the package, not for tests."""

_CONTRACT: dict[type, str] = {
    contract.TenantContract: "[Judge a handler, fake or tenant of your own](howto-tenant-contract.md).",
    contract.Subject: "Override only the methods that your subject needs.",
    contract.FakeSubject: "A `Subject` with all controls; what `fake_subject` returns.",
    contract.LiveSubject: "A `Subject`; what `live_subject` returns.",
    contract.Person: "What `new_user` returns, and what the other methods of a `Subject` get.",
    contract.Client: "What the methods of a `Subject` that make an application return.",
    contract.ClientContract: "[Is my client right?](howto-client-contract.md)",
    contract.MfaClient: "A Protocol: your adapter need not derive from it.",
    contract.AuthError: "",
    contract.ContractViolation: "",
    contract.FindingKind: "The values of `FINDINGS`.",
}
_ONLY_A_FAKE = (
    *("sent", "sent_count", "fail_message", "other_client", "client_with_grants", "rotating_client"),
    *("demand_in_turn", "block", "delete_user", "public_client", "adopt"),
)
_FOR_THE_RUN = {
    "Subject": {"unplayable", "waits", "start_over", "ready", "plan", "why_unplayable", "measure", "check_drift"}
    | {"expected_profile", "tolerates", "oracle_tenant", *_ONLY_A_FAKE},
    "TenantContract": {"test_scenario", "test_machine"},
    "ClientContract": {"test_scenario", "test_machine", "pytest_generate_tests"},
    "FindingKind": {"headline", "names_field"},
}
"""What the suite itself and live runs need."""


_MEMBERS = ("| member | what it does |", "| --- | --- |")


def page(note: str) -> Iterator[str]:
    """The lines of the page."""
    yield from ("# Tenant and its parts", "", note, "")
    yield "Everything is imported from `pytest_auth0_mfa`; importing the package itself loads nothing."
    for kind, text in _CLASSES.items():
        yield from ("", f"## {kind.__name__}", "", " ".join(filter(None, (_doc(kind), text))))
        if kind is not pytest_auth0_mfa.Profile:
            yield from _constructor(kind)
        if is_dataclass(kind) and kind is not pytest_auth0_mfa.Profile:
            yield from ("", f"Fields: {', '.join(f'`{field.name}`' for field in fields(kind))}.")
        rows = list(_members(kind))
        if rows:
            yield from ("", *_MEMBERS, *rows)
    yield from ("", "## Functions", "", "| function | what it does |", "| --- | --- |")
    for name in ("handler", "in_process", "serve"):
        yield _row(name, getattr(pytest_auth0_mfa, name))
    yield from ("", "## Exceptions", "", "```text", *_tree(), "```")
    yield from _contract()
    yield from _strategies()


def _contract() -> Iterator[str]:
    yield from ("", "## Contracts", "", "Imported from `pytest_auth0_mfa.contract`, with the extra `contract`.")
    for kind, text in _CONTRACT.items():
        yield from ("", f"### {kind.__name__}", "", " ".join(filter(None, (_doc(kind), text))))
        attributes = _attributes(kind)
        if plain := [f"`{name}`" for name, said in attributes.items() if not said]:
            yield from ("", f"Fields: {', '.join(plain)}.")
        rows = [f"| `{name}` | {said} |" for name, said in attributes.items() if said]
        if kind not in (contract.FakeSubject, contract.LiveSubject):
            rows += (row for row in _members(kind) if row.split("`")[1] not in attributes)
        if rows:
            yield from ("", *_MEMBERS, *rows)
        if kind is contract.Subject:
            yield from ("", "What only a fake can do; asked for where `is_real` is `False`:", "", *_MEMBERS)
            yield from (_row(name, getattr(kind, name)) for name in _ONLY_A_FAKE)
    yield from ("", "### Functions and names of contracts", "", "| name | what it is |", "| --- | --- |")
    for name in ("fake_subject", "live_subject", "explain"):
        yield _row(name, getattr(contract, name))
    yield '| `FINDINGS` | All kinds of findings by id, in order: `FINDINGS["MFA104"].title`. |'
    yield "| `Tokens` | The type of what an adapter's methods return: a mapping with those that the tenant answered. |"
    yield (
        "| `Prompt` | The type of `ask` in `sign_in`: "
        "[the kinds of questions and their answers](howto-client-contract.md#the-whole-decision-sign_in). |"
    )


def _strategies() -> Iterator[str]:
    yield from ("", "## Strategies", "", "Imported from `pytest_auth0_mfa.strategies`, with the extra `contract`:")
    yield "[property tests of your own parser](howto-strategies.md)."
    yield from ("", "| name | what it draws |", "| --- | --- |")
    for name in strategies.__all__:
        member = getattr(strategies, name)
        if isinstance(member, type):
            listed = ", ".join(f"`{field.name}`" for field in fields(member)) if is_dataclass(member) else ""
            yield f"| `{name}` | {_doc(member)} Fields: {listed}. |"
        else:
            yield _row(name, member)


def _attributes(kind: type) -> dict[str, str]:
    """The attributes that a text below them describes, and fields without one: what Python does not keep."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    assert isinstance(tree, ast.ClassDef)
    found: dict[str, str] = {}
    made = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "__init__"]
    for body in (tree.body, *(node.body for node in made)):
        for node, below in zip(body, [*body[1:], None], strict=True):
            name = _assigned(node)
            if name.startswith("_") or not name or name in _FOR_THE_RUN.get(kind.__name__, ()):
                continue
            described = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
            if described or is_dataclass(kind) or issubclass(kind, Exception):
                said = str(below.value.value) if described else ""  # type: ignore[union-attr]
                found[name] = _bars(" ".join(said.replace("``", "`").split()))
    return found


def _assigned(node: ast.stmt) -> str:
    targets: Iterable[ast.expr] = ()
    if isinstance(node, ast.AnnAssign):
        targets = (node.target,)
    elif isinstance(node, ast.Assign):
        targets = node.targets
    for target in targets:
        if isinstance(target, ast.Name):
            return target.id
        if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self":
            return target.attr
    return ""


def _constructor(kind: type) -> Iterator[str]:
    if kind is pytest_auth0_mfa.Tenant:
        parameters = inspect.signature(kind).parameters.values()
        yield from ("", "| keyword | default |", "| --- | --- |")
        yield from (f"| `{p.name}: {_bars(str(p.annotation))}` | `{p.default!r}` |" for p in parameters)


def _members(kind: type) -> Iterator[str]:
    hidden = _FOR_THE_MODEL.get(kind.__name__, set()) | _FOR_THE_RUN.get(kind.__name__, set())
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
    short = re.sub(r"frozenset\(\{(.*?)}\)", lambda found: f"{{{', '.join(sorted(found[1].split(', ')))}}}", short)
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
