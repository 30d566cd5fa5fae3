"""`flask audit`"""

from datetime import datetime

import click
from flask.cli import AppGroup

from auth import audit as rules
from auth import chain
from auth.audit import Search
from auth.caller import CONSOLE
from auth.chain import Problem
from commands.terminal import Time, shown, told

audit = AppGroup("audit", help="Verify, export and prune the trail.")


@audit.command("verify")
@click.option(
    "--since", type=Time(), help="From the first link on that is not older; without this, from the beginning."
)
def verify(since: datetime | None) -> None:
    """Recompute the hash chain; exit with 1, and name it, where an event does not fit."""
    verdict = chain.verify(since)
    if verdict.problem:
        raise click.ClickException(f"{_said(verdict.problem)} The {verdict.links} links before it fit.")
    click.echo(f"All {verdict.links} links fit. The last is number {verdict.sequence}, with the hash {verdict.hash}.")


@audit.command("export")
@click.option("--since", type=Time(), help="From then on.")
@click.option("--until", type=Time(), help="Before then.")
def export(since: datetime | None, until: datetime | None) -> None:
    """Print every event, oldest first, a line of JSON each."""
    for batch in rules.export(Search(since=since, until=until)):
        for event in batch:
            click.echo(shown(chain.canonical(event)))


@audit.command("prune")
@click.option("--before", type=Time(), required=True, help="Remove what is older.")
@told
def prune(before: datetime) -> str:
    """Remove old sign-ins, failures and other events outside the chain; changes of privilege stay."""
    return f"{rules.prune(before, CONSOLE)} events are removed, which is on record."


def _said(problem: Problem) -> str:
    place = f"number {problem.sequence}" if problem.sequence else "which has no place in the chain"
    if problem.kind == "removed":
        return f"The event {place} was removed."
    return f"The event {problem.event_id}, {place}, was {problem.kind}."
