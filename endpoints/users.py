"""Users and their sessions, for administrators."""

import re
from typing import Any

from apiflask import APIBlueprint
from flask import request

from auth import accounts, directory, factors, holding, invitations, search, sessions
from auth.accounts import Edit
from auth.administrators import ADMIN
from auth.errors import StaleVersion
from auth.pending import kinds_of
from auth.search import Search
from endpoints import examples
from endpoints.me import listed, windows
from endpoints.schemas import ReasonIn
from endpoints.schemas.accounts import SessionsOut
from endpoints.schemas.administration import UserIn, UserOut, UserPatchIn, UsersOut, UsersQuery
from models import User, db, this_second
from web.access import caller, roles_required

users = APIBlueprint("users", __name__, tag="Administration")


@users.get("/admin/users")
@roles_required(ADMIN)
@users.input(UsersQuery, location="query", arg_name="query")
@users.output(UsersOut, example=examples.USERS)
def index(query: UsersQuery) -> dict[str, Any]:
    """List users, by name or by age, a page at a time"""
    return page_of(*search.find(Search(**query.model_dump())))


@users.post("/admin/users")
@roles_required(ADMIN)
@users.input(UserIn, example=examples.NEW_USER, arg_name="body")
@users.output(UserOut, 201, example=examples.USER)
def create(body: UserIn) -> Any:
    """Make an account, with the default roles and those that are named; without a password, an invitation is mailed"""
    given = (body.username, body.email, body.roles, caller(), body.reason)
    user = invitations.invite(*given) if body.password is None else accounts.create(*given, password=body.password)
    answer = answer_with(user, 201)
    db.session.commit()
    return answer


@users.get("/admin/users/<int:user_id>")
@roles_required(ADMIN)
@users.output(UserOut, example=examples.USER)
def show(user_id: int) -> Any:
    """Show a user; the ETag is for If-Match"""
    return answer_with(directory.show(user_id))


@users.patch("/admin/users/<int:user_id>")
@roles_required(ADMIN)
@users.input(UserPatchIn, example=examples.USER_PATCH, arg_name="body")
@users.output(UserOut, example=examples.USER)
def update(user_id: int, body: UserPatchIn) -> Any:
    """Rename a user, change their address, disable them, which ends their sessions, or enable them again"""
    email = (body.email or "") if "email" in body.model_fields_set else None
    wanted = Edit(body.username, email, body.is_active, is_confirmed=body.email_confirmed or False)
    answer = answer_with(accounts.edit(user_id, wanted, caller(), body.reason, version=expected_version()))
    db.session.commit()
    return answer


@users.delete("/admin/users/<int:user_id>")
@roles_required(ADMIN)
@users.input(ReasonIn, example=examples.REASON, arg_name="body")
@users.output({}, 204)
def destroy(user_id: int, body: ReasonIn) -> str:
    """Delete a user for good; what they did stays on record"""
    accounts.delete(user_id, caller(), body.reason, version=expected_version())
    db.session.commit()
    return ""


@users.delete("/admin/users/<int:user_id>/factors")
@roles_required(ADMIN)
@users.input(ReasonIn, example=examples.REASON, arg_name="body")
@users.output(UserOut, example=examples.USER)
def destroy_factors(user_id: int, body: ReasonIn) -> Any:
    """Remove all second factors of a user who has lost them, and end their sessions"""
    answer = answer_with(factors.remove_all(user_id, caller(), body.reason))
    db.session.commit()
    return answer


@users.get("/admin/users/<int:user_id>/sessions")
@roles_required(ADMIN)
@users.output(SessionsOut, example=examples.SESSIONS)
def index_sessions(user_id: int) -> dict[str, Any]:
    """List the open sessions of a user"""
    return listed(sessions.of_user(directory.show(user_id).id))


@users.delete("/admin/users/<int:user_id>/sessions")
@roles_required(ADMIN)
@users.output({}, 204)
def destroy_sessions(user_id: int) -> str:
    """End all sessions of a user"""
    sessions.end_all(directory.show(user_id).id, "revoked_by_admin", caller())
    db.session.commit()
    return ""


def page_of(page: list[User], cursor: str | None) -> dict[str, Any]:
    """A page of users, as a list of them is answered."""
    return {"users": _shown(page), "next_cursor": cursor}


def answer_with(user: User, status: int = 200) -> tuple[dict[str, Any], int, dict[str, str]]:
    """One user, with their version as ETag."""
    return _shown([user])[0], status, {"ETag": f'"{user.version}"'}


def expected_version() -> int | None:
    """The version in `If-Match: "3"`; None where any will do. What no ETag of ours looks like is stale."""
    header = request.headers.get("If-Match", "*").strip()
    if header == "*":
        return None
    match = re.fullmatch(r'"(\d{1,9})"', header, re.ASCII)
    if match is None:
        raise StaleVersion
    return int(match[1])


def _shown(page: list[User]) -> list[dict[str, Any]]:
    columns = ("id", "username", "email", "is_active", "created_at", "version")
    columns += ("email_confirmed_at", "unconfirmed_since")
    seen, grants, at = directory.last_seen(page), holding.grants_of_all(page), this_second()
    return [
        {name: getattr(user, name) for name in columns}
        | {"roles": holding.held(user.roles, grants[user.id], at), "grants": windows(grants[user.id], at)}
        | {"last_seen_at": seen.get(user.id), "factors": kinds_of(user.factors)}
        for user in page
    ]
