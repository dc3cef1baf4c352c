"""Every official client that does MFA under the client contract, unchanged, over HTTPS.

What is found on them is accepted in ``baseline.toml``, each entry with what the SDK does and where. auth0-python
4 and 6 have no MFA calls to hold to the contract: see ``test_auth0_python.py``.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import pytest
from sdk import sdk_tools
from sdk.node_client import NodeClient, Program

from pytest_auth0_mfa import Tenant
from pytest_auth0_mfa.contract import ClientContract
from pytest_auth0_mfa.contract.client.flows import scenarios

if shutil.which("node") is None or not (sdk_tools.NODE / "node_modules" / "@auth0").is_dir():
    sdk_tools.missing("Node, or what npm ci installs in tests/outside/sdk/node,")
if find_spec("auth0_server_python") is None:
    sdk_tools.missing("auth0-server-python")


@pytest.fixture(scope="class")
def program(request: pytest.FixtureRequest) -> Iterator[Program]:
    """The program of a contract class."""
    program = Program(request.cls.sdk)
    yield program
    program.close()


class OnNode(ClientContract):
    """An SDK on Node."""

    sdk: str

    def make_client(self, tenant: Tenant) -> NodeClient:
        program = self.request.getfixturevalue("program")
        return NodeClient(program, tenant.domain, tenant.client_id, tenant.client_secret)


class TestAuthJs(OnNode):
    """@auth0/auth0-auth-js."""

    sdk = "auth-js"


class TestServerJs(OnNode):
    """@auth0/auth0-server-js."""

    sdk = "server-js"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of what the SDK itself uses
class TestServerPython(ClientContract):
    """auth0-server-python."""

    def make_client(self, tenant: Tenant) -> Any:
        from client_zoo.auth0_server_python_client import ServerPython

        return ServerPython(tenant.domain, tenant.client_id, tenant.client_secret)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of what the SDK itself uses
class TestPageOfServerPython(ClientContract):
    """The My Account client of auth0-server-python: nothing is accepted, since nothing is found."""

    def make_client(self, tenant: Tenant) -> Any:
        from client_zoo.auth0_server_python_page import PageOfServerPython

        return PageOfServerPython(tenant.domain)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of what the SDK itself uses
class TestBoundServerPython(ClientContract):
    """auth0-server-python with a key: the scenarios of bound tokens, since `TestServerPython` plays the others."""

    dpop = True
    test_machine = None  # type: ignore[assignment]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Those that are for clients with a key only."""
        if "scenario" in metafunc.fixturenames:
            bound = [name for name, one in scenarios().items() if one.dpop and one.fits(self.reach, self.polls, True)]
            metafunc.parametrize("scenario", bound)

    def make_client(self, tenant: Tenant) -> Any:
        from client_zoo.auth0_server_python_bound import BoundServerPython

        return BoundServerPython(tenant.domain, tenant.client_id, tenant.client_secret)
