"""Broken tenants and broken models, each of which the contract has to catch."""
