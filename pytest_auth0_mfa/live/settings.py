"""What a live run is told, all of it secret or not, by the environment; nothing here makes a call."""

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
"""What a run may use up unless it is told otherwise. Auth0's own SMS are 100 for the life of a tenant."""
_MOST_DIGITS = 12
_USER = ("email", "password", "phone_number", "email_verified")


@dataclass(frozen=True, slots=True)
class LiveSettings:
    """Where the tenant is and what may be done there."""

    domain: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    management: Credentials | None = field(default=None, repr=False)
    users: tuple[Person, ...] = field(default=(), repr=False)
    """Users given by name. Nothing is enrolled for them when a test begins."""
    user_email: str = ""
    """Where mail for created users goes: ``@example.com`` takes any name, ``qa@example.com`` what follows a plus."""
    phone_number: str = ""
    connection: str = CONNECTION
    factors: frozenset[str] | None = None
    """What the tenant has on; None: template the Management API."""
    rate: Rate | None = None
    """How fast calls may be made; None: as the tenant's own headers say."""
    budget: Mapping[str, int] = field(default_factory=lambda: dict(BUDGET))
    wait: float = 0.0
    """How many seconds a scenario may really wait in all."""
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
    """The settings of a run. Raises ConfigurationError that names the variable."""
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
    """A JSON list. What is wrong with it is said without quoting it: it holds passwords."""
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
