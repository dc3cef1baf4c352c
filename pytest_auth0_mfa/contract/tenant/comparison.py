"""Compares the subject's answer with the oracle's. Opaque values need not be equal, but must correspond one to
one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from pytest_auth0_mfa.contract.coverage import json_type
from pytest_auth0_mfa.messages import Json, Response, media_type
from pytest_auth0_mfa.spec.refusals import REFUSALS
from pytest_auth0_mfa.spec.schemas import schemas
from pytest_auth0_mfa.tenant.account import MOST_LISTED
from pytest_auth0_mfa.tenant.tokens import MFA_ACCESS_TOKEN_LIFETIME

from .account_answers import by_type, comparable, hold_moment, hold_problem, is_problem, location_path, moment_of
from .answers import answered, because, finding_for, is_demand, read
from .extra_members import (
    allowed_beside,
    belongs_elsewhere,
    is_harmless,
    is_renewed,
    is_secret,
    leaves,
    numbers,
)
from .forms import (
    DAY,
    PLURAL,
    SHAPES,
    SLACK,
    YEAR,
    absent,
    same_words,
    sealed_until,
    shown,
    whole,
)
from .key_sets import hold_public, keys_that_sign
from .otpauth import compare_uris
from .proof_answers import hold_challenge, hold_nonce
from .renaming import LET_IN, PUSHES, Differs, Renaming
from .token_claims import TokenClaims
from .tokens import Keys, jwt_of
from .values import Pair, Slots

_ALIASES: Final = {"manual_input_code": "secret"}
"""Field -> the field that it is like."""
_MOMENTS: Final = frozenset({"created_at", "last_auth_at"})
"""Fields with a time."""
_OF_ACCOUNT: Final = "me-"
"""What the operations of the My Account API begin with."""
_TIMES = frozenset({"iat", "exp"})
"""Claims that make each token another one, but for those of the same second."""
_OPEN_OPERATIONS = frozenset({"openid-configuration", "userinfo"})
"""Operations whose answers may have undocumented members: entry D-31, section 2.5."""
_OF_THE_PERSON = frozenset({"picture", "updated_at"})
"""Fields of userinfo that differ between two users who do the same."""
_NAMES = frozenset({"name", "nickname"})
"""Fields of userinfo that each tenant may fill in its own way, as it may the claims of ID tokens."""
_LISTS: Final = frozenset({"list-authenticators", "me-list-methods"})
"""Operations that answer what a user enrolled. No order is documented."""
_OF_METHODS: Final = frozenset({"authentication_methods", "factors"})
"""Lists in which a tenant may have types that the fake lacks."""
_BARE: Final = {"me-factors": "factors"}
"""Operation -> name of the list that its whole answer may be: entry D-39. The same is demanded of it as of the
member."""
_LIMITS: Final = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")
"""Headers of each success of the My Account API: entry M21."""
_OF_AUTH0: Final = frozenset({"mfa_challenge_endpoint"})
"""Members of the discovery document that no RFC knows, and that Auth0's must have."""


class Comparison:
    """The comparison of the two answers to one call. `found`: field -> pair of its opaque values."""

    def __init__(
        self,
        renaming: Renaming,
        keys: Keys,
        *,
        reuse: Slots | None = None,
        operation: str = "",
        is_real: bool = False,
        strict: bool = False,
        optional: Collection[str] = (),
        stands_for: Callable[[str], Mapping[str, Json]] = lambda token: {},
        renews: Sequence[str] = ("", ""),
        unusual: str = "",
    ) -> None:
        """``strict``: the subject is our own fake, which uses none of the freedoms that documents leave to a tenant.

        ``optional``: members that the subject's answer may lack.

        ``stands_for``: what an opaque access token of the oracle says: the claims that a JWT in its place has.

        ``renews``: the refresh tokens that were sent to subject and oracle. The subject's may come back.

        ``unusual``: what is unusual about the proof of possession that was sent.
        """
        self._renaming = renaming
        self._tolerance = 60 if is_real else SLACK
        self._operation = operation
        self._is_real = is_real
        self._strict = strict
        self._optional = optional
        self._renews = renews
        self._unusual = unusual
        self._reuse = reuse or Slots()
        self._opaque: set[str] = set()
        """The paths of opaque values, which may be secrets."""
        self._given: set[Json] = set()
        """The names of methods in the oracle's answer: users gave them."""
        self._compared = False
        self._certain = True
        """Whether the item that is being compared is certainly the same on both sides."""
        self.body: Json = None
        """The subject's decoded body."""
        self.new: list[Pair] = []
        self.found: dict[str, Pair] = {}
        self.rows: list[Pair] = []
        self._claims = TokenClaims(
            keys,
            renaming,
            tolerance=self._tolerance,
            is_real=is_real,
            strict=strict,
            stands_for=stands_for,
            member=self._member,
            same_user=lambda path, subject, oracle: self.opaque(path, "sub", subject, oracle),
        )
        self.beside = self._claims.beside
        """Paths and numbers in what is free: undocumented members and claims, descriptions, names of devices."""
        self.lifetime: int | None = None
        """The lifetime of the access token in seconds, if the subject has one of its own."""

    def responses(self, subject: Response, oracle: Response, refusal_id: str | None) -> Json:
        """Compare two responses and return the oracle's decoded body. Raises Differs for the first difference."""
        self._compared = refusal_id is not None and REFUSALS[refusal_id].compared
        if subject.status != oracle.status or is_demand(subject) != is_demand(oracle):
            raise _statuses(subject, oracle, refusal_id, self._unusual)
        media, wanted_media = media_type(subject), media_type(oracle)
        if media != wanted_media and (subject.body or oracle.body):
            raise Differs("MFA002", "Content-Type", wanted_media or "none", media or "none")
        body = read(oracle)
        self.body = read(subject)
        self._given = {value for path, value in leaves("$", body) if path.endswith(".name")}
        if oracle.status >= 400 and is_problem(body):
            self._problem(body)
        else:
            self.value("$", _BARE.get(self._operation, ""), self.body, body)
        self._hold_secrets(body)
        self._headers(subject, oracle)
        return body

    def _problem(self, oracle: dict[str, Json]) -> None:
        """Compare problem details, whose texts are free."""
        hold_problem(self.body, oracle, by_code=self._compared or self._strict)
        for key, value in self.body.items():
            if key not in oracle and key != "validation_errors":
                self._beside(f"$.{key}", key, value, is_error=True)
            elif key not in ("type", "status"):
                self.beside.extend(numbers(f"$.{key}", value))

    def _hold_secrets(self, oracle: Json) -> None:
        """Refuse a private key, and a secret anywhere but in its documented member. Raises Differs.

        What the oracle says too is documented, even where somebody's password is ``active``.
        """
        documented = {value for _, value in leaves("$", oracle)}  # left out first: the rest is looked through
        if self._operation == "jwks":
            hold_public("$", self.body)
        for path, value in leaves("$", self.body):
            if path in self._opaque or value in documented:
                continue
            if is_secret(path, value, self._renaming.secrets):
                raise Differs("MFA004", path, *LET_IN)

    def _headers(self, subject: Response, oracle: Response) -> None:
        """Compare headers. Unless strict, additional ones are allowed (RFC 6750 even demands WWW-Authenticate)."""
        names = ["retry-after", "www-authenticate", *(_LIMITS if self._operation.startswith(_OF_ACCOUNT) else ())]
        pairs = [(name, name in subject.headers, name in oracle.headers) for name in names]
        mine, theirs = (
            "no-store" in response.headers.get("cache-control", "").lower() for response in (subject, oracle)
        )
        for name, there, wanted in [*pairs, ("cache-control: no-store", mine, theirs)]:
            if wanted and not there:
                raise Differs("MFA017", name, "present", "absent")
            if there and not wanted and self._strict:
                raise Differs("MFA017", name, "absent", "present")
        hold_challenge(*(one.headers.get("www-authenticate", "") for one in (subject, oracle)), strict=self._strict)
        if (expected := oracle.headers.get("location")) is not None:
            self._location(subject.headers.get("location"), expected)
        if (nonce := oracle.headers.get("dpop-nonce")) is not None:
            self._made("dpop_nonce", hold_nonce(subject.headers.get("dpop-nonce")), nonce)
        elif self._strict and "dpop-nonce" in subject.headers:
            raise Differs("MFA017", "dpop-nonce", "absent", "present")

    def _location(self, subject: str | None, oracle: str) -> None:
        """Compare the addresses of a method, and keep both."""
        if subject is None:
            raise Differs("MFA017", "location", "present", "absent")
        identifier = self._member("id")
        path = location_path(subject, oracle, identifier if isinstance(identifier, str) else None)
        self._made("location", path, urlsplit(oracle).path)

    def _made(self, name: str, subject: str, oracle: str) -> None:
        """Keep two values that correspond, whether or not they were seen before."""
        pair = self._reuse.pair(name, subject, oracle)
        self.new.append(pair)
        self.found[name] = pair

    def value(self, path: str, name: str, subject: Json, oracle: Json) -> None:
        """Compare two values of a field, with all members and items. Raises Differs."""
        kind, subject = type(oracle), whole(subject)
        if self._operation == "userinfo" and (name in _OF_THE_PERSON or (name in _NAMES and not self._strict)):
            return  # the schema judges their types
        if type(subject) is not kind:
            raise Differs("MFA005", path, json_type(oracle), json_type(subject))
        if kind is dict:
            self._members(path, subject, oracle)
        elif kind is list and name == "keys":
            self._key_set(path, subject, oracle)
        elif kind is list and name.endswith("_supported"):
            self._supported(path, subject, oracle)
        elif kind is list:
            if name in _OF_METHODS and not self._strict:
                if len(subject) == len(oracle) == MOST_LISTED:
                    return  # which of them are listed is not documented
                subject = comparable(subject)
            if name == "factors" and not self._strict:
                subject, oracle = by_type(subject), by_type(oracle)
            if len(subject) != len(oracle):
                raise Differs("MFA008", path, _items(oracle), _items(subject))
            pairs = [(mine, expected, True) for mine, expected in zip(subject, oracle, strict=True)]
            if self._operation in _LISTS and not self._strict:
                pairs = self._renaming.paired(subject, oracle)
            for index, (mine, expected, self._certain) in enumerate(pairs):
                self.value(f"{path}[{index}]", PLURAL.get(name, name), mine, expected)
            self._certain = True
        elif kind is str:
            self._text(path, name, subject, oracle)
        elif subject == oracle:
            return
        elif self._is_own_lifetime(name, subject, oracle):
            self.lifetime = subject
        elif not (kind is bool and self._operation == "openid-configuration" and not self._strict):
            raise Differs("MFA008", path, repr(oracle), shown(subject))

    def _is_own_lifetime(self, name: str, subject: Json, oracle: Json) -> bool:
        """Whether the value is the lifetime of an access token, which each API sets for itself (entry D-13)."""
        return (
            not self._strict
            and type(subject) is int
            and name == "expires_in"
            and oracle != MFA_ACCESS_TOKEN_LIFETIME
            and 0 < subject <= YEAR
        )

    def _supported(self, path: str, subject: list[Json], oracle: list[Json]) -> None:
        """Compare lists of supported values in discovery: strings of any kind, with the oracle's algorithms."""
        if not subject:  # OpenID Connect Discovery, section 4.2: what has no items is left out
            raise Differs("MFA008", path, "at least one item", "none")
        if not all(isinstance(item, str) for item in subject):
            raise Differs("MFA005", path, "strings", "others")
        for algorithm in ("RS256", "ES256"):
            if algorithm in oracle and algorithm not in subject:
                raise Differs("MFA008", path, f"{algorithm} among others", "others only")

    def _key_set(self, path: str, subject: list[Json], oracle: list[Json]) -> None:
        """Compare key sets. On a fake the keys that sign must not change."""
        signing = keys_that_sign(path, subject, strict=self._strict)
        if not self._is_real:  # a real tenant may rotate its keys
            mine, expected = (" ".join(sorted(f"{k['kid']}:{k['n']}" for k in keys)) for keys in (signing, oracle))
            self._renaming.match(path, mine, expected, Slots())

    def _members(self, path: str, subject: dict[str, Json], oracle: dict[str, Json]) -> None:
        if "error" in oracle and "error" in subject and subject["error"] != oracle["error"]:
            raise Differs("MFA006", f"{path}.error", repr(oracle["error"]), shown(subject["error"]))
        if subject.keys() != oracle.keys():
            for key in oracle:
                if key not in subject and key not in self._optional and not self._may_lack(key, oracle):
                    raise Differs("MFA003", f"{path}.{key}", "present", absent(subject.keys() - oracle.keys()))
            for key in sorted(subject.keys() - oracle.keys()):
                if not self._renewed(key):
                    self.beside.extend(numbers(f"{path}.{{}}", key))
                    self._beside(f"{path}.{key}", key, subject[key], is_error="error" in oracle)
        push = str(oracle.get("id", "")).partition("|")[0] in PUSHES
        for key, expected in oracle.items():
            if key not in subject:
                continue
            if push and key == "name" and isinstance(subject[key], str):  # the device's name
                self.beside.extend(numbers(f"{path}.{key}", subject[key]))
                continue
            self.value(f"{path}.{key}", key, subject[key], expected)
        if "created_at" in subject and isinstance(identifier := subject.get("id"), str) and self._certain:
            self._born(f"{path}.created_at", identifier, subject["created_at"])
        for key in filter(self._renewed, subject.keys() - oracle.keys()):
            self._brought(f"{path}.{key}", key, subject[key])

    def _born(self, path: str, identifier: str, created_at: Json) -> None:
        """A method was made once, whenever it is shown."""
        if not self._operation.startswith(_OF_ACCOUNT):
            return
        now = moment_of(path, created_at)
        if abs(self._renaming.born.setdefault(identifier, now) - now) >= 1:
            raise Differs("MFA008", path, "the time of earlier answers", "another time")

    def _renewed(self, name: str) -> bool:
        return not self._strict and not self._is_real and is_renewed(self._operation, name)

    def _brought(self, path: str, name: str, value: Json) -> None:
        """Check a refresh token that the oracle does not bring. Instead of it the oracle's old one goes on."""
        self._opaque.add(path)
        if not (isinstance(value, str) and SHAPES[name].fullmatch(value)):
            raise Differs("MFA012", path, f"the shape {SHAPES[name].pattern}", "another")
        sent, old = self._renews
        if value in self._renaming.secrets and sent not in (value, self._renaming.renewed.get(value)):
            raise Differs("MFA009", path, "a new value, or the one that was sent", "another known value")
        self._renaming.secrets.add(value)
        self._renaming.renewed.setdefault(value, sent)
        pair = self._reuse.pair("renewed", value, old)
        self.new.append(pair)
        self.found["renewed"] = pair

    def _beside(self, path: str, name: str, value: Json, *, is_error: bool) -> None:
        """Check a member that the oracle's answer lacks."""
        self.beside.extend(numbers(path, value))
        if self._operation in _OPEN_OPERATIONS:
            return
        if name == "name" and value in self._given and self._operation.startswith(_OF_ACCOUNT):
            raise Differs("MFA008", path, "absent", "the name of another method")
        allowed = name in allowed_beside(self._operation, is_error=is_error)
        allowed |= not self._strict and not self._is_real and not belongs_elsewhere(name)
        if not (allowed and is_harmless(name, value, self._renaming.secrets)):
            raise Differs("MFA004", path, "absent", f"present ({json_type(value)})")

    def _may_lack(self, name: str, oracle: Mapping[str, Json]) -> bool:
        """Whether an answer may lack a member: most of a discovery document are optional (OpenID Connect Discovery,
        section 3), and the name of a device is the app's affair."""
        if self._strict:
            return False
        if self._operation.startswith(_OF_ACCOUNT):
            return name == "name" and oracle.get("type") == "push-notification"
        if self._operation != "openid-configuration":
            return False
        return name not in _OF_AUTH0 and name not in schemas()["openid-configuration.200"]["required"]

    def _text(self, path: str, name: str, subject: str, oracle: str) -> None:
        name = _ALIASES.get(name, name)
        if name in _MOMENTS and self._operation.startswith(_OF_ACCOUNT):
            hold_moment(path, subject, oracle, self._tolerance)
        elif name == "error_description":
            if self._compared and subject != oracle:
                raise Differs("MFA007", path, repr(oracle), shown(subject))
            self.beside.extend(numbers(path, subject))
        elif name == "barcode_uri":
            self._opaque.add(path)
            compare_uris(path, subject, oracle, self._renaming, same_account=self._same_account, same_text=self._text)
        elif name in SHAPES:
            self.opaque(path, name, subject, oracle)
        elif subject == oracle or (name == "scope" and same_words(subject, oracle)):
            return
        elif not (name == "token_type" and not self._strict and subject.lower() == oracle.lower()):  # RFC 6749, 5.1
            raise Differs("MFA008", path, repr(oracle), shown(subject))

    def opaque(self, path: str, name: str, subject: str, oracle: str) -> Pair:
        """Compare two opaque values: their shape, and whether both are new or both known. JWTs are compared by
        claims."""
        self._opaque.add(path)
        if not SHAPES[name].fullmatch(subject):
            raise Differs(
                "MFA012", path, f"the shape {SHAPES[name].pattern}", f"{len(subject)} characters of another shape"
            )
        mine, expected = (sealed_until(value) if name == "oob_code" else None for value in (subject, oracle))
        if mine is not None and expected is not None and abs(mine - expected) > DAY:
            raise Differs("MFA012", path, "its expiry in milliseconds as the sixth part", "another number")
        if name == "id" and subject.partition("|")[0] != oracle.partition("|")[0]:
            raise Differs("MFA008", path, f"{oracle.partition('|')[0]}|...", f"{subject.partition('|')[0]}|...")
        if name == "id" and not self._certain:
            return Pair(name, subject, oracle)
        if name == "id":
            self._renaming.device(path, subject, oracle, of_account=self._operation.startswith(_OF_ACCOUNT))
        token, documented = jwt_of(subject), jwt_of(oracle)
        free = name == "access_token" and not self._strict
        try:
            if token is not None and (documented is not None or (free and _TIMES & (token.claims or {}).keys())):
                # two JWTs of the same second may be equal or not
                pair, new = self._reuse.pair(name, subject, oracle), True
                self._renaming.secrets.add(subject)
            else:
                pair, new = self._renaming.match(name, subject, oracle, self._reuse)
        except Differs as differs:
            old = differs.difference
            raise Differs(old.finding, path, old.expected, old.actual) from None
        if new:
            self.new.append(pair)
        if name == "id":
            self.rows.append(pair)
        else:
            self.found[name] = pair
        if name in ("access_token", "id_token"):
            self._claims.compare(path, token, oracle, documented)
        return pair

    def _member(self, name: str) -> Json:
        return self.body.get(name) if isinstance(self.body, dict) else None

    def _same_account(self, path: str, subject: str, oracle: str) -> bool:
        """Whether two accounts in otpauth URIs are the same. At the My Account API it is the user's id, as far as an
        example shows."""
        if not self._operation.startswith(_OF_ACCOUNT):
            return subject == oracle
        if self._strict:
            self.opaque(path, "sub", subject, oracle)
        return True

    def code(self, subject: Callable[[], str], oracle: str) -> Pair:
        """The pair of two codes from messages. Codes may repeat by chance, so they are not checked for being new."""
        code = subject()
        if not SHAPES["code"].fullmatch(code):
            raise Differs(
                "MFA012", "the code in the message", "4 to 10 digits", f"{len(code)} characters of another shape"
            )
        pair = self._reuse.pair("code", code, oracle)
        self.new.append(pair)
        return pair


def _items(value: list[Json]) -> str:
    return f"{len(value)} item{'' if len(value) == 1 else 's'}"


def _statuses(subject: Response, oracle: Response, refusal_id: str | None, unusual: str) -> Differs:
    expected = str(oracle.status)
    if refusal_id is not None:
        expected = because(f"{expected} ({refusal_id}: {REFUSALS[refusal_id].description})", unusual)
    return Differs(
        finding_for(subject, oracle.status, demands=is_demand(oracle)), "status", expected, answered(subject)
    )
