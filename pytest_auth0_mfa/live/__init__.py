"""Runs against a real tenant: users, pace, budget, measurements and cleanup."""
