"""Stories of bound refresh tokens: with each key and with none, once and again."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.walk.proof_telling import (
    application,
    binds,
    granted,
    of_proofs,
    renewed,
)
from pytest_auth0_mfa.contract.tenant.walk.telling import (
    Story,
    bound,
    enroll,
    proven,
    revoke,
    user_of,
    userinfo,
)
from pytest_auth0_mfa.contract.tenant.walk.walk import Walk


def _refresh_tokens_of(kind: str) -> Story:
    def tell(walk: Walk) -> None:
        """Bound and unbound refresh tokens are used with each key, and with none, once and again."""
        user = user_of(walk)
        secret = enroll(walk, user, "otp")
        client = application(walk, kind)
        for name in ("ada", ""):
            kept = granted(walk, user, secret, name, client).found["refresh_token"]
            for turn in ("eve", "", "ada", "ada", "eve", "") if binds(walk, client) else (name, name):
                played = renewed(walk, user, kept, turn, client)
                kept = played.found.get("refresh_token", kept)
                if "access_token" in played.found:
                    userinfo(walk, user, played.found["access_token"])
                    proven(walk, calls.get("userinfo", played.found["access_token"]), user, turn or "ada")
            revoke(walk, kept, client)
            renewed(walk, user, kept, name, client)

    tell.__name__ = f"bound_refresh_tokens_of_{kind.replace(' ', '_')}"
    return tell


for _kind in ("the usual one", "a public one", "one that rotates", "a public one that rotates"):
    of_proofs(_refresh_tokens_of(_kind))


@of_proofs
def bound_refresh_tokens_of_other_applications(walk: Walk) -> None:
    """A bound refresh token is of no use to another application, whichever key it has."""
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    public = walk.sides.public
    if public is None or walk.other is None:
        return
    kept = bound(walk, user, secret, client=public).found["refresh_token"]
    for client in (walk.other, walk.client, public):
        for name in ("ada", "eve"):
            renewed(walk, user, kept, name, client)


@of_proofs
def two_keys_of_one_user(walk: Walk) -> None:
    """Two logins of one user with two keys, at the same time; what one key was given is nothing to the other."""
    user, other = user_of(walk), user_of(walk)
    secrets = [enroll(walk, one, "otp") for one in (user, other)]
    public = walk.sides.public
    for client in (walk.client, public):
        if client is None:
            continue
        found = {
            name: bound(walk, one, secret, name, client=client).found
            for name, one, secret in (("ada", user, secrets[0]), ("eve", user, secrets[0]), ("bob", other, secrets[1]))
        }
        for name, given in found.items():
            for mine in found:
                proven(walk, calls.get("userinfo", given["access_token"]), user, mine)
                if mine != name and binds(walk, client):
                    proven(walk, calls.refresh(client, given["refresh_token"]), user, mine, client=client)
        for name, given in found.items():
            proven(walk, calls.refresh(client, given["refresh_token"]), user, name, client=client)
