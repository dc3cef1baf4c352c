"""`Tenant`: the aggregate of the pure model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from pytest_auth0_mfa.errors import ConfigurationError, closest
from pytest_auth0_mfa.messages import Fault, Json
from pytest_auth0_mfa.spec.factors import DEFAULT_FACTORS, CodeChannel, Factor, Policy, TenantFactor
from pytest_auth0_mfa.spec.operations import PASSWORD, OperationId
from pytest_auth0_mfa.spec.profile import Profile

from . import arguments, enrollment, tokens
from .clock import Clock
from .entities import Application, Authenticator, User
from .entropy import CodeSettings, Entropy
from .faults import delay, failure
from .limits import Rate
from .policies import Decide
from .state import TenantState
from .tokens import Claims


class Tenant(TenantState):
    """One Auth0 tenant: users, applications, factors, tokens, limits and sent messages.

    By default all factors but voice are on. ``policy`` says when MFA is demanded: ``"all-applications"``, ``"never"``,
    a mapping with ``audiences``, ``applications`` or both, or a function. ``proof_of_possession`` says of each API
    that binds tokens by DPoP whether it demands it; by default every API binds them and none demands it. ``clock`` is
    a `Clock` or a callable that returns epoch seconds. With the same seed, a frozen clock and the same signing key,
    the same calls get the same bytes. Raises ValueError for an unknown name, and suggests the closest.
    """

    def __init__(
        self,
        *,
        domain: str = "tenant.example",
        client_id: str | None = None,
        client_secret: str | None = None,
        factors: Iterable[TenantFactor] | None = None,
        policy: Policy | Decide | Mapping[str, Iterable[str]] = "all-applications",
        profile: Profile | Mapping[str, Json] | None = None,
        clock: Clock | Callable[[], float] | None = None,
        seed: int | None = None,
        fixed_code: str | None = None,
        rate_limit: str | int | None = None,
        audiences: Iterable[str] | None = None,
        code_lengths: CodeSettings | Mapping[CodeChannel, int] | None = None,
        code_lifetimes: CodeSettings | Mapping[CodeChannel, int] | None = None,
        claims: Claims | None = None,
        proof_of_possession: Mapping[str, bool] | None = None,
    ) -> None:
        super().__init__()
        self.domain = arguments.checked_domain(domain)
        self.factors = DEFAULT_FACTORS if factors is None else factors
        self.policy = policy
        self.clock = arguments.checked_clock(clock)
        self.entropy = Entropy(arguments.checked_seed(seed))
        self.fixed_code = arguments.checked_code(fixed_code)
        self.rate = None if rate_limit is None else Rate.parse(rate_limit)
        self.code_lengths = code_lengths
        self.code_lifetimes = code_lifetimes
        self.audiences = arguments.checked_names("audiences", audiences)
        self.proof_of_possession = arguments.checked_flags("proof_of_possession", proof_of_possession)
        if claims is not None and not callable(claims):
            raise ConfigurationError(f"claims={claims!r}: expected a function; User.claims holds those of one user")
        self.claims = claims
        self.profile = profile
        self.message_types = frozenset({"sms", "voice"} & self.factors)
        """The channels that the phone factor uses when it is on: ``sms``, ``voice``."""
        application = self.add_application(client_id=client_id, client_secret=client_secret)
        self.client_id = application.client_id
        self.client_secret = application.client_secret

    @property
    def env(self) -> dict[str, str]:
        """Environment variables that point Auth0's tools and common HTTP clients at this tenant."""
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

    # -- applications and users --------------------------------------------------------------------

    def add_application(
        self,
        *,
        client_id: str | None = None,
        client_secret: str | None = None,
        token_endpoint_auth_method: str = "client_secret_post",
        grant_types: Iterable[str] | None = None,
        public_keys: Iterable[str] = (),
        name: str | None = None,
        rotate_refresh_tokens: bool = False,
        refresh_token_leeway: int = 0,
        require_proof_of_possession: bool = False,
    ) -> Application:
        """Add an application, with all grants unless ``grant_types`` is given.

        The tenant accepts its secret in the body or in a Basic header. ``public_keys`` are PEM texts for
        ``private_key_jwt``. ``rotate_refresh_tokens``: each use of a refresh token returns a new one; the previous one
        can be used for another ``refresh_token_leeway`` seconds. ``require_proof_of_possession``: it gets no tokens
        without a DPoP proof. Raises ValueError for an unknown method or grant, or an id that is taken.
        """
        arguments.check_strings("add_application", client_id=client_id, client_secret=client_secret, name=name)
        with self.lock:
            made = Application(
                client_id or self.entropy.transaction(),
                client_secret
                or (self.entropy.hexadecimal(64) if token_endpoint_auth_method.startswith("client_secret") else None),
                token_endpoint_auth_method=token_endpoint_auth_method,
                grant_types=None if grant_types is None else tuple(grant_types),
                public_keys=tuple(public_keys),
                name=name,
                rotate_refresh_tokens=rotate_refresh_tokens,
                refresh_token_leeway=refresh_token_leeway,
                require_proof_of_possession=require_proof_of_possession,
            )
            if made.client_id in self.applications:
                raise ConfigurationError(f"client_id={made.client_id!r}: there is an application with this id already")
            self.applications[made.client_id] = made
        return made

    def add_user(
        self,
        email: str | None = None,
        password: str | None = None,
        *,
        email_verified: bool = False,
        phone_number: str | None = None,
        mfa: bool | None = None,
        user_id: str | None = None,
    ) -> User:
        """Add a user. Values that are not given are generated.

        ``mfa``: True always demands MFA, False never does, None follows the policy. Raises ValueError if the email or
        id is taken.
        """
        arguments.check_strings("add_user", email=email, password=password, phone_number=phone_number, user_id=user_id)
        if not isinstance(email_verified, bool):
            raise ConfigurationError(f"add_user(email_verified={email_verified!r}): expected True or False")
        if mfa is not None and not isinstance(mfa, bool):
            raise ConfigurationError(f"add_user(mfa={mfa!r}): expected True, False, or None for the tenant's policy")
        with self.lock:
            address = email or f"user-{self.entropy.hexadecimal(16)}@example.com"
            user = User(
                self,
                user_id or f"auth0|{self.entropy.hexadecimal(24)}",
                address,
                password or f"Pw-{self.entropy.hexadecimal(16)}",
                email_verified=email_verified,
                phone_number=phone_number or self.entropy.phone_number(),
                mfa=mfa,
            )
            if user.id in self.users or address.lower() in self._emails:
                taken = f"id {user.id}" if user.id in self.users else f"email {address}"
                raise ConfigurationError(f"add_user(): there is a user with the {taken} already")
            self.users[user.id] = user
            self._emails[address.lower()] = user
        return user

    def new_person(self, connection: str, address: str) -> User:
        """Make a user for a passwordless login to an unknown address (sign-up)."""
        user_id = f"{connection}|{self.entropy.hexadecimal(24)}"
        if connection == "email":
            return self.add_user(address, user_id=user_id)
        return self.add_user(phone_number=address, user_id=user_id)

    def remove_user(self, user: User) -> None:
        """Delete a user with all authenticators. The user's tokens can no longer be used."""
        with self.lock:
            user.deleted = True
            self.users.pop(user.id, None)
            self._emails.pop(user.email.lower(), None)

    def rename_user(self, user: User, email: str) -> None:
        """Change the email of a user. Raises ValueError if it is taken."""
        with self.lock:
            other = self._emails.get(email.lower())
            if other is not None and other is not user:
                raise ConfigurationError(f"there is a user with the email {email} already")
            self._emails.pop(user.email.lower(), None)
            user.email = email
            self._emails[email.lower()] = user

    # -- what a test sets up -----------------------------------------------------------------------

    def enroll(
        self,
        user: User,
        factor: Factor,
        *,
        email: str | None = None,
        phone_number: str | None = None,
        active: bool = True,
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
            return tokens.new_refresh_token(
                self, user, client_id or self.client_id, scope, audience, ("password",), token
            )

    def add_access_token(
        self,
        user: User,
        *,
        audience: str | None = None,
        scope: str | None = None,
        client_id: str | None = None,
        jkt: str | None = None,
    ) -> str:
        """See `User.access_token`."""
        with self.lock:
            application = self.applications.get(client_id or self.client_id)
            if application is None:
                raise ConfigurationError(f"client_id={client_id!r}: {closest(str(client_id), self.applications)}")
            scopes = tokens.granted_scopes(self, scope, audience)
            return tokens.new_access_token(
                self, user, application, scopes, audience, tokens.lifetime(self, audience), jkt=jkt
            )

    def password_grant(self, user: User, **more: Json) -> dict[str, Json]:
        """The body of a password grant for ``user``, as a dict; ``more`` adds or replaces parameters."""
        if isinstance(user, str):
            raise ConfigurationError(f"password_grant({user!r}): expected the User that add_user() returned")
        return {
            "grant_type": PASSWORD,
            "username": user.email,
            "password": user.password,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            **more,
        }

    def reset(self) -> None:
        """Remove users, tokens, calls, messages, faults and clock offset; keep applications, factors, policy and
        profile."""
        with self.lock:
            self.users.clear()
            self._emails.clear()
            self.tokens.clear()
            self.challenges.clear()
            self.passwordless.clear()
            self.outbox.clear()
            self.push.clear()
            self.calls.clear()
            self.jobs.clear()
            self.faults.clear()
            self.clock.reset()
            self.rate_bucket = None

    # -- faults ------------------------------------------------------------------------------------

    def fail_next(
        self,
        operation: OperationId,
        *,
        status: int = 500,
        error: str | None = None,
        description: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | str | Mapping[str, Json] | None = None,
        times: int = 1,
    ) -> None:
        """Answer the next ``times`` calls of ``operation`` with this response instead of performing them."""
        with self.lock:
            self.faults.add(operation, failure(status, error, description, headers, body), times)

    def delay_next(self, operation: OperationId, seconds: float, times: int = 1) -> None:
        """Perform the next ``times`` calls of ``operation``, but delay their answers by ``seconds``."""
        with self.lock:
            self.faults.add(operation, delay(seconds), times)

    def drop_next(self, operation: OperationId, *, after_half: bool = False, times: int = 1) -> None:
        """Hang up on the next ``times`` calls of ``operation``.

        Without ``after_half`` the calls are not performed. With it they are performed, and half of the answer is
        sent.
        """
        with self.lock:
            self.faults.add(operation, Fault(drop="half" if after_half else "before"), times)

    def __repr__(self) -> str:
        return f"<Tenant {self.domain}, {len(self.users)} users, {len(self.calls)} calls>"
