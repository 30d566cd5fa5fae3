"""One's own e-mail address."""

from typing import Any

from apiflask import APIBlueprint

from auth import addresses as rules
from auth.guard import guard
from endpoints import examples
from endpoints.schemas import MessageOut
from endpoints.schemas.accounts import NewAddressIn
from models import db
from web.access import auth_required, caller, me, public

addresses = APIBlueprint("addresses", __name__, tag="Me")

ASKED = "Open the link in the letter to the new address: then it is yours."
CHANGED = "Your e-mail address is changed."


@addresses.put("/me/email")
@auth_required
@addresses.input(NewAddressIn, example=examples.NEW_ADDRESS, arg_name="body")
@addresses.output(MessageOut, 202, example=examples.message(ASKED))
def update(body: NewAddressIn) -> dict[str, Any]:
    """Ask for another e-mail address: a ticket goes to the new one, and a notice to the old one"""
    is_changed = rules.ask(me().user_id, body.email, body.password, caller())
    db.session.commit()
    return {"message": CHANGED if is_changed else ASKED}


@addresses.post("/me/email/confirm")
@public
@addresses.output(MessageOut, example=examples.message(CHANGED))
def confirm() -> dict[str, Any]:
    """Take the new address, with the ticket of the letter as Bearer"""
    rules.confirm(guard.read_token(), caller())
    db.session.commit()
    return {"message": CHANGED}
