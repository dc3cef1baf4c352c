"""Where a live run gets codes from, and who answers its push requests."""
