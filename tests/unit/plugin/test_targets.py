"""The subject that the options name."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from pytest_auth0_mfa import Tenant
from pytest_auth0_mfa.contract.tenant.subject_fake import FakeSubject
from pytest_auth0_mfa.plugin import contract_session, live


@pytest.mark.parametrize("target", ["fake", "server", "tenant.eu.auth0.com", "a.example"])
def test_a_target_is_the_fake_its_server_or_a_domain(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is neither fake nor server is a real tenant."""
    monkeypatch.setattr(contract_session, "settings_of", lambda config: SimpleNamespace(target=target, seed=3))
    monkeypatch.setattr(contract_session, "_tenant", lambda request, settings: Tenant(seed=settings.seed))
    monkeypatch.setattr(contract_session, "server_subject", lambda tenant: "server")
    monkeypatch.setattr(live, "subject_of", lambda request: "real")
    subject: Any = contract_session.target_of(cast("pytest.FixtureRequest", SimpleNamespace(config=None)))
    if target == "fake":
        assert isinstance(subject, FakeSubject)
    else:
        assert subject == ("server" if target == "server" else "real")
