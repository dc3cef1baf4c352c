"""The subject that ``--auth0-mfa-target`` names: the fake, the fake behind HTTPS, or a real tenant."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from pytest_auth0_mfa.contract.tenant.subject_fake import FakeSubject, fake_subject
from pytest_auth0_mfa.contract.tenant.subjects import Subject
from pytest_auth0_mfa.tenant.tenant import Tenant

from .contract_options import Options
from .failing import plainly


def target_of(request: pytest.FixtureRequest) -> Subject:
    """A subject for one test."""
    options = Options.of(request.config)
    if options.target == "fake":
        return fake_subject(_tenant(request, options))
    if options.target == "server":
        return server_subject(_tenant(request, options))
    from .live import subject_of

    return subject_of(request)


def _tenant(request: pytest.FixtureRequest, options: Options) -> Tenant:
    """The tenant that the options and the fixtures to override describe."""
    from . import settings

    profile = request.getfixturevalue("auth0_mfa_profile")
    factors = settings.setting(request.config, "factors")
    return Tenant(profile=profile, factors=factors, seed=options.seed)


def server_subject(tenant: Tenant) -> FakeSubject:
    """The fake behind its HTTPS server: arranged directly, judged over the wire."""
    from pytest_auth0_mfa.transports.live import live
    from pytest_auth0_mfa.transports.server import serve

    with ExitStack() as stack:
        served = plainly(lambda: stack.enter_context(serve(tenant)))
        over_https = stack.enter_context(live(served.url, ca_file=served.ca_file))
        return FakeSubject(served, over_https, stack.pop_all().close)
