"""Removes what the ledger names and nothing else: users that runs created, and what runs enrolled for given users."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from pytest_auth0_mfa.contract.tenant.verdicts import CouldNotRun, Disturbed, NotJudged
from pytest_auth0_mfa.errors import Auth0MfaError
from pytest_auth0_mfa.messages import Handler
from pytest_auth0_mfa.transports.live import live

from .ledger import Entry, Ledger, is_ours
from .management import Management, is_harmless
from .pace import Limited, Pace
from .redaction import Secrets
from .settings import LiveSettings
from .users import remove_new

SIDE_BY_SIDE = 4
"""How many users are deleted at the same time."""
TIMEOUT = 10.0
"""Seconds to wait for an answer, so that a cleanup ends soon when the tenant is out of reach."""
_NOT_TRIED = "not tried, since the tenant is out of reach"
IN_FLIGHT = 60.0
"""Seconds after which a call that a killed run had sent has certainly ended.

Until then a user who is not there may still be created, so the entry stays open.
"""


def clean_up(
    settings: LiveSettings,
    ledger: Ledger,
    secrets: Secrets,
    handler: Handler | None = None,
    *,
    now: float | None = None,
    pace: Pace | None = None,
) -> str:
    """Remove what the ledger names for this tenant.

    Returns a line about it, followed by one for each entry that is still there; empty when there are no entries.
    Raises LedgerError.
    """
    entries = ledger.open_entries(settings.domain)
    if not entries:
        return ""
    if settings.management is None:
        return f"auth0-mfa cleanup: {len(entries)} left: no credentials for the Management API in the environment"
    now = time.time() if now is None else now
    pace = Pace() if pace is None else pace
    secrets.add(*(user.password for user in settings.users))
    if handler is not None:
        return _clean_up(settings, ledger, secrets, handler, entries, now, pace)
    with live(f"https://{settings.domain}", ca_file=settings.ca_file, timeout=TIMEOUT) as connection:
        return _clean_up(settings, ledger, secrets, connection, entries, now, pace)


def _clean_up(
    settings: LiveSettings,
    ledger: Ledger,
    secrets: Secrets,
    handler: Handler,
    entries: list[Entry],
    now: float,
    pace: Pace,
) -> str:
    assert settings.management is not None
    limited = Limited(handler, pace, harmless=is_harmless)
    management = Management(limited, settings.domain, settings.management)
    removed, absent, kept = 0, 0, []
    out_of_reach = threading.Event()

    def remove(entry: Entry) -> bool | str:
        """Whether there was something to remove, or the reason why it is still there."""
        if out_of_reach.is_set():
            return _NOT_TRIED
        try:
            return _remove(entry, settings, limited, management)
        except (Disturbed, CouldNotRun) as error:  # the others would fail too, each after its own wait
            out_of_reach.set()
            return str(error)
        except (Auth0MfaError, NotJudged) as error:
            return str(error)

    try:
        management.may()  # one token for all
    except NotJudged as error:
        out_of_reach.set()
        kept.append(str(error))
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        # Authenticators are found by comparing a person's list before and after, so they are removed one by one.
        users = [entry for entry in entries if entry.kind == "user"]
        results = dict(zip([entry.id for entry in users], pool.map(remove, users), strict=True))
    results |= {entry.id: remove(entry) for entry in entries if entry.kind != "user"}
    for entry in entries:
        found = results[entry.id]
        if isinstance(found, str):
            kept.append(secrets.hidden(f"{entry.name}: {found}"))
            continue
        if found or now - entry.at > IN_FLIGHT:
            ledger.end(entry)
        removed += found
        absent += not found
    text = f"auth0-mfa cleanup: {settings.domain}: removed {removed} of {len(entries)} that earlier runs may have left"
    text += f", {absent} not there" if absent else ""
    return "\n".join([text, *(f"  still there: {line}" for line in kept)])


def _remove(entry: Entry, settings: LiveSettings, handler: Handler, management: Management) -> bool:
    """Remove what an entry names; whether there was something. Raises Auth0MfaError when it must not be touched."""
    if entry.kind == "user":
        if not is_ours(entry.name):
            raise Auth0MfaError("this user was not created by a run; it is not touched")
        ids = management.user_ids(entry.name)
        for user_id in ids:
            management.delete_user(user_id)
        return bool(ids)
    person = next((user for user in settings.users if user.username == entry.user), None)
    if person is None:
        raise Auth0MfaError(f"{entry.user} is not in AUTH0_MFA_USERS: give its password, so that pending ones are seen")
    return remove_new(handler, settings, management, person, entry.before) > 0
