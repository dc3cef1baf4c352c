"""The content of a cassette, its checks against table and schemas, and how it is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pytest_auth0_mfa.errors import MissingExtraError, RecordingError, UnwritableError, closest
from pytest_auth0_mfa.files import write_atomically
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.operations import OPERATIONS
from pytest_auth0_mfa.spec.schemas import check_call

from .bodies import Fields
from .interactions import Interaction, RequestMeaning, operation_of, read_meaning

FORMAT = 1
OURS = "auth0_mfa"
API_PATHS = ("/mfa/", "/me/v1/factors", "/me/v1/authentication-methods", "/oauth/", "/passwordless/", "/.well-known/")
"""The prefixes of the paths of the Authentication API."""


@dataclass(frozen=True)
class Meta:
    """The metadata of a cassette."""

    recorded: str
    """When it was recorded: ISO 8601 in UTC."""
    tool: str
    profile: dict[str, Json] = field(default_factory=dict)
    """The profile fields that differed from their default."""
    codes: list[str] = field(default_factory=list)
    """Placeholders of the codes that the test received, in order."""
    secrets: dict[str, str] = field(default_factory=dict)
    """Name of a secret of the test -> placeholder."""
    totp_secrets: list[int] = field(default_factory=list)
    """The numbers of the TOTP secrets that codes came from."""
    counts: dict[str, int] = field(default_factory=dict)
    """Kind of placeholder -> highest number in use."""

    def age(self, now: float) -> float:
        """The age of the recording in days, at ``now`` (epoch seconds)."""
        return max(0.0, (now - datetime.fromisoformat(self.recorded).timestamp()) / 86400)


@dataclass(frozen=True)
class Document:
    """A cassette: metadata and interactions."""

    meta: Meta
    interactions: list[Interaction]

    @property
    def asks(self) -> list[RequestMeaning]:
        """The meaning of each request."""
        return [meaning_of(interaction) for interaction in self.interactions]


def meaning_of(interaction: Interaction) -> RequestMeaning:
    """The meaning of an interaction's request."""
    request = interaction.request
    return read_meaning(request.method, request.path, request.headers, request.body)


def new_meta(now: float, **more: Any) -> Meta:
    """The metadata of a recording made at ``now`` (epoch seconds)."""
    from importlib.metadata import version

    recorded = datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds")
    return Meta(recorded, f"pytest-auth0-mfa {version('pytest-auth0-mfa')}", **more)


# -- checked against table and schemas -----------------------------------------------------------------


def faults_of(interaction: Interaction) -> list[str]:
    """Check an interaction; returns one sentence for each fault, starting with ``request`` or ``response``."""
    request, response = interaction.request, interaction.response
    path = request.path.partition("?")[0]
    meaning = meaning_of(interaction)
    operation = operation_of(request.method, path, meaning.parameters)
    if operation is None:
        if interaction.status < 400 and path.startswith(API_PATHS):
            known = [f"{row.method} {row.path}" for row in OPERATIONS.values()]
            return [
                f"request: no such operation: {request.method} {path}. {closest(f'{request.method} {path}', known)}"
            ]
        return []
    found = check_call(operation, request, response)
    if interaction.status >= 400:  # a refused request may be wrong
        found = [fault for fault in found if not fault.startswith("request")]
    return found


def fields_of(value: Json) -> Fields:
    """Header fields from a cassette, where a value may be a list or a single value."""
    return {str(name): [str(v) for v in (vs if isinstance(vs, list) else [vs])] for name, vs in (value or {}).items()}


def left_over(old: Sequence[Interaction], new: Sequence[Interaction]) -> list[Interaction]:
    """The old interactions of operations that ``new`` does not contain."""
    again = [meaning_of(interaction).operation for interaction in new]
    return [interaction for interaction in old if meaning_of(interaction).operation not in again]


def save(path: Path, document: Document) -> None:
    """Write a cassette whole or not at all. Raises RecordingError if it could not be loaded again, or cannot be
    written."""
    _check(document, str(path))
    try:
        import yaml  # type: ignore[import-untyped,unused-ignore]
    except ImportError:
        raise MissingExtraError("A cassette", "cassettes") from None
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text = yaml.dump(_plain(document), Dumper=dumper, sort_keys=False, allow_unicode=True, width=10_000)
    try:
        write_atomically(path, text)
    except UnwritableError as error:
        raise RecordingError(f"{error} Then record again.") from None


def _check(document: Document, where: str) -> None:
    for index, interaction in enumerate(document.interactions):
        for fault in faults_of(interaction):
            side, _, rest = fault.partition(" ")
            raise RecordingError(
                f"{where} was not written: interactions[{index}].{side} does not keep to the schemas:\n    {rest}\n"
                "The tenant answers what this version does not know, or the test sent it. See docs/howto-cassettes.md."
            )


def _plain(document: Document) -> dict[str, Json]:
    meta = document.meta
    return {
        "version": 1,
        OURS: {
            "format": FORMAT,
            "recorded": meta.recorded,
            "tool": meta.tool,
            "profile": meta.profile,
            "codes": meta.codes,
            "secrets": meta.secrets,
            "totp_secrets": meta.totp_secrets,
            "counts": meta.counts,
        },
        "interactions": [_plain_interaction(interaction) for interaction in document.interactions],
    }


def _plain_interaction(interaction: Interaction) -> dict[str, Json]:
    return {
        OURS: {"operation": meaning_of(interaction).operation, "at": round(interaction.at, 3)},
        "request": {
            "method": interaction.method,
            "uri": interaction.url,
            "headers": interaction.request_headers,
            "body": interaction.request_body.decode() or None,
        },
        "response": {
            "status": {"code": interaction.status, "message": interaction.reason},
            "headers": interaction.response_headers,
            "body": {"string": interaction.response_body.decode()},
        },
    }
