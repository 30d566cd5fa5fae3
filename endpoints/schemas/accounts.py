"""What a person sends and gets about their own account and its sessions."""

from datetime import datetime
from typing import Literal

from pydantic import Field, model_validator

from endpoints.schemas import Out
from web.bodies import In, Text


class LoginIn(In):
    """A name or an address, and a password. `refresh` chooses how the session is kept alive."""

    username: str | None = None
    email: str | None = None
    password: str
    refresh: Literal["cookie", "token"] | None = None
    remember: bool = Field(False, description="Keep the cookie when the browser closes.")
    device: str | None = Field(None, description="What an earlier sign-in told, for a client without cookies.")

    @model_validator(mode="after")
    def _names_someone(self) -> "LoginIn":
        if self.username is None and self.email is None:
            raise ValueError("A username or an e-mail address is missing.")
        return self


class AddressLoginIn(In):
    """An address, or a name in its place, and a password."""

    email: str
    password: str


class RefreshIn(In):
    """A refresh credential, where it is not the whole body, the header or the cookie."""

    token: str | None = None
    refresh_token: str | None = None


class RegistrationIn(In):
    username: Text
    password: str
    email: Text | None = None


class AddressIn(In):
    email: Text


class NewAddressIn(In):
    email: Text
    password: str


class ProfileIn(In):
    username: Text


class PasswordIn(In):
    password: str


class StrengthIn(In):
    """A password, and what its owner is called."""

    password: str
    username: str | None = None
    email: str | None = None


class StrengthOut(Out):
    score: int = Field(description="From 0, guessed at once, to 4.")
    allowed: bool = Field(description="Whether it may be chosen.")
    message: str


class PasswordChangeIn(In):
    current_password: str
    new_password: str


class ResetIn(In):
    """The new password. The ticket is the Bearer; some clients repeat it here, where it is not looked at."""

    password: str
    token: str | None = None


class WindowOut(Out):
    """A borrowed role, from when to when; `expires_at` is null where it does not end."""

    role: str
    starts_at: datetime
    expires_at: datetime | None


class PersonOut(Out):
    id: int
    username: str
    email: str | None
    roles: list[str] = []


class ProfileOut(PersonOut):
    is_active: bool
    created_at: datetime
    email_confirmed_at: datetime | None
    password_changed_at: datetime | None
    grants: list[WindowOut]
    withheld: list[str] = Field(description="Roles that count when a second factor has been shown.")


class MeOut(Out):
    user: ProfileOut


class TokensOut(Out):
    message: str
    access_token: str
    token: str = Field(description="The access token once more, by the name that some clients look for.")
    token_type: Literal["Bearer"]
    expires_in: int = Field(description="Seconds.")
    refresh_token: str = ""
    device: str = Field("", description="What `device` is to be at the next sign-in, for a client without cookies.")
    user: PersonOut | str | None = None


class RegisteredOut(Out):
    """What `TokensOut` has, unless the address must be confirmed first."""

    message: str
    access_token: str = ""
    token: str = ""
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: int = Field(0, description="Seconds.")
    user: PersonOut


class ProtectedOut(Out):
    message: str
    user_id: int


class SessionOut(Out):
    id: str
    current: bool
    via: Literal["access", "cookie", "token", "page"]
    ip: str | None
    user_agent: str | None
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


class SessionsOut(Out):
    sessions: list[SessionOut]
