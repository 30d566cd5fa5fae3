"""The pages that a script uses with JSON and a cookie jar: the same rules, answered as the JSON door answers."""

from typing import Any

from apiflask.schema_adapters import registry
from flask import jsonify, request
from flask_login import current_user
from pydantic import model_validator

from auth import registration, visits
from models import db
from pages import visitors
from web.access import caller
from web.bodies import In, Text


class LoginIn(In):
    """A name or an address, and a password."""

    username: str | None = None
    email: str | None = None
    password: str
    remember: bool = False

    @model_validator(mode="after")
    def _names_someone(self) -> "LoginIn":
        if self.username is None and self.email is None:
            raise ValueError("A username or an e-mail address is missing.")
        return self


class RegistrationIn(In):
    username: Text
    password: str
    email: Text | None = None


_LOGIN, _REGISTRATION = (registry.create_adapter(schema) for schema in (LoginIn, RegistrationIn))


def sign_in() -> Any:
    """Open a session of the pages"""
    body: LoginIn = _LOGIN.validate_input(request, "json")
    login = body.username if body.username is not None else body.email
    signed_in = visitors.sign_in(login, body.password, remember=body.remember, by_script=True)
    return jsonify(message="Login successful!", user_id=signed_in.user.id)


def sign_out() -> Any:
    """End the session of the pages; where there is none, there is nothing to end"""
    if current_user.is_authenticated:
        visits.leave(caller())
        db.session.commit()
        visitors.leave()
    return jsonify(message="Logout successful!")


def register() -> Any:
    """Open an account"""
    body: RegistrationIn = _REGISTRATION.validate_input(request, "json")
    opened = registration.open_account(body.username, body.password, body.email, caller())
    db.session.commit()
    waits = "Almost done: open the link in the letter that is on its way to you."
    message = waits if opened.is_unconfirmed else "Registration successful! Please log in."
    return jsonify(message=message, user_id=opened.user.id), 201
