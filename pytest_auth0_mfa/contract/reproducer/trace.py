"""What happened on a subject, step by step, and a reproducer of it that runs, from the login on.

Values are traced, not declared: whatever a request repeats from an earlier answer becomes a variable
that is captured from it, and what is given from outside an environment variable. So nothing secret
is printed, and nothing is missing, whoever made the calls.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TypeAlias
from urllib.parse import parse_qsl, quote

from pytest_auth0_mfa.messages import Json, Request, Response
from pytest_auth0_mfa.spec.secret_fields import SECRET_FIELDS

HARMLESS = frozenset({"wrong", "not-a-token", "not-a-code", "000000", "AAAAAAAAAAAAAAAAAAAAAAAA"})
"""Made-up values that contracts send on purpose; reproducers print them as they are."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call. ``response`` is None when none came."""

    operation: str
    request: Request
    response: Response | None


@dataclass(frozen=True, slots=True)
class ReadValue:
    """A value that did not come from an answer: a code read from a message, or computed by an app."""

    name: str
    """What a variable for it is called: ``email_code``, ``otp``."""
    value: str = field(repr=False)
    how: str
    """A sentence for the reader: ``the code that was sent by email``."""
    secret: str | None = field(default=None, repr=False)
    """The TOTP secret it is computed from."""
    steps_off: int = 0
    """How many time steps it lies off the current one."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something a person or an operator does: approve a push request, let time pass, switch a factor."""

    text: str
    seconds: float = 0.0
    """How long to wait, when that is what is to be done."""


Step: TypeAlias = Exchange | ReadValue | Note


@dataclass(slots=True)
class Steps:
    """The steps so far, and the values that are given from outside by the name of their variable."""

    given: dict[str, str] = field(default_factory=dict, repr=False)
    """Secrets and addresses -> environment variable."""
    events: list[Step] = field(default_factory=list)

    def give(self, value: str | None, variable: str) -> None:
        """Name the environment variable that holds ``value``; the first name stays."""
        if value:
            self.given.setdefault(value, variable)


SECRET_PARAMETERS = SECRET_FIELDS | {"username"}
_FORM = re.compile(r"\w+=[^&\s]+&\w+=")
_SHORT = 12  # shorter values only count as a whole: "123456" may well be part of something else


@dataclass(frozen=True, slots=True)
class Variable:
    """A value that the program holds instead of us."""

    name: str
    given: bool = False
    """From the environment, under this very name."""
    encoded: bool = False
    """Percent-encoded where it stands."""
    number: bool = False
    """A JSON number where it stands: a client turned a code into one."""


Template: TypeAlias = tuple[str | Variable, ...]


@dataclass(frozen=True, slots=True)
class TracedCall:
    """A request with its values traced."""

    operation: str
    method: str
    path: Template
    headers: dict[str, Template]
    json: Json | None
    """The JSON body, each string a template."""
    form: list[tuple[str, Template]] | None
    raw: Template | None
    captures: list[tuple[Variable, tuple[str, ...]]]
    """What later steps need of the answer: variable and path into the JSON."""


@dataclass(frozen=True, slots=True)
class TracedRead:
    """A value that a person reads somewhere, or that is computed from a secret."""

    variable: Variable
    how: str
    secret: Template | None
    steps_off: int


TracedStep: TypeAlias = TracedCall | TracedRead | Note


def trace(steps: Steps) -> list[TracedStep]:
    """The steps with their values turned into variables; what nothing later needs is not captured."""
    return _Tracer(steps).run()


class _Tracer:
    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._known: dict[str, Variable] = {value: Variable(name, True) for value, name in steps.given.items()}
        self._captured: dict[Variable, tuple[int, tuple[str, ...]]] = {}
        self._used: set[Variable] = set()
        self._names: dict[str, int] = {}

    def run(self) -> list[TracedStep]:
        traced: list[TracedStep] = []
        for number, event in enumerate(self._steps.events):
            if isinstance(event, Note):
                traced.append(event)
            elif isinstance(event, ReadValue):
                secret = self.template(event.secret) if event.secret else None
                self._known[event.value] = variable = self._name(event.name)
                traced.append(TracedRead(variable, event.how, secret, event.steps_off))
            else:
                traced.append(self._call(event))
                self._learn(number, event)
        for variable, (number, path) in self._captured.items():
            step = traced[number]
            if variable in self._used and isinstance(step, TracedCall):
                step.captures.append((variable, path))
        return [step for step in traced if not isinstance(step, TracedRead) or step.variable in self._used]

    def _name(self, field: str) -> Variable:
        self._names[field] = count = self._names.get(field, 0) + 1
        return Variable(f"{field}_{count}")

    def _learn(self, number: int, event: Exchange) -> None:
        try:
            body = event.response.json() if event.response is not None and event.response.body else None
        except ValueError:
            return
        for path, value in _strings(body):
            if path[0] in ("error", "error_description") or len(value) < _SHORT or value in self._known:
                continue
            named = [re.sub(r"\W", "_", part) for part in path if not part.isdigit()]
            self._known[value] = variable = self._name(named[-1] if named else "value")
            self._captured[variable] = (number, path)

    def template(self, text: str) -> Template:
        """``text`` with every known value in it replaced by its variable, the longest first."""
        if text in self._known:
            parts: list[str | Variable] = [self._known[text]]
        else:
            parts = [text]
            for value in sorted((v for v in self._known if len(v) >= _SHORT), key=len, reverse=True):
                variable, encoded = self._known[value], quote(value, safe="")
                parts = [p for part in parts for p in _cut(part, value, variable)]
                if encoded != value:
                    parts = [p for part in parts for p in _cut(part, encoded, replace(variable, encoded=True))]
        self._used.update(replace(p, encoded=False) for p in parts if isinstance(p, Variable))
        return tuple(parts)

    def _secret(self, name: str, text: str) -> Template:
        template = self.template(text)
        plain = "".join(part for part in template if isinstance(part, str))
        if name in SECRET_PARAMETERS and len(plain) > 4 and plain.strip() not in HARMLESS:
            self._known[text] = variable = Variable(f"AUTH0_MFA_{name.upper()}_{len(self._known)}", True)
            return (variable,)
        return template

    def _call(self, event: Exchange) -> TracedCall:
        request = event.request
        headers = {}
        for name, value in request.headers.items():
            if name.lower() == "authorization":
                scheme, _, rest = value.partition(" ")
                token = self._secret("access_token", rest or value)  # without a scheme it is all token
                headers[name] = (f"{scheme} ", *token) if rest else token
            elif name.lower() in ("content-type", "dpop", "accept"):
                headers[name] = (value,)
        body, form, raw = self._body(request)
        return TracedCall(event.operation, request.method, self._target(request.path), headers, body, form, raw, [])

    def _target(self, target: str) -> Template:
        """Path and query: a client may put a code into the query, which is too short to be cut out of a text."""
        path, mark, query = target.partition("?")
        template = self.template(path)
        for number, (name, value) in enumerate(parse_qsl(query, keep_blank_values=True)):
            template = (*template, f"{'&' if number else mark}{quote(name, safe='')}=", *self._encoded(name, value))
        return template

    def _encoded(self, name: str, value: str) -> Iterator[str | Variable]:
        for part in self._secret(name, value):
            yield quote(part, safe="") if isinstance(part, str) else replace(part, encoded=True)

    def _body(self, request: Request) -> tuple[Json | None, list[tuple[str, Template]] | None, Template | None]:
        if not request.body:
            return None, None, None
        text = request.body.decode("utf-8", "replace")
        try:
            body = json.loads(text)
            if isinstance(body, dict | list):
                return self._json("", body), None, None
        except ValueError:
            pass
        if "form" in request.headers.get("Content-Type", "") or _FORM.match(text):
            pairs = parse_qsl(text, keep_blank_values=True)
            return None, [(name, self._secret(name, value)) for name, value in pairs], None
        return None, None, self._secret("password", text) if len(text) > _SHORT else (text,)

    def _json(self, name: str, value: Json) -> Json:
        if isinstance(value, str):
            return self._secret(name, value)
        if isinstance(value, dict):
            return {key: self._json(key, member) for key, member in value.items()}
        if isinstance(value, int) and not isinstance(value, bool) and name in SECRET_PARAMETERS:
            return self._number(value)
        return [self._json(name, item) for item in value] if isinstance(value, list) else value

    def _number(self, value: int) -> Json:
        for known, variable in reversed(self._known.items()):
            if known.isdecimal() and known.lstrip("0") == str(value).lstrip("0"):
                self._used.add(variable)
                return replace(variable, number=True)
        return value


def _cut(part: str | Variable, value: str, variable: Variable) -> Iterator[str | Variable]:
    if isinstance(part, Variable) or value not in part:
        yield part
        return
    for index, piece in enumerate(part.split(value)):
        if index:
            yield variable
        if piece:
            yield piece


def _strings(value: Json, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, str) and path:
        yield path, value
    elif isinstance(value, dict):
        for key, member in value.items():
            yield from _strings(member, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _strings(item, (*path, str(index)))
