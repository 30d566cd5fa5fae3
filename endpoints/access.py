"""Who may come in: every route wears exactly one of these marks, right below its address.

The last three are Flask-Praetorian's own decorators. They are made to note what they ask for, so that the
documentation can tell it, and to refuse at import what would let everyone or no one in.
"""

import re
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any, TypeVar

import flask_praetorian
from flask import current_app, g, request

from auth.caller import Caller
from auth.guard import Identity, identity
from models import ROLE_NAME

View = TypeVar("View", bound=Callable[..., Any])


def public(view: View) -> View:
    """Let everyone in."""
    return _marked(view, "public")


def auth_required(view: View) -> View:
    """Let in whoever presents a good access token."""
    return _marked(flask_praetorian.auth_required(view), "auth_required")


def roles_required(*names: str) -> Callable[[View], View]:
    """Let in whoever has all of these roles now."""
    _check(names)
    return lambda view: _marked(flask_praetorian.roles_required(*names)(view), "roles_required", names)


def roles_accepted(*names: str) -> Callable[[View], View]:
    """Let in whoever has at least one of these roles now."""
    _check(names)
    return lambda view: _marked(flask_praetorian.roles_accepted(*names)(view), "roles_accepted", names)


def me() -> Identity:
    """Whoever was let in."""
    who = identity()
    if who is None:
        raise RuntimeError("this route is public: nobody was asked for a token")
    return who


def caller() -> Caller:
    """Who is asking, as the rules may know it."""
    who = identity()
    agent = "".join(c for c in request.user_agent.string if c.isprintable())[:255]
    return Caller(
        kind="user" if who else "stranger",
        user_id=who.user_id if who else None,
        session_id=who.session_id if who else None,
        ip=_address(request.remote_addr),
        user_agent=agent or None,
        request_id=g.request_id,
    )


def _address(text: str | None) -> str | None:
    """An IP address in its usual form; a proxy that is not there lets anyone write anything."""
    try:
        return str(ip_address((text or "").partition("%")[0]))
    except ValueError:
        return None


def comes_from_here() -> bool:
    """Tell whether a browser sent this from a page of ours, or of an origin that is allowed.

    Cookies travel by themselves, so a request that one of them speaks for must say where it came from
    (OWASP CSRF sheet, "verifying origin with standard headers"). No word of it is a no.
    """
    origin = request.headers.get("Origin", "").lower()
    if not origin:
        return request.headers.get("Sec-Fetch-Site") == "same-origin"
    # Where the address of this server is known, nobody needs to be believed about it.
    own = _origin_of(current_app.config["PUBLIC_URL"] or request.host_url)
    return origin == own or origin in current_app.config["CORS_ORIGINS"]


def _origin_of(url: str) -> str:
    match = re.match(r"https?://[^/]+", url.lower())
    return match[0] if match else "-"


def _marked(view: Any, mark: str, names: tuple[str, ...] = ()) -> Any:
    view.access = (mark, names)
    return view


def _check(names: tuple[str, ...]) -> None:
    if not names or not all(isinstance(name, str) and ROLE_NAME.match(name) for name in names):
        raise ValueError("name the roles, each like 'admin': a letter, then letters, digits, _ or -")
