"""Signing in, refreshing and signing out."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from apiflask import APIBlueprint, HTTPError
from apiflask.schema_adapters import registry
from flask import Response, jsonify, request
from flask_praetorian.exceptions import MissingToken as NoHeader
from werkzeug.exceptions import HTTPException

from auth import devices, throttle
from auth import sessions as rules
from auth.credentials import PREFIX
from auth.errors import AuthError, ForeignOrigin, InvalidToken, MissingToken
from auth.guard import guard
from auth.sessions import ACCESS, COOKIE, TOKEN, SignedIn
from endpoints import examples
from endpoints.schemas import MessageOut, may_take
from endpoints.schemas.accounts import AddressLoginIn, LoginIn, RefreshIn, TokensOut
from models import db
from web.access import caller, comes_from_here, is_secure, know_device, public
from web.errors import refuse

sessions = APIBlueprint("sessions", __name__, tag="Sessions")
#: What is answered without the prefix.
tokens_at_the_root = APIBlueprint("tokens_at_the_root", __name__, tag="Sessions")

#: The cookie goes to this address alone, and so never speaks for a request that changes anything else.
COOKIE_PATH = "/api/refresh"
_JSON = registry.create_adapter(RefreshIn)


@sessions.post("/login")
@public
@sessions.input(LoginIn, example=examples.LOGIN, arg_name="body")
@sessions.output(TokensOut, example=examples.SIGNED_IN)
def create(body: LoginIn) -> Any:
    """Sign in with a name or an address and a password"""
    if body.refresh == COOKIE and not comes_from_here():
        raise ForeignOrigin
    login = body.username if body.username is not None else body.email
    by = caller(body.device)
    signed_in = rules.sign_in(login, body.password, body.refresh or ACCESS, by, remember=body.remember)
    db.session.commit()
    return handed_out("Login successful", signed_in, device=devices.remembered(signed_in.user.id, by))


@tokens_at_the_root.post("/token")
@public
@tokens_at_the_root.input(AddressLoginIn, example=examples.ADDRESS_LOGIN, arg_name="body")
@tokens_at_the_root.output(TokensOut, example=examples.SIGNED_IN_BY_ADDRESS)
def create_by_address(body: AddressLoginIn) -> Any:
    """Sign in with an address and a password, as clients do that hold a page session beside their token"""
    signed_in = rules.sign_in(body.email, body.password, ACCESS, caller())
    db.session.commit()
    return tokens("Login successful", signed_in)


@sessions.post("/refresh")
@public
@may_take(RefreshIn, examples.REFRESH)
@sessions.output(TokensOut, example=examples.TOKENS)
def update() -> Any:
    """Exchange a refresh credential for the next one

    The credential is the expired access token (as the whole body, as Bearer or as `token`), the `refresh_token`, or
    the cookie, as the session was opened. All who refresh with one credential at the same time get the same answer.
    """
    credentials = _presented()
    try:
        throttle.refresh(caller())
        signed_in = _first_good(credentials)
    except AuthError as refusal:
        return _told_as_before(refuse(refusal)) if credentials[0].is_raw else refuse(refusal)
    db.session.commit()
    return handed_out("Token refreshed", signed_in)


@sessions.post("/logout")
@sessions.delete("/refresh", endpoint="destroy_cookie")
@public
@may_take(RefreshIn, examples.REFRESH)
@sessions.output(MessageOut, example=examples.message("Logged out successfully"))
def destroy() -> Any:
    """End the session of any credential, expired or not

    The cookie goes to `/api/refresh` alone: a page that has nothing else signs out with DELETE on that address.
    """
    answer = jsonify(message="Logged out successfully")
    for credential in _all_presented():
        session = rules.sign_out(credential.text, caller())
        if session and session.via == COOKIE:
            answer.delete_cookie(_cookie_name(), path=COOKIE_PATH, secure=is_secure(), httponly=True, samesite="Strict")
    db.session.commit()
    return answer


def tokens(message: str, signed_in: SignedIn, *, with_user: bool = True) -> dict[str, Any]:
    """What a client gets that has just signed in, or refreshed."""
    told: dict[str, Any] = {
        "message": message,
        "access_token": signed_in.access_token,
        "token": signed_in.access_token,
        "token_type": "Bearer",
        "expires_in": signed_in.expires_in,
    }
    if signed_in.session.via == TOKEN:
        told["refresh_token"] = signed_in.refresh_token
    if with_user:
        user = signed_in.user
        told["user"] = {"id": user.id, "username": user.username, "email": user.email, "roles": signed_in.roles}
    return told


def handed_out(message: str, signed_in: SignedIn, *, device: str | None = None) -> Response:
    """Answer with the tokens, and after a sign-in with the user, and with what the device is known by from now on."""
    told = tokens(message, signed_in, with_user=device is not None)
    if device and signed_in.session.via == TOKEN:
        told["device"] = device
    answer = jsonify(told)
    if signed_in.session.via == COOKIE:
        answer.set_cookie(
            _cookie_name(),
            signed_in.refresh_token or "",
            path=COOKIE_PATH,
            expires=signed_in.session.expires_at if signed_in.remember else None,
            secure=is_secure(),
            httponly=True,
            samesite="Strict",
        )
        if device:
            know_device(answer, device)
    return answer


@dataclass(frozen=True)
class _Credential:
    text: str
    via: str
    #: Whether it was the whole body, as the original client sends it.
    is_raw: bool = False


def _presented() -> list[_Credential]:
    """The credentials of this request that may refresh its session: the body alone, or else the header, then cookies.

    Raises MissingToken where there is none, and ForeignOrigin for cookies that another site made the browser send.
    """
    if in_body := _in_body():
        return [in_body]
    found = _in_header()
    if cookies := request.cookies.getlist(_cookie_name()):
        if comes_from_here():
            found += [_Credential(cookie, COOKIE) for cookie in cookies[:4]]
        elif not found:
            raise ForeignOrigin
    if not found:
        raise InvalidToken if "Authorization" in request.headers else MissingToken
    return found


def _all_presented() -> list[_Credential]:
    """Every credential of this request, wherever it is. What is none, in the body too, is not looked at."""
    try:
        in_body = _in_body()
    except (HTTPError, HTTPException):
        in_body = None
    cookies = request.cookies.getlist(_cookie_name())[:4] if comes_from_here() else []
    return [in_body] * bool(in_body) + _in_header() + [_Credential(cookie, COOKIE) for cookie in cookies]


def _first_good(credentials: list[_Credential]) -> SignedIn:
    """Refresh with the first credential that is one. A browser may send along what belongs to another carrier."""
    for credential in credentials[:-1]:
        with suppress(InvalidToken):
            return rules.refresh(credential.text, credential.via, caller())
    return rules.refresh(credentials[-1].text, credentials[-1].via, caller())


def _in_body() -> _Credential | None:
    raw = b"" if request.is_json else request.get_data().strip()
    if raw and not raw.startswith(b"{"):
        return _named(raw.decode(errors="replace"), is_raw=True)
    body: RefreshIn = _JSON.validate_input(request, "json")
    named = body.refresh_token or body.token
    return _named(named) if named else None


def _in_header() -> list[_Credential]:
    try:
        return [_named(guard.read_token_from_header())]
    except (NoHeader, InvalidToken):
        return []


def _named(text: str, *, is_raw: bool = False) -> _Credential:
    return _Credential(text, TOKEN if text.startswith(PREFIX) else ACCESS, is_raw)


def _told_as_before(answer: Response) -> Response:
    """The original client signs out on `null`, and hangs on any other body of a 401."""
    if answer.status_code == 401:
        answer.set_data(b"null\n")
    return answer


def _cookie_name() -> str:
    return "__Secure-lictor_refresh" if is_secure() else "lictor_refresh"
