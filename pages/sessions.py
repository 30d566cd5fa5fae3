"""Signing in and signing out."""

from typing import Any

from flask import Response, redirect, request, url_for
from flask_login import current_user

from auth import visits
from auth.errors import InvalidCredentials
from models import db
from pages import scripts, visitors
from pages.forgery import for_scripts
from pages.forms import EmptyForm, LoginForm
from pages.layout import done, pages, refused, show, show_form
from web.access import caller, public


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
    except InvalidCredentials as refusal:
        return refused(refusal, "login.html", form, goal=goal)
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
