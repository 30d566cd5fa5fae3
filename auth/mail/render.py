"""A letter as text and as HTML, from one template; an operator's own, in instance/mail/, comes before ours."""

import re
import textwrap
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from pathlib import Path

from flask import current_app
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from auth.mail.prepare import Written
from models import Letter

OURS = Path(__file__).parent / "letters"
#: What an address may look like to be written to: one mailbox, in ASCII, and nothing that a header could trip over.
_ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
_ADDRESS = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@[a-z0-9-]+(?:\.[a-z0-9-]+)*\Z", re.ASCII)
# Links are long: where a text is ASCII, no line of it is broken.
_LONGEST_LINE = 990
_POLICY = SMTP.clone(max_line_length=_LONGEST_LINE)


def message(letter: Letter, written: Written) -> EmailMessage:
    """Return the whole message. Raises ValueError for what is no address of one mailbox."""
    if not _ADDRESS.match(written.recipient):
        raise ValueError("this is not the address of one mailbox")
    subject, text, html = texts(written)
    made = EmailMessage(policy=_POLICY)
    made["From"] = sender()
    made["To"] = Address(addr_spec=written.recipient)
    made["Subject"] = subject
    made["Date"] = format_datetime(letter.created_at)
    made["Message-ID"] = f"<{_name(letter)}@{sender().domain}>"
    # RFC 3834: nobody's autoresponder is to answer.
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(text, cte=_encoding(text))
    made.add_alternative(html, subtype="html", cte=_encoding(html))
    return made


def texts(written: Written) -> tuple[str, str, str]:
    """Return the subject, the text and the HTML of a letter."""
    told = dict(written.told)
    if "username" in told:
        told["username"] = _plain(told["username"])
    told |= {"link": written.told.get("link"), "site": sender().display_name or sender().domain}
    rendered = []
    for form in ("txt", "html"):
        environment = _environment(current_app.config["MAIL_TEMPLATES"], form)
        template = environment.get_template(f"{written.template.value}.txt")
        rendered.append(template.render(layout=f"layout.{form}", **told))
    subject, _, text = rendered[0].partition("\n")
    return subject.strip(), text.strip() + "\n", rendered[1]


def sender() -> Address:
    """Who letters are from: MAIL_DEFAULT_SENDER, `Any name, whatever is in it <address>` or an address alone."""
    name, _, address = current_app.config["MAIL_DEFAULT_SENDER"].rpartition("<")
    return Address(name.strip().strip('"'), addr_spec=address.rstrip(">"))


def _encoding(text: str) -> str:
    """RFC 5322, 2.1.1: no line is longer than 998 characters."""
    is_plain = text.isascii() and all(len(line) <= _LONGEST_LINE for line in text.splitlines())
    return "7bit" if is_plain else "quoted-printable"


def _name(letter: Letter) -> str:
    """The name of a letter, the same at each attempt."""
    return f"lictor.{letter.id}.{int(letter.created_at.timestamp() * 1_000_000)}"


def _plain(text: str) -> str:
    """A name as a letter may print it: an older app may have let one have line breaks, and worse.

    One that looks like the name of a host is kept from becoming a link: whoever reads it may not have chosen it.
    """
    plain = "".join(c for c in text if c.isprintable())[:2000]
    return re.sub(r"\.(?=[^\W\d_]{2})", ".\u2060", plain)


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
