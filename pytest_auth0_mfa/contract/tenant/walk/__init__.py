"""The random walk: which step comes next, and with which values."""
