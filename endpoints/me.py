"""What a person may see and change of their own account."""

from collections.abc import Iterable
from typing import Any

from apiflask import APIBlueprint

from auth import accounts, audit, chain, directory, holding
from auth import sessions as session_rules
from auth.holding import Window
from endpoints import examples
from endpoints.schemas.accounts import MeOut, PasswordIn, ProfileIn, SessionsOut
from endpoints.schemas.events import OwnEventsOut, PageQuery
from models import AuditEvent, LoginSession, User, db, this_second
from web.access import auth_required, caller
from web.access import me as identity

me = APIBlueprint("me", __name__, tag="Me")


@me.get("/me")
@me.get("/profile", endpoint="profile")
@auth_required
@me.output(MeOut, example=examples.ME)
def show() -> dict[str, Any]:
    """Show the account of whoever is signed in"""
    return _shown(directory.show(identity().user_id), identity().session_id)


@me.patch("/me")
@auth_required
@me.input(ProfileIn, example=examples.PROFILE, arg_name="body")
@me.output(MeOut, example=examples.ME)
def update(body: ProfileIn) -> dict[str, Any]:
    """Take another username"""
    user = accounts.rename_own(identity().user_id, body.username, caller())
    db.session.commit()
    return _shown(user, identity().session_id)


@me.delete("/me")
@auth_required
@me.input(PasswordIn, example=examples.PASSWORD, arg_name="body")
@me.output({}, 204)
def destroy(body: PasswordIn) -> str:
    """Delete the account, given the password once more; the last administrator cannot"""
    accounts.delete_own(identity().user_id, body.password, caller())
    db.session.commit()
    return ""


@me.get("/me/sessions")
@auth_required
@me.output(SessionsOut, example=examples.SESSIONS)
def index_sessions() -> dict[str, Any]:
    """List the open sessions, the current one first"""
    who = identity()
    return listed(session_rules.of_user(who.user_id, who.session_id), who.session_id)


@me.delete("/me/sessions")
@auth_required
@me.output({}, 204)
def destroy_sessions() -> str:
    """End all sessions but the current one"""
    who = identity()
    session_rules.end_all(who.user_id, "revoked", caller(), keep=who.session_id)
    db.session.commit()
    return ""


@me.delete("/me/sessions/<session_id>")
@auth_required
@me.output({}, 204)
def destroy_session(session_id: str) -> str:
    """End one session, here or elsewhere"""
    session_rules.end(identity().user_id, session_id, caller())
    db.session.commit()
    return ""


@me.get("/me/events")
@auth_required
@me.input(PageQuery, location="query", arg_name="query")
@me.output(OwnEventsOut, example=examples.EVENTS)
def index_events(query: PageQuery) -> dict[str, Any]:
    """Tell what happened to this account, newest first"""
    found = audit.of_user(identity().user_id, limit=query.limit + 1, before_id=query.cursor)
    page = found[: query.limit]
    return {
        "events": [_event(event) for event in page],
        "next_cursor": page[-1].id if len(found) > query.limit else None,
    }


def listed(sessions: list[LoginSession], current_id: str | None = None) -> dict[str, Any]:
    """Sessions, as a list of them is answered."""
    columns = ("id", "via", "ip", "user_agent", "created_at", "last_seen_at", "expires_at")
    return {
        "sessions": [
            {name: getattr(session, name) for name in columns} | {"current": session.id == current_id}
            for session in sessions
        ]
    }


def windows(grants: Iterable[Window], at: int) -> list[dict[str, Any]]:
    """What someone borrows, or will, as it is answered; what has ended is left out."""
    return [
        {"role": role, "starts_at": holding.moment(first), "expires_at": holding.moment(end)}
        for role, first, end in sorted((grant.role, grant.starts_at, grant.expires_at) for grant in grants)
        if end > at
    ]


def _shown(user: User, session_id: str) -> dict[str, Any]:
    columns = ("id", "username", "email", "is_active", "created_at", "email_confirmed_at", "password_changed_at")
    grants, at = holding.grants_of(user), this_second()
    counts, withheld = session_rules.split_in(session_id, holding.held(user.roles, grants, at))
    roles = {"roles": counts, "withheld": withheld, "grants": windows(grants, at)}
    return {"user": {name: getattr(user, name) for name in columns} | roles}


def _event(event: AuditEvent) -> dict[str, Any]:
    """An event, without the address and the session of whoever else acted."""
    columns = ("id", "action", "actor", "actor_id", "subject_id", "reason")
    is_private = event.actor == "user" and event.actor_id != identity().user_id
    return {name: getattr(event, name) for name in columns} | {
        "at": chain.spelt(event.at),
        "ip": None if is_private else event.ip,
        "session_id": None if is_private else event.session_id,
        "before": chain.value(event.before),
        "after": chain.value(event.after),
    }
