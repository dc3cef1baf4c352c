"""A recorded login, and what runs pytest with chosen plugins."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from other_plugins.runs import Runner


@pytest.fixture(scope="session")
def cassette(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A login that was recorded twice."""
    pytest.importorskip("vcr", reason="needs the extra cassettes")
    folder = tmp_path_factory.mktemp("recorded")
    (folder / "test_record.py").write_text(
        """
import requests

def test_log_in(auth0_mfa_server, auth0_mfa_cassette):
    tenant = auth0_mfa_cassette
    user = tenant.user(1)
    client = {"client_id": tenant.client_id, "client_secret": tenant.client_secret}
    body = {"grant_type": "password", "username": user.email, "password": user.password, **client}
    for _ in range(2):  # an answer is played once
        requests.post(tenant.url + "/oauth/token", json=body, verify=auth0_mfa_server.ca_file)
""",
        encoding="utf-8",
    )
    arguments = ("-q", "-p", "auth0_mfa", "--auth0-mfa-record-mode=once")
    subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=folder,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    (made,) = folder.rglob("*.yaml")
    return made


@pytest.fixture
def runner(pytester: pytest.Pytester, cassette: Path, monkeypatch: pytest.MonkeyPatch) -> Runner:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    return Runner(pytester, cassette)
