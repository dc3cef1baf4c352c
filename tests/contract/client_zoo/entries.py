"""A broken client, the finding that names its fault, and how the contract is run over it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from client_zoo.requests_client import RequestsClient
from client_zoo.right import PollingClient
from pytest_auth0_mfa import Tenant
from pytest_auth0_mfa.contract.client import walk
from pytest_auth0_mfa.contract.client.calling import NotCovered
from pytest_auth0_mfa.contract.client.contract import in_process
from pytest_auth0_mfa.contract.client.flows import scenarios
from pytest_auth0_mfa.contract.client.run import IN_PROCESS, SERVER, ClientRun
from pytest_auth0_mfa.contract.findings.violation import ContractViolation
from pytest_auth0_mfa.transports.server import Server

Client = type[RequestsClient]


@dataclass(frozen=True, slots=True)
class Entry:
    """One broken client."""

    name: str
    client: Client
    finding: str
    polls: bool
    reach: str = IN_PROCESS
    dpop: bool = False


ENTRIES: list[Entry] = []
TENANTS: list[Tenant] = []
"""Every tenant that a client of the zoo was made for; the last one is the one of the finding."""


def broken(
    finding: str, *, polls: bool | None = None, reach: str = IN_PROCESS, dpop: bool = False
) -> Callable[[Client], Client]:
    """Add a client to the zoo; ``polls`` says what its contract class would say, by default what it does."""

    def add(client: Client) -> Client:
        does = issubclass(client, PollingClient) if polls is None else polls
        ENTRIES.append(Entry(client.__name__, client, finding, does, reach, dpop))
        return client

    return add


def bench_for(
    client: Callable[[str, str, str | None], object],
    test: str,
    *,
    polls: bool = False,
    server: Server | None = None,
    dpop: bool = False,
) -> ClientRun:
    """What a contract class would make for a test of this client, in process."""

    def make(tenant: Tenant) -> object:
        TENANTS.append(tenant)
        return client(tenant.domain, tenant.client_id, tenant.client_secret)

    if server is not None:
        return ClientRun("Zoo", test, make, server.serving, reach=SERVER, polls=polls, dpop=dpop)
    return ClientRun("Zoo", test, make, in_process, polls=polls, dpop=dpop)


def leaked(text: str, tenant: Tenant) -> list[str]:
    """Which kinds of secrets of a tenant a text holds."""
    tokens = tenant.tokens
    kinds: dict[str, list[str | None]] = {
        "password": [user.password for user in tenant.users.values()],
        "username": [user.email for user in tenant.users.values()],
        "token": [*tokens.mfa, *tokens.access, *tokens.refresh, *tenant.challenges],
        "phone number": [user.phone_number for user in tenant.users.values()],
        "client_secret": [tenant.client_secret],
        "recovery code": [user.recovery_code for user in tenant.users.values()],
        "totp secret": [entry.secret for user in tenant.users.values() for entry in user.entries],
    }
    found = [kind for kind, values in kinds.items() if any(value and value in text for value in values)]
    codes = {message.code for message in tenant.outbox if message.code} - {"000000"}
    return found + ["code" for code in codes if re.search(rf"\b{code}\b", text)]


def first_finding(entry: Entry, *, examples: int = 50) -> ContractViolation | None:
    """The first finding of all scenarios and then the machine; None when there is none."""
    if entry.reach == SERVER:
        with Server() as server:
            return _first(entry, examples, server)
    return _first(entry, examples, None)


def _first(entry: Entry, examples: int, server: Server | None) -> ContractViolation | None:
    for name, scenario in scenarios().items():
        run = bench_for(entry.client, name, polls=entry.polls, server=server, dpop=entry.dpop)
        if not scenario.fits(run.reach, run.polls, run.dpop):
            continue
        try:
            scenario.run(run)
        except NotCovered:
            continue
        except ContractViolation as violation:
            return violation
    try:
        run = bench_for(entry.client, "machine", polls=entry.polls, server=server, dpop=entry.dpop)
        walk.play_walks(run, examples, shorten=False)
    except ContractViolation as violation:
        return violation
    return None
