"""The subject that ``--auth0-mfa-target`` names: the fake, the fake behind HTTPS, or a real tenant."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from pytest_auth0_mfa.contract.tenant.subject_fake import FakeSubject, fake_subject
from pytest_auth0_mfa.contract.tenant.subjects import Subject
from pytest_auth0_mfa.tenant.tenant import Tenant

from .failing import fail_plainly
from .settings import Settings, settings_of


def target_of(request: pytest.FixtureRequest) -> Subject:
    """A subject for one test."""
    settings = settings_of(request.config)
    if settings.target == "fake":
        return fake_subject(_tenant(request, settings))
    if settings.target == "server":
        return server_subject(_tenant(request, settings))
    from .live import subject_of

    return subject_of(request)


def _tenant(request: pytest.FixtureRequest, settings: Settings) -> Tenant:
    """The tenant that the options and the fixtures to override describe."""
    profile = request.getfixturevalue("auth0_mfa_profile")
    factors = settings.get("factors")
    return Tenant(profile=profile, factors=factors, seed=settings.seed)


def server_subject(tenant: Tenant) -> FakeSubject:
    """The fake behind its HTTPS server: arranged directly, judged over the wire."""
    from pytest_auth0_mfa.transports.live import live
    from pytest_auth0_mfa.transports.server import serve

    with ExitStack() as stack:
        served = fail_plainly(lambda: stack.enter_context(serve(tenant)))
        over_https = stack.enter_context(live(served.url, ca_file=served.ca_file))
        return FakeSubject(served, over_https, stack.pop_all().close)
