"""`flask roles`"""

from datetime import datetime

import click
from flask.cli import AppGroup

from auth import catalogue, directory, holding
from auth import explain as reasons
from auth import roles as rules
from auth.caller import CONSOLE
from auth.errors import AuthError
from auth.explain import Cause, Giver, Lack
from commands.terminal import Time, said_of, shown, told
from commands.terminal import reason as reason_option
from models import User, this_second

roles = AppGroup("roles", help="Make, edit and delete roles; grant, lend and withdraw them.")


@roles.command("list")
def index() -> None:
    """List the roles that there are; a star marks those that new accounts get, a plus those that demand a factor."""
    for role in catalogue.roles():
        click.echo(f"{role.name}{'*' * role.is_default}{'+' * role.requires_factor}\t{shown(role.description)}")


@roles.command("create")
@click.argument("role")
@click.option("--description", default="", help="What it is for.")
@click.option("--default", "is_default", is_flag=True, help="Give it to new accounts.")
@reason_option
@told
def create(role: str, description: str, is_default: bool, reason: str | None) -> str:
    """Add a role."""
    catalogue.create(role, description, is_default, CONSOLE, reason)
    return f"There is a role {role}."


@roles.command("edit")
@click.argument("role")
@click.option("--description", help="What it is for.")
@click.option("--default/--no-default", "is_default", default=None, help="Whether new accounts get it.")
@click.option("--factor/--no-factor", "requires_factor", default=None, help="Whether it demands a second factor.")
@reason_option
@told
def edit(
    role: str, description: str | None, is_default: bool | None, requires_factor: bool | None, reason: str | None
) -> str:
    """Change what a role says, whether new accounts get it, or whether it demands a second factor."""
    edited = catalogue.edit(
        role, CONSOLE, description=description, is_default=is_default, requires_factor=requires_factor, reason=reason
    )
    facts = ", for new accounts" * edited.is_default + ", with a second factor" * edited.requires_factor
    return f"{edited.name}: {shown(edited.description or 'no description')}{facts}."


@roles.command("delete")
@click.argument("role")
@click.option("--withdraw", is_flag=True, help="Take it from whoever has it.")
@reason_option
@told
def delete(role: str, withdraw: bool, reason: str | None) -> str:
    """Delete a role."""
    withdrawn = catalogue.delete(role, CONSOLE, reason, withdraw=withdraw)
    return f"There is no role {role} any more; {withdrawn} had it."


@roles.command("grant")
@click.argument("name")
@click.argument("role")
@click.option("--from", "starts_at", type=Time(), help="Lend it from then on; without this, from now on.")
@click.option("--until", "expires_at", type=Time(), help="Lend it up to then; without this, for good.")
@reason_option
@told
def grant(name: str, role: str, starts_at: datetime | None, expires_at: datetime | None, reason: str | None) -> str:
    """Give a user a role, for good or for a while."""
    user_id = directory.named(name).id
    if starts_at is None and expires_at is None:
        return _told(rules.grant(user_id, role, CONSOLE, reason))
    return _told(rules.lend(user_id, role, starts_at, expires_at, CONSOLE, reason))


@roles.command("withdraw")
@click.argument("name")
@click.argument("role")
@reason_option
@told
def withdraw(name: str, role: str, reason: str | None) -> str:
    """Take a role away from a user, standing or borrowed."""
    return _told(rules.withdraw(directory.named(name).id, role, CONSOLE, reason))


@roles.command("grants")
@click.option("--before", type=Time(), help="Only what ends before then.")
@click.option("--role", help="Only of this role.")
def index_grants(before: datetime | None, role: str | None) -> None:
    """List borrowed roles: name, role, from, until, reason; what ends first at the head."""
    cursor = (0, 0)
    while True:
        try:
            page = rules.expiring(role, before, limit=100, cursor=cursor)
        except AuthError as refusal:
            raise said_of(refusal) from None
        for one, username, _ in page:
            window = [holding.spelt(one.starts_at) or "-", holding.spelt(one.expires_at) or "-"]
            click.echo("\t".join([shown(username), one.role, *window, shown(one.reason or "-")]))
        if len(page) < 100:
            return
        cursor = (page[-1][0].expires_at, page[-1][0].id)


@roles.command("explain")
@click.argument("name")
@click.argument("role")
def explain(name: str, role: str) -> None:
    """Tell why a user has a role, or why not."""
    try:
        user = directory.named(name)
        found = reasons.explain(user.id, role)
    except AuthError as refusal:
        raise said_of(refusal) from None
    click.echo(f"{shown(user.username)} {'holds' if found.holds else 'does not hold'} {role}.")
    for cause in found.because:
        click.echo(f"  {_cause(cause)}")
    for lack in found.missing:
        click.echo(f"  {_lack(lack)}")


def _told(user: User) -> str:
    """What a user has, standing roles first."""
    told = [user.roles] if user.roles else []
    for one in holding.grants_of(user):
        begins = f" from {holding.spelt(one.starts_at)}" if not holding.is_open(one, this_second()) else ""
        told.append(f"{one.role}{begins} until {holding.spelt(one.expires_at) or 'withdrawn'}")
    return f"{shown(user.username)} has the roles: {', '.join(told) or 'none'}."


def _cause(cause: Cause) -> str:
    since = f" since {cause.since:%Y-%m-%d %H:%M:%S} UTC" if cause.since else ""
    until = f" until {cause.expires_at:%Y-%m-%d %H:%M:%S} UTC" if cause.expires_at else ""
    kind = "for good" if cause.kind == "standing" else "borrowed"
    return f"{kind}{since}{until}{_by(cause.by)}{_because(cause.reason)}"


def _lack(lack: Lack) -> str:
    at = f" {lack.at:%Y-%m-%d %H:%M:%S} UTC" if lack.at else ""
    return f"{lack.kind.replace('_', ' ')}{at}{_by(lack.by)}{_because(lack.reason)}"


def _by(giver: Giver | None) -> str:
    if giver is None:
        return ""
    nameless = f"user {giver.id}" if giver.id else f"the {giver.actor}"
    return f", by {shown(giver.username) if giver.username else nameless}"


def _because(reason: str | None) -> str:
    return f": {shown(reason)}" if reason else ""
