"""What is held against each request of a client: one table, first fault first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_auth0_mfa.contract.client.asked import Fault

from . import shape, values
from .request import Check, Context

CHECKS: Final[tuple[tuple[str, Check], ...]] = (
    ("MFA122", shape.secret_in_url),
    ("MFA101", shape.path),
    ("MFA102", shape.method),
    ("MFA103", shape.content_type),
    ("MFA104", shape.unlabelled_challenge),
    ("MFA105", shape.unreadable),
    ("MFA109", shape.grant_type),
    ("MFA107", shape.misnamed),
    ("MFA113", values.bearer_missing),
    ("MFA112", values.foreign_token),
    ("MFA114", values.bearer_changed),
    ("MFA110", values.code_changed),
    ("MFA108", shape.types),
    ("MFA111", values.token_changed),
    ("MFA128", values.ungiven),
    ("MFA115", values.factor),
    ("MFA116", values.address),
    ("MFA117", values.authenticator),
    ("MFA118", values.challenge_type),
    ("MFA119", values.binding_code),
    ("MFA120", values.path_id),
    ("MFA121", values.client),
    ("MFA125", values.login),
    ("MFA132", values.passwordless),
    ("MFA106", shape.missing),
    ("MFA126", shape.schema),
)
"""Finding and check, in the order in which a reader wants to know."""


def faults_of(context: Context) -> Iterator[Fault]:
    """Everything that is wrong with one request, most telling first."""
    for finding, check in CHECKS:
        for where, expected, got in check(context):
            yield Fault(finding, where, expected, got, context.seen.operation)
