"""The pytest plugin: options, ini entries, markers, fixtures, and lines in pytest's header and summary.

Every pytest run of a project that has the package installed imports this module, so it imports nothing but pytest.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from importlib.machinery import ModuleSpec
    from pathlib import Path
    from types import ModuleType

    from pytest_auth0_mfa.spec.schemas import Schemas
    from pytest_auth0_mfa.tenant.tenant import Tenant
    from pytest_auth0_mfa.transports.server import Server

    from .cassette import Auth0MfaCassette
    from .fixtures import MakeServer

# pytest rewrites the asserts in all modules of a plugin's distribution, which makes their import several times
# slower.
# Only the asserts in the contract and the suite are about what a user tests.
_REWRITTEN = ("pytest_auth0_mfa.contract", "pytest_auth0_mfa.suite")
pytest.register_assert_rewrite(*_REWRITTEN)  # needed for an editable installation, which has no list of its files


class _AsWritten:
    """A finder before pytest's own, so that pytest does not rewrite the other modules of this package."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name.startswith("pytest_auth0_mfa.") and not name.startswith(_REWRITTEN):
            return PathFinder.find_spec(name, path, target)
        return None


sys.meta_path.insert(0, _AsWritten)

from .keys import CARRIED  # noqa: E402 - found by the finder above
from .options import OPTIONS  # noqa: E402


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("auth0-mfa", "fake and contract of Auth0's MFA API (pytest-auth0-mfa)")
    text = "what TenantContract runs against; only on the command line itself (default: fake)"
    group.addoption("--auth0-mfa-target", metavar="{fake,server,DOMAIN[:PORT]}", default="fake", help=text)
    group.addoption("--auth0-mfa-update-profile", action="store_true", help="write what was measured of a real tenant")
    parser.addini("auth0_mfa_live_domains", "the real tenants that a run may be made against", type="args", default=[])
    for setting in OPTIONS:
        group.addoption(setting.option, metavar=setting.metavar, type=setting.type, default=None, help=setting.help)
        parser.addini(setting.ini, f"{setting.help}; also the environment's {setting.environment}", default="")
    parser.addini("auth0_mfa_strict", "fail a test whose calls do not keep to the schemas", type="bool", default=False)
    parser.addini("auth0_mfa_baseline", "client contracts: a TOML file of accepted findings, a reason each", default="")
    parser.addini("auth0_mfa_cassette_max_age", "days after which the summary calls a cassette stale", default="365")


def pytest_configure(config: pytest.Config) -> None:
    for line in (
        "auth0_mfa(**keywords): how the test's tenant is made, in the keywords of Tenant",
        'auth0_mfa_cassette("name"): the recording that the test plays; by default it is named after the test',
        "auth0_mfa_live: needs a real tenant; skipped unless --auth0-mfa-target is a domain",
    ):
        config.addinivalue_line("markers", line)
    try:
        config.getini("auth0_mfa_strict")
    except (ValueError, TypeError, pytest.UsageError) as error:
        raise pytest.UsageError(f"auth0_mfa_strict: {error}; expected true or false") from None
    if _is_configured(config):
        from .command_line import prepare

        prepare(config)


def _is_configured(config: pytest.Config) -> bool:
    given = (
        config.getoption(o.ini) is not None or config.getini(o.ini) or os.environ.get(o.environment) for o in OPTIONS
    )
    return config.option.auth0_mfa_target != "fake" or config.option.auth0_mfa_update_profile or any(given)


def pytest_report_header(config: pytest.Config) -> str | None:
    if not _is_configured(config):
        return None
    from .command_line import header

    return header(config)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("auth0_mfa"):
        from .failing import check_markers

        check_markers(item)
    live, target = item.get_closest_marker("auth0_mfa_live"), item.config.option.auth0_mfa_target
    if live and target in ("fake", "server"):
        pytest.skip(f"needs a real tenant: --auth0-mfa-target=DOMAIN (it is {target!r})")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    if call.excinfo is None:
        return
    if type(call.excinfo.value).__name__ == "MissingExtraError":
        from .failing import say_what_is_missing

        say_what_is_missing(call)
    elif "ScopeMismatch" in (message := getattr(call.excinfo.value, "msg", None) or ""):
        from .failing import with_scope_advice

        call.excinfo.value.msg = with_scope_advice(message)  # type: ignore[attr-defined]  # of pytest's Failed


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and any(hasattr(r, CARRIED) for rs in reporter.stats.values() for r in rs):
        from .summary import register

        register(session.config)


@pytest.fixture
def auth0_mfa(request: pytest.FixtureRequest) -> Iterator[Tenant]:
    """A new fake tenant, which answers Python's HTTP libraries in process."""
    from .fixtures import in_process_tenant

    yield from in_process_tenant(request)


@pytest.fixture
def auth0_mfa_server(request: pytest.FixtureRequest, _auth0_mfa_listener: Server) -> Iterator[Tenant]:
    """A new fake tenant, served over HTTPS. Its domain is localhost:PORT."""
    from .fixtures import served_tenant

    yield from served_tenant(request, _auth0_mfa_listener)


@pytest.fixture
def make_auth0_mfa_server(request: pytest.FixtureRequest) -> Iterator[MakeServer]:
    """A function that takes Tenant's keywords and serves another tenant, on its own port."""
    from .fixtures import server_factory

    yield from server_factory(request)


@pytest.fixture(scope="session")
def auth0_mfa_session_server(request: pytest.FixtureRequest) -> Iterator[Tenant]:
    """One tenant for the whole session, for an application that is started once. Tests call its `reset()`."""
    from .fixtures import session_tenant

    yield from session_tenant(request)


@pytest.fixture
def auth0_mfa_cassette(request: pytest.FixtureRequest) -> Iterator[Auth0MfaCassette]:
    """A recording of a real tenant: replayed in the test, or made with --auth0-mfa-record-mode."""
    from .cassette import cassette

    yield from cassette(request)


@pytest.fixture(scope="session")
def auth0_mfa_schemas() -> Schemas:
    """The JSON Schemas by name. `check(operation, status, body)` lists what is wrong with a body."""
    from pytest_auth0_mfa.spec.schemas import schemas

    return schemas()


# -- fixtures to override: what they return replaces option, marker, ini and environment -------------


def _setting(name: str, text: str) -> Any:
    def setting(request: pytest.FixtureRequest) -> object:
        from .fixtures import setting_of_test

        return setting_of_test(request, name)

    setting.__doc__ = text
    return pytest.fixture(setting, name=f"auth0_mfa_{name}")


auth0_mfa_domain = _setting("domain", "The domain of the tenant in process: marker, AUTH0_DOMAIN, or tenant.example.")
auth0_mfa_client_id = _setting("client_id", "The application's client_id: marker, AUTH0_CLIENT_ID, or a generated one.")
auth0_mfa_client_secret = _setting(
    "client_secret", "Its client_secret: marker, AUTH0_CLIENT_SECRET, or a generated one."
)
auth0_mfa_profile = _setting("profile", "The tenant's Profile: option, marker, ini, environment, or the default one.")
auth0_mfa_seed = _setting("seed", "The tenant's seed: option, marker, ini, environment, or None for a random one.")


@pytest.fixture
def auth0_mfa_cassette_dir(request: pytest.FixtureRequest) -> Path:
    """The folder of the test's recordings: cassettes/MODULE beside the test's module."""
    return request.path.parent / "cassettes" / request.path.stem


def _for_the_run(name: str, value: object, text: str) -> Any:
    def setting() -> object:
        return value

    setting.__doc__ = text
    return pytest.fixture(setting, scope="session", name=f"auth0_mfa_{name}")


auth0_mfa_listen_address = _for_the_run("listen_address", ("localhost", 0), "The server's loopback host and port.")
auth0_mfa_ssl_context = _for_the_run("ssl_context", None, "The server's TLS context. None: made with the run's own CA.")
auth0_mfa_otp_source = _for_the_run("otp_source", None, "Where a contract run reads codes. None: the fake's outbox.")
auth0_mfa_push_approver = _for_the_run("push_approver", None, "What answers push requests. None: the fake itself.")


@pytest.fixture
def _auth0_mfa_contract_session(request: pytest.FixtureRequest) -> object:
    from .contract_session import PluginSession

    return PluginSession(request)


@pytest.fixture(scope="session")
def _auth0_mfa_listener(request: pytest.FixtureRequest) -> Iterator[Server]:
    from .fixtures import listener

    yield from listener(request)
