"""Writes a cassette: one that keeps to table and schemas, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from pytest_auth0_mfa.errors import MissingExtraError, UnwritableError
from pytest_auth0_mfa.files import write_atomically
from pytest_auth0_mfa.messages import Json

from .document import FORMAT, OURS, Document, faults_of, meaning_of
from .errors import RecordingError
from .interactions import Interaction


def save(path: Path, document: Document) -> None:
    """Write a cassette whole or not at all. Raises RecordingError for one that would not load again."""
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
    for index, one in enumerate(document.interactions):
        for fault in faults_of(one):
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
        "interactions": [_plain_interaction(one) for one in document.interactions],
    }


def _plain_interaction(one: Interaction) -> dict[str, Json]:
    return {
        OURS: {"operation": meaning_of(one).operation, "at": round(one.at, 3)},
        "request": {
            "method": one.method,
            "uri": one.url,
            "headers": one.request_headers,
            "body": one.request_body.decode() or None,
        },
        "response": {
            "status": {"code": one.status, "message": one.reason},
            "headers": one.response_headers,
            "body": {"string": one.response_body.decode()},
        },
    }
