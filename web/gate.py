"""The gate: where a process has its hands full with passwords, whoever brings another one is sent away at the door.

Below Flask this takes a tenth of the time that a refusal takes otherwise. In a flood of sign-ins that is the time for
which everyone else would wait.
"""

import json
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from auth.errors import Busy
from auth.guard import guard

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: Where passwords are hashed for strangers.
GUARDED = frozenset({"/api/login", "/api/register", "/api/registration", "/login", "/register", "/token"})
_REFUSAL = Busy()
_BODY = json.dumps(
    {"status_code": _REFUSAL.status, "error": _REFUSAL.code, "message": _REFUSAL.message, **_REFUSAL.facts}
).encode()
_HEADERS = [
    ("Content-Type", "application/json"),
    ("Content-Length", str(len(_BODY))),
    ("Retry-After", str(_REFUSAL.facts["retry_after"])),
]


def guarded(wsgi_app: "WSGIApplication", origins: Collection[str]) -> "WSGIApplication":
    """Let nobody in where passwords are hashed while too many wait there; pages of `origins` may read that."""

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if not guard.hasher.is_full or not _brings_a_password(environ):
            return wsgi_app(environ, start_response)
        start_response("503 Service Unavailable", [*_HEADERS, *_for_frontends(environ, origins)])
        return [_BODY]

    return answer


def _brings_a_password(environ: "WSGIEnvironment") -> bool:
    """Tell whether a password is about to be hashed. Whoever sees pages is to see one, which is made further up."""
    is_guarded = environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"] in GUARDED
    return is_guarded and "text/html" not in environ.get("HTTP_ACCEPT", "")


def _for_frontends(environ: "WSGIEnvironment", origins: Collection[str]) -> list[tuple[str, str]]:
    origin: Any = environ.get("HTTP_ORIGIN", "")
    if origin not in origins:
        return []
    return [
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Expose-Headers", "Retry-After"),
    ]
