"""The terminal's door: `flask users`, `flask roles`, `flask sessions`. The same rules, recorded as the console."""

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup

from auth import accounts, passwords, roles, sessions
from auth.accounts import Search
from auth.audit import Action
from auth.caller import CONSOLE
from auth.errors import AuthError
from models import db

users_group = AppGroup("users", help="Make, list, disable, enable and delete accounts.")
roles_group = AppGroup("roles", help="List roles; grant and withdraw them.")
sessions_group = AppGroup("sessions", help="End sessions.")


def register(app: Flask) -> None:
    """Open the door."""
    for group in (users_group, roles_group, sessions_group):
        app.cli.add_command(group)
    if click.get_current_context(silent=True):
        open_migrations(app)


def open_migrations(app: Flask) -> None:
    """Let `flask db` migrate this app. Alembic takes 12 MB, which a worker that serves requests does not pay."""
    from flask_migrate import Migrate

    Migrate(app, db, directory=str(Path(__file__).parent / "migrations"))


def _told(command: Callable[..., Any]) -> Callable[..., Any]:
    """Commit what a command did, once; say a refusal in one line."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> None:
        try:
            said = command(*args, **options)
        except AuthError as refusal:
            fields: Any = refusal.facts.get("fields", {})
            raise click.ClickException(" ".join(sum(fields.values(), [])) or refusal.message) from None
        db.session.commit()
        click.echo(said)

    return run


_reason = click.option("--reason", help="Why; it is kept in the audit trail.")


@users_group.command("create")
@click.argument("name")
@click.option("--email", help="The e-mail address.")
@click.option("--role", "names", multiple=True, help="A role to give beside the default ones; may be repeated.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@_told
def create_user(name: str, email: str | None, names: tuple[str, ...], password_stdin: bool) -> str:
    """Make an account; the password is asked for."""
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    hashed = passwords.hashed_new(password)
    given = sorted({*roles.default_names(), *names})
    user = accounts.add(name, email, hashed, given, by=CONSOLE, action=Action.CREATED)
    return f"{user.username} is user {user.id}, with the roles: {user.roles}."


@users_group.command("list")
@click.option("--role", help="Only who holds this role.")
def list_users(role: str | None) -> None:
    """List all accounts: id, name, address, roles, and whether they are disabled."""
    cursor = None
    while True:
        try:
            page, cursor = accounts.find(Search(role=role, sort="id", limit=100, cursor=cursor))
        except AuthError as refusal:
            raise click.ClickException(refusal.message) from None
        for user in page:
            shown = [str(user.id), user.username, user.email or "-", user.roles or "-"]
            click.echo("\t".join(shown + ([] if user.is_active else ["disabled"])))
        if cursor is None:
            return


@users_group.command("disable")
@click.argument("name")
@_reason
@_told
def disable_user(name: str, reason: str | None) -> str:
    """Shut an account and end its sessions."""
    return f"{accounts.disable(accounts.named(name).id, CONSOLE, reason).username} is disabled."


@users_group.command("enable")
@click.argument("name")
@_reason
@_told
def enable_user(name: str, reason: str | None) -> str:
    """Open an account again."""
    return f"{accounts.enable(accounts.named(name).id, CONSOLE, reason).username} is enabled."


@users_group.command("delete")
@click.argument("name")
@_reason
@click.option("--yes", is_flag=True, help="Do not ask.")
@_told
def delete_user(name: str, reason: str | None, yes: bool) -> str:
    """Remove an account for good."""
    if not yes:
        click.confirm(f"Delete {name} for good?", abort=True)
    accounts.delete(accounts.named(name).id, CONSOLE, reason)
    return f"{name} is deleted."


@roles_group.command("list")
def list_roles() -> None:
    """List the roles that there are; a star marks those that new accounts get."""
    for role in roles.catalogue():
        click.echo(f"{role.name}{'*' if role.is_default else ''}\t{role.description}")


@roles_group.command("grant")
@click.argument("name")
@click.argument("role")
@_reason
@_told
def grant_role(name: str, role: str, reason: str | None) -> str:
    """Give a user a role."""
    user = roles.grant(accounts.named(name).id, role, CONSOLE, reason)
    return f"{user.username} has the roles: {user.roles}."


@roles_group.command("withdraw")
@click.argument("name")
@click.argument("role")
@_reason
@_told
def withdraw_role(name: str, role: str, reason: str | None) -> str:
    """Take a role away from a user."""
    user = roles.withdraw(accounts.named(name).id, role, CONSOLE, reason)
    return f"{user.username} has the roles: {user.roles or 'none'}."


@sessions_group.command("end")
@click.argument("name")
@_told
def end_sessions(name: str) -> str:
    """End all sessions of a user."""
    user = accounts.named(name)
    return f"{user.username} had {sessions.end_all(user.id, 'revoked_by_admin', CONSOLE)} open sessions; all are ended."
