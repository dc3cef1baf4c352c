"""Results of a run: how much of the contract was played, and how the tenant behaves where sources disagree."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pytest_auth0_mfa.messages import Json, Response
from pytest_auth0_mfa.messages.showing import shown_name
from pytest_auth0_mfa.spec.api_errors import error_of
from pytest_auth0_mfa.spec.operations import OPERATIONS
from pytest_auth0_mfa.spec.profile import Profile
from pytest_auth0_mfa.spec.schemas import member_names

SUCCESS = "success"
_BEYOND_ON_THE_PAGE = (
    "me_delete_last", "me_delete_verified_email", "me_disabled_factor", "me_dpop_proof",
    "me_dpop_token", "me_duplicate_method", "me_invalid_body", "me_invalid_query", "me_method_limit",
    "me_missing_token", "me_not_a_phone", "me_provider_failure", "me_rate_limited", "me_rename_recovery_code",
    "me_too_many_messages", "me_unreadable_body", "me_unsupported_media_type", "me_unsupported_type",
    "me_user_blocked",
)  # fmt: skip
BEYOND_CLIENTS = frozenset(
    (
        *_BEYOND_ON_THE_PAGE,
        "authenticator_limit", "client_authentication", "delete_implicit_email", "delete_pending",
        "delete_recovery_code", "deleted_user_refresh_token", "disabled_factor",
        "dpop_proof_required", "dpop_token_mismatch", "wrong_dpop_key",
        "email_enrolled_twice", "foreign_mfa_token", "foreign_oob_code", "foreign_refresh_token",
        "grant_not_allowed", "invalid_access_token", "invalid_email", "login_blocked", "malformed_mfa_token",
        "missing_bearer", "missing_binding_code", "missing_parameter", "missing_scope", "organization_unsupported",
        "passwordless_connection", "passwordless_email", "passwordless_no_client_id", "passwordless_no_connection",
        "passwordless_no_email", "passwordless_no_phone_number", "passwordless_parameters", "rate_limited",
        "repeated_parameter", "too_many_messages", "unknown_audience", "unknown_authenticator", "unreadable_body",
        "unsupported_authenticator", "unsupported_grant_type", "wrong_type",
    )
)  # fmt: skip
"""Refusals that no scenario provokes from a correct client. Most answer requests that a correct client never
sends."""
_ONLY_AT = {
    "too_many_codes": ("mfa-otp",),
    "unsupported_challenge_type": ("challenge",),
    "user_blocked": ("password", "password-realm"),
    "use_dpop_nonce": ("mfa-otp", "mfa-oob", "mfa-recovery-code", "refresh-token"),
    "dpop_nonce_at_resource": ("list-authenticators", "associate", "delete-authenticator"),
    "dpop_proof_at_resource": ("list-authenticators",),
    "invalid_dpop_proof": ("mfa-oob", "refresh-token"),
    "wrong_audience": ("list-authenticators",),
}
"""Refusals that scenarios provoke from a client, but only at these of the operations that have them."""


def beyond_clients(operation: str) -> frozenset[str]:
    """The refusals of an operation that no scenario provokes from a correct client."""
    return BEYOND_CLIENTS | {refusal for refusal, places in _ONLY_AT.items() if operation not in places}


_MOST_FIELDS = 200
_KINDS = {dict: "object", list: "array", str: "string", bool: "boolean", int: "number", float: "number"}


def json_type(value: Json) -> str:
    """The name of a value's JSON type, such as ``integer`` or ``null``."""
    return "integer" if type(value) is int else _KINDS.get(type(value), "null")


_NAME = re.compile(r"[a-z_]{1,40}|bad\.[A-Za-z_]{1,20}|A0E-\d{3}-\d{4}")
"""The shape of an `error` code. One-time codes, recovery codes and tokens never match: they have digits or capitals,
and none looks like a code of the My Account API."""


def is_name(text: str) -> bool:
    """Whether a text looks like an `error` code of the API."""
    return _NAME.fullmatch(text) is not None


def named(error: Json) -> str:
    """An `error` as it is shown beside a status. A value that does not look like an error code is described, not
    quoted."""
    if isinstance(error, str):
        return error if is_name(error) else f"a string of {len(error)} characters"
    return f"an error of type {json_type(error)}"


@dataclass(slots=True)
class Shape:
    """The shape of the answers to one operation with one outcome and factor. Shapes of several tests and workers add
    up."""

    answers: set[str] = field(default_factory=set)
    """Status, or status and error: ``200``, ``403 mfa_required``."""
    fields: dict[str, FieldShape] = field(default_factory=dict)
    """Fields by path, such as ``$.mfa_token`` or ``$[].id``."""

    def learn(self, response: Response, secrets: Collection[str] = ()) -> None:
        """Count one more answer. A name that may be one of ``secrets`` is kept by its length only."""
        try:
            body = response.json() if response.body else None
        except ValueError:
            self.answers.add(f"{response.status} without JSON")
            return
        error = error_of(body)
        self.answers.add(f"{response.status} {named(error)}" if error else str(response.status))
        for parent, members in _objects("$", body, secrets):
            self._count(parent, members)

    def _count(self, parent: str, members: Iterable[tuple[str, Json]]) -> None:
        seen = self.fields.setdefault(parent, FieldShape())
        seen.count += 1
        for path, value in members:
            if len(self.fields) < _MOST_FIELDS or path in self.fields:
                shape = self.fields.setdefault(path, FieldShape(parent))
                shape.types.add(_KINDS.get(type(value), "null"))
                shape.seen += 1

    def add(self, other: Shape) -> None:
        """Add the counts of another shape."""
        self.answers |= other.answers
        for path, theirs in other.fields.items():
            mine = self.fields.setdefault(path, FieldShape(theirs.parent))
            mine.types |= theirs.types
            mine.seen += theirs.seen
            mine.count += theirs.count

    def optional(self, path: str) -> bool:
        """Whether a field was missing from some of the answers."""
        shape = self.fields[path]
        return shape.seen < self.fields[shape.parent].count

    def to_data(self) -> Json:
        """As plain data, complete enough to be added to other shapes."""
        fields = [
            [path, shape.parent, sorted(shape.types), shape.seen, shape.count]
            for path, shape in sorted(self.fields.items())
        ]
        return {"answers": sorted(self.answers), "fields": fields}

    @classmethod
    def from_data(cls, data: Json) -> Shape:
        """From what `to_data` gave."""
        rows = data["fields"]
        return cls(
            set(data["answers"]),
            {path: FieldShape(parent, set(types), seen, count) for path, parent, types, seen, count in rows},
        )


@dataclass(slots=True)
class FieldShape:
    """One field: its types, how often it was present (``seen``), and how often it was an object (``count``)."""

    parent: str = ""
    types: set[str] = field(default_factory=set)
    seen: int = 0
    count: int = 0


def _objects(path: str, value: Json, secrets: Collection[str]) -> Iterator[tuple[str, list[tuple[str, Json]]]]:
    """The path of each object, with the paths and values of its members."""
    if isinstance(value, dict):
        documented = member_names()
        members = [
            (f"{path}.{name if name in documented else shown_name(name, secrets)}", part)
            for name, part in value.items()
        ]
        yield path, members
        for here, part in members:
            yield from _objects(here, part, secrets)
    elif isinstance(value, list):
        for item in value:
            yield from _objects(f"{path}[]", item, secrets)


class Coverage:
    """Counts of what was played. The counts of several tests and workers add up."""

    def __init__(self) -> None:
        self.calls: Counter[tuple[str, str, str]] = Counter()
        """(operation, outcome, factor) -> number of calls. An outcome is ``success`` or a refusal id; the factor may
        be empty."""
        self.flows: Counter[str] = Counter()
        """Named scenarios that were completed."""
        self.skipped: dict[str, str] = {}
        """Named scenarios that could not be played, and why."""
        self.shapes: dict[tuple[str, str, str], Shape] = {}
        """Shapes of the answers in scenarios. (Answers in the random walk depend on chance and are not counted.)"""

    def count(
        self,
        operation: str,
        outcome: str,
        factor: str = "",
        response: Response | None = None,
        secrets: Collection[str] = (),
    ) -> None:
        """Count one call, and the shape of its response if there is one, without what ``secrets`` has."""
        self.calls[operation, outcome, factor] += 1
        if response is not None:
            self.shapes.setdefault((operation, outcome, factor), Shape()).learn(response, secrets)

    def add(self, other: Coverage) -> None:
        """Add the counts of another coverage."""
        self.calls.update(other.calls)
        self.flows.update(other.flows)
        self.skipped.update(other.skipped)
        for key, shape in other.shapes.items():
            self.shapes.setdefault(key, Shape()).add(shape)

    def to_data(self) -> Json:
        """As plain data, for a report that travels from worker to controller."""
        calls = [[*key, count] for key, count in sorted(self.calls.items())]
        return {
            "calls": calls,
            "flows": dict(sorted(self.flows.items())),
            "skipped": dict(sorted(self.skipped.items())),
            "shapes": [[*key, shape.to_data()] for key, shape in sorted(self.shapes.items())],
        }

    @classmethod
    def from_data(cls, data: Json) -> Coverage:
        """From what `to_data` gave."""
        made = cls()
        for operation, outcome, factor, count in data["calls"]:
            made.calls[operation, outcome, factor] = count
        made.flows.update(data["flows"])
        made.skipped.update(data["skipped"])
        for operation, outcome, factor, shape in data.get("shapes", ()):
            made.shapes[operation, outcome, factor] = Shape.from_data(shape)
        return made

    def outcomes(self, operation: str) -> tuple[list[str], list[str]]:
        """The documented outcomes of an operation in two lists: reached, and not reached."""
        reached = {outcome for known, outcome, _ in self.calls if known == operation}
        documented = [SUCCESS, *OPERATIONS[operation].refusals]
        seen = [outcome for outcome in documented if outcome in reached]
        return seen, [outcome for outcome in documented if outcome not in reached]

    def factors(self, operation: str) -> list[str]:
        """The factors an operation was played with."""
        return sorted({factor for known, _, factor in self.calls if known == operation and factor})


def table(coverage: Coverage, width: int) -> list[str]:
    """The coverage as a table of at most ``width`` columns, one line for each operation."""
    rows = [("operation", "calls", "outcomes", "factors")]
    for operation in OPERATIONS:
        calls = sum(count for (known, _, _), count in coverage.calls.items() if known == operation)
        seen, others = coverage.outcomes(operation)
        factors = " ".join(coverage.factors(operation))
        rows.append((operation, str(calls), f"{len(seen)} of {len(seen) + len(others)}", factors))
    return [*_aligned(rows, width), "", *_flows(coverage)]


def _flows(coverage: Coverage) -> Iterable[str]:
    if coverage.flows:
        yield f"{len(coverage.flows)} documented flows completed"
    reasons = Counter(coverage.skipped.values())
    yield from (f"{count} not played: {reason}" for reason, count in sorted(reasons.items()))


def in_a_line(coverage: Coverage) -> str:
    """The totals in one line."""
    both = [coverage.outcomes(operation) for operation in OPERATIONS]
    seen = sum(len(reached) for reached, _ in both)
    said = f"{seen} of {seen + sum(len(others) for _, others in both)} outcomes reached"
    flows = f"{said}, {len(coverage.flows)} flows completed"
    return f"{flows}, {len(coverage.skipped)} not played" if coverage.skipped else flows


def details(coverage: Coverage) -> list[str]:
    """For each operation, the documented outcomes that were not reached."""
    lines = []
    for operation in OPERATIONS:
        _, others = coverage.outcomes(operation)
        if others:
            lines.append(f"{operation} never answered: {', '.join(others)}")
    return lines


def _aligned(rows: list[tuple[str, str, str, str]], width: int) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for name, calls, outcomes, factors in rows:
        line = f"{name:<{widths[0]}}  {calls:>{widths[1]}}  {outcomes:>{widths[2]}}  {factors}".rstrip()
        lines.append(line if len(line) <= width else line[: width - 1] + "…")
    return lines


@dataclass(frozen=True, slots=True)
class Observation:
    """The value that was measured for a profile field, and the operation that showed it."""

    field: str
    value: Any
    operation: str


def last_words(observed: Iterable[Iterable[Any]], base: Profile | None = None) -> Iterator[tuple[str, Any, str]]:
    """The last value observed for each field, as (field, value, operation), where it differs from ``base``.

    ``base`` is the default profile unless given. A later observation replaces an earlier one of the same field.
    """
    last = {name: (value, operation) for name, value, operation in observed}
    for name in sorted(last):
        value, operation = last[name]
        if str(value) != str(getattr(base or Profile(), name, None)):
            yield name, value, operation
