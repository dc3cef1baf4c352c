"""Whom a tenant knows: applications and users."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from pytest_auth0_mfa.errors import ConfigurationError

from . import arguments
from .directory import Application, User
from .entropy import Entropy

if TYPE_CHECKING:
    from .tenant import Tenant


class Registry:
    """The applications and users of a tenant, by their ids, and the users by email."""

    lock: threading.RLock
    entropy: Entropy
    users: dict[str, User]
    applications: dict[str, Application]
    _emails: dict[str, User]

    def add_application(
        self,
        *,
        client_id: str | None = None,
        client_secret: str | None = None,
        token_endpoint_auth_method: str = "client_secret_post",
        grant_types: Iterable[str] | None = None,
        public_keys: Iterable[str] = (),
        name: str | None = None,
    ) -> Application:
        """One more application, with all grants unless ``grant_types`` are given.

        A secret is taken from the body or from a Basic header. ``public_keys`` are PEM texts for
        ``private_key_jwt``. Raises ValueError for unknown methods and grants.
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
        """One more user; what is left out is generated. ``mfa=None`` follows the policy.

        Raises ValueError when the email or id is taken.
        """
        arguments.check_strings("add_user", email=email, password=password, phone_number=phone_number, user_id=user_id)
        if not isinstance(email_verified, bool):
            raise ConfigurationError(f"add_user(email_verified={email_verified!r}): expected True or False")
        if mfa is not None and not isinstance(mfa, bool):
            raise ConfigurationError(f"add_user(mfa={mfa!r}): expected True, False, or None for the tenant's policy")
        with self.lock:
            address = email or f"user-{self.entropy.hexadecimal(16)}@example.com"
            user = User(
                cast("Tenant", self),
                user_id or f"auth0|{self.entropy.hexadecimal(24)}",
                address,
                password or f"Pw-{self.entropy.hexadecimal(16)}",
                email_verified=email_verified,
                phone_number=phone_number or self.entropy.phone_number(),
                mfa=mfa,
            )
            if user.id in self.users or address.lower() in self._emails:
                raise ConfigurationError(f"add_user(): there is a user {user.id} or {address} already")
            self.users[user.id] = user
            self._emails[address.lower()] = user
        return user

    def user_by_email(self, email: str) -> User | None:
        """The user with this email, whatever its case."""
        return self._emails.get(email.lower())

    def remove_user(self, user: User) -> None:
        """Delete a user with all authenticators; tokens of this user are of no use any more."""
        with self.lock:
            user.deleted = True
            self.users.pop(user.id, None)
            self._emails.pop(user.email.lower(), None)

    def rename_user(self, user: User, email: str) -> None:
        """Give a user another email. Raises ValueError when it is taken."""
        with self.lock:
            other = self._emails.get(email.lower())
            if other is not None and other is not user:
                raise ConfigurationError(f"there is a user {email} already")
            self._emails.pop(user.email.lower(), None)
            user.email = email
            self._emails[email.lower()] = user
