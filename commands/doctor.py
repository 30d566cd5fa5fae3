"""`flask doctor`"""

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from auth import administrators, mail, readiness
from auth.mail import outbox
from sender.carriers import Smtp, Unreachable


@click.command("doctor")
@with_appcontext
def doctor() -> None:
    """Look whether everything is there that is needed, and say what to do about what is not."""
    found = readiness.checks()
    if found["migrations"] == "ok":
        found["administrators"] = _administrators()
    found["mail"] = _mail()
    for name, how in found.items():
        click.echo(f"{name}: {how}")
    if "outbox" in found:
        state = outbox.state()
        click.echo(f"letters: {state.waiting} waiting, {state.given_up} given up; flask mail list shows them")
    if not readiness.is_ready(found):
        raise click.ClickException("Not everything is as it should be.")


def _administrators() -> str:
    try:
        count = sum(1 for _ in administrators.effective())
    except SQLAlchemyError:
        return "unknown"
    return f"ok, {count}" if count else "none; run: flask users create NAME --role admin"


def _mail() -> str:
    backend = current_app.config["MAIL_BACKEND"]
    if not mail.is_on():
        return "ok, off: nothing is confirmed, and no notice is sent"
    if backend != "smtp":
        return f"ok, {backend}"
    server = Smtp()
    try:
        server.open()
    except Unreachable as error:
        return f"{current_app.config['MAIL_SERVER']} does not take letters: {error}"
    finally:
        server.close()
    return "ok, smtp"
