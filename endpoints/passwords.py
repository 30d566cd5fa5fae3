"""Passwords."""

from typing import Any

from apiflask import APIBlueprint

from auth import passwords as rules
from endpoints import examples
from endpoints.access import auth_required, caller, me
from endpoints.schemas import MessageOut, PasswordChangeIn
from models import db

passwords = APIBlueprint("passwords", __name__, tag="Me")


@passwords.put("/me/password")
@auth_required
@passwords.input(PasswordChangeIn, example=examples.PASSWORD_CHANGE, arg_name="body")
@passwords.output(MessageOut, example=examples.message("Password changed. All your other sessions have been ended."))
def update(body: PasswordChangeIn) -> dict[str, Any]:
    """Change the password, and end all other sessions"""
    rules.change(me().user_id, body.current_password, body.new_password, caller())
    db.session.commit()
    return {"message": "Password changed. All your other sessions have been ended."}
