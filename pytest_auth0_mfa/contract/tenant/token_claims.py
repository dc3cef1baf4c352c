"""Compares the claims of two tokens: the subject's, and the oracle's that corresponds to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from pytest_auth0_mfa.contract.coverage import json_type
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.tenant.tokens import MFA_ACCESS_TOKEN_LIFETIME

from .extra_members import numbers
from .forms import YEAR, access_hash, is_number, same_words, shown, wrong_end
from .proof_answers import hold_binding
from .renaming import Differs, Renaming
from .tokens import Jwt, Keys, TokenError, claims_of

_FREE: Final = frozenset(
    {"at_hash", "auth_time", "azp", "gty", "jti", "name", "nbf", "nickname", "picture", "sid", "updated_at"}
)
"""Claims that a token may have or lack, with any value (except `azp`, which is checked).

`gty` is not documented: recordings show ``password`` after that grant, and nothing about other grants.
"""


class TokenClaims:
    """Compares the claims of tokens in one answer. Its methods raise Differs.

    Only the MFA audience's access tokens have a documented form: where the oracle's is opaque a JWT is right too, since
    a tenant may have a default audience. It is held to what it says.
    """

    def __init__(
        self,
        keys: Keys,
        renaming: Renaming,
        *,
        tolerance: float,
        is_real: bool,
        strict: bool,
        stands_for: Callable[[str], Mapping[str, Json]],
        member: Callable[[str], Json],
        same_user: Callable[[str, str, str], object],
    ) -> None:
        """``tolerance``: how many seconds two times may differ.

        ``stands_for``: what an opaque access token of the oracle says: the claims that a JWT in its place has.

        ``member``: a member of the subject's body. ``same_user``: compares two ids of users in the claim at a path.
        """
        self._keys = keys
        self._renaming = renaming
        self._tolerance = tolerance
        self._is_real = is_real
        self._strict = strict
        self._stands_for = stands_for
        self._member = member
        self._same_user = same_user
        self.beside: list[tuple[str, int]] = []
        """Paths and numbers in undocumented claims."""

    def compare(self, path: str, token: Jwt | None, oracle: str, right: Jwt | None) -> None:
        """Compare two tokens. The oracle's is ``right``, if it is a JWT."""
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
            self._documented(path, claims, expected)
        application = expected.get("azp", expected.get("aud"))  # the application that the ID token is for
        if documented and claims.get("azp", application) != application:  # OpenID Connect Core, section 2
            raise Differs("MFA010", f"{path}:azp", "the application that the token was issued to", "another one")
        for name in sorted(claims.keys() - (expected.keys() - _FREE)):
            here = f"{path}:{name}"
            self._renaming.hold("MFA010", here, {name: claims[name]}, any_length=name not in _FREE)
            self.beside.extend((*numbers(f"{path}:{{}}", name), *numbers(here, claims[name])))
        if documented or "cnf" in claims:
            hold_binding(path, claims, expected)
        for name, value in expected.items():
            if name in claims and name not in _FREE and name not in ("cnf", "exp"):
                self._claim(f"{path}:{name}", name, claims[name], value)
        if "exp" in expected and "exp" in claims:
            self._end(path, claims["exp"], expected)
        self._times(path, claims, expected.get("iat", float("inf")))
        if claims.get("at_hash", wanted := access_hash(str(self._member("access_token")))) != wanted:
            # OpenID Connect Core, section 3.1.3.6
            raise Differs("MFA010", f"{path}:at_hash", "the hash of the access token beside it", "another one")

    def _documented(self, path: str, claims: dict[str, Json], expected: Mapping[str, Json]) -> None:
        if expected.get("scope") == "":  # RFC 9068, section 2.2.3: only a scope that was granted is a claim
            claims.setdefault("scope", "")
        if missing := sorted(expected.keys() - claims.keys() - _FREE):
            raise Differs("MFA010", f"{path}:{missing[0]}", "present", "absent")
        if "amr" in claims and "amr" not in expected:  # section 1.4 of the contract
            raise Differs("MFA010", f"{path}:amr", "absent", "present")

    def _claim(self, path: str, name: str, subject: Json, oracle: Json) -> None:
        if name == "aud" and isinstance(subject, list) and len(subject) == 1:
            subject = subject[0]
        if isinstance(subject, list) and isinstance(oracle, list) and name in ("aud", "permissions"):
            subject, oracle = sorted(map(str, subject)), sorted(map(str, oracle))
        if name == "sub" and isinstance(subject, str):
            self._same_user(path, subject, oracle)
        elif (name == "iat" and is_number(subject) and abs(subject - oracle) <= self._tolerance) or (
            name == "scope" and same_words(subject, oracle)
        ):
            return
        elif subject != oracle:
            raise Differs("MFA010", path, repr(oracle), shown(subject))

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

    def _times(self, path: str, claims: dict[str, Json], now: float) -> None:
        """Hold an access token to the lifetime that its answer states, and each token to the present."""
        wrong = wrong_end(claims, now, self._member("expires_in"), self._tolerance)
        if wrong is not None and path.endswith("access_token"):
            raise Differs("MFA010", f"{path}:exp", *wrong)
        for name in ("nbf", "auth_time"):
            if is_number(at := claims.get(name)) and at > now + self._tolerance:
                raise Differs("MFA010", f"{path}:{name}", "a time that has come", "a time to come")
