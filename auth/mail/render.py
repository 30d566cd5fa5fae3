"""A letter as text and as HTML, from one template; an operator's own, in instance/mail/, comes before ours."""

import re
import textwrap
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import cache
from pathlib import Path

from flask import current_app
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from auth.mail.prepare import Written
from models import Letter

OURS = Path(__file__).parent / "letters"
#: What an address may look like to be written to: one mailbox, in ASCII, and nothing that a header could trip over.
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\Z", re.ASCII)
# Links are long: where a text is ASCII, no line of it is broken.
_POLICY = SMTP.clone(max_line_length=990)


def message(letter: Letter, written: Written) -> EmailMessage:
    """Return the whole message. Raises ValueError for what is no address of one mailbox."""
    if not _ADDRESS.match(written.recipient):
        raise ValueError("this is not the address of one mailbox")
    subject, text, html = texts(written)
    made = EmailMessage(policy=_POLICY)
    made["From"] = current_app.config["MAIL_DEFAULT_SENDER"]
    made["To"] = Address(addr_spec=written.recipient)
    made["Subject"] = subject
    made["Date"] = format_datetime(letter.created_at)
    made["Message-ID"] = f"<{_name(letter)}@{sender_domain()}>"
    # RFC 3834: nobody's autoresponder is to answer.
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(text, cte="7bit" if text.isascii() else "quoted-printable")
    made.add_alternative(html, subtype="html", cte="7bit" if html.isascii() else "quoted-printable")
    return made


def texts(written: Written) -> tuple[str, str, str]:
    """Return the subject, the text and the HTML of a letter."""
    told = {name: _plain(value) if isinstance(value, str) else value for name, value in written.told.items()}
    told |= {"link": written.told.get("link"), "site": parseaddr(current_app.config["MAIL_DEFAULT_SENDER"])[0]}
    told["site"] = told["site"] or sender_domain()
    rendered = []
    for form in ("txt", "html"):
        environment = _environment(current_app.config["MAIL_TEMPLATES"], form)
        template = environment.get_template(f"{written.template.value}.txt")
        rendered.append(template.render(layout=f"layout.{form}", **told))
    subject, _, text = rendered[0].partition("\n")
    return subject.strip(), text.strip() + "\n", rendered[1]


def sender_domain() -> str:
    """The domain that letters are from."""
    return parseaddr(current_app.config["MAIL_DEFAULT_SENDER"])[1].rpartition("@")[2] or "localhost"


def _name(letter: Letter) -> str:
    """The name of a letter, the same at each attempt."""
    return f"lictor.{letter.id}.{int(letter.created_at.timestamp() * 1_000_000)}"


def _plain(text: str) -> str:
    """A name as a letter may print it: an older app may have let one have line breaks, and worse."""
    return "".join(c for c in text if c.isprintable())[:2000]


@cache
def _environment(folder: str, form: str) -> Environment:
    found = Environment(
        loader=FileSystemLoader([folder, OURS]),
        autoescape=form == "html",
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["paragraphs"] = _paragraphs
    found.filters["lines"] = _lines
    found.filters["moment"] = _moment
    return found


def _lines(text: str) -> str:
    """Plain text, its paragraphs broken into lines that are easily read."""
    return "\n\n".join(textwrap.fill(" ".join(part.split()), 72) for part in _parts(text))


def _paragraphs(text: str) -> Markup:
    """Escaped text as HTML: a blank line parts two paragraphs."""
    return Markup("\n").join(Markup("<p>{}</p>").format(Markup(part)) for part in _parts(text))


def _parts(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"\n\s*\n", str(text)) if part.strip()]


def _moment(text: str) -> str:
    return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M UTC")
