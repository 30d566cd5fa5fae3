"""What goes in and what comes out. Bodies take no field that is not named here."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from auth.accounts import SORTS
from auth.names import is_storable

View = TypeVar("View", bound=Callable[..., Any])


def _storable(text: str) -> str:
    if not is_storable(text):
        raise ValueError("This is text, without a NUL character.")
    return text


Text = Annotated[str, AfterValidator(_storable)]
Reason = Annotated[Text | None, Field(max_length=500, description="Why; it is kept in the audit trail.")]


class In(BaseModel):
    """A body, or a query."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class Out(BaseModel):
    """An answer; what was not set is left out."""

    model_config = ConfigDict(from_attributes=True)

    @model_serializer(mode="wrap")
    def _only_what_was_set(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        unset = {
            field.alias or name for name, field in type(self).model_fields.items() if name not in self.model_fields_set
        }
        return {name: value for name, value in handler(self).items() if name not in unset}


class LoginIn(In):
    """A name or an address, and a password. `refresh` chooses how the session is kept alive."""

    username: str | None = None
    email: str | None = None
    password: str
    refresh: Literal["cookie", "token"] | None = None
    remember: bool = Field(False, description="Keep the cookie when the browser closes.")

    @model_validator(mode="after")
    def _names_someone(self) -> "LoginIn":
        if self.username is None and self.email is None:
            raise ValueError("A username or an e-mail address is missing.")
        return self


class RefreshIn(In):
    """A refresh credential, where it is not the whole body, the header or the cookie."""

    token: str | None = None
    refresh_token: str | None = None


class RegistrationIn(In):
    username: Text
    password: str
    email: Text | None = None


class ProfileIn(In):
    username: Text


class PasswordIn(In):
    password: str


class PasswordChangeIn(In):
    current_password: str
    new_password: str


class UserPatchIn(In):
    is_active: bool
    reason: Reason = None


class ReasonIn(In):
    reason: Reason = None


class UsersQuery(In):
    model_config = ConfigDict(extra="forbid", strict=False, hide_input_in_errors=True)

    search: Annotated[Text | None, Field(max_length=255, description="A part of the name or the address.")] = None
    role: Annotated[Text | None, Field(max_length=64, description="Only who holds this role.")] = None
    active: bool | None = None
    sort: Literal[*SORTS] = "username"  # type: ignore[valid-type]
    limit: Annotated[int, Field(ge=1, le=100)] = 25
    cursor: Annotated[str | None, Field(max_length=1024, description="The `next_cursor` of the page before.")] = None


class EventsQuery(In):
    model_config = ConfigDict(extra="forbid", strict=False, hide_input_in_errors=True)

    limit: Annotated[int, Field(ge=1, le=100)] = 25
    cursor: Annotated[int | None, Field(ge=1, le=2**53, description="The `next_cursor` of the page before.")] = None


def may_take(schema: type[In], example: dict[str, Any]) -> Callable[[View], View]:
    """Tell the documentation of a body that is read by hand, because it may also be plain text or absent."""

    def told(view: View) -> View:
        spec = {"body": schema, "body_example": example, "content_type": ["application/json", "text/plain"]}
        view._spec = getattr(view, "_spec", {}) | spec  # type: ignore[attr-defined]
        return view

    return told


class MessageOut(Out):
    message: str


class ServiceOut(Out):
    running: str = Field(alias="JWT Server Application")
    name: str
    version: str


class HealthOut(Out):
    status: Literal["ok"]


class ReadyOut(Out):
    status: Literal["ready"]
    checks: dict[str, str]


class PersonOut(Out):
    id: int
    username: str
    email: str | None
    roles: list[str] = []


class ProfileOut(PersonOut):
    is_active: bool
    created_at: datetime
    password_changed_at: datetime | None


class MeOut(Out):
    user: ProfileOut


class TokensOut(Out):
    message: str
    access_token: str
    token: str = Field(description="The access token once more, by the name that some clients look for.")
    token_type: Literal["Bearer"]
    expires_in: int = Field(description="Seconds.")
    refresh_token: str = ""
    user: PersonOut | None = None


class ProtectedOut(Out):
    message: str
    user_id: int


class SessionOut(Out):
    id: str
    current: bool
    via: Literal["access", "cookie", "token", "page"]
    ip: str | None
    user_agent: str | None
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


class SessionsOut(Out):
    sessions: list[SessionOut]


class EventOut(Out):
    id: int
    at: datetime
    action: str
    actor: Literal["user", "console", "stranger"]
    actor_id: int | None
    subject_id: int | None
    session_id: str | None
    ip: str | None
    before: Any
    after: Any
    reason: str | None


class EventsOut(Out):
    events: list[EventOut]
    next_cursor: int | None


class UserOut(Out):
    id: int
    username: str
    email: str | None
    roles: list[str]
    is_active: bool
    created_at: datetime
    last_seen_at: datetime | None
    version: int


class UsersOut(Out):
    users: list[UserOut]
    next_cursor: str | None


class RoleOut(Out):
    name: str
    description: str
    is_default: bool
    is_protected: bool


class RolesOut(Out):
    roles: list[RoleOut]


class ErrorOut(Out):
    """The one shape of every error."""

    status_code: int
    error: str
    message: str
    fields: dict[str, list[str]] = {}
    required: list[str] = []
    retry_after: int = 0
    checks: dict[str, str] = {}
