"""Home, the dashboard, and what a signed-in person of either door is greeted with."""

from typing import Any

from flask import Response, jsonify, redirect, request, send_from_directory, url_for
from werkzeug.exceptions import NotFound

from auth import reauthentication
from auth.demands import PASSWORD
from pages.layout import STATIC, digest, pages, show
from web.access import caller, either_required, login_required, me, public

ASSETS = ("lictor.css", "lictor.js", "lictor.svg")


@pages.get("/")
@public
def home() -> Response:
    """Say what this is, and where to go on"""
    return show("home.html")


@pages.get("/dashboard")
@login_required
def dashboard() -> Response:
    """Greet whoever has signed in"""
    withheld = me().withheld
    has_factor = bool(withheld) and PASSWORD not in reauthentication.ask(caller())["factors"]
    return show("dashboard.html", withheld=withheld, has_factor=has_factor)


@pages.get("/protected")
@either_required
def protected() -> Any:
    """Greet whoever has signed in, by token or by cookie"""
    who = me()
    return jsonify(
        message=f"Hello, {who.username}! This is a protected route.",
        msg=f"Hello, {who.username}!",
        user_id=who.user_id,
    )


@pages.get("/.well-known/change-password")
@public
def change_password() -> Any:
    """Tell password managers where one changes a password"""
    return redirect(url_for("pages.password"))


@pages.get("/static/<name>")
@public
def asset(name: str) -> Response:
    """Send a file of the pages"""
    if name not in ASSETS:
        raise NotFound
    answer = send_from_directory(STATIC, name)
    is_this = request.args.get("v") == digest(name)
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable" if is_this else "no-cache"
    return answer
