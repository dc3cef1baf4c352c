"""Long stories, told on both sides: what no short walk gets to by chance."""

from pytest_auth0_mfa.contract.tenant.walk.telling import STORIES

from . import authenticators, codes, limits, people, tokens

__all__ = ["STORIES", "authenticators", "codes", "limits", "people", "tokens"]
