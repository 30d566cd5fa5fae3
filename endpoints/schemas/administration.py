"""What administrators send and get: users, their roles, and the roles that there are."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from auth.bulk import OUTCOMES
from auth.catalogue import MAX_DESCRIPTION
from auth.search import SORTS
from endpoints.schemas import Limit, Out, Query, ReasonIn, Text, Time, change_something, refuse_false, refuse_null
from endpoints.schemas.accounts import WindowOut

Cursor = Annotated[str | None, Field(max_length=1024, description="The `next_cursor` of the page before.")]
Description = Annotated[Text, Field(max_length=MAX_DESCRIPTION)]


class UserIn(ReasonIn):
    """An account; it gets the default roles, and those that are named. Without a password, an invitation is mailed."""

    username: Text
    email: Text | None = None
    password: str | None = None
    roles: Annotated[list[Text], Field(max_length=1000)] = []

    _is_given = field_validator("password", mode="before")(refuse_null)


class UserPatchIn(ReasonIn):
    """What is to be changed; an `email` of null takes the address away.

    `email_confirmed` lets somebody in who waits for a letter: whoever says so vouches for them.
    """

    is_active: bool | None = None
    email_confirmed: bool | None = None
    username: Text | None = None
    email: Annotated[Text, Field(min_length=1)] | None = None

    _is_given = field_validator("is_active", "username", "email_confirmed", mode="before")(refuse_null)
    _is_so = field_validator("email_confirmed")(refuse_false)
    _changes_something = model_validator(mode="after")(change_something)


class RolesIn(ReasonIn):
    """All the roles that a user is to hold."""

    roles: Annotated[list[Text], Field(max_length=1000)]


class GrantIn(ReasonIn):
    """With neither time, the role is given for good; with `expires_at` it is borrowed up to then, from now or later."""

    starts_at: Time | None = None
    expires_at: Time | None = None


class MembersQuery(Query):
    search: Annotated[
        Text | None,
        Field(
            max_length=255, description="A part of the name or the address; of one or two letters, how the name begins."
        ),
    ] = None
    active: bool | None = None
    sort: Literal[*SORTS] = "username"  # type: ignore[valid-type]
    limit: Limit = 25
    cursor: Cursor = None


class UsersQuery(MembersQuery):
    role: Annotated[Text | None, Field(max_length=64, description="Only who holds this role now.")] = None


class MembersIn(ReasonIn):
    """Who is to get a role, and who is to lose it: up to 10,000 ids in both lists together."""

    add: list[int] = []
    remove: list[int] = []
    dry_run: bool = Field(False, description="Tell what would become of each, and change nothing.")
    partial: bool = Field(False, description="Do what can be done, rather than all or nothing.")


class RoleIn(ReasonIn):
    name: Text
    description: Description = ""
    is_default: bool = Field(False, description="Whether new accounts get it.")
    requires_factor: bool = Field(False, description="Whether it counts only in a session with a second factor.")


class RolePatchIn(ReasonIn):
    description: Description | None = None
    is_default: bool | None = None
    requires_factor: bool | None = None

    _is_given = field_validator("description", "is_default", "requires_factor", mode="before")(refuse_null)
    _changes_something = model_validator(mode="after")(change_something)


class RoleQuery(Query):
    withdraw: bool = Field(False, description="Take the role from whoever has it.")


class GrantsQuery(Query):
    expiring_before: Time | None = None
    role: Annotated[Text | None, Field(max_length=64)] = None
    limit: Limit = 25
    cursor: Cursor = None


class ExplainQuery(Query):
    role: Annotated[Text, Field(max_length=64)]


class GiverOut(Out):
    actor: Literal["user", "console", "stranger"]
    id: int | None
    username: str | None


class HolderOut(Out):
    id: int
    username: str


class GrantOut(WindowOut):
    granted_at: datetime
    by: GiverOut
    reason: str | None


class ListedGrantOut(GrantOut):
    user: HolderOut


class GrantsOut(Out):
    grants: list[ListedGrantOut]
    next_cursor: str | None


class UserOut(Out):
    id: int
    username: str
    email: str | None
    roles: list[str] = Field(description="What is held now, for good or borrowed.")
    grants: list[WindowOut] = Field(description="What is borrowed, or will be.")
    is_active: bool
    created_at: datetime
    last_seen_at: datetime | None
    email_confirmed_at: datetime | None
    unconfirmed_since: datetime | None = Field(
        description="Since when the account waits for its address to be confirmed; null where it may sign in."
    )
    version: int
    factors: list[Literal["totp", "passkey"]] = Field(description="The kinds of second factor that are set up.")


class UsersOut(Out):
    users: list[UserOut]
    next_cursor: str | None


class RoleOut(Out):
    name: str
    description: str
    is_default: bool
    is_protected: bool
    requires_factor: bool


class RolesOut(Out):
    roles: list[RoleOut]


class DeletedRoleOut(Out):
    message: str
    withdrawn: int = Field(description="How many had it.")


class OutcomeOut(Out):
    id: int
    outcome: Literal[*OUTCOMES]  # type: ignore[valid-type]


class OutcomesOut(Out):
    dry_run: bool
    changed: int
    outcomes: list[OutcomeOut]


class CauseOut(Out):
    kind: Literal["standing", "grant"]
    since: datetime | None = Field(description="null, as is `by`, where somebody wrote to the database by hand.")
    by: GiverOut | None
    reason: str | None
    expires_at: datetime | None


class LackOut(Out):
    kind: Literal["disabled", "not_begun", "ended", "withdrawn", "never_given"]
    at: datetime | None
    by: GiverOut | None
    reason: str | None


class ExplanationOut(Out):
    holds: bool
    because: list[CauseOut]
    missing: list[LackOut]
