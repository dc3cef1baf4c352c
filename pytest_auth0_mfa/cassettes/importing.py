"""Imports a plain vcrpy cassette or a HAR file: scrubbed, and checked against leaks, table and schemas."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from pytest_auth0_mfa.errors import CassetteError, MissingExtraError
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.secret_fields import CODE_FIELDS

from .bodies import Fields, encoding_of, unpacked
from .document import Document, fields_of, meaning_of, new_meta, save
from .interactions import Interaction
from .leaks import refuse_leaks
from .placeholders import Placeholders, is_placeholder, is_wrong
from .reading import plain_yaml
from .scrubbing import scrub
from .session import learn_environment


class Imported(NamedTuple):
    """The result of an import: the file, and how many calls were kept and dropped."""

    target: Path
    kept: int
    dropped: int


def import_file(source: Path, target: Path, *, domain: str | None = None) -> Imported:
    """Write a scrubbed cassette with the calls to one tenant.

    ``domain`` is needed if the file has calls to several. Raises CassetteError if the file cannot be read, LeakError
    or RecordingError if nothing was written.
    """
    everything = list(_read(source))
    calls = [interaction for interaction in everything if meaning_of(interaction).known]
    host = _host(source, calls, domain)
    mine = [interaction for interaction in calls if urlsplit(interaction.url).netloc == host]
    placeholders = Placeholders()
    placeholders.domain(host)
    learn_environment(placeholders)
    written = scrub(mine, placeholders)
    refuse_leaks(written, mine, placeholders.secrets)
    meta = new_meta(
        max(interaction.at for interaction in mine),
        codes=_codes(written),
        totp_secrets=sorted(set(placeholders.totp_secrets.values())),
        counts=placeholders.counts,
    )
    save(target, Document(meta, written))
    return Imported(target, len(mine), len(everything) - len(mine))


def _host(source: Path, calls: list[Interaction], domain: str | None) -> str:
    hosts = sorted({urlsplit(interaction.url).netloc for interaction in calls})
    if not hosts:
        raise CassetteError(f"{source}: no call of Auth0's MFA API is in it, so there is nothing to import")
    if domain is None and len(hosts) == 1:
        return hosts[0]
    if domain not in hosts:
        reason = f"none of them is {domain}" if domain else "say which is meant"
        raise CassetteError(f"{source}: calls of this API go to {', '.join(hosts)}; {reason}: --domain DOMAIN")
    return domain


def _codes(written: list[Interaction]) -> list[str]:
    """The codes for `auth0_mfa_cassette.code`, in the order in which they were sent, without repetitions in a row."""
    found: list[str] = []
    for interaction in written:
        for name in CODE_FIELDS:
            code = str(meaning_of(interaction).parameters.get(name, ""))
            if is_placeholder(code, "code") and not is_wrong(code) and found[-1:] != [code]:
                found.append(code)
    return found


# -- reading -----------------------------------------------------------------------------------


def _read(source: Path) -> Iterator[Interaction]:
    try:
        text = source.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CassetteError(f"{source}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise CassetteError(f"{source}: not UTF-8 (byte {error.start})") from None
    data = _parsed(source, text)
    try:
        if isinstance(data, dict) and isinstance(data.get("log"), dict):
            return iter([_of_har(entry) for entry in data["log"]["entries"]])
        if isinstance(data, dict) and isinstance(data.get("interactions"), list):
            return iter([_of_vcr(interaction) for interaction in data["interactions"]])
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError) as error:
        raise CassetteError(f"{source}: a call in it cannot be read ({type(error).__name__})") from None
    raise CassetteError(
        f"{source}: neither a cassette of vcrpy (`interactions`) nor a HAR file (`log.entries`); expected one of them"
    )


def _parsed(source: Path, text: str) -> Json:
    if text.lstrip()[:1] == "{":
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            raise CassetteError(f"{source}: not JSON that can be read ({type(error).__name__})") from None
    try:
        import yaml
    except ImportError:
        raise MissingExtraError("Reading YAML", "cassettes") from None
    return plain_yaml(yaml, source, text, _loader(yaml))


def _loader(yaml: Any) -> Any:
    """A loader for YAML's plain types and the text tags of old vcrpy versions, which become plain text."""

    class TextLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        pass

    for name in ("unicode", "str"):
        TextLoader.add_constructor(f"tag:yaml.org,2002:python/{name}", TextLoader.construct_yaml_str)
    return TextLoader


def _of_vcr(interaction: dict[str, Json]) -> Interaction:
    request, response = interaction["request"], interaction["response"]
    headers = fields_of(response.get("headers"))
    body = response.get("body", response.get("content")) or {}
    content = body.get("string", body.get("base64_string")) if isinstance(body, dict) else body
    status = response.get("status") or {"code": response["status_code"]}
    return Interaction(
        str(request["method"]).upper(),
        _url(request.get("uri") or request["url"]),
        fields_of(request.get("headers")),
        unpacked(encoding_of(fields_of(request.get("headers"))), _bytes(request.get("body"))),
        int(status["code"]),
        str(status.get("message") or ""),
        headers,
        unpacked(encoding_of(headers), _bytes(content)),
        _moment(headers),
    )


def _of_har(entry: dict[str, Json]) -> Interaction:
    request, response = entry["request"], entry["response"]
    headers = _har_fields(response)
    content = response.get("content") or {}
    body = _bytes(content.get("text"))
    if content.get("encoding") == "base64":
        body = base64.b64decode(body)
    return Interaction(
        str(request["method"]).upper(),
        _url(request["url"]),
        _har_fields(request),
        _har_body(request.get("postData") or {}),
        int(response["status"]),
        str(response.get("statusText") or ""),
        headers,
        unpacked(encoding_of(headers), body),
        datetime.fromisoformat(str(entry["startedDateTime"]).replace("Z", "+00:00")).timestamp(),
    )


def _url(value: Json) -> str:
    """The URL as text. Raises ValueError now if it cannot be parsed, as with an unclosed bracket."""
    urlsplit(str(value))
    return str(value)


def _har_fields(side: dict[str, Json]) -> Fields:
    found: Fields = {}
    for header in side.get("headers") or []:
        if not header["name"].startswith(":"):  # pseudo-headers of HTTP/2
            found.setdefault(header["name"], []).append(str(header["value"]))
    return found


def _har_body(data: dict[str, Json]) -> bytes:
    if data.get("text"):
        return _bytes(data["text"])
    return urlencode([(p["name"], p.get("value", "")) for p in data.get("params") or []]).encode()


def _bytes(value: Json) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, dict | list):
        return json.dumps(value).encode()
    return str(value).encode() if value else b""


def _moment(headers: Fields) -> float:
    """When the tenant answered, in epoch seconds, from the Date header. It is needed to recognise TOTPs."""
    date = next((values[0] for name, values in headers.items() if name.lower() == "date" and values), "")
    try:
        return parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError):
        return time.time()
