"""Registering, and confirming an address."""

from typing import Any

from flask import redirect, request, session, url_for

from auth import addresses, confirmation, registration
from auth.errors import AuthError, InvalidToken, SpentTicket
from auth.mail import Kind
from auth.tickets import NEW_ADDRESS
from models import db, now
from pages import scripts
from pages.forgery import for_scripts
from pages.forms import AddressForm, RegistrationForm, TicketForm
from pages.layout import done, pages, refused, show, show_form
from web.access import caller, public

#: In the cookie: where the letter went that somebody is waiting for.
_WAITS_AT = "waits_at"
#: And when it was asked for once more, in seconds since 1970.
_ASKED_AT = "asked_at"
#: How many seconds a letter is given to arrive, before another one is asked for.
PATIENCE = 60


@pages.route("/register", methods=["GET", "POST"])
@public
@for_scripts(scripts.register)
def register() -> Any:
    """Open an account"""
    form = RegistrationForm()
    if not form.validate_on_submit():
        return show_form("register.html", form)
    try:
        opened = registration.open_account(form.username.data, form.password.data, form.email.data or None, caller())
    except AuthError as refusal:
        return refused(refusal, "register.html", form)
    db.session.commit()
    if opened.is_unconfirmed:
        session[_WAITS_AT] = opened.email
        return redirect(url_for("pages.check_inbox"))
    return done("Registration successful! Please log in.", "login")


@pages.route("/check-inbox", methods=["GET", "POST"])
@public
def check_inbox() -> Any:
    """Tell that a letter is on its way, and send it once more, whoever asks for whatever"""
    form = AddressForm(email=session.get(_WAITS_AT))
    if not form.validate_on_submit():
        return show_form("check_inbox.html", form, address=session.get(_WAITS_AT))
    if now().timestamp() - session.get(_ASKED_AT, 0) < PATIENCE:
        return done("Another letter was asked for just now. Give it a minute to arrive.", "check_inbox")
    try:
        confirmation.ask(Kind.CONFIRM, form.email.data, caller())
    except AuthError as refusal:
        return refused(refusal, "check_inbox.html", form, address=session.get(_WAITS_AT))
    db.session.commit()
    session[_WAITS_AT], session[_ASKED_AT] = form.email.data[:320], now().timestamp()
    return done("If an account waits for this address, another letter is on its way to it.", "check_inbox")


@pages.route("/confirm", methods=["GET", "POST"])
@public
def confirm() -> Any:
    """Confirm an address with the ticket of a letter; looking at the page confirms nothing"""
    ticket = request.form.get("token") or request.args.get("token", "")
    form = TicketForm(token=ticket)
    try:
        owner = confirmation.owner_of(ticket)
    except AuthError as refusal:
        return refused(refusal, "confirm.html", form, owner=None)
    is_new_address = owner.purpose == NEW_ADDRESS
    if not form.validate_on_submit():
        return show("confirm.html", form=form, owner=owner, is_new_address=is_new_address)
    try:
        redeem = addresses.confirm if is_new_address else confirmation.confirm
        redeem(ticket, caller())
    except AuthError as refusal:
        still = None if isinstance(refusal, InvalidToken | SpentTicket) else owner
        return refused(refusal, "confirm.html", form, owner=still, is_new_address=is_new_address)
    db.session.commit()
    if is_new_address:
        return done("Your e-mail address is changed.", "account")
    return done("Your e-mail address is confirmed. You can sign in now.", "login")
