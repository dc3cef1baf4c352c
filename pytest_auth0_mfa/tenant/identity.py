"""What a tenant is called: its domain, and the URLs and audiences that follow from it."""

from __future__ import annotations


class Identity:
    """The names of a tenant."""

    domain: str
    """Host, and port if there is one."""

    @property
    def url(self) -> str:
        """The base URL, without a slash at the end."""
        return f"https://{self.domain}"

    @property
    def issuer(self) -> str:
        """The issuer of tokens: the base URL with a slash."""
        return f"https://{self.domain}/"

    @property
    def mfa_audience(self) -> str:
        """The audience of tokens that manage authenticators: section 1.1 of the contract."""
        return f"https://{self.domain}/mfa/"

    @property
    def management_audience(self) -> str:
        """The audience of the Management API."""
        return f"https://{self.domain}/api/v2/"

    @property
    def userinfo_audience(self) -> str:
        """The audience that openid adds."""
        return f"https://{self.domain}/userinfo"
