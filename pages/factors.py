"""One's own second factors, and showing once more who one is."""

from typing import Any

from flask import redirect, request, url_for
from markupsafe import Markup

from auth import factors as rules
from auth import reauthentication, totp
from auth.errors import AuthError, FactorExists, UnknownFactor
from auth.proofs import Proof
from models import db
from pages import visitors
from pages.forms import CodeForm, ConfirmationForm, EmptyForm, NameForm, NewPasskeyForm, PasskeyForm
from pages.layout import done, pages, refused, show, show_form
from web.access import caller, login_required, me
from web.errors import settle


@pages.get("/account/factors")
@login_required
def factors() -> Any:
    """List the second factors"""
    return show("factors.html", found=rules.of(me().user_id), form=EmptyForm())


@pages.route("/account/factors/app", methods=["GET", "POST"])
@login_required
def add_app() -> Any:
    """Begin with an authenticator app: show what it reads, and ask for a code of it"""
    form = EmptyForm()
    if not form.validate_on_submit():
        return show("add_app.html", form=form)
    try:
        secret, address = rules.begin_totp(caller())
    except FactorExists as refusal:
        settle(refusal)
        return done("An authenticator app is set up already.", "factors")
    except AuthError as refusal:
        return refused(refusal, "add_app.html", form)
    db.session.commit()
    told = {"secret": secret, "address": address, "picture": Markup(totp.picture(address))}
    return show("confirm_app.html", form=CodeForm(formdata=None), **told)


@pages.post("/account/factors/app/confirm")
@login_required
def confirm_app() -> Any:
    """Confirm the app by a code of it, and show the recovery codes that come with the first factor"""
    form = CodeForm()
    if not form.validate_on_submit():
        return show_form("confirm_app.html", form, picture=None)
    try:
        codes = rules.confirm_totp(form.code.data, caller())
    except AuthError as refusal:
        return refused(refusal, "confirm_app.html", form, picture=None)
    db.session.commit()
    if codes:
        return show("recovery_codes.html", codes=codes)
    return done("The authenticator app counts from now on.", "factors")


@pages.post("/account/factors/app/remove")
@login_required
def remove_app() -> Any:
    """Remove the authenticator app"""
    return _removed(rules.remove_totp, "The authenticator app is removed.")


@pages.get("/account/factors/passkeys")
@login_required
def begin_passkey() -> Any:
    """Ask for a name, and let the browser make a passkey"""
    return _passkey_form(NewPasskeyForm(formdata=None, name="Passkey"))


@pages.post("/account/factors/passkeys")
@login_required
def add_passkey() -> Any:
    """Add the passkey that the browser made, and show the recovery codes that come with the first factor"""
    form = NewPasskeyForm()
    if not form.validate_on_submit():
        return _passkey_form(form)
    try:
        passkey, codes = rules.add_passkey(form.ticket.data or "", form.said, form.name.data, caller())
    except AuthError as refusal:
        return _passkey_form(form, refusal)
    db.session.commit()
    if codes:
        return show("recovery_codes.html", codes=codes)
    return done(f"The passkey {passkey.name} counts from now on.", "factors")


@pages.route("/account/factors/passkeys/<int:passkey_id>", methods=["GET", "POST"])
@login_required
def rename_passkey(passkey_id: int) -> Any:
    """Call a passkey otherwise"""
    named = next((one.name for one in rules.of(me().user_id).passkeys if one.id == passkey_id), None)
    if named is None:
        return done("That was removed already.", "factors")
    form = NameForm(name=named)
    told = {"passkey_id": passkey_id, "named": named}
    if not form.validate_on_submit():
        return show_form("rename_passkey.html", form, **told)
    try:
        passkey = rules.rename_passkey(passkey_id, form.name.data, caller())
    except UnknownFactor as refusal:
        settle(refusal)
        return done("That was removed already.", "factors")
    except AuthError as refusal:
        return refused(refusal, "rename_passkey.html", form, **told)
    db.session.commit()
    return done(f"The passkey is called {passkey.name} now.", "factors")


@pages.post("/account/factors/passkeys/<int:passkey_id>/remove")
@login_required
def remove_passkey(passkey_id: int) -> Any:
    """Remove a passkey"""
    return _removed(lambda by: rules.remove_passkey(passkey_id, by), "The passkey is removed.")


@pages.post("/account/factors/recovery-codes")
@login_required
def recovery_codes() -> Any:
    """Make ten new recovery codes, and show them this once"""
    try:
        codes = rules.new_recovery_codes(caller())
    except UnknownFactor as refusal:
        settle(refusal)
        return done("There is no second factor that they would be for.", "factors")
    except AuthError as refusal:
        return refused(refusal, "factors.html", EmptyForm(), found=rules.of(me().user_id))
    db.session.commit()
    return show("recovery_codes.html", codes=codes)


@pages.route("/account/confirm-identity", methods=["GET", "POST"])
@login_required
def reauthenticate() -> Any:
    """Show once more who one is, and go back to what needed it"""
    goal = visitors.path_of_ours(request.form.get("next") or request.args.get("next"))
    form = ConfirmationForm()
    told = {"goal": goal, "asked": reauthentication.ask(caller())}
    passkey = PasskeyForm()
    if not passkey.credential.data and not form.validate_on_submit():
        return show_form("confirm_identity.html", form, **told)
    try:
        if passkey.credential.data:
            reauthentication.with_factor(passkey.ticket.data, passkey.proof, caller())
        elif form.code.data:
            reauthentication.with_factor(None, Proof(code=form.code.data), caller())
        else:
            reauthentication.with_password(form.password.data, caller())
    except AuthError as refusal:
        return refused(refusal, "confirm_identity.html", form, **told)
    db.session.commit()
    return redirect(goal or url_for("pages.account"))


def _passkey_form(form: NewPasskeyForm, refusal: AuthError | None = None) -> Any:
    """The form for a new passkey, with the options of its ceremony, which are new each time."""
    if refusal:
        settle(refusal)
    try:
        ticket, options = rules.begin_passkey(caller())
    except AuthError as late:
        return refused(late, "factors.html", EmptyForm(), found=rules.of(me().user_id))
    told = {"ticket": ticket, "options": options}
    if refusal:
        return refused(refusal, "add_passkey.html", form, **told)
    return show_form("add_passkey.html", form, **told)


def _removed(remove: Any, message: str) -> Any:
    try:
        remove(caller())
    except UnknownFactor as refusal:
        settle(refusal)
        return done("That was removed already.", "factors")
    except AuthError as refusal:
        return refused(refusal, "factors.html", EmptyForm(), found=rules.of(me().user_id))
    db.session.commit()
    return done(message, "factors")
