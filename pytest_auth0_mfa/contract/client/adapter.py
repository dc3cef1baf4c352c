"""The interface that the client contract expects of an adapter around a client."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol, TypeAlias

from pytest_auth0_mfa.messages import Json

Tokens: TypeAlias = Mapping[str, Json]
"""A mapping with ``access_token, id_token, refresh_token, recovery_code``: those that the tenant answered. Of a client
that binds its tokens, ``token_type`` too."""

Prompt: TypeAlias = Callable[[str, Json], Json]
"""Plays the person at the screen in `MfaClient.sign_in`: ``ask(kind, details)`` returns what the person answers.

=================  ==============================================  ========================================== kind
details                                         answer =================
==============================================  ========================================== ``choose``         the rows
that the person may choose from        the ``id`` of one of them, or
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
    """Raised by an adapter when a call failed. The attributes have the names of the parameters.

    ``error`` is exactly Auth0's `error`, or a word of the client's own if the answer was not Auth0's (no connection,
    HTML, no ``access_token``). ``mfa_required`` is such an error too. Its ``mfa_token`` is only passed back to the
    client, which may therefore wrap it. At ``/me/`` it is the problem's ``type``, whole or the code at
    its end (``A0E-401-0003``), and ``description`` is its ``detail``.
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
    """The methods of an adapter. Each may be ``async def``; all calls of a client run in one event loop.

    A method that is missing or raises `NotImplementedError` is reported as not covered. A failure is an `AuthError`;
    any other exception is a finding.
    """

    def log_in(
        self, username: str, password: str, *, audience: str | None = None, scope: str | None = None
    ) -> Tokens | Awaitable[Tokens]:
        """Returns tokens, or raises AuthError ``mfa_required`` with the ``mfa_token``."""
        ...

    def refresh(
        self, refresh_token: str, *, audience: str | None = None, scope: str | None = None
    ) -> Tokens | Awaitable[Tokens]:
        """Returns tokens, or raises AuthError ``mfa_required``. Flows start here if there is no `log_in`.

        If refresh tokens rotate, the tokens include a new ``refresh_token``; the old one can no longer be used.
        """
        ...

    def list_authenticators(
        self, token: Json
    ) -> Sequence[Mapping[str, Json]] | Awaitable[Sequence[Mapping[str, Json]]]:
        """Returns authenticators with ``id, authenticator_type, active, oob_channel``, inactive ones and recovery
        codes too."""
        ...

    def associate(
        self, token: Json, factor: str, *, email: str | None = None, phone_number: str | None = None
    ) -> Mapping[str, Json] | Awaitable[Mapping[str, Json]]:
        """Returns ``oob_code, binding_method, secret, barcode_uri, recovery_codes``. Factors: ``otp sms voice email
        push``."""
        ...

    def challenge(
        self, mfa_token: Json, authenticator_id: str | None = None, *, challenge_type: str | None = None
    ) -> Mapping[str, Json] | Awaitable[Mapping[str, Json]]:
        """Returns ``challenge_type, oob_code, binding_method``."""
        ...

    def verify_otp(self, mfa_token: Json, otp: str) -> Tokens | Awaitable[Tokens]:
        """Returns tokens for the code of an authenticator app."""
        ...

    def verify_oob(self, mfa_token: Json, oob_code: str, binding_code: str | None = None) -> Tokens | Awaitable[Tokens]:
        """Returns tokens for the code of a message or, without ``binding_code``, for an approved push request."""
        ...

    def verify_recovery_code(self, mfa_token: Json, recovery_code: str) -> Tokens | Awaitable[Tokens]:
        """Returns tokens and the new ``recovery_code`` that replaces this one."""
        ...

    def delete_authenticator(self, token: Json, authenticator_id: str) -> Awaitable[None] | None:
        """Deletes an authenticator. ``token`` is an access token for the MFA audience."""
        ...

    def start_passwordless(self, connection: str, address: str) -> Awaitable[None] | None:
        """Optional: has a code sent. ``connection`` is ``email`` or ``sms``, ``address`` the email or phone
        number."""
        ...

    def log_in_passwordless(
        self, connection: str, address: str, otp: str, *, audience: str | None = None, scope: str | None = None
    ) -> Tokens | Awaitable[Tokens]:
        """Optional: returns tokens for the code, or raises AuthError ``mfa_required`` with the ``mfa_token``."""
        ...

    def revoke(self, refresh_token: str) -> Awaitable[None] | None:
        """Optional: revokes a refresh token, which can no longer be used."""
        ...

    def sign_in(self, username: str, password: str, ask: Prompt) -> Tokens | Awaitable[Tokens]:
        """Optional: the whole flow from password to tokens, with all decisions. See `Prompt`."""
        ...

    def me_factors(self, token: str) -> Sequence[Mapping[str, Json]] | Awaitable[Sequence[Mapping[str, Json]]]:
        """Optional, as all methods of the My Account API: returns the factors that the user can enroll, with ``type,
        usage``.

        ``token`` is an access token for the audience ``https://{domain}/me/``.
        """
        ...

    def me_list_methods(
        self, token: str, *, type: str | None = None
    ) -> Sequence[Mapping[str, Json]] | Awaitable[Sequence[Mapping[str, Json]]]:
        """Returns the user's own authentication methods, unconfirmed ones too, or those of one type.

        Each has ``id, type, confirmed, usage, name, email, phone_number, preferred_authentication_method``: those that
        the tenant answered.
        """
        ...

    def me_create_method(
        self,
        token: str,
        type: str,
        *,
        email: str | None = None,
        phone_number: str | None = None,
        preferred_authentication_method: str | None = None,
    ) -> Mapping[str, Json] | Awaitable[Mapping[str, Json]]:
        """Returns ``id, auth_session, barcode_uri, manual_input_code, recovery_code``. Types: ``email phone totp
        push-notification recovery-code``."""
        ...

    def me_verify_method(
        self, token: str, method_id: str, auth_session: str, otp_code: str | None = None
    ) -> Mapping[str, Json] | Awaitable[Mapping[str, Json]]:
        """Returns the confirmed method. ``otp_code`` is the code of a message or of an authenticator app; push devices
        and recovery codes have none."""
        ...

    def me_get_method(self, token: str, method_id: str) -> Mapping[str, Json] | Awaitable[Mapping[str, Json]]:
        """Returns one method."""
        ...

    def me_update_method(
        self,
        token: str,
        method_id: str,
        *,
        name: str | None = None,
        preferred_authentication_method: str | None = None,
    ) -> Mapping[str, Json] | Awaitable[Mapping[str, Json]]:
        """Renames a method, or changes the channel of a phone: ``sms`` or ``voice``. Returns the method."""
        ...

    def me_delete_method(self, token: str, method_id: str) -> Awaitable[None] | None:
        """Deletes a method."""
        ...

    def close(self) -> Awaitable[None] | None:
        """Optional: called after each example."""
        ...
