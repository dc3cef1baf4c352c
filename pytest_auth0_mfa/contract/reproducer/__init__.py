"""Reproducers of findings: the trace of what was sent, as curl and as Python."""
