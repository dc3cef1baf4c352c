"""The reproducer as a bash script around curl."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Sequence

from pytest_auth0_mfa.messages import Json

from .trace import Note, Template, TracedCall, TracedRead, TracedStep, Variable, asked_for, encoded

_HEAD = r"""set -eu; work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
: %(given)s
field() { python3 -c 'import functools,json,sys
step = lambda value, key: value[int(key) if isinstance(value, list) else key]
print(functools.reduce(step, sys.argv[2:], json.load(open(sys.argv[1]))))' "$work/body" "$@"; }
call() { name=$1 method=$2 target=$3; shift 3
  status=$(curl -sS --path-as-is --globoff -o "$work/body" -w '%%{http_code}' -X "$method" "$@" "https://$AUTH0_DOMAIN$target")
  python3 -c 'import json,sys
try: body = json.load(open(sys.argv[1]))
except ValueError: body = None
keys = sorted(body) if isinstance(body, dict) else f"{len(body)} items" if isinstance(body, list) else "no JSON"
said = body if isinstance(body, dict) else {}
code = str(said.get("type")).replace("#", "/").rpartition("/")[2] if "title" in said else ""
print(*sys.argv[2:], said.get("error", code), keys)' "$work/body" "$name" "$status"; }
"""
_WIDTH = 100
_TOTP = r"""totp() { python3 -c 'import base64,hashlib,hmac,struct,sys,time
key = base64.b32decode(sys.argv[1]); step = int(time.time() // 30) + int(sys.argv[2])
mac = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest(); at = mac[-1] & 15
print(f"{(struct.unpack_from(">I", mac, at)[0] & 0x7fffffff) % 10**6:06d}")' "$@"; }
"""
_ENCODED = r"""encoded() { python3 -c 'import sys,urllib.parse
print(urllib.parse.quote(sys.argv[1], safe=""))' "$1"; }
"""


def as_curl(steps: Sequence[TracedStep]) -> str:
    """A script for bash with curl and python3. It prints statuses, errors and field names, no other values."""
    return "".join(curl_parts(steps))


def curl_parts(steps: Sequence[TracedStep]) -> tuple[str, str]:
    """The script in two parts: helper functions and steps."""
    lines = []
    for step, comments in zip(steps, asked_for(steps), strict=True):
        lines += comments
        lines += _call(step) if isinstance(step, TracedCall) else _other(step)
    text = "\n".join(lines)
    names = dict.fromkeys(["AUTH0_DOMAIN", *re.findall(r"\$\{(AUTH0_\w+)", text)])
    given = " ".join(f'"${{{name}:?set it in the environment}}"' for name in names)
    return _HEAD % {"given": given} + (_TOTP if "$(totp " in text else "") + (
        _ENCODED if "$(encoded " in text else ""
    ), text + "\n"


def _other(step: TracedRead | Note) -> list[str]:
    if isinstance(step, Note):
        what = f"{step.text}, then press Enter: "
        return [f"read -r -p {shlex.quote(what)} _"]
    if step.secret is not None:
        return [f"{step.variable.name}=$(totp {_quoted(step.secret)} {step.steps_off})"]
    return [f"read -r -p {shlex.quote(step.how + ': ')} {step.variable.name}"]


def _call(step: TracedCall) -> list[str]:
    parts = [f"call {step.operation} {step.method} {_quoted(step.path)}"]
    typed = any(name.lower() == "content-type" for name in step.headers)
    parts += [f"-H {_quoted((f'{name}: ', *value))}" for name, value in step.headers.items()]
    if not typed:
        parts += ["-H 'Content-Type;'"] if (step.raw or step.json is not None) else []
    if step.json is not None:
        parts.append(f"--data-raw {_quoted(_flat(step.json))}")
    elif step.form is not None:
        # curl encodes values only
        parts += [f"--data-urlencode {_quoted((*encoded(name, '[]'), '=', *value))}" for name, value in step.form]
    elif step.raw is not None:
        parts.append(f"--data-raw {_quoted(step.raw)}")
    lines = [_wrapped(parts)]
    lines += [f"{variable.name}=$(field {shlex.join(map(str, path))})" for variable, path in step.captures]
    return lines


def _wrapped(parts: Sequence[str]) -> str:
    """Wrap the words of a command; if one word is wider than a line, leave the whole command on one line."""
    if any(len(part) > _WIDTH for part in parts):
        return " ".join(parts)
    lines = [parts[0]]
    for part in parts[1:]:
        if len(lines[-1]) + len(part) < _WIDTH:
            lines[-1] += f" {part}"
        else:
            lines.append(f"  {part}")
    return " \\\n".join(lines)


def _flat(value: Json) -> Template:
    """JSON text in which the variables of the value are kept."""
    if isinstance(value, Variable):
        return (value,)
    if isinstance(value, tuple):
        text: list[str | Variable] = ['"']
        text += [part if isinstance(part, Variable) else json.dumps(part)[1:-1] for part in value]
        return (*text, '"')
    if isinstance(value, dict):
        return _joined("{", [(*_flat(key), ": ", *_flat(part)) for key, part in value.items()], "}")
    if isinstance(value, list):
        return _joined("[", [_flat(item) for item in value], "]")
    return (json.dumps(value),)


def _joined(head: str, items: Sequence[Template], tail: str) -> Template:
    parts: list[str | Variable] = [head]
    for index, item in enumerate(items):
        parts += [", "] if index else []
        parts += item
    return (*parts, tail)


def _quoted(template: Template) -> str:
    """A double-quoted word of bash in which only the template's variables are expanded."""
    if all(isinstance(part, str) for part in template):
        return shlex.quote("".join(str(part) for part in template))
    escaped = (
        _expanded(part) if isinstance(part, Variable) else re.sub(r'([\\"$`])', r"\\\1", part) for part in template
    )
    return f'"{"".join(escaped)}"'


def _expanded(variable: Variable) -> str:
    if variable.number:
        return f"$((10#${{{variable.name}}}))"
    if variable.encoded and variable.given:
        return f'$(encoded "${{{variable.name}}}")'
    # Ids contain one character that needs encoding: the bar.
    return f"${{{variable.name}//|/%7C}}" if variable.encoded else f"${{{variable.name}}}"
