"""Stories of the user's own page: tokens of every kind, with every scope."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.account_calls import (
    SCOPES,
    SCOPES_OF_ME,
    me_delete,
    me_each,
    me_factors,
)
from pytest_auth0_mfa.contract.tenant.values import Changed, Of, Value
from pytest_auth0_mfa.contract.tenant.walk.account_telling import (
    begin,
    finish,
    look_here,
    of_account,
    page,
    page_by_refresh,
)
from pytest_auth0_mfa.contract.tenant.walk.telling import (
    associate,
    challenge,
    enroll,
    log_in,
    look,
    manager,
    user_of,
    userinfo,
    verify,
    wait,
)
from pytest_auth0_mfa.contract.tenant.walk.walk import Walk


@of_account
def wrong_tokens_at_the_page(walk: Walk) -> None:
    """Tokens of every kind and age at each call; the page's own token elsewhere."""
    user, other = user_of(walk), user_of(walk)
    bearer = page(walk, user)
    secret = bearer.about["app"]
    identifier = look_here(walk, bearer, user)[0]
    wait(walk, 60)
    granted = verify(walk, log_in(walk, user), secret).found
    bearers = [
        manager(walk, user, secret),
        granted["access_token"],
        granted.get("refresh_token"),
        granted.get("id_token"),
    ]
    wrong: list[Value] = [*bearers, log_in(walk, user), None, "", "not-a-token", secret]
    wrong += [Changed(bearer, lambda text: text + "x"), Changed(bearer, lambda text: text[:-1])]
    for token in wrong:
        for template in me_each(token, identifier).values():
            walk.call(template, user)
    for template in me_each(page(walk, other), identifier).values():
        walk.call(template, other)
    look(walk, bearer, user)
    associate(walk, user, bearer, "email")
    userinfo(walk, user, bearer)
    challenge(walk, bearer)
    begun = begin(walk, user, bearer, "recovery-code")
    wait(walk, 86400 - 62)
    for seconds in (1, 1, 1):
        wait(walk, seconds)
        look_here(walk, bearer, user)
        finish(walk, begun)


@of_account
def scopes_of_the_page(walk: Walk) -> None:
    """Each call with each scope alone, and with all the others."""
    user = user_of(walk)
    bearer = page(walk, user)
    identifier = begin(walk, user, bearer, "otp").about["identifier"]
    wait(walk, 60)
    granted = verify(walk, log_in(walk, user), bearer.about["app"]).found["refresh_token"]
    scopes = dict.fromkeys(SCOPES.values())
    asked = [*scopes, *(" ".join(other for other in scopes if other != scope) for scope in scopes)]
    for words in (*asked, f"{SCOPES_OF_ME} openid", "openid", "enroll read:authenticators"):
        bearer = page_by_refresh(walk, granted, words)
        for operation, template in me_each(bearer, identifier).items():
            if operation != "me-delete-method":
                walk.call(template, user)
    bearer = page_by_refresh(walk, granted, "delete:me:authentication_methods")
    walk.call(me_delete(bearer, identifier), user)


@of_account
def tokens_for_the_page(walk: Walk) -> None:
    """Tokens by refresh, by an application, and by a second factor."""
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    wait(walk, 60)
    granted = verify(walk, log_in(walk, user), secret).found
    for scope in (SCOPES_OF_ME, "read:me:factors", "openid", ""):
        more: dict[str, Value] = {"audience": walk.account_audience, **({"scope": scope} if scope else {})}
        template = calls.refresh(walk.client, granted["refresh_token"], **more)
        token = walk.call(template, user, client=walk.client, audience=walk.account_audience).found.get("access_token")
        if token is not None:
            look_here(walk, token, user)
            walk.call(me_factors(token), user)
    for client in (walk.client, walk.sides.grantless):
        if client is not None:
            walk.call(calls.client_credentials(client, audience=walk.account_audience), None)
            walk.call(calls.client_credentials(client, audience=walk.account_audience, scope=SCOPES_OF_ME), None)
    wait(walk, 60)
    bearer = page(walk, user, secret)
    look_here(walk, bearer, user)
    misspelt = walk.account_audience.rstrip("/")
    walk.call(calls.password(walk.client, user, Of(user, "password"), audience=misspelt), user, client=walk.client)
