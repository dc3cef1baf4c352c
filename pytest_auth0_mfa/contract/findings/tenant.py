"""What a contract run can find: stable ids, levels, explanations.

Ids are never reused. ``MFA0xx`` are about tenants; ``MFA1xx`` (what a client sends), ``MFA2xx``
(what it concludes) and ``MFA3xx`` (how it takes faults) are about clients.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from pytest_auth0_mfa.errors import ContractViolation, UnknownOperationError, closest
from pytest_auth0_mfa.report.text import printable
from pytest_auth0_mfa.spec.operations import DOCS, GUIDE

VIOLATION = "violation"
"""A documented fact is broken: fails the run."""
DRIFT = "drift"
"""The tenant differs from the profile that was measured, or answers what nobody documented."""
OBSERVATION = "observation"
"""Disputed behaviour, measured: never fails."""
LEVELS = (VIOLATION, DRIFT, OBSERVATION)


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of finding. ``source`` is a page of Auth0's documentation, or rows of the contract."""

    id: str
    level: str
    title: str
    text: str
    """What it means, why it matters and what to do."""
    source: str

    def __post_init__(self) -> None:
        assert self.level in LEVELS, self.level


FINDINGS: dict[str, Finding] = {}
"""All kinds by id."""


def register(findings: Iterable[Finding]) -> None:
    """Add kinds of findings. Raises ValueError when an id is taken by another one."""
    for finding in findings:
        if FINDINGS.get(finding.id, finding) != finding:
            raise ValueError(
                f"{finding.id} is taken by {FINDINGS[finding.id].title!r}: ids of findings are never reused"
            )
        FINDINGS[finding.id] = finding


def explain(finding_id: str) -> str:
    """The explanation of a finding. Raises UnknownOperationError (a LookupError) naming the closest id."""
    load_all()
    found = FINDINGS.get(finding_id.strip().upper())
    if found is None:
        raise UnknownOperationError(f"no such finding: {finding_id!r}. {closest(finding_id.upper(), FINDINGS)}")
    return f"{found.id} ({found.level}): {found.title}\n\n{found.text}\n\nSource: {found.source}\n"


def load_all() -> None:
    """Register the client contract's findings too; they live beside their checks."""
    if find_spec(f"{__package__}.client") is not None:
        import_module(f"{__package__}.client")  # registers on import


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference between what was expected and what came. Values are shown, so never secrets."""

    finding: str
    field: str
    """Where: ``status``, ``Content-Type``, ``$.error``, ``$[0].active`` ..."""
    expected: str
    got: str


def violation(
    difference: Difference,
    *,
    operation: str,
    source: str,
    reproducer: str = "",
    where: str = "",
    evidence: object = None,
) -> ContractViolation:
    """The exception for a difference; its message is all that a reader needs, ``evidence`` is for reports."""
    kind = FINDINGS[difference.finding]
    lines = [
        f"{kind.id} {kind.title}",
        f"  operation: {operation}{f' ({where})' if where else ''}",
        f"  field:     {difference.field}",
        f"  expected:  {difference.expected}",
        f"  got:       {difference.got}",
        f"  source:    {source}",
        f"  more:      auth0-mfa explain {kind.id}",
    ]
    if reproducer:
        lines += ["", reproducer]
    message = printable("\n".join(lines))  # it quotes the tenant
    return ContractViolation(message, finding=kind.id, operation=operation, source=source, evidence=evidence)


_API = DOCS + "/api/authentication/multi-factor-authentication"
_MANAGE = DOCS + "/secure/multi-factor-authentication/manage-mfa-auth0-apis/manage-authenticator-factors-mfa-api"

register(
    (
        Finding(
            "MFA001", VIOLATION, "another status",
            "The call was answered with a status that the documented behaviour does not have in this state. Clients "
            "branch on the status, so a test against this tenant proves nothing. Compare the case that is named "
            "beside the expected status with what the tenant checks, and in which order.",
            "the matrix of the contract, row named in the finding",
        ),
        Finding(
            "MFA002", VIOLATION, "another media type",
            "Bodies of the Authentication API are application/json. A client that looks at the media type before it "
            "parses does not read this answer.",
            "section 1.1 of the contract",
        ),
        Finding(
            "MFA003", VIOLATION, "a field is missing",
            "A documented field is not in the answer. A client that reads it fails. Fields that depend on the request "
            "(id_token on openid, refresh_token on offline_access, binding_method when a code is to be typed in) "
            "must be there exactly when they are due.",
            _API,
        ),
        Finding(
            "MFA004", VIOLATION, "a field that is not documented here",
            "The answer has a field that the documented one does not have in this state. On a real tenant an unknown "
            "field is drift; on a fake it is a mistake, since clients would learn to rely on it.",
            _API,
        ),
        Finding(
            "MFA005", VIOLATION, "a value of another type",
            "A field holds another JSON type than documented. Typed clients refuse the whole answer.",
            _API,
        ),
        Finding(
            "MFA006", VIOLATION, "another error",
            "`error` is what clients branch on: wrong code or dead token, pending or rejected. It must be the "
            "documented one to the letter.",
            "the matrix of the contract, row named in the finding",
        ),
        Finding(
            "MFA007", VIOLATION, "another error_description",
            "SDKs compare this text to the letter to tell cases with the same `error` apart.",
            "the matrix of the contract, row named in the finding",
        ),
        Finding(
            "MFA008", VIOLATION, "another value",
            "A field holds another value than the documented behaviour gives in this state.",
            _API,
        ),
        Finding(
            "MFA009", VIOLATION, "a value that should be new is known, or the other way round",
            "Tokens, codes and ids are opaque, but not arbitrary: a new authenticator has a new id, a listed one keeps "
            "it, a used recovery code is replaced by another, a challenge has an oob_code of its own. Here a value is "
            "repeated where a new one is due, or new where a known one is due.",
            "sections 3 to 7 of the contract",
        ),
        Finding(
            "MFA010", VIOLATION, "a token does not hold",
            "The signature of a JWT does not verify with the tenant's own keys, or a claim differs: issuer, audience, "
            "subject, scope or lifetime. Clients that check tokens refuse it; clients that do not are fooled.",
            DOCS + "/secure/tokens/id-tokens/validate-id-tokens",
        ),
        Finding(
            "MFA011", VIOLATION, "another message was sent",
            "An association or a challenge sends exactly one message, by the channel and to the address asked for; "
            "nothing else sends any. The user waits for a code that never comes, or gets one nobody asked for.",
            GUIDE,
        ),
        Finding(
            "MFA012", VIOLATION, "a value of another shape",
            "The value is not what clients can use: a code is six digits, a recovery code 24 capital letters and "
            "digits, a TOTP secret base32, an id `<kind>|dev_...`, a barcode_uri an otpauth URI.",
            "section 1.4 of the contract",
        ),
        Finding(
            "MFA013", VIOLATION, "the body cannot be read",
            "The answer promises JSON and is none, or has a body where none is documented.",
            "section 1.1 of the contract",
        ),
        Finding(
            "MFA014", VIOLATION, "an answer outside its schema",
            "The answer breaks the JSON Schema of this operation and status.",
            "the schema named in the finding",
        ),
        Finding(
            "MFA015", VIOLATION, "no answer",
            "The call ended in an exception, a timeout or a closed connection instead of an answer.",
            _API,
        ),
        Finding(
            "MFA016", VIOLATION, "a server error",
            "The tenant answered 5xx to a call that is documented to succeed or to be refused.",
            _API,
        ),
        Finding(
            "MFA017", VIOLATION, "a header is missing, or is there unasked",
            "Retry-After on refusals of too many calls, Cache-Control: no-store on tokens and WWW-Authenticate on "
            "refused bearers come exactly where the profile says.",
            "section 9 of the contract, rows U-2, U-9 and U-26",
        ),
        Finding(
            "MFA021", VIOLATION, "accepted what must be refused",
            "The call succeeded although it must be refused: a wrong, used, expired or foreign code or token, a "
            "missing scope or parameter. This is how a second factor stops being one.",
            "the matrix of the contract, row named in the finding",
        ),
        Finding(
            "MFA022", VIOLATION, "refused what must be accepted",
            "The call was refused although everything in it is right: users are locked out.",
            "the matrix of the contract, row named in the finding",
        ),
        Finding(
            "MFA030", OBSERVATION, "disputed behaviour, measured",
            "Auth0's documentation, SDKs and recordings disagree here. The tenant behaves like one of the documented "
            "alternatives; the field of the profile that says which is named. Save the measured profile and load it, "
            "and the fake behaves likewise.",
            "docs/profile.md, the field named in the finding",
        ),
        Finding(
            "MFA031", DRIFT, "the tenant no longer behaves as its profile says",
            "A profile was measured and given, and the tenant now takes another of the documented alternatives. Its "
            "configuration changed, or Auth0 did. Measure anew and look at what depends on it.",
            "docs/profile.md, the field named in the finding",
        ),
        Finding(
            "MFA032", DRIFT, "the tenant answers a field nobody knows",
            "A real tenant's answer has a field that no documentation names. It breaks no documented fact, but clients "
            "that forbid unknown fields fail, and our schemas should learn of it.",
            _MANAGE,
        ),
    )
)  # fmt: skip
