"""What can be found about a tenant (``MFA0xx``)."""

from __future__ import annotations

from typing import Final

from pytest_auth0_mfa.spec.operations import DOCS, GUIDE

from .kinds import DRIFT, OBSERVATION, VIOLATION, FindingKind

_API = DOCS + "/api/authentication/multi-factor-authentication"
_MANAGE = DOCS + "/secure/multi-factor-authentication/manage-mfa-auth0-apis/manage-authenticator-factors-mfa-api"

TENANT_FINDINGS: Final = (
    FindingKind(
        "MFA001", VIOLATION, "another status",
        "The call was answered with a status that the documented behaviour does not have in this state. Clients "
        "branch on the status, so a test against this tenant proves nothing. Compare the case that is named "
        "beside the expected status with what the tenant checks, and in which order.",
        "the matrix of the contract, row named in the finding",
        "the status is another one",
    ),
    FindingKind(
        "MFA002", VIOLATION, "another media type",
        "Bodies of the Authentication API are application/json. A client that looks at the media type before it "
        "parses does not read this answer.",
        "section 1.1 of the contract",
        "the media type is another one",
    ),
    FindingKind(
        "MFA003", VIOLATION, "a field is missing",
        "A documented field is not in the answer. A client that reads it fails. Fields that depend on the request "
        "(id_token on openid, refresh_token on offline_access, binding_method when a code is to be typed in) "
        "must be there exactly when they are due.",
        _API,
        "{field} is missing",
    ),
    FindingKind(
        "MFA004", VIOLATION, "a field that is not documented here",
        "The answer has a field that the documented one does not have in this state: one that other answers have, or "
        "that looks like a secret. A name that no document knows does no harm on a fake, since clients ignore it "
        "(RFC 6749, section 5.1); on a real tenant it is drift (MFA032).",
        _API,
        "{field} is not documented here",
    ),
    FindingKind(
        "MFA005", VIOLATION, "a value of another type",
        "A field holds another JSON type than documented. Typed clients refuse the whole answer.",
        _API,
        "{field} has another type",
    ),
    FindingKind(
        "MFA006", VIOLATION, "another error",
        "`error` is what clients branch on: wrong code or dead token, pending or rejected. It must be the "
        "documented one to the letter.",
        "the matrix of the contract, row named in the finding",
        "{field} is another one",
    ),
    FindingKind(
        "MFA007", VIOLATION, "another error_description",
        "SDKs compare this text to the letter to tell cases with the same `error` apart. OAuth requires `error` alone; "
        "Auth0 sends both, so a text that is missing is MFA003.",
        "the matrix of the contract, row named in the finding",
        "{field} is another one",
    ),
    FindingKind(
        "MFA008", VIOLATION, "another value",
        "A field holds another value than the documented behaviour gives in this state.",
        _API,
        "{field} has another value",
    ),
    FindingKind(
        "MFA009", VIOLATION, "a value that should be new is known, or the other way round",
        "Tokens, codes and ids are opaque, but not arbitrary: a new authenticator has a new id, a listed one keeps "
        "it, a used recovery code is replaced by another, a challenge has an oob_code of its own. Here a value is "
        "repeated where a new one is due, or new where a known one is due.",
        "sections 3 to 7 of the contract",
    ),
    FindingKind(
        "MFA010", VIOLATION, "a token does not hold",
        "The signature of a JWT does not verify with the tenant's own keys, or a claim differs: issuer, audience, "
        "subject, scope or lifetime. Clients that check tokens refuse it; clients that do not are fooled.",
        DOCS + "/secure/tokens/id-tokens/validate-id-tokens",
        "{field} is a token that does not hold",
    ),
    FindingKind(
        "MFA011", VIOLATION, "another message was sent",
        "An association or a challenge sends exactly one message, by the channel and to the address asked for; "
        "nothing else sends any. The user waits for a code that never comes, or gets one nobody asked for.",
        GUIDE,
    ),
    FindingKind(
        "MFA012", VIOLATION, "a value of another shape",
        "The value is not what clients can use: a code is 4 to 10 digits, a recovery code 24 capital letters and "
        "digits, a TOTP secret base32, an id `<kind>|dev_...`, a barcode_uri an otpauth URI.",
        "section 1.4 of the contract",
        "{field} has another shape",
    ),
    FindingKind(
        "MFA013", VIOLATION, "the body cannot be read",
        "The answer promises JSON and is none, or has a body where none is documented.",
        "section 1.1 of the contract",
        "the body cannot be read",
    ),
    FindingKind(
        "MFA014", VIOLATION, "an answer outside its schema",
        "The answer breaks the JSON Schema of this operation and status.",
        "the schema named in the finding",
        "{field} is outside the schema",
    ),
    FindingKind(
        "MFA015", VIOLATION, "no answer",
        "The call ended in an exception, a timeout or a closed connection instead of an answer. For a handler of your "
        "own the line of your code that raised stands beside the exception.",
        _API,
        "no answer",
    ),
    FindingKind(
        "MFA016", VIOLATION, "a server error",
        "The tenant answered 5xx to a call that is documented to succeed or to be refused.",
        _API,
        "a server error",
    ),
    FindingKind(
        "MFA017", VIOLATION, "a header is missing, or is there unasked",
        "Retry-After on refusals of too many calls, Cache-Control: no-store on tokens and WWW-Authenticate on "
        "refused bearers come exactly where the profile says.",
        "section 9 of the contract, rows U-2, U-9 and U-26",
        "the header {field} is missing, or is there unasked",
    ),
    FindingKind(
        "MFA018", VIOLATION, "the same steps are answered differently from time to time",
        "The answer differed from the documented one, and when the very same steps were played again with a fresh user "
        "it did not. Something that is no part of the contract decides: chance, load, a cache, another user. Tests "
        "against this tenant fail now and then.",
        "the answers that are named in the finding",
    ),
    FindingKind(
        "MFA021", VIOLATION, "accepted what must be refused",
        "The call succeeded although it must be refused: a wrong, used, expired or foreign code or token, a "
        "missing scope or parameter. This is how a second factor stops being one.",
        "the matrix of the contract, row named in the finding",
        "accepted what must be refused",
    ),
    FindingKind(
        "MFA022", VIOLATION, "refused what must be accepted",
        "The call was refused although everything in it is right: users are locked out.",
        "the matrix of the contract, row named in the finding",
        "refused what must be accepted",
    ),
    FindingKind(
        "MFA030", OBSERVATION, "disputed behaviour, measured",
        "Auth0's documentation, SDKs and recordings disagree here. The tenant behaves like one of the documented "
        "alternatives; the field of the profile that says which is named. Save the measured profile and load it, "
        "and the fake behaves likewise.",
        "docs/profile.md, the field named in the finding",
    ),
    FindingKind(
        "MFA031", DRIFT, "the tenant no longer behaves as its profile says",
        "A profile was measured and given, and the tenant now takes another of the documented alternatives. Its "
        "configuration changed, or Auth0 did. Measure anew and look at what depends on it.",
        "docs/profile.md, the field named in the finding",
    ),
    FindingKind(
        "MFA032", DRIFT, "the tenant answers a field nobody knows",
        "A real tenant's answer has a field that no documentation names. It breaks no documented fact, but clients "
        "that forbid unknown fields fail, and our schemas should learn of it.",
        _MANAGE,
        "{field} is a field nobody knows",
    ),
)  # fmt: skip
