"""Users and applications."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_auth0_mfa.errors import ConfigurationError, closest
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.operations import CLIENT_CREDENTIALS, GRANTS

from .authenticators import Authenticator, RecoveryCode
from .limits import Bucket

if TYPE_CHECKING:
    from .challenges import Challenge
    from .tenant import Tenant

METHODS = ("client_secret_post", "client_secret_basic", "private_key_jwt", "none")


class Application:
    """A client of the tenant: who it is and which grants it may use."""

    __slots__ = ("client_id", "client_secret", "grant_types", "name", "public_keys", "token_endpoint_auth_method")

    def __init__(
        self,
        client_id: str,
        client_secret: str | None,
        *,
        token_endpoint_auth_method: str = "client_secret_post",
        grant_types: tuple[str, ...] | None = None,
        public_keys: tuple[str, ...] = (),
        name: str | None = None,
    ) -> None:
        if token_endpoint_auth_method not in METHODS:
            raise ConfigurationError(
                f"token_endpoint_auth_method={token_endpoint_auth_method!r}: no such method. "
                f"{closest(str(token_endpoint_auth_method), METHODS)}"
            )
        grants = tuple(GRANTS) if grant_types is None else tuple(grant_types)
        for grant in grants:
            if grant not in GRANTS:
                raise ConfigurationError(f"grant_types: no such grant: {grant!r}. {closest(str(grant), GRANTS)}")
        self.client_id = client_id
        self.client_secret = client_secret
        self.token_endpoint_auth_method = token_endpoint_auth_method
        self.grant_types = frozenset(grants)
        self.public_keys = public_keys
        """PEM public keys, for private_key_jwt."""
        self.name = name or client_id

    @property
    def confidential(self) -> bool:
        """Whether it has to prove who it is."""
        return self.token_endpoint_auth_method != "none"

    def may_use(self, grant_type: str) -> bool:
        """Whether a grant is enabled; client_credentials never is without a secret."""
        return grant_type in self.grant_types and (self.confidential or grant_type != CLIENT_CREDENTIALS)

    def __repr__(self) -> str:
        return f"<Application {self.client_id}>"


class User:
    """A user of the tenant. ``mfa``: True and False demand or waive MFA, None follows the policy."""

    __slots__ = (
        "_tenant",
        "attributes",
        "blocked",
        "buckets",
        "created_at",
        "deleted",
        "email",
        "email_verified",
        "entries",
        "failed_logins",
        "id",
        "implicit",
        "mfa",
        "password",
        "phone_number",
        "push_requests",
        "recovery",
    )

    def __init__(
        self,
        tenant: Tenant,
        id: str,
        email: str,
        password: str,
        *,
        email_verified: bool,
        phone_number: str,
        mfa: bool | None,
    ) -> None:
        self._tenant = tenant
        self.id = id
        self.email = email
        self.password = password
        self.email_verified = email_verified
        self.phone_number = phone_number
        self.mfa = mfa
        self.blocked = False
        self.deleted = False
        self.created_at = tenant.clock.now()
        self.failed_logins = 0
        self.attributes: dict[str, Json] = {}
        """What only the Management API shows: names, metadata, and the like."""
        self.entries: list[Authenticator] = []
        """What was enrolled, oldest first."""
        self.implicit: Authenticator | None = None
        self.recovery: RecoveryCode | None = None
        self.push_requests: list[Challenge] = []
        self.buckets: dict[str, Bucket] = {}

    @property
    def authenticators(self) -> list[Authenticator]:
        """Pending and active authenticators, oldest first, a verified email last (if email is on).

        The recovery code is not among them: see `recovery_code`.
        """
        implicit = self._tenant.implicit_email(self)
        return [*self.entries] if implicit is None else [*self.entries, implicit]

    @property
    def recovery_code(self) -> str | None:
        """The recovery code that is good now (or will be, once a factor is confirmed), or None."""
        return self.recovery.code if self.recovery else None

    @property
    def enrolled(self) -> bool:
        """Whether an authenticator is active; a verified email alone does not count."""
        return any(a.active for a in self.entries)

    def enroll(
        self, factor: str, *, email: str | None = None, phone_number: str | None = None, active: bool = True
    ) -> Authenticator:
        """Enroll a factor as if the user had done it before: ``otp sms voice email push``.

        Twins and the first recovery code come along as ``/mfa/associate`` makes them. Raises
        ValueError for a factor that does not exist or is off.
        """
        return self._tenant.enroll(self, factor, email=email, phone_number=phone_number, active=active)

    def refresh_token(
        self,
        *,
        scope: str = "openid profile email offline_access",
        audience: str | None = None,
        client_id: str | None = None,
        token: str | None = None,
    ) -> str:
        """A refresh token from an earlier login, for the default application or ``client_id``."""
        return self._tenant.add_refresh_token(self, scope=scope, audience=audience, client_id=client_id, token=token)

    def __repr__(self) -> str:
        return f"<User {self.id} {self.email}>"
