"""The worlds that examples are played in: settings of a tenant that are documented, seen or only guessed.

A client that supports only one alternative of a disputed behaviour works by luck. So the worlds together have every
alternative of every profile field that a client can notice. In worlds with documented or seen alternatives a fault is
a violation; in worlds with guessed ones it is an observation.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Final

from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.factors import ALL_FACTORS
from pytest_auth0_mfa.spec.people import AWKWARD
from pytest_auth0_mfa.spec.people import Person as Someone
from pytest_auth0_mfa.spec.profile import Profile, alternatives
from pytest_auth0_mfa.tenant.clock import Clock
from pytest_auth0_mfa.tenant.entropy import Entropy, Letters
from pytest_auth0_mfa.tenant.policies import known_factors
from pytest_auth0_mfa.tenant.tenant import Tenant
from pytest_auth0_mfa.tenant.totp import other_code, totp

FACTORS: Final = frozenset(ALL_FACTORS)
_DIGITS = Letters("123456789")

ANSWERS: Final = (
    "cache_control", "default_scope", "email_mask_visible", "full_stop_in_code_texts", "implicit_email_first",
    "me_error_uri", "me_factors_as", "me_lists_push_app", "me_masks_addresses", "me_new_ids", "me_push_barcode",
    "me_www_authenticate", "mfa_requirements", "newest_first", "oob_channel_name", "otp_rows_have_name",
    "rate_limit_text", "rows_have_type", "scope_in_answer", "slow_down_retry_after", "www_authenticate",
)  # fmt: skip
"""The profile fields, besides those of refusals, that change what an answer looks like."""
DOCUMENTED: Final[Mapping[str, tuple[Json, ...]]] = {
    "mfa_required": ("401 mfa_required",),
    "wrong_password": ("403 invalid_user_password",),
    "client_authentication": ("401 invalid_client",),
    "wrong_otp": ("400 invalid_grant", "401 invalid_grant"),
    "wrong_binding_code": ("400 invalid_grant", "401 invalid_grant"),
    "wrong_recovery_code": ("400 invalid_grant",),
    "push_rejected": ("400 invalid_grant",),
    "slow_down": ("429 slow_down",),
    "too_many_codes": ("403 invalid_request",),
    "too_many_messages": ("429 too_many_attempts",),
    "expired_mfa_token": ("403 expired_token",),
    "oob_channel_name": ("oob_channels",),
    "rows_have_type": ("never",),
    "mfa_requirements": (True,),
    "full_stop_in_code_texts": (False,),
    "rate_limit_text": ("check-headers",),
    "slow_down_retry_after": (False,),
    "me_masks_addresses": (False,),
    "me_error_uri": ("https://auth0.com/api-errors#",),
}
"""Alternatives that are graded [doc], [sdk] or [seen]: entries D-1 to D-12, D-33, D-34 and U-2, section 2.3 of the
contract. The array of D-39 is not among them: all that speaks for it is a comment in the beta of one SDK."""


def readable() -> dict[str, tuple[Json, ...]]:
    """Profile field -> alternatives other than the default, for the fields that a client can notice."""
    return {
        declared.name: alternatives(declared)[1:]
        for declared in fields(Profile)
        if declared.metadata["refusal"] or declared.name in ANSWERS
    }


def _combined(values: Mapping[str, tuple[Json, ...]]) -> tuple[dict[str, Json], ...]:
    """Profiles that together have every value: the n-th has the n-th value of each field, if it has so many."""
    longest = max((len(listed) for listed in values.values()), default=0)
    return tuple({name: listed[n] for name, listed in values.items() if n < len(listed)} for n in range(longest))


def documented_profiles() -> tuple[dict[str, Json], ...]:
    """Profiles with the documented and seen alternatives to the defaults."""
    listed = readable()
    return _combined({n: tuple(v for v in values if v in listed.get(n, ())) for n, values in DOCUMENTED.items()})


def guessed_profiles() -> tuple[dict[str, Json], ...]:
    """Profiles with the alternatives that are only guessed."""
    return _combined({n: tuple(v for v in vs if v not in DOCUMENTED.get(n, ())) for n, vs in readable().items()})


@dataclass(frozen=True, slots=True)
class World:
    """The settings of the tenant in an example."""

    profile: Mapping[str, Json] = field(default_factory=dict)
    factors: frozenset[str] = FACTORS - {"voice"}
    policy: str = "all-applications"
    unknown: bool = False
    """Whether answers contain undocumented fields, and lists an undocumented authenticator."""
    behind: float = 0
    """How many seconds the tenant's clock is behind, so that it can be advanced without getting ahead of the
    client's."""
    public: bool = False
    """Whether the application is public, without a secret."""
    codes: int = 0
    """Where to start in the cycle of awkward codes."""
    people: int | None = None
    """Where to start in the cycle of awkward people; None: ordinary people."""
    rotates: bool = False
    """Whether each use of a refresh token returns a new one: entry T15 of the contract."""
    leeway: int = 0
    """How many seconds a refresh token can still be used after it was replaced: entry T16."""
    digits: int = 6
    """The number of digits of codes in messages: entry N1 of the contract."""
    nonces: bool = False
    """Whether every answer to a proof brings a nonce, as RFC 9449 allows in section 8.2."""
    untrusted: bool = False
    """Whether the server's certificate is from an untrusted authority."""
    guessed: bool = False
    """Whether the profile is only a guess, so that faults in this world are observations."""

    def like(self, profile: Profile) -> World:
        """This world with the consumer's own profile."""
        shown = {name: here for name, (here, _) in profile.differences(Profile()).items()}
        behind = self.behind and max(self.behind, 2.0 * (profile.mfa_token_lifetime + profile.oob_code_lifetime))
        return replace(self, profile=shown, behind=behind, guessed=False)

    def tenant(self, seed: int) -> Tenant:
        """Make a fresh tenant with these settings."""
        behind = self.behind
        tenant = Tenant(
            profile=Profile().with_(**self.profile) if self.profile else None,
            factors=known_factors(self.factors),
            policy=self.policy,  # type: ignore[arg-type]  # checked when it runs
            clock=(lambda: time.time() - behind) if behind else None,
            seed=seed,
            code_lengths={"email": self.digits, "sms": self.digits},
        )
        tenant.entropy = AwkwardEntropy(-1 - seed, self.codes, tenant.clock.now)
        tenant.clock_of_proofs = Clock()  # they are dated by the client's clock, which nobody moves
        if self.public:
            application = tenant.add_application(token_endpoint_auth_method="none")
            tenant.client_id, tenant.client_secret = application.client_id, None
        for application in tenant.applications.values():
            application.rotate_refresh_tokens = self.rotates
            application.refresh_token_leeway = self.leeway
        return tenant

    def person(self, number: int) -> Someone | None:
        """The person behind the user with this number; None: the tenant generates one."""
        return None if self.people is None else AWKWARD[(self.people + number) % len(AWKWARD)]


class AwkwardEntropy(Entropy):
    """Awkward but valid values: codes with leading zeros or equal digits, recovery codes of digits, nonces with signs;
    tokens as usual."""

    __slots__ = ("_last", "_now", "_turn")

    def __init__(self, seed: int, turn: int, now: Callable[[], float]) -> None:
        super().__init__(seed)
        self._turn = turn
        self._now = now
        self._last = ""

    def code(self, digits: int = 6) -> str:
        """A code, never the same as the previous one."""
        plain = super().code(digits)
        self._turn += 1
        shapes = ("00" + plain[2:], plain[0] * digits, "0" + plain[1:], plain)
        code = shapes[self._turn % 4]
        if code == self._last:
            code = other_code(code)
        self._last = code
        return code

    def nonce(self) -> str:
        """A nonce with signs that RFC 9449 (section 8.1) allows and that a client may cut at, strip or decode."""
        plain = super().nonce()
        signs = ("_", "-", ".", "~", "+", "/", "%41", ",")
        return "".join(sign + plain[4 * place :][:4] for place, sign in enumerate(signs)) + "=="

    def totp_secret(self) -> str:
        """A secret whose current code starts with zero, if one is found within a hundred attempts."""
        secret = ""
        for _ in range(100):
            secret = super().totp_secret()
            if totp(secret, self._now()).startswith("0"):
                return secret
        return secret

    def recovery_code(self) -> str:
        """A recovery code, every second time of digits only."""
        self._turn += 1
        return self._of(_DIGITS, 24) if self._turn % 2 else super().recovery_code()


PLAIN: Final = World()
HOSTILE: Final = World(documented_profiles()[0], FACTORS, unknown=True, codes=1, people=0)
"""Documented alternatives, undocumented fields, and awkward people and codes."""
LATER: Final = World(behind=1200)
HOSTILE_LATER: Final = replace(HOSTILE, behind=1200)
OTHERS: Final = (
    *(World(profile, FACTORS, codes=2, people=2, digits=8) for profile in documented_profiles()[1:]),
    *(
        World(profile, FACTORS, codes=n, people=3 + n, digits=(4, 10)[n % 2], guessed=True)
        for n, profile in enumerate(guessed_profiles())
    ),
)
"""The other documented alternatives, and the guessed ones."""
ALL: Final = (PLAIN, HOSTILE, *OTHERS)


def distinct(worlds: Iterable[World]) -> list[World]:
    """The worlds without duplicates."""
    kept: list[World] = []
    for world in worlds:
        if world not in kept:
            kept.append(world)
    return kept
