"""What a person sends and gets about second factors."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from endpoints.schemas import Out
from web.bodies import In, Text


class SecondStepIn(In):
    """The ticket of the first step, and one factor: a code, a recovery code, or what a passkey signed."""

    ticket: str
    code: str | None = Field(None, description="Six digits of the authenticator app.")
    recovery_code: str | None = None
    assertion: dict[str, Any] | None = Field(None, description="What `navigator.credentials.get` gave, as JSON.")
    device: str | None = Field(None, description="What an earlier sign-in told, for a client without cookies.")


class PasskeyLoginIn(In):
    ticket: str
    assertion: dict[str, Any]
    refresh: Literal["cookie", "token"] | None = None
    remember: bool = False
    device: str | None = None


class CeremonyOut(Out):
    """A ticket, and the options of a ceremony, for `PublicKeyCredential.parse…OptionsFromJSON`."""

    ticket: str
    options: dict[str, Any]


class TotpOut(Out):
    confirmed_at: datetime


class PasskeyOut(Out):
    id: int
    name: str
    created_at: datetime
    last_used_at: datetime | None


class FactorsOut(Out):
    totp: TotpOut | None
    passkeys: list[PasskeyOut]
    recovery_codes_left: int


class NewTotpOut(Out):
    secret: str
    otpauth_uri: str
    qr_svg: str


class CodeIn(In):
    code: str


class ConfirmedOut(Out):
    """`recovery_codes` are there with the first factor, and shown this once."""

    message: str
    recovery_codes: list[str] = []


class PasskeyIn(In):
    ticket: str
    attestation: dict[str, Any] = Field(description="What `navigator.credentials.create` gave, as JSON.")
    name: Text = "Passkey"


class NewPasskeyOut(ConfirmedOut):
    passkey: PasskeyOut


class NameIn(In):
    name: Text


class RecoveryCodesOut(Out):
    recovery_codes: list[str]


class ReauthenticationIn(In):
    """One of them: the password, a code, or a ticket with what a passkey signed."""

    password: str | None = None
    code: str | None = None
    ticket: str | None = None
    assertion: dict[str, Any] | None = None


class WaysOut(Out):
    """What may be shown; where a passkey may, `ticket` and `passkey` are for its ceremony."""

    factors: list[Literal["password", "totp", "passkey"]]
    ticket: str = ""
    passkey: dict[str, Any] = {}
