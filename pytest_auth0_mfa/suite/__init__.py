"""The contract suite: ``auth0-mfa verify``, or ``pytest --pyargs pytest_auth0_mfa.suite``."""
