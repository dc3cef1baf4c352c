"""The reproducer as a Python program that needs only the standard library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pytest_auth0_mfa.messages import Json

from .trace import Note, Template, TracedCall, TracedRead, TracedStep, Variable, asked_for

_HEAD = '''\
import base64, hashlib, hmac, http.client, json, os, ssl, struct, time
from urllib.parse import quote, urlencode

env = os.environ  # %(given)s; SSL_CERT_FILE for a server of your own


def call(name, method, path, headers, body=None):
    """Make one call; print status, error and names of fields, no values; return the decoded body."""
    connection = http.client.HTTPSConnection(env["AUTH0_DOMAIN"], context=ssl.create_default_context())
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    text = answer.read()
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    keys = sorted(value) if isinstance(value, dict) else f"{len(value)} items" if isinstance(value, list) else "no JSON"
    said = value if isinstance(value, dict) else {}
    code = str(said.get("type")).replace("#", "/").rpartition("/")[2] if "title" in said else ""
    print(name, answer.status, said.get("error", code), keys)
    return value

'''
_TOTP = '''
def totp(secret, steps_off):
    """The code an authenticator app shows now, or that many steps of 30 seconds off."""
    step = int(time.time() // 30) + steps_off
    mac = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    return f"{(struct.unpack_from('>I', mac, mac[-1] & 15)[0] & 0x7FFFFFFF) % 10**6:06d}"

'''


def as_python(steps: Sequence[TracedStep]) -> str:
    """A Python program. It prints statuses, errors and field names, no other values."""
    return "".join(python_parts(steps))


def python_parts(steps: Sequence[TracedStep]) -> tuple[str, str]:
    """The program in two parts: helper functions and steps."""
    names: dict[str, None] = {"AUTH0_DOMAIN": None}
    lines = []
    for step, comments in zip(steps, asked_for(steps), strict=True):
        lines += comments
        if isinstance(step, TracedCall):
            lines += _call(step, names)
        elif isinstance(step, Note):
            lines.append(f"input({step.text + ', then press Enter: '!r})")
        else:
            lines.append(_read(step, names))
    text = "\n".join(lines)
    return _HEAD % {"given": ", ".join(names)} + (_TOTP if " = totp(" in text else "") + "\n", text + "\n"


def _read(step: TracedRead, names: dict[str, None]) -> str:
    if step.secret is not None:
        return f"{step.variable.name} = totp({_text(step.secret, names)}, {step.steps_off})"
    return f"{step.variable.name} = input({step.how + ': '!r})"


def _call(step: TracedCall, names: dict[str, None]) -> list[str]:
    headers = ", ".join(f"{name!r}: {_text(value, names)}" for name, value in step.headers.items())
    arguments = [repr(step.operation), repr(step.method), _text(step.path, names), f"{{{headers}}}"]
    if step.json is not None:
        arguments.append(f"json.dumps({_expression(step.json, names)}).encode()")
    elif step.form is not None:
        pairs = ", ".join(f"({_text(name, names)}, {_text(value, names)})" for name, value in step.form)
        arguments.append(f"urlencode([{pairs}]).encode()")
    elif step.raw is not None:
        arguments.append(f"{_text(step.raw, names)}.encode()")
    lines = [f"answer = call({', '.join(arguments)})"]
    for variable, path in step.captures:
        lines.append(f"{variable.name} = answer{''.join(f'[{key!r}]' for key in path)}")
    return lines


def _expression(value: Json, names: dict[str, None]) -> str:
    if isinstance(value, Variable):
        return f"int({_text((replace(value, number=False),), names)})"
    if isinstance(value, tuple):
        return _text(value, names)
    if isinstance(value, dict):
        members = (f"{_text(name, names)}: {_expression(member, names)}" for name, member in value.items())
        return "{" + ", ".join(members) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_expression(item, names) for item in value) + "]"
    return repr(value)


def _text(template: Template, names: dict[str, None]) -> str:
    parts = []
    for part in template:
        if isinstance(part, str):
            parts.append(repr(part))
            continue
        value = f"env[{part.name!r}]" if part.given else part.name
        parts.append(f"quote({value}, safe='')" if part.encoded else value)
        names.update({part.name: None} if part.given else {})
    return " + ".join(parts) or "''"
