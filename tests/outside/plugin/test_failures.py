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


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ('policy="alway"', "policy='alway'*"),
        ('factors={"emial"}', "*factors*: no such factor: 'emial'. Did you mean 'email'?*"),
        ('profile="nowhere.toml"', "*profile*nowhere.toml*"),
        ('profile={"polling_pending": 1}', "*polling_pending*"),
        ('seed="one"', "*seed*'one'*"),
    ],
)
def test_a_value_that_no_tenant_takes_is_said_without_our_frames(
    pytester: pytest.Pytester, mark: str, said: str
) -> None:
    """The sentence alone, and the test that is marked alone."""
    pytester.makepyfile(f"""
        import pytest

        @pytest.mark.auth0_mfa({mark})
        def test_it(auth0_mfa):
            pass

        def test_other(auth0_mfa):
            pass
    """)
    result = pytester.runpytest()
    result.assert_outcomes(errors=1, passed=1)
    expected = ["*ERROR at setup of test_it*", said]
    result.stdout.fnmatch_lines(expected, consecutive=True)
    assert "fixtures.py" not in result.stdout.str()
    assert "settings.py" not in result.stdout.str()


def test_a_wrong_use_shows_the_users_line_and_the_sentence(pytester: pytest.Pytester) -> None:
    """What our code refuses shows none of its frames, whichever exception it raises."""
    uses = ["password_grant('ada')", "outbox.latest()", "push.approve(auth0_mfa.add_user())", "clock.advance(-1)"]
    pytester.makepyfile("\n\n".join(f"def test_{n}(auth0_mfa):\n    auth0_mfa.{use}" for n, use in enumerate(uses)))
    result = pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider")
    result.assert_outcomes(failed=4)
    for use in uses:
        result.stdout.fnmatch_lines([f">*auth0_mfa.{use}", "E  *"])
    assert "pytest_auth0_mfa/tenant/" not in result.stdout.str()


NOT_INSTALLED = """
    import sys

    for name in ("trustme", "vcr", "hypothesis"):
        sys.modules[name] = None
"""


def test_a_missing_extra_is_said_in_one_sentence(pytester: pytest.Pytester) -> None:
    """By every fixture and in a contract's machine; where the user's own code needs it, behind its line."""
    pytester.makeconftest(NOT_INSTALLED)
    pytester.makepyfile(
        test_fixtures="""
            import pytest
            from pytest_auth0_mfa import Tenant, serve
            from pytest_auth0_mfa.contract import TenantContract

            def test_served(auth0_mfa_server): pass

            def test_both(auth0_mfa, auth0_mfa_server): pass

            def test_session(auth0_mfa_session_server): pass

            def test_made(make_auth0_mfa_server):
                make_auth0_mfa_server()

            @pytest.mark.auth0_mfa_cassette("login")
            def test_recorded(auth0_mfa_cassette): pass

            class TestMine(TenantContract):
                pass

            def test_with_code():
                with serve(Tenant()):
                    pass

            @pytest.fixture
            def mine():
                with serve(Tenant()) as tenant:
                    yield tenant

            def test_with_a_fixture_of_ones_own(mine): pass
        """,
        test_property="from pytest_auth0_mfa.strategies import people",
    )
    chosen = ("-p", "no:hypothesispytest", "--continue-on-collection-errors", "--auth0-mfa-record-mode=once")
    result = pytester.runpytest_subprocess(*chosen, "-k", "not scenario")
    result.assert_outcomes(failed=3, errors=6)
    lines = result.stdout.lines[: result.stdout.lines.index(next(one for one in result.stdout.lines if "short" in one))]
    assert not [line for line in lines if "/pytest_auth0_mfa/" in line]
    text = "\n".join(lines)
    assert text.count("\nThe HTTPS server needs an optional dependency: pip install 'pytest-auth0-mfa[server]'\n") == 4
    assert text.count("E       pytest_auth0_mfa.errors.MissingExtraError: The HTTPS server needs an optional") == 2
    assert "\nauth0_mfa_cassette needs an optional dependency: pip install 'pytest-auth0-mfa[cassettes]'\n" in text
    assert "\nthe contract machine (hypothesis) needs an optional dependency: pip install" in text
    assert "MissingExtraError: pytest_auth0_mfa.strategies needs an optional dependency: pip install" in text
    assert "nothing reached the tenant" not in text
    result.stdout.no_fnmatch_line(">*yield from*")
    result.stdout.fnmatch_lines([">       with serve(Tenant()) as tenant:", ">       with serve(Tenant()):"])


def test_another_packages_error_of_that_name_keeps_its_traceback(pytester: pytest.Pytester) -> None:
    """Into the package that raised it."""
    folder = pytester.mkdir("site-packages")
    theirs = "class MissingExtraError(Exception):\n    pass\n\n\ndef load():\n    raise MissingExtraError\n"
    (folder / "theirs.py").write_text(theirs, encoding="utf-8")
    pytester.syspathinsert(folder)
    pytester.makepyfile("import theirs\n\ndef test_it():\n    theirs.load()\n")
    pytester.runpytest().stdout.fnmatch_lines(["*theirs.py:6: MissingExtraError"])


MARKED = """
    import pytest

    @pytest.mark.auth0_mfa(factors={"email"})
    def test_without():
        pass

    @pytest.mark.auth0_mfa(factors={"email"})
    def test_of_the_session(auth0_mfa_session_server):
        pass

    @pytest.mark.auth0_mfa(client_id="app")
    def test_of_a_setting(auth0_mfa_client_id):
        assert auth0_mfa_client_id == "app"

    @pytest.fixture
    def reads_it(request):
        return request.node.get_closest_marker("auth0_mfa")

    @pytest.mark.auth0_mfa(factors={"email"})
    def test_with_a_fixture_of_ones_own(reads_it):
        assert reads_it

    @pytest.mark.auth0_mfa(factors={"email"})
    class TestMixed:
        def test_with(self, auth0_mfa):
            assert auth0_mfa.factors == {"email"}

        def test_without(self):
            pass
"""


def test_a_mark_that_does_nothing_is_warned_of(pytester: pytest.Pytester) -> None:
    """Where it stands on the test itself; one on a class is for those of its tests that take a tenant."""
    pytester.makepyfile(MARKED)
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(passed=6, warnings=2)
    for name in ("test_without", "test_of_the_session"):
        said = f"*PytestWarning: @pytest.mark.auth0_mfa does nothing on {name}: *the fixture auth0_mfa or *"
        result.stdout.fnmatch_lines([said])


def test_who_makes_errors_of_warnings_reads_the_same_sentence(pytester: pytest.Pytester) -> None:
    """It fails these tests alone, without frames of ours."""
    pytester.makepyfile(MARKED)
    result = pytester.runpytest_subprocess("-Werror")
    result.assert_outcomes(passed=4, errors=2)
    result.stdout.fnmatch_lines(
        ["*at setup of test_without*", "@pytest.mark.auth0_mfa does nothing on test_without: *"]
    )
    assert "failing.py" not in result.stdout.str()
