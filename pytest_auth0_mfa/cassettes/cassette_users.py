"""Where a test takes what is secret from: the environment when recording, placeholders at replay."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from pytest_auth0_mfa.errors import ConfigurationError
from pytest_auth0_mfa.tenant.totp import totp

from .placeholders import placeholder

if TYPE_CHECKING:
    from pytest_auth0_mfa.tenant.entities import User

    from .placeholders import Placeholders
    from .session import CassetteSession

FIELDS = {  # attribute of a user -> kind
    "email": "email",
    "password": "password",
    "phone_number": "phone_number",
    "totp_secret": "totp_secret",
    "recovery_code": "recovery_code",
    "refresh_token": "refresh_token",
}
_VARIABLE = re.compile(rf"AUTH0_MFA_USER_(\d+)_({'|'.join(name.upper() for name in FIELDS)})")
SECRET = "AUTH0_MFA_SECRET_"


class CassetteUser:
    """One person of the tenant: real when recording, placeholders at replay.

    Each value comes from AUTH0_MFA_USER_<N>_EMAIL and so on, or from a user of `auth0_mfa_server` when that
    is what is recorded. Raises ValueError, when recording, for one that is not set.
    """

    def __init__(self, number: int, session: CassetteSession, stand_in: User | None = None) -> None:
        self.number = number
        self._session = session
        self._stand_in = stand_in

    @property
    def email(self) -> str:
        """What the person logs in with."""
        return self._value("email")

    @property
    def password(self) -> str:
        """As the person types it."""
        return self._value("password")

    @property
    def phone_number(self) -> str:
        """E.164, with a plus sign."""
        return self._value("phone_number")

    @property
    def totp_secret(self) -> str:
        """Of an authenticator app that was enrolled before the test: base32."""
        return self._value("totp_secret")

    @property
    def recovery_code(self) -> str:
        """One that was issued before the test."""
        return self._value("recovery_code")

    @property
    def refresh_token(self) -> str:
        """One that was issued before the test."""
        return self._value("refresh_token")

    def _value(self, name: str) -> str:
        if not self._session.recording:
            return placeholder(FIELDS[name], self.number)
        variable = f"AUTH0_MFA_USER_{self.number}_{name.upper()}"
        given = os.environ.get(variable) or getattr(self._stand_in, name, None)
        if not given:
            raise ConfigurationError(f"recording: user({self.number}).{name} is needed. Set {variable}.")
        self._session.placeholders.put(FIELDS[name], given, self.number)
        return given

    def code(self) -> str:
        """The TOTP of this moment."""
        return totp(self.totp_secret, self._session.clock())

    def __repr__(self) -> str:
        return f"<CassetteUser {self.number}>"


def learn_environment(placeholders: Placeholders) -> None:
    """Everything secret that the environment names is known before the first request."""
    for name in ("client_id", "client_secret"):
        if value := os.environ.get(f"AUTH0_{name.upper()}"):
            placeholders.put(name, value, 1)
    for variable, value in sorted(os.environ.items()):
        found = _VARIABLE.fullmatch(variable)
        if found and value:
            placeholders.put(FIELDS[found[2].lower()], value, int(found[1]))
    for index, variable in enumerate(sorted(v for v in os.environ if v.startswith(SECRET)), start=1):
        if os.environ[variable]:
            placeholders.put("value", os.environ[variable], index)
