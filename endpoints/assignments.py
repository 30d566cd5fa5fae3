"""Roles of users: giving them for good or for a while, taking them, and telling why someone has one."""

from typing import Any

from apiflask import APIBlueprint

from auth import explain as reasons
from auth import holding
from auth import roles as rules
from auth.administrators import ADMIN
from auth.errors import InvalidField
from endpoints import examples
from endpoints.schemas import ReasonIn
from endpoints.schemas.administration import (
    ExplainQuery,
    ExplanationOut,
    GrantIn,
    GrantsOut,
    GrantsQuery,
    RolesIn,
    UserOut,
)
from endpoints.users import answer_with, expected_version
from models import MAX_ID, NEVER, RoleGrant, db
from web.access import caller, roles_required

assignments = APIBlueprint("assignments", __name__, tag="Administration")


@assignments.put("/admin/users/<int:user_id>/roles/<role>")
@roles_required(ADMIN)
@assignments.input(GrantIn, example=examples.REASON, arg_name="body")
@assignments.output(UserOut, example=examples.USER)
def grant(user_id: int, role: str, body: GrantIn) -> Any:
    """Give a user a role, for good or for a while; it counts from their next request on, or from its beginning"""
    version = expected_version()
    if body.starts_at is None and body.expires_at is None:
        user = rules.grant(user_id, role, caller(), body.reason, version=version)
    else:
        user = rules.lend(user_id, role, body.starts_at, body.expires_at, caller(), body.reason, version=version)
    answer = answer_with(user)
    db.session.commit()
    return answer


@assignments.delete("/admin/users/<int:user_id>/roles/<role>")
@roles_required(ADMIN)
@assignments.input(ReasonIn, example=examples.REASON, arg_name="body")
@assignments.output(UserOut, example=examples.USER)
def withdraw(user_id: int, role: str, body: ReasonIn) -> Any:
    """Take a role away; it is gone from their next request on"""
    answer = answer_with(rules.withdraw(user_id, role, caller(), body.reason, version=expected_version()))
    db.session.commit()
    return answer


@assignments.put("/admin/users/<int:user_id>/roles")
@roles_required(ADMIN)
@assignments.input(RolesIn, example=examples.ROLE_SET, arg_name="body")
@assignments.output(UserOut, example=examples.USER)
def replace(user_id: int, body: RolesIn) -> Any:
    """Let a user hold just these roles; what they borrow, and is named, stays borrowed"""
    answer = answer_with(rules.replace(user_id, body.roles, caller(), body.reason, version=expected_version()))
    db.session.commit()
    return answer


@assignments.get("/admin/users/<int:user_id>/explain")
@roles_required(ADMIN)
@assignments.input(ExplainQuery, location="query", arg_name="query")
@assignments.output(ExplanationOut, example=examples.EXPLANATION)
def explain(user_id: int, query: ExplainQuery) -> Any:
    """Tell what a user has a role from, since when and from whom; or what is missing"""
    return reasons.explain(user_id, query.role)


@assignments.get("/admin/grants")
@roles_required(ADMIN)
@assignments.input(GrantsQuery, location="query", arg_name="query")
@assignments.output(GrantsOut, example=examples.GRANTS)
def index(query: GrantsQuery) -> dict[str, Any]:
    """List the borrowed roles that have not ended, what ends first at the head"""
    found = rules.expiring(query.role, query.expiring_before, limit=query.limit + 1, cursor=_place(query.cursor))
    page = found[: query.limit]
    more = len(found) > query.limit
    return {
        "grants": [_shown(*found) for found in page],
        "next_cursor": f"{page[-1][0].expires_at}-{page[-1][0].id}" if more else None,
    }


def _shown(grant: RoleGrant, holder: str, giver: str | None) -> dict[str, Any]:
    return {
        "user": {"id": grant.user_id, "username": holder},
        "role": grant.role,
        "starts_at": holding.moment(grant.starts_at),
        "expires_at": holding.moment(grant.expires_at),
        "granted_at": grant.granted_at,
        "by": {"actor": grant.actor, "id": grant.actor_id, "username": giver},
        "reason": grant.reason,
    }


def _place(cursor: str | None) -> tuple[int, int]:
    """End and id of the grant that a cursor names."""
    if cursor is None:
        return 0, 0
    end, _, grant_id = cursor.partition("-")
    if not (cursor.isascii() and end.isdigit() and grant_id.isdigit() and len(cursor) < 30):
        raise InvalidField("cursor", "This is not the cursor of such a list.")
    return min(int(end), NEVER), min(int(grant_id), MAX_ID)
