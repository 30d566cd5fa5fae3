"""One's own second factors, and showing once more who one is."""

from typing import Any

from apiflask import APIBlueprint

from auth import factors as rules
from auth import reauthentication, totp
from auth.errors import InvalidField
from auth.proofs import Proof
from endpoints import examples
from endpoints.schemas import MessageOut
from endpoints.schemas.factors import (
    CeremonyOut,
    CodeIn,
    ConfirmedOut,
    FactorsOut,
    NameIn,
    NewPasskeyOut,
    NewTotpOut,
    PasskeyIn,
    PasskeyOut,
    ReauthenticationIn,
    RecoveryCodesOut,
    WaysOut,
)
from models import db
from web.access import auth_required, caller, me

factors = APIBlueprint("factors", __name__, tag="Second factors")


@factors.get("/me/factors")
@auth_required
@factors.output(FactorsOut, example=examples.FACTORS)
def index() -> Any:
    """List the second factors of whoever is signed in"""
    return rules.of(me().user_id)


@factors.post("/me/factors/totp")
@auth_required
@factors.output(NewTotpOut, example=examples.NEW_TOTP)
def begin_totp() -> dict[str, Any]:
    """Begin with an authenticator app; it counts when a code of it has been confirmed"""
    secret, address = rules.begin_totp(caller())
    db.session.commit()
    return {"secret": secret, "otpauth_uri": address, "qr_svg": totp.picture(address)}


@factors.post("/me/factors/totp/confirm")
@auth_required
@factors.input(CodeIn, example=examples.CODE, arg_name="body")
@factors.output(ConfirmedOut, example=examples.CONFIRMED_TOTP)
def confirm_totp(body: CodeIn) -> dict[str, Any]:
    """Confirm the app by a code of it; with the first factor come ten recovery codes, shown this once"""
    codes = rules.confirm_totp(body.code, caller())
    db.session.commit()
    return {"message": "The authenticator app counts from now on."} | _codes(codes)


@factors.delete("/me/factors/totp")
@auth_required
@factors.output({}, 204)
def destroy_totp() -> str:
    """Remove the authenticator app"""
    rules.remove_totp(caller())
    db.session.commit()
    return ""


@factors.post("/me/factors/passkeys/options")
@auth_required
@factors.output(CeremonyOut, example=examples.ENROLMENT)
def begin_passkey() -> dict[str, Any]:
    """Ask for the options with which a browser makes a passkey"""
    ticket, options = rules.begin_passkey(caller())
    db.session.commit()
    return {"ticket": ticket, "options": options}


@factors.post("/me/factors/passkeys")
@auth_required
@factors.input(PasskeyIn, example=examples.PASSKEY, arg_name="body")
@factors.output(NewPasskeyOut, 201, example=examples.NEW_PASSKEY)
def create_passkey(body: PasskeyIn) -> dict[str, Any]:
    """Add the passkey that a browser made; with the first factor come ten recovery codes, shown this once"""
    passkey, codes = rules.add_passkey(body.ticket, body.attestation, body.name, caller())
    db.session.commit()
    return {"message": "The passkey counts from now on.", "passkey": passkey} | _codes(codes)


@factors.patch("/me/factors/passkeys/<int:passkey_id>")
@auth_required
@factors.input(NameIn, example=examples.PASSKEY_NAME, arg_name="body")
@factors.output(PasskeyOut, example=examples.LISTED_PASSKEY)
def update_passkey(passkey_id: int, body: NameIn) -> Any:
    """Call a passkey otherwise"""
    passkey = rules.rename_passkey(passkey_id, body.name, caller())
    db.session.commit()
    return passkey


@factors.delete("/me/factors/passkeys/<int:passkey_id>")
@auth_required
@factors.output({}, 204)
def destroy_passkey(passkey_id: int) -> str:
    """Remove a passkey"""
    rules.remove_passkey(passkey_id, caller())
    db.session.commit()
    return ""


@factors.post("/me/factors/recovery-codes")
@auth_required
@factors.output(RecoveryCodesOut, example=examples.RECOVERY_CODES)
def create_recovery_codes() -> dict[str, Any]:
    """Make ten new recovery codes; the old ones are void"""
    codes = rules.new_recovery_codes(caller())
    db.session.commit()
    return {"recovery_codes": codes}


@factors.get("/me/reauthenticate")
@auth_required
@factors.output(WaysOut, example=examples.WAYS)
def show_ways() -> dict[str, Any]:
    """Tell by what one may show once more who one is"""
    return reauthentication.ask(caller())


@factors.post("/me/reauthenticate")
@auth_required
@factors.input(ReauthenticationIn, example=examples.PASSWORD, arg_name="body")
@factors.output(MessageOut, example=examples.message("Confirmed."))
def reauthenticate(body: ReauthenticationIn) -> dict[str, Any]:
    """Show once more who one is; it is good for ten minutes"""
    given = [name for name in ("password", "code", "assertion") if getattr(body, name) is not None]
    if len(given) != 1:
        raise InvalidField("body", "Give one of password, code and assertion.")
    if body.password is not None:
        reauthentication.with_password(body.password, caller())
    else:
        reauthentication.with_factor(body.ticket, Proof(code=body.code, assertion=body.assertion), caller())
    db.session.commit()
    return {"message": "Confirmed."}


def _codes(codes: list[str]) -> dict[str, Any]:
    return {"recovery_codes": codes} if codes else {}
