"""Visitors: whoever is behind the session cookie of a request, found anew with each, for Flask-Login.

To Flask-Login, the id of a user is the id of their session. So what its cookie says is worth what the row says.
"""

import hmac
import logging
import re

from flask import Request, Response, current_app, g, redirect, request, session, url_for
from flask_login import UserMixin, current_user, login_user, logout_user
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.urls import iri_to_uri

from auth import devices, second_step, visits
from auth.caller import Caller
from auth.errors import AuthError, MissingToken
from auth.guard import Identity
from auth.proofs import Proof
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
    if request.endpoint and is_open():
        current_user.is_authenticated  # noqa: B018 - asking is what makes Flask-Login look


def load(session_id: str) -> Visitor | None:
    """Return whoever is behind the session that a cookie names.

    A cookie that names none stays as it is: another tab may have got a better one meanwhile, which ours would replace.
    """
    visit = visits.seen(session_id)
    return _let_in(visit, session.get(_COUNT)) if visit else None


def restore(request: Request) -> Visitor | None:
    """Return whoever the browser remembers, with the next credential for it: each is good for once."""
    credential = cookies.remembered()
    if not credential or not is_open() or not visits.can_be_restored(credential):
        return None
    only_read = only_reads.get()
    only_reads.set(False)
    try:
        signed_in = visits.restore(credential, caller())
        db.session.commit()
    except AuthError as refusal:
        settle(refusal)
        return None
    finally:
        only_reads.set(only_read)
    _keep(signed_in, is_fresh=False, by_script=False)
    return _let_in(visits.begun(signed_in), None)


def sign_in(login: object, password: object, *, remember: bool, by_script: bool = False) -> SignedIn:
    """Let whoever has this name and this password in, in place of whoever was in. Raises as the guard does.

    They get a new session, and nothing of the old one, its CSRF secret neither.
    """
    by = caller()
    return _come_in(visits.sign_in(login, password, by, remember=remember), by, by_script=by_script)


def finish(ticket: str, proof: Proof) -> SignedIn:
    """Let whoever has taken the first step in, by a second factor. Raises as `second_step.complete`."""
    by = caller()
    return _come_in(second_step.complete(ticket, proof, by, of_pages=True), by, by_script=False)


def sign_in_with_passkey(ticket: str, proof: Proof, *, remember: bool) -> SignedIn:
    """Let whoever has this passkey in. Raises as `second_step.sign_in_with_passkey`."""
    by = caller()
    signed_in = second_step.sign_in_with_passkey(ticket, proof, PAGE, by, remember=remember)
    return _come_in(signed_in, by, by_script=False)


def _come_in(signed_in: SignedIn, by: Caller, *, by_script: bool) -> SignedIn:
    g.device = devices.remembered(signed_in.user.id, by)
    was_in = current_user.is_authenticated
    if was_in:
        visits.leave(caller())
    db.session.commit()
    if was_in:
        logout_user()
    _keep(signed_in, is_fresh=True, by_script=by_script)
    login_user(Visitor(visits.begun(signed_in)))
    return signed_in


def go_on_as(signed_in: SignedIn) -> None:
    """Go on in a new session, where the former one was ended by what its owner did."""
    _keep(signed_in, is_fresh=True, by_script=came_by_script())


def leave() -> None:
    """Leave nothing of the session, which a rule has ended."""
    logout_user()
    session.clear()
    g.remember = ""


def is_remembered() -> bool:
    """Whether the browser keeps the session of this visitor when it is closed."""
    return bool(session.get(_REMEMBERED))


def came_by_script() -> bool:
    """Whether the session was opened by a script, with JSON, and not with a form."""
    return bool(session.get(_BY_SCRIPT))


def see_off(answer: Response) -> Response:
    """Set the cookie that remembers, or take it away; and note, now and then, that the visit goes on."""
    if not is_open():
        return answer
    answer.vary.update(["Origin", "Cookie"])
    if g.get("remember"):
        cookies.remember(answer, g.remember, g.remember_until)
    elif "remember" in g and cookies.remembered() is not None:
        cookies.forget(answer)
    user = g.get("_login_user")
    if isinstance(user, Visitor) and user.visit.is_due and session.get("_user_id") == user.get_id():
        _note(user.visit)
    return answer


def send_to_sign_in() -> Response:
    """Send whoever is not signed in to where one does, and let them come back; tell a script that it is not."""
    if request.mimetype == "application/json" or _asks_for_json():
        raise MissingToken
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


def is_open() -> bool:
    """Whether cookies are looked at here at all."""
    return not current_app.session_interface.is_null_session(session._get_current_object())


def _let_in(visit: Visit, count: object) -> Visitor:
    """Tell the rules who is asking, and which credential of the session has arrived for good."""
    generation = count if isinstance(count, int) and visit.is_kept else visit.used_count
    g.identity = Identity(
        visit.session_id,
        visit.user_id,
        visit.username,
        tuple(visit.roles),
        tuple(visit.withheld),
        generation,
        visit.used_count,
    )
    return Visitor(visit)


def _keep(signed_in: SignedIn, *, is_fresh: bool, by_script: bool) -> None:
    """Write down in the cookie what belongs to this session, and drop all that was there."""
    session.clear()
    session.update(_user_id=signed_in.session.id, _fresh=is_fresh, csrf_token=_csrf_secret(signed_in.session))
    session[_COUNT] = signed_in.session.refresh_count
    session[_REMEMBERED], session[_BY_SCRIPT] = signed_in.remember, by_script
    g.pop("csrf_token", None)
    # An empty one takes away what may be there of a former session.
    g.remember = signed_in.refresh_token if signed_in.remember else ""
    g.remember_until = signed_in.session.expires_at


def _note(visit: Visit) -> None:
    """Note that a visit goes on, and let its cookie be signed anew; nothing, where it was ended meanwhile."""
    try:
        db.session.rollback()
        session.modified = visits.go_on(visit) or session.modified
        db.session.commit()
    except SQLAlchemyError:
        db.session.rollback()
        log.warning("request %s: could not note that a visit goes on", g.get("request_id"))


def _csrf_secret(row: LoginSession) -> str:
    """The CSRF secret of a session: derived, so that two tabs which a browser restores at once have the same."""
    return hmac.digest(current_app.config["WTF_CSRF_SECRET_KEY"], f"secret of {row.id}".encode(), "sha256").hex()
