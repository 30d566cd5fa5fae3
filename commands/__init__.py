"""The terminal's door: `flask users`, `roles`, `sessions`, `audit`, `mail` and `doctor`; recorded as the console."""

from pathlib import Path

import click
from flask import Flask

from commands.audit import audit
from commands.doctor import doctor
from commands.mail import mail
from commands.roles import roles
from commands.sessions import sessions
from commands.users import users
from models import db


def register(app: Flask) -> None:
    """Open the door."""
    for group in (users, roles, sessions, audit, mail, doctor):
        app.cli.add_command(group)
    if click.get_current_context(silent=True):
        open_migrations(app)


def open_migrations(app: Flask) -> None:
    """Let `flask db` migrate this app. Alembic takes 12 MB, which a worker that serves requests does not pay."""
    from flask_migrate import Migrate

    Migrate(app, db, directory=str(Path(__file__).parents[1] / "migrations"))
