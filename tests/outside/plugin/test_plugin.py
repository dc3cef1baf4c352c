"""The pytest plugin, as the projects that install it see it."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import entry_points

import pytest
import trustme  # noqa: F401 - pytester forgets what a run imported, and cryptography cannot be imported twice
from helpers.places import PROJECT

ROOT = PROJECT

MFA_IS_DEMANDED = """
    import requests

    def test_mfa_is_demanded(auth0_mfa):
        user = auth0_mfa.add_user()
        answer = requests.post(auth0_mfa.url + "/oauth/token", json=auth0_mfa.password_grant(user))
        assert answer.json()["error"] == "mfa_required"
"""


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AUTH0_DOMAIN", "AUTH0_CLIENT_ID", "AUTH0_CLIENT_SECRET", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)


# -- fixtures ----------------------------------------------------------------------------------


def test_the_readme_test_passes(pytester: pytest.Pytester) -> None:
    """A tenant of the test's own answers requests to its domain."""
    pytester.makepyfile(MFA_IS_DEMANDED)
    pytester.runpytest().assert_outcomes(passed=1)


def test_every_test_has_a_tenant_of_its_own(pytester: pytest.Pytester) -> None:
    """What one test arranged is not there in the next."""
    pytester.makepyfile("""
        def test_one(auth0_mfa):
            auth0_mfa.add_user("ada@example.com")

        def test_two(auth0_mfa):
            assert not auth0_mfa.users
            auth0_mfa.add_user("ada@example.com")
    """)
    pytester.runpytest().assert_outcomes(passed=2)


def test_no_tenant_outlives_its_test(pytester: pytest.Pytester) -> None:
    """A long run holds no more than one test's tenants, though pytest keeps the tests."""
    pytester.makepyfile("""
        import gc, weakref

        tenants = []

        def test_in_process(auth0_mfa):
            tenants.append(weakref.ref(auth0_mfa))

        def test_served(auth0_mfa_server):
            tenants.append(weakref.ref(auth0_mfa_server))

        def test_they_are_gone(auth0_mfa):
            gc.collect()
            assert [tenant() for tenant in tenants] == [None, None]
    """)
    pytester.runpytest().assert_outcomes(passed=3)


def test_the_server_serves_over_https(pytester: pytest.Pytester) -> None:
    """auth0_mfa_server's domain is localhost:PORT, reached with the CA file alone."""
    pytester.makepyfile("""
        import json, ssl, urllib.request

        def test_served(auth0_mfa_server):
            assert auth0_mfa_server.domain.startswith("localhost:")
            trust = ssl.create_default_context(cafile=auth0_mfa_server.ca_file)
            url = auth0_mfa_server.url + "/.well-known/openid-configuration"
            with urllib.request.urlopen(url, context=trust) as answer:
                assert json.load(answer)["issuer"] == auth0_mfa_server.issuer
    """)
    pytester.runpytest().assert_outcomes(passed=1)


def test_the_socket_lives_as_long_as_the_session(pytester: pytest.Pytester) -> None:
    """Two tests get the same port and certificate authority, and different tenants."""
    pytester.makepyfile("""
        seen = []

        def test_one(auth0_mfa_server):
            seen.append((auth0_mfa_server, auth0_mfa_server.domain, auth0_mfa_server.ca_file))

        def test_two(auth0_mfa_server):
            tenant, *where = seen.pop()
            assert tenant is not auth0_mfa_server
            assert where == [auth0_mfa_server.domain, auth0_mfa_server.ca_file]
    """)
    pytester.runpytest().assert_outcomes(passed=2)


def test_both_fixtures_are_one_tenant(pytester: pytest.Pytester) -> None:
    """A test that asks for both has one tenant, with the server's domain, in either order of arguments."""
    pytester.makepyfile("""
        import requests

        def test_in_order(auth0_mfa, auth0_mfa_server):
            assert auth0_mfa is auth0_mfa_server

        def test_the_other_way(auth0_mfa_server, auth0_mfa):
            assert auth0_mfa is auth0_mfa_server
            assert auth0_mfa.domain.startswith("localhost:")
            assert requests.get(auth0_mfa.url + "/.well-known/jwks.json").status_code == 200
            assert len(auth0_mfa.calls) == 1
    """)
    pytester.runpytest().assert_outcomes(passed=2)


def test_a_server_asked_for_later_serves_the_same_tenant(pytester: pytest.Pytester) -> None:
    """getfixturevalue gives the test's tenant a domain of the server's."""
    pytester.makepyfile("""
        import requests

        def test_later(auth0_mfa, request):
            server = request.getfixturevalue("auth0_mfa_server")
            assert server is auth0_mfa
            assert server.domain.startswith("localhost:")
            assert requests.get(server.url + "/.well-known/jwks.json").status_code == 200
    """)
    result = pytester.runpytest()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["auth0-mfa: 1 test, 1 call (jwks 1)"])


def test_servers_can_be_made(pytester: pytest.Pytester) -> None:
    """make_auth0_mfa_server takes keywords of Tenant and opens one more port."""
    pytester.makepyfile("""
        def test_two_servers(make_auth0_mfa_server):
            one, two = make_auth0_mfa_server(), make_auth0_mfa_server(policy="never", factors={"otp"})
            assert one.domain != two.domain
            assert (two.policy, two.factors) == ("never", {"otp"})
    """)
    pytester.runpytest().assert_outcomes(passed=1)


def test_the_schemas_are_a_fixture(pytester: pytest.Pytester) -> None:
    """auth0_mfa_schemas gives schemas by name and checks bodies."""
    pytester.makepyfile("""
        def test_schemas(auth0_mfa_schemas):
            assert auth0_mfa_schemas["challenge.request"]["title"]
            assert auth0_mfa_schemas.check("challenge", 200, {"challenge_type": "otp"}) == []
            assert auth0_mfa_schemas.check("challenge", 200, {"challenge_type": 1}) != []
    """)
    pytester.runpytest().assert_outcomes(passed=1)


def test_a_unittest_class_can_use_the_tenant(pytester: pytest.Pytester) -> None:
    """Fixtures reach unittest's classes the way pytest documents it."""
    pytester.makepyfile("""
        import unittest
        import pytest

        class TestLogin(unittest.TestCase):
            @pytest.fixture(autouse=True)
            def _tenant(self, auth0_mfa):
                self.tenant = auth0_mfa

            def test_user(self):
                self.assertTrue(self.tenant.add_user().email)
    """)
    pytester.runpytest().assert_outcomes(passed=1)


def test_every_fixture_has_its_help(pytester: pytest.Pytester) -> None:
    """`pytest --fixtures` shows a sentence for each public fixture and hides the private one."""
    result = pytester.runpytest("--fixtures")
    shown = re.findall(r"^(\w*auth0_mfa\w*)(?: \[session scope\])? -- .*\n    (\w.+)", str(result.stdout), re.MULTILINE)
    assert {name for name, _ in shown} == {
        "auth0_mfa",
        "auth0_mfa_cassette",
        "auth0_mfa_cassette_dir",
        "auth0_mfa_client_id",
        "auth0_mfa_client_secret",
        "auth0_mfa_domain",
        "auth0_mfa_listen_address",
        "auth0_mfa_otp_source",
        "auth0_mfa_profile",
        "auth0_mfa_push_approver",
        "auth0_mfa_schemas",
        "auth0_mfa_seed",
        "auth0_mfa_server",
        "auth0_mfa_session_server",
        "auth0_mfa_ssl_context",
        "make_auth0_mfa_server",
    }


def test_everything_a_user_can_type_is_documented(pytester: pytest.Pytester) -> None:
    """README or a page of docs/ names every option, ini, marker and fixture."""
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    documented = set(re.findall(r"[\w-]+", "\n".join(page.read_text(encoding="utf-8") for page in pages)))
    options = re.findall(r"--auth0-mfa-[\w-]+|^  auth0_mfa_\w+", str(pytester.runpytest("--help").stdout), re.MULTILINE)
    markers = re.findall(r"@pytest\.mark\.(auth0_mfa\w*)", str(pytester.runpytest("--markers").stdout))
    fixtures = re.findall(r"^(\w*auth0_mfa\w*)", str(pytester.runpytest("--fixtures").stdout), re.MULTILINE)
    assert len(options) > 10
    assert len(markers) > 1
    assert len(fixtures) > 10
    assert {name.strip() for name in (*options, *markers, *fixtures)} - documented == set()


# -- what is in force: option, marker, ini, environment, default -------------------------------

SEEDS = """
    import pytest

    @pytest.mark.auth0_mfa(seed=2)
    def test_marked(auth0_mfa, auth0_mfa_seed):
        print("marked", auth0_mfa_seed)

    def test_bare(auth0_mfa, auth0_mfa_seed):
        print("bare", auth0_mfa_seed)
"""


@pytest.mark.parametrize(
    ("option", "ini", "environment", "marked", "bare"),
    [
        ("1", "3", "4", "1", "1"),
        (None, "3", "4", "2", "3"),
        (None, None, "4", "2", "4"),
        (None, None, None, "2", "None"),
        ("0", "3", "4", "0", "0"),
    ],
)
def test_option_comes_before_marker_before_ini_before_environment(
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    option: str | None,
    ini: str | None,
    environment: str | None,
    marked: str,
    bare: str,
) -> None:
    """The first of the four that says something wins."""
    pytester.makepyfile(SEEDS)
    if ini:
        pytester.makeini(f"[pytest]\nauth0_mfa_seed = {ini}\n")
    if environment:
        monkeypatch.setenv("AUTH0_MFA_SEED", environment)
    result = pytester.runpytest("-s", *([f"--auth0-mfa-seed={option}"] if option else []))
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines([f"*marked {marked}*", f"*bare {bare}*"])


def test_an_overridden_fixture_replaces_the_whole_chain(pytester: pytest.Pytester) -> None:
    """What the fixture returns holds, whatever the option says."""
    pytester.makeconftest("""
        import pytest

        @pytest.fixture
        def auth0_mfa_domain():
            return "login.example"

        @pytest.fixture
        def auth0_mfa_client_id():
            return "my-client"

        @pytest.fixture
        def auth0_mfa_seed(auth0_mfa_seed):
            return auth0_mfa_seed + 1
    """)
    pytester.makepyfile("""
        from pytest_auth0_mfa import Tenant

        def test_overridden(auth0_mfa):
            assert (auth0_mfa.domain, auth0_mfa.client_id) == ("login.example", "my-client")
            assert auth0_mfa.add_user().id == Tenant(client_id="my-client", seed=8).add_user().id
    """)
    pytester.runpytest("--auth0-mfa-seed=7").assert_outcomes(passed=1)


def test_an_override_holds_where_it_is_seen_and_nowhere_else(pytester: pytest.Pytester) -> None:
    """Of one module a class overrides a fixture, a test parametrizes it, and the rest keeps the default."""
    pytester.makepyfile("""
        import pytest

        def test_before(auth0_mfa):
            assert auth0_mfa.domain == "tenant.example"

        class TestOverridden:
            @pytest.fixture
            def auth0_mfa_domain(self):
                return "login.example"

            def test_own(self, auth0_mfa):
                assert auth0_mfa.domain == "login.example"

        @pytest.mark.parametrize("auth0_mfa_domain", ["one.example", "two.example"])
        def test_parametrized(auth0_mfa, auth0_mfa_domain):
            assert auth0_mfa.domain == auth0_mfa_domain != "tenant.example"

        def test_after(auth0_mfa):
            assert auth0_mfa.domain == "tenant.example"
    """)
    pytester.runpytest().assert_outcomes(passed=5)


def test_auth0s_own_variables_are_read(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """An application that is configured by AUTH0_DOMAIN meets the tenant there."""
    monkeypatch.setenv("AUTH0_DOMAIN", "shop.eu.auth0.com")
    monkeypatch.setenv("AUTH0_CLIENT_ID", "the-id")
    monkeypatch.setenv("AUTH0_CLIENT_SECRET", "the-secret")
    pytester.makepyfile("""
        def test_environment(auth0_mfa):
            assert auth0_mfa.domain == "shop.eu.auth0.com"
            assert (auth0_mfa.client_id, auth0_mfa.client_secret) == ("the-id", "the-secret")
    """)
    pytester.runpytest().assert_outcomes(passed=1)


def test_the_profile_is_read_from_a_file(pytester: pytest.Pytester) -> None:
    """--auth0-mfa-profile is relative to where pytest was started, the ini to the project's root."""
    pytester.path.joinpath("ours.toml").write_text('[profile]\nmfa_required = "401 mfa_required"\n')
    pytester.makepyfile("""
        def test_profile(auth0_mfa):
            assert auth0_mfa.profile.mfa_required == "401 mfa_required"
    """)
    result = pytester.runpytest("--auth0-mfa-profile=ours.toml")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["auth0-mfa: target fake; profile with 1 field unlike the default"])
    pytester.makeini("[pytest]\nauth0_mfa_profile = ours.toml\n")
    pytester.runpytest().assert_outcomes(passed=1)


def test_factors_are_a_list(pytester: pytest.Pytester) -> None:
    """--auth0-mfa-factors restricts what the tenant has on."""
    pytester.makepyfile("""
        def test_factors(auth0_mfa):
            assert auth0_mfa.factors == {"otp", "email"}
    """)
    result = pytester.runpytest("--auth0-mfa-factors=otp, email")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["auth0-mfa: target fake; factors email, otp"])


@pytest.mark.parametrize(
    ("ini", "message"),
    [
        (
            "auth0_mfa_factors = otp, emial",
            "the ini auth0_mfa_factors: no such factor: 'emial'. Did you mean 'email'?*",
        ),
        ("auth0_mfa_seed = many", "the ini auth0_mfa_seed: 'many' is no whole number"),
        ("auth0_mfa_profile = no.toml", "the ini auth0_mfa_profile: *no.toml*cannot be read*"),
    ],
)
def test_a_setting_that_cannot_be_read_says_where_it_stands(pytester: pytest.Pytester, ini: str, message: str) -> None:
    """A usage error names the source, the value and what is known."""
    pytester.makeini(f"[pytest]\n{ini}\n")
    pytester.makepyfile(MFA_IS_DEMANDED)
    result = pytester.runpytest()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {message}"])


@pytest.mark.parametrize("where", ["option", "ini", "environment"])
@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("record_mode", "onse", "no such record mode: 'onse'. Did you mean 'once'?*"),
        ("max_examples", "0", "0: expected a whole number of at least 1"),
        ("rate_limit", "x", "'x': expected auto, or such as 60/m or 2/s"),
        ("report", "jason", "no such format: 'jason'. Did you mean 'json'?*"),
        ("factors", "emial", "no such factor: 'emial'. Did you mean 'email'?*"),
    ],
)
def test_a_wrong_setting_is_refused_by_a_run_that_does_not_use_it(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, where: str, name: str, value: str, message: str
) -> None:
    """Whoever mistypes a setting is told before the first test, not when a test needs it."""
    pytester.makepyfile("def test_plain(): pass")
    arguments = []
    if where == "option":
        said, arguments = f"--auth0-mfa-{name.replace('_', '-')}", [f"--auth0-mfa-{name.replace('_', '-')}={value}"]
    elif where == "ini":
        said = f"the ini auth0_mfa_{name}"
        pytester.makeini(f"[pytest]\nauth0_mfa_{name} = {value}\n")
    else:
        said = f"the environment's AUTH0_MFA_{name.upper()}"
        monkeypatch.setenv(f"AUTH0_MFA_{name.upper()}", value)
    result = pytester.runpytest("-q", *arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {said}: {message}"])


@pytest.mark.parametrize("name", ["profile", "seed", "record_mode"])
def test_a_list_is_refused_where_one_value_is_due(pytester: pytest.Pytester, name: str) -> None:
    """TOML has lists, and most settings are none."""
    pytester.makepyprojecttoml(f'[tool.pytest.ini_options]\nauth0_mfa_{name} = ["1"]\n')
    pytester.makepyfile("def test_plain(): pass")
    result = pytester.runpytest_subprocess()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: the ini auth0_mfa_{name}: [[]'1'[]]*"])


# -- markers -----------------------------------------------------------------------------------


def test_the_marker_takes_the_keywords_of_a_tenant(pytester: pytest.Pytester) -> None:
    """The marker closest to the test wins, keyword by keyword."""
    pytester.makepyfile("""
        import pytest

        @pytest.mark.auth0_mfa(policy="never", factors={"otp"})
        class TestMarked:
            @pytest.mark.auth0_mfa(factors={"email"}, fixed_code="123456", domain="login.example")
            def test_method(self, auth0_mfa):
                assert (auth0_mfa.policy, auth0_mfa.factors) == ("never", {"email"})
                assert (auth0_mfa.fixed_code, auth0_mfa.domain) == ("123456", "login.example")

        @pytest.mark.auth0_mfa(policy="never")
        def test_server(auth0_mfa_server):
            assert auth0_mfa_server.policy == "never"
    """)
    pytester.runpytest("--strict-markers").assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("factor={'otp'}", "@pytest.mark.auth0_mfa(factor=...): no such keyword*Did you mean 'factors'?*"),
        ("{'otp'}", "@pytest.mark.auth0_mfa takes keywords of Tenant only*"),
    ],
)
def test_a_wrong_marker_fails_its_test(pytester: pytest.Pytester, arguments: str, message: str) -> None:
    """That test and no other, without a frame of ours, whether or not it asks for a tenant."""
    pytester.makepyfile(f"""
        import pytest

        @pytest.mark.auth0_mfa({arguments})
        def test_it():
            pass

        def test_another():
            pass
    """)
    result = pytester.runpytest()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at setup of test_it*", message, "*short test summary*"], consecutive=True)


def test_a_wrong_marker_fails_its_test_under_xdist(pytester: pytest.Pytester) -> None:
    """A worker that refused at collection would take the whole run down."""
    pytester.makepyfile("""
        import pytest

        @pytest.mark.auth0_mfa(factor={'otp'})
        def test_wrong():
            pass

        def test_right():
            pass
    """)
    result = pytester.runpytest_subprocess("-n1")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["@pytest.mark.auth0_mfa(factor=...): *"])


def test_a_value_that_no_tenant_takes_fails_the_test(pytester: pytest.Pytester) -> None:
    """Tenant's own message reaches the test."""
    pytester.makepyfile("""
        import pytest

        @pytest.mark.auth0_mfa(policy="always")
        def test_it(auth0_mfa):
            pass
    """)
    result = pytester.runpytest()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["policy='always': Known: *"])


def test_a_live_test_is_skipped_without_a_domain(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """auth0_mfa_live runs only when the target is a domain, and says so."""
    pytester.makepyfile("""
        import pytest

        @pytest.mark.auth0_mfa_live
        def test_live():
            pass
    """)
    result = pytester.runpytest("-rs", "--strict-markers")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*needs a real tenant: --auth0-mfa-target=DOMAIN (it is 'fake')*"])
    pytester.runpytest("--auth0-mfa-target=server").assert_outcomes(skipped=1)
    monkeypatch.setenv("AUTH0_CLIENT_ID", "app")
    allowed = "auth0_mfa_live_domains=staging.example"
    pytester.runpytest("--auth0-mfa-target=staging.example", "-o", allowed).assert_outcomes(passed=1)


# -- never by accident -------------------------------------------------------------------------


def test_the_target_is_refused_from_addopts(pytester: pytest.Pytester) -> None:
    """A live run never happens because of a line in a file."""
    pytester.makeini("[pytest]\naddopts = --auth0-mfa-target=staging.example\n")
    pytester.makepyfile(MFA_IS_DEMANDED)
    result = pytester.runpytest()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --auth0-mfa-target is taken from the command line only*"])


def test_the_target_is_refused_from_the_environment(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """PYTEST_ADDOPTS is no command line either; naming the target on it overrules both."""
    pytester.makepyfile(MFA_IS_DEMANDED)
    monkeypatch.setenv("PYTEST_ADDOPTS", "--auth0-mfa-target=staging.example")
    assert pytester.runpytest().ret == pytest.ExitCode.USAGE_ERROR
    pytester.runpytest("--auth0-mfa-target=fake").assert_outcomes(passed=1)


@pytest.mark.parametrize("target", ["", " --auth0-mfa-target=fake", " --auth0-mfa-target=server"])
@pytest.mark.parametrize("where", ["addopts", "PYTEST_ADDOPTS"])
def test_updating_the_profile_is_refused_from_addopts_and_environment(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, where: str, target: str
) -> None:
    """What writes files is typed, whatever the target."""
    pytester.makepyfile(MFA_IS_DEMANDED)
    if where == "addopts":
        pytester.makeini("[pytest]\naddopts = --auth0-mfa-update-profile\n")
    else:
        monkeypatch.setenv("PYTEST_ADDOPTS", "--auth0-mfa-update-profile")
    result = pytester.runpytest(*target.split())
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --auth0-mfa-update-profile is taken from the command line only*"])


@pytest.mark.parametrize("target", ["fake", "server"])
def test_there_is_nothing_to_measure_of_the_fake(pytester: pytest.Pytester, target: str) -> None:
    """An option that would do nothing says so."""
    pytester.makepyfile(MFA_IS_DEMANDED)
    result = pytester.runpytest("--auth0-mfa-update-profile", f"--auth0-mfa-target={target}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    said = f"ERROR: --auth0-mfa-update-profile: nothing can be measured of the target '{target}'*--auth0-mfa-target=*"
    result.stderr.fnmatch_lines([said])
    assert not (pytester.path / ".auth0-mfa").exists()


# -- strict ------------------------------------------------------------------------------------

WRONG_REQUEST = """
    import requests

    def test_wrong_request(auth0_mfa):
        body = {"mfa_token": 7, "client_id": "-".join(["hush", "hush"])}
        answer = requests.post(auth0_mfa.url + "/mfa/challenge", json=body)
        assert answer.status_code >= 400
"""


def test_strictness_is_yes_or_no(pytester: pytest.Pytester) -> None:
    """Refused before the first test, and not after it."""
    pytester.makeini("[pytest]\nauth0_mfa_strict = maybe\n")
    pytester.makepyfile("def test_nothing(): pass")
    done = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines(["*auth0_mfa_strict: invalid truth value 'maybe'; expected true or false"])


def test_strict_holds_the_journal_to_the_schemas(pytester: pytest.Pytester) -> None:
    """With auth0_mfa_strict a call that breaks a schema fails the test and is named; values are not."""
    pytester.makepyfile(WRONG_REQUEST)
    pytester.makeini("[pytest]\nauth0_mfa_strict = true\n")
    result = pytester.runpytest("--tb=short")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*.py:5: in test_wrong_request",
            "*ContractViolation: auth0_mfa_strict: the test passed, but these calls do not keep to the schemas:",
            "E   *.py:5: <Call challenge -> 4*",
            "*request $.mfa_token: *",
        ]
    )
    assert "hush-hush" not in str(result.stdout)


CALLS_FROM_EVERYWHERE = """
    import asyncio
    import threading

    import httpx
    import requests

    WRONG = {"json": {"mfa_token": 7}}

    def helper(tenant):
        requests.post(tenant.url + "/mfa/challenge", **WRONG)  # helper: last

    def test_helper(auth0_mfa):
        assert auth0_mfa.domain
        helper(auth0_mfa)  # helper: first

    def test_server(auth0_mfa_server):
        requests.post(auth0_mfa_server.url + "/mfa/challenge", verify=auth0_mfa_server.ca_file, **WRONG)  # server: last

    def test_coroutine(auth0_mfa):
        async def main():
            async with httpx.AsyncClient() as client:
                await client.post(auth0_mfa.url + "/mfa/challenge", **WRONG)  # coroutine: last
        asyncio.run(main())  # coroutine: first

    def test_thread(auth0_mfa):
        other = threading.Thread(target=requests.post, args=[auth0_mfa.url + "/mfa/challenge"], kwargs=WRONG)
        other.start(); other.join()  # thread: last
"""


@pytest.mark.parametrize("name", ["helper", "server", "coroutine", "thread"])
def test_strict_shows_the_line_of_the_test(pytester: pytest.Pytester, name: str) -> None:
    """As a failure of its own would: through helpers, over HTTPS, in coroutines; a thread's, where it is waited for."""
    file = pytester.makepyfile(CALLS_FROM_EVERYWHERE)
    result = pytester.runpytest("-k", name, "-o", "auth0_mfa_strict=true")
    result.assert_outcomes(failed=1)
    shown = result.stdout.str().partition("what the tenant was asked")[0]
    expected = [line for line in file.read_text().splitlines() if f"  # {name}: " in line]
    assert {line[1:].strip() for line in shown.splitlines() if line.startswith(">")} == {*map(str.strip, expected)}
    last = next(n for n, line in enumerate(file.read_text().splitlines(), 1) if f"  # {name}: last" in line)
    assert f"{file.name}:{last}: ContractViolation" in shown
    assert "site-packages" not in shown


def test_a_failure_of_ours_ends_in_the_line_of_the_test(pytester: pytest.Pytester) -> None:
    """Neither our code nor a library's is shown below it."""
    pytester.makepyfile(
        """
        import socket

        def test_guard(auth0_mfa):
            socket.create_connection((auth0_mfa.domain, 443))

        def test_misuse(auth0_mfa):
            auth0_mfa.add_user("ada@example.com")
            auth0_mfa.add_user("ada@example.com")
        """
    )
    result = pytester.runpytest()
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*.py:4: NotReachedError", "*.py:8: ConfigurationError"])


def test_strict_is_off_unless_asked_for(pytester: pytest.Pytester) -> None:
    """A test may send what is wrong."""
    pytester.makepyfile(WRONG_REQUEST)
    pytester.runpytest().assert_outcomes(passed=1)


def test_strict_passes_what_keeps_to_the_schemas(pytester: pytest.Pytester) -> None:
    """What the fake answers is right by its own schemas."""
    pytester.makepyfile(MFA_IS_DEMANDED)
    pytester.makeini("[pytest]\nauth0_mfa_strict = true\n")
    pytester.runpytest().assert_outcomes(passed=1)


def test_strict_leaves_a_failed_test_its_own_failure(pytester: pytest.Pytester) -> None:
    """The first thing that went wrong is what is shown."""
    pytester.makepyfile(WRONG_REQUEST.replace(">= 400", "== 200"))
    pytester.makeini("[pytest]\nauth0_mfa_strict = true\n")
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    assert "auth0_mfa_strict:" not in str(result.stdout)


# -- header, summary, other plugins ------------------------------------------------------------


def test_the_summary_counts_what_was_used(pytester: pytest.Pytester) -> None:
    """One line: how many tests had a tenant, and which operations they called."""
    pytester.makepyfile(MFA_IS_DEMANDED, test_other="def test_plain(): pass")
    result = pytester.runpytest()
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["auth0-mfa: 1 test, 1 call (password 1)"])


def test_a_run_without_a_tenant_is_not_told_anything(pytester: pytest.Pytester) -> None:
    """No line in header or summary when nothing was used."""
    pytester.makepyfile("def test_plain(): pass")
    assert "auth0-mfa:" not in str(pytester.runpytest().stdout)


def test_the_summary_is_whole_under_xdist(pytester: pytest.Pytester) -> None:
    """Counts of all workers come together; each worker has a server of its own."""
    pytester.makepyfile("""
        import pytest, requests

        @pytest.mark.parametrize("n", range(4))
        def test_served(auth0_mfa_server, n):
            url = auth0_mfa_server.url + "/.well-known/jwks.json"
            assert requests.get(url, verify=auth0_mfa_server.ca_file).status_code == 200
    """)
    result = pytester.runpytest_subprocess("-n2", "--auth0-mfa-target=server")
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["auth0-mfa: target server", "auth0-mfa: 4 tests, 4 calls (jwks 4)"])


def test_the_plugin_can_be_switched_off(pytester: pytest.Pytester) -> None:
    """-p no:auth0_mfa takes options and fixtures away and leaves everything else."""
    pytester.makepyfile("def test_plain(): pass")
    pytester.runpytest("-p", "no:auth0_mfa").assert_outcomes(passed=1)
    result = pytester.runpytest("-p", "no:auth0_mfa", "--auth0-mfa-seed=1")
    assert result.ret == pytest.ExitCode.USAGE_ERROR


# -- cost --------------------------------------------------------------------------------------

COUNT_MODULES = """
    import sys

    def pytest_unconfigure():
        heavy = {"cryptography", "hypothesis", "httpx", "jsonschema", "jsonschema_rs", "jwt", "requests", "responses"}
        heavy.add("trustme")
        print("HEAVY", sorted(heavy & set(sys.modules)))
        print("OURS", sorted(name for name in sys.modules if name.partition(".")[0] == "pytest_auth0_mfa"))
"""


def test_unused_it_loads_next_to_nothing(pytester: pytest.Pytester) -> None:
    """Installed and unused, the plugin adds four modules of ours to a run and nothing that is slow to import."""
    pytester.makeconftest(COUNT_MODULES)
    pytester.makepyfile("def test_plain(): pass")
    others = {point.name for point in entry_points(group="pytest11")} - {"auth0_mfa"}
    blocked = [part for name in sorted(others) for part in ("-p", f"no:{name}")]
    output = subprocess.run(
        [sys.executable, "-m", "pytest", "-s", *blocked], cwd=pytester.path, capture_output=True, text=True
    ).stdout
    assert (
        f"OURS {['pytest_auth0_mfa', *(f'pytest_auth0_mfa.plugin{part}' for part in ('', '.keys', '.options'))]}"
        in output
    )
    assert "HEAVY []" in output


def test_its_asserts_are_rewritten(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failing assert of the contract shows its values, however the plugin was installed and loaded."""
    # Without autoload no pytest looks into installed distributions for what to rewrite, as older ones
    # never did into editable installs.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeconftest("""
        from importlib.util import find_spec

        def pytest_collection():
            print("LOADER", type(find_spec("pytest_auth0_mfa.contract.findings").loader).__name__)
    """)
    pytester.makepyfile("def test_plain(): pass")
    assert "LOADER AssertionRewritingHook" in str(
        pytester.runpytest_subprocess("-s", "-p", "pytest_auth0_mfa.plugin").stdout
    )
