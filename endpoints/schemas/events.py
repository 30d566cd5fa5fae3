"""The trail, as it is asked for and told."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from auth.actions import Action
from endpoints.schemas import Limit, Out, Query, Time

Id = Annotated[int, Field(ge=1, le=2**53)]
KINDS = ("user", "console", "stranger")


def _id_or_kind(text: str) -> int | str:
    if text in KINDS:
        return text
    if not (text.isascii() and text.isdigit() and len(text) < 17 and 0 < int(text) <= 2**53):
        raise ValueError(f"This is the id of a user, or one of: {', '.join(KINDS)}.")
    return int(text)


class PageQuery(Query):
    limit: Limit = 25
    cursor: Annotated[Id | None, Field(description="The `next_cursor` of the page before.")] = None


class EventsQuery(PageQuery):
    action: Action | None = None
    actor: Annotated[
        int | str | None, BeforeValidator(_id_or_kind), Field(description="The id of a user, or a kind of actor.")
    ] = None
    subject: Id | None = None
    since: Annotated[Time | None, Field(description="From then on.")] = None
    until: Annotated[Time | None, Field(description="Before then.")] = None


class VerifyQuery(Query):
    since: Annotated[Time | None, Field(description="From the first link on that is not older.")] = None


class _Event(Out):
    id: int
    at: Annotated[str, Field(json_schema_extra={"format": "date-time"})]
    action: str
    actor: Literal["user", "console", "stranger"]
    actor_id: int | None
    subject_id: int | None
    session_id: str | None
    ip: str | None
    before: Any
    after: Any
    reason: str | None


class OwnEventOut(_Event):
    """An event, as whom it is about may know it."""


class OwnEventsOut(Out):
    events: list[OwnEventOut]
    next_cursor: int | None


class EventOut(_Event):
    """An event. Without `id` and `hash`, as canonical JSON, it is what the hash of a link is the SHA-256 of."""

    request_id: str | None
    sequence: int | None = Field(description="The place in the chain; null outside it.")
    previous_hash: str | None
    hash: str | None


class EventsOut(Out):
    events: list[EventOut]
    next_cursor: int | None


class ProblemOut(Out):
    """The first event that does not fit; a removed one has no `event_id`, an inserted one may have no `sequence`."""

    kind: Literal["changed", "moved", "inserted", "removed"]
    sequence: int | None
    event_id: int | None


class VerdictOut(Out):
    verified: bool
    events: int = Field(description="How many links fit, up to the first problem.")
    sequence: int = Field(description="The place of the last link that fits.")
    hash: str = Field(description="Its hash. Kept elsewhere, it shows later that nothing before it was rewritten.")
    problem: ProblemOut | None
