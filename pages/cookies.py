"""The cookies of the pages: the session's, and the one that remembers it when the browser is closed.

Both are HttpOnly and SameSite=Lax, and where TLS is they are Secure, bound to this host and this path (`__Host-`,
RFC 6265bis, 4.1.3.2). Neither is worth anything unless the row that it names is open.
"""

import hashlib
import re
from datetime import datetime

from flask import Flask, Request, Response, g, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import URLSafeTimedSerializer

from auth.keys import KeyRing
from web.access import is_secure, know_device

#: Where no cookie is looked at, and none is set: the JSON door, and what is the same for everyone.
_WITHOUT = re.compile(r"/(?:api|app|static)(?:/|\Z)|/token\Z")


class PageSessions(SecureCookieSessionInterface):
    """Flask's signed cookie, under a key of its own."""

    def __init__(self, ring: KeyRing) -> None:
        # itsdangerous signs with the last of the keys.
        self._serializer = URLSafeTimedSerializer(
            [key.secret for key in reversed(ring.keys)],
            salt=self.salt,
            serializer=self.serializer,
            signer_kwargs={"key_derivation": self.key_derivation, "digest_method": hashlib.sha256},
        )

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer:
        return self._serializer

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        return None if _WITHOUT.match(request.path) else super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        super().save_session(app, session, response)
        if g.get("device"):
            know_device(response, g.device)

    def get_cookie_name(self, app: Flask) -> str:
        return _named("session")

    def get_cookie_secure(self, app: Flask) -> bool:
        return is_secure()

    def get_cookie_domain(self, app: Flask) -> None:
        return None

    def get_cookie_path(self, app: Flask) -> str:
        return "/"

    def get_cookie_httponly(self, app: Flask) -> bool:
        return True

    def get_cookie_samesite(self, app: Flask) -> str:
        return "Lax"


def remembered() -> str | None:
    """The credential that the browser remembers a session by, if it does."""
    return request.cookies.get(_named("remember"))


def remember(answer: Response, credential: str, until: datetime) -> None:
    """Let the browser keep a credential."""
    answer.set_cookie(
        _named("remember"), credential, expires=until, path="/", secure=is_secure(), httponly=True, samesite="Lax"
    )


def forget(answer: Response) -> None:
    """Let the browser keep none."""
    answer.delete_cookie(_named("remember"), path="/", secure=is_secure(), httponly=True, samesite="Lax")


def _named(what: str) -> str:
    return f"{'__Host-' if is_secure() else ''}lictor_{what}"
