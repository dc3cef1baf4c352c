"""Passwordless login: a code by email or SMS as the first factor (entries P1 to P8 of the contract)."""

from __future__ import annotations

import hmac
import re

from pytest_auth0_mfa.messages import Json

from .enrollment import is_email
from .entities import User
from .issued import PasswordlessCode
from .limits import WRONG_PASSWORDS, Bucket
from .outbox import Message
from .state import TenantState

CODE_LIFETIME = 180  # seconds; only for these codes
MESSAGES = (50, 72.0)  # (messages at once, seconds until one more) for each address: 50 an hour
_PHONE = re.compile(r"\+[0-9]{1,15}")


def start(tenant: TenantState, connection: str, address: str | None, *, code: bool) -> dict[str, Json]:
    """Send a code (or, without ``code``, a link). An unknown address becomes a new user."""
    field = "email" if connection == "email" else "phone_number"
    if address is None:
        raise tenant.refusal(f"passwordless_no_{field}")
    if connection == "sms" and not _PHONE.fullmatch(address):
        raise tenant.refusal("passwordless_phone_number")
    if connection == "email" and not is_email(address):
        raise tenant.refusal("passwordless_email")
    user = _user(tenant, connection, address)
    now = tenant.clock.now()
    bucket = user.buckets.setdefault(f"passwordless:{connection}", Bucket(*MESSAGES, now))
    if not bucket.take(now):
        raise tenant.refusal("rate_limited")
    if tenant.outbox.provider_fails(connection):
        raise tenant.refusal("provider_failure", what="SMS" if connection == "sms" else "Email")
    sent = None
    if code:
        sent = tenant.fixed_code or tenant.entropy.code()
        tenant.passwordless[connection, address.lower()] = PasswordlessCode(user, sent, now)
    number = user.id.partition("|")[2] or user.id
    tenant.outbox.send(Message(connection, address, sent, user, f"{connection}|{number}", now))
    if connection == "email":
        return {"_id": number, "email": user.email, "email_verified": user.email_verified}
    return {"_id": number, "phone_number": user.phone_number, "phone_verified": user.phone_verified}


def _user(tenant: TenantState, connection: str, address: str) -> User:
    known = tenant.user_by_email(address) if connection == "email" else tenant.user_by_phone_number(address)
    return known or tenant.new_person(connection, address)


def verify(tenant: TenantState, connection: str, address: str, code: str) -> User:
    """The user of a code. Only the newest code is valid, and only once."""
    wrong = "wrong_passwordless_email" if connection == "email" else "wrong_passwordless_phone"
    key = (connection, address.lower())
    sent = tenant.passwordless.get(key)
    if sent is None or sent.user.deleted:
        raise tenant.refusal(wrong)
    if sent.user.failed_logins >= WRONG_PASSWORDS:
        raise tenant.refusal("login_blocked")
    if not hmac.compare_digest(sent.code.encode(), code.encode("utf-8", "surrogatepass")):
        sent.user.failed_logins += 1
        raise tenant.refusal(wrong)
    if tenant.clock.now() >= sent.made_at + CODE_LIFETIME:
        raise tenant.refusal("passwordless_expired")
    del tenant.passwordless[key]
    sent.user.failed_logins = 0
    if connection == "email":
        sent.user.email_verified = True
    else:
        sent.user.phone_verified = True
    return sent.user
