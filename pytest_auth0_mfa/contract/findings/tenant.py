"""What can be found about a tenant (``MFA0xx``)."""

from __future__ import annotations

from typing import Final

from pytest_auth0_mfa.spec.operations import DOCS, GUIDE

from .kinds import DRIFT, OBSERVATION, VIOLATION, FindingKind

_API = DOCS + "/api/authentication/multi-factor-authentication"
_MANAGE = DOCS + "/secure/multi-factor-authentication/manage-mfa-auth0-apis/manage-authenticator-factors-mfa-api"

TENANT_FINDINGS: Final = (
    FindingKind(
        "MFA001", VIOLATION, "wrong status",
        "The call was answered with a status that is not documented for this situation. Clients branch on the status, "
        "so a test that passes against this tenant proves nothing. Check whether the tenant makes the check named "
        "beside the expected status, and in the right order.",
        "the entry of the contract named in the finding",
        "wrong status",
    ),
    FindingKind(
        "MFA002", VIOLATION, "wrong media type",
        "Bodies of the Authentication API are application/json. A client that checks the media type before parsing "
        "cannot read this answer.",
        "section 1.1 of the contract",
        "wrong media type",
    ),
    FindingKind(
        "MFA003", VIOLATION, "a field is missing",
        "A documented field is missing from the answer, so a client that reads it fails. Some fields depend on the "
        "request: id_token on the scope openid, refresh_token on offline_access, binding_method on whether a code has "
        "to be typed in.",
        _API,
        "{field} is missing",
    ),
    FindingKind(
        "MFA004", VIOLATION, "a field that does not belong here",
        "The answer has a field that is not documented for this situation: one that belongs to other answers, or that "
        "looks like a secret. An unknown name alone is no finding on a fake, since clients ignore it "
        "(RFC 6749, section 5.1); on a real tenant it is drift (MFA032).",
        _API,
        "{field} does not belong in this answer",
    ),
    FindingKind(
        "MFA005", VIOLATION, "a value of the wrong type",
        "A field has another JSON type than documented. Typed clients refuse the whole answer.",
        _API,
        "{field} has the wrong type",
    ),
    FindingKind(
        "MFA006", VIOLATION, "wrong error",
        "Clients branch on `error`: is the code wrong or the token expired, is the push request pending or rejected? "
        "It must be exactly the documented one.",
        "the entry of the contract named in the finding",
        "wrong {field}",
    ),
    FindingKind(
        "MFA007", VIOLATION, "wrong error_description",
        "SDKs compare this text exactly, to tell refusals with the same `error` apart. OAuth requires only `error`, "
        "but Auth0 always sends both; a missing text is MFA003.",
        "the entry of the contract named in the finding",
        "wrong {field}",
    ),
    FindingKind(
        "MFA008", VIOLATION, "wrong value",
        "A field has another value than is documented for this situation.",
        _API,
        "{field} has the wrong value",
    ),
    FindingKind(
        "MFA009", VIOLATION, "a value that should be new is repeated, or the other way round",
        "Tokens, codes and ids are opaque, but not arbitrary: a new authenticator has a new id and keeps it in later "
        "lists, a used recovery code is replaced by a new one, each challenge has its own oob_code. Here a value is "
        "repeated that should be new, or new although it should be a known one.",
        "sections 3 to 7 of the contract",
    ),
    FindingKind(
        "MFA010", VIOLATION, "an invalid token",
        "The signature of a JWT cannot be verified with the tenant's own keys, or a claim is wrong: issuer, audience, "
        "subject, scope or lifetime. Clients that check tokens refuse it; clients that do not are deceived.",
        DOCS + "/secure/tokens/id-tokens/validate-id-tokens",
        "{field} is an invalid token",
    ),
    FindingKind(
        "MFA011", VIOLATION, "a wrong, missing or extra message",
        "An association or a challenge sends exactly one message, by the requested channel and to the requested "
        "address; no other call sends any. Here the user waits for a code that never comes, or gets one without "
        "asking.",
        GUIDE,
    ),
    FindingKind(
        "MFA012", VIOLATION, "a value that clients cannot use",
        "It has the wrong shape, or tells a time that is not the right one. A code has 4 to 10 digits, a recovery "
        "code 24 capital letters and digits, a TOTP secret is base32, an id is `<type>|dev_...`, a barcode_uri is an "
        "otpauth URI, and `created_at` is the time of the enrollment in UTC.",
        "sections 1.4 and 13.2 of the contract",
        "{field} has a value that clients cannot use",
    ),
    FindingKind(
        "MFA013", VIOLATION, "the body cannot be read",
        "The answer's media type is JSON but its body is not, or there is a body where none is documented.",
        "section 1.1 of the contract",
        "the body cannot be read",
    ),
    FindingKind(
        "MFA014", VIOLATION, "an answer that violates its schema",
        "The answer violates the JSON Schema of this operation and status.",
        "the schema named in the finding",
        "{field} violates the schema",
    ),
    FindingKind(
        "MFA015", VIOLATION, "no answer",
        "The call ended in an exception, a timeout or a closed connection instead of an answer. For a handler of your "
        "own the finding also names the line of your code that raised.",
        _API,
        "no answer",
    ),
    FindingKind(
        "MFA016", VIOLATION, "a server error",
        "The tenant answered 5xx to a call that should succeed or be refused.",
        _API,
        "a server error",
    ),
    FindingKind(
        "MFA017", VIOLATION, "a header is missing, or should not be there",
        "Retry-After on refusals of too many calls, Cache-Control: no-store on tokens and WWW-Authenticate on refused "
        "bearers are expected exactly where the profile says.",
        "section 9 of the contract, entries U-2, U-9 and U-26",
        "the header {field} is missing, or should not be there",
    ),
    FindingKind(
        "MFA018", VIOLATION, "the same steps are answered in different ways",
        "The answer differed from the documented one, but when the same steps were played again with a fresh user it "
        "did not. Something outside the contract decides: chance, load, a cache, another user. Tests against this "
        "tenant fail now and then.",
        "the answers that are named in the finding",
    ),
    FindingKind(
        "MFA021", VIOLATION, "accepted what must be refused",
        "The call succeeded although it must be refused: a wrong, used, expired or foreign code or token, or a "
        "missing scope or parameter. With such a tenant the second factor protects nobody.",
        "the entry of the contract named in the finding",
        "accepted what must be refused",
    ),
    FindingKind(
        "MFA022", VIOLATION, "refused what must be accepted",
        "The call was refused although everything in it is right: users are locked out.",
        "the entry of the contract named in the finding",
        "refused what must be accepted",
    ),
    FindingKind(
        "MFA030", OBSERVATION, "disputed behaviour, measured",
        "Auth0's documentation, SDKs and recordings disagree here. The tenant behaves like one of the documented "
        "alternatives; the finding names the profile field. Save the measured profile and use it, and the fake "
        "behaves the same way.",
        "docs/profile.md, the field named in the finding",
    ),
    FindingKind(
        "MFA031", DRIFT, "the tenant no longer behaves as its profile says",
        "The run was given a measured profile, and the tenant now behaves like another of the documented "
        "alternatives. Its configuration changed, or Auth0 did. Measure again, and check what depends on this "
        "behaviour.",
        "docs/profile.md, the field named in the finding",
    ),
    FindingKind(
        "MFA032", DRIFT, "an undocumented field",
        "A real tenant's answer has a field that no documentation names. It breaks no documented fact, but clients "
        "that forbid unknown fields fail, and our schemas should include it.",
        _MANAGE,
        "{field} is an undocumented field",
    ),
)  # fmt: skip
