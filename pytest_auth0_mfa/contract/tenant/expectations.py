"""What a scenario expects of an answer: literal values, each based on an entry of the contract."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NoReturn, Protocol, TypeVar

from pytest_auth0_mfa.contract.coverage import Coverage, Observation, json_type
from pytest_auth0_mfa.contract.findings.violation import Difference
from pytest_auth0_mfa.contract.reproducer.trace import Steps
from pytest_auth0_mfa.messages import Json, Response, media_type
from pytest_auth0_mfa.spec.api_errors import URIS, error_of
from pytest_auth0_mfa.spec.factors import CHANNEL
from pytest_auth0_mfa.spec.operations import JSON_TYPE, OPERATIONS
from pytest_auth0_mfa.spec.profile import Profile, alternatives, profile_fields
from pytest_auth0_mfa.spec.refusals import REFUSALS

from .account_answers import REQUIRED, comparable, hold_problem, location_path, moment_of
from .account_calls import METHODS
from .answers import answered, finding_for, is_demand, read
from .calls import CallTemplate
from .comparison import PLURAL, SHAPES, SLACK
from .extra_members import allowed_beside, belongs_elsewhere, is_harmless, is_renewed
from .forms import YEAR, absent, is_number, same_words, shown, whole, wrong_end
from .proof_answers import challenged_error, hold_binding, hold_nonce
from .renaming import Differs
from .subjects import Client, Subject
from .tokens import Jwt, Keys, TokenError, jwt_of
from .verdicts import guess, refuse_to_judge

T = TypeVar("T")

ANY = object()
"""Marks a field that may have any value."""
_ISSUED = {"access_token", "token_type"}
_PERHAPS = {"expires_in", "id_token", "refresh_token", "scope"}
_CODE = "A0E-"
"""What the codes of the My Account API begin with."""
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

    def unknown_field(self, path: str, kind: str, answer: Answer) -> None:
        """Fail for an undocumented field."""

    def fail(self, difference: Difference, answer: Answer | None = None) -> NoReturn:
        """Raise ContractViolation."""


class Answer:
    """The answer to one call of a scenario. Its methods raise ContractViolation if it is not as expected."""

    def __init__(self, play: ScenarioBeingPlayed, operation: str, factor: str, response: Response) -> None:
        self._play = play
        self._factor = factor
        self.operation = operation
        self.response = response
        self.row = ""
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
        self.order = [place for row in rows for place, wanted in enumerate(expected) if _fits(row, wanted)]
        if len(expected) > 1 and self.order == list(range(len(expected)))[::-1]:
            self._notice("newest_first", not self._play.profile.newest_first)

    def _notice(self, field: str, value: object) -> None:
        if self._play.subject.is_real and getattr(self._play.profile, field) != value:
            self._play.observe(field, value, self.operation)

    def __getitem__(self, name: str) -> str:
        """The value of a field of the body as text."""
        return str(self.response.json()[name])

    # -- refusals --------------------------------------------------------------------------------

    def refused(self, refusal_id: str, answer: str, text: str | Collection[str] | None = None, *extra: str) -> Answer:
        """Expect a refusal. ``answer`` is its documented status and error, ``text`` the texts that SDKs compare.

        If sources disagree, the subject's profile says which alternative is expected. Without a profile any of them is
        accepted and recorded. ``extra`` are further members of the body.
        """
        self.refusal = refusal_id
        self.row = f"{REFUSALS[refusal_id].row} of the contract ({REFUSALS[refusal_id].confidence})"
        expected = self._expected(refusal_id, answer)
        refuse_to_judge(self._play.subject, self.response, expected, refusal_id)
        self.guess = guess(self._play.subject, refusal_id, expected, answered(self.response))
        status, _, error = expected.partition(" ")
        self._status(int(status), f"{expected} ({refusal_id})")
        if not error:
            return self.accepted(int(status))
        self._play.coverage.count(self.operation, refusal_id, self._factor, self.response, self._play.secrets)
        body = self._object()
        if error.startswith(_CODE):
            return self._problem(body, refusal_id, int(status), error)
        if error_of(body) != error:
            self._differs("MFA006", "$.error", repr(error), shown(error_of(body)))
        self._keys(body, {"error", "error_description", *extra})
        for name in extra:
            if name in SHAPES:
                self._shape(f"$.{name}", name, body[name])
        texts = [text] if isinstance(text, str) else text
        if texts is not None and expected == answer and body["error_description"] not in texts:
            told = " or ".join(map(repr, texts))
            self._differs("MFA007", "$.error_description", told, shown(body["error_description"]))
        self.guess = ""
        return self

    def _problem(self, body: dict[str, Json], refusal_id: str, status: int, code: str) -> Answer:
        """Expect problem details, as the My Account API answers them."""
        by_code = REFUSALS[refusal_id].compared or self._play.subject._guesses_bind
        right: dict[str, Json] = {"type": f"{URIS[0]}{code}", "title": "", "status": status}
        self._held(lambda: hold_problem(body, right, by_code=by_code))
        self._keys(body, {*REQUIRED, *({"validation_errors"} & body.keys())})
        self.guess = ""
        return self

    def _held(self, compare: Callable[[], T]) -> T:
        """What a comparison gives. A difference fails the scenario."""
        try:
            return compare()
        except Differs as differs:
            self._play.fail(differs.difference, self)

    def _expected(self, refusal_id: str, answer: str) -> str:
        declared = profile_fields().get(refusal_id)
        if declared is None:
            return answer
        if self._play.subject.profile is not None:
            profiled = str(getattr(self._play.profile, refusal_id))
            # The literal, not the default: a wrong default would agree with itself.
            return answer if profiled == declared.default else profiled
        body = self._object() if self.response.body else {}
        actual = f"{self.response.status} {error_of(body) or ''}".strip()
        if actual in alternatives(declared):
            self._play.observe(refusal_id, actual, self.operation)
            return actual
        return answer

    # -- successes -------------------------------------------------------------------------------

    def shows(
        self, literals: Mapping[str, Json], *opaque: str, optional: Collection[str] = (), status: int = 200
    ) -> Answer:
        """Expect a success whose body has exactly these literal and opaque fields. Those in ``optional`` may be
        absent."""
        self._succeeded(status)
        body = self._object()
        self._keys(body, {*literals, *opaque} - (set(optional) - body.keys()))
        for name, value in literals.items():
            if name not in body:
                continue
            given = whole(body[name])
            if type(given) is not type(value):
                self._differs("MFA005", f"$.{name}", json_type(value), json_type(given))
            if given != value and not self._may_be(name, given, value):
                self._differs("MFA008", f"$.{name}", repr(value), shown(given))
        for name in opaque:
            if name in body:
                self._shape(f"$.{name}", name, body[name])
        return self

    def _may_be(self, name: str, given: Json, value: Json) -> bool:
        """Whether another value means the same, or each tenant sets its own."""
        if name == "scope":
            return same_words(given, value)
        if self._play.subject._guesses_bind:
            return False
        if name == "token_type":  # RFC 6749, section 5.1
            return bool(given.lower() == value.lower())
        return name == "expires_in" and value != 600 and 0 < given <= YEAR  # entry D-13

    def tokens(
        self,
        *,
        scope: str,
        expires_in: int = 86400,
        recovery_code: bool = False,
        renewed: bool = False,
        only_access_token: bool = False,
        scope_asked: str | None = None,
        audience: str = "",
        jkt: str = "",
    ) -> Answer:
        """Expect a token response: with an ID token for openid, and a refresh token for offline_access.

        ``jkt``: the thumbprint of the key that the access token has to be bound to; without it, it is bound to none.

        ``audience``: an audience whose tokens are JWTs by the documentation. The MFA audience is known by its lifetime.
        """
        asked = (scope if scope_asked is None else scope_asked).split()
        if self._play.profile.openid_grants_all and "openid" in asked:
            scope = " ".join(dict.fromkeys([*scope.split(), "profile", "email", "address", "phone"]))
        scopes = scope.split()
        literals: dict[str, Json] = {"token_type": "DPoP" if jkt else "Bearer", "expires_in": expires_in}
        if self._play.profile.scope_in_answer == "always" or set(asked) != set(scopes):
            literals["scope"] = scope
        opaque = ["access_token"]
        with_id_token = "openid" in scopes and not only_access_token
        opaque += ["id_token"] if with_id_token else []
        opaque += ["refresh_token"] if "offline_access" in scopes and not renewed and not only_access_token else []
        opaque += ["recovery_code"] if recovery_code else []
        subject = self._play.subject
        lenient = subject.profile is not None and subject._is_lenient
        as_asked = lenient and set(asked) == set(scopes)  # entry T1: `scope` at least when it differs
        self.shows(literals, *opaque, optional=("scope",) if as_asked else ())
        kept = "no-store" not in self.response.headers.get("cache-control", "").lower()
        if kept and self._play.profile.cache_control:
            self._differs("MFA017", "Cache-Control", "no-store, as the profile says", "another value")
        if audience or expires_in == 600:
            self._jwt("access_token", {"aud": audience or self._play.audience, "scope": scope}, jkt=jkt)
        elif with_id_token and self["access_token"] == self["id_token"]:
            self._differs("MFA010", "$.access_token", "an access token", "the ID token")
        elif (token := jwt_of(self["access_token"])) is not None:  # its form is not documented
            if subject._guesses_bind:
                self._differs("MFA010", "$.access_token", "an opaque value without an audience", "a JWT")
            self._jwt("access_token", {}, free=token, jkt=jkt)
        if with_id_token:
            self._jwt("id_token", {"aud": self._play.client.client_id})
        return self

    def rows(self, *expected: Mapping[str, Json]) -> list[str]:
        """Expect a list of exactly these authenticators, given without their ids. Returns the ids."""
        actual = self.listed()
        self._count_success()
        if len(actual) != len(expected):
            self._differs("MFA008", "$", f"{len(expected)} rows", f"{len(actual)} rows")
        self.notice_order(actual, expected)
        if not self._play.subject._guesses_bind:  # no order is documented: entry U-23
            actual = _in_order(actual, expected)
        for index, (row, wanted) in enumerate(zip(actual, expected, strict=True)):
            self._keys(row, set(wanted) | {"id"}, f"$[{index}]")
            for name, value in wanted.items():
                if name not in row:
                    continue
                if value is not ANY and (type(row[name]) is not type(value) or row[name] != value):
                    self._differs("MFA008", f"$[{index}].{name}", repr(value), shown(row[name]))
        return [row["id"] for row in actual]

    def listed(self) -> list[dict[str, Json]]:
        """Expect a list of authenticators with id, authenticator_type and active. Returns them."""
        self._succeeded(200)
        body = read(self.response)
        if not isinstance(body, list):
            self._differs("MFA005", "$", "array", json_type(body))
        rows = [self._row(f"$[{index}]", row) for index, row in enumerate(body)]
        for index, row in enumerate(rows):
            for name, kind in (("authenticator_type", "string"), ("active", "boolean")):
                if name not in row:
                    self._differs("MFA003", f"$[{index}].{name}", "present", "absent")
                if json_type(row[name]) != kind:
                    self._differs("MFA005", f"$[{index}].{name}", kind, json_type(row[name]))
        return rows

    def method(self, wanted: Mapping[str, Json], status: int = 200) -> str:
        """Expect a method of the My Account API, given without id and created_at. Returns its id."""
        self._succeeded(status)
        return self._method("$", self._object(), wanted)

    def methods(self, *expected: Mapping[str, Json]) -> list[str]:
        """Expect a list of exactly these methods, given without id and created_at. Returns the ids."""
        self._succeeded(200)
        body = self._object()
        self._keys(body, {"authentication_methods"})
        rows = body["authentication_methods"]
        if not isinstance(rows, list):
            self._differs("MFA005", "$.authentication_methods", "array", json_type(rows))
        lenient = not self._play.subject._guesses_bind
        rows = comparable(rows) if lenient else rows
        rows = [self._row(f"$.authentication_methods[{index}]", row) for index, row in enumerate(rows)]
        if len(rows) != len(expected):
            self._differs("MFA008", "$.authentication_methods", f"{len(expected)} methods", f"{len(rows)} methods")
        rows = _in_order(rows, expected) if lenient else rows  # no order is documented
        return [
            self._method(f"$.authentication_methods[{index}]", row, wanted)
            for index, (row, wanted) in enumerate(zip(rows, expected, strict=True))
        ]

    def factors(self) -> tuple[str, list[Json]]:
        """Expect a list of factors, in the form of the profile: entry D-39. Returns its path and its items.

        Without a profile either form is accepted and recorded, as alternatives of a refusal are.
        """
        self._succeeded(200)
        body = self._decoded()
        form, expected = json_type(body), self._play.profile.me_factors_as
        if self._play.subject.profile is None and form in alternatives(profile_fields()["me_factors_as"]):
            self._play.observe("me_factors_as", form, self.operation)
        elif form != expected:
            self._differs("MFA005", "$", expected, form)
        self._count_success()
        path, rows = ("$", body) if isinstance(body, list) else ("$.factors", body.get("factors"))
        if not isinstance(rows, list):
            self._differs("MFA005", path, "array", json_type(rows))
        return path, rows

    def _method(self, path: str, row: Json, wanted: Mapping[str, Json]) -> str:
        row = self._row(path, row)
        free = {name for name, value in wanted.items() if value is ANY and name not in row}
        self._keys(row, {*wanted, "id", "created_at"} - free, path)
        self._held(lambda: moment_of(f"{path}.created_at", row["created_at"]))
        for name, value in wanted.items():
            if value is ANY or name not in row:
                continue
            if type(row[name]) is not type(value):
                self._differs("MFA005", f"{path}.{name}", json_type(value), json_type(row[name]))
            if row[name] != value:
                self._differs("MFA008", f"{path}.{name}", repr(value), shown(row[name]))
        if row["id"].partition("|")[0] != row["type"]:
            self._differs("MFA008", f"{path}.id", f"{row['type']}|...", shown(row["id"].partition("|")[0]))
        return str(row["id"])

    def location(self) -> str:
        """Expect the address of the method in the body. Returns its path."""
        given = self.response.headers.get("location")
        if given is None:
            self._differs("MFA017", "location", "present", "absent")
        right = f"https://{self._play.subject.domain}{METHODS}"
        return self._held(lambda: location_path(given, right, self["id"]))

    def limits(self) -> None:
        """Expect the headers that say how many calls are left."""
        for name in ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"):
            if name not in self.response.headers:
                self._differs("MFA017", name, "present", "absent")

    def sent(self, messages: Sequence[tuple[str, str]], template: CallTemplate) -> None:
        """Expect one message, to the requested address, if the call sends messages; otherwise none."""
        try:
            expects_message = self.response.status < 400 and self._sends(self.operation)
        except Differs:
            return  # a finding where it is read
        if len(messages) != int(expects_message):
            self._differs("MFA011", "messages sent", "one" if expects_message else "none", str(len(messages)))
        address = (template.params or {}).get("email" if template.factor == "email" else "phone_number")
        enrolls = self.operation in ("associate", "me-create-method")
        wanted = isinstance(address, str) and address in self._play.steps.given and enrolls
        if wanted and messages and messages[0] != (template.factor, address):
            self._differs(
                "MFA011", "messages sent", f"one by {template.factor} to the address that was given", "another"
            )

    def _sends(self, operation: str) -> bool:
        """Whether the call sends a message or a push request, since it was granted."""
        if operation == "me-create-method":
            return self._factor in CHANNEL
        if operation not in ("associate", "challenge"):
            return operation == "passwordless-start"
        body = read(self.response)
        kind = "authenticator_type" if operation == "associate" else "challenge_type"
        return not (isinstance(body, dict) and (body.get(kind) == "otp" or "secret" in body))

    def _row(self, path: str, row: Json) -> dict[str, Json]:
        if not isinstance(row, dict):
            self._differs("MFA005", path, "object", json_type(row))
        if "id" not in row:
            self._differs("MFA003", f"{path}.id", "present", "absent")
        self._shape(f"{path}.id", "id", row.get("id"))
        return dict(row)

    def accepted(self, status: int) -> Answer:
        """Expect a success of which nothing but the status is known."""
        if status == 204:
            return self.nothing()
        self._succeeded(status)
        self._object()
        return self

    def nothing(self, status: int = 204) -> Answer:
        """Expect a success with an empty body."""
        self._succeeded(status)
        if self.response.body:
            self._differs("MFA013", "the body", "none", f"{len(self.response.body)} bytes")
        self._count_success()
        return self

    def plain(self) -> dict[str, Json]:
        """Expect a success with a JSON object. Returns the body."""
        self._succeeded(200)
        return self._object()

    def issues(self, jkt: str = "") -> Answer:
        """Expect tokens of whatever scope and lifetime, bound to the key with this thumbprint or to none."""
        body = self.plain()
        self._keys(body, _ISSUED | (_PERHAPS & body.keys()))
        self._shape("$.access_token", "access_token", body["access_token"])
        kind = "DPoP" if jkt else "Bearer"
        if body["token_type"] != kind and not self._may_be("token_type", str(body["token_type"]), kind):
            self._differs("MFA008", "$.token_type", repr(kind), shown(body["token_type"]))
        if (token := jwt_of(self["access_token"])) is not None:
            self._jwt("access_token", {}, free=token, jkt=jkt)
        return self

    def nonce(self) -> str:
        """Expect a nonce for proofs. Returns it."""
        return self._held(lambda: hold_nonce(self.response.headers.get("dpop-nonce")))

    def challenges(self, error: str) -> Answer:
        """Expect a challenge of the scheme DPoP with this error."""
        if challenged_error(self.response.headers.get("www-authenticate", "")) != error:
            self._differs("MFA017", "www-authenticate", f'DPoP error="{error}"', "another challenge")
        return self

    # -- parts -----------------------------------------------------------------------------------

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


def _fits(row: Mapping[str, Json], wanted: Mapping[str, Json]) -> bool:
    """Whether an item has all the literals of an expected one."""
    return {name: value for name, value in wanted.items() if value is not ANY}.items() <= row.items()


def _in_order(rows: list[dict[str, Json]], expected: Sequence[Mapping[str, Json]]) -> list[dict[str, Json]]:
    """The items in the expected order; unchanged if one does not fit."""
    rest, found = list(rows), []
    for wanted in expected:
        row = next((candidate for candidate in rest if _fits(candidate, wanted)), None)
        if row is None:
            return rows
        rest.remove(row)
        found.append(row)
    return found
