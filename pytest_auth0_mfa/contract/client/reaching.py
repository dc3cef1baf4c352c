"""Finds out why a client did not reach the tenant, and what it sent to other hosts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

from pytest_auth0_mfa.messages import Handler, Request, Response
from pytest_auth0_mfa.spec.operations import OPERATIONS
from pytest_auth0_mfa.tenant.tenant import Tenant
from pytest_auth0_mfa.transports.attempts import Attempt

from .asked import Asked, Flaw
from .calling import CallOutcome
from .leaks import secrets_of
from .listening import Sent
from .recording import IGNORED, Seen, read_body
from .troubles import ELSEWHERE


class Elsewhere:
    """Another host, for redirects: it records requests and answers 404."""

    def __init__(self, tenant: Tenant) -> None:
        self.domain = ELSEWHERE
        self.ca_file: str | None = None
        self.control_token: str | None = None
        self.clock = tenant.clock
        self.requests: list[Request] = []

    def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        return Response(404, {"content-type": "text/html"}, b"<html><body>Nothing here.</body></html>")

    def take(self) -> list[Request]:
        """The requests that arrived since the last time."""
        taken, self.requests = self.requests, []
        return taken


@contextmanager
def answered(elsewhere: Elsewhere, *, served: bool = False) -> Iterator[None]:
    """Answer the other host in process or, with ``served``, by a server on another address and port."""
    if served:
        from pytest_auth0_mfa.transports.server import Server

        with Server(listen_address=("127.0.0.1", 0)) as server, server.serving(elsewhere, elsewhere):
            elsewhere.domain = f"127.0.0.1:{server.port}"
            yield
        return
    from pytest_auth0_mfa.transports.in_process import in_process

    with in_process(elsewhere, handler=elsewhere):
        yield


def sent_on(asked: Asked, seen: Sequence[Seen], arrived: Sequence[Request]) -> Iterator[Flaw]:
    """MFA402, MFA403: no credential and no secret in a body follows a redirect to another host."""
    if not seen or not arrived:
        return
    last, troubles = seen[-1], {request.trouble for request in seen}
    secrets = secrets_of(asked, seen, {})
    for request in arrived:
        if request.headers.get("authorization"):
            yield Flaw("MFA402", "Authorization", "nothing for another host", "the credential", last.operation)
        body = read_body(request).params
        named = next((name for name, value in body.items() if isinstance(value, str) and value in secrets), None)
        if named is not None:
            finding = "MFA402" if "redirect-302" in troubles else "MFA403"
            yield Flaw(finding, f"$.{named}", "nothing for another host", "the value", last.operation)


@contextmanager
def untrusted(tenant: Tenant, handler: Handler) -> Iterator[None]:
    """Serve the tenant with a certificate of an untrusted authority, at a new domain, until the block ends."""
    from pytest_auth0_mfa.transports.certificates import strange_context
    from pytest_auth0_mfa.transports.server import serve

    with serve(tenant, ssl_context=strange_context(), ca_file=tenant.ca_file, handler=handler):
        yield


_DEPTH = 12
_HOST = re.compile(r"host='?([\w.-]+)'?(?:, port=(\d+))?|https?://([\w.-]+)(?::(\d+))?")
_CERTIFICATE = re.compile(
    r"certificate|self.signed|CERT_|SSLError|SSLCert|unable to get (local )?issuer|tls handshake|x509", re.IGNORECASE
)
_PLAIN_HTTP = re.compile(r"this port speaks HTTPS|http request|WRONG_VERSION_NUMBER|UNKNOWN_PROTOCOL", re.IGNORECASE)
_IN_PROCESS = re.compile(r"answers it in this process only")
_FOREIGN_HOST = re.compile(r"\b421\b|Misdirected|answers for https", re.IGNORECASE)
_CONNECTION = re.compile(
    r"Connect(ion|or|Timeout)?(Refused|Reset|Aborted)?(DNS)?Error|ConnectTimeout|NewConnection|NameResolution|gaierror"
    r"|MaxRetry|ECONN|ENOTFOUND|EAI_AGAIN|getaddrinfo|[Nn]ame or service|fetch failed|socket|refused|unreachable"
    r"|[Cc]ould not connect|[Ff]ailed to (connect|resolve|establish)|TransportError|URLError|OSError"
)

_TRUST: Final = {
    "requests": "Let requests read REQUESTS_CA_BUNDLE (session.trust_env is True), or pass verify=tenant.ca_file.",
    "httpx": "Make the client of httpx once tenant.env is set, or with "
    "verify=ssl.create_default_context(cafile=tenant.ca_file).",
    "aiohttp": "Give aiohttp ssl=ssl.create_default_context(cafile=tenant.ca_file), made for this tenant.",
    "urllib3": "Give the pool manager ca_certs=tenant.ca_file.",
    "http.client": "Give urllib or http.client context=ssl.create_default_context(cafile=tenant.ca_file).",
    "": "Trust tenant.ca_file: cafile= or verify= in Python, NODE_EXTRA_CA_CERTS for Node when its process starts, "
    "SSL_CERT_FILE or CURL_CA_BUNDLE elsewhere; all of them are in tenant.env.",
}
"""Library -> how to make it trust the tenant's certificate."""
_SERVED: Final = 'Set reach = "server" in the contract class.'
_PATHS: Final = tuple(row.path.partition("{")[0] for row in OPERATIONS.values() if row.id not in IGNORED)


@dataclass(frozen=True, slots=True)
class Unreached:
    """Why no request arrived."""

    what: str
    """The reason in a word, for the headline: ``certificate``, ``host``, ``plain HTTP``, ``library``,
    ``connection``."""
    cause: str
    remedy: str


def unreached(
    outcome: CallOutcome, tenant: Tenant, tried: Sequence[Attempt] = (), sent: Sequence[Sent] = ()
) -> Unreached | None:
    """Why no request of a call arrived, judged by failed attempts, intercepted requests and the exception.

    None if the client seems to have made no request.
    """
    raised = outcome.stray or outcome.error
    sent = [request for request in sent if any(path in request.path for path in _PATHS)]  # of this API
    if raised is None and not tried and not sent:
        return None
    chain = [] if raised is None else list(_chain(raised))
    libraries = [name for error in chain for name in _TRUST if name and _module(error).startswith(name)]
    libraries += [request.library for request in sent if request.library in _TRUST]
    trust = _TRUST[libraries[0] if libraries else ""]
    why = _by_attempt(tried[-1], chain, tenant, trust) if tried else _by_exception(chain, sent, tenant, trust)
    if why is None:
        return None
    if raised is None:
        return replace(why, cause=f"{why.cause}; the client reported a success all the same")
    if tried:
        return why
    return replace(
        why,
        cause=f"{why.cause}; the client's exception is {' from '.join(type(error).__name__ for error in chain[:3])}",
    )


def _by_attempt(last: Attempt, chain: Sequence[BaseException], tenant: Tenant, trust: str) -> Unreached:
    text = " ".join(_told(error) for error in chain)
    https = f"Use https://: the tenant is at {tenant.url}."
    if last.kind in ("resolve", "connect", "tls", "plain-http") and _speaks_http(text, tenant):
        return Unreached("plain HTTP", "it speaks plain HTTP", https)
    if last.kind == "handshake" and _CERTIFICATE.search(text):
        return Unreached("certificate", _UNTRUSTED, trust)
    if last.kind in ("certificate", "handshake"):
        return Unreached("certificate", str(last), trust)
    if last.kind == "plain-http":
        return Unreached("plain HTTP", str(last), https)
    if last.kind in ("resolve", "connect", "tls"):
        return Unreached("library", str(last), _SERVED)
    return Unreached("host", str(last), _use(tenant))


_UNTRUSTED: Final = "it does not trust the tenant's certificate"


def _by_exception(chain: Sequence[BaseException], sent: Sequence[Sent], tenant: Tenant, trust: str) -> Unreached | None:
    text = " ".join(_told(error) for error in chain)
    if _IN_PROCESS.search(text) and not _speaks_http(text, tenant):
        stopped = next((str(error) for error in chain if _IN_PROCESS.search(str(error))), "")
        return Unreached("library", stopped or "its library is not answered in process", _SERVED)
    plainly = any(request.scheme == "http" and _same_host(request.host, tenant) for request in sent[-1:])
    if _PLAIN_HTTP.search(text) or _speaks_http(text, tenant) or plainly:
        return Unreached("plain HTTP", "it speaks plain HTTP", f"Use https://: the tenant is at {tenant.url}.")
    if _CERTIFICATE.search(text):
        return Unreached("certificate", _UNTRUSTED, trust)
    if _FOREIGN_HOST.search(text):
        return Unreached("host", "it names another host in its Host header", _use(tenant))
    if not _CONNECTION.search(text) and not sent:
        return None
    named = _other_host(text, tenant)
    if not named and sent and sent[-1].host != tenant.domain:
        named = f"{sent[-1].host} instead of {tenant.domain}"
    if named:
        return Unreached("host", f"it called {named}", _use(tenant))
    return Unreached("connection", "its connection was not made", _use(tenant))


def _same_host(host: str, tenant: Tenant) -> bool:
    return host.partition(":")[0] == tenant.domain.partition(":")[0]


def _use(tenant: Tenant) -> str:
    return (
        f"Call https://{tenant.domain}: make the client with tenant.domain, port included, and with no host of its own."
    )


def _chain(raised: BaseException) -> Iterator[BaseException]:
    """The exception, its causes and contexts, and exceptions in its arguments (as requests nests them)."""
    seen: list[BaseException] = []
    waiting: list[BaseException] = [raised]
    while waiting and len(seen) < _DEPTH:
        error = waiting.pop(0)
        if any(error is known for known in seen):
            continue
        seen.append(error)
        inside = [error.__cause__, error.__context__, getattr(error, "reason", None), *error.args]
        waiting += [found for found in inside if isinstance(found, BaseException)]
    yield from seen


def _told(error: BaseException) -> str:
    return f"{type(error).__name__} {error} {getattr(error, 'description', '') or ''}"


def _module(error: BaseException) -> str:
    return type(error).__module__


def _hosts(text: str) -> Iterator[tuple[str, str]]:
    for match in _HOST.finditer(text):
        yield (match[1] or match[3]).lower(), match[2] or match[4] or ""


def _other_host(text: str, tenant: Tenant) -> str:
    own, _, port = tenant.domain.partition(":")
    for host, named in _hosts(text):
        if host != own or (named or "443") != (port or "443"):
            return f"{host}{f':{named}' if named else ''} instead of {tenant.domain}"
    return ""


def _speaks_http(text: str, tenant: Tenant) -> bool:
    own, _, port = tenant.domain.partition(":")
    plain = "HTTPConnectionPool" in text or "http://" in text
    return plain and any(host == own and named in ("80", "", port or "80") for host, named in _hosts(text))
