"""What to tell a client that does not trust the server's certificate, in the words of its library."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Protocol

from .attempts import attempts

_CONTEXT = "ssl.create_default_context(cafile=auth0_mfa_server.ca_file)"
_HOW = {
    "requests": "verify=auth0_mfa_server.ca_file",
    "httpx": f"verify={_CONTEXT}",
    "httpx2": f"verify={_CONTEXT}",
    "aiohttp": f"ssl={_CONTEXT}",
    "urllib3": "PoolManager(ca_certs=auth0_mfa_server.ca_file)",
    "urllib": f"context={_CONTEXT}",
    "ssl": f"context={_CONTEXT}",
}
"""By the package of the exception."""


class Served(Protocol):
    """What is looked at of a tenant."""

    domain: str
    ca_file: str | None


def trust_advice(error: BaseException, tenant: Served) -> str | None:
    """How to trust this tenant's server, if this is the error of a client that does not; else None."""
    if tenant.ca_file is None:
        return None
    causes = list(chain(error))
    if not any("CERTIFICATE_VERIFY_FAILED" in str(cause) for cause in causes):
        return None
    named = " ".join(_named(causes))
    host, _, port = tenant.domain.partition(":")
    ours = tenant.domain in named or (f"host='{host}'" in named and f"port={port}" in named)
    if not ours and "host" in named:
        return None  # another host's certificate
    packages = (type(cause).__module__.partition(".")[0] for cause in causes)
    how = next((_HOW[package] for package in packages if package in _HOW), _HOW["ssl"])
    if ours or any(attempt.kind == "certificate" for attempt in attempts(tenant)):
        return f"the client does not trust the certificate of the server: give it {how}."
    return f"if this was a call to the server, the client does not trust its certificate: give it {how}."


def chain(error: BaseException) -> Iterator[BaseException]:
    """The error, and what led to it, outermost first."""
    seen: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in seen:
        seen.append(following)
        yield following
        following = following.__cause__ or following.__context__


def _named(causes: list[BaseException]) -> Iterator[str]:
    """What the errors say, and the URLs that they carry: ``host ...`` where one says which host it was."""
    for cause in causes:
        yield str(cause)
        with contextlib.suppress(AttributeError, RuntimeError):  # httpx raises where there is none
            yield f"host of {cause.request.url}"  # type: ignore[attr-defined]
