"""The second step of a sign-in, and signing in with a passkey alone."""

from typing import Any

from apiflask import APIBlueprint

from auth import devices
from auth import second_step as rules
from auth.errors import ForeignOrigin, InvalidField
from auth.proofs import Proof
from auth.sessions import ACCESS, COOKIE
from endpoints import examples
from endpoints.schemas.accounts import TokensOut
from endpoints.schemas.factors import CeremonyOut, PasskeyLoginIn, SecondStepIn
from endpoints.sessions import handed_out
from models import db
from web.access import caller, comes_from_here, public

second_step = APIBlueprint("second_step", __name__, tag="Sessions")


@second_step.post("/login/factor")
@public
@second_step.input(SecondStepIn, example=examples.SECOND_STEP, arg_name="body")
@second_step.output(TokensOut, example=examples.SIGNED_IN)
def create(body: SecondStepIn) -> Any:
    """Finish a sign-in that answered `second_factor_required`; the ticket is good for five minutes, and once"""
    proof = Proof(body.code, body.recovery_code, body.assertion)
    if sum(one is not None for one in (proof.code, proof.recovery_code, proof.assertion)) != 1:
        raise InvalidField("body", "Give one of code, recovery_code and assertion.")
    by = caller(body.device)
    signed_in = rules.complete(body.ticket, proof, by)
    if signed_in.session.via == COOKIE and not comes_from_here():
        raise ForeignOrigin
    db.session.commit()
    return handed_out("Login successful", signed_in, device=devices.remembered(signed_in.user.id, by))


@second_step.post("/login/passkey/options")
@public
@second_step.output(CeremonyOut, example=examples.CEREMONY)
def begin_with_passkey() -> dict[str, Any]:
    """Ask for the options with which a browser lets anyone sign in who has a passkey"""
    ticket, options = rules.ask_for_passkey(caller())
    return {"ticket": ticket, "options": options}


@second_step.post("/login/passkey")
@public
@second_step.input(PasskeyLoginIn, example=examples.PASSKEY_LOGIN, arg_name="body")
@second_step.output(TokensOut, example=examples.SIGNED_IN)
def create_with_passkey(body: PasskeyLoginIn) -> Any:
    """Sign in with a passkey, and no password"""
    if body.refresh == COOKIE and not comes_from_here():
        raise ForeignOrigin
    by = caller(body.device)
    proof = Proof(assertion=body.assertion)
    signed_in = rules.sign_in_with_passkey(body.ticket, proof, body.refresh or ACCESS, by, remember=body.remember)
    db.session.commit()
    return handed_out("Login successful", signed_in, device=devices.remembered(signed_in.user.id, by))
