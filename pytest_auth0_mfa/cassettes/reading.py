"""Reads the YAML of a cassette. Every error names the file, line and JSON path."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pytest_auth0_mfa.errors import CassetteError, MissingExtraError, closest, printable
from pytest_auth0_mfa.messages import Json

from .document import FORMAT, OURS, Document, Meta, faults_of, fields_of, meaning_of
from .interactions import Interaction

Path_ = Sequence[str | int]
_META = ("format", "recorded", "tool", "profile", "codes", "secrets", "totp_secrets", "counts")


def load(path: Path) -> Document:
    """Load a cassette from a file. Raises CassetteError, which names the file, line and JSON path of the fault."""
    try:
        import yaml  # type: ignore[import-untyped,unused-ignore]
    except ImportError:
        raise MissingExtraError("A cassette", "cassettes") from None
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise CassetteError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise CassetteError(f"{path}: not UTF-8 (byte {error.start}); a cassette is") from None
    return read(yaml, path, text)


def read(yaml: Any, path: Path, text: str) -> Document:
    """Read the text of a cassette. Only YAML's plain types are accepted. Raises CassetteError."""
    data = plain_yaml(yaml, path, text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    try:
        return _Reader(yaml, path, text).document(data)
    except CassetteError:
        raise
    except (ValueError, ArithmeticError, RecursionError) as error:  # lone surrogates, an infinite number
        raise CassetteError(f"{path}: a value in it cannot be read ({type(error).__name__})") from None


class _Reader:
    def __init__(self, yaml: Any, path: Path, text: str) -> None:
        self._yaml = yaml
        self._path = path
        self._text = text

    def document(self, data: Json) -> Document:
        top = self._expect(data, (), dict, "an object with `interactions`")
        interactions = self._expect(top.get("interactions"), ("interactions",), list, "a list")
        if OURS not in top:
            raise self._error(
                (), "a plain vcrpy cassette: it may be full of secrets. `auth0-mfa import FILE` makes one of ours of it"
            )
        meta = self._meta(self._expect(top[OURS], (OURS,), dict, "an object"))
        read = [
            self._interaction(interaction, ("interactions", index)) for index, interaction in enumerate(interactions)
        ]
        for index, interaction in enumerate(read):
            self._hold(interaction, index, interactions[index])
        return Document(meta, read)

    def _meta(self, given: dict[str, Json]) -> Meta:
        for name in given:
            if name not in _META:
                raise self._error((OURS, name), f"no such key. {closest(str(name), _META)}")
        if given.get("format") != FORMAT:
            raise self._error((OURS, "format"), f"expected {FORMAT}: this version reads no other. Record it again")
        kinds: dict[str, type] = {"recorded": str, "tool": str, "profile": dict, "codes": list, "secrets": dict}
        kinds |= {"totp_secrets": list, "counts": dict}
        for name, kind in kinds.items():
            self._expect(given.get(name), (OURS, name), kind, f"{kind.__name__}")
        for name, kind in (("codes", str), ("totp_secrets", int)):
            for index, item in enumerate(given[name]):
                self._expect(item, (OURS, name, index), kind, kind.__name__)
        meta = Meta(**{name: given[name] for name in kinds})
        try:
            meta.age(0)
        except ValueError:
            raise self._error((OURS, "recorded"), "expected a date and time in ISO 8601") from None
        return meta

    def _interaction(self, data: Json, at: Path_) -> Interaction:
        both = self._expect(data, at, dict, "an object")
        request = self._expect(both.get("request"), (*at, "request"), dict, "an object")
        response = self._expect(both.get("response"), (*at, "response"), dict, "an object")
        status = self._expect(response.get("status"), (*at, "response", "status"), dict, "an object")
        body = self._expect(response.get("body"), (*at, "response", "body"), dict, "an object")
        ours = self._expect(both.get(OURS) or {}, (*at, OURS), dict, "an object")
        moment = ours.get("at", 0.0)
        if not isinstance(moment, int | float) or isinstance(moment, bool):
            raise self._error((*at, OURS, "at"), "expected a number: seconds since 1970")
        for side, headers in (("request", request.get("headers")), ("response", response.get("headers"))):
            self._expect(headers or {}, (*at, side, "headers"), dict, "an object")
        return Interaction(
            self._expect(request.get("method"), (*at, "request", "method"), str, "text"),
            self._expect(request.get("uri"), (*at, "request", "uri"), str, "text"),
            fields_of(request.get("headers")),
            self._expect(request.get("body") or "", (*at, "request", "body"), str, "text").encode(),
            self._expect(status.get("code"), (*at, "response", "status", "code"), int, "a number"),
            str(status.get("message") or ""),
            fields_of(response.get("headers")),
            self._expect(body.get("string") or "", (*at, "response", "body", "string"), str, "text").encode(),
            float(moment),
        )

    def _hold(self, interaction: Interaction, index: int, data: dict[str, Json]) -> None:
        claimed = (data.get(OURS) or {}).get("operation")
        found = meaning_of(interaction).operation
        if claimed not in (None, found):
            raise self._error(("interactions", index, OURS, "operation"), f"{claimed!r}, but the request is {found}")
        for fault in faults_of(interaction):
            side, _, rest = fault.partition(" ")
            side = side.rstrip(":")
            raise self._error(("interactions", index, side, "body"), f"does not keep to the schemas: {rest}")

    def _expect(self, value: Json, at: Path_, kind: type, name: str) -> Any:
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self._error(at, f"expected {name}, found {'nothing' if value is None else type(value).__name__}")
        return value

    def _error(self, at: Path_, text: str) -> CassetteError:
        place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in at).lstrip(".")
        return CassetteError(f"{self._path}:{self._line(at)}: {printable(place + ': ' if place else '')}{text}")

    def _line(self, at: Path_) -> int:
        """The line of the value at a path, or of its closest parent that exists."""
        try:
            node = self._yaml.compose(self._text, Loader=self._yaml.SafeLoader)
        except self._yaml.YAMLError:  # PyYAML's C parser accepts some files that its Python parser refuses
            return 1
        line = node.start_mark.line if node else 0
        for step in at:
            child = _child(self._yaml, node, step)
            if child is None:
                break
            marked, node = child
            line = marked.start_mark.line
        return int(line) + 1


def _child(yaml: Any, node: Any, step: str | int) -> tuple[Any, Any] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == str(step)), None)
    return None


# -- YAML --------------------------------------------------------------------------------------


def plain_yaml(yaml: Any, path: Path, text: str, loader: Any) -> Json:
    """Load untrusted YAML: plain types only, alias bombs refused. Raises CassetteError with file and line."""
    try:
        value = yaml.load(text, Loader=loader)
        if _count(value, {}) > len(text):
            raise CassetteError(f"{path}: its aliases stand for more than the file holds; write them out")
        return value
    except CassetteError:
        raise
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        last = text.count("\n")  # the C parser reports something missing at the end one line too late
        line = f":{min(mark.line, last) + 1}" if mark else ""
        raise CassetteError(f"{path}{line}: not YAML that is safe to load: {error.problem or error.context}") from None
    # PyYAML's constructors raise AttributeError, KeyError and others for values that do not fit their tags.
    except Exception as error:
        raise CassetteError(f"{path}: not YAML that can be read ({type(error).__name__})") from None


def _count(value: Json, counted: dict[int, float]) -> float:
    """The number of values with all aliases written out; infinite if one contains itself."""
    if not isinstance(value, dict | list):
        return 1
    if id(value) not in counted:
        counted[id(value)] = float("inf")
        members = value if isinstance(value, list) else [*value.keys(), *value.values()]
        counted[id(value)] = 1 + sum(_count(member, counted) for member in members)
    return counted[id(value)]
