"""What a browser does with what Lictor answers."""

import base64
import json
import re
from typing import Any


def atob(text: str) -> str:
    """Decode as `atob` does: plain base64, padded or not; `-` and `_` are errors (WHATWG Infra, forgiving-base64)."""
    text = re.sub(r"[\t\n\f\r ]", "", text)
    if len(text) % 4 == 0:
        text = re.sub(r"={1,2}\Z", "", text)
    if len(text) % 4 == 1 or not re.fullmatch(r"[A-Za-z0-9+/]*", text):
        raise ValueError("InvalidCharacterError")
    return base64.b64decode(text + "=" * (-len(text) % 4)).decode("latin-1")


def claims(token: str) -> dict[str, Any]:
    """Read a token as the client does: `JSON.parse(atob(token.split('.')[1]))`."""
    return json.loads(atob(token.split(".")[1]))
