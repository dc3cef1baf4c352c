"""What a scenario expects of an answer: literal values, each based on an entry of the contract."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from pytest_auth0_mfa.contract.coverage import json_type
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.api_errors import URIS, error_of
from pytest_auth0_mfa.spec.factors import CHANNEL
from pytest_auth0_mfa.spec.profile import alternatives, profile_fields
from pytest_auth0_mfa.spec.refusals import REFUSALS

from .account_answers import REQUIRED, comparable, hold_problem, location_path, moment_of
from .account_calls import METHODS
from .answer_parts import ANY, AnswerParts, fits
from .answers import answered, because, read
from .calls import CallTemplate
from .forms import SHAPES, shown, whole
from .proof_answers import challenged_error, hold_nonce
from .renaming import Differs
from .tokens import jwt_of
from .verdicts import guess, refuse_to_judge

_ISSUED = {"access_token", "token_type"}
_PERHAPS = {"expires_in", "id_token", "refresh_token", "scope"}
_CODE = "A0E-"
"""What the codes of the My Account API begin with."""


class Answer(AnswerParts):
    """The answer to one call of a scenario. Its methods raise ContractViolation if it is not as expected."""

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
        self._status(int(status), because(f"{expected} ({refusal_id})", self.unusual))
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


def _in_order(rows: list[dict[str, Json]], expected: Sequence[Mapping[str, Json]]) -> list[dict[str, Json]]:
    """The items in the expected order; unchanged if one does not fit."""
    rest, found = list(rows), []
    for wanted in expected:
        row = next((candidate for candidate in rest if fits(candidate, wanted)), None)
        if row is None:
            return rows
        rest.remove(row)
        found.append(row)
    return found
