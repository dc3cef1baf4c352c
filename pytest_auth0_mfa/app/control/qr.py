"""QR codes, drawn by segno: small, pure Python and well kept. Imported when the first one is looked at."""

from __future__ import annotations

from pytest_auth0_mfa.errors import MissingExtraError


def image(text: str) -> str:
    """A data URL of an SVG image. Raises MissingExtraError."""
    try:
        import segno
    except ImportError:
        raise MissingExtraError("The QR code", "server") from None
    url: str = segno.make(text, error="m", micro=False).svg_data_uri(border=4, light="white", omitsize=True)
    return url
