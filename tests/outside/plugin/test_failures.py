"""What a user sees when a test with a tenant fails, and when a fixture is asked for in the wrong place."""

from __future__ import annotations

import pytest


def test_a_failed_test_shows_its_calls(pytester: pytest.Pytester) -> None:
    """In a section of its report, under pytest-xdist too; a test that passes shows nothing."""
    pytester.makepyfile("""
        import requests

        def test_wrong(auth0_mfa):
            user = auth0_mfa.add_user()
            answer = requests.post(auth0_mfa.url + "/oauth/token", json=auth0_mfa.password_grant(user))
            assert answer.status_code == 200

        def test_unreached(auth0_mfa):
            assert False

        def test_right(auth0_mfa):
            requests.get(auth0_mfa.url + "/.well-known/jwks.json")
    """)
    for arguments in ((), ("-n1",)):
        result = pytester.runpytest_subprocess(*arguments)
        result.assert_outcomes(passed=1, failed=2)
        result.stdout.fnmatch_lines(
            [
                "*what the tenant was asked (pytest-auth0-mfa)*",
                "??:??:??  password  403 mfa_required: Multifactor authentication required",
                "*what the tenant was asked (pytest-auth0-mfa)*",
                "nothing reached the tenant at *",
            ]
        )
        assert "  jwks  200" not in result.stdout.str()


SESSION = """
    import pytest, requests

    @pytest.fixture(scope="session")
    def application(auth0_mfa_session_server):
        return auth0_mfa_session_server.env

    def log_in(tenant, user):
        answer = requests.post(
            tenant.url + "/oauth/token", json=tenant.password_grant(user), verify=tenant.ca_file
        )
        return answer.json()["error"]
"""


def test_one_tenant_serves_a_whole_session(pytester: pytest.Pytester) -> None:
    """Of the run's settings; a test that fails shows its own calls only; strict mode holds each test to the schemas."""
    pytester.makepyfile(
        SESSION
        + """
    seen = []

    def test_one(application, auth0_mfa_session_server):
        seen.append(auth0_mfa_session_server.domain)
        assert application["AUTH0_DOMAIN"] == auth0_mfa_session_server.domain
        assert log_in(auth0_mfa_session_server, auth0_mfa_session_server.add_user()) == "mfa_required"

    def test_two(auth0_mfa_session_server):
        assert seen == [auth0_mfa_session_server.domain]
        assert auth0_mfa_session_server.factors == {"email"}
        auth0_mfa_session_server.reset()
        assert log_in(auth0_mfa_session_server, auth0_mfa_session_server.add_user()) == "no"

    def test_three(auth0_mfa_session_server, auth0_mfa_server):
        assert auth0_mfa_server.domain != auth0_mfa_session_server.domain
"""
    )
    result = pytester.runpytest("--auth0-mfa-factors=email", "-o", "auth0_mfa_strict=true")
    result.assert_outcomes(passed=2, failed=1)
    shown = result.stdout.str().partition("what the tenant was asked")[2].partition("short test summary")[0]
    assert shown.count("mfa_required") == 1


@pytest.mark.parametrize("fixture", ["auth0_mfa", "auth0_mfa_server", "make_auth0_mfa_server"])
def test_a_tenant_asked_for_in_a_wider_scope_says_what_to_use(pytester: pytest.Pytester, fixture: str) -> None:
    """Below pytest's own message."""
    pytester.makepyfile(f"""
        import pytest

        @pytest.fixture(scope="session")
        def application({fixture}):
            pass

        def test_it(application):
            pass
    """)
    result = pytester.runpytest()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*ScopeMismatch*", "A tenant lives as long as a test.*auth0_mfa_session_server*"])


def test_the_scope_of_others_is_none_of_our_business(pytester: pytest.Pytester) -> None:
    """A mismatch of another fixture keeps pytest's message."""
    pytester.makepyfile("""
        import pytest

        @pytest.fixture
        def narrow():
            pass

        @pytest.fixture(scope="session")
        def application(narrow):
            pass

        def test_it(application):
            pass
    """)
    result = pytester.runpytest()
    result.assert_outcomes(errors=1)
    assert "auth0_mfa_session_server" not in result.stdout.str()


def test_a_value_that_no_tenant_takes_is_said_without_our_frames(pytester: pytest.Pytester) -> None:
    """The sentence alone."""
    pytester.makepyfile("""
        import pytest

        @pytest.mark.auth0_mfa(policy="alway")
        def test_it(auth0_mfa):
            pass
    """)
    result = pytester.runpytest()
    result.assert_outcomes(errors=1)
    expected = ["*ERROR at setup of test_it*", "policy='alway'*", "*short test summary*"]
    result.stdout.fnmatch_lines(expected, consecutive=True)


def test_a_wrong_use_shows_the_users_line_and_the_sentence(pytester: pytest.Pytester) -> None:
    """What our code refuses shows none of its frames, whichever exception it raises."""
    uses = ["password_grant('ada')", "outbox.latest()", "push.approve(auth0_mfa.add_user())", "clock.advance(-1)"]
    pytester.makepyfile("\n\n".join(f"def test_{n}(auth0_mfa):\n    auth0_mfa.{use}" for n, use in enumerate(uses)))
    result = pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider")
    result.assert_outcomes(failed=4)
    for use in uses:
        result.stdout.fnmatch_lines([f">*auth0_mfa.{use}", "E  *"])
    assert "pytest_auth0_mfa/tenant/" not in result.stdout.str()
