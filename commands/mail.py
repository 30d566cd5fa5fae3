"""`flask mail`"""

from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

import sender
from auth import mail as rules
from auth.mail import outbox, samples
from commands.terminal import told
from models import db

mail = AppGroup("mail", help="Send, list and look at letters.")


@mail.command("send")
@click.option("--given-up", is_flag=True, help="Try what was given up once more, too.")
def send(given_up: bool) -> None:
    """Send every letter that is due, once; for a scheduler, or when the mail server is back."""
    if not rules.is_on():
        raise click.ClickException("No mail is set up: MAIL_SERVER is missing.")
    if given_up:
        outbox.try_again()
    db.session.commit()
    outcome = sender.drain()
    click.echo(f"{outcome.sent} sent, {outcome.failed} failed, {outbox.state().waiting} waiting.")
    if outcome.is_stuck:
        raise click.ClickException("The mail server took nothing; the log says why. What waits is tried again.")


@mail.command("list")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="How many.")
def index(limit: int) -> None:
    """List what waits or was given up: id, kind, user, attempts, when it is tried next, and the last error."""
    for letter in outbox.unsent(limit):
        then = letter.not_before.isoformat(timespec="seconds") if letter.not_before else "given up"
        line = [letter.id, letter.kind, letter.user_id or "-", letter.attempts, then, letter.error or "-"]
        click.echo("\t".join(str(part) for part in line))


@mail.command("preview")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@told
def preview(folder: Path) -> str:
    """Write each letter, with sample values, into FOLDER as text and as HTML; your own templates count."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, subject, text, html in samples.all_of_them():
        (folder / f"{name}.txt").write_text(f"Subject: {subject}\n\n{text}", encoding="utf-8")
        (folder / f"{name}.html").write_text(html, encoding="utf-8")
    own = Path(current_app.config["MAIL_TEMPLATES"])
    return f"The letters are in {folder}. A template of the same name in {own} takes the place of ours."
