"""The pure model of a tenant: users, authenticators, challenges, tokens, limits, clock."""
