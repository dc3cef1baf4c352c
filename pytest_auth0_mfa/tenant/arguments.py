"""Checks of the arguments of `Tenant` and its methods. Each raises ConfigurationError."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from pytest_auth0_mfa.errors import ConfigurationError, closest
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.factors import FACTORS
from pytest_auth0_mfa.spec.profile import Profile

from .clock import Clock

_DEFAULT_PROFILE = Profile()


def checked_domain(domain: str) -> str:
    """The domain, if it is a host with or without a port."""
    if not isinstance(domain, str) or not domain or "/" in domain or any(c.isspace() for c in domain):
        raise ConfigurationError(f"domain={domain!r}: expected host or host:port, without https:// and without a path")
    return domain


def check_factor(factor: str) -> None:
    """Refuse an unknown factor."""
    if factor not in FACTORS:
        raise ConfigurationError(f"no such factor: {factor!r}. {closest(str(factor), FACTORS)}")


def checked_seed(seed: int | None) -> int | None:
    """The seed, if it is an int or None."""
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int)):
        raise ConfigurationError(f"seed={seed!r}: expected a whole number, or None for unpredictable values")
    return seed


def checked_clock(clock: Clock | Callable[[], float] | None) -> Clock:
    """A `Clock`: the given one, one made from a callable that returns epoch seconds, or a new one for None."""
    if clock is None:
        return Clock()
    if isinstance(clock, Clock):
        return clock
    if not callable(clock):
        raise ConfigurationError(f"clock={clock!r}: expected a Clock, or a callable that returns epoch seconds")
    return Clock(clock)


def checked_code(code: str | None) -> str | None:
    """The code, if it is None or a string of 4 to 10 digits."""
    if code is not None and not (isinstance(code, str) and 4 <= len(code) <= 10 and code.isascii() and code.isdigit()):
        raise ConfigurationError("fixed_code: expected 4 to 10 digits, as a string: leading zeros count")
    return code


def checked_profile(profile: Profile | Mapping[str, Json] | None) -> Profile:
    """A `Profile`: the given one, one made from a mapping, or the default one for None."""
    if profile is None:
        return _DEFAULT_PROFILE
    if isinstance(profile, Profile):
        return profile
    if isinstance(profile, Mapping):
        return Profile.from_mapping(profile)
    raise ConfigurationError(f"profile={profile!r}: expected a Profile; Profile.load(path) reads one from a TOML file")


def check_strings(method: str, **values: object) -> None:
    """Refuse a value that is neither None nor a non-empty string. The message omits the value, which may be a
    secret."""
    for name, value in values.items():
        if value is not None and (not isinstance(value, str) or not value):
            raise ConfigurationError(f"{method}({name}=...): expected a non-empty string, got {type(value).__name__}")


def checked_flags(argument: str, flags: Mapping[str, bool] | None) -> dict[str, bool] | None:
    """A dict of non-empty strings and bools; None stays None."""
    if flags is None:
        return None
    if not isinstance(flags, Mapping) or not all(
        isinstance(name, str) and name and isinstance(flag, bool) for name, flag in flags.items()
    ):
        raise ConfigurationError(f"{argument}={flags!r}: expected a mapping, such as {{'https://api.example': True}}")
    return dict(flags)


def checked_names(argument: str, names: Iterable[str] | None) -> frozenset[str] | None:
    """The names as a set, if they are non-empty strings; None stays None."""
    if names is None:
        return None
    try:
        if isinstance(names, str):
            raise TypeError
        listed = frozenset(names)
    except TypeError:
        listed = frozenset({None})  # type: ignore[arg-type]
    if not all(isinstance(name, str) and name for name in listed):
        raise ConfigurationError(f"{argument}={names!r}: expected a list of strings, such as ['https://api.example']")
    return listed
