"""The Authentication API: tokens, the MFA API, discovery."""
