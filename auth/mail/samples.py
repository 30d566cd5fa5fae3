"""Each letter with sample values, for whoever wants to look at them."""

from collections.abc import Iterator

from auth import tickets
from auth.mail import Kind
from auth.mail.prepare import Written, link_with
from auth.mail.render import texts

_TICKET = "ltk_" + "A1b2C3d4" * 5 + "xyz"
_PURPOSES = {
    Kind.CONFIRM: tickets.CONFIRMATION,
    Kind.RESET: tickets.RESET,
    Kind.CLAIM_ACCOUNT: tickets.RESET,
    Kind.INVITATION: tickets.INVITATION,
    Kind.CHANGE_ADDRESS: tickets.NEW_ADDRESS,
}
_TOLD = {"username": "ada.lovelace", "at": "2026-03-01T12:00+00:00", "roles": ["editor", "user"], "ip": "192.0.2.7"}
_TOLD["what"] = "An authenticator app was added."


def all_of_them() -> Iterator[tuple[str, str, str, str]]:
    """Yield the name, the subject, the text and the HTML of every letter that there is."""
    for kind in Kind:
        link = {"link": link_with(_TICKET, _PURPOSES[kind])} if kind in _PURPOSES else {}
        yield kind.value, *texts(Written(kind, "ada@example.com", _TOLD | link))
