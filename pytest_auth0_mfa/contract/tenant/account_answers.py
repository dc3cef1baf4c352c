"""What only answers of the My Account API have: problem details, times, and addresses of methods in `Location`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from urllib.parse import unquote, urlsplit

from pytest_auth0_mfa.contract.coverage import json_type
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.api_errors import error_of

from .account_calls import METHODS
from .forms import absent, is_number, shown
from .renaming import Differs

REQUIRED: Final = ("type", "title", "status", "detail")
"""The members of each problem. `validation_errors` may stand beside them."""
ELSEWHERE: Final = frozenset({"password", "passkey", "webauthn-platform", "webauthn-roaming"})
"""Types of methods that are documented, and that the oracle never has."""
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?\d*Z")


def is_problem(body: Json) -> bool:
    """Whether the body of a refusal is of the My Account API."""
    return isinstance(body, dict) and "type" in body and "title" in body and "error" not in body


def hold_problem(subject: Json, oracle: Mapping[str, Json], *, by_code: bool) -> None:
    """Compare a problem with the right one. Raises Differs.

    Its texts are free. ``by_code``: the code at the end of `type` has to be this one, since clients branch on it.
    """
    if not isinstance(subject, dict):
        raise Differs("MFA005", "$", "object", json_type(subject))
    for name in REQUIRED:
        if name not in subject:
            raise Differs("MFA003", f"$.{name}", "present", absent(subject.keys() - oracle.keys()))
        if name != "status" and not isinstance(subject[name], str):
            raise Differs("MFA005", f"$.{name}", "string", json_type(subject[name]))
    if not is_number(subject["status"]):
        raise Differs("MFA005", "$.status", "number", json_type(subject["status"]))
    if subject["status"] != oracle["status"]:
        raise Differs("MFA008", "$.status", f"{oracle['status']}, the status of the answer", shown(subject["status"]))
    if by_code and error_of(subject) != error_of(oracle):
        raise Differs("MFA006", "$.type", repr(oracle["type"]), shown(subject["type"]))
    _hold_validation_errors(subject.get("validation_errors", []))


def _hold_validation_errors(errors: Json) -> None:
    if not isinstance(errors, list):
        raise Differs("MFA005", "$.validation_errors", "array", json_type(errors))
    for index, error in enumerate(errors):
        path = f"$.validation_errors[{index}]"
        if not isinstance(error, dict):
            raise Differs("MFA005", path, "object", json_type(error))
        if not isinstance(error.get("detail"), str):
            raise Differs("MFA005", f"{path}.detail", "string", json_type(error.get("detail")))


def comparable(rows: list[Json]) -> list[Json]:
    """The methods or factors in a list that the oracle could have too."""
    return [row for row in rows if not (isinstance(row, dict) and row.get("type") in ELSEWHERE)]


def by_type(rows: list[Json]) -> list[Json]:
    """Factors in an order that does not depend on the tenant: none is documented."""
    return sorted(rows, key=lambda row: str(row.get("type")) if isinstance(row, dict) else "")


def moment_of(path: str, text: Json) -> float:
    """The epoch seconds of a time in ISO 8601. Raises Differs if it is none."""
    try:
        if isinstance(text, str) and _MOMENT.fullmatch(text):
            return datetime.fromisoformat(_MOMENT.sub(_in_microseconds, text)).timestamp()
    except ValueError:
        pass
    raise Differs("MFA012", path, "a time in UTC as in 2026-01-02T03:04:05.000Z", "another text")


def _in_microseconds(found: re.Match[str]) -> str:
    """The time as `datetime` reads it: with at most six digits of a second."""
    return found[0][: found.end(1)] + "Z" if found[1] else found[0]


def hold_moment(path: str, subject: Json, oracle: Json, tolerance: float) -> None:
    """Compare two times. Raises Differs."""
    mine, expected = moment_of(path, subject), moment_of(path, oracle)
    if abs(mine - expected) > tolerance:
        raise Differs("MFA012", path, f"a time within {tolerance:.0f} s of {oracle}", shown(subject))


def location_path(subject: str, oracle: str, identifier: str | None) -> str:
    """The path of the subject's `Location`, compared with the oracle's. Raises Differs.

    It is the address of the method with this id. Before verification its last part may be `new`, as in the
    documentation's example.
    """
    right = urlsplit(oracle)
    expected = f"{right.scheme}://{right.netloc}{METHODS}/..."
    try:
        given = urlsplit(subject)
        port = given.port
    except ValueError:
        raise Differs("MFA008", "Location", expected, "not a URI") from None
    host = f"{given.hostname}:{port}" if port not in (None, 443) else f"{given.hostname}"
    if given.scheme != right.scheme or host != right.netloc.lower().removesuffix(":443"):
        raise Differs("MFA008", "Location", expected, "an address of another host, or a relative one")
    folder, _, last = given.path.rpartition("/")
    named = unquote(last)
    if folder != METHODS or given.query or given.fragment:
        raise Differs("MFA008", "Location", expected, "the address of something else")
    if identifier is not None and named not in (identifier, f"{identifier.partition('|')[0]}|new"):
        raise Differs("MFA008", "Location", f"{expected} with the id of the body", "another id")
    return given.path
