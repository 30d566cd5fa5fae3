"""What every command shares: it is told in one line, done in one transaction, and refused in one sentence."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any

import click

from auth.errors import AuthError
from auth.names import is_storable
from models import db


def told(command: Callable[..., Any]) -> Callable[..., Any]:
    """Commit what a command did, once; say a refusal in one line."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> None:
        try:
            said = command(*args, **options)
        except AuthError as refusal:
            raise said_of(refusal) from None
        db.session.commit()
        click.echo(said)

    return run


def said_of(refusal: AuthError) -> click.ClickException:
    """A refusal, as the terminal says it."""
    fields: Any = refusal.facts.get("fields", {})
    return click.ClickException(" ".join(sum(fields.values(), [])) or refusal.message)


def shown(text: str) -> str:
    """A text that somebody chose, as a terminal may print it: what would move the cursor is spelt out, as JSON does."""
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)


class Time(click.ParamType):
    """A time as RFC 3339 has it; without a distance from UTC it is UTC, and without a time of day midnight."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            found = datetime.fromisoformat(value)
            return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            self.fail("this is no time like 2026-03-01 or 2026-03-01T12:00:00Z", param, ctx)


def _storable(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is not None and not is_storable(value):
        raise click.BadParameter("this is not text in UTF-8")
    return value


reason = click.option("--reason", callback=_storable, help="Why; it is kept in the audit trail.")
