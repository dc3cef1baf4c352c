"""What can be found about a client: requests (``MFA1xx``), conclusions (``MFA2xx``), resilience (``MFA3xx``), leaks (``MFA4xx``)."""

from __future__ import annotations

from typing import Final

from pytest_auth0_mfa.spec.operations import DOCS, GUIDE

from .kinds import OBSERVATION, VIOLATION, FindingKind

_API = DOCS + "/api/authentication/multi-factor-authentication"
_ADD, _CHALLENGE = _API + "/add-an-authenticator", _API + "/request-mfa-challenge"
_OOB, _LIST = _API + "/verify-with-out-of-band", _API + "/list-authenticators"
_RECOVERY = _API + "/verify-with-recovery-code"
_PUSH = GUIDE + "/enroll-and-challenge-push-authenticators"
_MANAGE = DOCS + "/secure/multi-factor-authentication/manage-mfa-auth0-apis/manage-authenticator-factors-mfa-api"
_ROPG = DOCS + "/api/authentication/resource-owner-password-flow/get-token"
_RATE = DOCS + "/troubleshoot/customer-support/operational-policies/rate-limit-policy"
_OAUTH = "RFC 6749, section "
_PAGE, _PROOF = DOCS + "/manage-users/my-account-api", "RFC 9449, section "

# id, title, what it means and why it matters, what to do, source
_REQUESTS = (
    ("MFA101", "wrong path", "The API does not have the path of this request: a doubled slash (a base URL that ends in one), a slash at the end, or a misspelling. Auth0 answers 404.", "Send exactly the documented path; join base URL and path with a single slash.", _API),
    ("MFA102", "wrong method", "The path is right, the HTTP method is not.", "Send the documented method.", _API),
    ("MFA103", "Content-Type and body do not match", "The server reads the body as its Content-Type says. A JSON body that is labelled as a form has no parameters, and /mfa/associate takes only JSON, since its parameters are lists.", "Send Content-Type: application/json with JSON, application/x-www-form-urlencoded with a form; JSON alone to /mfa/associate and below /me/.", _ADD),
    ("MFA105", "a body that cannot be read", "The body is neither a JSON object nor a form.", "Encode the parameters as one JSON object, or as a form where forms are documented.", _API),
    ("MFA106", "a required parameter is missing", "The operation cannot be performed without it; Auth0 answers 400 or 401.", "Send the parameter under its documented name, in the body.", _API),
    ("MFA107", "a misnamed parameter", "A parameter has a name that the API does not know, so the documented parameter is missing. (A guide's table says authentication_types and the answer says oob_channel, but the request takes authenticator_types and oob_channels.)", "Rename the parameter.", _ADD),
    ("MFA108", "a parameter of the wrong type", "authenticator_types and oob_channels are non-empty lists of strings; all other parameters are strings.", "Send the documented JSON type; a list even for a single value.", _ADD),
    ("MFA109", "wrong grant_type", "The grants of the MFA API and of passwordless logins are URLs: http://auth0.com/oauth/grant-type/mfa-otp, mfa-oob, mfa-recovery-code and passwordless/otp. Each takes the code in a different parameter.", "Send exactly the grant_type of the operation, with http and not https.", _API),
    ("MFA110", "a code was changed", "One-time codes and recovery codes are strings: leading zeros count, and so does the case of a recovery code. A client that turns codes into numbers locks out one user in ten.", "Pass the code on as the string the caller gave.", _OOB),
    ("MFA111", "not the caller's token, oob_code or auth_session", "The body carries a token, oob_code or auth_session that is not the one the caller passed for this call. The server checks the wrong login or enrollment.", "Send the value that the caller passed, unchanged; keep none of an earlier call.", _API),
    ("MFA112", "a token of another user", "The request carries a token that belongs to another user of the same client. This signs people in as somebody else.", "Keep tokens per user and flow, never on the client or in a module.", _API),
    ("MFA113", "the bearer token is missing", "/mfa/associate, /mfa/authenticators and everything below /me/ take the token in the header Authorization, and nowhere else.", "Send Authorization: Bearer <token>.", _ADD),
    ("MFA114", "not the caller's bearer token", "The header Authorization carries a token that is not the one the caller passed for this call.", "Send the token that the caller passed, unchanged.", _ADD),
    ("MFA115", "not the caller's factor", "authenticator_types and oob_channels do not name the factor that is to be enrolled. Documented are [\"otp\"], and [\"oob\"] with [\"sms\"], [\"voice\"], [\"email\"], or [\"auth0\"] for push. At /me/ it is type, and for a phone preferred_authentication_method.", "Map each factor to its documented pair.", _ADD),
    ("MFA116", "the address of the channel is missing or changed", "sms, voice and the phones of /me/ need phone_number, email needs email, as the caller gave them.", "Send phone_number (E.164, with its plus sign) or email.", _ADD),
    ("MFA117", "not the caller's authenticator", "The challenge is not for the authenticator that the caller named: the code goes to another device or address.", "Send authenticator_id as the caller gave it; leave it out only when the caller named none.", _CHALLENGE),
    ("MFA118", "not the caller's challenge type", "challenge_type is not the one the caller named, or not that of the named authenticator: otp for totp|..., oob for the others.", "Send the caller's challenge_type; without one, leave it out or derive it from the authenticator.", _CHALLENGE),
    ("MFA119", "binding_code is missing, or sent although there is none", "After binding_method \"prompt\" the code from the message belongs in binding_code. Without binding_method (push) there is no code, and a made-up one can make the call fail.", "Send binding_code when the caller gives one, and leave it out otherwise.", _OOB),
    ("MFA120", "an authenticator id was changed", "Ids contain a vertical bar (push|dev_...). In a path it may be raw or percent-encoded once (%7C). An id that is encoded twice, cut or replaced names no authenticator.", "Percent-encode the id exactly once when building the path.", _API + "/delete-an-authenticator"),
    ("MFA121", "client authentication is missing or wrong", "A confidential application authenticates with client_secret in the body or in a Basic header; a public one sends only client_id.", "Send client_id, and the secret exactly when the application has one.", _CHALLENGE),
    ("MFA122", "a secret in a URL", "URLs end up in logs, histories and referrers. No token, code, password or secret belongs there.", "Send secrets in the body, and bearer tokens in the header Authorization.", "RFC 6750, section 2.3; " + _API),
    ("MFA123", "a refused code was sent again", "A refused code is refused again, and each time uses up one of the user's few attempts (ten, then one every six minutes).", "Send a code once, then ask the caller for a new one.", GUIDE),
    ("MFA124", "a call that succeeded was repeated", "Each association makes another pending authenticator, each challenge sends another message, each verification uses up a code. The user gets two codes and types in the wrong one.", "Call once, and repeat only a call that was not answered.", _CHALLENGE),
    ("MFA125", "login parameters are missing or changed", "username, password, scope or audience do not arrive as the caller gave them.", "Pass them on unchanged; a scope may be added to, not reduced.", _ROPG),
    ("MFA126", "a request that violates its schema", "The request violates the JSON Schema of its operation in a way that no other finding covers. Below /me/ a member that is unknown, or not for the type, is such a violation.", "Send what the schema describes: auth0-mfa openapi prints it.", _API),
    ("MFA128", "an argument that the caller did not pass", "The caller left this argument out, but the request carries the word None, null or undefined for it, the value of an earlier call, or below /me/ a null. The tenant takes it seriously: it refuses an unknown audience or a null, or issues a token for another API.", "Leave out what the caller leaves out; keep no arguments between calls.", _ROPG),
    ("MFA129", "what was refused was sent again", "A refused password or token is refused again: a password or refresh token at all, an access token or mfa_token (401 or 403) with the same call. A method that is not there (404) is not there a moment later: who asks again uses up the rate limit. Ten wrong passwords block the user, and using a refresh token twice may revoke all refresh tokens of the login.", "Send it once, then report the refusal to the caller.", DOCS + "/secure/attack-protection/brute-force-protection"),
    ("MFA130", "a call that the caller did not ask for", "Besides the call that the caller asked for, the client logged in, enrolled, deleted, or caused a message. A login starts another session, a new message makes the earlier code useless, and both count against limits.", "Make only the call that was asked for; leave new logins and new messages to the caller.", _API),
    ("MFA131", "a call of the wrong operation", "The client called another operation than the one asked for. If a code is sent with grant_type=password, for instance, the tenant does not read the code and answers mfa_required again.", "Call the operation of the adapter's method; each of the three MFA grants has its own grant_type.", _API),
    ("MFA132", "passwordless parameters are missing or changed", "A passwordless code belongs to one connection and one address. With the other connection, or another address, it is a wrong code; without send=code an email contains a link and no code.", "Send connection and email or phone_number with send=code to /passwordless/start; realm and username with the grant, as the caller gave them.", DOCS + "/api/authentication/passwordless/authenticate-user"),
    ("MFA133", "no proof of possession", "The client says that it binds its tokens to a key (dpop = True), but a grant of the MFA API, a bound refresh token or a bound access token was sent without the header DPoP. Or a call whose proof was refused was made once more without one. The tenant answers unbound tokens, which whoever finds them can use, or refuses the call.", "Send a proof with each of these calls; if it is refused, raise AuthError.", _PROOF + "5"),
    ("MFA134", "a wrong proof of possession", "The header DPoP holds no proof for this call: it is signed for another method, URL or access token, at another time, with another algorithm, or with another key than the token is bound to. The tenant refuses the call.", "Make the proof for the call it is sent with: typ dpop+jwt, alg ES256, jwk, htm, htu without query and fragment, iat in seconds, a new jti, and at a resource ath.", _PROOF + "4.2"),
    ("MFA135", "a proof of possession was used twice", "Two requests carried the same proof, or two proofs with the same jti. A tenant that keeps the identifiers takes the second for a replay and refuses it.", "Make a proof with a jti of its own for each request, repetitions included.", _PROOF + "11.1"),
    ("MFA136", "scheme and token do not fit", "A token that is bound to a key goes into the header as Authorization: DPoP, together with a proof; one that is not bound as Authorization: Bearer. The tenant refuses each with the other's scheme.", "Look at token_type: send DPoP for DPoP, Bearer for Bearer.", _PROOF + "7.1"),
    ("MFA137", "not the caller's change or filter", "The change of an authentication method, or the type that a list is limited to, is not what the caller asked for: the user sees another name, is called instead of texted, or is shown methods of other types.", "Send what the caller gave and nothing else: name and preferred_authentication_method in the body, type in the query.", _PAGE),
    ("MFA127", "a correct call was refused", "The caller's arguments were right, but the tenant refused the request that the client sent.", "Compare the request in the reproducer with the documented one.", _API),
)  # fmt: skip

_OBSERVED = (
    ("MFA243", "forgets the nonce", "The tenant had answered a nonce that is still good, but the next proof did not hold it, so that the call was refused first and made twice. That is allowed, and costs a call each time.", "Keep the newest DPoP-Nonce of each server, and put it into the next proof.", _PROOF + "8.2"),
    ("MFA104", "JSON to /mfa/challenge that is not labelled as JSON", "Auth0's own guide does it with curl and the fake accepts it, but nothing documents that the server must.", "Send Content-Type: application/json.", GUIDE + "/enroll-and-challenge-email-authenticators"),
)  # fmt: skip

_CONCLUSIONS = (
    ("MFA201", "a success that the tenant did not grant", "The tenant refused, but the client reported a success. With such a client the second factor protects nobody.", "Raise AuthError for every answer that is not 2xx.", _API),
    ("MFA202", "a failure although the tenant answered with a success", "The tenant performed the call, but the client reported a failure. A one-time code or a pending authenticator is lost.", "Read the fields you need, ignore unknown ones, since Auth0 adds fields to its answers, and ask for nothing that is not documented: access tokens may be opaque.", _API),
    ("MFA203", "mfa_required is not recognised", "A second factor is demanded by an error body with `error`: `mfa_required`, with status 403 or (as Auth0's OpenAPI document says) 401, with or without mfa_requirements. It is not a failed login.", "Look at `error` in the body, not at the status; raise AuthError('mfa_required', mfa_token=...).", GUIDE),
    ("MFA204", "a wrong code and an expired token are confused", "invalid_grant for a wrong code: the user may try again. expired_token: the login starts over. If the two are confused, users retype right codes in vain, or lose their login at the first typing error.", "Pass `error` on unchanged.", "entries V2, V8, V12 and V13 of the contract"),
    ("MFA205", "a pending push and a rejected one are confused", "authorization_pending: the user has not answered, poll again later. slow_down: poll more slowly. access_denied: the user rejected the request, which is final.", "Pass `error` on unchanged.", _PUSH),
    ("MFA206", "Auth0's error does not reach the caller", "Callers branch on `error`: association_required leads to enrollment, too_many_attempts to waiting, unsupported_challenge_type to another factor. Below /me/ the last part of the problem's `type` is what they branch on.", "Pass `error` of the body on unchanged, or below /me/ `type`, or the code `A0E-...` at its end.", _CHALLENGE),
    ("MFA207", "mfa_required without its mfa_token", "The caller learns that a second factor is needed, but cannot continue: it gets no mfa_token, or that of an earlier answer.", "Pass mfa_token to the caller: AuthError('mfa_required', mfa_token=...).", GUIDE),
    ("MFA208", "status or description differ from the answer", "The error is right, but the status or description that the client reports is not that of the answer.", "Pass on the HTTP status and error_description, or leave them out.", _API),
    ("MFA210", "a field does not reach the caller", "The answer has the field, and the caller needs it for the next step.", "Return the field under Auth0's name.", _API),
    ("MFA211", "a field reaches the caller with another value", "The client returned another value than the tenant answered.", "Return values unchanged: no cutting, lower-casing, trimming, renaming or decoding.", _API),
    ("MFA212", "a field that the tenant did not answer", "The client made it up. With an invented binding_method, users wait for a code that never comes; a password that is called unconfirmed looks like an enrollment that was never finished.", "Return only fields of the answer.", _API),
    ("MFA213", "authenticators or methods are missing from the list", "Inactive authenticators and recovery codes belong in the list too: the first show an unfinished enrollment, the second that a recovery code can be offered. `type` and `name` are optional. The same goes for methods and factors at /me/, except for types that the client does not know.", "Return every authenticator; leave the choice to the caller.", _LIST),
    ("MFA214", "the list cannot be read", "One authenticator with an unknown field or type, an inactive one or a recovery code made the whole list fail: the user cannot sign in at all. At /me/ passwords and passkeys are listed too.", "Read the fields you need of each row and ignore the rest.", _LIST),
    ("MFA215", "the oob_code of an earlier challenge", "Each challenge has its own oob_code. With an older one the code of the latest message is refused.", "Return the oob_code of this answer.", _CHALLENGE),
    ("MFA216", "the replacement of a recovery code is lost", "A recovery code works once, and its replacement is shown only in this answer. A user who does not get it is locked out next time. A recovery code that is enrolled at /me/ is shown only once, too.", "Return recovery_code of the answer.", _RECOVERY),
    ("MFA217", "an exception that is not an AuthError", "The caller expects AuthError and gets another exception: even an application that handles errors crashes.", "Raise AuthError for everything that goes wrong in a call.", "the adapter's contract: docs/howto-client-contract.md"),
    ("MFA218", "a return value of the wrong type", "Tokens, enrollments and challenges are mappings, the list is a sequence of mappings; AuthError.error is a string.", "Return what the adapter's protocol says.", "the adapter's contract: docs/howto-client-contract.md"),
    ("MFA219", "an answer without a call", "The client returned a result or refused without calling the tenant. What it remembers may no longer be true, and its own rules may be stricter than the tenant's: codes have four to ten digits.", "Make the call each time, and let the tenant judge codes and addresses.", _API),
    ("MFA220", "polls although polls is False", "With polls = False the client makes one call and raises authorization_pending; here it called again by itself.", "Call once, or set polls = True in the contract class.", _PUSH),
    ("MFA221", "gives up a pending push", "With polls = True the client waits until the push request is answered; here it gave up while it was pending, in less than a minute, or stopped at slow_down.", "Poll again after authorization_pending and slow_down, or set polls = False.", _PUSH),
    ("MFA222", "polls without a pause", "Two polls came within a second. Auth0 answers slow_down, and allows about 12 token exchanges a minute.", "Wait at least 5 seconds between two polls.", _PUSH + "; entry D-6b of the contract"),
    ("MFA223", "does not poll more slowly after slow_down", "After slow_down the next poll came no later than the one before, and before Retry-After was over.", "Lengthen the interval at every slow_down, or wait as long as Retry-After says.", _PUSH + "; entry D-6 of the contract"),
    ("MFA224", "continues to poll after the end", "The push request was rejected, has expired or was granted, and the client polled again.", "Stop at every answer but authorization_pending and slow_down.", _PUSH),
    ("MFA241", "the replacement of a refresh token is lost", "If refresh tokens rotate, each use answers a new one and uses up the old one. A client that keeps the old one sends it again: Auth0 takes that for theft and revokes all refresh tokens of the login.", "Return refresh_token of the answer, and keep it instead of the old one.", DOCS + "/secure/tokens/refresh-tokens/refresh-token-rotation"),
    ("MFA240", "did not reach the tenant", "The client made a call that did not arrive: it uses plain HTTP, calls another host, or does not trust the certificate. Nothing else about the client can be tested until a call arrives.", "Configure the client with tenant.domain (including the port) over https, and let it trust tenant.ca_file; tenant.env has both for clients that read the environment.", "the adapter's contract: docs/howto-client-contract.md"),
    ("MFA242", "the demand for a nonce is not met", "use_dpop_nonce is no refusal: the answer has a nonce in the header DPoP-Nonce, and the same call is made once more with a proof that holds it. Here it was not repeated, or as another call, or without the nonce, or again and again.", "Repeat the call as it was (method, path, query, body), with a new proof that has nonce from DPoP-Nonce. If the answer is another demand, raise AuthError, or go on for five attempts at most.", _PROOF + "8"),
    ("MFA239", "asks for the code before it shows the secret", "The authenticator app cannot show a code before the person has scanned the barcode or typed in the secret.", "Pass the answer of /mfa/associate to ask('show', ...), then ask for the code.", GUIDE + "/enroll-and-challenge-otp-authenticators"),
    ("MFA230", "challenges an authenticator that is not active", "An inactive authenticator was never confirmed. It can be confirmed, but not challenged.", "Offer and challenge only authenticators with active: true.", _CHALLENGE + "; entry H4 of the contract"),
    ("MFA231", "challenges a recovery code", "Recovery codes have no challenge: the code is sent with its own grant.", "Never challenge an authenticator of authenticator_type recovery-code.", _RECOVERY),
    ("MFA232", "expiry does not lead to a new login", "After an mfa_token or oob_code has expired, no code helps. A new password login gives a new mfa_token.", "After expired_token start again from the login.", "entries V12 and V13 of the contract"),
    ("MFA233", "a user without authenticators is not enrolled", "association_required, or a list without an active authenticator, means that the user has to enroll now.", "Ask for a factor, associate and confirm it.", GUIDE),
    ("MFA234", "binding_method does not lead to a prompt", "binding_method \"prompt\" means that the user has to type in the code from the message.", "Ask for the code when binding_method is there.", _OOB),
    ("MFA235", "prompts for a code that does not exist", "Without binding_method (push) there is no code to type in: the answer comes from the phone.", "Poll instead of asking when there is no binding_method.", _PUSH),
    ("MFA236", "ignores the person's choice", "The person chose another authenticator, or another factor to enroll.", "Use what ask('choose', ...) or ask('enroll', ...) returned.", _CHALLENGE),
    ("MFA237", "does not show what is shown only once", "The recovery code, and the secret or barcode of an authenticator app, come only once, in the answer to the association.", "Pass the answer of /mfa/associate to ask('show', ...).", GUIDE + "/challenge-with-recovery-codes"),
    ("MFA238", "does not end in tokens", "The person answered every question correctly, but sign_in did not return tokens.", "Follow the flow of the guide to its end.", GUIDE),
)  # fmt: skip

_RESILIENCE = (
    ("MFA301", "a retry at another time than Retry-After says", "A 429 says when to retry. Earlier retries keep the limit exhausted, for all users of the tenant. Who waits for hours hangs: x-ratelimit-reset is a time, not a number of seconds.", "Wait as long as Retry-After says, or raise AuthError.", _RATE),
    ("MFA302", "retries without end", "The same refusal came again and again, and the client never gave up: under load this is an attack on your own tenant.", "Give up after a few attempts and raise AuthError.", _RATE),
    ("MFA303", "an exception that is not an AuthError, at a broken answer", "A closed connection, half a body, HTML, JSON of another shape, 429 or 5xx: each happens, and each has to end in AuthError.", "Catch what the HTTP library and the JSON decoder raise, check the shape, and raise AuthError with an error of your own.", "the adapter's contract: docs/howto-client-contract.md"),
    ("MFA304", "a success at a broken answer", "The answer was not a success (429, 5xx, HTML, another shape, no access_token), but the client reported one.", "Check the status and that the fields you need are there, before reporting a success.", _OAUTH + "5.1"),
)  # fmt: skip

_RETRIES = "RFC 9110, section 9.2.2"
_SENT_TWICE = (
    ("MFA305", "repeats a call that may have been performed", "The connection broke after an association, an enrollment at /me/, a challenge or the start of a passwordless login was sent, or the answer was a success that the client could not read. The tenant may have performed it: repeated, it sends the user a second message or leaves a second pending authenticator. A POST must not be repeated by itself unless it is known not to have been performed.", "Raise AuthError and leave it to the caller to ask again. Lists, changes, deletions, logins with a password, refreshes and revocations may be repeated, and anything after a 429 whose Retry-After is over.", _RETRIES),
)  # fmt: skip
_PERHAPS_TWICE = (
    ("MFA306", "repeats a call that failed at the server", "Neither a 5xx nor an answer that cannot be read says whether the call was performed: repeating it may cause a second message, a second pending authenticator or a code used twice. No document forbids it after a complete answer.", "Raise AuthError, unless the answer says when to retry.", _RETRIES),
)  # fmt: skip

_LEAKS = (
    ("MFA401", "a secret leaks", "A password, token, code or secret of the user appears in a log, on standard output or standard error, in a warning, in the text of an exception or in a repr. Logs are stored, sent on and read by many people.", "Log names and lengths, not values; keep tokens out of messages, exceptions and __repr__.", "RFC 6819, section 5.1.6; https://cheatsheetseries.owasp.org/cheatsheets/Logging_Cheat_Sheet.html"),
    ("MFA402", "a credential follows a redirect to another host", "The tenant's answer was a redirect to another host, and the client sent the bearer token or the body's secrets there. The owner of that host can then act as the user.", "Follow no redirects (the API has none), or drop Authorization and body when the host changes.", "RFC 9110, section 15.4; RFC 6750, section 5.2"),
    ("MFA406", "falls back to plain HTTP", "When a call over HTTPS failed, the client repeated it over plain HTTP. Anybody who can break a connection can read passwords, codes and tokens.", "Use only https://, and report the failure.", "RFC 6749, section 1.6; RFC 6750, section 5.2"),
    ("MFA407", "the private key leaves the client", "The jwk in a proof of possession, or something that the client emits, contains the private part of its key (d). Whoever has it can make proofs, and the binding protects nothing.", "Put only kty, crv, x and y into jwk, and keep the private key out of requests and logs.", _PROOF + "4.2"),
    ("MFA404", "certificates are not verified", "The client accepted a certificate of an authority that it was not told to trust, or switched verification off. Anybody between client and tenant can read passwords and tokens.", "Verify certificates: remove verify=False, rejectUnauthorized: false and the like, and trust tenant.ca_file instead.", "RFC 6749, section 10.9; RFC 6750, section 5.2"),
)  # fmt: skip
_SEEN_ONLY = (
    ("MFA403", "a body with secrets follows a 307 or 308 to another host", "A 307 or 308 asks for the same request at another address, and the client's library sent the body there, with its secrets. Libraries do so by default.", "Follow no redirects: the API has none.", "RFC 9110, sections 15.4.8 and 15.4.9"),
    ("MFA405", "no timeout", "The client waits for an answer without a limit. A tenant that does not answer blocks a worker of your application for ever.", "Give each request a timeout.", "https://requests.readthedocs.io/en/latest/user/advanced/#timeouts"),
)  # fmt: skip

_TABLES: Final = (
    (_REQUESTS, VIOLATION),
    (_OBSERVED, OBSERVATION),
    (_CONCLUSIONS, VIOLATION),
    (_RESILIENCE, VIOLATION),
    (_SENT_TWICE, VIOLATION),
    (_PERHAPS_TWICE, OBSERVATION),
    (_LEAKS, VIOLATION),
    (_SEEN_ONLY, OBSERVATION),
)

ADVICE: Final = {id: advice for rows, _ in _TABLES for id, _, _, advice, _ in rows}
"""What to do, by id of finding."""

CLIENT_FINDINGS: Final = tuple(
    sorted(
        (
            FindingKind(id, level, title, f"{why} What to do: {advice}", source)
            for rows, level in _TABLES
            for id, title, why, advice, source in rows
        ),
        key=lambda kind: kind.id,
    )
)
