"""Users, their roles and their sessions, for administrators."""

import re
from datetime import datetime
from typing import Any

from apiflask import APIBlueprint
from flask import request

from auth import accounts, sessions
from auth import roles as role_rules
from auth.accounts import Search
from auth.errors import StaleVersion
from auth.roles import ADMIN
from endpoints import examples
from endpoints.access import caller, roles_required
from endpoints.me import listed
from endpoints.schemas import ReasonIn, SessionsOut, UserOut, UserPatchIn, UsersOut, UsersQuery
from models import User, db

users = APIBlueprint("users", __name__, tag="Administration")


@users.get("/admin/users")
@roles_required(ADMIN)
@users.input(UsersQuery, location="query", arg_name="query")
@users.output(UsersOut, example=examples.USERS)
def index(query: UsersQuery) -> dict[str, Any]:
    """List users, by name or by age, a page at a time"""
    page, cursor = accounts.find(Search(**query.model_dump()))
    seen = accounts.last_seen(page)
    return {"users": [_shown(user, seen.get(user.id)) for user in page], "next_cursor": cursor}


@users.get("/admin/users/<int:user_id>")
@roles_required(ADMIN)
@users.output(UserOut, example=examples.USER)
def show(user_id: int) -> Any:
    """Show a user; the ETag is for If-Match"""
    return _answer(accounts.show(user_id))


@users.patch("/admin/users/<int:user_id>")
@roles_required(ADMIN)
@users.input(UserPatchIn, example=examples.USER_PATCH, arg_name="body")
@users.output(UserOut, example=examples.USER)
def update(user_id: int, body: UserPatchIn) -> Any:
    """Disable a user, which ends their sessions, or enable them again"""
    change = accounts.enable if body.is_active else accounts.disable
    answer = _answer(change(user_id, caller(), body.reason, version=_expected_version()))
    db.session.commit()
    return answer


@users.put("/admin/users/<int:user_id>/roles/<role>")
@roles_required(ADMIN)
@users.input(ReasonIn, example=examples.REASON, arg_name="body")
@users.output(UserOut, example=examples.USER)
def grant(user_id: int, role: str, body: ReasonIn) -> Any:
    """Give a user a role; it counts from their next request on"""
    answer = _answer(role_rules.grant(user_id, role, caller(), body.reason))
    db.session.commit()
    return answer


@users.delete("/admin/users/<int:user_id>/roles/<role>")
@roles_required(ADMIN)
@users.input(ReasonIn, example=examples.REASON, arg_name="body")
@users.output(UserOut, example=examples.USER)
def withdraw(user_id: int, role: str, body: ReasonIn) -> Any:
    """Take a role away; it is gone from their next request on"""
    answer = _answer(role_rules.withdraw(user_id, role, caller(), body.reason))
    db.session.commit()
    return answer


@users.get("/admin/users/<int:user_id>/sessions")
@roles_required(ADMIN)
@users.output(SessionsOut, example=examples.SESSIONS)
def index_sessions(user_id: int) -> dict[str, Any]:
    """List the open sessions of a user"""
    return listed(sessions.of_user(accounts.show(user_id).id))


@users.delete("/admin/users/<int:user_id>/sessions")
@roles_required(ADMIN)
@users.output({}, 204)
def destroy_sessions(user_id: int) -> str:
    """End all sessions of a user"""
    sessions.end_all(accounts.show(user_id).id, "revoked_by_admin", caller())
    db.session.commit()
    return ""


def _answer(user: User) -> tuple[dict[str, Any], int, dict[str, str]]:
    seen = accounts.last_seen([user])
    return _shown(user, seen.get(user.id)), 200, {"ETag": f'"{user.version}"'}


def _shown(user: User, seen: datetime | None) -> dict[str, Any]:
    columns = ("id", "username", "email", "is_active", "created_at", "version")
    return {name: getattr(user, name) for name in columns} | {"roles": user.rolenames, "last_seen_at": seen}


def _expected_version() -> int | None:
    """The version in `If-Match: "3"`; None where any will do. What no ETag of ours looks like is stale."""
    header = request.headers.get("If-Match", "*").strip()
    if header == "*":
        return None
    match = re.fullmatch(r'"(\d{1,9})"', header)
    if match is None:
        raise StaleVersion
    return int(match[1])
