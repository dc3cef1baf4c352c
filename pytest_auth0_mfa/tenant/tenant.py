"""`Tenant`: the aggregate of the pure model. Clock, randomness and signing are handed in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import ClassVar

from pytest_auth0_mfa.errors import ConfigurationError, OAuthError
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.factors import DEFAULT_FACTORS, RECOVERY
from pytest_auth0_mfa.spec.operations import PASSWORD
from pytest_auth0_mfa.spec.profile import Profile, ProfileReads

from . import arguments, enrollment, tokens
from .authenticators import Authenticator
from .challenges import Challenge, Push
from .clock import Clock
from .directory import User
from .entropy import Entropy
from .factors import Factors
from .faults import Faults, Faulty
from .identity import Identity
from .journal import Calls
from .limits import MESSAGES, Bucket, Rate
from .outbox import Outbox
from .refusal import refusal
from .registry import Registry

_ONLY_RECOVERY = frozenset({RECOVERY})
_WHAT_WAS_SENT = {"sms": "SMS", "voice": "voice messages", "email": "emails", "push": "push notifications"}


class Tenant(Identity, Registry, Faulty):
    """One Auth0 tenant: users, applications, factors, tokens, limits, and what it sent.

    Voice is off and recovery codes are on; ``policy`` is ``"all-applications"`` or ``"never"``.
    ``clock`` is a `Clock` or a callable that returns epoch seconds. With the same seed, a frozen
    clock and the same signing key, the same calls get the same bytes. Raises ValueError for what
    it does not know, naming the closest.
    """

    make_signer: ClassVar[Callable[[], tokens.Signer] | None] = None
    """Makes the signer when a token needs one; handed in by the package."""

    def __init__(
        self,
        *,
        domain: str = "tenant.example",
        client_id: str | None = None,
        client_secret: str | None = None,
        factors: Iterable[str] | None = None,
        policy: str = "all-applications",
        profile: Profile | Mapping[str, Json] | None = None,
        clock: Clock | Callable[[], float] | None = None,
        seed: int | None = None,
        fixed_code: str | None = None,
        rate_limit: str | int | None = None,
    ) -> None:
        self.lock = threading.RLock()
        """Held while a call is performed; hold it to look at several things at one moment."""
        self.domain = arguments.checked_domain(domain)
        self._factors = Factors(DEFAULT_FACTORS if factors is None else factors)
        self.policy = arguments.checked_policy(policy)
        self.clock = arguments.checked_clock(clock)
        self.entropy = Entropy(arguments.checked_seed(seed))
        self.fixed_code = arguments.checked_code(fixed_code)
        self.rate = None if rate_limit is None else Rate.parse(rate_limit)
        self.profile = profile
        self.ca_file: str | None = None
        """The certificate to trust, when a server serves this tenant."""
        self.control_token: str | None = None
        """The token of the control plane, when there is one."""
        self.users = {}
        self.applications = {}
        self.tokens = tokens.TokenStore()
        self.challenges: dict[str, Challenge] = {}
        self.outbox = Outbox()
        self.push = Push(self)
        self.calls = Calls()
        self.faults = Faults()
        self.rate_bucket: Bucket | None = None
        self.message_types = frozenset({"sms", "voice"} & self.factors)
        """The channels that the phone factor has when it is switched on: ``sms``, ``voice``."""
        self.jobs: dict[str, dict[str, Json]] = {}
        """What the Management API's import jobs did, by id."""
        self._emails = {}
        self._signer: tokens.Signer | None = None
        application = self.add_application(client_id=client_id, client_secret=client_secret)
        self.client_id = application.client_id
        self.client_secret = application.client_secret

    # -- what it is ------------------------------------------------------------------------------

    @property
    def factors(self) -> Factors:
        """The factors that are on: a set that can be changed, of known names only."""
        return self._factors

    @factors.setter
    def factors(self, factors: Iterable[str]) -> None:
        if factors is not self._factors:  # |= and the like hand back what was changed in place
            self._factors = Factors(factors)

    @property
    def profile(self) -> Profile:
        """The disputed behaviour this tenant shows; can be replaced at any time."""
        return self._profile

    @profile.setter
    def profile(self, profile: Profile | Mapping[str, Json] | None) -> None:
        self._profile = arguments.checked_profile(profile)
        self.profile_reads = ProfileReads(self._profile)
        self.rules = self.profile_reads.as_profile()
        """The profile, as the model reads it: reads are journalled."""

    @property
    def signer(self) -> tokens.Signer:
        """Signs tokens; made when first needed."""
        if self._signer is None:
            make = type(self).make_signer
            if make is None:
                raise ConfigurationError("no signer: import Tenant from pytest_auth0_mfa, or set tenant.signer")
            self._signer = make()
        return self._signer

    @signer.setter
    def signer(self, signer: tokens.Signer) -> None:
        self._signer = signer

    @property
    def env(self) -> dict[str, str]:
        """The environment that points Auth0's tools and common HTTP clients at this tenant."""
        env = {
            "AUTH0_DOMAIN": self.domain,
            "AUTH0_CLIENT_ID": self.client_id,
            "AUTH0_CLIENT_SECRET": self.client_secret or "",
        }
        if self.ca_file is not None:
            names = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "CURL_CA_BUNDLE")
            env |= dict.fromkeys(names, self.ca_file)
        if self.control_token is not None:
            env["AUTH0_MFA_CONTROL_TOKEN"] = self.control_token
        return env

    # -- what a test arranges --------------------------------------------------------------------

    def enroll(
        self, user: User, factor: str, *, email: str | None = None, phone_number: str | None = None, active: bool = True
    ) -> Authenticator:
        """See `User.enroll`."""
        with self.lock:
            return enrollment.enroll(self, user, factor, email=email, phone_number=phone_number, active=active)

    def add_refresh_token(
        self,
        user: User,
        *,
        scope: str,
        audience: str | None = None,
        client_id: str | None = None,
        token: str | None = None,
    ) -> str:
        """See `User.refresh_token`."""
        with self.lock:
            return tokens.new_refresh_token(self, user, client_id or self.client_id, scope, audience, False, token)

    def password_grant(self, user: User, **more: Json) -> dict[str, Json]:
        """The body of a password grant for ``user``, with ``more`` parameters."""
        return {
            "grant_type": PASSWORD,
            "username": user.email,
            "password": user.password,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            **more,
        }

    def reset(self) -> None:
        """Clear users, calls, outbox, faults and clock offset; keep applications, factors, profile and keys."""
        with self.lock:
            self.users.clear()
            self._emails.clear()
            self.tokens.clear()
            self.challenges.clear()
            self.outbox.clear()
            self.push.clear()
            self.calls.clear()
            self.jobs.clear()
            self.faults.clear()
            self.clock.reset()
            self.rate_bucket = None

    # -- what the model asks ---------------------------------------------------------------------

    def refusal(
        self,
        case: str,
        *,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Json] | None = None,
        **values: object,
    ) -> OAuthError:
        """The refusal of a case, with status and `error` as the profile says."""
        return refusal(self.rules, case, headers, extra, values)

    def implicit_email(self, user: User) -> Authenticator | None:
        """The authenticator that a verified email is, while the email factor is on: section 1.3."""
        if not user.email_verified or "email" not in self.factors:
            return None
        if user.implicit is None or user.implicit.address != user.email:
            made = Authenticator(f"email|{self.entropy.device_suffix()}", "email", self, address=user.email)
            made.active = made.implicit = True
            user.implicit = made
        return user.implicit

    def demands_mfa(self, user: User, audience: str | None) -> bool:
        """Whether a login of ``user`` needs a second factor: sections 2.4 and 7a of the contract."""
        if audience == self.mfa_audience:
            return any(a.active and a.factor != "email" for a in user.entries)
        if self.factors <= _ONLY_RECOVERY:
            return False
        return self.policy == "all-applications" if user.mfa is None else user.mfa

    def check_message(self, user: User, factor: str) -> None:
        """Take one message from the user's bucket; refuse when it is empty: rows A11 and H10."""
        kind = "sms" if factor == "voice" else factor
        capacity, refill = MESSAGES[kind]
        now = self.clock.now()
        bucket = user.buckets.setdefault(f"messages:{kind}", Bucket(capacity, refill, now))
        if not bucket.take(now):
            raise self.refusal("too_many_messages", what=_WHAT_WAS_SENT[factor])

    def __repr__(self) -> str:
        return f"<Tenant {self.domain}, {len(self.users)} users, {len(self.calls)} calls>"
