"""The parts of what a scenario expects of an answer: its status, its members, and the forms of their values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn, Protocol, TypeVar

from pytest_auth0_mfa.contract.coverage import Coverage, Observation, json_type
from pytest_auth0_mfa.contract.findings.violation import Difference
from pytest_auth0_mfa.contract.reproducer.trace import Steps
from pytest_auth0_mfa.messages import Json, Response, media_type
from pytest_auth0_mfa.spec.operations import JSON_TYPE, OPERATIONS
from pytest_auth0_mfa.spec.profile import Profile

from .answers import answered, finding_for, is_demand, read
from .extra_members import allowed_beside, belongs_elsewhere, is_harmless, is_renewed
from .forms import PLURAL, SHAPES, SLACK, YEAR, absent, is_number, same_words, shown, wrong_end
from .proof_answers import hold_binding
from .renaming import Differs
from .subjects import Client, Subject
from .tokens import Jwt, Keys, TokenError, jwt_of
from .verdicts import refuse_to_judge

T = TypeVar("T")

ANY = object()
"""Marks a field that may have any value."""
_ALWAYS_NEW = frozenset(
    {"access_token", "auth_session", "mfa_token", "oob_code", "recovery_code", "refresh_token", "secret"}
)


class ScenarioBeingPlayed(Protocol):
    """What an answer needs of the scenario that is being played."""

    subject: Subject
    coverage: Coverage
    profile: Profile
    keys: Keys
    client: Client
    audience: str
    optional: frozenset[str]
    steps: Steps
    observations: list[Observation]
    secrets: set[str]

    def now(self) -> float:
        """The tenant's time in epoch seconds."""

    def is_new(self, value: str) -> bool:
        """Whether no earlier answer contained this value."""

    def observe(self, field: str, value: object, operation: str) -> None:
        """Record the measured value of a profile field."""

    def unknown_field(self, path: str, kind: str, answer: AnswerParts) -> None:
        """Fail for an undocumented field."""

    def fail(self, difference: Difference, answer: AnswerParts | None = None) -> NoReturn:
        """Raise ContractViolation."""


class AnswerParts:
    """The answer to one call of a scenario. Its methods raise ContractViolation if a part is not as expected."""

    def __init__(self, play: ScenarioBeingPlayed, operation: str, factor: str, response: Response) -> None:
        self._play = play
        self._factor = factor
        self.operation = operation
        self.response = response
        self.row = ""
        self.unusual = ""
        """What is unusual about the proof of possession that was sent."""
        self.refusal = ""
        """The id of the expected refusal."""
        self.guess = ""
        """Why another answer would break no documented fact, if the expected refusal is only a guess."""
        self.order: list[int] = []
        """Of a list: the place of each item among the expected ones."""

    def notice(self) -> None:
        """Measure profile fields about headers of /oauth/token, on a real tenant. They are never violations."""
        if self.operation not in OPERATIONS or OPERATIONS[self.operation].path != "/oauth/token":
            return
        headers, status = self.response.headers, self.response.status
        if status == 429:  # a limit has its own headers in any case
            return
        self._notice("rate_limit_headers", "x-ratelimit-limit" in headers)
        if status >= 400:
            self._notice("cache_control_of_refusals", "no-store" in headers.get("cache-control", "").lower())

    def notice_order(self, rows: Sequence[Mapping[str, Json]], expected: Sequence[Mapping[str, Json]]) -> None:
        """Measure the order of listed authenticators, as far as they can be told apart (entry U-23)."""
        self.order = [place for row in rows for place, wanted in enumerate(expected) if fits(row, wanted)]
        if len(expected) > 1 and self.order == list(range(len(expected)))[::-1]:
            self._notice("newest_first", not self._play.profile.newest_first)

    def _notice(self, field: str, value: object) -> None:
        if self._play.subject.is_real and getattr(self._play.profile, field) != value:
            self._play.observe(field, value, self.operation)

    def __getitem__(self, name: str) -> str:
        """The value of a field of the body as text."""
        return str(self.response.json()[name])

    def _may_be(self, name: str, given: Json, value: Json) -> bool:
        """Whether another value means the same, or each tenant sets its own."""
        if name == "scope":
            return same_words(given, value)
        if self._play.subject._guesses_bind:
            return False
        if name == "token_type":  # RFC 6749, section 5.1
            return bool(given.lower() == value.lower())
        return name == "expires_in" and value != 600 and 0 < given <= YEAR  # entry D-13

    def _held(self, compare: Callable[[], T]) -> T:
        """What a comparison gives. A difference fails the scenario."""
        try:
            return compare()
        except Differs as differs:
            self._play.fail(differs.difference, self)

    def _row(self, path: str, row: Json) -> dict[str, Json]:
        if not isinstance(row, dict):
            self._differs("MFA005", path, "object", json_type(row))
        if "id" not in row:
            self._differs("MFA003", f"{path}.id", "present", "absent")
        self._shape(f"{path}.id", "id", row.get("id"))
        return dict(row)

    def _succeeded(self, status: int) -> None:
        if not self.row and self.operation in OPERATIONS:
            self.row = OPERATIONS[self.operation].source
        refuse_to_judge(self._play.subject, self.response, str(status))
        self._status(status, str(status))

    def _status(self, status: int, told: str) -> None:
        demands = "mfa_required" in told
        if self.response.status != status or (status >= 400 and is_demand(self.response) != demands):
            finding = finding_for(self.response, status, demands=demands)
            self._differs(finding, "status", told, answered(self.response))

    def _object(self) -> dict[str, Json]:
        body = self._decoded()
        if not isinstance(body, dict):
            self._differs("MFA005", "$", "object", json_type(body))
        self._count_success()
        return dict(body)

    def _decoded(self) -> Json:
        """The body, which has to be JSON."""
        media = media_type(self.response)
        if media != JSON_TYPE:
            self._differs("MFA002", "Content-Type", JSON_TYPE, media or "none")
        return self._held(lambda: read(self.response))

    def _count_success(self) -> None:
        if self.response.status < 400:
            self._play.coverage.count(self.operation, "success", self._factor, self.response, self._play.secrets)

    def _keys(self, body: dict[str, Json], expected: set[str], path: str = "$") -> None:
        for name in sorted(expected - body.keys() - self._play.optional):
            self._differs("MFA003", f"{path}.{name}", "present", absent(body.keys() - expected))
        lenient = self._play.subject._is_lenient
        for name in sorted(body.keys() - expected):
            here, value = f"{path}.{name}", body[name]
            if lenient and is_renewed(self.operation, name):
                if not (isinstance(value, str) and value in self._play.secrets):  # the one that was sent may come back
                    self._shape(here, name, value)
                continue
            allowed = name in allowed_beside(self.operation, is_error=bool(self.refusal))
            allowed |= lenient and not belongs_elsewhere(name)
            if not (allowed and is_harmless(name, value, self._play.secrets)):
                self._play.unknown_field(here, json_type(value), self)

    def _shape(self, path: str, name: str, value: Json) -> None:
        if name in PLURAL:
            if not isinstance(value, list) or len(value) != 1:
                self._differs(
                    "MFA008", path, "a list of one", shown(value) if not isinstance(value, list) else "another"
                )
            path, name, value = f"{path}[0]", PLURAL[name], value[0]
        if not isinstance(value, str):
            self._differs("MFA005", path, "string", json_type(value))
        shape = SHAPES.get(name)
        if shape is not None and not shape.fullmatch(value):
            self._differs("MFA012", path, f"the shape {shape.pattern}", f"{len(value)} characters of another shape")
        if name in _ALWAYS_NEW and not self._play.is_new(value) and not self._is_of_now(value):
            self._differs("MFA009", path, "a value not seen before", "a known value")

    def _is_of_now(self, value: str) -> bool:
        """Whether a token says that it was issued now: two JWTs of the same second may be equal."""
        token = jwt_of(value)
        if token is None or not token.claims:
            return False
        claims = token.claims
        end, life = claims.get("exp"), self.response.json().get("expires_in")
        ends = end - life if is_number(end) and is_number(life) else None
        at = claims.get("iat", ends)
        return is_number(at) and abs(at - self._play.now()) <= 60

    def _jwt(self, name: str, expected: Mapping[str, str], *, free: Jwt | None = None, jkt: str = "") -> None:
        """Check a token. One whose form is not documented, ``free``, is held to what it says."""
        documented, token = free is None, free or jwt_of(self[name])
        if token is None:
            self._differs("MFA010", f"$.{name}", "a JWT", "an opaque value")
        keys = self._play.keys
        try:
            claims = keys.verified(token) if documented else keys.readable(token)
        except TokenError as error:
            self._differs("MFA010", f"$.{name}", "a JWT that verifies with the tenant's keys", str(error))
        now = self._play.now()
        for claim, value in {"iss": f"https://{self._play.subject.domain}/", **expected}.items():
            if not documented and claim not in claims:
                continue
            held = claims.get(claim)
            if claim == "scope" and same_words(held, value):
                continue
            if held != value and not (isinstance(held, list) and value in held):
                self._differs("MFA010", f"$.{name}:{claim}", repr(value), shown(held))
        if documented or "cnf" in claims:
            self._held(lambda: hold_binding(f"$.{name}", claims, {"cnf": {"jkt": jkt}} if jkt else {}))
        end = claims.get("exp", None if documented else now)
        if not (is_number(end) and now - 60 < end <= now + YEAR):
            self._differs("MFA010", f"$.{name}:exp", "a time to come", "another")
        tolerance = 60 if self._play.subject.is_real else SLACK
        wrong = wrong_end(claims, now, self.response.json().get("expires_in"), tolerance)
        if wrong is not None and name == "access_token":
            self._differs("MFA010", f"$.{name}:exp", *wrong)
        if name == "id_token" and "amr" in claims:
            self._differs("MFA010", f"$.{name}:amr", "absent", "present")

    def _differs(self, finding: str, field: str, expected: str, actual: str) -> NoReturn:
        self._play.fail(Differs(finding, field, expected, actual).difference, self)


def fits(row: Mapping[str, Json], wanted: Mapping[str, Json]) -> bool:
    """Whether an item has all the literals of an expected one."""
    return {name: value for name, value in wanted.items() if value is not ANY}.items() <= row.items()
