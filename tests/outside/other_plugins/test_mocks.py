"""Consumers that mock by themselves, with `responses` or respx."""

from __future__ import annotations

from other_plugins.runs import Runner, says


def test_responses_in_the_consumers_code(runner: Runner) -> None:
    """Decorator, fixture and context manager, before our fixture, after it and around both."""
    runner.run(
        """
        import pytest
        import requests
        import responses
        from flows import with_requests

        EVERY = ["auth0_mfa", "auth0_mfa_server", "auth0_mfa_cassette"]
        pytestmark = [pytest.mark.auth0_mfa_cassette("log_in"), pytest.mark.parametrize("fixture", EVERY)]

        @pytest.fixture
        def mock():
            with responses.RequestsMock() as mock:
                mock.get("https://api.example/", json={"from": "stub"})
                yield mock

        @pytest.fixture
        def ours_first(request, fixture):
            return request.getfixturevalue(fixture)

        def both(tenant):
            with_requests(tenant)
            assert requests.get("https://api.example/").json() == {"from": "stub"}
            with pytest.raises(requests.ConnectionError, match="refused by Responses"):
                requests.get("https://elsewhere.example/")

        def test_mock_first(request, mock, fixture):
            both(request.getfixturevalue(fixture))

        def test_mock_last(ours_first, mock, fixture):
            both(ours_first)

        @responses.activate
        def test_decorator(ours_first, fixture):
            responses.get("https://api.example/", json={"from": "stub"})
            both(ours_first)

        def test_context(ours_first, fixture):
            with responses.RequestsMock() as mock:
                mock.get("https://api.example/", json={"from": "stub"})
                both(ours_first)
            with_requests(ours_first)
        """
    ).assert_outcomes(passed=12)


def test_respx_in_the_consumers_code(runner: Runner) -> None:
    """In process and from a cassette the tenant answers beside respx; the server is let through by a route."""
    result = runner.run(
        """
        import httpx
        import pytest
        import respx
        from flows import with_async_httpx, with_httpx

        EVERY = ["auth0_mfa", "auth0_mfa_cassette"]
        each = pytest.mark.parametrize("fixture", EVERY)
        pytestmark = pytest.mark.auth0_mfa_cassette("log_in")

        @pytest.fixture
        def ours_first(request, fixture):
            return request.getfixturevalue(fixture)

        def both(tenant, router):
            router.get("https://api.example/").respond(json={"from": "route"})
            with_httpx(tenant)
            assert httpx.get("https://api.example/").json() == {"from": "route"}

        @each
        def test_mock_first(request, respx_mock, fixture):
            both(request.getfixturevalue(fixture), respx_mock)

        @each
        def test_mock_last(ours_first, respx_mock, fixture):
            both(ours_first, respx_mock)

        @each
        @respx.mock
        def test_decorator(ours_first, fixture):
            both(ours_first, respx)

        @each
        def test_context(ours_first, fixture):
            with respx.mock as router:
                both(ours_first, router)

        def test_server(auth0_mfa_server, respx_mock):
            respx_mock.route(host="localhost").pass_through()
            both(auth0_mfa_server, respx_mock)

        def test_server_in_the_way(auth0_mfa_server, respx_mock):
            with_httpx(auth0_mfa_server)

        def test_above_our_patch(auth0_mfa):
            with respx.mock(using="httpx"):
                with_httpx(auth0_mfa)
        """,
        plugins=("respx",),
    )
    result.assert_outcomes(passed=9, failed=2)
    says(result, 'respx has no route to the tenant: add one to the router that is active, route(host="localhost")')
    says(result, 'respx has no route to the tenant: add one to the router that is active, route(host="tenant.example")')


def test_somebody_elses_failure_gets_no_advice(runner: Runner) -> None:
    """A request to another host that a mock refuses is the consumer's own affair."""
    result = runner.run(
        """
        import httpx
        import pytest

        def test_elsewhere(auth0_mfa, respx_mock):
            httpx.get("https://elsewhere.example/")

        def test_without_a_tenant(respx_mock):
            httpx.get("https://tenant.example/")
        """,
        plugins=("respx",),
    )
    result.assert_outcomes(failed=2)
    result.stdout.no_fnmatch_line("*pytest-auth0-mfa: *")


def test_patches_that_were_left_behind_do_not_pile_up(runner: Runner) -> None:
    """A mock that ends after our fixture puts our patch back; the next test's stands in its place, not before it."""
    runner.run(
        """
        import httpx
        import pytest
        import requests
        from requests.adapters import HTTPAdapter

        LENGTHS = set()

        def length_of_the_way(get):
            with pytest.raises((httpx.ConnectError, requests.ConnectionError)) as refused:
                get("https://127.0.0.1:9/")
            return len(refused.traceback)

        @pytest.fixture
        def late(monkeypatch, auth0_mfa):
            monkeypatch.setattr(httpx.HTTPTransport, "handle_request", httpx.HTTPTransport.handle_request)
            monkeypatch.setattr(HTTPAdapter, "send", HTTPAdapter.send)

        @pytest.mark.parametrize("number", range(4))
        def test_late(monkeypatch, late, number):
            LENGTHS.add((length_of_the_way(httpx.get), length_of_the_way(requests.get)))
            assert len(LENGTHS) == 1
        """
    ).assert_outcomes(passed=4)
