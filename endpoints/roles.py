"""The roles that there are, and who has them, for administrators."""

from typing import Any

from apiflask import APIBlueprint

from auth import bulk, catalogue, search
from auth.administrators import ADMIN
from auth.search import Search
from endpoints import examples
from endpoints.schemas import ReasonIn
from endpoints.schemas.administration import (
    DeletedRoleOut,
    MembersIn,
    MembersQuery,
    OutcomesOut,
    RoleIn,
    RoleOut,
    RolePatchIn,
    RoleQuery,
    RolesOut,
    UsersOut,
)
from endpoints.users import page_of
from models import db
from web.access import caller, roles_required
from web.bodies import takes

roles = APIBlueprint("roles", __name__, tag="Administration")

#: Room for 10,000 ids.
MEMBERS_BYTES = 256 * 1024


@roles.get("/admin/roles")
@roles_required(ADMIN)
@roles.output(RolesOut, example=examples.ROLES)
def index() -> dict[str, Any]:
    """List the roles that there are"""
    return {"roles": catalogue.roles()}


@roles.post("/admin/roles")
@roles_required(ADMIN)
@roles.input(RoleIn, example=examples.NEW_ROLE, arg_name="body")
@roles.output(RoleOut, 201, example=examples.ROLE)
def create(body: RoleIn) -> Any:
    """Add a role"""
    given = (body.name, body.description, body.is_default, caller(), body.reason)
    role = catalogue.create(*given, requires_factor=body.requires_factor)
    db.session.commit()
    return role


@roles.get("/admin/roles/<role>")
@roles_required(ADMIN)
@roles.output(RoleOut, example=examples.ROLE)
def show(role: str) -> Any:
    """Show a role"""
    return catalogue.named(role)


@roles.patch("/admin/roles/<role>")
@roles_required(ADMIN)
@roles.input(RolePatchIn, example=examples.ROLE_PATCH, arg_name="body")
@roles.output(RoleOut, example=examples.ROLE)
def update(role: str, body: RolePatchIn) -> Any:
    """Change what a role says, whether new accounts get it, or whether it asks for a second factor"""
    edited = catalogue.edit(
        role,
        caller(),
        description=body.description,
        is_default=body.is_default,
        requires_factor=body.requires_factor,
        reason=body.reason,
    )
    db.session.commit()
    return edited


@roles.delete("/admin/roles/<role>")
@roles_required(ADMIN)
@roles.input(RoleQuery, location="query", arg_name="query")
@roles.input(ReasonIn, example=examples.REASON, arg_name="body")
@roles.output(DeletedRoleOut, example=examples.DELETED_ROLE)
def destroy(role: str, query: RoleQuery, body: ReasonIn) -> dict[str, Any]:
    """Delete a role; one that someone has, only where it is to be withdrawn from all"""
    withdrawn = catalogue.delete(role, caller(), body.reason, withdraw=query.withdraw)
    db.session.commit()
    return {"message": "Role deleted", "withdrawn": withdrawn}


@roles.get("/admin/roles/<role>/users")
@roles_required(ADMIN)
@roles.input(MembersQuery, location="query", arg_name="query")
@roles.output(UsersOut, example=examples.USERS)
def index_users(role: str, query: MembersQuery) -> dict[str, Any]:
    """List who holds a role now, a page at a time"""
    return page_of(*search.find(Search(role=role, **query.model_dump())))


@roles.post("/admin/roles/<role>/users")
@roles_required(ADMIN)
@takes(MEMBERS_BYTES)
@roles.input(MembersIn, example=examples.MEMBERS, arg_name="body")
@roles.output(OutcomesOut, example=examples.OUTCOMES)
def assign(role: str, body: MembersIn) -> dict[str, Any]:
    """Give a role to many, and take it from many, in one transaction

    All or nothing, unless `partial` asks for what can be done. With `dry_run` nothing is done, and all is told.
    """
    outcomes = bulk.assign(role, body.add, body.remove, caller(), body.reason, partial=body.partial)
    if body.dry_run:
        db.session.rollback()
    else:
        db.session.commit()
    changed = sum(one.outcome in (bulk.GRANTED, bulk.WITHDRAWN) for one in outcomes)
    return {"dry_run": body.dry_run, "changed": changed, "outcomes": outcomes}
