"""A forgotten password: asking for a letter, and choosing another password with what is in it."""

from typing import Any

from flask import redirect, request, url_for

from auth import confirmation, passwords
from auth.errors import AuthError, InvalidToken, SpentTicket
from auth.mail import Kind
from models import db
from pages.forms import AddressForm, NewPasswordForm
from pages.layout import done, pages, refused, show, show_form
from web.access import caller, public


@pages.route("/forgot", methods=["GET", "POST"])
@public
def forgot() -> Any:
    """Ask for a letter with which to choose another password; the answer is the same for every address"""
    form = AddressForm()
    if not form.validate_on_submit():
        return show_form("forgot.html", form)
    try:
        confirmation.ask(Kind.RESET, form.email.data, caller())
    except AuthError as refusal:
        return refused(refusal, "forgot.html", form)
    db.session.commit()
    return redirect(url_for("pages.forgot_sent"))


@pages.get("/forgot/sent")
@public
def forgot_sent() -> Any:
    """Tell that a letter is on its way, if the address is anyone's"""
    return show("forgot_sent.html")


@pages.route("/reset", methods=["GET", "POST"])
@public
def reset() -> Any:
    """Choose another password with the ticket of a letter; looking at the page spends nothing"""
    ticket = request.form.get("token") or request.args.get("token", "")
    form = NewPasswordForm(token=ticket)
    try:
        owner = passwords.owner_of(ticket)
    except AuthError as refusal:
        return refused(refusal, "reset.html", form, owner=None)
    if not form.validate_on_submit():
        return show_form("reset.html", form, owner=owner)
    try:
        passwords.replace(ticket, form.password.data, caller())
    except AuthError as refusal:
        still = None if isinstance(refusal, InvalidToken | SpentTicket) else owner
        return refused(refusal, "reset.html", form, owner=still)
    db.session.commit()
    return done("Your password is changed, and you are signed out everywhere. Sign in with the new one.", "login")
