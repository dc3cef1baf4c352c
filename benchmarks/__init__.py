"""Where the time goes: every promise about speed as a ratio to what a consumer would use instead.

``python -m benchmarks`` prints the table, ``python -m benchmarks --write`` also writes RESULTS.md.
"""
