"""The steps of a finding, traced for a reproducer that can be run.

Values are traced, not declared: a value that a request repeats from an earlier answer becomes a variable that is read
from that answer, and a value that comes from outside becomes an environment variable. So a reproducer shows no secret
and lacks no value, whoever made the calls.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias
from urllib.parse import parse_qsl, quote

from pytest_auth0_mfa.messages import Json, Request, Response, decode
from pytest_auth0_mfa.messages.showing import is_plain
from pytest_auth0_mfa.spec.secret_fields import SECRET_FIELDS

HARMLESS = frozenset({"wrong", "not-a-token", "not-a-code", "not-a-session", "000000", "AAAAAAAAAAAAAAAAAAAAAAAA"})
"""Made-up values that contracts send on purpose; reproducers print them as they are."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call. ``response`` is None if there was no answer."""

    operation: str
    request: Request
    response: Response | None
    proof: str = ""
    """What is unusual about the proof of possession that was sent."""


@dataclass(frozen=True, slots=True)
class ReadValue:
    """A value that did not come from an answer: a code from a message, or one that an authenticator app shows."""

    name: str
    """The name of its variable, without number: ``email_code``, ``otp``."""
    value: str = field(repr=False)
    how: str
    """Where the value is from, in words: ``the code that was sent by email``."""
    secret: str | None = field(default=None, repr=False)
    """The TOTP secret that the value is computed from, if it is a TOTP."""
    steps_off: int = 0
    """The distance from the current time step, in steps of 30 seconds."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something a person or an operator does: approve a push request, let time pass, switch a factor."""

    text: str
    seconds: float = 0.0
    """How long to wait, if the note is about waiting."""


Step: TypeAlias = Exchange | ReadValue | Note


@dataclass(slots=True)
class Steps:
    """The steps so far, and the values that come from outside."""

    given: dict[str, str] = field(default_factory=dict, repr=False)
    """Value (a secret or an address) -> name of its environment variable."""
    events: list[Step] = field(default_factory=list)

    def give(self, value: str | None, variable: str) -> None:
        """Name the environment variable that holds ``value``. A second name for the same value is ignored."""
        if value:
            self.given.setdefault(value, variable)

    @property
    def secrets(self) -> set[str]:
        """The values from outside, the codes and the TOTP secrets."""
        read = [event for event in self.events if isinstance(event, ReadValue)]
        return {*self.given, *(event.value for event in read), *(event.secret for event in read if event.secret)}

    def pass_time(self, seconds: float) -> None:
        """Add a note that ``seconds`` pass; none at all need no note."""
        if seconds:
            self.events.append(Note(f"let {seconds:.6g} seconds pass", seconds))


SECRET_PARAMETERS = SECRET_FIELDS | {"username"}
_FORM = re.compile(r"\w+=[^&\s]+&\w+=")
_WORDS = frozenset(
    {
        *("authenticator_type", "binding_method", "challenge_type", "error", "error_description", "issuer", "name"),
        *("oob_channel", "scope", "token_type", "type"),
        *("detail", "preferred_authentication_method", "title", "usage"),
    }
)
"""Fields whose values are words: a later request that has the same word did not take it from this answer."""
_SHORT = 12  # shorter values are replaced only where they are the whole text: "123456" may be part of something else


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of the reproducer, in the place of a value."""

    name: str
    given: bool = False
    """Whether it is an environment variable of this name."""
    encoded: bool = False
    """Whether the value is percent-encoded in this place."""
    number: bool = False
    """Whether the value is a JSON number in this place, because a client turned a code into a number."""
    about: str = field(default="", compare=False)
    """What the environment has to give, where the name of the variable does not say it."""


Template: TypeAlias = tuple[str | Variable, ...]
JsonPath: TypeAlias = tuple[str | int, ...]
"""Names of members and indices of items."""


@dataclass(frozen=True, slots=True)
class TracedCall:
    """A request with variables in the place of values."""

    operation: str
    method: str
    path: Template
    headers: dict[str, Template]
    json: Json | None
    """The JSON body with a template in the place of each string and of each member's name."""
    form: list[tuple[Template, Template]] | None
    raw: Template | None
    captures: list[tuple[Variable, JsonPath]]
    """What later steps need from the answer: the variable and its path in the JSON."""


@dataclass(frozen=True, slots=True)
class TracedRead:
    """A value that a person has to type in, or that is computed from a TOTP secret."""

    variable: Variable
    how: str
    secret: Template | None
    steps_off: int


TracedStep: TypeAlias = TracedCall | TracedRead | Note


def asked_for(steps: Sequence[TracedStep]) -> Iterator[list[str]]:
    """For each step the lines that say what the environment has to give from there on, each line once."""
    asked: set[str] = set()
    for step in steps:
        found = {v.name: v.about for v in _variables(step) if v.about and v.name not in asked}
        asked.update(found)
        yield [f"# {name}: {about}" for name, about in found.items()]


def _variables(value: object) -> Iterator[Variable]:
    if isinstance(value, Variable):
        yield value
    elif isinstance(value, TracedCall):
        for part in (value.path, value.headers, value.json, value.form, value.raw):
            yield from _variables(part)
    elif isinstance(value, TracedRead):
        yield from _variables(value.secret)
    elif isinstance(value, dict):
        for pair in value.items():
            yield from _variables(pair)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _variables(part)


def trace(steps: Steps) -> list[TracedStep]:
    """The steps with variables in the place of values. Only values that later steps need are captured."""
    return _Tracer(steps).run()


class _Tracer:
    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._secrets = steps.secrets
        self._place = ""
        self._known: dict[str, Variable] = {value: Variable(name, True) for value, name in steps.given.items()}
        self._captured: dict[Variable, tuple[int, JsonPath]] = {}
        self._used: set[Variable] = set()
        self._names: dict[str, int] = {}

    def run(self) -> list[TracedStep]:
        traced: list[TracedStep] = []
        for number, event in enumerate(self._steps.events):
            self._place = f"step {number + 1}"
            if isinstance(event, Note):
                traced.append(event)
            elif isinstance(event, ReadValue):
                secret = self._key(event.secret) if event.secret else None
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
        if not re.match("[A-Za-z_]", field):
            field = f"value_{field}"  # no variable begins with a digit
        self._names[field] = count = self._names.get(field, 0) + 1
        return Variable(f"{field}_{count}")

    def _learn(self, number: int, event: Exchange) -> None:
        try:
            body = event.response.json() if event.response is not None and event.response.body else None
        except ValueError:
            return
        for path, value in _strings(body):
            names = [part for part in path if isinstance(part, str)] or ["value"]
            if names[-1] in _WORDS or names[-1].endswith("_supported") or len(value) < _SHORT or value in self._known:
                continue
            if not all(
                is_plain(name, self._secrets) for name in names
            ):  # the step that reads the value would show the name
                self._asked_for("value", value, "a value in the answer")
                continue
            self._known[value] = variable = self._name(re.sub(r"\W", "_", names[-1], flags=re.ASCII))
            self._captured[variable] = (number, path)

    def template(self, text: str) -> Template:
        """Replace every known value in ``text`` by its variable, the longest value first."""
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
        return self._hidden(name, text) if name in SECRET_PARAMETERS else self.template(text)

    def _hidden(self, name: str, text: str) -> Template:
        """A text that is shown only if it is short or harmless, or consists of known values."""
        template = self.template(text)
        plain = "".join(part for part in template if isinstance(part, str))
        return template if len(plain) <= 4 or plain.strip() in HARMLESS else (self._asked_for(name, text, "a value"),)

    def _key(self, secret: str) -> Template:
        """The key of an authenticator app. An answer that has it in the barcode alone does not give it as a value."""
        template = self.template(secret)
        known = all(isinstance(part, Variable) for part in template)
        return template if known else (self._asked_for("totp_secret", secret, "the key in the barcode", "before"),)

    def _plain(self, text: str, what: str) -> Template:
        """A name, or a part of a path. It is shown if it is a word, since any other may be a code or token."""
        template = self.template(text)
        if text in HARMLESS or all(isinstance(part, Variable) or is_plain(part, self._secrets) for part in template):
            return template
        return (self._asked_for("name", text, what),)

    def _asked_for(self, name: str, text: str, what: str, where: str = "of") -> Variable:
        """A variable for what only the reader knows. A comment says ``what`` it is, and where."""
        known = f"AUTH0_MFA_{name.upper()}_{len(self._known)}"
        about = f"{what} {where} {self._place} ({len(text)} characters)"
        self._known[text] = variable = Variable(known, True, about=about)
        return variable

    def _call(self, event: Exchange) -> TracedCall:
        request = event.request
        headers = {}
        for name, value in request.headers.items():
            if name.lower() == "authorization":
                scheme, _, rest = value.partition(" ")
                rest = rest if is_plain(scheme, self._secrets) else ""
                token = self._secret("access_token", rest or value)  # without a scheme the whole value is the token
                headers[name] = (f"{scheme} ", *token) if rest else token
            elif name.lower() in ("content-type", "accept"):
                headers[name] = (value,)
            elif name.lower() == "dpop":
                headers[name] = self._proof(value, event.proof)
        body, form, raw = self._body(request)
        return TracedCall(event.operation, request.method, self._target(request.path), headers, body, form, raw, [])

    def _proof(self, text: str, unusual: str) -> Template:
        """A proof of possession, which has to be signed anew: it names the time, and only one call."""
        if is_plain(text, self._secrets):
            return (text,)
        what = f"a DPoP proof, signed now with your key{f', except: {unusual}' if unusual else ''},"
        return (self._asked_for("proof", text, what, "for"),)

    def _target(self, target: str) -> Template:
        """Path and query. Their parts are traced one by one: a code is too short to be found inside a text."""
        path, mark, query = target.partition("?")
        parts: list[str | Variable] = []
        for part in self.template(path):
            if isinstance(part, Variable):
                parts.append(part)
                continue
            for number, piece in enumerate(part.split("/")):
                parts += ["/"] if number else []
                parts += self._plain(piece, "a part of the path")
        for number, (name, value) in enumerate(parse_qsl(query, keep_blank_values=True)):
            parts += [
                "&" if number else mark,
                *encoded(self._plain(name, "the name of a query parameter")),
                "=",
                *encoded(self._secret(name, value)),
            ]
        return tuple(_merged(parts))

    def _body(self, request: Request) -> tuple[Json | None, list[tuple[Template, Template]] | None, Template | None]:
        if not request.body:
            return None, None, None
        text = request.body.decode("utf-8", "replace")
        try:
            body = decode(text.encode())
            if isinstance(body, dict | list):
                return self._json("password", body), None, None  # the items of a list have no name
        except ValueError:
            pass
        if ("form" in request.headers.get("Content-Type", "") and "=" in text) or _FORM.match(text):
            pairs = parse_qsl(text, keep_blank_values=True)
            return (
                None,
                [(self._plain(name, "a name in the body"), self._secret(name, value)) for name, value in pairs],
                None,
            )
        return None, None, self._hidden("body", text)

    def _json(self, name: str, value: Json) -> Json:
        if isinstance(value, str):
            return self._secret(name, value)
        if isinstance(value, dict):
            return {self._plain(key, "a name in the body"): self._json(key, part) for key, part in value.items()}
        if isinstance(value, int) and not isinstance(value, bool) and name in SECRET_PARAMETERS:
            return self._number(name, value)
        return [self._json(name, item) for item in value] if isinstance(value, list) else value

    def _number(self, name: str, value: int) -> Json:
        for known, variable in reversed(self._known.items()):
            if known.isdecimal() and known.lstrip("0") == str(value).lstrip("0"):
                self._used.add(variable)
                return replace(variable, number=True)
        return value if value < 10**3 else replace(self._asked_for(name, str(value), "a number"), number=True)


def encoded(template: Template, safe: str = "") -> Template:
    """The template, percent-encoded but for the characters in ``safe``."""
    return tuple(quote(part, safe=safe) if isinstance(part, str) else replace(part, encoded=True) for part in template)


def _merged(parts: list[str | Variable]) -> Iterator[str | Variable]:
    """The parts, texts that follow each other as one."""
    text = ""
    for part in parts:
        if isinstance(part, str):
            text += part
            continue
        if text:
            yield text
        yield part
        text = ""
    if text:
        yield text


def _cut(part: str | Variable, value: str, variable: Variable) -> Iterator[str | Variable]:
    if isinstance(part, Variable) or value not in part:
        yield part
        return
    for index, piece in enumerate(part.split(value)):
        if index:
            yield variable
        if piece:
            yield piece


def _strings(value: Json, path: JsonPath = ()) -> Iterator[tuple[JsonPath, str]]:
    if isinstance(value, str) and path:
        yield path, value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _strings(part, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _strings(item, (*path, index))
