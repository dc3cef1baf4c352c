"""The client contract accuses no right client, in process and over HTTPS, sync and async."""

from __future__ import annotations

import subprocess
import sys
import time
from random import Random
from typing import Any

import httpx
import pytest
from client_zoo.entries import bench_for
from client_zoo.httpx_client import HttpxClient
from client_zoo.other_process import OtherProcess
from client_zoo.requests_client import RequestsClient
from client_zoo.right import DecidingClient, PollingClient
from client_zoo.unusual import UNUSUAL, Unlabelled
from helpers.amounts import examples

from pytest_auth0_mfa import ContractViolation, Tenant
from pytest_auth0_mfa.contract import ClientContract
from pytest_auth0_mfa.contract.client import machine
from pytest_auth0_mfa.contract.client.calling import NotCovered
from pytest_auth0_mfa.contract.client.flows import scenarios
from pytest_auth0_mfa.contract.client.run import SERVER, ClientRun
from pytest_auth0_mfa.contract.client.walk import start_of
from pytest_auth0_mfa.transports.server import Server


def without_tls() -> httpx.AsyncClient:
    """A client for runs in process, where nothing is encrypted: reading certificates takes 20 ms."""
    return httpx.AsyncClient(verify=False)


class TestRequestsInProcess(ClientContract):
    reach = "in_process"

    def make_client(self, tenant: Tenant) -> RequestsClient:
        return RequestsClient(tenant.domain, tenant.client_id, tenant.client_secret)


class TestSignIn(ClientContract):
    reach = "in_process"
    polls = True

    def make_client(self, tenant: Tenant) -> DecidingClient:
        return DecidingClient(tenant.domain, tenant.client_id, tenant.client_secret)


class TestHttpxInProcess(ClientContract):
    """The machine only: `TestHttpxOverServer` plays every scenario on httpx, others in process."""

    reach = "in_process"
    test_scenario = None  # type: ignore[assignment]

    async def make_client(self, tenant: Tenant) -> HttpxClient:
        return HttpxClient(without_tls(), tenant.domain, tenant.client_id, tenant.client_secret)


class TestRequestsOverServer(ClientContract):
    """The machine only: `TestRequestsInProcess` plays every scenario on requests, others over the server."""

    test_scenario = None  # type: ignore[assignment]

    def make_client(self, tenant: Tenant) -> RequestsClient:
        return RequestsClient(tenant.domain, tenant.client_id, tenant.client_secret)


class TestPollingOverServer(ClientContract):
    polls = True

    def make_client(self, tenant: Tenant) -> PollingClient:
        return PollingClient(tenant.domain, tenant.client_id, tenant.client_secret)


class TestHttpxOverServer(ClientContract):
    async def make_client(self, tenant: Tenant) -> HttpxClient:
        return HttpxClient(httpx.AsyncClient(), tenant.domain, tenant.client_id, tenant.client_secret)


@pytest.mark.parametrize("client", UNUSUAL, ids=lambda client: client.__name__)
def test_unusual_clients_are_not_accused(client: type[RequestsClient]) -> None:
    """Basic, forms, nulls, wrapped tokens, polite retries: none is a finding."""
    polls = issubclass(client, PollingClient)
    played = 0
    for name, scenario in scenarios().items():
        run = bench_for(client, name, polls=polls)
        if not scenario.fits(run.reach, polls):
            continue
        try:
            scenario.run(run)
            played += 1
        except NotCovered:
            continue
    assert played > 20
    machine.play_walks(bench_for(client, "machine", polls=polls), 15)


def test_scenarios_have_one_order() -> None:
    """Whoever imported one of their modules before: a seed, a worker of pytest-xdist and a report rely on it."""
    package = "pytest_auth0_mfa.contract.client"
    program = f"import {package}.flows.sign_in; from {package}.flows import scenarios; print(*scenarios())"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said.split() == list(scenarios())


def test_what_is_disputed_is_observed() -> None:
    """JSON without its label at /mfa/challenge is observed, and fails nothing."""
    run = bench_for(Unlabelled, "email-challenge")
    scenarios()["email-challenge"].run(run)
    assert {fault.finding for fault in run.observed} == {"MFA104"}


def test_uncovered_methods_are_noted() -> None:
    """A method that raises NotImplementedError ends its scenario, and the machine goes on without it."""

    class Client(RequestsClient):
        def challenge(self, *args: Any, **more: Any) -> Any:
            raise NotImplementedError

    run = bench_for(Client, "email-challenge")
    with pytest.raises(NotCovered, match=r"does not implement challenge"):
        scenarios()["email-challenge"].run(run)
    machine.play_walks(run, 10)
    assert run.uncovered == {"challenge"}
    assert {"log_in", "verify_otp"} <= run.covered


@pytest.mark.nightly
@pytest.mark.parametrize("client", [RequestsClient, DecidingClient], ids=lambda client: client.__name__)
def test_a_thousand_examples_find_nothing_on_requests(client: type[RequestsClient]) -> None:
    """The right client on requests passes 1,000 walks."""
    run = bench_for(client, "machine", polls=issubclass(client, PollingClient))
    machine.play_walks(run, examples(1000))
    assert run.examples >= examples(1000)


@pytest.mark.nightly
def test_a_thousand_examples_find_nothing_on_httpx() -> None:
    """The right async client on httpx passes 1,000 walks."""
    run = bench_for(lambda *application: HttpxClient(without_tls(), *application), "machine")
    machine.play_walks(run, examples(1000))
    assert run.examples >= examples(1000)


@pytest.mark.parametrize("scenario", scenarios().values(), ids=scenarios())
def test_each_scenario_says_what_it_is(scenario: Any) -> None:
    """Scenarios have a sentence each."""
    assert scenario.text.endswith(".")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["email-enroll", "push-polled-until-approved", "push-polled-until-rejected"])
def test_a_client_of_another_process_polls_in_real_time(name: str) -> None:
    """Its time is not ours: it really waits between two polls, and nothing is found."""
    with Server() as server:
        run = ClientRun("Other", name, lambda tenant: OtherProcess(), server.serving, reach=SERVER, polls=True)
        began = time.monotonic()
        scenarios()[name].run(run)
        assert name == "email-enroll" or time.monotonic() - began > 4
    assert run.uncovered <= {"verify_recovery_code", "delete_authenticator", "sign_in"}


@pytest.mark.parametrize("needed", [{4}, {0, 4}, {1, 3, 4}, {0, 1, 2, 3, 4}])
def test_a_finding_is_shown_with_the_steps_it_needs(needed: set[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of the others is left out; another finding on the way is not taken for it."""

    def played(run: ClientRun, start: object, steps: list[Any]) -> ContractViolation | None:
        finding = "MFA210" if needed <= set(steps) else "MFA101"
        return ContractViolation(str(steps), finding=finding, operation="challenge")

    monkeypatch.setattr(machine, "played", played)
    steps: list[Any] = [0, 1, 2, 3, 4]
    found = ContractViolation(str(steps), finding="MFA210", operation="challenge")
    shorter = machine.reduced(bench_for(RequestsClient, "machine"), start_of(Random(0)), steps, found)
    assert (shorter.finding, str(shorter)) == ("MFA210", str(sorted(needed)))
