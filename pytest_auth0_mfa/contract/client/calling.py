"""Calls of an adapter, sync or async, and how they ended."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from pytest_auth0_mfa.errors import ConfigurationError
from pytest_auth0_mfa.messages import Json

from .adapter import AuthError
from .waiting import Endless

METHODS = (
    "log_in",
    "refresh",
    "list_authenticators",
    "associate",
    "challenge",
    "verify_otp",
    "verify_oob",
    "verify_recovery_code",
    "delete_authenticator",
    "start_passwordless",
    "log_in_passwordless",
    "revoke",
    "sign_in",
)


class NotCovered(Exception):  # noqa: N818 - a report, not a failure
    """The adapter has no such method, or it raises NotImplementedError."""

    def __init__(self, method: str) -> None:
        super().__init__(f"not covered: the adapter does not implement {method}")
        self.method = method


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call ended: with a value, an AuthError, or something that an adapter must not raise."""

    value: Json = field(default=None, repr=False)
    error: AuthError | None = None
    stray: BaseException | None = None


class Caller:
    """A client, made and called; awaitables run on one event loop of its own."""

    def __init__(self, make: Callable[[], object]) -> None:
        self._runner: asyncio.Runner | None = None
        try:
            self.client = self._finished(make())
            self._refuse_other_objects()
        except BaseException:
            self._stop()
            raise

    def _refuse_other_objects(self) -> None:
        if not any(self.has(method) for method in METHODS):
            raise ConfigurationError(
                f"make_client returned a {type(self.client).__name__}, which has none of the adapter's methods. "
                f"Return an adapter with those of them that your client can do: {', '.join(METHODS)}"
            )

    def has(self, method: str) -> bool:
        """Whether the adapter has this method at all."""
        return callable(getattr(self.client, method, None))

    def call(self, method: str, *args: Json, **kwargs: Json) -> Outcome:
        """Call a method. Raises NotCovered."""
        if not self.has(method):
            raise NotCovered(method)
        try:
            return Outcome(value=self._finished(getattr(self.client, method)(*args, **kwargs)))
        except NotImplementedError:
            raise NotCovered(method) from None
        except AuthError as error:
            return Outcome(error=error)
        except Endless as endless:
            return Outcome(stray=endless)
        except Exception as stray:
            return Outcome(stray=stray)

    @property
    def is_async(self) -> bool:
        """Whether a call of it was awaited, or would be."""
        methods = (getattr(self.client, method, None) for method in METHODS)
        return self._runner is not None or any(inspect.iscoroutinefunction(method) for method in methods)

    def close(self) -> None:
        """Close the client, if it can be closed, and its event loop."""
        try:
            if self.has("close"):
                self._finished(getattr(self.client, "close")())  # noqa: B009 - optional in the protocol
        finally:
            self._stop()

    def _stop(self) -> None:
        if self._runner is not None:
            self._runner.close()
            self._runner = None

    def _finished(self, value: Any) -> Json:
        if not inspect.isawaitable(value):
            return value
        if self._runner is None:
            self._runner = asyncio.Runner()
        return self._runner.run(_awaited(value))


async def _awaited(value: Awaitable[Json]) -> Json:
    return await value
