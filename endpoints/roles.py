"""The roles that there are, for administrators."""

from typing import Any

from apiflask import APIBlueprint

from auth import roles as rules
from auth.roles import ADMIN
from endpoints import examples
from endpoints.access import roles_required
from endpoints.schemas import RolesOut

roles = APIBlueprint("roles", __name__, tag="Administration")


@roles.get("/admin/roles")
@roles_required(ADMIN)
@roles.output(RolesOut, example=examples.ROLES)
def index() -> dict[str, Any]:
    """List the roles that there are"""
    return {"roles": rules.catalogue()}
