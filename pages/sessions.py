"""Signing in and signing out."""

from typing import Any

from flask import Response, redirect, request, session, url_for
from flask_login import current_user

from auth import second_step as rules
from auth import visits
from auth.errors import AuthError, SecondFactorRequired
from models import db
from pages import scripts, visitors
from pages.forgery import for_scripts
from pages.forms import CodeForm, EmptyForm, LoginForm, PasskeyForm
from pages.layout import done, pages, refused, show, show_form
from web.access import caller, public
from web.errors import settle

#: In the cookie: the ticket of a sign-in that waits for its second step.
PENDING = "pending"


@pages.route("/login", methods=["GET", "POST"])
@public
@for_scripts(scripts.sign_in)
def login() -> Any:
    """Sign in, and go on to where one was going"""
    goal = visitors.path_of_ours(request.form.get("next") or request.args.get("next"))
    form = LoginForm()
    if current_user.is_authenticated and request.method != "POST":
        return _on_to(goal)
    if not form.validate_on_submit():
        return show_form("login.html", form, goal=goal)
    try:
        visitors.sign_in(form.login, form.password.data, remember=form.remember.data)
    except SecondFactorRequired as refusal:
        settle(refusal)
        session[PENDING] = refusal.facts["ticket"]
        return redirect(url_for("pages.second_step", next=goal))
    except AuthError as refusal:
        return refused(refusal, "login.html", form, goal=goal)
    return _on_to(goal)


@pages.post("/login/passkey")
@public
def login_with_passkey() -> Any:
    """Sign in with a passkey, and no password"""
    goal = visitors.path_of_ours(request.form.get("next"))
    form = PasskeyForm()
    if not form.credential.data:
        return show("login.html", 422, form=LoginForm(formdata=None), goal=goal)
    try:
        visitors.sign_in_with_passkey(form.ticket.data or "", form.proof, remember=form.remember.data)
    except AuthError as refusal:
        return refused(refusal, "login.html", LoginForm(formdata=None), goal=goal)
    return _on_to(goal)


@pages.route("/login/factor", methods=["GET", "POST"])
@public
def second_step() -> Any:
    """Take the second step of a sign-in, and go on to where one was going"""
    goal = visitors.path_of_ours(request.form.get("next") or request.args.get("next"))
    ticket = session.get(PENDING, "")
    form = CodeForm()
    try:
        waits = rules.waits_for(ticket, caller())
    except AuthError as refusal:
        settle(refusal)
        session.pop(PENDING, None)
        return done("That took too long. Sign in once more.", "login")
    passkey = PasskeyForm()
    if not passkey.credential.data and not form.validate_on_submit():
        return show_form("second_step.html", form, goal=goal, waits=waits)
    try:
        visitors.finish(ticket, passkey.proof if passkey.credential.data else form.proof)
    except AuthError as refusal:
        return refused(refusal, "second_step.html", form, goal=goal, waits=waits)
    return _on_to(goal)


@pages.route("/logout", methods=["GET", "POST"])
@public
@for_scripts(scripts.sign_out)
def logout() -> Any:
    """Ask whether to sign out, and do it"""
    if not current_user.is_authenticated:
        return redirect(url_for("pages.login"))
    form = EmptyForm()
    if not form.validate_on_submit():
        return show("logout.html", form=form)
    visits.leave(caller())
    db.session.commit()
    visitors.leave()
    return done("You are signed out.", "login")


def _on_to(goal: str | None) -> Response:
    return redirect(goal or url_for("pages.dashboard"))  # type: ignore[return-value]
