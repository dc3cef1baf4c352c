"""What users type, pinned: a change here is a change for them.

These are literals on purpose. docs/versioning.md says what may be changed and how.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator
from importlib import import_module
from types import SimpleNamespace

import pytest

import pytest_auth0_mfa
from pytest_auth0_mfa import Tenant, contract, plugin
from pytest_auth0_mfa.cli import COMMANDS, command
from pytest_auth0_mfa.spec.outcomes import ChangeLevel, Outcome

TO_DO = (
    "This name is public (docs/versioning.md): what goes or changes is deprecated first, is said in CHANGELOG.md, and "
    "is changed here last. What is new is added here too."
)

NAMES = {
    "pytest_auth0_mfa": """
        Application Auth0MfaCassette Auth0MfaError Authenticator Call Channel Clock CodeChannel ConfigurationError
        ContractViolation Factor Fault Handler Headers MakeServer Message MfaDemand MissingExtraError OAuthError
        OperationId OtpSource Policy Profile PushApprover RecordMode Request Response Schemas Tenant TenantFactor
        TenantKeywords UnknownOperationError User handler in_process serve
    """,
    "pytest_auth0_mfa.contract": """
        AuthError Client ClientContract ContractViolation FINDINGS FakeSubject FindingKind LiveSubject MfaClient Person
        Prompt Subject TenantContract Tokens explain fake_subject live_subject
    """,
}

FIXTURES = """
    auth0_mfa auth0_mfa_cassette auth0_mfa_cassette_dir auth0_mfa_client_id auth0_mfa_client_secret auth0_mfa_domain
    auth0_mfa_listen_address auth0_mfa_otp_source auth0_mfa_profile auth0_mfa_push_approver auth0_mfa_schemas
    auth0_mfa_seed auth0_mfa_server auth0_mfa_session_server auth0_mfa_ssl_context make_auth0_mfa_server
"""

OPTIONS = """
    --auth0-mfa-factors --auth0-mfa-max-examples --auth0-mfa-profile --auth0-mfa-rate-limit --auth0-mfa-record-mode
    --auth0-mfa-report --auth0-mfa-report-dir --auth0-mfa-reproducer --auth0-mfa-seed --auth0-mfa-target
    --auth0-mfa-update-profile
"""

INI = """
    auth0_mfa_baseline auth0_mfa_cassette_max_age auth0_mfa_factors auth0_mfa_live_domains auth0_mfa_max_examples
    auth0_mfa_profile auth0_mfa_rate_limit auth0_mfa_record_mode auth0_mfa_report auth0_mfa_report_dir
    auth0_mfa_reproducer auth0_mfa_seed
    auth0_mfa_strict
"""

MARKERS = "auth0_mfa auth0_mfa_cassette auth0_mfa_live"

CLI = "cleanup doctor drift explain export import init openapi run serve verify"

EXIT_CODES = {
    "ALL_WELL": 0, "VIOLATION": 1, "FAILED": 1, "WRONG_USAGE": 2, "DRIFT": 10, "INCOMPLETE": 11, "COULD_NOT_RUN": 12,
    "INTERRUPTED": 130, "READER_GONE": 141, "INFO": 20, "WARNING": 21, "ERROR": 22,
}  # fmt: skip

ENVIRONMENT = """
    AUTH0_CLIENT_ID AUTH0_CLIENT_SECRET AUTH0_DOMAIN CURL_CA_BUNDLE NODE_EXTRA_CA_CERTS REQUESTS_CA_BUNDLE SSL_CERT_FILE
"""

CALLS = """
    pytest_auth0_mfa.handler(tenant)
    pytest_auth0_mfa.in_process(tenant, *, mock=None, handler=None)
    pytest_auth0_mfa.serve(tenant, *, ssl_context=None, listen_address=('localhost', 0), ca_file=None, handler=None)

    pytest_auth0_mfa.Request(method, path, headers, body=b'')
    pytest_auth0_mfa.Request.json()
    pytest_auth0_mfa.Response(status, headers, body=b'', fault=None)
    pytest_auth0_mfa.Response.json()

    pytest_auth0_mfa.Tenant(*, domain='tenant.example', client_id=None, client_secret=None, factors=None, policy='all-applications', profile=None, clock=None, seed=None, fixed_code=None, rate_limit=None, audiences=None, code_lengths=None, code_lifetimes=None, claims=None, proof_of_possession=None)
    pytest_auth0_mfa.Tenant.add_application(*, client_id=None, client_secret=None, token_endpoint_auth_method='client_secret_post', grant_types=None, public_keys=(), name=None, rotate_refresh_tokens=False, refresh_token_leeway=0, require_proof_of_possession=False)
    pytest_auth0_mfa.Tenant.add_user(email=None, password=None, *, email_verified=False, phone_number=None, mfa=None, user_id=None)
    pytest_auth0_mfa.Tenant.delay_next(operation, seconds, times=1)
    pytest_auth0_mfa.Tenant.drop_next(operation, *, after_half=False, times=1)
    pytest_auth0_mfa.Tenant.fail_next(operation, *, status=500, error=None, description=None, headers=None, body=None, times=1)
    pytest_auth0_mfa.Tenant.password_grant(user, **more)
    pytest_auth0_mfa.Tenant.reset()

    pytest_auth0_mfa.User.access_token(*, audience=None, scope=None, client_id=None, jkt=None)
    pytest_auth0_mfa.User.enroll(factor, *, email=None, phone_number=None, active=True)
    pytest_auth0_mfa.User.refresh_token(*, scope='openid profile email offline_access', audience=None, client_id=None, token=None)
    pytest_auth0_mfa.User.reset_limits()
    pytest_auth0_mfa.Authenticator.code()
    pytest_auth0_mfa.Clock.advance(seconds)
    pytest_auth0_mfa.Clock.freeze(at=None)
    pytest_auth0_mfa.Clock.now()

    pytest_auth0_mfa.tenant.outbox.Outbox.fail_next(channel, times=1)
    pytest_auth0_mfa.tenant.outbox.Outbox.latest(user=None, channel=None)
    pytest_auth0_mfa.tenant.outbox.Push.approve(user)
    pytest_auth0_mfa.tenant.outbox.Push.approve_after(polls, user=None)
    pytest_auth0_mfa.tenant.outbox.Push.reject(user)
    pytest_auth0_mfa.tenant.journal.Calls.of(operation)
    pytest_auth0_mfa.spec.schemas.Schemas.check(operation, status, body, *, closed=False)

    pytest_auth0_mfa.plugin.cassette.Auth0MfaCassette.code(source)
    pytest_auth0_mfa.plugin.cassette.Auth0MfaCassette.secret(name)
    pytest_auth0_mfa.plugin.cassette.Auth0MfaCassette.user(number=1)
    pytest_auth0_mfa.plugin.cassette.Auth0MfaCassette.wrong(kind)
    pytest_auth0_mfa.cassettes.session.CassetteUser.code()

    pytest_auth0_mfa.contract.AuthError(error, description=None, status=None, mfa_token=None)
    pytest_auth0_mfa.contract.ClientContract.make_client(tenant)
    pytest_auth0_mfa.contract.TenantContract.make_subject()
    pytest_auth0_mfa.contract.explain(finding_id)
    pytest_auth0_mfa.contract.fake_subject(tenant, *, handler=None, features=('my-account', 'dpop'))
    pytest_auth0_mfa.contract.Person(username, password, phone_number, email_verified=False)

    pytest_auth0_mfa.contract.MfaClient.associate(token, factor, *, email=None, phone_number=None)
    pytest_auth0_mfa.contract.MfaClient.challenge(mfa_token, authenticator_id=None, *, challenge_type=None)
    pytest_auth0_mfa.contract.MfaClient.close()
    pytest_auth0_mfa.contract.MfaClient.delete_authenticator(token, authenticator_id)
    pytest_auth0_mfa.contract.MfaClient.list_authenticators(token)
    pytest_auth0_mfa.contract.MfaClient.log_in(username, password, *, audience=None, scope=None)
    pytest_auth0_mfa.contract.MfaClient.refresh(refresh_token, *, audience=None, scope=None)
    pytest_auth0_mfa.contract.MfaClient.sign_in(username, password, ask)
    pytest_auth0_mfa.contract.MfaClient.verify_oob(mfa_token, oob_code, binding_code=None)
    pytest_auth0_mfa.contract.MfaClient.verify_otp(mfa_token, otp)
    pytest_auth0_mfa.contract.MfaClient.verify_recovery_code(mfa_token, recovery_code)

    pytest_auth0_mfa.contract.Subject.advance(seconds)
    pytest_auth0_mfa.contract.Subject.answer_push(user, approve)
    pytest_auth0_mfa.contract.Subject.close()
    pytest_auth0_mfa.contract.Subject.code(user, channel, since)
    pytest_auth0_mfa.contract.Subject.new_user(*, email_verified=False)
    pytest_auth0_mfa.contract.Subject.now()
"""  # noqa: E501 - a table: one call, one line

ATTRIBUTES = {
    "tenant": "ca_file calls client_id client_secret clock control_token domain env factors issuer outbox policy "
    "profile push url users applications",
    "user": "authenticators email email_verified id mfa password phone_number recovery_code",
    "authenticator": "active factor id name secret",
    "message": "authenticator_id channel code sent_at to user",
    "call": "at operation request response violations",
    "client contract": "dpop make_client polls reach",
    "subject": "client_id client_secret controls domain factors handler profile",
}


def words(text: str) -> list[str]:
    return sorted(text.split())


@pytest.mark.parametrize("module", NAMES)
def test_names_of_modules(module: str) -> None:
    """What a module exports is what it exported, and each name is there."""
    loaded = import_module(module)
    assert sorted(loaded.__all__) == words(NAMES[module]), TO_DO
    for name in loaded.__all__:
        assert getattr(loaded, name) is not None


def test_fixtures(pytester: pytest.Pytester) -> None:
    """pytest lists these, and no other of ours."""
    listed = pytester.runpytest_subprocess("--fixtures", "-q", "-p", "no:cacheprovider").outlines
    ours = {line.split()[0] for line in listed if line.startswith(("auth0_mfa", "make_auth0_mfa"))}
    assert sorted(ours) == words(FIXTURES), TO_DO


class Declared:
    """What the plugin declares to pytest: stands for a parser, its group, and a configuration without settings."""

    def __init__(self) -> None:
        self.options: list[str] = []
        self.ini: list[str] = []
        self.markers: list[str] = []
        self.option = SimpleNamespace()

    def getgroup(self, *_: object) -> Declared:
        return self

    def addoption(self, name: str, **more: object) -> None:
        self.options.append(name)
        setattr(self.option, name.removeprefix("--").replace("-", "_"), more.get("default"))

    def addini(self, name: str, *_: object, **__: object) -> None:
        self.ini.append(name)

    def addinivalue_line(self, name: str, line: str) -> None:
        assert name == "markers"
        self.markers.append(line.partition(":")[0].partition("(")[0])

    def getoption(self, name: str) -> None:
        return None

    def getini(self, name: str) -> str:
        return ""


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> Declared:
    for name in [name for name in os.environ if name.startswith("AUTH0_MFA_")]:
        monkeypatch.delenv(name)
    declared = Declared()
    plugin.pytest_addoption(declared)  # type: ignore[arg-type]
    plugin.pytest_configure(declared)  # type: ignore[arg-type]
    return declared


@pytest.mark.parametrize(("kind", "names"), [("options", OPTIONS), ("ini", INI), ("markers", MARKERS)])
def test_settings(declared: Declared, kind: str, names: str) -> None:
    """Options, settings of the configuration and markers are these."""
    assert sorted(getattr(declared, kind)) == words(names), TO_DO


def test_commands() -> None:
    """The console script knows these, and each can be loaded."""
    assert sorted(COMMANDS) == words(CLI), TO_DO
    assert all(command(name).SUMMARY for name in COMMANDS)


def test_exit_codes() -> None:
    """A script that looks at the exit code goes on being right."""
    found = {one.name: one.exit_code for one in (*Outcome, *ChangeLevel)}
    assert found == EXIT_CODES, TO_DO


def resolve(path: str) -> object:
    """What a dotted path names."""
    parts = path.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        try:
            found: object = import_module(".".join(parts[:cut]))
        except ImportError:
            continue
        for name in parts[cut:]:
            found = getattr(found, name)
        return found
    raise AssertionError(path)


def call(path: str) -> str:
    """The path with its parameters and their defaults, as it is now."""
    signature = inspect.signature(resolve(path))  # type: ignore[arg-type]
    bare = [p.replace(annotation=p.empty) for p in signature.parameters.values() if p.name != "self"]
    return f"{path}{signature.replace(parameters=bare, return_annotation=signature.empty)}"


@pytest.mark.parametrize("line", [line.strip() for line in CALLS.splitlines() if line.strip()])
def test_calls(line: str) -> None:
    """Parameters, their order and their defaults are as they were."""
    assert call(line.partition("(")[0]) == line, TO_DO


def things() -> Iterator[tuple[str, object]]:
    tenant = Tenant()
    user = tenant.add_user()
    authenticator = user.enroll("otp")
    yield "tenant", tenant
    yield "user", user
    yield "authenticator", authenticator
    yield "message", pytest_auth0_mfa.Message("email", "ada@example.com", "123456", user, authenticator.id, 0.0)
    request, response = pytest_auth0_mfa.Request("GET", "/", {}), pytest_auth0_mfa.Response(404, {})
    yield "call", pytest_auth0_mfa.Call(None, request, response, 0.0)
    yield "client contract", contract.ClientContract
    yield "subject", contract.fake_subject(tenant)


@pytest.mark.parametrize(("name", "thing"), list(things()), ids=[name for name, _ in things()])
def test_attributes(name: str, thing: object) -> None:
    """What a test reads of it is there."""
    assert [word for word in words(ATTRIBUTES[name]) if not hasattr(thing, word)] == [], TO_DO


def test_environment_of_a_server(auth0_mfa_server: Tenant) -> None:
    """Programs in any language are configured by these."""
    assert set(words(ENVIRONMENT)) <= set(auth0_mfa_server.env), TO_DO
