"""Raw interactions, secrets included, as a recorder would get them, but made quickly in process."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from helpers.cassette_flows import FLOWS, Person

from pytest_auth0_mfa import Request, Tenant, handler
from pytest_auth0_mfa.cassettes.document import Document, new_meta
from pytest_auth0_mfa.cassettes.interactions import Interaction
from pytest_auth0_mfa.cassettes.placeholders import Placeholders
from pytest_auth0_mfa.cassettes.scrubbing import scrub
from pytest_auth0_mfa.spec.factors import CodeChannel

NOW = 1_700_000_010.0
DOMAIN = "acme-prod.eu.auth0.com"
EMAIL, PASSWORD = "grace.hopper@acme.corp", "Tr0ub4dor-and-3"


@dataclass
class Recording:
    """A client of a fake tenant that keeps all its requests and answers."""

    form: bool = False
    tenant: Tenant = field(default_factory=lambda: Tenant(seed=7, domain=DOMAIN, clock=lambda: NOW))
    raw: list[Interaction] = field(default_factory=list)

    def send(
        self, method: str, path: str, body: dict[str, Any] | None = None, bearer: str | None = None
    ) -> tuple[int, Any]:
        """Send a request, as `cassette_flows.Client` does."""
        as_form = self.form and path == "/oauth/token"
        content = b"" if body is None else (urlencode(body) if as_form else json.dumps(body)).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded" if as_form else "application/json"}
        headers |= {"Authorization": f"Bearer {bearer}"} if bearer else {}
        answer = handler(self.tenant)(Request(method, path, headers, content))
        self.raw.append(
            Interaction(
                method,
                f"https://{self.tenant.domain}{path}",
                {name: [value] for name, value in headers.items()},
                content,
                answer.status,
                "OK" if answer.status < 400 else "Refused",
                {name: [value] for name, value in answer.headers.items()},
                answer.body,
                self.tenant.clock.now(),
            )
        )
        return answer.status, answer.json() if answer.body else None


def flow(name: str, *, form: bool = False, code_lengths: dict[CodeChannel, int] | None = None) -> Recording:
    """The raw recording of a documented flow."""
    recording = Recording(form)
    tenant = recording.tenant
    tenant.code_lengths = code_lengths
    user = tenant.add_user(EMAIL, PASSWORD)
    application = {"client_id": tenant.client_id, "client_secret": tenant.client_secret or ""}
    person = Person(
        recording,
        application,
        EMAIL,
        PASSWORD,
        code=lambda: tenant.outbox.latest(user).code or "",
        approve=lambda: tenant.push.approve(user),
        wait=lambda: tenant.clock.advance(5),
        now=tenant.clock.now,
    )
    FLOWS[name](person)
    return recording


class _Forgetful(Placeholders):
    """Placeholders with a fault: one kind of secret is left as it is."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self._kind = kind

    def domain(self, *names: str) -> None:
        if self._kind != "host":
            super().domain(*names)

    def custom(self, kind: str, raw: str, make: Callable[[int], str], number: int | None = None) -> str:
        return raw if kind == self._kind else super().custom(kind, raw, make, number)

    def wrong(self, kind: str, raw: str) -> str:
        return raw if kind == self._kind else super().wrong(kind, raw)


def placeholders_for(recording: Recording, forgotten: str = "") -> Placeholders:
    """The placeholders that a recorder would know from the environment."""
    placeholders = _Forgetful(forgotten) if forgotten else Placeholders()
    placeholders.domain(recording.tenant.domain)
    placeholders.put("client_id", recording.tenant.client_id, 1)
    placeholders.put("client_secret", recording.tenant.client_secret or "", 1)
    placeholders.put("email", EMAIL, 1)
    placeholders.put("password", PASSWORD, 1)
    return placeholders


def scrubbed(recording: Recording) -> Document:
    """The scrubbed cassette of a recording."""
    placeholders = placeholders_for(recording)
    written = scrub(recording.raw, placeholders)
    return Document(
        new_meta(NOW, totp_secrets=sorted(placeholders.totp_secrets.values()), counts=placeholders.counts), written
    )


def changed(one: Interaction, change: Callable[[dict[str, Any]], None]) -> bytes:
    """The request's JSON body after ``change``."""
    body = json.loads(one.request_body)
    change(body)
    return json.dumps(body).encode()
