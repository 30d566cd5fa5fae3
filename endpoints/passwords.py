"""Passwords."""

from dataclasses import asdict
from typing import Any

from apiflask import APIBlueprint

from auth import confirmation, strength, throttle
from auth import passwords as rules
from auth.guard import guard
from auth.mail import Kind
from endpoints import examples
from endpoints.schemas import ON_ITS_WAY, MessageOut
from endpoints.schemas.accounts import AddressIn, PasswordChangeIn, ResetIn, StrengthIn, StrengthOut, TokensOut
from endpoints.sessions import tokens
from models import db
from web.access import auth_required, caller, me, public

passwords = APIBlueprint("passwords", __name__, tag="Me")


@passwords.put("/me/password")
@auth_required
@passwords.input(PasswordChangeIn, example=examples.PASSWORD_CHANGE, arg_name="body")
@passwords.output(MessageOut, example=examples.message("Password changed. All your other sessions have been ended."))
def update(body: PasswordChangeIn) -> dict[str, Any]:
    """Change the password, and end all other sessions"""
    who = me()
    rules.change(who.user_id, body.current_password, body.new_password, caller(), keep=who.session_id)
    db.session.commit()
    return {"message": "Password changed. All your other sessions have been ended."}


@passwords.post("/password-strength")
@public
@passwords.input(StrengthIn, example=examples.STRENGTH, arg_name="body")
@passwords.output(StrengthOut, example=examples.STRENGTH_TOLD)
def rate(body: StrengthIn) -> dict[str, Any]:
    """Tell how long somebody would guess at a password, and whether it may be chosen; nothing of it is kept"""
    throttle.strength(caller())
    return asdict(strength.of(body.password, (body.username, body.email)))


@passwords.post("/reset")
@public
@passwords.input(AddressIn, example=examples.ADDRESS, arg_name="body")
@passwords.output(MessageOut, example=examples.message(ON_ITS_WAY))
def ask(body: AddressIn) -> dict[str, Any]:
    """Ask for a letter with which to choose a new password; the answer is the same for every address"""
    confirmation.ask(Kind.RESET, body.email, caller())
    db.session.commit()
    return {"message": ON_ITS_WAY}


@passwords.post("/reset_finalize")
@public
@passwords.input(ResetIn, example=examples.PASSWORD, arg_name="body")
@passwords.output(TokensOut, example=examples.RESET)
def create(body: ResetIn) -> dict[str, Any]:
    """Choose a new password with the ticket of a letter as Bearer; it ends all sessions, and signs in"""
    signed_in = rules.reset(guard.read_token(), body.password, caller())
    db.session.commit()
    return tokens("Password changed", signed_in, with_user=False) | {"user": signed_in.user.username}
