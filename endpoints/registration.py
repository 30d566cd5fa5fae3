"""Registration, and confirming the address that was given."""

from typing import Any

from apiflask import APIBlueprint
from flask import request
from werkzeug.exceptions import MethodNotAllowed

from auth import confirmation
from auth import registration as rules
from auth.guard import guard
from auth.mail import Kind
from endpoints import examples
from endpoints.schemas import ON_ITS_WAY, MessageOut
from endpoints.schemas.accounts import AddressIn, RegisteredOut, RegistrationIn, TokensOut
from endpoints.sessions import tokens
from models import db
from web.access import caller, public
from web.bodies import writes

registration = APIBlueprint("registration", __name__, tag="Accounts")


@registration.post("/registration")
@registration.post("/register", endpoint="register")
@public
@registration.input(RegistrationIn, example=examples.REGISTRATION, arg_name="body")
@registration.output(RegisteredOut, 201, example=examples.REGISTERED)
def create(body: RegistrationIn) -> dict[str, Any]:
    """Open an account, and sign in, unless the address must be confirmed first"""
    registered = rules.register(body.username, body.password, body.email, caller())
    db.session.commit()
    if registered.signed_in:
        return tokens("User registered successfully", registered.signed_in)
    user = registered.user
    told = {"id": user.id, "username": user.username, "email": registered.email, "roles": user.rolenames}
    return {"message": "Almost done: open the link in the letter that is on its way to you.", "user": told}


@registration.route("/finalize", methods=["GET", "POST"])
@public
@writes
@registration.output(TokensOut, example=examples.CONFIRMED)
def confirm() -> dict[str, Any]:
    """Confirm an address with the ticket of the letter as Bearer, and sign in"""
    if request.method == "HEAD":
        raise MethodNotAllowed(["GET", "POST", "OPTIONS"])  # Whoever only looks redeems nothing.
    signed_in = confirmation.finalize(guard.read_token(), caller())
    db.session.commit()
    return tokens("Address confirmed", signed_in, with_user=False) | {"user": signed_in.user.username}


@registration.post("/finalize/resend")
@public
@registration.input(AddressIn, example=examples.ADDRESS, arg_name="body")
@registration.output(MessageOut, example=examples.message(ON_ITS_WAY))
def resend(body: AddressIn) -> dict[str, Any]:
    """Ask for the letter with the confirmation once more; the answer is the same for every address"""
    confirmation.ask(Kind.CONFIRM, body.email, caller())
    db.session.commit()
    return {"message": ON_ITS_WAY}
