"""Right clients, and broken ones: each broken client is a small difference from a right one."""
