"""The one-to-one correspondence of the opaque values on both sides."""

from __future__ import annotations

from typing import Final

from pytest_auth0_mfa.contract.findings.violation import Difference
from pytest_auth0_mfa.messages import Json

from .extra_members import SECRET_KINDS, holds_secret
from .values import Pair, Slots

PUSHES: Final = ("push", "push-notification")
"""The first parts of ids of apps that approve requests. The app says what its device is called."""
LET_IN: Final = ("absent", "present: a secret that lets its holder in")
"""What is expected and found where a secret has no place."""


class Differs(Exception):  # noqa: N818 - control flow within a run
    """Raised for the first difference."""

    def __init__(self, finding: str, field: str, expected: str, actual: str) -> None:
        super().__init__(field)
        self.difference = Difference(finding, field, expected, actual)


class Renaming:
    """The pairs of corresponding opaque values of subject and oracle. It grows with each answer."""

    def __init__(self) -> None:
        self._by_subject: dict[str, Pair] = {}
        self._by_oracle: dict[str, Pair] = {}
        self.secrets: set[str] = set()
        """The subject's secrets so far (tokens, codes, passwords). They must appear only in documented places."""
        self.renewed: dict[str, str] = {}
        """Refresh token of the subject that a refresh brought -> the one that was sent for it."""
        self.born: dict[str, float] = {}
        """Id of a method of the subject -> when it was made, as its first answer said."""
        self._devices: dict[bool, dict[str, str]] = {False: {}, True: {}}
        """Last part of an id of the subject -> the oracle's; for the MFA API and the My Account API."""

    def match(self, kind: str, subject: str, oracle: str, reuse: Slots) -> tuple[Pair, bool]:
        """The pair of two values, and whether it is new. Raises Differs if the values do not correspond.

        ``reuse``: the pairs from earlier plays of the same step.
        """
        pair, other = self._by_subject.get(subject), self._by_oracle.get(oracle)
        if pair is not other:
            known, new = "a known value", "a value not seen before"
            expected, actual = (
                (known, new) if pair is None else (new, known) if other is None else (known, "another " + known[2:])
            )
            raise Differs("MFA009", kind, expected, actual)
        if pair is not None:
            return pair, False
        pair = reuse.pair(kind, subject, oracle)
        self._by_subject[subject] = self._by_oracle[oracle] = pair
        if kind in SECRET_KINDS:
            self.secrets.add(subject)
        return pair, True

    def device(self, path: str, subject: str, oracle: str, *, of_account: bool) -> None:
        """Compare the last parts of two ids: in both APIs they are the same for one device. Raises Differs."""
        mine, expected = subject.partition("|")[2], oracle.partition("|")[2]
        others = self._devices[not of_account]
        if others.get(mine) != (expected if expected in others.values() else None):
            raise Differs("MFA009", path, "the device of the other API", "another device")
        self._devices[of_account].setdefault(mine, expected)

    def hold(self, finding: str, path: str, value: Json, *, any_length: bool = True) -> None:
        """Refuse a secret in a value. Raises Differs.

        ``any_length``: also a short one. Where a name or word may stand, somebody's password may be the same by chance.
        """
        if holds_secret(value, self.secrets, any_length=any_length):
            raise Differs(finding, path, *LET_IN)

    def paired(self, subject: list[Json], oracle: list[Json]) -> list[tuple[Json, Json, bool]]:
        """The items of two lists that are the same authenticator, in the oracle's order, and whether that is certain.

        No order is documented (entry U-23). Known items are paired by their ids, new ones by what they show. Two new
        ones that show the same could be either. What is then left is different, and is paired in order.
        """
        rest = list(subject)
        found: dict[int, tuple[Json, bool]] = {}
        kinds = [(self._by_oracle.get(_id(row)), _kind(row)) for row in oracle]
        for index, (pair, kind) in enumerate(kinds):
            for candidate in rest:
                mine = self._by_subject.get(_id(candidate))
                if mine is pair and (pair is not None or _kind(candidate) == kind):
                    found[index] = candidate, pair is not None or kinds.count((None, kind)) == 1
                    rest.remove(candidate)
                    break
        others = iter(rest)
        pairs = []
        for index, row in enumerate(oracle):
            mine, certain = found[index] if index in found else (next(others), True)
            pairs.append((mine, row, certain))
        return pairs


def _id(row: Json) -> str:
    return str(row.get("id", "")) if isinstance(row, dict) else ""


def _kind(row: Json) -> tuple[object, ...]:
    """What an item of a list shows that tells it from others. The name of a device is free."""
    if not isinstance(row, dict):
        return ()
    kind = _id(row).partition("|")[0]
    name = None if kind in PUSHES else row.get("name")
    of_account = (row.get("email"), row.get("phone_number")) if "confirmed" in row else ()
    return (kind, row.get("active", row.get("confirmed")), name, row.get("authenticator_type"), *of_account)
