"""Bytes as text that fits into a URL or a cookie: base64url without padding (RFC 4648, section 5)."""

import base64


def spelt(raw: bytes) -> str:
    """Return bytes as text."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def unspelt(text: str) -> bytes:
    """Return the bytes of a text; raise ValueError where a character does not belong there, or one is missing."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
