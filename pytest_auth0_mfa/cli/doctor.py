"""``auth0-mfa doctor``: check what a run against a real tenant needs."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_auth0_mfa.errors import Auth0MfaError, ConfigurationError, printable

from .pytest_config import misspelt

if TYPE_CHECKING:
    from pytest_auth0_mfa.live.management import Management
    from pytest_auth0_mfa.live.settings import LiveSettings
    from pytest_auth0_mfa.messages import Handler

SUMMARY = "check what a run against a real tenant needs, and say how to fix what is missing; changes nothing"
PASSES_ARGUMENTS_ON = False


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the output. ``mark``: ``ok``, ``note`` (a run is possible without it) or ``FAIL``."""

    mark: str
    name: str
    text: str

    def __str__(self) -> str:
        return f"{self.mark:4}  {self.name}: {self.text}"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options for the tenant and its factors."""
    parser.description = f"{SUMMARY.capitalize()}.\nCredentials come from the environment, as for verify."
    parser.add_argument("--target", "--auth0-mfa-target", metavar="DOMAIN[:PORT]", required=True, help="the tenant")
    parser.add_argument(
        "--factors", "--auth0-mfa-factors", metavar="LIST", help="the factors that are on (default: ask the tenant)"
    )


def run(options: argparse.Namespace) -> int:
    """Print the checks; exit code 1 when one of them fails."""
    from pytest_auth0_mfa.live.run import secrets_of_environment

    misspelt(options.target)
    secrets = secrets_of_environment()
    failed = 0
    for check in checks(options.target, options.factors):
        print(printable(secrets.hidden(str(check))), flush=True)
        failed += check.mark == "FAIL"
    print(f"auth0-mfa doctor: {f'{failed} to mend' if failed else 'ready'}")
    return 1 if failed else 0


def checks(domain: str, factors: str | None) -> Iterator[Check]:
    """All checks, without those that depend on a failed one."""
    from pytest_auth0_mfa.live.capabilities import reachable
    from pytest_auth0_mfa.live.settings import from_environment
    from pytest_auth0_mfa.plugin.settings import read
    from pytest_auth0_mfa.transports.live import live

    yield _allowed(domain)
    try:
        given = None if factors is None else frozenset(read("factors", factors, "--factors", Path()))
        settings = from_environment(domain, os.environ, factors=given)
    except (ConfigurationError, pytest.UsageError) as error:
        yield Check("FAIL", "environment", str(error))
        return
    with live(f"https://{domain}", ca_file=settings.ca_file) as handler:
        check = _tried("domain", lambda: reachable(handler, domain), f"https://{domain}/ answers as a tenant")
        yield check
        if check.mark != "FAIL":
            yield from _at_tenant(handler, settings)
    yield _inbox()
    yield _approver()
    yield _ledger(domain)


def _at_tenant(handler: Handler, settings: LiveSettings) -> Iterator[Check]:
    from pytest_auth0_mfa.live.management import Management

    yield from _grants(handler, settings)
    management = Management(handler, settings.domain, settings.management) if settings.management else None
    yield from _management(management, settings)
    yield _users(handler, settings, management)


def _tried(name: str, problem: Callable[[], str | None], well: str) -> Check:
    try:
        message = problem()
    except Auth0MfaError as error:
        message = str(error)
    return Check("FAIL", name, message) if message else Check("ok", name, well)


def _allowed(domain: str) -> Check:
    from .pytest_config import here

    allowed = here().ours.get("auth0_mfa_live_domains", "").lower().split()
    if domain.lower() in allowed:
        return Check("ok", "allowed", "the domain is in auth0_mfa_live_domains")
    line = f"auth0_mfa_live_domains = {' '.join([*allowed, domain])}"
    return Check("FAIL", "allowed", f"add it to pytest's configuration, else verify refuses to run: {line}")


def _grants(handler: Handler, settings: LiveSettings) -> Iterator[Check]:
    from pytest_auth0_mfa.live.capabilities import CREDENTIALS, GRANT_NAMES, refused_grant

    checks = [_tried(f"grant {name}", partial(refused_grant, handler, settings, grant), "allowed")
              for grant, name in GRANT_NAMES.items()]  # fmt: skip
    if any(check.text == CREDENTIALS for check in checks):
        yield Check("FAIL", "credentials", CREDENTIALS)
        return
    yield Check("ok", "credentials", "the tenant knows the application")
    yield from checks


def _management(management: Management | None, settings: LiveSettings) -> Iterator[Check]:
    from pytest_auth0_mfa.live.capabilities import policy_problem
    from pytest_auth0_mfa.live.management import READ_FACTORS, SCOPES, ManagementError

    if management is None:
        yield Check("note", "Management API", "no credentials: give users and say factors; nothing is enrolled")
        return
    try:
        lacking = [scope for scope in SCOPES if scope not in management.scopes]
    except ManagementError as error:
        yield Check("note", "Management API", str(error))
        return
    scopes = f"without {', '.join(lacking)}: add them to the application's grant" if lacking else "all scopes are there"
    yield Check("note" if lacking else "ok", "Management API", scopes)
    if settings.factors is not None:
        yield Check("ok", "factors", f"{', '.join(sorted(settings.factors))} (as said)")
    elif management.may(READ_FACTORS):
        yield _tried("factors", lambda: None, ", ".join(sorted(management.factors())) or "none is on")
    yield _tried("policy", lambda: policy_problem(management), "MFA is always demanded")


def _users(handler: Handler, settings: LiveSettings, management: Management | None) -> Check:
    from pytest_auth0_mfa.live.ledger import Ledger
    from pytest_auth0_mfa.live.users import Directory

    directory = Directory(settings, handler, management, Ledger())
    if problem := directory.problem():
        return Check("FAIL", "users", problem)
    if directory.creates:
        return Check("ok", "users", f"created with mail to {settings.user_email}, and deleted afterwards")
    if not directory.enrolls:
        return Check(
            "note", "users", f"{len(settings.users)} given; nothing is enrolled for them: it could not be removed"
        )
    return Check("ok", "users", f"{len(settings.users)} given")


def _inbox() -> Check:
    from pytest_auth0_mfa.live.people.codes import from_url

    url = os.environ.get("AUTH0_MFA_OTP_SOURCE")
    if not url:
        return Check("note", "inbox", "AUTH0_MFA_OTP_SOURCE is not set: email, sms and voice need it, or the fixture")

    def problem() -> None:
        source = from_url(url)
        try:
            source.drain()
        finally:
            getattr(source, "close", lambda: None)()

    return _tried("inbox", problem, "can be read")


def _approver() -> Check:
    from pytest_auth0_mfa.live.people.push import from_url

    url = os.environ.get("AUTH0_MFA_PUSH_APPROVER")
    if not url:
        return Check("note", "push", "AUTH0_MFA_PUSH_APPROVER is not set: the push factor needs it, or the fixture")

    def problem() -> None:
        getattr(from_url(url), "close", lambda: None)()

    return _tried("push", problem, "somebody answers")


def _ledger(domain: str) -> Check:
    from pytest_auth0_mfa.live.ledger import Ledger

    left = len(Ledger().open_entries(domain))
    if left:
        return Check("note", "ledger", f"{left} may be left of earlier runs: auth0-mfa cleanup removes them")
    return Check("ok", "ledger", "nothing is left of earlier runs")
