"""The blueprint of the pages, and what every page carries."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, flash, make_response, redirect, render_template, request, url_for
from flask_wtf import FlaskForm

from auth import mail
from auth.errors import (
    AuthError,
    EmailTaken,
    InvalidField,
    ReauthenticationRequired,
    UsernameTaken,
    WrongCode,
    WrongPassword,
)
from web.errors import settle

pages = Blueprint("pages", __name__, template_folder="templates")

STATIC = Path(__file__).parent / "static"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: To which field of a form a refusal belongs, where it is not said by the refusal itself.
_FIELDS = {
    UsernameTaken: ["username"],
    EmailTaken: ["email"],
    WrongPassword: ["current_password", "password"],
    WrongCode: ["code"],
}


def show(template: str, status: int = 200, **told: Any) -> Response:
    """Return a page."""
    config = current_app.config
    told |= {"is_open": config["REGISTRATION"] == "open", "sends_mail": mail.is_on()}
    answer = make_response(render_template(template, confirms=mail.confirms_addresses(), **told), status)
    return confined(answer, CSP)


def confined(page: Response, csp: str) -> Response:
    """Let a page do what its policy says, and tell no other site what it is."""
    page.headers["Content-Security-Policy"] = csp
    # With no-referrer, browsers would say `Origin: null` of our own forms too.
    page.headers["Referrer-Policy"] = "strict-origin"
    page.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    return page


def show_form(template: str, form: FlaskForm, **told: Any) -> Response:
    """Return a page with a form: empty, or with what is wrong with what was filled in."""
    return show(template, 422 if form.errors else 200, form=form, **told)


def refused(refusal: AuthError, template: str, form: FlaskForm, **told: Any) -> Response:
    """Settle a refusal, and return the page with the form once more, and the reason where it belongs."""
    settle(refusal)
    if isinstance(refusal, ReauthenticationRequired):
        # A button that stands on a page has no page of its own to go back to.
        has_page = request.url_rule is not None and "GET" in (request.url_rule.methods or ())
        back = request.path if has_page else url_for("pages.factors")
        return redirect(url_for("pages.reauthenticate", next=back))  # type: ignore[return-value]
    fields = refusal.facts.get("fields") if isinstance(refusal, InvalidField) else None
    if not isinstance(fields, dict):
        named = next((name for name in _FIELDS.get(type(refusal), []) if name in form), "")
        fields = {named: [refusal.message]}
    for name, problems in fields.items():
        if name in form:
            form[name].errors = [*form[name].errors, *problems]
        else:
            form.form_errors.extend(problems)
    form.wait = refusal.facts.get("retry_after")
    page = show(template, refusal.status, form=form, **told)
    if form.wait:
        page.headers["Retry-After"] = str(form.wait)
    return page


def done(message: str, page: str) -> Any:
    """Say what was done, on another page."""
    flash(message, "status")
    return redirect(url_for(f"pages.{page}"))


def error_page(told: dict[str, Any]) -> Response:
    """Return an error as a page: what JSON tells of it, for people."""
    return show("error.html", told["status_code"], told=told)


def asset_address(name: str) -> str:
    """Where a file of ours is: another place once it has changed, so it can be kept for ever."""
    return url_for("pages.asset", name=name, v=digest(name))


@cache
def digest(name: str) -> str:
    """Return what tells one version of a file from another."""
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
