"""Forgery: what changes something is done only where a page of ours, or a script of its owner, asked for it.

A form carries a token that belongs to the session (OWASP CSRF sheet, "signed double submit cookie"). A script sends
application/json instead, which no other site's form can (ibid., "custom request headers"). Both may say where they come
from, and browsers do: from elsewhere, neither is taken.
"""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import current_app, g, request
from flask_login import current_user
from flask_wtf.csrf import validate_csrf
from wtforms import ValidationError

from auth.errors import ForeignOrigin
from pages import visitors
from web import SAFE_METHODS
from web.access import comes_from_elsewhere
from web.bodies import BadBody

log = logging.getLogger(__name__)

#: Where the keys of tokens are, in `app.extensions`.
KEYS = "lictor_forgery_keys"
View = TypeVar("View", bound=Callable[..., Any])

TOLD = "This form was open for too long, or in another tab meanwhile. Go back, reload the page, and send it again."


def check() -> None:
    """Refuse what nobody who is behind the session asked for. Raises ForeignOrigin or BadBody."""
    if request.method in SAFE_METHODS or not visitors.is_open():
        return
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None:
        return
    by_script = _is_by_script(view)
    if comes_from_elsewhere(or_listed=by_script):
        log.warning("request %s: sent from %.100r, and this is %s; %s", g.request_id, *_told_of_origins())
        raise ForeignOrigin
    mark, _ = getattr(view, "access", ("", ()))
    if by_script or (mark == "login_required" and not current_user.is_authenticated):
        return  # Whoever is not signed in is sent to where one does, and changes nothing.
    given = request.form.get("csrf_token") or request.headers.get("X-CSRFToken")
    if not any(_fits(given, key.secret) for key in current_app.extensions[KEYS].keys):
        raise BadBody(TOLD)
    g.csrf_valid = True  # Forms need not ask once more.


def for_scripts(answer: Callable[[], Any]) -> Callable[[View], View]:
    """Let another view answer where a script asks."""

    def made(view: View) -> View:
        @wraps(view)
        def chosen(*args: Any, **named: Any) -> Any:
            return answer() if _is_by_script(chosen) else view(*args, **named)

        chosen.answers_scripts = True  # type: ignore[attr-defined]
        return chosen  # type: ignore[return-value]

    return made


def _fits(token: str | None, secret: bytes) -> bool:
    """Tell whether a token belongs to the session at hand, and was signed with this key."""
    try:
        validate_csrf(token, secret_key=secret)
    except ValidationError:
        return False
    return True


def _told_of_origins() -> tuple[str, str, str]:
    own = current_app.config["PUBLIC_URL"] or request.host_url
    hint = "if they are the same server, set PUBLIC_URL, or TRUSTED_PROXIES where a proxy speaks TLS"
    return request.headers.get("Origin", "another site"), own, hint


def _is_by_script(view: Any) -> bool:
    """Tell whether a script asks, of a view that answers scripts: with JSON, or, in its own session, with nothing."""
    if request.method in SAFE_METHODS or not getattr(view, "answers_scripts", False):
        return False
    says_nothing = not request.content_type and not request.get_data()
    return request.mimetype == "application/json" or (says_nothing and visitors.came_by_script())
