"""Makes the OpenAPI 3.1 document and the page of operations from the table of operations and the schemas.

``python -m pytest_auth0_mfa.spec.openapi docs`` writes ``openapi.json`` and ``operations.md`` into the folder docs.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from pytest_auth0_mfa.files import write_atomically
from pytest_auth0_mfa.messages import Json

from .operations import DOCS, OPERATIONS, PATHS, Operation
from .profile import alternatives, profile_fields
from .refusals import REFUSALS
from .schemas import PLAIN_TEXTS, schemas

_COMPONENT = "#/components/schemas/"
_DATA = frozenset(("const", "enum", "examples", "required"))
_LIMITS = {
    "x-ratelimit-limit": "Requests at once.",
    "x-ratelimit-remaining": "Requests left.",
    "x-ratelimit-reset": "When all are left again, in seconds since the epoch.",
}
_NONCE = {"DPoP-Nonce": "The nonce that the next proof has to hold, if this one lacked it."}
_LOCATION = {"Location": "The URL of the method."}
_SECURITY: dict[str, list[Json]] = {
    "client": [{"client_basic": []}, {}],  # {}: the credentials are in the body
    "bearer": [{"bearer": []}, {"dpop": []}],
    "none": [],
}
_SCHEMES = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An mfa_token, or an access token for the audience https://{domain}/mfa/; "
        "for /userinfo an access token with the scope openid, below /me/ one for the audience https://{domain}/me/.",
    },
    "dpop": {
        "type": "http",
        "scheme": "DPoP",
        "description": "An access token that is bound to a key; the header DPoP holds a proof.",
    },
    "client_basic": {
        "type": "http",
        "scheme": "basic",
        "description": "client_id and client_secret, instead of the same parameters in the body.",
    },
}


def document() -> dict[str, Json]:
    """The OpenAPI document of all operations, a new object at each call."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Auth0's MFA API and My Account API, as pytest-auth0-mfa fakes them",
            "version": "1",
            "description": "Made from the table of operations and the JSON Schemas of pytest-auth0-mfa, "
            "which is not a product of Auth0. Answers that only some tenants give are included.",
        },
        "externalDocs": {"url": f"{DOCS}/api/authentication"},
        "servers": [{"url": "https://{domain}", "variables": {"domain": {"default": "tenant.example"}}}],
        "paths": {path: _path_item(rows) for path, rows in PATHS.items()},
        "components": {
            "securitySchemes": {name: dict(scheme) for name, scheme in _SCHEMES.items()},
            "schemas": {name: _component(name, schema) for name, schema in schemas().items()},
        },
    }


def _component(name: str, schema: Json) -> Json:
    """A schema with its references turned into references to components."""
    if isinstance(schema, list):
        return [_component(name, item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _keyword(name, key, value) for key, value in schema.items() if key != "$schema"}


def _keyword(name: str, key: str, value: Json) -> Json:
    if key == "$ref":
        file, _, pointer = value.partition("#")
        return _COMPONENT + (file.removesuffix(".json") or name) + pointer
    if key in ("properties", "$defs"):
        return {field: _component(name, schema) for field, schema in value.items()}
    return value if key in _DATA else _component(name, value)


def _ref(name: str) -> dict[str, Json]:
    return {"$ref": _COMPONENT + name}


def _path_item(rows: tuple[Operation, ...]) -> dict[str, Json]:
    methods = dict.fromkeys(row.method for row in rows)
    return {method.lower(): _operation([row for row in rows if row.method == method]) for method in methods}


def _operation(rows: list[Operation]) -> dict[str, Json]:
    """The OpenAPI operation of one path and method, for one operation of the table or several with other grant
    types."""
    first, several = rows[0], len(rows) > 1
    listed = "\n".join(f"- `{row.id}`: {row.summary}" for row in rows)
    made: dict[str, Json] = {
        "operationId": "token" if several else first.id,
        "summary": "Get tokens" if several else first.summary,
        "description": f"By `grant_type`:\n\n{listed}" if several else f"`{first.id}`",
        "externalDocs": {"url": first.source if not several else f"{DOCS}/api/authentication"},
        "security": _SECURITY[first.auth],
        "responses": _responses(rows),
    }
    if parameters := list(_parameters(rows)):
        made["parameters"] = parameters
    if first.takes:
        body = _request(rows)
        made["requestBody"] = {
            "required": True,
            "content": {media_type: {"schema": body} for media_type in first.takes},
        }
    return made


def _parameters(rows: list[Operation]) -> Iterator[dict[str, Json]]:
    first = rows[0]
    for name in re.findall(r"{(\w+)}", first.path):
        yield {"name": name, "in": "path", "required": True, "schema": _ref(name)}
    for name in first.query:
        yield {"name": name, "in": "query", "schema": _ref(f"authentication_method_{name}")}
    if _proof_counts(rows):
        yield {"name": "DPoP", "in": "header", "description": "A proof of possession.", "schema": {"type": "string"}}


def _proof_counts(rows: list[Operation]) -> bool:
    """Whether a proof of possession is looked at: entries B1 and B9 of the contract."""
    return any("dpop" in refusal_id for row in rows for refusal_id in row.refusals)


def _request(rows: list[Operation]) -> dict[str, Json]:
    if len(rows) == 1:
        return _ref(f"{rows[0].id}.request")
    mapping = {row.grant_type: _COMPONENT + f"{row.id}.request" for row in rows if row.grant_type}
    return {
        "oneOf": [_ref(f"{row.id}.request") for row in rows],
        "discriminator": {"propertyName": "grant_type", "mapping": mapping},
    }


def _responses(rows: list[Operation]) -> dict[str, Json]:
    statuses = sorted({status for row in rows for status in schemas().statuses(row.id)})
    return {str(status): _response(status, rows) for status in statuses}


def _response(status: int, rows: list[Operation]) -> dict[str, Json]:
    names = [f"{row.id}.{status}" for row in rows if f"{row.id}.{status}" in schemas()]
    headers = _headers(status, rows)
    if not names:
        return {"description": "Done; there is no body.", **({"headers": headers} if headers else {})}
    schema = _ref(names[0]) if len(names) == 1 else {"anyOf": [_ref(name) for name in names]}
    described = " ".join(dict.fromkeys(schemas()[name]["description"] for name in names))
    made: dict[str, Json] = {"description": described, "content": {"application/json": {"schema": schema}}}
    texts = [PLAIN_TEXTS[row.id, status] for row in rows if (row.id, status) in PLAIN_TEXTS]
    if texts:
        made["content"]["text/plain"] = {"schema": {"type": "string", "enum": texts}}
    if headers:
        made["headers"] = headers
    return made


def _headers(status: int, rows: list[Operation]) -> dict[str, Json]:
    """The headers of an answer besides those that every answer has."""
    number: Json = {"type": "string", "pattern": "^[0-9]+$"}
    numbers = {"Retry-After": "Seconds to wait."} if status == 429 else {}
    if status == 429 or (status < 400 and rows[0].path.startswith("/me/")):  # entries T10 and M21 of the contract
        numbers |= _LIMITS
    texts = _LOCATION if status in (201, 202) else {}
    demanding = {answer for row in rows for name in row.refusals if "dpop_nonce" in name for answer in answers(name)}
    if any(answer.startswith(str(status)) for answer in demanding):
        texts = {**texts, **_NONCE}
    made = {name: {"description": meaning, "schema": number} for name, meaning in numbers.items()}
    return {**made, **{name: {"description": meaning, "schema": {"type": "string"}} for name, meaning in texts.items()}}


def answers(refusal_id: str) -> tuple[str, ...]:
    """Every ``"<status> <error>"`` that a refusal can have, the default first."""
    field = profile_fields().get(refusal_id)
    if field is not None and field.metadata["refusal"]:
        return alternatives(field)
    return (REFUSALS[refusal_id].answer,)


def operations_markdown() -> str:
    """The page of operations: their requests, answers and refusals."""
    lines = [
        "# Operations",
        "",
        "<!-- Made by `python docs/generate.py` from the table of operations: change the table, not this page. -->",
        "",
        "The last column says how sure a refusal is: `doc` (Auth0's documentation), `sdk` (an official SDK or its",
        "recordings), `seen` (reported by users), `guess` (inferred). Below `/me/` the error is the end of a problem's",
        "`type`, and the text its `detail`.",
        "",
        "| operation | call | authenticated by | request | answer |",
        "| --- | --- | --- | --- | --- |",
        *(_summary(row) for row in OPERATIONS.values()),
    ]
    for row in OPERATIONS.values():
        lines += ["", *_section(row)]
    return "\n".join(lines) + "\n"


def _summary(row: Operation) -> str:
    answer = f"{row.success}" if row.bodiless else _link(f"{row.id}.{row.success}", str(row.success))
    request = _link(f"{row.id}.request", " or ".join(map(_short, row.takes))) if row.takes else "no body"
    return f"| [{row.id}](#{row.id}) | `{row.method} {row.path}` | {row.auth} | {request} | {answer} |"


def _short(media_type: str) -> str:
    return "JSON" if media_type.endswith("/json") else "form"


def _link(name: str, text: str) -> str:
    return f"[{text}](../schemas/{name}.json)"


def _section(row: Operation) -> Iterable[str]:
    yield f"## {row.id}"
    yield ""
    yield f"{row.summary}. [Documentation]({row.source})."
    if row.grant_type:
        yield f"`grant_type` is `{row.grant_type}`."
    if row.scope:
        yield f"The scope is `{row.scope}`."
    if row.query:
        yield f"In the query: {', '.join(f'`{name}`' for name in row.query)}."
    if row.variants:
        links = ", ".join(_link(f"{row.id}.{row.success}.{variant}", variant) for variant in row.variants)
        yield f"Its {row.success} has variants: {links}."
    yield ""
    yield "| refusal | status and error | with another profile | text | contract | source |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for refusal_id in row.refusals:
        default, *others = answers(refusal_id)
        refusal = REFUSALS[refusal_id]
        disputed = ", ".join(f"`{answer}`" for answer in others)
        known = f"{refusal.row} | {refusal.confidence}"
        yield f"| {refusal_id} | `{default}` | {disputed} | {refusal.description} | {known} |"


def pages() -> dict[str, str]:
    """The generated files by name."""
    return {
        "openapi.json": json.dumps(document(), indent=2, ensure_ascii=False) + "\n",
        "operations.md": operations_markdown(),
    }


def main(arguments: list[str]) -> int:
    """Write the generated files into the folder named by the only argument."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        sys.stderr.write("usage: python -m pytest_auth0_mfa.spec.openapi FOLDER\n")
        return 2
    for name, text in pages().items():
        write_atomically(Path(arguments[0], name), text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
