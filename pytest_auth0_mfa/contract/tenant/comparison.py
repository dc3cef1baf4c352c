"""Compares the subject's answer with the oracle's. Opaque values need not be equal, but must correspond one to
one."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from pytest_auth0_mfa.contract.coverage import json_type
from pytest_auth0_mfa.messages import Json, Response, media_type
from pytest_auth0_mfa.spec.refusals import REFUSALS
from pytest_auth0_mfa.spec.schemas import schemas
from pytest_auth0_mfa.tenant.account import MOST_LISTED
from pytest_auth0_mfa.tenant.tokens import MFA_ACCESS_TOKEN_LIFETIME

from .account_answers import by_type, comparable, hold_moment, hold_problem, is_problem, location_path, moment_of
from .answers import answered, finding_for, is_demand, read
from .extra_members import (
    allowed_beside,
    belongs_elsewhere,
    holds_secret,
    is_harmless,
    is_renewed,
    is_secret,
    leaves,
    numbers,
)
from .forms import (
    DAY,
    OTPAUTH,
    YEAR,
    absent,
    access_hash,
    account_of,
    is_number,
    issuer_of,
    same_words,
    sealed_until,
    shown,
    whole,
    wrong_end,
)
from .key_sets import hold_public, keys_that_sign
from .proof_answers import hold_binding, hold_challenge, hold_nonce
from .renaming import PUSHES, Differs, Renaming
from .tokens import Jwt, Keys, TokenError, claims_of, jwt_of
from .values import ORACLE, SUBJECT, Pair

SHAPES: Final = {
    "_id": re.compile(r"\S+"),
    "access_token": re.compile(r"\S{16,}"),
    "auth_session": re.compile(r"\S{8,}"),
    "code": re.compile(r"[0-9]{4,10}"),  # entry N1: a tenant can set the length
    "enrollment_tx_id": re.compile(r"\S{8,}"),
    "id": re.compile(r"(?:sms|voice|email|push|totp|recovery-code|phone|push-notification)\|\S+"),
    "id_token": re.compile(r"[\w-]+\.[\w-]+\.[\w-]+"),
    "mfa_token": re.compile(r"\S{16,}"),
    "oob_code": re.compile(r"\S{16,}"),
    "recovery_code": re.compile(r"[0-9A-Z]{24}"),
    "refresh_token": re.compile(r"\S{16,}"),
    "secret": re.compile(r"[A-Z2-7]{16,}=*"),
    "sub": re.compile(r".+"),
}
"""Opaque field -> the shape of its values that clients may rely on."""
PLURAL: Final = {"recovery_codes": "recovery_code"}
"""Field with a list of opaque values -> field that each item is like."""
_ALIASES: Final = {"manual_input_code": "secret"}
"""Field -> the field that it is like."""
_MOMENTS: Final = frozenset({"created_at", "last_auth_at"})
"""Fields with a time."""
_OF_ACCOUNT: Final = "me-"
"""What the operations of the My Account API begin with."""
_FREE_CLAIMS = frozenset(
    {"at_hash", "auth_time", "azp", "gty", "jti", "name", "nbf", "nickname", "picture", "sid", "updated_at"}
)
"""Claims that a token may have or lack, with any value (except `azp`, which is checked).

`gty` is not documented: recordings show ``password`` after that grant, and nothing about other grants.
"""
_TIMES = frozenset({"iat", "exp"})
"""Claims that make each token another one, but for those of the same second."""
_LET_IN = ("absent", "present: a secret that lets its holder in")
SLACK: Final = 5
"""How many seconds the times in the two answers to one call may differ."""
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
_DISPLAYED = frozenset({"issuer", "base_url"})
"""Parameters of an otpauth URI whose values are free: a display name, and entry D-29."""
_OF_AUTH0: Final = frozenset({"mfa_challenge_endpoint"})
"""Members of the discovery document that no RFC knows, and that Auth0's must have."""


class Comparison:
    """The comparison of the two answers to one call. `found`: field -> pair of its opaque values."""

    def __init__(
        self,
        renaming: Renaming,
        keys: Keys,
        *,
        reuse: Iterator[Pair],
        operation: str = "",
        is_real: bool = False,
        strict: bool = False,
        optional: Collection[str] = (),
        stands_for: Callable[[str], Mapping[str, Json]] = lambda token: {},
        renews: Sequence[str] = ("", ""),
    ) -> None:
        """``strict``: the subject is our own fake, which uses none of the freedoms that documents leave to a tenant.

        ``optional``: members that the subject's answer may lack.

        ``stands_for``: what an opaque access token of the oracle says: the claims that a JWT in its place has.

        ``renews``: the refresh tokens that were sent to subject and oracle. The subject's may come back.
        """
        self._renaming = renaming
        self._keys = keys
        self._tolerance = 60 if is_real else SLACK
        self._operation = operation
        self._is_real = is_real
        self._strict = strict
        self._optional = optional
        self._stands_for = stands_for
        self._renews = renews
        self._reuse = reuse
        self._opaque: set[str] = set()
        """The paths of opaque values, which may be secrets."""
        self._compared = False
        self._certain = True
        """Whether the item that is being compared is certainly the same on both sides."""
        self.body: Json = None
        """The subject's decoded body."""
        self.new: list[Pair] = []
        self.found: dict[str, Pair] = {}
        self.rows: list[Pair] = []
        self.beside: list[tuple[str, int]] = []
        """Paths and numbers in what is free: undocumented members and claims, descriptions, names of devices."""
        self.lifetime: int | None = None
        """The lifetime of the access token in seconds, if the subject has one of its own."""

    def responses(self, subject: Response, oracle: Response, refusal_id: str | None) -> Json:
        """Compare two responses and return the oracle's decoded body. Raises Differs for the first difference."""
        self._compared = refusal_id is not None and REFUSALS[refusal_id].compared
        if subject.status != oracle.status or is_demand(subject) != is_demand(oracle):
            raise _statuses(subject, oracle, refusal_id)
        media, wanted_media = media_type(subject), media_type(oracle)
        if media != wanted_media and (subject.body or oracle.body):
            raise Differs("MFA002", "Content-Type", wanted_media or "none", media or "none")
        body = read(oracle)
        self.body = read(subject)
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
                raise Differs("MFA004", path, *_LET_IN)

    def _hold(self, finding: str, path: str, value: Json, *, any_length: bool = True) -> None:
        """Refuse a secret in a value. Raises Differs.

        ``any_length``: also a short one. Where a name or word may stand, somebody's password may be the same by chance.
        """
        if holds_secret(value, self._renaming.secrets, any_length=any_length):
            raise Differs(finding, path, *_LET_IN)

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
        pair = next(self._reuse, None) or Pair(name, subject, oracle)
        pair.values[:] = [subject, oracle]
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
            self._renaming.match(path, mine, expected, iter(()))

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
        pair = next(self._reuse, None) or Pair("renewed", value, old)
        pair.values[:] = [value, old]
        self.new.append(pair)
        self.found["renewed"] = pair

    def _beside(self, path: str, name: str, value: Json, *, is_error: bool) -> None:
        """Check a member that the oracle's answer lacks."""
        self.beside.extend(numbers(path, value))
        if self._operation in _OPEN_OPERATIONS:
            return
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
            self._uri(path, subject, oracle)
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
                pair, new = next(self._reuse, None) or Pair(name, subject, oracle), True
                pair.values[:] = [subject, oracle]
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
            self._jwt(path, token, oracle, documented)
        return pair

    def _jwt(self, path: str, token: Jwt | None, oracle: str, right: Jwt | None) -> None:
        """Compare the claims of two tokens.

        Only the MFA audience's access tokens have a documented form: where the oracle's is opaque a JWT is right too,
        since a tenant may have a default audience. It is held to what it says.
        """
        documented = right is not None
        if documented != (token is not None) and (documented or self._strict):
            kinds = "an opaque value", "a JWT"
            raise Differs("MFA010", path, kinds[documented], kinds[not documented])
        if token is None:
            return
        if not documented and token.token == self._member("id_token"):
            raise Differs("MFA010", path, "an access token", "the ID token")
        try:
            claims = self._keys.verified(token) if documented else self._keys.readable(token)
        except TokenError as error:
            raise Differs("MFA010", path, "a JWT that verifies with the tenant's keys", str(error)) from None
        expected = self._stands_for(oracle) if right is None else claims_of(right)
        if documented:
            self._documented_claims(path, claims, expected)
        application = expected.get("azp", expected.get("aud"))  # the application that the ID token is for
        if documented and claims.get("azp", application) != application:  # OpenID Connect Core, section 2
            raise Differs("MFA010", f"{path}:azp", "the application that the token was issued to", "another one")
        for name in sorted(claims.keys() - (expected.keys() - _FREE_CLAIMS)):
            here = f"{path}:{name}"
            self._hold("MFA010", here, {name: claims[name]}, any_length=name not in _FREE_CLAIMS)
            self.beside.extend((*numbers(f"{path}:{{}}", name), *numbers(here, claims[name])))
        if documented or "cnf" in claims:
            hold_binding(path, claims, expected)
        for name, value in expected.items():
            if name in claims and name not in _FREE_CLAIMS and name not in ("cnf", "exp"):
                self._claim(f"{path}:{name}", name, claims[name], value)
        if "exp" in expected and "exp" in claims:
            self._end(path, claims["exp"], expected)
        self._times(path, claims, expected.get("iat", float("inf")))
        if claims.get("at_hash", wanted := access_hash(str(self._member("access_token")))) != wanted:
            # OpenID Connect Core, section 3.1.3.6
            raise Differs("MFA010", f"{path}:at_hash", "the hash of the access token beside it", "another one")

    def _documented_claims(self, path: str, claims: dict[str, Json], expected: Mapping[str, Json]) -> None:
        if expected.get("scope") == "":  # RFC 9068, section 2.2.3: only a scope that was granted is a claim
            claims.setdefault("scope", "")
        if missing := sorted(expected.keys() - claims.keys() - _FREE_CLAIMS):
            raise Differs("MFA010", f"{path}:{missing[0]}", "present", "absent")
        if "amr" in claims and "amr" not in expected:  # section 1.4 of the contract
            raise Differs("MFA010", f"{path}:amr", "absent", "present")

    def _member(self, name: str) -> Json:
        return self.body.get(name) if isinstance(self.body, dict) else None

    def _times(self, path: str, claims: dict[str, Json], now: float) -> None:
        """Hold an access token to the lifetime that its answer states, and each token to the present."""
        wrong = wrong_end(claims, now, self._member("expires_in"), self._tolerance)
        if wrong is not None and path.endswith("access_token"):
            raise Differs("MFA010", f"{path}:exp", *wrong)
        for name in ("nbf", "auth_time"):
            if is_number(at := claims.get(name)) and at > now + self._tolerance:
                raise Differs("MFA010", f"{path}:{name}", "a time that has come", "a time to come")

    def _end(self, path: str, subject: Json, expected: Mapping[str, Json]) -> None:
        """Compare the expiry of tokens, whose lifetime each application and API sets for itself (entry D-13)."""
        of_mfa = expected["exp"] - expected["iat"] == MFA_ACCESS_TOKEN_LIFETIME  # this lifetime is fixed
        own = path.endswith("id_token") or self._is_real or not (self._strict or of_mfa)
        if not is_number(subject):
            raise Differs("MFA010", f"{path}:exp", "number", json_type(subject))
        least = 60 if path.endswith("id_token") else 1  # an API's tokens may be short-lived
        if own and not least <= subject - expected["iat"] <= YEAR:
            actual = "in the past" if subject < expected["iat"] + least else "more than a year ahead"
            raise Differs("MFA010", f"{path}:exp", "a time to come", actual)
        if not own and abs(subject - expected["exp"]) > self._tolerance:
            raise Differs("MFA010", f"{path}:exp", repr(expected["exp"]), shown(subject))

    def _claim(self, path: str, name: str, subject: Json, oracle: Json) -> None:
        if name == "aud" and isinstance(subject, list) and len(subject) == 1:
            subject = subject[0]
        if isinstance(subject, list) and isinstance(oracle, list) and name in ("aud", "permissions"):
            subject, oracle = sorted(map(str, subject)), sorted(map(str, oracle))
        if name == "sub" and isinstance(subject, str):
            self.opaque(path, name, subject, oracle)
        elif (name == "iat" and is_number(subject) and abs(subject - oracle) <= self._tolerance) or (
            name == "scope" and same_words(subject, oracle)
        ):
            return
        elif subject != oracle:
            raise Differs("MFA010", path, repr(oracle), shown(subject))

    def _uri(self, path: str, subject: str, oracle: str) -> None:
        self._opaque.add(path)
        try:
            mine, expected = urlsplit(subject), urlsplit(oracle)
        except ValueError:
            raise Differs("MFA008", path, "a URI", "not a URI") from None
        # The part before the colon is a display name. The colon may be encoded, and spaces may follow it.
        label = self._same_account(path, account_of(mine.path), account_of(expected.path))
        if mine[:2] != expected[:2] or not label:
            raise Differs("MFA008", path, repr(oracle.partition("?")[0]), shown(subject.partition("?")[0]))
        pairs, wanted = parse_qsl(mine.query, keep_blank_values=True), dict(parse_qsl(expected.query))
        names = [name for name, _ in pairs if name in wanted]
        given = {name: value for name, value in pairs if value}  # without a value it says nothing
        for name in sorted(set(names)):
            if names.count(name) > 1:
                raise Differs("MFA008", path, f"the parameter {name} once", f"{name} {names.count(name)} times")
        for name, value in wanted.items():
            if name in _DISPLAYED and (name in given or name == "issuer"):
                continue
            if name not in given and name not in OTPAUTH:
                raise Differs("MFA008", path, f"parameters {sorted(wanted)}", f"parameters {sorted(given)}")
            self._text(f"{path}?{name}", name, given.get(name, OTPAUTH.get(name, "")), value)
        free = {name: value for name, value in given.items() if name != "secret" and value != given.get("secret")}
        displayed = {name: value for name, value in free.items() if name in _DISPLAYED}
        self._hold("MFA004", path, [issuer_of(mine.path), displayed], any_length=False)
        others = {name: value for name, value in free.items() if name not in wanted.keys() | _DISPLAYED}
        self._hold("MFA004", path, [mine.fragment, others])

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
        pair = next(self._reuse, None) or Pair("code", code, oracle)
        pair.values[SUBJECT], pair.values[ORACLE] = code, oracle
        self.new.append(pair)
        return pair


def _items(value: list[Json]) -> str:
    return f"{len(value)} item{'' if len(value) == 1 else 's'}"


def _statuses(subject: Response, oracle: Response, refusal_id: str | None) -> Differs:
    expected = f"{oracle.status}{f' ({refusal_id}: {REFUSALS[refusal_id].description})' if refusal_id else ''}"
    return Differs(
        finding_for(subject, oracle.status, demands=is_demand(oracle)), "status", expected, answered(subject)
    )
