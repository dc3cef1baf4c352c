"""What a live tenant can do: its grants, factors and policy, found out without changing anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.subjects import Client
from pytest_auth0_mfa.errors import ConfigurationError
from pytest_auth0_mfa.messages import Handler, Request
from pytest_auth0_mfa.spec.factors import CodeChannel
from pytest_auth0_mfa.spec.operations import MFA_OOB, MFA_OTP, MFA_RECOVERY_CODE, PASSWORD

from .management import READ_FACTORS, READ_POLICIES, Management, ManagementError
from .settings import LiveSettings
from .users import NoValues

NOBODY = "auth0-mfa-doctor@example.invalid"
"""An address that no user can have."""
_FACTORS_OF = {MFA_OTP: ("otp",), MFA_OOB: ("email", "sms", "voice", "push"), MFA_RECOVERY_CODE: ("recovery-code",)}
GRANT_NAMES = {
    PASSWORD: "Password",
    MFA_OTP: "MFA (mfa-otp)",
    MFA_OOB: "MFA (mfa-oob)",
    MFA_RECOVERY_CODE: "MFA (mfa-recovery-code)",
}
"""The grants' names in the dashboard."""
MOST_FOR_SHARED = {"email": 15, "sms": 9, "voice": 9, "codes": 9}
"""How many messages, and wrong codes (``codes``), a test may use up of a user shared with other tests."""
CREDENTIALS = "AUTH0_CLIENT_ID or AUTH0_CLIENT_SECRET is not right for this tenant"


@dataclass(slots=True)
class Capabilities:
    """The factors that are on, and which of them cannot be played.

    ``unplayable`` maps a factor to the reason, with what to change.
    """

    factors: frozenset[str]
    unplayable: dict[str, str] = field(default_factory=dict)
    unanswerable: set[str] = field(default_factory=set)
    """Factors that cannot be played only because nothing reads their codes or answers their push requests."""
    shared_users: bool = False
    """Whether tests share users, so that a test may meet limits used up by earlier ones."""
    code_settings: dict[CodeChannel, tuple[int, int]] = field(default_factory=dict)
    """By channel: the digits of a code and its lifetime in seconds, where that could be found out."""
    problems: list[str] = field(default_factory=list)
    """What has to be put right before anything can be played."""

    def barrier(self, needs: Iterable[str], messages: Mapping[str, int]) -> str | None:
        """Why a test with these needs and this use of messages and codes cannot be played; None when it can."""
        for factor in sorted(self.unplayable.keys() & set(needs)):
            if factor not in self.unanswerable or messages.get(factor):
                return f"{factor}: {self.unplayable[factor]}"
        for name, most in MOST_FOR_SHARED.items():
            if self.shared_users and messages.get(name, 0) > most:
                return f"uses up the limit of {name} of a user, and tests share the users: let the run create users"
        return None

    @property
    def code_lengths(self) -> dict[CodeChannel, int]:
        """The number of digits of a code, by channel."""
        return {channel: digits for channel, (digits, _) in self.code_settings.items()}

    @property
    def code_lifetimes(self) -> dict[CodeChannel, int]:
        """The lifetime of a code in seconds, by channel."""
        return {channel: seconds for channel, (_, seconds) in self.code_settings.items()}


def refused_grant(handler: Handler, settings: LiveSettings, grant: str) -> str | None:
    """Why the application may not use a grant; None when it may. Makes a call that cannot succeed."""
    client = Client(settings.client_id, settings.client_secret)
    template = {
        PASSWORD: lambda: calls.password(client, NOBODY, "wrong"),
        MFA_OTP: lambda: calls.otp(client, "wrong", "000000"),
        MFA_OOB: lambda: calls.oob(client, "wrong", "wrong"),
        MFA_RECOVERY_CODE: lambda: calls.recovery(client, "wrong", "A" * 24),
    }[grant]()
    answer = handler(template.request(NoValues(handler)))
    try:
        error = str(answer.json().get("error"))
    except (ValueError, AttributeError):
        return f"status {answer.status} and no JSON: is this the domain of an Auth0 tenant?"
    if error == "unauthorized_client":
        return f"switch the grant {GRANT_NAMES[grant]} on for the application (Advanced Settings > Grant Types)"
    if error in ("access_denied", "invalid_client") and answer.status == 401:
        return CREDENTIALS
    return None


def reachable(handler: Handler, domain: str) -> str | None:
    """Why the domain is not a tenant's; None when it is."""
    answer = handler(Request("GET", "/.well-known/openid-configuration", {}))
    try:
        issuer = answer.json()["issuer"]
    except (ValueError, KeyError, TypeError):
        return f"GET /.well-known/openid-configuration: status {answer.status}, and no issuer: check the domain"
    if issuer != f"https://{domain}/":
        return f"its issuer is not https://{domain}/: use the domain that is in its issuer"
    return None


def find(
    handler: Handler, settings: LiveSettings, management: Management | None, *, reads_codes: bool, answers_push: bool
) -> Capabilities:
    """Find out what can be played. Raises ConfigurationError when there is no way to know which factors are on."""
    if problem := refused_grant(handler, settings, PASSWORD):  # first: wrong credentials would fail every later check
        return Capabilities(frozenset(), problems=[problem])
    found = Capabilities(_factors(settings, management))
    for grant, factors in _FACTORS_OF.items():
        if problem := refused_grant(handler, settings, grant):
            found.unplayable.update(dict.fromkeys(factors, problem))
    unanswerable = {}
    if not settings.phone_number and not any(user.phone_number for user in settings.users):
        unanswerable.update(dict.fromkeys(("sms", "voice"), "no phone number: set AUTH0_MFA_PHONE_NUMBER"))
    if not reads_codes:
        reason = "codes cannot be read: set AUTH0_MFA_OTP_SOURCE or override auth0_mfa_otp_source"
        unanswerable.update(dict.fromkeys(("email", "sms", "voice"), reason))
    if not answers_push:
        unanswerable["push"] = (
            "push requests cannot be answered: set AUTH0_MFA_PUSH_APPROVER or override auth0_mfa_push_approver"
        )
    found.unanswerable = unanswerable.keys() - found.unplayable.keys()
    found.unplayable = {**unanswerable, **found.unplayable}
    found.code_settings = _code_settings(management)
    if management is not None and (problem := policy_problem(management)):
        found.problems.append(problem)
    return found


def policy_problem(management: Management) -> str | None:
    """Why MFA is not required; None when it is, or when that cannot be found out."""
    if management.may(READ_POLICIES) and "all-applications" not in management.policies():
        return "the MFA policy is another one: set it to Always (Security > Multi-factor Auth)"
    return None


def _code_settings(management: Management | None) -> dict[CodeChannel, tuple[int, int]]:
    """The tenant's settings; empty when they may not be read or the tenant does not have them."""
    if management is None or not management.may(READ_FACTORS):
        return {}
    try:
        return management.code_settings()
    except ManagementError:
        return {}


def _factors(settings: LiveSettings, management: Management | None) -> frozenset[str]:
    if settings.factors is not None:
        return settings.factors
    try:
        if management is not None and management.may(READ_FACTORS):
            return management.factors()
    except ManagementError as error:
        raise ConfigurationError(f"which factors are on cannot be found out: {error}") from None
    raise ConfigurationError(
        f"which factors does {settings.domain} have on? Say --auth0-mfa-factors=otp,email,... or give the application "
        f"the Management API's scope {READ_FACTORS}."
    )
