"""The exceptions of this package.

::

    Auth0MfaError
    ├── OAuthError              what Auth0 would answer; raised only by the model, never by the API
    ├── ConfigurationError      the plugin was misused; also a ValueError
    ├── UnknownOperationError   a test named what the fake does not know; also a LookupError
    ├── MissingExtraError       an optional dependency is not installed; also an ImportError
    ├── LedgerError             a live run cannot write down what it is about to create; also an OSError
    ├── UnwritableError         a file was not written, and an older one is unchanged; also an OSError
    ├── NoCodeError             no one-time code arrived in time; also a LookupError
    ├── TransportError          no answer came back over the network; also a ConnectionError
    ├── UnknownSchemaError      no schema has this name; also a KeyError
    ├── CassetteError           a cassette is missing or cannot be read: a ConfigurationError
    ├── RecordingError          a recording cannot be written; LeakError if it would contain a secret
    └── NotRecordedError        a request at replay differs from the recorded one; also a LookupError

A broken contract is an AssertionError: `pytest_auth0_mfa.contract.ContractViolation`.
"""

from __future__ import annotations

import difflib
import errno
import unicodedata
from collections.abc import Iterable, Mapping


class Auth0MfaError(Exception):
    """The base class of all exceptions of this package except `ContractViolation`."""


class OAuthError(Auth0MfaError):
    """What Auth0 would answer instead of a success.

    ``refusal_id`` names the refusal in the table of refusals, ``extra`` holds further members of the body. ``hint``
    explains the cause in the journal; it is never sent.
    """

    __slots__ = ("description", "error", "extra", "headers", "hint", "refusal_id", "status")

    def __init__(
        self,
        refusal_id: str,
        status: int,
        error: str,
        description: str | None,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, object] | None = None,
        hint: str | None = None,
    ) -> None:
        self.refusal_id = refusal_id
        self.status = status
        self.error = error
        self.description = description
        self.headers = headers or {}
        self.extra = extra or {}
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.status} {self.error}: {self.description}"


class ConfigurationError(Auth0MfaError, ValueError):
    """The plugin was misused; the message says what to write instead."""


class UnknownOperationError(Auth0MfaError, LookupError):
    """A test named an operation that does not exist."""


class MissingExtraError(Auth0MfaError, ImportError):
    """A feature needs an optional dependency."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs an optional dependency: pip install 'pytest-auth0-mfa[{extra}]'")
        self.extra = extra


class UnwritableError(Auth0MfaError, OSError):
    """A file was not written. If there was an older one, it is unchanged."""


def closest(word: str, known: Iterable[str]) -> str:
    """A hint that suggests the closest known name; it lists all of them if they are at most 20 or none is close."""
    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]!r}?" if near else ""
    listed = f"Known: {', '.join(names)}." if len(names) <= 20 or not near else ""
    return " ".join(part for part in (hint, listed) if part)


def printable(text: str) -> str:
    """The text with invisible and control characters written as escapes; newlines and tabs are kept.

    For text that comes from a tenant: control characters (terminal escapes), format characters (reversed text), lone
    surrogates and private use.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        f"\\u{ord(char):04x}" if unicodedata.category(char) in _HIDDEN and char not in "\n\t" else char for char in text
    )


_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def in_words(error: OSError) -> str:
    """The message of an OSError, with advice where there is some."""
    message = f"{error.strerror or error}.".replace("..", ".")
    return f"{message} {_REMEDIES[error.errno]}" if error.errno in _REMEDIES else message


_READ_ONLY = "Choose a folder that can be written to."
_REMEDIES = {
    errno.ENOSPC: "Make room.",
    errno.EFBIG: "Make room.",
    getattr(errno, "EDQUOT", errno.ENOSPC): "Make room.",  # Windows has no quota of this name
    errno.EROFS: _READ_ONLY,
    errno.EACCES: _READ_ONLY,
    errno.EPERM: _READ_ONLY,
    errno.ENOENT: "Choose a folder that exists.",
    errno.ENOTDIR: "There is a file where a folder is needed: choose another one.",
    errno.EEXIST: "There is a file where a folder is needed: choose another one.",
    errno.EISDIR: "There is a folder of this name: choose another one.",
    errno.EMFILE: "Allow more open files: ulimit -n.",
}


class CassetteError(ConfigurationError):
    """A cassette is missing, cannot be read, or contains calls that fit no operation or schema."""


class RecordingError(Auth0MfaError):
    """A recording cannot be written; no file was changed."""


class LeakError(RecordingError):
    """A secret would have been written into a cassette. The message says where, never the secret itself."""


class NotRecordedError(Auth0MfaError, LookupError):
    """A request at replay differs from the recorded ones; the message names the difference."""
