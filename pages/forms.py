"""What people fill in. A form asks whether something is there; whether it will do is for the rules."""

import json
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, ValidationError

from auth import mail
from auth.proofs import Proof


def _given(what: str) -> list[InputRequired]:
    return [InputRequired(f"Enter {what}.")]


class Form(FlaskForm):
    """A form of texts: what was sent as a file, or as JSON, was not filled in."""

    class Meta(FlaskForm.Meta):
        def wrap_formdata(self, form: FlaskForm, formdata: object) -> object:
            return request.form if form.is_submitted() else None


class LoginForm(Form):
    username = StringField("Username or e-mail address")
    #: In place of the username, in forms of others that ask for an address.
    email = StringField("E-mail address")
    password = PasswordField("Password", _given("your password"))
    remember = BooleanField("Stay signed in on this device")

    @property
    def login(self) -> str:
        """The name or the address."""
        return self.username.data or self.email.data or ""

    def validate_username(self, field: StringField) -> None:
        if not self.login:
            raise ValidationError("Enter your username or your e-mail address.")


class RegistrationForm(Form):
    username = StringField("Username", _given("a username"))
    email = StringField("E-mail address")
    password = PasswordField("Password", _given("a password"))

    def validate_email(self, field: StringField) -> None:
        if mail.confirms_addresses() and not field.data:
            raise ValidationError("Enter your e-mail address: it has to be confirmed.")


class AddressForm(Form):
    email = StringField("E-mail address", _given("your e-mail address"))


class TicketForm(Form):
    token = HiddenField()


class NewPasswordForm(TicketForm):
    password = PasswordField("New password", _given("a new password"))


class UsernameForm(Form):
    username = StringField("Username", _given("a username"))


class NewAddressForm(Form):
    email = StringField("New e-mail address", _given("the new e-mail address"))
    password = PasswordField("Current password", _given("your current password"))


class PasswordForm(Form):
    current_password = PasswordField("Current password", _given("your current password"))
    new_password = PasswordField("New password", _given("a new password"))


class DeletionForm(Form):
    password = PasswordField("Current password", _given("your current password"))


class CodeForm(Form):
    """Six digits of an app, or a recovery code, which nobody takes for one another."""

    code = StringField("Code", _given("the code"))

    @property
    def proof(self) -> Proof:
        typed = "".join(self.code.data.split())
        return Proof(code=typed) if len(typed) <= 8 else Proof(recovery_code=typed)


class PasskeyForm(Form):
    """What a passkey said, as JSON, which a script of ours puts here; and for which ceremony."""

    ticket = HiddenField()
    credential = HiddenField()
    remember = BooleanField()

    @property
    def said(self) -> dict[str, Any]:
        """What it said; nothing where that was no object, which no passkey says."""
        try:
            said = json.loads(self.credential.data or "")
        except (ValueError, RecursionError):
            return {}
        return said if isinstance(said, dict) else {}

    @property
    def proof(self) -> Proof:
        return Proof(assertion=self.said)


class NewPasskeyForm(PasskeyForm):
    name = StringField("Name", _given("a name"))


class NameForm(Form):
    name = StringField("Name", _given("a name"))


class ConfirmationForm(Form):
    """The password, or a code."""

    password = PasswordField("Password")
    code = StringField("Code of the authenticator app")

    def validate_password(self, field: PasswordField) -> None:
        if not field.data and not self.code.data:
            raise ValidationError("Enter your password or a code.")


class EmptyForm(Form):
    """A button."""
