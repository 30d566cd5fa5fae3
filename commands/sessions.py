"""`flask sessions`"""

import click
from flask.cli import AppGroup

from auth import directory
from auth import sessions as rules
from auth.caller import CONSOLE
from commands.terminal import told

sessions = AppGroup("sessions", help="End sessions.")


@sessions.command("end")
@click.argument("name")
@told
def end(name: str) -> str:
    """End all sessions of a user."""
    user = directory.named(name)
    return f"{user.username} had {rules.end_all(user.id, 'revoked_by_admin', CONSOLE)} open sessions; all are ended."
