"""Another host: where a redirect leads, and a server that nobody was told to trust."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pytest_auth0_mfa.messages import Handler, Request, Response
from pytest_auth0_mfa.tenant.tenant import Tenant

from .asked import Asked, Fault
from .faults import ELSEWHERE
from .leaks import secrets_of
from .recording import Seen, read_body


class Elsewhere:
    """Remembers what is sent to another host, which answers nothing of use."""

    def __init__(self, tenant: Tenant) -> None:
        self.domain = ELSEWHERE
        self.clock = tenant.clock
        self.requests: list[Request] = []

    def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        return Response(404, {"content-type": "text/html"}, b"<html><body>Nothing here.</body></html>")

    def take(self) -> list[Request]:
        """What arrived since the last time."""
        taken, self.requests = self.requests, []
        return taken


@contextmanager
def answered(elsewhere: Elsewhere) -> Iterator[None]:
    """Answer the other host in process."""
    from pytest_auth0_mfa.transports.in_process import in_process

    with in_process(elsewhere, handler=elsewhere):
        yield


def sent_on(asked: Asked, seen: Sequence[Seen], arrived: Sequence[Request]) -> Iterator[Fault]:
    """MFA402 and MFA403: what followed a redirect."""
    if not seen or not arrived:
        return
    last, troubles = seen[-1], {one.trouble for one in seen}
    secrets = secrets_of(asked, seen, {})
    for request in arrived:
        if request.headers.get("authorization"):
            yield Fault("MFA402", "Authorization", "nothing for another host", "the credential", last.operation)
        body = read_body(request).params
        named = next((name for name, value in body.items() if isinstance(value, str) and value in secrets), None)
        if named is not None:
            finding = "MFA402" if "redirect-302" in troubles else "MFA403"
            yield Fault(finding, f"$.{named}", "nothing for another host", "the value", last.operation)


@contextmanager
def requests_heard(hear: Callable[[bool, bool], None]) -> Iterator[None]:
    """Tell, for each request that the library requests sends: does it verify certificates, has it a timeout?"""
    adapters: Any = sys.modules.get("requests.adapters")
    if adapters is None:
        yield
        return
    original = adapters.HTTPAdapter.send

    def send(self: Any, request: Any, *args: Any, **more: Any) -> Any:
        hear(more.get("verify", True) is not False, more.get("timeout") is not None)
        return original(self, request, *args, **more)

    adapters.HTTPAdapter.send = send
    try:
        yield
    finally:
        if adapters.HTTPAdapter.send is send:
            adapters.HTTPAdapter.send = original


@contextmanager
def untrusted(tenant: Tenant, handler: Handler) -> Iterator[None]:
    """Serve the tenant with the certificate of an authority that nobody trusts; it is moved there meanwhile."""
    from pytest_auth0_mfa.transports.certificates import strange_context
    from pytest_auth0_mfa.transports.server import serve

    with serve(tenant, ssl_context=strange_context(), ca_file=tenant.ca_file, handler=handler):
        yield
