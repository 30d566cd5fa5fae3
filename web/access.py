"""Who may come in: every route wears exactly one of these marks, right below its address.

`login_required` is Flask-Login's own decorator; those that ask for a token are Flask-Praetorian's. They are made to
note what they ask for, so that the documentation can tell it, and to refuse at import what would let everyone or no
one in.
"""

import re
from collections.abc import Callable
from functools import wraps
from ipaddress import ip_address
from typing import Any, TypeVar

import flask_login
import flask_praetorian
from flask import Response, current_app, g, request

from auth import devices
from auth.caller import Caller
from auth.errors import MissingToken
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


def login_required(view: View) -> View:
    """Let in whoever has signed in to the pages; send everyone else to the page where one does."""
    return _marked(flask_login.login_required(view), "login_required")


def either_required(view: View) -> View:
    """Let in whoever presents a good access token or, where there is no token, has signed in to the pages."""
    with_token = flask_praetorian.auth_required(view)

    @wraps(view)
    def asked(*args: Any, **named: Any) -> Any:
        if "Authorization" in request.headers:
            return with_token(*args, **named)
        if identity() is None:
            raise MissingToken
        return view(*args, **named)

    return _marked(asked, "either_required")


def me() -> Identity:
    """Whoever was let in."""
    who = identity()
    if who is None:
        raise RuntimeError("this route is public: nobody was asked for a token")
    return who


def caller(device: str | None = None) -> Caller:
    """Who is asking, as the rules may know it; a client without cookies says in the body how its device is known."""
    who = identity()
    agent = "".join(c for c in request.user_agent.string if c.isprintable())[:255]
    return Caller(
        kind="user" if who else "stranger",
        user_id=who.user_id if who else None,
        session_id=who.session_id if who else None,
        ip=_address(request.remote_addr),
        user_agent=agent or None,
        request_id=g.request_id,
        device=device or request.cookies.get(device_cookie()),
        site=_own_origin(),
    )


def device_cookie() -> str:
    """The name of the cookie that a device is known by, on all of this host and nowhere else (RFC 6265bis, 4.1.3.2)."""
    return f"{'__Host-' if is_secure() else ''}lictor_device"


def know_device(answer: Response, token: str) -> None:
    """Let the browser keep what its device is known by."""
    answer.set_cookie(
        device_cookie(), token, max_age=devices.KNOWN_FOR, path="/", secure=is_secure(), httponly=True, samesite="Lax"
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
    if not request.headers.get("Origin"):
        return request.headers.get("Sec-Fetch-Site") == "same-origin"
    return not comes_from_elsewhere(or_listed=True)


def comes_from_elsewhere(*, or_listed: bool = False) -> bool:
    """Tell whether a browser says that this comes from another origin than ours, or, `or_listed`, one that is allowed.

    Scripts say nothing, and so do browsers where somebody typed the address.
    """
    origin = request.headers.get("Origin", "").lower()
    if not origin:
        return request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin")
    return origin != _own_origin() and not (or_listed and origin in current_app.config["CORS_ORIGINS"])


def is_secure() -> bool:
    """Tell whether what is set here as a cookie may travel over TLS alone."""
    return request.is_secure or bool(current_app.config["APP_ENV"] == "production")


def _own_origin() -> str:
    """Where the address of this server is known, nobody needs to be believed about it."""
    return _origin_of(current_app.config["PUBLIC_URL"] or request.host_url)


def _origin_of(url: str) -> str:
    match = re.match(r"https?://[^/]+", url.lower())
    return match[0] if match else "-"


def _marked(view: Any, mark: str, names: tuple[str, ...] = ()) -> Any:
    view.access = (mark, names)
    return view


def _check(names: tuple[str, ...]) -> None:
    if not names or not all(isinstance(name, str) and ROLE_NAME.match(name) for name in names):
        raise ValueError("name the roles, each like 'admin': a letter, then letters, digits, _ or -")
