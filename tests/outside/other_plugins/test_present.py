"""Plugins that are there, alone and all together: every fixture works, and they do what they are installed for."""

from __future__ import annotations

import pytest
from other_plugins.runs import PLUGINS, Runner

EVERY_FIXTURE = """
    import pytest
    from flows import with_httpx, with_requests

    @pytest.mark.parametrize("log_in", [with_requests, with_httpx])
    class TestEveryFixture:
        def test_in_process(self, auth0_mfa, log_in):
            log_in(auth0_mfa)

        def test_served(self, auth0_mfa_server, log_in):
            log_in(auth0_mfa_server)

        def test_made(self, make_auth0_mfa_server, log_in):
            log_in(make_auth0_mfa_server())

        @pytest.mark.auth0_mfa_cassette("log_in")
        def test_recorded(self, auth0_mfa_cassette, log_in):
            log_in(auth0_mfa_cassette)
"""


@pytest.mark.parametrize("plugin", PLUGINS)
def test_every_fixture_works_beside_it(runner: Runner, plugin: str) -> None:
    """Loaded and otherwise left alone, it changes nothing for any fixture."""
    runner.run(EVERY_FIXTURE, plugins=(plugin,)).assert_outcomes(passed=8)


def test_every_fixture_works_beside_all_of_them(runner: Runner) -> None:
    """All at once; pytest-recording refuses to run together with pytest-vcr."""
    together = tuple(name for name in PLUGINS if name != "vcr")
    runner.run(EVERY_FIXTURE, "-n", "2", plugins=together).assert_outcomes(passed=8)


@pytest.mark.parametrize("mode", ["strict", "auto"])
def test_pytest_asyncio(runner: Runner, mode: str) -> None:
    """Coroutine tests and fixtures use the tenant in both modes."""
    runner.run(
        """
        import pytest
        import pytest_asyncio
        from flows import with_async_httpx

        @pytest_asyncio.fixture
        async def logged_in(auth0_mfa):
            await with_async_httpx(auth0_mfa)
            return auth0_mfa

        @pytest.mark.asyncio
        async def test_in_process(logged_in):
            await with_async_httpx(logged_in)
            assert len(logged_in.calls) == 2

        @pytest.mark.asyncio
        async def test_served(auth0_mfa_server):
            await with_async_httpx(auth0_mfa_server)

        @pytest.mark.asyncio
        @pytest.mark.auth0_mfa_cassette("log_in")
        async def test_recorded(auth0_mfa_cassette):
            await with_async_httpx(auth0_mfa_cassette)
        """,
        f"--asyncio-mode={mode}",
        "-o",
        "asyncio_default_fixture_loop_scope=function",
        plugins=("asyncio",),
    ).assert_outcomes(passed=3)


def test_pytest_randomly(runner: Runner) -> None:
    """It gives every test the same `random`, and tenants still differ; a contract holds in any order."""
    runner.run(
        """
        import pytest

        from pytest_auth0_mfa.contract import TenantContract

        SEEN = set()

        @pytest.mark.parametrize("number", range(3))
        def test_nothing_repeats(auth0_mfa, number):
            user = auth0_mfa.add_user()
            assert not SEEN & {user.email, user.password, auth0_mfa.client_secret}
            SEEN.update({user.email, user.password, auth0_mfa.client_secret})

        class TestContract(TenantContract):
            pass
        """,
        "-k",
        "nothing_repeats or email-wrong-code",
        plugins=("randomly",),
    ).assert_outcomes(passed=4)


def test_pytest_responses(runner: Runner) -> None:
    """Its mock around every test keeps its hosts, the tenant keeps its own, whatever the fixture."""
    runner.run(
        """
        import pytest
        import requests
        import responses as library
        from flows import with_requests

        @pytest.mark.parametrize("fixture", ["auth0_mfa", "auth0_mfa_server", "auth0_mfa_cassette"])
        @pytest.mark.auth0_mfa_cassette("log_in")
        def test_both(request, fixture):
            tenant = request.getfixturevalue(fixture)
            library.add("GET", "https://api.example/", json={"from": "stub"})
            assert requests.get("https://api.example/").json() == {"from": "stub"}
            with_requests(tenant)
            with pytest.raises(requests.ConnectionError, match="refused by Responses"):
                requests.get("https://elsewhere.example/")

        @pytest.mark.parametrize("fixture", ["auth0_mfa", "auth0_mfa_server", "auth0_mfa_cassette"])
        @pytest.mark.auth0_mfa_cassette("log_in")
        def test_its_fixture(request, fixture, responses):
            with_requests(request.getfixturevalue(fixture))
        """,
        plugins=("pytest-responses",),
    ).assert_outcomes(passed=6)
