"""The client contract: what must an MFA client do?"""

from .contract import ClientContract

__all__ = ["ClientContract"]
