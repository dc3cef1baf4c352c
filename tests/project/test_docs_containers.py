"""docs/howto-containers.md: the compose file can be read, and its command is one that there is."""

from __future__ import annotations

import argparse
import json
import re
import shlex

import pytest
from helpers.places import PROJECT

from pytest_auth0_mfa.app.control.call import Node
from pytest_auth0_mfa.cli import serve, tenant_file
from pytest_auth0_mfa.errors import ConfigurationError

yaml = pytest.importorskip("yaml")
PAGE = (PROJECT / "docs" / "howto-containers.md").read_text(encoding="utf-8")
CONFIG, COMPOSE = re.findall(r"^```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
SERVICES = yaml.safe_load(COMPOSE)["services"]


def test_the_command_is_understood() -> None:
    """Each option exists; address, name and port are those that the application is told."""
    words = shlex.split(SERVICES["auth0"]["command"][2])
    parser = argparse.ArgumentParser()
    serve.arguments(parser)
    options = parser.parse_args(words[words.index("serve") + 1 :])
    assert options.listen == "0.0.0.0"
    assert SERVICES["shop"]["environment"]["AUTH0_DOMAIN"] == f"{options.name[0]}:{options.port}"
    assert options.name[0] in SERVICES
    shared = str(options.dir / "ca.pem")
    assert {SERVICES["shop"]["environment"][name] for name in ("NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE")} == {shared}


def test_the_config_has_the_application_of_the_environment() -> None:
    """And users who can log in."""
    tenant = tenant_file.build(Node(json.loads(CONFIG)))
    environment = SERVICES["shop"]["environment"]
    assert (environment["AUTH0_CLIENT_ID"], environment["AUTH0_CLIENT_SECRET"]) == (
        tenant.client_id,
        tenant.client_secret,
    )
    assert tenant.users


def test_fixtures_listen_on_loopback_only() -> None:
    """`auth0_mfa_listen_address` with another address is refused, and the message names the command that may."""
    from pytest_auth0_mfa.transports.server import Server

    with pytest.raises(ConfigurationError, match="auth0-mfa serve --listen"):
        Server(listen_address=("0.0.0.0", 0))
