"""What a client's adapter looks like to the client contract."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol, TypeAlias

from pytest_auth0_mfa.messages import Json

Tokens: TypeAlias = Mapping[str, Json]
"""``access_token, id_token, refresh_token, recovery_code``: those that the tenant answered."""

Prompt: TypeAlias = Callable[[str, Json], Json]
"""Plays the person at the screen in `MfaClient.sign_in`: ``ask(kind, details)`` returns what the person answers.

=================  ==============================================  ==========================================
kind               details                                         answer
=================  ==============================================  ==========================================
``choose``         the rows that the person may choose from        the ``id`` of one of them, or
                                                                   ``"recovery-code"`` to use that instead
``code``           the row whose code is wanted (a mapping; may    the code as typed, a string; ``None`` to
                   hold ``error``, when one was refused before)    give up
``push``           the row whose phone rings                       ``None``: the person answers on the phone
``recovery_code``  ``{}``, or ``{"error": ...}``                   the code as typed; ``None`` to give up
``enroll``         ``{"factors": [...]}``: what the client can     ``{"factor": "otp"}``, with ``email`` or
                   enroll: ``otp sms voice email push``            ``phone_number`` where the factor needs it
``show``           what ``/mfa/associate`` answered: ``secret,     ``None``: the person scans the barcode and
                   barcode_uri, recovery_codes``                   writes the recovery code down
=================  ==============================================  ==========================================
"""


class AuthError(Exception):
    """How an adapter says that a call failed; the attributes are named as the parameters.

    ``error`` is Auth0's ``error`` to the letter, or a word of the client's own where the answer was
    not Auth0's (no connection, HTML, no ``access_token``). ``mfa_required`` is one too: its
    ``mfa_token`` is opaque and only handed back, so a client may wrap it.
    """

    def __init__(
        self, error: str, description: str | None = None, status: int | None = None, mfa_token: Json = None
    ) -> None:
        super().__init__(error if description is None else f"{error}: {description}")
        self.error = error
        self.description = description
        self.status = status
        self.mfa_token = mfa_token


class MfaClient(Protocol):
    """The methods of an adapter. Each may be ``async def``: a client has one event loop.

    A method that is missing, or raises `NotImplementedError`, is reported as not covered. A failure
    is an `AuthError`; anything else that is raised is a finding.
    """

    def log_in(
        self, username: str, password: str, *, audience: str | None = None, scope: str | None = None
    ) -> Tokens | Awaitable[Tokens]:
        """Tokens, or AuthError ``mfa_required`` with its ``mfa_token``."""
        ...

    def refresh(
        self, refresh_token: str, *, audience: str | None = None, scope: str | None = None
    ) -> Tokens | Awaitable[Tokens]:
        """Tokens, or AuthError ``mfa_required``; flows start here when `log_in` is missing.

        Where refresh tokens rotate, ``refresh_token`` is one of the tokens: the one that was sent is used up.
        """
        ...

    def list_authenticators(
        self, token: Json
    ) -> Sequence[Mapping[str, Json]] | Awaitable[Sequence[Mapping[str, Json]]]:
        """Rows with ``id, authenticator_type, active, oob_channel``, inactive ones and recovery codes too."""
        ...

    def associate(
        self, token: Json, factor: str, *, email: str | None = None, phone_number: str | None = None
    ) -> Mapping[str, Json] | Awaitable[Mapping[str, Json]]:
        """``oob_code, binding_method, secret, barcode_uri, recovery_codes``; factor: ``otp sms voice email push``."""
        ...

    def challenge(
        self, mfa_token: Json, authenticator_id: str | None = None, *, challenge_type: str | None = None
    ) -> Mapping[str, Json] | Awaitable[Mapping[str, Json]]:
        """``challenge_type, oob_code, binding_method``."""
        ...

    def verify_otp(self, mfa_token: Json, otp: str) -> Tokens | Awaitable[Tokens]:
        """Tokens for the code of an authenticator app."""
        ...

    def verify_oob(self, mfa_token: Json, oob_code: str, binding_code: str | None = None) -> Tokens | Awaitable[Tokens]:
        """Tokens for the code of a message, or, without ``binding_code``, for an approved push request."""
        ...

    def verify_recovery_code(self, mfa_token: Json, recovery_code: str) -> Tokens | Awaitable[Tokens]:
        """Tokens, and the ``recovery_code`` that replaces this one."""
        ...

    def delete_authenticator(self, token: Json, authenticator_id: str) -> Awaitable[None] | None:
        """Nothing; the token is an access token for the MFA audience."""
        ...

    def start_passwordless(self, connection: str, address: str) -> Awaitable[None] | None:
        """Optional: have a code sent. ``connection`` is ``email`` or ``sms``, ``address`` the email or phone number."""
        ...

    def log_in_passwordless(
        self, connection: str, address: str, otp: str, *, audience: str | None = None, scope: str | None = None
    ) -> Tokens | Awaitable[Tokens]:
        """Optional: tokens for the code that was sent, or AuthError ``mfa_required`` with its ``mfa_token``."""
        ...

    def revoke(self, refresh_token: str) -> Awaitable[None] | None:
        """Optional: nothing; the refresh token is good for nothing from here on."""
        ...

    def sign_in(self, username: str, password: str, ask: Prompt) -> Tokens | Awaitable[Tokens]:
        """Optional: the whole decision, from password to tokens. See `Prompt`."""
        ...

    def close(self) -> Awaitable[None] | None:
        """Optional: called after each example."""
        ...
