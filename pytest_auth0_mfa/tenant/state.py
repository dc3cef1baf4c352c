"""The state of a tenant, with the properties and methods that the functions of the model use."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Protocol

from pytest_auth0_mfa.errors import OAuthError, closest
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.factors import RECOVERY, CodeChannel, TenantFactor
from pytest_auth0_mfa.spec.profile import Profile, ProfileReads, profile_fields
from pytest_auth0_mfa.spec.refusals import REFUSALS

from . import arguments, entropy, policies
from .clock import Clock
from .entities import Application, Authenticator, Challenge, MfaDemand, User
from .entropy import CodeSettings, Entropy
from .faults import Faults
from .issued import Newest, PasswordlessCode, TokenStore
from .journal import Calls
from .limits import MESSAGES, Bucket, Rate
from .outbox import Outbox, Push
from .policies import Decide, Factors

_DISPUTED = frozenset(name for name, declared in profile_fields().items() if declared.metadata["refusal"])
_CODES = ("wrong_otp", "wrong_binding_code")
_CHECK_HEADERS = "Too many requests. Check the X-RateLimit-Limit, X-RateLimit-Remaining and X-RateLimit-Reset headers."


def refusal(
    rules: Profile,
    refusal_id: str,
    headers: Mapping[str, str] | None,
    extra: Mapping[str, Json] | None,
    values: Mapping[str, object],
    hint: str | None = None,
) -> OAuthError:
    """The exception for a refusal. ``values`` fill in its text; ``extra`` are further members of the body."""
    status, error, text = _answer(refusal_id, getattr(rules, refusal_id) if refusal_id in _DISPUTED else None)
    if values:
        text = text.format(**values)
    if refusal_id in _CODES and not rules.full_stop_in_code_texts:
        text = text.rstrip(".")
    elif refusal_id == "rate_limited" and rules.rate_limit_text == "check-headers":
        text = _CHECK_HEADERS
    return OAuthError(refusal_id, status, error, text, headers, extra, hint)


@cache
def _answer(refusal_id: str, disputed: str | None) -> tuple[int, str, str]:
    row = REFUSALS[refusal_id]
    answer = disputed or row.answer
    status, _, error = answer.partition(" ")
    return int(status), error, row.texts.get(answer, row.description)


_ONLY_RECOVERY = frozenset({RECOVERY})
_ANY_FACTOR = (MfaDemand(),)
"""One demand for whatever the user has, shared by all sessions: a server keeps thousands."""
_WHAT_WAS_SENT = {"sms": "SMS", "voice": "voice messages", "email": "emails", "push": "push notifications"}


class Signer(Protocol):
    """Signs tokens, publishes keys and checks signatures. The model itself does no cryptography."""

    def sign(self, claims: dict[str, Json]) -> str:
        """An RS256 JWT of ``claims``."""
        ...

    def jwks(self) -> dict[str, Json]:
        """The public keys as a JSON Web Key Set."""
        ...

    def assertion(self, token: str, keys: tuple[str, ...], audiences: list[str], at: float) -> dict[str, Json] | None:
        """The claims of a client assertion, or None if it is not valid at ``at`` (epoch seconds)."""
        ...

    def proven(self, proof: str, jwk: dict[str, Json]) -> bool:
        """Whether a JWT is signed with ES256 by the key of ``jwk``, a public key on P-256."""
        ...


class TenantState:
    """The state of a tenant. `Tenant` adds the methods for tests."""

    domain: str
    """The host, with a port if there is one."""
    clock: Clock
    entropy: Entropy
    fixed_code: str | None
    audiences: frozenset[str] | None
    """The identifiers of the APIs that exist besides the tenant's own; None: every API exists."""
    proof_of_possession: dict[str, bool] | None
    """The APIs that bind tokens to keys, and whether each demands a proof; None: every API binds, and none demands."""
    rate: Rate | None

    def __init__(self) -> None:
        self.lock = threading.RLock()
        """Held while a call is performed. Hold it to read several values of the same moment."""
        self.ca_file: str | None = None
        """The file with the certificate to trust, if a server serves this tenant."""
        self.control_token: str | None = None
        """The token of the control plane, or None if there is no control plane."""
        self.users: dict[str, User] = {}
        self.applications: dict[str, Application] = {}
        self.tokens = TokenStore()
        self.clock_of_proofs: Clock | None = None
        """The clock that proofs of possession are judged by, where it is not the tenant's own."""
        self.challenges: Newest[Challenge] = Newest()
        self.passwordless: dict[tuple[str, str], PasswordlessCode] = {}
        """The newest code of each connection and address."""
        self.claims: Callable[..., Mapping[str, Json]] | None = None
        """Adds custom claims to tokens, as an Action would."""
        self.outbox = Outbox()
        self.push = Push(self, self.users, self.lock)
        self.calls = Calls()
        self.faults = Faults()
        self.rate_bucket: Bucket | None = None
        self.jobs: dict[str, dict[str, Json]] = {}
        """The import jobs of the Management API and their results, by id."""
        self._emails: dict[str, User] = {}
        self._factors = Factors()
        self._signer: Signer | None = None

    @property
    def url(self) -> str:
        """The base URL, without a trailing slash."""
        return f"https://{self.domain}"

    @property
    def issuer(self) -> str:
        """The issuer of tokens: the base URL with a trailing slash."""
        return f"https://{self.domain}/"

    @property
    def mfa_audience(self) -> str:
        """The audience of tokens that manage authenticators: section 1.1 of the contract."""
        return f"https://{self.domain}/mfa/"

    @property
    def me_audience(self) -> str:
        """The audience of tokens for the My Account API, the user's own page: section 13 of the contract."""
        return f"https://{self.domain}/me/"

    @property
    def management_audience(self) -> str:
        """The audience of the Management API."""
        return f"https://{self.domain}/api/v2/"

    @property
    def userinfo_audience(self) -> str:
        """The audience that the scope openid adds."""
        return f"https://{self.domain}/userinfo"

    @property
    def factors(self) -> Factors:
        """The factors that are on. The set can be changed, but takes only names of factors."""
        return self._factors

    @factors.setter
    def factors(self, factors: Iterable[TenantFactor]) -> None:
        if factors is not self._factors:  # |= changes the set in place, then assigns it
            self._factors = Factors(factors)

    @property
    def policy(self) -> str | Decide:
        """When a login demands MFA: a name, a mapping or a function, as `Tenant` takes it."""
        return self._policy

    @policy.setter
    def policy(self, policy: str | Decide | Mapping[str, Iterable[str]]) -> None:
        self._policy = policies.checked_policy(policy)

    @property
    def profile(self) -> Profile:
        """The disputed behaviour of this tenant. It can be replaced at any time."""
        return self._profile

    @profile.setter
    def profile(self, profile: Profile | Mapping[str, Json] | None) -> None:
        self._profile = arguments.checked_profile(profile)
        self.profile_reads = ProfileReads(self._profile)
        self.rules = self.profile_reads.as_profile()
        """The profile for use by the model: it records which fields are read, for the journal."""

    @property
    def code_lengths(self) -> CodeSettings:
        """The number of digits of a code, by channel: 4 to 10."""
        return self._code_lengths

    @code_lengths.setter
    def code_lengths(self, given: CodeSettings | Mapping[CodeChannel, int] | None) -> None:
        self._code_lengths = entropy.code_lengths(given)

    @property
    def code_lifetimes(self) -> CodeSettings:
        """The lifetime of a code in seconds, by channel: 30 to 3600."""
        return self._code_lifetimes

    @code_lifetimes.setter
    def code_lifetimes(self, given: CodeSettings | Mapping[CodeChannel, int] | None) -> None:
        self._code_lifetimes = entropy.code_lifetimes(given)

    @property
    def signer(self) -> Signer:
        """Signs tokens. It is made when first needed, because it loads a library and makes a key."""
        if self._signer is None:
            from .signing import run_signer

            self._signer = run_signer()
        return self._signer

    @signer.setter
    def signer(self, signer: Signer) -> None:
        self._signer = signer

    def user_by_email(self, email: str) -> User | None:
        """The user with this email, in any case, or None."""
        return self._emails.get(email.lower())

    def new_person(self, connection: str, address: str) -> User:
        """Make a user for a passwordless login to an unknown address."""
        raise NotImplementedError

    def user_by_phone_number(self, number: str) -> User | None:
        """The user with this phone number (the first of several), or None."""
        return next((user for user in self.users.values() if user.phone_number == number), None)

    def refusal(
        self,
        refusal_id: str,
        *,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Json] | None = None,
        hint: str | None = None,
        **values: object,
    ) -> OAuthError:
        """The exception for a refusal, with the status and `error` that the profile says."""
        return refusal(self.rules, refusal_id, headers, extra, values, hint)

    def implicit_email(self, user: User) -> Authenticator | None:
        """The authenticator that a verified email is while the email factor is on (section 1.3 of the contract), or
        None."""
        if not user.email_verified or "email" not in self.factors:
            return None
        if user.implicit is None or user.implicit.address != user.email:
            suffix = self.entropy.device_suffix_of(f"{user.id} {user.email}")  # not drawn: reading must change nothing
            made = Authenticator(f"email|{suffix}", "email", self, address=user.email)
            made.created_at = user.created_at
            made.active = made.implicit = True
            user.implicit = made
        return user.implicit

    @property
    def own_audiences(self) -> tuple[str, ...]:
        """The audiences of the APIs that every tenant has."""
        return self.mfa_audience, self.me_audience, self.management_audience, self.userinfo_audience

    def check_audience(self, audience: str | None, refusal_id: str = "unknown_audience") -> None:
        """Refuse an audience that is not an API of this tenant: entries T12 and T13 of the contract."""
        if audience is None or audience in self.own_audiences:
            return
        meant = next((own for own in self.own_audiences if _bare(own) == _bare(audience)), None)
        if meant is not None:
            hint = f"audience={audience[:80]!r} is no API of this tenant. Did you mean {meant!r}, to the letter?"
            raise self.refusal(refusal_id, hint=hint, audience=audience)
        if self.audiences is not None and audience not in self.audiences:
            hint = f"audience={audience[:80]!r} is not in Tenant(audiences=...). {closest(audience, self.audiences)}"
            raise self.refusal(refusal_id, hint=hint, audience=audience)

    def demands(
        self, user: User, application: Application, audience: str | None, scopes: tuple[str, ...]
    ) -> tuple[MfaDemand, ...]:
        """The demands that a login of ``user`` has to verify in turn; none if no MFA is needed (sections 2.4 and
        7a)."""
        if audience == self.mfa_audience:
            return _ANY_FACTOR if any(a.active and a.factor != "email" for a in user.entries) else ()
        if self.factors <= _ONLY_RECOVERY:
            return ()
        if user.mfa is not None:
            return _ANY_FACTOR if user.mfa else ()
        if isinstance(self._policy, str):
            return _ANY_FACTOR if self._policy == "all-applications" else ()
        return policies.demands(self._policy(user, application, audience, scopes))

    def check_message(self, user: User, factor: str, refusal_id: str = "too_many_messages") -> None:
        """Take one message from the user's bucket. Refuse if it is empty: entries A11 and H10 of the contract."""
        kind = "sms" if factor == "voice" else factor
        capacity, refill = MESSAGES[kind]
        now = self.clock.now()
        bucket = user.buckets.setdefault(f"messages:{kind}", Bucket(capacity, refill, now))
        if not bucket.take(now):
            raise self.refusal(refusal_id, what=_WHAT_WAS_SENT[factor])


def _bare(audience: str) -> str:
    """An audience without what is easily mistaken: scheme, case and trailing slashes."""
    return audience.strip().lower().removeprefix("https://").removeprefix("http://").rstrip("/")
