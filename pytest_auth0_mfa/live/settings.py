"""The settings of a live run, read from the environment. Nothing here makes a call."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_auth0_mfa.contract.tenant.subjects import Person
from pytest_auth0_mfa.errors import ConfigurationError, closest
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.tenant.limits import Rate

from .management import CONNECTION, Credentials

BUDGET = {"email": 300, "sms": 20, "voice": 5, "push": 100, "requests": 5000}
"""How much a run may use up by default. Auth0 itself sends only 100 SMS in the life of a tenant."""
_MOST_DIGITS = 12
_USER = ("email", "password", "phone_number", "email_verified")


@dataclass(frozen=True, slots=True)
class LiveSettings:
    """Where the tenant is, and what a run may do there."""

    domain: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    management: Credentials | None = field(default=None, repr=False)
    users: tuple[Person, ...] = field(default=(), repr=False)
    """Users given in AUTH0_MFA_USERS. They must have nothing enrolled when a test begins."""
    user_email: str = ""
    """Where mail for created users goes: ``@example.com`` for NAME@example.com, ``qa@example.com`` for
    qa+NAME@example.com."""
    phone_number: str = ""
    connection: str = CONNECTION
    factors: frozenset[str] | None = None
    """The factors that the tenant has on; None: ask the Management API."""
    rate: Rate | None = None
    """How fast calls may be made; None: as the tenant's headers allow."""
    budget: Mapping[str, int] = field(default_factory=lambda: dict(BUDGET))
    wait: float = 0.0
    """How many seconds one scenario may really wait, all its waits together."""
    ca_file: str | None = None
    worker: int = 0
    workers: int = 1


def from_environment(
    domain: str,
    environment: Mapping[str, str],
    *,
    factors: frozenset[str] | None = None,
    rate: str | None = None,
    worker: int = 0,
    workers: int = 1,
) -> LiveSettings:
    """The settings of a run. Raises a ConfigurationError that names the variable."""
    client_id = environment.get("AUTH0_CLIENT_ID", "")
    if not client_id:
        raise ConfigurationError(
            f"--auth0-mfa-target={domain}: set AUTH0_CLIENT_ID (and AUTH0_CLIENT_SECRET) in the environment: the "
            "application of this tenant that has the Password and MFA grants."
        )
    secret = environment.get("AUTH0_CLIENT_SECRET") or None
    return LiveSettings(
        domain,
        client_id,
        secret,
        _credentials(environment, client_id, secret),
        _users(environment.get("AUTH0_MFA_USERS", "")),
        _user_email(environment.get("AUTH0_MFA_USER_EMAIL", "")),
        environment.get("AUTH0_MFA_PHONE_NUMBER", ""),
        environment.get("AUTH0_MFA_CONNECTION") or CONNECTION,
        factors,
        None if rate in (None, "auto") else Rate.parse(rate),
        _budget(environment.get("AUTH0_MFA_BUDGET", "")),
        _seconds(environment.get("AUTH0_MFA_LIVE_WAIT", "")),
        environment.get("SSL_CERT_FILE") or None,
        worker,
        workers,
    )


def _credentials(environment: Mapping[str, str], client_id: str, secret: str | None) -> Credentials | None:
    if token := environment.get("AUTH0_MFA_MANAGEMENT_TOKEN"):
        return Credentials(token=token)
    if own := environment.get("AUTH0_MFA_MANAGEMENT_CLIENT_ID"):
        return Credentials(own, environment.get("AUTH0_MFA_MANAGEMENT_CLIENT_SECRET", ""))
    return Credentials(client_id, secret) if secret else None


def _users(text: str) -> tuple[Person, ...]:
    """The users in a JSON list. Error messages never quote it, since it holds passwords."""
    if not text:
        return ()
    form = 'AUTH0_MFA_USERS: expected a JSON list such as [{"email": "...", "password": "...", "phone_number": "..."}]'
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        raise ConfigurationError(f"{form}; it is not JSON") from None
    if not isinstance(given, list):
        raise ConfigurationError(f"{form}; it is no list")
    return tuple(_user(row, f"{form}; $[{index}]") for index, row in enumerate(given))


def _user(row: Json, where: str) -> Person:
    if not isinstance(row, dict):
        raise ConfigurationError(f"{where} is no object")
    for name in row:
        if name not in _USER:
            raise ConfigurationError(f"{where} has the member {name[:30]!r}. {closest(name, _USER)}")
    for name in ("email", "password"):
        if not isinstance(row.get(name), str) or not row[name]:
            raise ConfigurationError(f"{where} has no {name}")
    return Person(
        row["email"].lower(), row["password"], str(row.get("phone_number") or ""), row.get("email_verified") is True
    )


def _user_email(text: str) -> str:
    local, at, domain = text.partition("@")
    if text and (not at or "." not in domain or "+" in local or " " in text):
        raise ConfigurationError(
            "AUTH0_MFA_USER_EMAIL: expected @DOMAIN, where mail for any name arrives in the inbox that is read, or "
            "NAME@DOMAIN, where mail for NAME+ANYTHING does."
        )
    return text


def _budget(text: str) -> dict[str, int]:
    budget = dict(BUDGET)
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, number = part.partition("=")
        if name not in BUDGET or not number.isdecimal() or len(number) > _MOST_DIGITS:
            raise ConfigurationError(
                f"AUTH0_MFA_BUDGET: {part!r}: expected such as email=100,sms=5. {closest(name, BUDGET)}"
            )
        budget[name] = int(number)
    return budget


def _seconds(text: str) -> float:
    try:
        return max(0.0, float(text or 0))
    except ValueError:
        raise ConfigurationError(f"AUTH0_MFA_LIVE_WAIT={text!r}: expected seconds, such as 60") from None
