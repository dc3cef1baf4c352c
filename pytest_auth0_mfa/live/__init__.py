"""A run against a real tenant: its users, pace, budget, measurements and clean-up."""
