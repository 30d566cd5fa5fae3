"""How a body is read: as one JSON object in UTF-8, whatever content type it was sent with, and strictly.

The original client posts its JSON as text/plain, and curl as a form; the content type is not asked.
"""

import json
from collections.abc import Callable
from typing import Annotated, Any, NoReturn, TypeVar

from flask import Request, current_app
from gunicorn.http.errors import ParseException
from pydantic import AfterValidator, BaseModel, ConfigDict
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnprocessableEntity

from auth.names import is_storable

MAX_BYTES = 64 * 1024
MAX_DEPTH = 32

View = TypeVar("View", bound=Callable[..., Any])


def _storable(text: str) -> str:
    if not is_storable(text):
        raise ValueError("This is text, without a NUL character.")
    return text


Text = Annotated[str, AfterValidator(_storable)]


class In(BaseModel):
    """A body; it takes no field that is not named."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True, defer_build=True)


def takes(most: int) -> Callable[[View], View]:
    """Let a view take a body of so many bytes."""

    def told(view: View) -> View:
        view.most_bytes = most  # type: ignore[attr-defined]
        return view

    return told


def writes(view: View) -> View:
    """Say that a view changes something, whatever the method: the original client redeems a ticket with GET."""
    view.writes = True  # type: ignore[attr-defined]
    return view


class BadBody(BadRequest):
    """The body is not JSON; the description says why, and does not repeat it."""


class NotAnObject(UnprocessableEntity):
    """The body is JSON, but not an object."""


class StrictRequest(Request):
    """A request whose JSON is an object, not deeper than 32 levels, in which no name stands twice (RFC 8259, 4)."""

    @property
    def most_bytes(self) -> int:
        """How large the body may be, which the view decides."""
        view = current_app.view_functions.get(self.endpoint or "")
        return int(getattr(view, "most_bytes", MAX_BYTES))

    @property
    def max_content_length(self) -> int:
        """One more than is taken: of a body whose length nobody told, Werkzeug cuts off the rest without a word."""
        return self.most_bytes + 1

    def get_data(self, *args: Any, **options: Any) -> Any:
        """Return the body; raise RequestEntityTooLarge where it is larger than may be, however it was sent."""
        try:
            raw = super().get_data(*args, **options)
        except (OSError, ParseException):
            raise BadBody("The body did not arrive whole, or in time.") from None
        if len(raw) > self.most_bytes:
            raise RequestEntityTooLarge
        return raw

    def get_json(self, *args: Any, **options: Any) -> dict[str, Any]:
        """Return the object in the body, and an empty one for no body; raise BadBody or NotAnObject."""
        raw = self.get_data()
        found = _parsed(raw) if raw.strip() else {}
        if not isinstance(found, dict):
            raise NotAnObject
        return found


def _parsed(raw: bytes) -> Any:
    try:
        found = json.loads(raw.decode(), object_pairs_hook=_no_name_twice, parse_constant=_no_such_number)
        if _depth(found) > MAX_DEPTH:
            raise RecursionError
    except UnicodeDecodeError:
        raise BadBody("The body is not UTF-8.") from None
    except RecursionError:
        raise BadBody(f"The body is nested deeper than {MAX_DEPTH} levels.") from None
    except ValueError as error:
        told = error.args[0] if isinstance(error, _Told) else "The body is not JSON."
        raise BadBody(told) from None
    return found


class _Told(ValueError):
    """Something that the parser of the standard library lets pass."""


def _no_name_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Told("A name stands twice in the same object.")
    return found


def _no_such_number(_: str) -> NoReturn:
    raise _Told("JSON has no NaN and no Infinity.")


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level and depth <= MAX_DEPTH:
        nested = [item for item in level if isinstance(item, dict | list)]
        level = [child for item in nested for child in (item.values() if isinstance(item, dict) else item)]
        depth += bool(nested)
        if not nested:
            break
    return depth
