"""The trail, for administrators."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response, request, stream_with_context

from auth import audit, chain
from auth.administrators import ADMIN
from auth.audit import Search
from endpoints import examples
from endpoints.schemas.events import EventsOut, EventsQuery, VerdictOut, VerifyQuery
from web.access import roles_required

events = APIBlueprint("events", __name__, tag="Administration")

NDJSON = "application/x-ndjson"


@events.get("/admin/events")
@roles_required(ADMIN)
@events.input(EventsQuery, location="query", arg_name="query")
@events.output(EventsOut, example=examples.ADMIN_EVENTS)
def index(query: EventsQuery) -> Any:
    """Tell what happened, newest first, a page at a time

    With `Accept: application/x-ndjson` all of it is sent, oldest first, a line each.
    """
    wanted = Search(**query.model_dump(exclude={"limit", "cursor"}))
    if request.accept_mimetypes.best_match(["application/json", NDJSON]) == NDJSON:
        return _exported(wanted)
    found = audit.find(wanted, limit=query.limit + 1, before_id=query.cursor)
    page = found[: query.limit]
    return {
        "events": [audit.facts(event) for event in page],
        "next_cursor": page[-1].id if len(found) > query.limit else None,
    }


@events.get("/admin/events/verify")
@roles_required(ADMIN)
@events.input(VerifyQuery, location="query", arg_name="query")
@events.output(VerdictOut, example=examples.VERDICT)
def verify(query: VerifyQuery) -> dict[str, Any]:
    """Recompute the hash chain over the changes of privilege, and tell the first event that does not fit"""
    verdict = chain.verify(query.since)
    return {
        "verified": verdict.problem is None,
        "events": verdict.links,
        "sequence": verdict.sequence,
        "hash": verdict.hash,
        "problem": verdict.problem,
    }


def _exported(wanted: Search) -> Response:
    batches = ("".join(chain.canonical(event) + "\n" for event in batch) for batch in audit.export(wanted))
    lines = (lines.encode(errors="backslashreplace") for lines in batches)  # As JSON spells half of a surrogate pair.
    attachment = {"Content-Disposition": "attachment; filename=events.ndjson"}
    return Response(stream_with_context(lines), mimetype=NDJSON, headers=attachment)
