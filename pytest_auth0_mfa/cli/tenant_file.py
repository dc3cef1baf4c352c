"""The JSON that seeds a tenant outside pytest: ``auth0-mfa serve --config FILE``.

::

    {
      "applications": [{"client_id": "...", "client_secret": "...",
                        "name": "...", "public_keys": ["-----BEGIN PUBLIC KEY-----..."],
                        "token_endpoint_auth_method": "client_secret_post", "grant_types": ["password"],
                        "rotate_refresh_tokens": true, "refresh_token_leeway": 10,
                        "require_proof_of_possession": true}],
      "users": [{"email": "ada@example.com", "password": "pw", "email_verified": true, "user_id": "auth0|...",
                 "phone_number": "+15550100", "mfa": true, "claims": {"https://shop.example/plan": "gold"},
                 "blocked": false, "recovery_code": "...", "permissions": ["read:orders"],
                 "authenticators": ["email", {"factor": "sms", "phone_number": "+15550101", "active": false},
                                    {"factor": "otp", "secret": "JBSWY3DPEHPK3PXP"}],
                 "refresh_tokens": ["...", {"token": "...", "scope": "openid", "audience": "...",
                                            "client_id": "...", "methods": ["password", "mfa"], "jkt": "..."}]}],
      "factors": ["otp", "email"], "policy": "all-applications", "profile": {"mfa_required": "401 mfa_required"},
      "claims": {"https://shop.example/stage": "test"},
      "audiences": ["https://shop.example/"], "proof_of_possession": {"https://shop.example/": false},
      "code_lengths": {"email": 6}, "code_lifetimes": {"email": 300},
      "fixed_code": "123456", "push": {"approve_after_polls": 2}
    }

Every key is optional; ``auth0-mfa export`` writes such a file for an existing tenant. The first application replaces
the generated one. ``profile`` may also be the name of a TOML file, relative to the JSON file. ``policy`` may also be
``{"audiences": [...]}``, ``{"applications": [...]}`` or both: MFA is then required only for these. A user's ``"mfa"``
overrides the policy. ``claims`` are added to every ID and access token, a user's ``claims`` to that user's tokens;
``permissions`` are added to access tokens for an audience. ``secret`` is the base32 secret of an ``otp`` authenticator
or of the one that comes with ``push``; ``methods`` say how the user of a refresh token had signed in, ``jkt`` is
the thumbprint of the key that the login proved. ``proof_of_possession`` says of each API that binds tokens by DPoP
whether it demands it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pytest_auth0_mfa.app.control.call import Node, flags, mapping, numbers_by_channel, policy, texts
from pytest_auth0_mfa.errors import ConfigurationError
from pytest_auth0_mfa.spec.factors import FACTORS, RECOVERY
from pytest_auth0_mfa.spec.operations import GRANTS
from pytest_auth0_mfa.spec.profile import Profile
from pytest_auth0_mfa.tenant import enrollment
from pytest_auth0_mfa.tenant.entities import METHODS, User
from pytest_auth0_mfa.tenant.tenant import Tenant
from pytest_auth0_mfa.tenant.tokens import SameForAll
from pytest_auth0_mfa.tenant.totp import totp

_KEYS = (
    *("applications", "users", "factors", "policy", "profile", "fixed_code", "push"),
    *("audiences", "code_lengths", "code_lifetimes", "claims", "proof_of_possession"),
)


def load(file: Path, *, domain: str = "tenant.example") -> Tenant:
    """The tenant that ``file`` describes. The message of a ConfigurationError has file, JSON path and what was
    expected."""
    root = Node.load(file)
    try:
        return build(root, domain=domain, folder=file.parent)
    except ConfigurationError as error:
        raise ConfigurationError(f"{file}: {error}") from None


def build(root: Node, *, domain: str = "tenant.example", folder: Path | None = None, **more: Any) -> Tenant:
    """The tenant that a decoded document describes. Raises ConfigurationError.

    ``folder`` is the folder of a profile file that the document names. ``more`` are keywords of `Tenant` that a
    document cannot have: ``seed``, ``clock``.
    """
    given = root.members(_KEYS)
    keywords: dict[str, Any] = {"domain": domain, **more}
    if "factors" in given:
        keywords["factors"] = {factor.choice((*FACTORS, RECOVERY)) for factor in given["factors"].items()}
    if "policy" in given:
        keywords["policy"] = policy(given["policy"])
    if "audiences" in given:
        keywords["audiences"] = [audience.text() for audience in given["audiences"].items()]
    if "proof_of_possession" in given:
        keywords["proof_of_possession"] = flags(given["proof_of_possession"])
    for name in ("code_lengths", "code_lifetimes"):
        if name in given:
            keywords[name] = numbers_by_channel(given[name])
    if "claims" in given:
        keywords["claims"] = SameForAll(mapping(given["claims"]))
    if "profile" in given:
        keywords["profile"] = _profile(given["profile"], folder or Path())
    if "fixed_code" in given:
        keywords["fixed_code"] = given["fixed_code"].text()
    with _at(root.path):
        tenant = Tenant(**keywords)
    _add_applications(tenant, given.get("applications", Node([])))
    for user in given.get("users", Node([])).items():
        _add_user(tenant, user)
    if "push" in given:
        polls = given["push"].members(["approve_after_polls"]).get("approve_after_polls")
        if polls is not None:
            tenant.push.approve_after(polls.count())
    return tenant


@contextmanager
def _at(path: str) -> Iterator[None]:
    """Add the place in the document to a ValueError of the fake (ConfigurationError is one)."""
    try:
        yield
    except ValueError as error:
        raise ConfigurationError(f"{path}: {error}") from None


def _profile(node: Node, folder: Path) -> Profile:
    if not isinstance(node.value, str | dict):
        raise node.wrong("an object, or the name of a TOML file")
    with _at(node.path):
        return Profile.load(folder / node.value) if isinstance(node.value, str) else Profile.from_mapping(node.value)


def _members(node: Node, readers: dict[str, Callable[[Node], Any]]) -> dict[str, Any]:
    """The members of an object, each converted by the reader for its key."""
    return {key: readers[key](member) for key, member in node.members(readers).items()}


_APPLICATION: dict[str, Callable[[Node], Any]] = {
    "client_id": Node.text,
    "client_secret": Node.text,
    "token_endpoint_auth_method": lambda node: node.choice(METHODS),
    "grant_types": lambda node: [grant.choice(GRANTS) for grant in node.items()],
    "name": Node.text,
    "public_keys": lambda node: [key.text() for key in node.items()],
    "rotate_refresh_tokens": Node.flag,
    "refresh_token_leeway": Node.count,
    "require_proof_of_possession": Node.flag,
}


def _add_applications(tenant: Tenant, node: Node) -> None:
    for place, application in enumerate(node.items()):
        keywords = _members(application, _APPLICATION)
        if place == 0:
            tenant.applications.clear()
        with _at(application.path):
            made = tenant.add_application(**keywords)
        if place == 0:
            tenant.client_id, tenant.client_secret = made.client_id, made.client_secret


_USER: dict[str, Callable[[Node], Any]] = {
    "user_id": Node.text,
    "email": Node.text,
    "password": Node.text,
    "email_verified": Node.flag,
    "phone_number": Node.text,
    "mfa": lambda node: None if node.value is None else node.flag(),
}
_AUTHENTICATOR: dict[str, Callable[[Node], Any]] = {
    "factor": lambda node: node.choice(FACTORS),
    "email": Node.text,
    "phone_number": Node.text,
    "active": Node.flag,
    "secret": lambda node: _secret(node),
}
_REFRESH_TOKEN: dict[str, Callable[[Node], Any]] = {
    "token": Node.text,
    "scope": Node.text,
    "audience": Node.text,
    "client_id": Node.text,
    "methods": lambda node: tuple(method.text() for method in node.items()),
    "jkt": Node.text,
}


def _secret(node: Node) -> str:
    """The base32 secret of an authenticator app. Raises ConfigurationError."""
    try:
        totp(node.text(), 0)
    except ValueError:
        raise node.wrong("a secret in base32, such as JBSWY3DPEHPK3PXP") from None
    return node.text()


def _add_user(tenant: Tenant, node: Node) -> None:
    own = ("authenticators", "refresh_tokens", "claims", "permissions", "blocked", "recovery_code")
    given = node.members((*_USER, *own))
    claims = mapping(given.pop("claims", Node({})))
    permissions = texts(given.pop("permissions", Node([])))
    authenticators = given.pop("authenticators", Node([]))
    refresh_tokens = given.pop("refresh_tokens", Node([]))
    blocked, recovery_code = given.pop("blocked", Node(False)).flag(), given.pop("recovery_code", None)
    keywords = {key: _USER[key](member) for key, member in given.items()}
    with _at(node.path):
        user = tenant.add_user(**keywords)
    user.claims.update({**claims, "permissions": permissions} if permissions else claims)
    user.blocked = blocked
    for authenticator in authenticators.items():
        _enroll(user, authenticator)
    if recovery_code is not None:
        enrollment.set_recovery_code(tenant, user, recovery_code.text())
    for refresh_token in refresh_tokens.items():
        _add_refresh_token(tenant, user, refresh_token)


def _enroll(user: User, node: Node) -> None:
    keywords = {"factor": node.choice(FACTORS)} if isinstance(node.value, str) else _members(node, _AUTHENTICATOR)
    if "factor" not in keywords:
        raise ConfigurationError(f'{node.path}: "factor" is missing: one of {", ".join(FACTORS)}')
    secret = keywords.pop("secret", None)
    with _at(node.path):
        made = user.enroll(**keywords)
    if secret is not None:
        app = made.twin if made.factor == "push" else made
        if app is None or app.factor != "otp":
            raise ConfigurationError(f"{node.path}.secret: an authenticator of factor {made.factor!r} has none")
        app.secret = secret


def _add_refresh_token(tenant: Tenant, user: User, node: Node) -> None:
    keywords: dict[str, Any] = {"token": node.text()} if isinstance(node.value, str) else _members(node, _REFRESH_TOKEN)
    client_id = keywords.get("client_id")
    if client_id is not None and client_id not in tenant.applications:
        raise ConfigurationError(f"{node.path}.client_id: no such application: {client_id!r}; add it to $.applications")
    if keywords.get("token") in tenant.tokens.refresh:
        raise ConfigurationError(f"{node.path}: this refresh token is given twice")
    methods, jkt = keywords.pop("methods", None), keywords.pop("jkt", None)
    token = user.refresh_token(**keywords)
    tenant.tokens.refresh[token].jkt = jkt
    if methods:
        tenant.tokens.refresh[token].methods = methods
