"""The client contract accuses no right client, in process and over HTTPS, sync and async."""

from __future__ import annotations

import asyncio
import http.client
import os
import ssl
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

import anyio.to_thread
import httpx
import pytest
import requests
import urllib3
from client_zoo.account_client import AccountClient, AsyncAccountClient, list_in
from client_zoo.binding import AsyncBindingClient, BindingClient
from client_zoo.careful import CAREFUL, Mixed
from client_zoo.careful_account import CAREFUL_ACCOUNT
from client_zoo.careful_bound import CAREFUL_BOUND, ForgetsNonces
from client_zoo.entries import bench_for
from client_zoo.httpx_client import HttpxClient
from client_zoo.other_process import OtherProcess
from client_zoo.requests_client import RequestsClient
from client_zoo.right import DecidingClient, PollingClient
from client_zoo.unusual import UNUSUAL, Unlabelled
from helpers.amounts import every, examples

from pytest_auth0_mfa import ContractViolation, Tenant
from pytest_auth0_mfa.contract import ClientContract
from pytest_auth0_mfa.contract.client import walk
from pytest_auth0_mfa.contract.client.adapter import AuthError
from pytest_auth0_mfa.contract.client.asked import OPERATIONS_OF
from pytest_auth0_mfa.contract.client.calling import NotCovered
from pytest_auth0_mfa.contract.client.example import ClientExample
from pytest_auth0_mfa.contract.client.flows import scenarios
from pytest_auth0_mfa.contract.client.judged import Stopped
from pytest_auth0_mfa.contract.client.run import SERVER, ClientRun
from pytest_auth0_mfa.contract.client.worlds import ALL, DOCUMENTED, readable
from pytest_auth0_mfa.contract.coverage import BEYOND_CLIENTS, beyond_clients
from pytest_auth0_mfa.spec.operations import OPERATIONS
from pytest_auth0_mfa.spec.profile import Profile
from pytest_auth0_mfa.transports.certificates import one_trusted_certificate
from pytest_auth0_mfa.transports.server import Server


def without_tls() -> httpx.AsyncClient:
    """A client for runs in process, where nothing is encrypted: reading certificates takes 20 ms."""
    return httpx.AsyncClient(verify=False)


class SlowMachine(ClientContract):
    """Only the scenarios are quick: for every change `TestHttpxOverServer` plays the machine."""

    @pytest.mark.slow
    def test_machine(self) -> None:
        super().test_machine()


class TestRequestsInProcess(SlowMachine):
    reach = "in_process"

    def make_client(self, tenant: Tenant) -> AccountClient:
        return AccountClient(tenant.domain, tenant.client_id, tenant.client_secret)


class TestSignIn(SlowMachine):
    reach = "in_process"
    polls = True

    def make_client(self, tenant: Tenant) -> DecidingClient:
        return DecidingClient(tenant.domain, tenant.client_id, tenant.client_secret)


@pytest.mark.slow
class TestHttpxInProcess(ClientContract):
    """The machine only: `TestHttpxOverServer` plays every scenario on httpx, others in process."""

    reach = "in_process"
    test_scenario = None  # type: ignore[assignment]

    async def make_client(self, tenant: Tenant) -> HttpxClient:
        return HttpxClient(without_tls(), tenant.domain, tenant.client_id, tenant.client_secret)


@pytest.mark.slow
class TestRequestsOverServer(ClientContract):
    """The machine only: `TestRequestsInProcess` plays every scenario on requests, others over the server."""

    test_scenario = None  # type: ignore[assignment]

    def make_client(self, tenant: Tenant) -> RequestsClient:
        return RequestsClient(tenant.domain, tenant.client_id, tenant.client_secret)


class TestPollingOverServer(SlowMachine):
    polls = True

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Where a push request is polled, this client waits in real time; in process `TestSignIn` plays the same."""
        if "scenario" in metafunc.fixturenames:
            names = [name for name, scenario in scenarios().items() if scenario.fits(self.reach, self.polls)]
            slow = {name: pytest.mark.slow for name in names if name.startswith("push-polled")}
            metafunc.parametrize("scenario", [pytest.param(name, marks=slow.get(name, ())) for name in names])

    def make_client(self, tenant: Tenant) -> PollingClient:
        return PollingClient(tenant.domain, tenant.client_id, tenant.client_secret)


class TestHttpxOverServer(ClientContract):
    async def make_client(self, tenant: Tenant) -> AsyncAccountClient:
        return AsyncAccountClient(httpx.AsyncClient(), tenant.domain, tenant.client_id, tenant.client_secret)


class OnlyBound(ClientContract):
    """The scenarios of bound tokens; the others, and the machine, `test_unusual_clients_are_not_accused` plays."""

    __test__ = False
    dpop = True
    test_machine = None  # type: ignore[assignment]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "scenario" in metafunc.fixturenames:
            bound = [name for name, scenario in scenarios().items() if scenario.dpop]
            metafunc.parametrize(
                "scenario", [name for name in bound if scenarios()[name].fits(self.reach, self.polls, dpop=True)]
            )


class TestBoundInProcess(OnlyBound):
    __test__ = True
    reach = "in_process"

    def make_client(self, tenant: Tenant) -> AsyncBindingClient:
        return AsyncBindingClient(tenant.domain, tenant.client_id, tenant.client_secret)


@pytest.mark.slow
class TestBoundOverServer(OnlyBound):
    __test__ = True

    def make_client(self, tenant: Tenant) -> BindingClient:
        return BindingClient(tenant.domain, tenant.client_id, tenant.client_secret)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One server for the tests of this module."""
    with Server() as server:
        yield server


RIGHT = {client.__name__: client for client in (*UNUSUAL, *CAREFUL, *CAREFUL_ACCOUNT, *CAREFUL_BOUND)}


def binds(client: Any) -> bool:
    """Whether a client binds its tokens to a key, which its contract class would say."""
    return isinstance(client, type) and issubclass(client, (BindingClient, AsyncBindingClient))


@pytest.mark.parametrize("right", every(12, RIGHT, ()))
def test_unusual_clients_are_not_accused(right: str) -> None:
    """Basic, forms, nulls, wrapped tokens, polite retries: none is a finding."""
    client = RIGHT[right]
    polls, dpop = issubclass(client, PollingClient), binds(client)
    played = 0
    for name, scenario in scenarios().items():
        run = bench_for(client, name, polls=polls, dpop=dpop)
        if not scenario.fits(run.reach, polls, dpop):
            continue
        try:
            scenario.run(run)
            played += 1
        except NotCovered:
            continue
    assert played > 20
    walk.play_walks(bench_for(client, "machine", polls=polls, dpop=dpop), 15)


def test_scenarios_have_one_order() -> None:
    """Whoever imported one of their modules before: a seed, a worker of pytest-xdist and a report rely on it."""
    package = "pytest_auth0_mfa.contract.client"
    program = f"import {package}.flows.trouble; from {package}.flows import scenarios; print(*scenarios())"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said.split() == list(scenarios())


class MakesATlsContext(RequestsClient):
    """Makes a context of its own, as httpx does whenever a client is made."""

    trusted: ClassVar[list[int]] = []

    def __init__(self, *application: Any) -> None:
        super().__init__(*application)
        self.trusted.append(len(ssl.create_default_context().get_ca_certs()))


def test_a_tls_context_costs_little_in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that makes one reads one certificate and not the machine's store, which is named again afterwards."""
    named = one_trusted_certificate()
    monkeypatch.setenv("SSL_CERT_FILE", "/mine.pem")
    scenarios()["wrong-code"].run(bench_for(MakesATlsContext, "wrong-code"))
    assert set(MakesATlsContext.trusted) == {0 if named is None else 1}
    assert os.environ["SSL_CERT_FILE"] == "/mine.pem"


def test_what_is_disputed_is_observed() -> None:
    """JSON without its label at /mfa/challenge is observed, and fails nothing."""
    run = bench_for(Unlabelled, "email-challenge")
    scenarios()["email-challenge"].run(run)
    assert {fault.finding for fault in run.observed} == {"MFA104"}


def test_a_forgotten_nonce_is_observed() -> None:
    """A client that meets each demand anew is right, and makes each call twice."""
    run = bench_for(ForgetsNonces, "dpop-nonce", dpop=True)
    scenarios()["dpop-nonce"].run(run)
    assert {fault.finding for fault in run.observed} == {"MFA243"}
    run = bench_for(BindingClient, "dpop-nonce", dpop=True)
    scenarios()["dpop-nonce"].run(run)
    assert run.observed == []


class Impatient(RequestsClient):
    """Repeats what failed at the server, lets its library follow redirects, and waits without end."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        request = self.session.request
        self.session.request = lambda *a, **m: request(*a, **{**m, "timeout": None})  # type: ignore[method-assign]

    def call(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Any:
        try:
            return super().call(method, path, body, token=token)
        except AuthError as error:
            if error.status != 500:
                raise
            return super().call(method, path, body, token=token)


@pytest.mark.parametrize("reach", ["in_process", "server"])
def test_what_is_no_clear_fault_is_observed(reach: str, server: Server) -> None:
    """A repetition after a 500, a body that follows a 307 and a missing timeout are observed, and fail nothing."""
    run = bench_for(Impatient, "trouble-at-challenge", server=server if reach == "server" else None)
    scenarios()["trouble-at-challenge"].run(run)
    assert {fault.finding for fault in run.observed} == {"MFA306", "MFA403", "MFA405"}


class Patient(HttpxClient):
    """Waits for an answer for as long as it takes."""

    def __init__(self, *application: Any) -> None:
        super().__init__(httpx.AsyncClient(timeout=None, verify=False), *application)


class OnUrllib3(RequestsClient):
    """Sends with urllib3 itself."""

    limit: float | urllib3.Timeout | None = None
    asked: Mapping[str, Any] = {}

    def __init__(self, *application: Any) -> None:
        super().__init__(*application)
        self.session.request = self.request  # type: ignore[method-assign, assignment]

    def request(self, method: str, url: str, json: Any = None, headers: Any = None, timeout: Any = None) -> Any:
        pool = urllib3.PoolManager(ca_certs=os.environ.get("REQUESTS_CA_BUNDLE"), timeout=self.limit, retries=False)
        try:
            made = pool.request(method, url, json=json, headers=headers, **self.asked)
        except urllib3.exceptions.HTTPError as error:
            raise requests.ConnectionError from error
        answer = requests.Response()
        answer.status_code, answer._content = made.status, made.data
        return answer


class OnUrllib3WithATimeout(OnUrllib3):
    """And gives up after ten seconds."""

    limit = 10.0


class OnUrllib3WithATotal(OnUrllib3):
    """And gives up after ten seconds, the time to connect among them."""

    limit = urllib3.Timeout(total=10)


class OnUrllib3WithoutThePoolsTimeout(OnUrllib3WithATimeout):
    """And does not give up: each request says so."""

    asked: Mapping[str, Any] = {"timeout": None}


@pytest.mark.parametrize("reach", ["in_process", "server"])
@pytest.mark.parametrize(
    ("client", "observed"),
    [
        (Patient, True),
        (OnUrllib3, True),
        (OnUrllib3WithATimeout, False),
        (OnUrllib3WithATotal, False),
        (OnUrllib3WithoutThePoolsTimeout, True),
        (RequestsClient, False),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_a_missing_timeout_is_seen_of_each_library(client: Any, observed: bool, reach: str, server: Server) -> None:
    """In process the tenant is silent for half an hour; over a server the library's settings tell."""
    name = "trouble-silence" if reach == "in_process" else "email-challenge"
    run = bench_for(client, name, server=server if reach == "server" else None)
    if client is Patient and reach == "server":
        run.make_client = lambda tenant: HttpxClient(
            httpx.AsyncClient(timeout=None), tenant.domain, tenant.client_id, tenant.client_secret
        )
    scenarios()[name].run(run)
    assert {fault.finding for fault in run.observed} == ({"MFA405"} if observed else set())


class SharesATokenBetweenAwaits(HttpxClient):
    """Reads the bearer token from the client once the request is about to be sent."""

    def __init__(self, *application: Any) -> None:
        super().__init__(httpx.AsyncClient(event_hooks={"request": [self.sign]}), *application)
        self.token = ""

    async def sign(self, request: httpx.Request) -> None:
        await asyncio.sleep(0)
        if "authorization" in request.headers:
            request.headers["Authorization"] = f"Bearer {self.token}"

    async def list_authenticators(self, token: str) -> Any:
        self.token = token
        return await super().list_authenticators(token)


class SetsTheBearerOnTheSession(HttpxClient):
    """Puts the bearer token into the headers that all requests share, and waits before it sends one."""

    def __init__(self, *application: Any) -> None:
        super().__init__(httpx.AsyncClient(), *application)

    async def call(self, method: str, path: str, *, token: str | None = None, **content: Any) -> Any:
        if token is not None:
            self.http.headers["Authorization"] = f"Bearer {token}"
            await asyncio.sleep(0)
        return await super().call(method, path, **content)


@pytest.mark.parametrize("client", [SharesATokenBetweenAwaits, SetsTheBearerOnTheSession])
@pytest.mark.parametrize("reach", ["in_process", "server"])
def test_async_clients_meet_two_users_at_once(client: type[HttpxClient], reach: str, server: Server) -> None:
    """What an async client shares between two awaits is seen, in process and over a server."""
    run = bench_for(client, "two-users-at-once", server=server if reach == "server" else None)
    with pytest.raises(ContractViolation, match="MFA112"):
        scenarios()["two-users-at-once"].run(run)


class OneCoroutineAtATime(HttpxClient):
    """Lets one call wait for the other."""

    def __init__(self, *application: Any) -> None:
        super().__init__(without_tls(), *application)
        self.lock = asyncio.Lock()

    async def call(self, *args: Any, **more: Any) -> Any:
        async with self.lock:
            return await super().call(*args, **more)


class InThreads:
    """Offers a client that blocks as an async one: each call runs in a thread."""

    start: Any = staticmethod(asyncio.to_thread)

    def __init__(self, *application: Any) -> None:
        self.client = AccountClient(*application)

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self.client, name)

        async def called(*args: Any, **more: Any) -> Any:
            return await self.start(partial(method, *args, **more))

        return called


class InThreadsOfAnyio(InThreads):
    start = staticmethod(anyio.to_thread.run_sync)


@pytest.mark.parametrize("client", [InThreads, InThreadsOfAnyio])
@pytest.mark.parametrize("scenario", ["two-users-at-once", "me-two-users-at-once"])
def test_an_async_client_may_use_threads(client: type[InThreads], scenario: str) -> None:
    """Whose requests are whose cannot be told while two calls go on in threads, so that nobody is accused."""
    run = bench_for(client, scenario)
    for _ in range(5):
        scenarios()[scenario].run(run)


def test_an_async_client_may_let_one_call_wait_for_the_other() -> None:
    """It cannot be interleaved, is not accused, and the other call has its end as soon as the first has."""
    run = bench_for(OneCoroutineAtATime, "two-users-at-once")
    began = time.monotonic()
    scenarios()["two-users-at-once"].run(run)
    assert time.monotonic() - began < 15  # and not the 20 s for which a user who waits is waited for
    assert run.coverage.calls["password", "mfa_required", ""] == 2  # the other one is not judged


class KeepsAnAnswerForTheNext(RequestsClient):
    """Puts the answer of a call where that of another user's may be by then."""

    made: Any = None

    def challenge(self, *args: Any, **more: Any) -> Any:
        self.made = None
        made = super().challenge(*args, **more)
        self.made = self.made or made
        return self.made


@pytest.mark.parametrize("reach", ["in_process", "server"])
def test_sync_clients_meet_two_users_at_once(reach: str, server: Server) -> None:
    """What a client shares while a request is under way is seen, in process and over a server."""
    run = bench_for(KeepsAnAnswerForTheNext, "two-users-at-once", server=server if reach == "server" else None)
    with pytest.raises(ContractViolation, match="MFA215"):
        scenarios()["two-users-at-once"].run(run)


@pytest.mark.parametrize("client", [RequestsClient, Mixed], ids=lambda client: client.__name__)
def test_two_users_act_at_once_over_a_server(client: type[RequestsClient], server: Server) -> None:
    """Clients on a library of this process are interleaved over a server too, and right ones are not accused."""
    run = bench_for(client, "two-users-at-once", server=server)
    scenarios()["two-users-at-once"].run(run)
    assert run.coverage.calls["mfa-oob", "success", ""] == 2


def test_a_client_of_another_process_is_not_interleaved(server: Server) -> None:
    """Its adapter may have one pipe for all calls: two at once would be the contract's fault."""
    run = ClientRun("Other", "two-users-at-once", lambda tenant: OtherProcess(), server.serving, reach=SERVER)
    scenarios()["two-users-at-once"].run(run)
    assert run.coverage.calls["password", "mfa_required", ""] == 1


def test_worlds_take_each_alternative_that_a_client_can_read() -> None:
    """Nobody is right by luck: every listed value of each readable field is in a world, the documented ones surely."""
    played = {(name, str(value)) for world in ALL for name, value in world.profile.items()}
    assert {(name, str(value)) for name, values in readable().items() for value in values} <= played
    sure = {(name, str(value)) for world in ALL if not world.guessed for name, value in world.profile.items()}
    assert sure == {(name, str(value)) for name, values in DOCUMENTED.items() for value in values}


class KnowsNoGuess(RequestsClient):
    """Does not know an alternative that is only guessed."""

    def call(self, *args: Any, **more: Any) -> Any:
        try:
            return super().call(*args, **more)
        except AuthError as error:
            if (error.error, error.status) == ("association_required", 400):
                raise AuthError("unexpected_answer") from None
            raise


def test_what_fails_in_a_guessed_world_is_observed() -> None:
    """And with a profile of the consumer's own that says so it is a finding."""
    run = bench_for(KnowsNoGuess, "association-required")
    scenarios()["association-required"].run(run)
    assert {fault.finding for fault in run.observed} == {"MFA206"}
    mine = replace(run, profile=Profile(association_required="400 association_required"), observed=[])
    with pytest.raises(ContractViolation, match="MFA206"):
        scenarios()["association-required"].run(mine)


class ReadsObjectsOnly(AccountClient):
    """Takes the factors from an object, as the OpenAPI file has them."""

    def me_factors(self, token: str) -> Any:
        return list_in("factors", self.page("GET", "/me/v1/factors", token))


def test_the_other_form_of_the_factors_is_observed() -> None:
    """Entry D-39: the array is a finding only with a profile that says so, and a client that reads both has none."""
    run = bench_for(ReadsObjectsOnly, "me-factors")
    scenarios()["me-factors"].run(run)
    assert {fault.finding for fault in run.observed} == {"MFA214"}
    mine = Profile(me_factors_as="array")
    with pytest.raises(ContractViolation, match="MFA214"):
        scenarios()["me-factors"].run(replace(run, profile=mine, observed=[]))
    for name in ("me-factors", "trouble-at-me-factors"):
        both = replace(bench_for(AccountClient, name), profile=mine)
        scenarios()[name].run(both)
        assert not both.observed


@pytest.mark.parametrize(
    "changes",
    [
        {"mfa_token_lifetime": 3600, "oob_code_lifetime": 900},
        {"mfa_token_after_success": "dead", "challenge_replaces_earlier": True, "totp_replay": "accepted"},
        {"wrong_codes": "5/60", "refresh_demands_mfa": "always", "default_authenticator": "newest"},
        {"me_auth_session_lifetime": 900, "me_auth_session_once": False, "me_lists_unconfirmed": False},
        {"me_new_ids": "new", "me_phone_channel": "voice", "me_duplicate_method": "409 A0E-409-0003"},
        {"me_factors_as": "array", "me_masks_addresses": False, "me_push_barcode": "key"},
    ],
    ids=["lives", "reuse", "limits", "sessions of the page", "methods of the page", "answers of the page"],
)
@pytest.mark.slow
def test_no_profile_of_a_consumer_accuses_a_right_client(changes: dict[str, Any]) -> None:
    """Scenarios expect what the default profile says; another one may rightly say something else."""
    for name, scenario in scenarios().items():
        run = replace(bench_for(AccountClient, name), profile=Profile(**changes))
        if scenario.fits(run.reach, run.polls):
            with suppress(NotCovered):
                scenario.run(run)


@pytest.mark.slow
def test_the_rows_without_a_scenario_are_known() -> None:
    """The table of refusals beyond clients names each one that no scenario plays, and none that one does."""
    played: set[tuple[str, str]] = set()
    for client in (AccountClient, DecidingClient, BindingClient):
        polls, dpop = issubclass(client, PollingClient), binds(client)
        for name, scenario in scenarios().items():
            run = bench_for(client, name, polls=polls, dpop=dpop)
            if not scenario.fits(run.reach, polls, dpop) or name.startswith("trouble"):
                continue
            with suppress(NotCovered):
                scenario.run(run)
            played |= {(operation, outcome) for operation, outcome, _ in run.coverage.calls}
    called = {operation for group in OPERATIONS_OF.values() for operation in group}
    for operation in called - {"password-realm"}:  # a client that logs in there meets what others meet at password
        refusals = set(OPERATIONS[operation].refusals)
        never = {refusal for refusal in refusals if (operation, refusal) not in played}
        assert never == refusals & beyond_clients(operation), operation
    known = {refusal for operation in (*called, "userinfo") for refusal in OPERATIONS[operation].refusals}
    assert known >= BEYOND_CLIENTS  # and a curious client, at /userinfo, is led to none of them


def test_uncovered_methods_are_noted() -> None:
    """A method that raises NotImplementedError ends its scenario, and the machine goes on without it."""

    class Client(RequestsClient):
        def challenge(self, *args: Any, **more: Any) -> Any:
            raise NotImplementedError

    run = bench_for(Client, "email-challenge")
    with pytest.raises(NotCovered, match=r"does not implement challenge"):
        scenarios()["email-challenge"].run(run)
    walk.play_walks(run, 10)
    assert run.uncovered == {"challenge"}
    assert {"log_in", "verify_otp"} <= run.covered


def test_a_code_that_was_never_sent_ends_an_example() -> None:
    """The answer to the start is broken, and there is no message to read the code from."""
    with ClientExample(bench_for(RequestsClient, "machine")) as example:
        example.recording.spoil("passwordless-start", "500")
        with pytest.raises(Stopped):
            example.passwordless_code(example.user(), "email")


def test_a_walk_that_cannot_start_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """The libraries that were listened to are as they were."""
    before = requests.adapters.HTTPAdapter.send, http.client.HTTPConnection.putrequest

    def user(*args: Any, **more: Any) -> Any:
        raise RuntimeError("no user")

    monkeypatch.setattr(ClientExample, "user", user)
    with pytest.raises(RuntimeError, match="no user"):
        walk.play_walks(bench_for(RequestsClient, "machine"), 1)
    assert (requests.adapters.HTTPAdapter.send, http.client.HTTPConnection.putrequest) == before


WALKED: dict[str, Any] = {
    **{client.__name__: client for client in (RequestsClient, DecidingClient, PollingClient)},
    "HttpxClient": lambda *application: HttpxClient(without_tls(), *application),
    **RIGHT,
}
"""What makes each right client."""


@pytest.mark.nightly
@pytest.mark.parametrize("name", WALKED)
def test_a_thousand_examples_find_nothing(name: str) -> None:
    """Each right client passes 1,000 walks."""
    make = WALKED[name]
    polls = isinstance(make, type) and issubclass(make, PollingClient)
    run = bench_for(make, "machine", polls=polls, dpop=binds(make))
    walk.play_walks(run, examples(1000))
    assert run.examples >= examples(1000)


@pytest.mark.parametrize("scenario", scenarios().values(), ids=scenarios())
def test_each_scenario_says_what_it_is(scenario: Any) -> None:
    """Scenarios have a sentence each."""
    assert scenario.title.endswith(".")


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


class LosesTheSecondChallenge(RequestsClient):
    """Answers the oob_code of the first challenge of a login for ever."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.first: dict[str, Any] = {}

    def challenge(self, mfa_token: str, *args: Any, **more: Any) -> Any:
        made = super().challenge(mfa_token, *args, **more)
        return self.first.setdefault(mfa_token, made) if "oob_code" in made else made


@pytest.mark.slow
def test_a_finding_is_shown_with_the_calls_it_needs() -> None:
    """Hypothesis leaves out the others: a login and a challenge, before the challenge that is wrong."""
    with pytest.raises(ContractViolation) as caught:
        walk.play_walks(bench_for(LosesTheSecondChallenge, "machine"), 100)
    assert caught.value.finding == "MFA215"
    (after,) = [line for line in str(caught.value).splitlines() if line.startswith("  after:")]
    assert after.count(";") <= 3, after


class WrongOnce(RequestsClient):
    """Is wrong about the first list only, in the whole process: what Hypothesis plays again is right."""

    wrong = True

    def list_authenticators(self, token: str) -> Any:
        rows = super().list_authenticators(token)
        if WrongOnce.wrong and rows:
            WrongOnce.wrong = False
            return rows[1:]
        return rows


def test_a_finding_that_does_not_come_again_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever Hypothesis makes of an example that fails once only."""
    monkeypatch.setattr(WrongOnce, "wrong", True)
    run = replace(bench_for(WrongOnce, "machine"), profile=Profile())  # else the world may be one that is guessed
    with pytest.raises(ContractViolation, match="MFA213"):
        walk.play_walks(run, 100)
