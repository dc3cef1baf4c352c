"""Stories: long, fixed sequences of steps that no random walk reaches by chance."""

from pytest_auth0_mfa.contract.tenant.walk.telling import STORIES

from . import account as account
from . import account_limits as account_limits
from . import account_methods as account_methods
from . import account_tokens as account_tokens
from . import authenticators as authenticators
from . import bound_refresh_tokens as bound_refresh_tokens
from . import bound_tokens as bound_tokens
from . import bystanders as bystanders
from . import codes as codes
from . import each_grant as each_grant
from . import first_factors as first_factors
from . import limits as limits
from . import people as people
from . import proofs as proofs
from . import refusals as refusals
from . import selection as selection
from . import tokens as tokens

__all__ = ["STORIES"]
