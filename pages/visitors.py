"""Visitors: whoever is behind the session cookie of a request, found anew with each, for Flask-Login.

To Flask-Login, the id of a user is the id of their session. So what its cookie says is worth what the row says.
"""

import hmac
import logging
import re

from flask import Request, Response, current_app, flash, g, redirect, request, session, url_for
from flask_login import UserMixin, current_user, login_user, logout_user
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.urls import iri_to_uri

from auth import sessions as session_rules
from auth import visits
from auth.errors import AuthError, MissingToken
from auth.guard import Identity
from auth.sessions import PAGE, SignedIn
from auth.visits import Visit
from dialects import only_reads
from models import LoginSession, db
from pages import cookies
from web.access import caller
from web.errors import settle

log = logging.getLogger(__name__)

#: A path on this server, as a browser would read it too: no other host, nothing that is cut out, no backslash.
_PATH = re.compile(r"/(?![/\\])(?![^?#]*/\.{0,2}/)[!-\[\]-~]{0,2000}\Z")
#: In the cookie: which credential of the session was the newest when it was set, and what opened it.
_COUNT, _REMEMBERED, _BY_SCRIPT = "count", "remembered", "by_script"


class Visitor(UserMixin):  # type: ignore[misc]
    """The current user of Flask-Login: an account, seen through one of its sessions."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.id, self.username, self.email, self.roles = visit.user_id, visit.username, visit.email, visit.roles

    def get_id(self) -> str:
        return self.visit.session_id


def recognise() -> None:
    """Find out who is there before anything else happens, where there may be somebody: that may write."""
    if request.endpoint and _is_open():
        current_user.is_authenticated  # noqa: B018 - asking is what makes Flask-Login look


def load(session_id: str) -> Visitor | None:
    """Return whoever is behind the session that a cookie names; a cookie that names none is emptied."""
    visit = visits.seen(session_id)
    if visit is None:
        session.clear()
        return None
    return _let_in(visit, session.get(_COUNT, 0))


def restore(request: Request) -> Visitor | None:
    """Return whoever the browser remembers, with the next credential for it: each is good for once."""
    credential = cookies.remembered()
    if not credential or not _is_open():
        return None
    only_reads.set(False)
    try:
        signed_in = session_rules.refresh(credential, PAGE, caller())
    except AuthError as refusal:
        settle(refusal)
        return None
    db.session.commit()
    visit = visits.seen(signed_in.session.id)
    if visit is None:
        return None
    _keep(signed_in, by_script=False)
    session["_user_id"] = visit.session_id
    session["_fresh"] = False
    return _let_in(visit, visit.used_count)


def enter(signed_in: SignedIn, *, by_script: bool = False) -> None:
    """Let whoever has signed in stay: with a new session, and nothing of the old one, its CSRF secret neither."""
    _keep(signed_in, by_script=by_script)
    visit = visits.seen(signed_in.session.id)
    if visit is not None:
        login_user(Visitor(visit))


def go_on_as(signed_in: SignedIn) -> None:
    """Go on in a new session, where the former one was ended by what its owner did."""
    _keep(signed_in, by_script=session.get(_BY_SCRIPT, False))
    session["_user_id"] = signed_in.session.id
    session["_fresh"] = True


def leave() -> None:
    """Leave nothing of the session, which a rule has ended."""
    logout_user()
    session.clear()
    g.remember = None


def is_remembered() -> bool:
    """Whether the browser keeps the session of this visitor when it is closed."""
    return bool(session.get(_REMEMBERED))


def came_by_script() -> bool:
    """Whether the session was opened by a script, with JSON, and not with a form."""
    return bool(session.get(_BY_SCRIPT))


def see_off(answer: Response) -> Response:
    """Set the cookie that remembers, or take it away; and note, now and then, that the visit goes on."""
    if _is_open():
        answer.vary.update(["Origin", "Cookie"])
    if "remember" in g:
        _tell(answer, g.remember)
    user = g.get("_login_user")
    if isinstance(user, Visitor) and user.visit.is_due and session.get("_user_id") == user.get_id():
        session.modified = True
        try:
            db.session.rollback()
            visits.go_on(user.visit)
            db.session.commit()
        except SQLAlchemyError:
            db.session.rollback()
            log.warning("request %s: could not note that a visit goes on", g.get("request_id"))
    return answer


def send_to_sign_in() -> Response:
    """Send whoever is not signed in to where one does, and let them come back; tell a script that it is not."""
    if request.mimetype == "application/json" or _asks_for_json():
        raise MissingToken
    message = "Sign in to go on."
    if ("status", message) not in session.get("_flashes", []):
        flash(message, "status")
    rule = request.url_rule
    path = iri_to_uri(request.full_path.rstrip("?")) if request.method in ("GET", "HEAD") else request.path
    if rule is None or "GET" not in (rule.methods or ()):
        path = url_for("pages.account")
    return redirect(url_for("pages.login", next=path))  # type: ignore[return-value]


def path_of_ours(text: str | None) -> str | None:
    """Return the path that a `next` names, if it is one on this server; else None (OWASP, Unvalidated Redirects)."""
    return text if text and _PATH.match(text) else None


def _asks_for_json() -> bool:
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def _is_open() -> bool:
    """Whether cookies are looked at here at all."""
    return not current_app.session_interface.is_null_session(session._get_current_object())


def _let_in(visit: Visit, count: int) -> Visitor:
    """Tell the rules who is asking. The count says which credential of the session has arrived."""
    g.identity = Identity(visit.session_id, visit.user_id, visit.username, tuple(visit.roles), count, visit.used_count)
    return Visitor(visit)


def _keep(signed_in: SignedIn, *, by_script: bool) -> None:
    """Write down in the cookie what belongs to this session, and drop all that was there."""
    session.clear()
    session[_COUNT] = signed_in.session.refresh_count
    session[_REMEMBERED], session[_BY_SCRIPT] = signed_in.remember, by_script
    session["csrf_token"] = _csrf_secret(signed_in.session)
    g.pop("csrf_token", None)
    g.remember = signed_in if signed_in.remember else None


def _csrf_secret(row: LoginSession) -> str:
    """The CSRF secret of a session: derived, so that two tabs which a browser restores at once have the same."""
    return hmac.digest(current_app.config["WTF_CSRF_SECRET_KEY"], f"secret of {row.id}".encode(), "sha256").hex()


def _tell(answer: Response, signed_in: SignedIn | None) -> None:
    if signed_in is not None:
        cookies.remember(answer, signed_in.refresh_token or "", signed_in.session.expires_at)
    elif cookies.remembered() is not None:
        cookies.forget(answer)
