"""One's own account: profile, address, password, sessions, history, and its end."""

from typing import Any

from flask import request

from auth import accounts, addresses, audit, passwords, visits
from auth import sessions as session_rules
from auth.errors import AuthError, UnknownSession
from models import db
from pages import visitors
from pages.forms import DeletionForm, EmptyForm, NewAddressForm, PasswordForm, UsernameForm
from pages.layout import done, pages, refused, show, show_form
from pages.words import told
from web.access import caller, login_required, me
from web.errors import settle

#: How many events a page of the history has.
EVENTS = 25


@pages.route("/account", methods=["GET", "POST"])
@login_required
def account() -> Any:
    """Show the account, and take another username"""
    who = me()
    form = UsernameForm(username=who.username)
    if not form.validate_on_submit():
        return show_form("account.html", form)
    try:
        accounts.rename_own(who.user_id, form.username.data, caller())
    except AuthError as refusal:
        return refused(refusal, "account.html", form)
    db.session.commit()
    return done("You have another username now.", "account")


@pages.route("/account/email", methods=["GET", "POST"])
@login_required
def address() -> Any:
    """Ask for another e-mail address"""
    form = NewAddressForm()
    if not form.validate_on_submit():
        return show_form("address.html", form)
    try:
        is_changed = addresses.ask(me().user_id, form.email.data, form.password.data, caller())
    except AuthError as refusal:
        return refused(refusal, "address.html", form)
    db.session.commit()
    asked = "Open the link in the letter to the new address: then it is yours."
    return done("Your e-mail address is changed." if is_changed else asked, "account")


@pages.route("/account/password", methods=["GET", "POST"])
@login_required
def password() -> Any:
    """Change the password; whoever did goes on in a new session, and every other one is ended"""
    who, form = me(), PasswordForm()
    if not form.validate_on_submit():
        return show_form("password.html", form)
    try:
        # This session too: a copy of its cookie is no better than one of any other.
        user = passwords.change(who.user_id, form.current_password.data, form.new_password.data, caller(), keep=None)
    except AuthError as refusal:
        return refused(refusal, "password.html", form)
    signed_in = visits.renew(user, caller(), remember=visitors.is_remembered())
    db.session.commit()
    visitors.go_on_as(signed_in)
    return done("Your password is changed. All your other sessions have been ended.", "password")


@pages.get("/account/sessions")
@login_required
def sessions() -> Any:
    """List the open sessions, of either door, the current one first"""
    who = me()
    found = session_rules.of_user(who.user_id, who.session_id)
    return show("sessions.html", sessions=found, current_id=who.session_id, form=EmptyForm())


@pages.post("/account/sessions/end")
@login_required
def end_sessions() -> Any:
    """End all sessions but the current one"""
    who = me()
    ended = session_rules.end_all(who.user_id, "revoked", caller(), keep=who.session_id)
    db.session.commit()
    return done("There was no other session." if not ended else "All other sessions are signed out.", "sessions")


@pages.post("/account/sessions/<session_id>/end")
@login_required
def end_session(session_id: str) -> Any:
    """End one session"""
    who = me()
    try:
        session_rules.end(who.user_id, session_id, caller())
    except UnknownSession as refusal:
        settle(refusal)
        return done("That session had ended already.", "sessions")
    db.session.commit()
    if session_id == who.session_id:
        visitors.leave()
        return done("You are signed out.", "login")
    return done("The session is signed out.", "sessions")


@pages.get("/account/history")
@login_required
def history() -> Any:
    """Tell what happened to this account, newest first"""
    before = request.args.get("before", "")
    before_id = int(before) if before.isascii() and before.isdigit() and len(before) < 16 else None
    found = audit.of_user(me().user_id, limit=EVENTS + 1, before_id=before_id)
    events = [told(event, me().user_id) for event in found[:EVENTS]]
    older = found[EVENTS - 1].id if len(found) > EVENTS else None
    return show("history.html", events=events, older=older, is_first=before_id is None)


@pages.route("/account/delete", methods=["GET", "POST"])
@login_required
def delete() -> Any:
    """Delete the account; the last administrator cannot"""
    form = DeletionForm()
    if not form.validate_on_submit():
        return show_form("delete.html", form)
    try:
        accounts.delete_own(me().user_id, form.password.data, caller())
    except AuthError as refusal:
        return refused(refusal, "delete.html", form)
    db.session.commit()
    visitors.leave()
    return done("Your account is deleted.", "home")
