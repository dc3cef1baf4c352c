"""A load generator in a process of its own, so that the server's CPU time is the server's alone.

``python benchmarks/load.py PLAN.json``: prints how many requests were answered. The plan names a port,
perhaps a CA file (then it speaks TLS), how many connections, for how many seconds, and what each sends.
"""

from __future__ import annotations

import json
import socket
import ssl
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Client:
    """One connection that is kept as long as the server keeps it."""

    def __init__(self, port: int, ca_file: str | None) -> None:
        self._port = port
        self._context = ssl.create_default_context(cafile=ca_file) if ca_file else None
        self._socket: socket.socket | None = None

    def send(self, path: str, body: dict[str, Any]) -> bytes:
        """The body of the answer."""
        content = json.dumps(body).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: localhost:{self._port}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\n\r\n"
        )
        wire = self._socket = self._socket or self._connect()
        wire.sendall(head.encode() + content)
        received = b""
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += _some(wire)
        fields = received[:end].lower()
        length = int(fields.partition(b"\r\ncontent-length:")[2].split(b"\r\n", 1)[0])
        while len(received) < end + 4 + length:
            received += _some(wire)
        if b"\r\nconnection: close" in fields or fields.startswith(b"http/1.0"):
            wire.close()
            self._socket = None
        return received[end + 4 :]

    def _connect(self) -> socket.socket:
        raw = socket.create_connection(("localhost" if self._context else "127.0.0.1", self._port))
        return self._context.wrap_socket(raw, server_hostname="localhost") if self._context else raw


def _some(wire: socket.socket) -> bytes:
    received = wire.recv(65536)
    if not received:
        raise ConnectionError("the server hung up")
    return received


def flow(client: Client, bodies: list[dict[str, Any]]) -> Iterator[None]:
    """A whole login: password, challenge, code. Values of earlier answers are filled in."""
    known: dict[str, Any] = {}
    for body in bodies:
        sent = {name: known.get(name) if value is None else value for name, value in body.items() if name != "path"}
        known |= json.loads(client.send(body["path"], sent))
        yield


def work(plan: dict[str, Any], until: float, counts: list[int], errors: list[str]) -> None:
    """One connection's part."""
    client, done = Client(plan["port"], plan.get("ca_file")), 0
    try:
        while time.monotonic() < until:
            for _ in flow(client, plan["bodies"]):
                done += 1
        counts.append(done)
    except Exception as error:
        errors.append(repr(error))


def main() -> None:
    """Run the plan."""
    plan = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    counts: list[int] = []
    errors: list[str] = []
    until = time.monotonic() + plan["seconds"]
    threads = [threading.Thread(target=work, args=(plan, until, counts, errors)) for _ in range(plan["connections"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        sys.exit(f"{len(errors)} connections failed: {errors[0]}")
    print(sum(counts))


if __name__ == "__main__":
    main()
