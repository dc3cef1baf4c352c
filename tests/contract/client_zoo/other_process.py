"""A client in a process of its own, as one of another language would be: JSON lines in and out.

Run as a program it is the client; imported it has the adapter.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pytest_auth0_mfa.contract.client.adapter import AuthError

METHODS = ("log_in", "refresh", "list_authenticators", "associate", "challenge", "verify_otp", "verify_oob")


class OtherProcess:
    """Hands each call to the program; it finds the tenant in its environment."""

    def __init__(self) -> None:
        command = [sys.executable, str(Path(__file__)), str(Path(__file__).parent.parent)]
        self.program = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in METHODS:
            raise AttributeError(name)

        def call(*args: Any, **more: Any) -> Any:
            assert self.program.stdin is not None
            assert self.program.stdout is not None
            self.program.stdin.write(json.dumps([name, args, more]) + "\n")
            self.program.stdin.flush()
            answer = json.loads(self.program.stdout.readline())
            if "failed" in answer:
                raise AuthError(**answer["failed"])
            return answer["value"]

        return call

    def close(self) -> None:
        """End the program."""
        with self.program as program:
            program.stdin.close()  # type: ignore[union-attr]


def serve() -> None:
    """Answer calls until there are no more."""
    import os

    from client_zoo.right import PollingClient

    client = PollingClient(os.environ["AUTH0_DOMAIN"], os.environ["AUTH0_CLIENT_ID"], os.environ["AUTH0_CLIENT_SECRET"])
    for line in sys.stdin:
        name, args, more = json.loads(line)
        try:
            answer = {"value": getattr(client, name)(*args, **more)}
        except AuthError as error:
            names = ("error", "description", "status", "mfa_token")
            answer = {"failed": {name: getattr(error, name) for name in names}}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    serve()
