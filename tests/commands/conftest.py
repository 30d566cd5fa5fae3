"""The terminal, as the tests use it."""

from collections.abc import Callable

import pytest
from click.testing import Result
from sqlalchemy import select

from models import AuditEvent, db


@pytest.fixture
def run(app) -> Callable[..., Result]:
    """Run `flask ...`: the words of the command, and what is typed into it."""

    def typed(*words: str, typed: str = "") -> Result:
        result = app.test_cli_runner().invoke(args=words, input=typed)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return typed


@pytest.fixture
def refusal(run) -> Callable[..., str]:
    """Run `flask ...` where it is refused, and return the one line that says so."""

    def refused(*words: str, typed: str = "") -> str:
        result = run(*words, typed=typed)
        assert result.exit_code == 1, result.output
        assert result.stdout == ""
        (line,) = result.stderr.splitlines()
        return line

    return refused


@pytest.fixture
def trail(app) -> Callable[[int], list[tuple[str, str]]]:
    """Who did what to an account, oldest first, whether or not it is still there."""

    def told(user_id: int) -> list[tuple[str, str]]:
        events = select(AuditEvent.actor, AuditEvent.action).where(AuditEvent.subject_id == user_id)
        with app.app_context():
            return [tuple(row) for row in db.session.execute(events.order_by(AuditEvent.id))]

    return told
