"""`flask users`"""

import sys
from datetime import timedelta

import click
from flask.cli import AppGroup

from auth import accounts, directory, factors, holding, invitations, recovery, search
from auth.accounts import Edit
from auth.caller import CONSOLE
from auth.errors import AuthError
from auth.search import Search
from commands.terminal import reason as reason_option
from commands.terminal import said_of, shown, told
from models import now, this_second

users = AppGroup("users", help="Make, list, disable, enable and delete accounts; let an administrator in again.")


@users.command("create")
@click.argument("name")
@click.option("--email", help="The e-mail address.")
@click.option("--role", "names", multiple=True, help="A role to give beside the default ones; may be repeated.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--invite", is_flag=True, help="Mail an invitation: whoever has the address chooses the password.")
@reason_option
@told
def create(
    name: str, email: str | None, names: tuple[str, ...], password_stdin: bool, invite: bool, reason: str | None
) -> str:
    """Make an account; the password is asked for."""
    if invite:
        user = invitations.invite(name, email, [*names], CONSOLE, reason)
        return f"{user.username} is user {user.id}, with the roles: {user.roles}. An invitation goes to {user.email}."
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    user = accounts.create(name, email, [*names], CONSOLE, reason, password=password)
    return f"{user.username} is user {user.id}, with the roles: {user.roles}."


@users.command("list")
@click.option("--role", help="Only who holds this role now.")
def index(role: str | None) -> None:
    """List all accounts: id, name, address, roles, and whether they are disabled."""
    cursor = None
    while True:
        try:
            page, cursor = search.find(Search(role=role, sort="id", limit=100, cursor=cursor))
        except AuthError as refusal:
            raise said_of(refusal) from None
        grants, at = holding.grants_of_all(page), this_second()
        for user in page:
            roles = ",".join(holding.held(user.roles, grants[user.id], at))
            line = [str(user.id), shown(user.username), shown(user.email or "-"), roles or "-"]
            click.echo("\t".join(line + ([] if user.is_active else ["disabled"])))
        if cursor is None:
            return


@users.command("disable")
@click.argument("name")
@reason_option
@told
def disable(name: str, reason: str | None) -> str:
    """Shut an account and end its sessions."""
    user = accounts.edit(directory.named(name).id, Edit(is_active=False), CONSOLE, reason)
    return f"{user.username} is disabled."


@users.command("enable")
@click.argument("name")
@reason_option
@told
def enable(name: str, reason: str | None) -> str:
    """Open an account again."""
    user = accounts.edit(directory.named(name).id, Edit(is_active=True), CONSOLE, reason)
    return f"{user.username} is enabled."


@users.command("confirm")
@click.argument("name")
@reason_option
@told
def confirm(name: str, reason: str | None) -> str:
    """Let someone in who waits for their address to be confirmed."""
    user = accounts.edit(directory.named(name).id, Edit(is_confirmed=True), CONSOLE, reason)
    return f"{user.username} may sign in."


@users.command("remove-factors")
@click.argument("name")
@reason_option
@told
def remove_factors(name: str, reason: str | None) -> str:
    """Remove all second factors of someone who has lost them, and end their sessions."""
    user = factors.remove_all(directory.named(name).id, CONSOLE, reason)
    return f"{user.username} signs in with the password alone from now on."


@users.command("delete")
@click.argument("name")
@reason_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@told
def delete(name: str, reason: str | None, yes: bool) -> str:
    """Remove an account for good."""
    if not yes:
        click.confirm(f"Delete {name} for good?", abort=True)
    accounts.delete(directory.named(name).id, CONSOLE, reason)
    return f"{name} is deleted."


@users.command("delete-unconfirmed")
@click.option("--days", type=click.IntRange(1, 3650), default=30, show_default=True, help="For how long they waited.")
@told
def delete_unconfirmed(days: int) -> str:
    """Remove accounts that wait for their address to be confirmed, which frees their names; a thousand at a time."""
    count = accounts.delete_unconfirmed(now() - timedelta(days=days), CONSOLE)
    return f"{count} accounts are deleted."


@users.command("recover-admin")
@click.argument("name", required=False)
@reason_option
@told
def recover_admin(name: str | None, reason: str | None) -> str:
    """Print a one-time code with which an administrator chooses a new password.

    NAME is made an administrator, and enabled, where they are not; it may be left out where there is only one.
    """
    user, code = recovery.recover_admin(name, CONSOLE, reason)
    return (
        f"{user.username} chooses a new password with this code, once and within an hour:\n\n  {code}\n\n"
        "It is the Bearer of POST /api/reset_finalize, whose body is the password:\n\n"
        f"  curl -H 'Authorization: Bearer {code}' -d '{{\"password\": \"...\"}}' ADDRESS/api/reset_finalize"
    )
