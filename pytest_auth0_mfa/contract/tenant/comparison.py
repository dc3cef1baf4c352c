"""Holds the subject's answer against the oracle's: equal up to one renaming of opaque values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from pytest_auth0_mfa.contract.coverage import json_type
from pytest_auth0_mfa.contract.findings.violation import Difference
from pytest_auth0_mfa.messages import Json, Response
from pytest_auth0_mfa.spec.refusals import REFUSALS

from .tokens import Keys, TokenError, is_jwt
from .values import ORACLE, SUBJECT, Pair

SHAPES: Final = {
    "access_token": re.compile(r"\S{16,}"),
    "code": re.compile(r"[0-9]{4,10}"),
    "enrollment_tx_id": re.compile(r"\w{8,}"),
    "id": re.compile(r"(?:sms|voice|email|push|totp|recovery-code)\|dev_[A-Za-z0-9]{16}"),
    "id_token": re.compile(r"[\w-]+\.[\w-]+\.[\w-]+"),
    "mfa_token": re.compile(r"\S{16,}"),
    "oob_code": re.compile(r"\S{16,}"),
    "recovery_code": re.compile(r"[0-9A-Z]{24}"),
    "refresh_token": re.compile(r"\S{16,}"),
    "secret": re.compile(r"(?:[A-Z2-7]{8}){2,}"),
    "sub": re.compile(r"\S+"),
}
"""The opaque fields and what a client may rely on in them."""
_PLURAL = {"recovery_codes": "recovery_code"}
_JWT_OPAQUE = ("jti", "sid", "at_hash")
_TIMES = ("auth_time", "exp", "iat", "nbf", "updated_at")
_OF_THE_PERSON = ("picture", "updated_at")
"""What differs between two people who log in alike."""
_HEADERS = ("retry-after", "www-authenticate")
_NAME = re.compile(r"[a-z_]{1,40}")
"""An `error`, or another word of the API: no secret looks like it."""


class Differs(Exception):  # noqa: N818 - control flow within a comparison
    """The first difference found."""

    def __init__(self, finding: str, field: str, expected: str, got: str) -> None:
        super().__init__(field)
        self.difference = Difference(finding, field, expected, got)


class Renaming:
    """Which opaque value of the oracle stands for which of the subject; grows with each answer."""

    def __init__(self) -> None:
        self._by_subject: dict[str, Pair] = {}
        self._by_oracle: dict[str, Pair] = {}

    def match(self, kind: str, subject: str, oracle: str, reuse: Iterator[Pair]) -> tuple[Pair, bool]:
        """The pair of two values and whether it is new. Raises Differs when only one side is known.

        ``reuse``: pairs of an earlier play of the same step; they get the values of this play.
        """
        pair, other = self._by_subject.get(subject), self._by_oracle.get(oracle)
        if pair is not other:
            known, new = "a known value", "a value not seen before"
            expected, got = (
                (known, new) if pair is None else (new, known) if other is None else (known, "another " + known[2:])
            )
            raise Differs("MFA009", kind, expected, got)
        if pair is not None:
            return pair, False
        pair = next(reuse, None)
        if pair is None:
            pair = Pair(kind, subject, oracle)
        else:
            pair.values[:] = [subject, oracle]
        self._by_subject[subject] = self._by_oracle[oracle] = pair
        return pair, True


class Comparison:
    """The comparison of one call's two answers. `found` are the opaque values in it, by field."""

    def __init__(self, renaming: Renaming, keys: Keys, *, tolerance: int, reuse: Iterator[Pair]) -> None:
        """``tolerance``: by how many seconds times in claims may differ; 0 where clocks are held."""
        self._renaming = renaming
        self._keys = keys
        self._tolerance = tolerance
        self._reuse = reuse
        self._compared = False
        self.body: Json = None
        """The subject's decoded body."""
        self.new: list[Pair] = []
        self.found: dict[str, Pair] = {}
        self.rows: list[Pair] = []

    def responses(self, subject: Response, oracle: Response, case: str | None) -> Json:
        """Compare everything; the oracle's decoded body. Raises Differs at the first difference."""
        self._compared = case is not None and REFUSALS[case].compared
        if subject.status != oracle.status:
            raise _statuses(subject, oracle, case)
        media, due = (r.headers.get("content-type", "").partition(";")[0].strip().lower() for r in (subject, oracle))
        if media != due:
            raise Differs("MFA002", "Content-Type", due or "none", media or "none")
        body = read(oracle)
        self.body = read(subject)
        self.value("$", "", self.body, body)
        for name in _HEADERS:
            if (name in subject.headers) != (name in oracle.headers):
                expected, got = ("present", "absent") if name in oracle.headers else ("absent", "present")
                raise Differs("MFA017", name, expected, got)
        if ("no-store" in subject.headers.get("cache-control", "")) != (
            "no-store" in oracle.headers.get("cache-control", "")
        ):
            raise Differs("MFA017", "cache-control", oracle.headers.get("cache-control", "absent"), "another value")
        return body

    def value(self, path: str, name: str, subject: Json, oracle: Json) -> None:
        """Compare two values of a field, deeply."""
        kind = type(oracle)
        if type(subject) is not kind:
            raise Differs("MFA005", path, json_type(oracle), json_type(subject))
        if kind is dict:
            self._members(path, name, subject, oracle)
        elif kind is list and name == "keys":  # as many as a tenant has published
            return
        elif kind is list:
            if len(subject) != len(oracle):
                raise Differs("MFA008", path, _items(oracle), _items(subject))
            for index, (mine, due) in enumerate(zip(subject, oracle, strict=True)):
                self.value(f"{path}[{index}]", _PLURAL.get(name, name), mine, due)
        elif kind is str:
            self._text(path, name, subject, oracle)
        elif subject != oracle:
            raise Differs("MFA008", path, repr(oracle), repr(subject))

    def _members(self, path: str, name: str, subject: dict[str, Json], oracle: dict[str, Json]) -> None:
        if "error" in oracle and "error" in subject and subject["error"] != oracle["error"]:
            raise Differs("MFA006", f"{path}.error", repr(oracle["error"]), shown(subject["error"]))
        if subject.keys() != oracle.keys():
            for key in oracle:
                if key not in subject:
                    also = sorted(subject.keys() - oracle.keys())
                    raise Differs(
                        "MFA003", f"{path}.{key}", "present", f"absent; instead {', '.join(also)}" if also else "absent"
                    )
            extra = min(subject.keys() - oracle.keys())
            raise Differs("MFA004", f"{path}.{extra}", "absent", f"present ({json_type(subject[extra])})")
        if name == "keys":  # a JSON Web Key: its own tenant's
            return
        for key, due in oracle.items():
            self.value(f"{path}.{key}", key, subject[key], due)

    def _text(self, path: str, name: str, subject: str, oracle: str) -> None:
        if name == "error_description":
            if self._compared and subject != oracle:
                raise Differs("MFA007", path, repr(oracle), shown(subject))
        elif name == "barcode_uri":
            self._uri(path, subject, oracle)
        elif name in _OF_THE_PERSON:
            return
        elif name in SHAPES:
            self.opaque(path, name, subject, oracle)
        elif subject != oracle:
            raise Differs("MFA008", path, repr(oracle), shown(subject))

    def opaque(self, path: str, name: str, subject: str, oracle: str) -> Pair:
        """Compare two opaque values: shape, and new or known alike; JWTs by their claims."""
        if not SHAPES[name].fullmatch(subject):
            raise Differs(
                "MFA012", path, f"the shape {SHAPES[name].pattern}", f"{len(subject)} characters of another shape"
            )
        if name == "id" and subject.partition("|")[0] != oracle.partition("|")[0]:
            raise Differs("MFA008", path, f"{oracle.partition('|')[0]}|...", f"{subject.partition('|')[0]}|...")
        try:
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
            self._jwt(path, subject, oracle)
        return pair

    def _jwt(self, path: str, subject: str, oracle: str) -> None:
        if is_jwt(subject) != is_jwt(oracle):
            raise Differs(
                "MFA010", path, *(("a JWT", "an opaque value") if is_jwt(oracle) else ("an opaque value", "a JWT"))
            )
        if not is_jwt(oracle):
            return
        try:
            claims = self._keys.verified(subject)
        except TokenError as error:
            raise Differs("MFA010", path, "a JWT that verifies with the tenant's keys", str(error)) from None
        due = self._keys.trusted(oracle)
        if claims.keys() != due.keys():
            raise Differs("MFA010", path, f"claims {sorted(due)}", f"claims {sorted(claims)}")
        for name, value in due.items():
            self._claim(f"{path}:{name}", name, claims[name], value)

    def _claim(self, path: str, name: str, subject: Json, oracle: Json) -> None:
        if name in _JWT_OPAQUE or name in _OF_THE_PERSON:
            return
        if name == "sub" and isinstance(subject, str):
            self.opaque(path, name, subject, oracle)
        elif name in _TIMES and isinstance(subject, int) and abs(subject - oracle) <= self._tolerance:
            return
        elif subject != oracle:
            raise Differs("MFA010", path, repr(oracle), shown(subject))

    def _uri(self, path: str, subject: str, oracle: str) -> None:
        mine, due = urlsplit(subject), urlsplit(oracle)
        if mine[:3] != due[:3]:
            raise Differs("MFA008", path, repr(oracle.partition("?")[0]), shown(subject.partition("?")[0]))
        given, wanted = dict(parse_qsl(mine.query)), dict(parse_qsl(due.query))
        if given.keys() != wanted.keys():
            raise Differs("MFA008", path, f"parameters {sorted(wanted)}", f"parameters {sorted(given)}")
        for name, value in wanted.items():
            self._text(f"{path}?{name}", name, given[name], value)

    def code(self, subject: Callable[[], str], oracle: str) -> Pair:
        """The pair of two codes in messages; they may repeat by chance, so nothing is new or known."""
        code = subject()
        of_another_length = not self._tolerance and len(code) != len(oracle)  # a real tenant may have set another one
        if not SHAPES["code"].fullmatch(code) or of_another_length:
            due = f"{len(oracle)} digits"
            raise Differs("MFA012", "the code in the message", due, f"{len(code)} characters of another shape")
        pair = next(self._reuse, None) or Pair("code", code, oracle)
        pair.values[SUBJECT], pair.values[ORACLE] = code, oracle
        self.new.append(pair)
        return pair


def _items(value: list[Json]) -> str:
    return f"{len(value)} item{'' if len(value) == 1 else 's'}"


def read(response: Response) -> Json:
    """The decoded body, None when there is none. Raises Differs when it is not JSON."""
    if not response.body:
        return None
    try:
        return response.json()
    except (ValueError, RecursionError):
        raise Differs("MFA013", "the body", "JSON", f"{len(response.body)} bytes that are not JSON") from None


def _statuses(subject: Response, oracle: Response, case: str | None) -> Differs:
    expected = f"{oracle.status}{f' ({case}: {REFUSALS[case].description})' if case else ''}"
    return Differs(told_apart(subject.status, oracle.status), "status", expected, answered(subject))


def answered(response: Response) -> str:
    """Status and `error`, if there is one."""
    got = str(response.status)
    try:
        body = read(response)
    except Differs:
        return got
    return f"{got} {named(body['error'])}" if isinstance(body, dict) and "error" in body else got


def told_apart(status: int, due: int) -> str:
    """Which finding another status is."""
    if status >= 500 > due:
        return "MFA016"
    if status < 400 <= due:
        return "MFA021"
    return "MFA022" if due < 400 <= status else "MFA001"


def named(error: Json) -> str:
    """An `error` as it is written beside a status; what is no such name is only described."""
    if isinstance(error, str):
        return error if _NAME.fullmatch(error) else f"a string of {len(error)} characters"
    return f"an error of type {json_type(error)}"


def shown(value: Json) -> str:
    """A subject's value as messages may show it: short, and without what could be a secret."""
    text = repr(value)
    if isinstance(value, str) and len(value) > 20 and " " not in value and not _NAME.fullmatch(value):
        return f"a string of {len(value)} characters"
    # Cut between words: of a secret that is cut, nobody would know the rest.
    return text if len(text) <= 200 else f"{text[:200].rpartition(' ')[0]} ..."
