"""A verified fake of Auth0's MFA API for pytest, with contract tests. No product of Auth0's."""

from __future__ import annotations
