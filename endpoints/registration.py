"""Registration."""

from typing import Any

from apiflask import APIBlueprint

from auth import registration as rules
from endpoints import examples
from endpoints.access import caller, public
from endpoints.schemas.accounts import RegistrationIn, TokensOut
from endpoints.sessions import tokens
from models import db

registration = APIBlueprint("registration", __name__, tag="Accounts")


@registration.post("/registration")
@registration.post("/register", endpoint="register")
@public
@registration.input(RegistrationIn, example=examples.REGISTRATION, arg_name="body")
@registration.output(TokensOut, 201, example=examples.REGISTERED)
def create(body: RegistrationIn) -> dict[str, Any]:
    """Open an account, and sign in"""
    signed_in = rules.register(body.username, body.password, body.email, caller())
    db.session.commit()
    return tokens("User registered successfully", signed_in)
