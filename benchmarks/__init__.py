"""Benchmarks: every promise about speed or memory, as a ratio to what a user would use instead.

``python -m benchmarks`` prints the table; ``python -m benchmarks --write`` also writes it into RESULTS.md.
"""
