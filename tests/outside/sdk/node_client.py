"""The adapter of the SDKs on Node: each call is a JSON line for a program that keeps running."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from typing import Any

from sdk.sdk_tools import NODE

from pytest_auth0_mfa.contract import AuthError
from pytest_auth0_mfa.contract.client.calling import METHODS


class Program:
    """``contract-client.mjs``, started at the first call, since Node reads NODE_EXTRA_CA_CERTS only then."""

    def __init__(self, sdk: str) -> None:
        self.sdk = sdk
        self._process: subprocess.Popen[str] | None = None

    def call(self, method: str, given: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """What the program answers, or raises: `AuthError`, NotImplementedError, or the SDK's stray exception."""
        if self._process is None:
            command = ["node", str(NODE / "contract-client.mjs"), self.sdk]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps([method, given, named]), file=self._process.stdin, flush=True)
        answer = json.loads(self._process.stdout.readline())
        if "missing" in answer:
            raise NotImplementedError(answer["missing"])
        if "stray" in answer:
            raise type(answer["stray"], (Exception,), {})
        if "failed" in answer:
            raise AuthError(**answer["failed"])
        return answer.get("value")

    def close(self) -> None:
        """End the program."""
        if self._process is not None:
            assert self._process.stdin is not None
            with self._process as process:
                process.stdin.close()  # type: ignore[union-attr]


class NodeClient:
    """A client in the program; a new one takes the place of the one before."""

    def __init__(self, program: Program, domain: str, client_id: str, client_secret: str | None) -> None:
        if client_secret is None:
            raise NotImplementedError("the SDK is for confidential applications")
        self._program = program
        program.call("open", (), {"domain": domain, "clientId": client_id, "clientSecret": client_secret})

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in METHODS or name == "sign_in":  # it has no decisions; its `ask` is no JSON either
            raise AttributeError(name)
        return lambda *given, **named: self._program.call(name, given, named)
