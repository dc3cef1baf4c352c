"""Plugins that stand between a test and its tenant: the failure says in one sentence what to do, and that helps."""

from __future__ import annotations

from importlib.metadata import version

import pytest
from other_plugins.runs import Runner, says

old_vcrpy = pytest.mark.skipif(
    tuple(map(int, version("vcrpy").split(".")[:2])) < (8, 2), reason="it records httpx before it comes to a transport"
)


def test_pytest_recording_that_blocks_the_network(runner: Runner) -> None:
    """In process nothing is blocked; for the server this machine has to be allowed."""
    result = runner.run(
        """
        import pytest
        from flows import with_httpx, with_requests

        pytestmark = pytest.mark.block_network

        def test_in_process(auth0_mfa):
            with_requests(auth0_mfa)
            with_httpx(auth0_mfa)

        @pytest.mark.auth0_mfa_cassette("log_in")
        def test_recorded(auth0_mfa_cassette):
            with_requests(auth0_mfa_cassette)
            with_httpx(auth0_mfa_cassette)

        @pytest.mark.block_network(allowed_hosts=["127.0.0.1", "::1"])
        def test_allowed(auth0_mfa_server):
            with_requests(auth0_mfa_server)
            with_httpx(auth0_mfa_server)

        @pytest.mark.parametrize("log_in", [with_requests, with_httpx])
        def test_blocked(auth0_mfa_server, log_in):
            log_in(auth0_mfa_server)
        """,
        plugins=("recording",),
    )
    result.assert_outcomes(passed=3, failed=2)
    says(result, "pytest-recording forbids connections to the server: add --allowed-hosts=127.0.0.1,::1")


def test_pytest_socket_that_disables_sockets(runner: Runner) -> None:
    """In process none is needed, for a coroutine the loop's own; the server wants this machine allowed."""
    result = runner.run(
        """
        import asyncio

        import pytest
        from flows import with_async_httpx, with_httpx, with_requests

        @pytest.mark.auth0_mfa_cassette("log_in")
        def test_nothing_is_opened(auth0_mfa):
            with_requests(auth0_mfa)
            with_httpx(auth0_mfa)
            asyncio.run(with_async_httpx(auth0_mfa))

        @pytest.mark.auth0_mfa_cassette("log_in")
        def test_recorded(auth0_mfa_cassette):
            with_requests(auth0_mfa_cassette)
            with_httpx(auth0_mfa_cassette)

        @pytest.mark.allow_hosts(["localhost"])
        def test_allowed(auth0_mfa_server):
            with_requests(auth0_mfa_server)
            with_httpx(auth0_mfa_server)

        @pytest.mark.enable_socket
        def test_enabled(auth0_mfa_server):
            with_requests(auth0_mfa_server)

        def test_none_can_be_made(make_auth0_mfa_server):
            make_auth0_mfa_server()

        def test_none_can_be_reached(auth0_mfa_server):
            with_requests(auth0_mfa_server)

        @pytest.mark.enable_socket
        def test_still_enabled(auth0_mfa_server):
            with_requests(auth0_mfa_server)

        @pytest.mark.allow_hosts(["10.0.0.1"])
        def test_not_allowed(auth0_mfa_server):
            with_requests(auth0_mfa_server)
        """,
        "--disable-socket",
        "--allow-unix-socket",
        plugins=("pytest_socket",),
    )
    result.assert_outcomes(passed=5, failed=3)
    result.stdout.fnmatch_lines(["*sockets are blocked in this run*--allow-hosts=*"])
    says(result, "pytest-socket forbids sockets here, and a server is one: add --allow-hosts=localhost")
    says(result, "pytest-socket forbids connections to the server: add localhost to --allow-hosts")


@old_vcrpy
def test_vcrpys_own_cassettes(runner: Runner) -> None:
    """Around a tenant in process they record nothing; the server is to be left out of them."""
    result = runner.run(
        """
        import pytest
        import vcr
        from flows import with_httpx, with_requests

        @pytest.fixture
        def mine(request, tmp_path):
            options = getattr(request, "param", {})
            with vcr.use_cassette(str(tmp_path / "mine.yaml"), **options) as cassette:
                yield cassette

        def test_in_process(mine, auth0_mfa):
            with_requests(auth0_mfa)
            with_httpx(auth0_mfa)
            assert len(mine) == 0

        @pytest.mark.auth0_mfa_cassette("log_in")
        def test_recorded(mine, auth0_mfa_cassette):
            with_requests(auth0_mfa_cassette)
            with_httpx(auth0_mfa_cassette)
            assert len(mine) == 0

        @pytest.mark.parametrize("mine", [{"record_mode": "none", "ignore_localhost": True}], indirect=True)
        def test_left_out(mine, auth0_mfa_server):
            with_requests(auth0_mfa_server)
            with_httpx(auth0_mfa_server)

        @pytest.mark.parametrize("mine", [{"record_mode": "none"}], indirect=True)
        @pytest.mark.parametrize("log_in", [with_requests, with_httpx])
        def test_in_the_way(mine, auth0_mfa_server, log_in):
            log_in(auth0_mfa_server)

        def test_begun_later(auth0_mfa, tmp_path):
            with vcr.use_cassette(str(tmp_path / "later.yaml"), record_mode="none"):
                with_requests(auth0_mfa)
                with_httpx(auth0_mfa)
        """
    )
    result.assert_outcomes(passed=3, failed=3)
    said = "vcrpy plays a cassette where the tenant would answer: begin it before auth0_mfa is set up"
    assert sum(said in line for line in result.outlines if line.startswith("E ")) == 3


def test_requests_mock(runner: Runner) -> None:
    """It answers for everybody, so the tenant's requests are let through by a matcher of its own."""
    result = runner.run(
        """
        import re

        import pytest
        from flows import with_requests
        from requests_mock import ANY

        EVERY = ["auth0_mfa", "auth0_mfa_server", "auth0_mfa_cassette"]
        pytestmark = [pytest.mark.auth0_mfa_cassette("log_in"), pytest.mark.parametrize("fixture", EVERY)]

        def test_let_through(request, requests_mock, fixture):
            tenant = request.getfixturevalue(fixture)
            requests_mock.register_uri(ANY, re.compile(tenant.url), real_http=True)
            with_requests(tenant)

        def test_in_the_way(request, requests_mock, fixture):
            with_requests(request.getfixturevalue(fixture))
        """,
        plugins=("requests_mock",),
    )
    result.assert_outcomes(passed=3, failed=3)
    says(result, "requests-mock has no answer for the tenant: let its requests through with register_uri(ANY, *")


def test_pytest_httpx(runner: Runner) -> None:
    """It answers for everybody that comes after it, so the tenant's host is taken out."""
    result = runner.run(
        """
        import pytest
        from flows import with_httpx

        EVERY = ["auth0_mfa", "auth0_mfa_server", "auth0_mfa_cassette"]
        pytestmark = [pytest.mark.auth0_mfa_cassette("log_in"), pytest.mark.parametrize("fixture", EVERY)]
        OURS = ("tenant.example", "localhost")

        @pytest.mark.httpx_mock(should_mock=lambda request: request.url.host not in OURS)
        def test_let_through(request, httpx_mock, fixture):
            with_httpx(request.getfixturevalue(fixture))

        def test_set_up_before(httpx_mock, auth0_mfa, fixture):
            with_httpx(auth0_mfa)

        @pytest.fixture
        def ours_first(request, fixture):
            return request.getfixturevalue(fixture)

        @pytest.mark.httpx_mock(assert_all_requests_were_expected=False)
        def test_in_the_way(ours_first, httpx_mock, fixture):
            with_httpx(ours_first)
        """,
        plugins=("pytest_httpx",),
    )
    result.assert_outcomes(passed=6, failed=3)
    says(
        result,
        "pytest-httpx answers for the tenant: let its requests through with @pytest.mark.httpx_mock(should_mock=",
    )


def test_hypothesis(runner: Runner) -> None:
    """One tenant for all examples is refused by hypothesis; a tenant for each is made in the test."""
    result = runner.run(
        """
        from flows import with_requests
        from hypothesis import given, settings
        from hypothesis import strategies as st

        from pytest_auth0_mfa import Tenant, in_process

        @settings(max_examples=5, database=None, deadline=None)
        @given(st.booleans())
        def test_one_each(verified):
            with in_process(Tenant()) as tenant:
                tenant.add_user(email_verified=verified)
                with_requests(tenant)
                assert len(tenant.users) == 2

        @settings(max_examples=5, database=None, deadline=None)
        @given(verified=st.booleans())
        def test_one_for_all(auth0_mfa, verified):
            with_requests(auth0_mfa)
        """,
        plugins=("hypothesispytest",),
    )
    result.assert_outcomes(passed=1, failed=1)
    says(result, "a fixture's tenant would be the same for all examples: make one for each")
