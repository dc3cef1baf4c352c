"""One call of the My Account API: its bearer token, the parameters of its path, its query and body."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from pytest_auth0_mfa.app.authentication.bearer import AT_MY_ACCOUNT, check_binding, presented
from pytest_auth0_mfa.messages import Json, Request, decode, media_type
from pytest_auth0_mfa.spec.operations import JSON_TYPE
from pytest_auth0_mfa.tenant.account import invalid
from pytest_auth0_mfa.tenant.entities import User
from pytest_auth0_mfa.tenant.tenant import Tenant


@dataclass(frozen=True, slots=True)
class AccountCall:
    """A call whose bearer token was accepted. ``parts`` are the parameters of its path, decoded."""

    tenant: Tenant
    request: Request
    user: User
    parts: Mapping[str, str]
    headers: dict[str, str] = field(default_factory=dict)
    """The headers of the answer, if it has some of its own."""

    @property
    def method_id(self) -> str:
        """The id of the method that the path names."""
        return self.parts["authentication_method_id"]

    def query(self, name: str) -> list[str]:
        """All values of a parameter of the query."""
        return parse_qs(self.request.path.partition("?")[2], keep_blank_values=True).get(name, [])

    def body(self) -> dict[str, Json]:
        """The members of the JSON body."""
        if media_type(self.request) != JSON_TYPE:
            raise self.tenant.refusal("me_unsupported_media_type")
        try:
            given = decode(self.request.body)
        except ValueError:
            raise self.tenant.refusal("me_unreadable_body") from None
        if not isinstance(given, dict):
            raise invalid(self.tenant, "me_invalid_body", "", "must be object")
        return given

    def texts(
        self, given: Mapping[str, Json], required: Collection[str], optional: Collection[str] = ()
    ) -> dict[str, str]:
        """The members of a body, all of them strings. Refuses missing and unknown ones: entry M18 of the contract."""
        for name in required:
            if name not in given:
                raise self.invalid("", f"must have required property '{name}'")
        for name in given:
            if name not in required and name not in optional:
                raise self.invalid("", "must NOT have additional properties")
        found: dict[str, str] = {}
        for name, value in given.items():
            if not isinstance(value, str):
                raise self.invalid(f"/{name}", "must be string")
            found[name] = value
        return found

    def choice(self, given: Mapping[str, str], name: str, allowed: Collection[str]) -> str | None:
        """A member of a body that takes only some values; None if it is absent."""
        value = given.get(name)
        if value is None or value in allowed:
            return value
        raise self.invalid(f"/{name}", "must be equal to one of the allowed values")

    def invalid(self, pointer: str, fault: str) -> Exception:
        """The refusal of a body that is not as documented."""
        return invalid(self.tenant, "me_invalid_body", pointer, fault)


def authorize(tenant: Tenant, request: Request, scope: str) -> User:
    """The user of the bearer token. Refuses one that is not good for this call: entries M15 to M17 of the contract."""
    _, token = presented(request)
    if not token:
        raise refused(tenant, "me_missing_token")
    access = tenant.tokens.access.get(token)
    if access is None or tenant.clock.now() >= access.expires_at:
        raise refused(tenant, "me_invalid_token")
    if access.user is None or tenant.me_audience not in access.audiences:
        hint = f"the access token is for {' '.join(access.audiences) or 'no API'}: expected {tenant.me_audience}"
        raise refused(tenant, "me_wrong_audience", hint)
    if scope not in access.scopes:
        raise tenant.refusal("me_missing_scope", scope=scope)
    if access.user.blocked or access.user.deleted:
        raise refused(tenant, "me_user_blocked", "the user was blocked or deleted after the login")
    check_binding(tenant, request, access.jkt, AT_MY_ACCOUNT)
    return access.user


def refused(tenant: Tenant, refusal_id: str, hint: str | None = None) -> Exception:
    """The refusal of a bearer token. Whether Auth0 adds WWW-Authenticate is unknown (entry U-34 of the contract)."""
    headers = {"www-authenticate": 'Bearer realm="api"'} if tenant.rules.me_www_authenticate else None
    return tenant.refusal(refusal_id, headers=headers, hint=hint)
