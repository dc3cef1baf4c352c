"""What can go wrong with a cassette; each message says what happened and what to do."""

from __future__ import annotations

from pytest_auth0_mfa.errors import Auth0MfaError, ConfigurationError


class CassetteError(ConfigurationError):
    """A cassette is missing, cannot be read, or does not keep to table and schemas."""


class RecordingError(Auth0MfaError):
    """What was recorded cannot be written; no file was touched."""


class LeakError(RecordingError):
    """A secret would have been left in a cassette. Says where, never what."""


class NotRecordedError(Auth0MfaError, LookupError):
    """A request at replay is not what was recorded; the message names the difference."""
