"""Tenants whose answers look wrong: fields, types, statuses, media types, errors, headers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pytest_auth0_mfa import Response

from .breaking import answering, body_of, broken, error_of, with_body


def drop(name: str) -> Any:
    """Remove a field, in every row of a list."""

    def change(body: Any) -> None:
        for part in body if isinstance(body, list) else [body]:
            part.pop(name, None)

    return change


def rename(name: str, to: str) -> Any:
    """Give a field another name."""

    def change(body: Any) -> None:
        for part in body if isinstance(body, list) else [body]:
            if name in part:
                part[to] = part.pop(name)

    return change


def put(name: str, value: Any) -> Any:
    """Set a field, where it is present, or everywhere when the value is a function of none."""

    def change(body: Any) -> None:
        for part in body if isinstance(body, list) else [body]:
            if name in part:
                part[name] = value(part[name]) if callable(value) else value

    return change


def add(name: str, value: Any) -> Any:
    """Add a field."""

    def change(body: Any) -> None:
        for part in body if isinstance(body, list) else [body]:
            part[name] = value

    return change


def header(name: str, value: str | None) -> Any:
    """Set or remove a header."""

    def change(response: Response) -> Response:
        kept = {key: held for key, held in response.headers.items() if key.lower() != name}
        return replace(response, headers=kept if value is None else {**kept, name: value})

    return change


def status(number: int) -> Any:
    """Another status."""
    return lambda response: replace(response, status=number)


_LOGIN = ("password", "password-realm")

# -- logins
broken("login-without-mfa-token", *_LOGIN)(body_of("password", drop("mfa_token"), granted=False))
broken("login-mfa-token-renamed", *_LOGIN)(body_of("password", rename("mfa_token", "mfaToken"), granted=False))
broken("login-mfa-token-null", *_LOGIN)(body_of("password", put("mfa_token", None), granted=False))
broken("login-mfa-token-always-the-same", *_LOGIN, "list-authenticators", "associate")(
    body_of("password", put("mfa_token", "Fe26.2*" + "0" * 60), granted=False)
)
broken("login-demand-is-401", "password")(error_of("password", "mfa_required", status=401))
broken("login-demand-is-200", "password")(error_of("password", "mfa_required", status=200))
broken("login-demand-text", "password")(
    error_of("password", "mfa_required", error_description="Multi-factor authentication required")
)
broken("login-demand-other-error", "password")(error_of("password", "mfa_required", error="mfa_needed"))
broken("login-demand-is-html", "password")(answering("password", header("content-type", "text/html"), granted=False))
broken("login-wrong-password-is-401", "password")(error_of("password", "invalid_grant", status=401))
broken("login-names-wrong-password", "password")(error_of("password", "invalid_grant", error="invalid_user_password"))
broken("login-error-as-code", "password")(body_of("password", rename("error", "code"), granted=False))
broken("login-description-as-message", "password")(
    body_of("password", rename("error_description", "message"), granted=False)
)
broken("login-requirements-unasked", "password")(
    body_of("password", lambda body: body.update(mfa_requirements={}) if "mfa_token" in body else None, granted=False)
)
broken("login-missing-parameter-is-422", "password")(error_of("password", "invalid_request", status=422))
broken("login-realm-unknown", "password-realm")(
    error_of("password-realm", "mfa_required", error="unsupported_grant_type", status=400)
)
broken("login-server-error", "password")(error_of("password", "invalid_grant", status=500))
broken("login-expires-in-a-string", *_LOGIN)(body_of("password", put("expires_in", str)))

# -- association
for _factor in (
    "oob_code",
    "binding_method",
    "oob_channel",
    "authenticator_type",
    "recovery_codes",
    "secret",
    "barcode_uri",
):
    broken(f"associate-without-{_factor}", "associate")(body_of("associate", drop(_factor)))
broken("associate-channels", "associate")(body_of("associate", rename("oob_channel", "oob_channels")))
broken("associate-names-the-id", "associate")(body_of("associate", add("id", "email|dev_0123456789abcdef")))
broken("associate-recovery-code-a-string", "associate")(
    body_of("associate", put("recovery_codes", lambda codes: codes[0]))
)
broken("associate-recovery-code-short", "associate")(
    body_of("associate", put("recovery_codes", lambda codes: [codes[0][:12]]))
)
broken("associate-two-recovery-codes", "associate")(
    body_of("associate", put("recovery_codes", lambda codes: codes * 2))
)
broken("associate-secret-in-hexadecimal", "associate")(
    body_of("associate", put("secret", lambda secret: secret.encode().hex()))
)
broken("associate-another-secret", "associate", "mfa-otp")(
    body_of("associate", put("secret", lambda secret: secret[::-1]))
)
broken("associate-barcode-is-a-link", "associate")(
    body_of("associate", put("barcode_uri", "https://tenant.example/qr.png"))
)
broken("associate-barcode-of-eight-digits", "associate")(
    body_of("associate", put("barcode_uri", lambda uri: uri.replace("digits=6", "digits=8")))
)
broken("associate-push-with-binding-method", "associate")(
    body_of(
        "associate", lambda body: body.update(binding_method="prompt") if body.get("oob_channel") == "auth0" else None
    )
)
broken("associate-push-channel", "associate")(
    body_of("associate", put("oob_channel", lambda c: "push" if c == "auth0" else c))
)
broken("associate-is-201", "associate")(answering("associate", status(201)))
broken("associate-oob-code-always-the-same", "associate", "mfa-oob")(
    body_of("associate", put("oob_code", "Fe26.2*" + "0" * 60))
)
broken("associate-enrolled-is-409", "associate")(error_of("associate", "access_denied", status=409))
broken("associate-bearer-error", "associate")(error_of("associate", "invalid_grant", error="invalid_token"))
broken("associate-bearer-text", "associate")(error_of("associate", "invalid_grant", error_description="Unauthorized"))

# -- the list
broken("list-in-a-wrapper", "list-authenticators")(
    body_of("list-authenticators", lambda body: {"authenticators": body})
)
broken("list-without-active", "list-authenticators")(body_of("list-authenticators", drop("active")))
broken("list-active-a-string", "list-authenticators")(
    body_of("list-authenticators", put("active", lambda a: str(a).lower()))
)
broken("list-confirmed-for-active", "list-authenticators")(
    body_of("list-authenticators", rename("active", "confirmed"))
)
broken("list-without-names", "list-authenticators")(body_of("list-authenticators", drop("name")))
broken("list-shows-addresses", "list-authenticators")(
    body_of("list-authenticators", put("name", lambda n: n.replace("*", "a")))
)
broken("list-without-type", "list-authenticators", rows_have_type="always")(
    body_of("list-authenticators", drop("type"))
)
broken("list-calls-phone-sms", "list-authenticators", rows_have_type="always")(
    body_of("list-authenticators", put("type", lambda t: "sms" if t == "phone" else t))
)
broken("list-channels", "list-authenticators")(body_of("list-authenticators", rename("oob_channel", "oob_channels")))
broken("list-hides-pending", "list-authenticators")(
    body_of("list-authenticators", lambda body: [r for r in body if r["active"]])
)
broken("list-hides-recovery-code", "list-authenticators")(
    body_of("list-authenticators", lambda body: [r for r in body if r["authenticator_type"] != "recovery-code"])
)
broken("list-hides-the-totp-of-push", "list-authenticators")(
    body_of(
        "list-authenticators",
        lambda body: [
            r for r in body if not (r["id"].startswith("totp|") and any(o["id"].startswith("push|") for o in body))
        ],
    )
)
broken("list-newest-first", "list-authenticators")(body_of("list-authenticators", lambda body: body[::-1]))
broken("list-ids-without-kind", "list-authenticators")(
    body_of("list-authenticators", put("id", lambda i: i.partition("|")[2]))
)
broken("list-ids-upside-down", "list-authenticators", "challenge", "delete-authenticator")(
    body_of("list-authenticators", put("id", lambda i: f"{i[:-16]}{i[:-17:-1]}" if i.startswith("email") else i))
)
broken("list-empty-is-404", "list-authenticators")(
    answering(
        "list-authenticators",
        lambda r: (
            replace(with_body(r, {"error": "not_found", "error_description": ""}), status=404) if r.body == b"[]" else r
        ),
    )
)
broken("list-empty-is-null", "list-authenticators")(body_of("list-authenticators", lambda body: body or {}))

# -- challenges
broken("challenge-without-binding-method", "challenge")(body_of("challenge", drop("binding_method")))
broken("challenge-without-oob-code", "challenge")(body_of("challenge", drop("oob_code")))
broken("challenge-binding-method-transfer", "challenge")(body_of("challenge", put("binding_method", "transfer")))
broken("challenge-type-of-channel", "challenge")(
    body_of("challenge", put("challenge_type", lambda t: "email" if t == "oob" else t))
)
broken("challenge-otp-with-oob-code", "challenge")(
    body_of("challenge", lambda body: body.setdefault("oob_code", "Fe26.2*" + "0" * 60) and None)
)
broken("challenge-push-with-binding-method", "challenge")(
    body_of(
        "challenge", lambda body: body.setdefault("binding_method", "prompt") and None if "oob_code" in body else None
    )
)
broken("challenge-is-201", "challenge")(answering("challenge", status(201)))
broken("challenge-nobody-enrolled", "challenge")(
    error_of("challenge", "association_required", error="unsupported_challenge_type")
)
broken("challenge-nobody-enrolled-text", "challenge")(
    error_of("challenge", "association_required", error_description="Enroll first.")
)
broken("challenge-malformed-token", "challenge")(error_of("challenge", "invalid_grant", error="invalid_request"))
broken("challenge-expired-token", "challenge")(error_of("challenge", "expired_token", error="invalid_grant"))

# -- verification
for _operation in ("mfa-otp", "mfa-oob", "mfa-recovery-code"):
    broken(f"{_operation}-without-access-token", _operation)(body_of(_operation, drop("access_token")))
    broken(f"{_operation}-wrong-code-is-400", _operation)(error_of(_operation, "invalid_grant", status=400))
    broken(f"{_operation}-expired-token-error", _operation)(
        error_of(_operation, "expired_token", error="invalid_grant")
    )
broken("mfa-otp-token-type", "mfa-otp")(body_of("mfa-otp", put("token_type", "bearer")))
broken("mfa-otp-scope-a-list", "mfa-otp")(body_of("mfa-otp", put("scope", str.split)))
broken("mfa-otp-expires-at", "mfa-otp")(body_of("mfa-otp", rename("expires_in", "expires_at")))
broken("mfa-otp-id-token-always", "mfa-otp")(
    body_of("mfa-otp", lambda body: body.setdefault("id_token", "e30.e30.e30") and None)
)
broken("mfa-otp-never-an-id-token", "mfa-otp")(body_of("mfa-otp", drop("id_token")))
broken("mfa-otp-unsigned-id-token", "mfa-otp")(
    body_of("mfa-otp", put("id_token", lambda t: t.rpartition(".")[0] + ".AAAA"))
)
broken("mfa-otp-no-refresh-token", "mfa-otp")(body_of("mfa-otp", drop("refresh_token")))
broken("mfa-otp-text-without-stop", "mfa-otp")(
    error_of("mfa-otp", "invalid_grant", error_description="Invalid otp_code")
)
broken("mfa-otp-nothing-enrolled", "mfa-otp")(
    error_of("mfa-otp", "unsupported_challenge_type", error="association_required")
)
broken("mfa-oob-pending-is-403", "mfa-oob")(error_of("mfa-oob", "authorization_pending", status=403))
broken("mfa-oob-pending-is-200", "mfa-oob")(error_of("mfa-oob", "authorization_pending", status=200))
broken("mfa-oob-slow-down-never", "mfa-oob")(error_of("mfa-oob", "slow_down", error="authorization_pending"))
broken("mfa-oob-slow-down-without-retry-after", "mfa-oob")(
    answering("mfa-oob", header("retry-after", None), granted=False)
)
broken("mfa-oob-rejected-is-pending", "mfa-oob")(error_of("mfa-oob", "access_denied", error="authorization_pending"))
broken("mfa-oob-tokens-may-be-cached", "mfa-oob")(answering("mfa-oob", header("cache-control", "max-age=60")))
broken("mfa-recovery-code-without-replacement", "mfa-recovery-code")(
    body_of("mfa-recovery-code", drop("recovery_code"))
)
broken("mfa-recovery-code-none-is-404", "mfa-recovery-code")(
    error_of("mfa-recovery-code", "unsupported_challenge_type", status=404)
)

# -- deletion and the rest
broken("delete-is-200", "delete-authenticator")(answering("delete-authenticator", status(200)))
broken("delete-answers-a-body", "delete-authenticator")(
    answering("delete-authenticator", lambda r: replace(r, body=b"{}"))
)
broken("delete-unknown-is-204", "delete-authenticator")(
    answering("delete-authenticator", lambda r: Response(204, {}) if r.status == 404 else r, granted=False)
)
broken("delete-bearer-is-403", "delete-authenticator")(error_of("delete-authenticator", "invalid_grant", status=403))
broken("refresh-rotates", "refresh-token")(body_of("refresh-token", add("refresh_token", "v1." + "0" * 64)))
broken("refresh-unknown-is-401", "refresh-token")(error_of("refresh-token", "invalid_grant", status=401))
broken("discovery-issuer-without-slash", "openid-configuration")(
    body_of("openid-configuration", put("issuer", lambda i: i.rstrip("/")))
)
broken("keys-for-encryption", "jwks", "password", "mfa-otp", "mfa-oob")(
    body_of("jwks", lambda body: [key.update(use="enc") for key in body["keys"]] and None)
)
broken("keys-without-kid", "jwks", "password", "mfa-otp", "mfa-oob")(
    body_of("jwks", lambda body: [key.pop("kid") for key in body["keys"]] and None)
)
broken("userinfo-without-email", "userinfo")(body_of("userinfo", drop("email")))
