"""What goes in and what comes out. Bodies take no field that is not named here."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
)

from web.bodies import In, Text

View = TypeVar("View", bound=Callable[..., Any])
Patch = TypeVar("Patch", bound=BaseModel)


def _time_as_text(value: Any) -> str:
    """A number might be seconds or milliseconds. In an address, a `+` that was not escaped arrives as a blank."""
    if not isinstance(value, str) or not re.match(r"\d{4}-\d\d-\d\d[Tt ]", value, re.ASCII):
        raise ValueError("This is a time as text, like 2026-03-01T12:00:00Z.")
    return re.sub(r" (?=\d\d:?\d\d\Z)", "+", value)


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("This is no time between the years 1 and 9999 in UTC.") from None


#: The one answer to whoever asks for a letter.
ON_ITS_WAY = "If an account has this address, a letter is on its way to it."

Reason = Annotated[
    Text | None, Field(max_length=500, description="Why; it is kept in the trail, where whom it is about can read it.")
]

#: RFC 3339, with its distance from UTC.
Time = Annotated[AwareDatetime, BeforeValidator(_time_as_text), AfterValidator(_in_utc), Field(strict=False)]
Limit = Annotated[int, Field(ge=1, le=100)]


class Query(In):
    """A query, where everything arrives as text."""

    model_config = ConfigDict(extra="forbid", strict=False, hide_input_in_errors=True, defer_build=True)


class Out(BaseModel):
    """An answer; what was not set is left out."""

    model_config = ConfigDict(from_attributes=True, defer_build=True)

    @model_serializer(mode="wrap")
    def _only_what_was_set(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        unset = {
            field.alias or name for name, field in type(self).model_fields.items() if name not in self.model_fields_set
        }
        return {name: value for name, value in handler(self).items() if name not in unset}


class ReasonIn(In):
    reason: Reason = None


def refuse_null(value: Any) -> Any:
    """Of what is to be changed, a field that is to stay is left out."""
    if value is None:
        raise ValueError("This cannot be null. Leave it out, and it stays as it is.")
    return value


def refuse_false(value: Any) -> Any:
    """Of what can only be made true, a field that is to stay is left out."""
    if value is False:
        raise ValueError("This can only be made true.")
    return value


def change_something(body: Patch) -> Patch:
    """A change that names nothing to change was meant to be another one."""
    if body.model_fields_set <= {"reason"}:
        raise ValueError("Name something to change.")
    return body


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


class ErrorOut(Out):
    """The one shape of every error."""

    status_code: int
    error: str
    message: str
    fields: dict[str, list[str]] = {}
    required: list[str] = []
    retry_after: int = 0
    checks: dict[str, str] = {}
    unknown: list[int] = Field([], description="Ids of users that there are not.")
    ticket: str = Field("", description="For the second step of a sign-in.")
    factors: list[str] = Field([], description="What may be shown.")
    passkey: dict[str, Any] = Field({}, description="The options of a passkey's ceremony.")
    holders: int = Field(0, description="How many have the role that was to be deleted.")
