"""The ground: `db`, every table, and what a row can say about itself."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    bindparam,
    false,
    select,
    true,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from dialects import BINARY_COLLATION, LongText, Moment, among, exact, lock_for_update

#: What a role may be called. No comma and no blank, so a list of names is never read as another list.
ROLE_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}\Z")
#: The largest row id that all three databases can hold and be asked for.
MAX_ID = 2**31 - 1
#: The first second of the year 10000, in seconds since 1970: when a grant ends that does not end.
NEVER = 253_402_300_800


def now() -> datetime:
    """The time, aware and in UTC. There is no other clock in Lictor."""
    return datetime.now(UTC)


def this_second() -> int:
    """The time in whole seconds since 1970, as grants and tokens count it."""
    return int(now().timestamp())


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


# An answer is made of what was committed, not of what someone else has changed or deleted since.
db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})


class User(db.Model):  # type: ignore[name-defined,misc]
    """Someone who can sign in, as Flask-Praetorian wants them."""

    __tablename__ = "users"
    __table_args__ = (
        Index("ix_users_list", "username_key", "email_key", "is_active", "id"),
        {"sqlite_autoincrement": True, **BINARY_COLLATION},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(255))
    username_key: Mapped[str] = mapped_column(exact(255), unique=True)
    #: NULL: this account has no address, and can get no mail.
    email: Mapped[str | None] = mapped_column(String(320))
    #: NULL where there is no address, or where an older app stored one that another account has too.
    email_key: Mapped[str | None] = mapped_column(exact(320), unique=True)
    password: Mapped[str] = mapped_column(Text)
    roles: Mapped[str] = mapped_column(Text, default="")
    is_active: Mapped[bool] = mapped_column(default=True, server_default=true())
    #: NULL: the address was never confirmed.
    email_confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    #: NULL: may sign in; otherwise since when the account waits for its address to be confirmed first.
    unconfirmed_since: Mapped[datetime | None] = mapped_column(Moment)
    #: NULL: never; otherwise when all tickets became void, those too that were asked for and not yet sent.
    tickets_void_at: Mapped[datetime | None] = mapped_column(Moment)
    #: NULL while the account is active; otherwise when it was disabled.
    deactivated_at: Mapped[datetime | None] = mapped_column(Moment)
    #: NULL: the password is the one that an older app stored.
    password_changed_at: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    #: When the last of this user's borrowed roles ends, in seconds since 1970: later, there are none to look for.
    borrows_until: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    #: The kinds of second factor that there are, comma-separated; `auth.factors` keeps it true.
    factors: Mapped[str] = mapped_column(exact(32), default="", server_default="")

    @property
    def identity(self) -> int:
        return self.id

    @property
    def rolenames(self) -> list[str]:
        """The standing roles; those that are held at a moment are told by `auth.holding`."""
        return role_names(self.roles)

    @rolenames.setter
    def rolenames(self, names: Iterable[str]) -> None:
        self.roles = roles_text(names)

    def is_valid(self) -> bool:
        return bool(self.is_active) and self.unconfirmed_since is None

    @classmethod
    def stands(cls, role: str) -> ColumnElement[bool]:
        """The condition that a role is a standing one of a user, however the column was written."""
        return among(cls.roles, role)

    @classmethod
    def lookup(cls, username: str) -> User | None:
        """Return the account of this name: an exact spelling before another one of the same key (see `exact_key`)."""
        keys = [exact_key(username), username_key(username)]
        found = db.session.scalars(select(cls).where(cls.username_key.in_(keys)))
        # Some collations ignore blanks at the end, whatever they are called.
        meant = [user for user in found if user.username_key in keys]
        return min(meant, key=lambda user: keys.index(user.username_key), default=None)

    @classmethod
    def locked(cls, user_id: int) -> User | None:
        """Return the row as it is now, locked until the transaction ends."""
        found: User | None = db.session.scalar(_LOCKED_USER, {"user_id": user_id})
        return found

    @classmethod
    def identify(cls, id: int) -> User | None:
        found: User | None = db.session.get(cls, id)
        return found


_LOCKED_USER = lock_for_update(select(User).where(User.id == bindparam("user_id")))


class Role(db.Model):  # type: ignore[name-defined,misc]
    """A role that there is; a name that is not here is never granted."""

    __tablename__ = "roles"
    __table_args__ = BINARY_COLLATION

    name: Mapped[str] = mapped_column(exact(64), primary_key=True)
    description: Mapped[str] = mapped_column(String(255), default="", server_default="")
    is_default: Mapped[bool] = mapped_column(default=False, server_default=false())
    is_protected: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: Whether it counts only in a session with a second factor.
    requires_factor: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)


class RoleGrant(db.Model):  # type: ignore[name-defined,misc]
    """A borrowed role: held from one second up to, and without, another. What has ended stays, to tell of it."""

    __tablename__ = "role_grants"
    __table_args__ = (
        UniqueConstraint("user_id", "role"),
        Index(None, "role", "expires_at"),
        Index(None, "expires_at", "id"),
        {"sqlite_autoincrement": True, **BINARY_COLLATION},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(ForeignKey("roles.name"))
    #: Both in seconds since 1970, so that every database compares them alike.
    starts_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger)
    granted_at: Mapped[datetime] = mapped_column(Moment, default=now)
    #: Who gave it, as in the trail.
    actor: Mapped[str] = mapped_column(exact(16))
    #: NULL unless a user gave it.
    actor_id: Mapped[int | None]
    #: NULL where no reason was given.
    reason: Mapped[str | None] = mapped_column(Text)


def random_id() -> str:
    """128 random bits, in hexadecimal."""
    return secrets.token_hex(16)


class LoginSession(db.Model):  # type: ignore[name-defined,misc]
    """One sign-in, whichever door it came through; every credential names it."""

    __tablename__ = "login_sessions"
    __table_args__ = BINARY_COLLATION

    id: Mapped[str] = mapped_column(exact(32), primary_key=True, default=random_id)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    via: Mapped[str] = mapped_column(exact(16))
    refresh_count: Mapped[int] = mapped_column(default=0)
    #: When the current credential was made; at first that is the sign-in.
    refreshed_at: Mapped[datetime] = mapped_column(Moment, default=now)
    used_count: Mapped[int] = mapped_column(default=0)
    refresh_salt: Mapped[str] = mapped_column(exact(32), default=random_id)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    last_seen_at: Mapped[datetime] = mapped_column(Moment, default=now)
    #: NULL while the session is open.
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    #: NULL while the session is open; otherwise a word of `auth.sessions`.
    ended_because: Mapped[str | None] = mapped_column(exact(32))
    authenticated_at: Mapped[datetime] = mapped_column(Moment, default=now)
    factors: Mapped[str] = mapped_column(exact(64), default="password")
    #: NULL where the caller's address is not known.
    ip: Mapped[str | None] = mapped_column(String(45))
    #: NULL where the caller did not say.
    user_agent: Mapped[str | None] = mapped_column(String(255))

    @property
    def is_open(self) -> bool:
        return self.ended_at is None and now() < self.expires_at

    def end(self, because: str) -> None:
        """Close this session for every credential that names it; what was ended first stays so."""
        if self.ended_at is None:
            self.ended_at, self.ended_because = now(), because


class Ticket(db.Model):  # type: ignore[name-defined,misc]
    """A single-use secret in the hands of its owner, of which only the SHA-256 is kept here."""

    __tablename__ = "tickets"
    __table_args__ = BINARY_COLLATION

    id: Mapped[str] = mapped_column(exact(32), primary_key=True, default=random_id)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str] = mapped_column(exact(32))
    secret_hash: Mapped[str] = mapped_column(exact(64), unique=True)
    #: NULL where the ticket is not bound to an address.
    bound_to: Mapped[str | None] = mapped_column(exact(320))
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    #: NULL while it can be redeemed; otherwise when it was, or when it became void.
    used_at: Mapped[datetime | None] = mapped_column(Moment)
    #: NULL unless it is a pending second step: otherwise the kind of session that waits for it.
    waits: Mapped[str | None] = mapped_column(exact(32))


class Totp(db.Model):  # type: ignore[name-defined,misc]
    """The secret that an authenticator app shares with us (RFC 6238), sealed under a key that is not in here."""

    __tablename__ = "totps"
    __table_args__ = BINARY_COLLATION

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    sealed: Mapped[str] = mapped_column(Text)
    #: NULL until a code of it was entered once: until then it is no factor.
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    #: The last step, of 30 seconds since 1970, of which a code was accepted: none is accepted twice.
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)


class Passkey(db.Model):  # type: ignore[name-defined,misc]
    """A public key whose other half an authenticator has (WebAuthn Level 3)."""

    __tablename__ = "passkeys"
    __table_args__ = ({"sqlite_autoincrement": True, **BINARY_COLLATION},)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(64))
    #: The SHA-256 of the credential's id, which may be too long for an index.
    credential_hash: Mapped[str] = mapped_column(exact(64), unique=True)
    #: The id and the COSE key, both as base64url.
    credential_id: Mapped[str] = mapped_column(Text)
    public_key: Mapped[str] = mapped_column(Text)
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    #: NULL: never.
    last_used_at: Mapped[datetime | None] = mapped_column(Moment)


class RecoveryCode(db.Model):  # type: ignore[name-defined,misc]
    """A code that takes the place of a factor once, of which only the SHA-256 is kept here."""

    __tablename__ = "recovery_codes"
    __table_args__ = ({"sqlite_autoincrement": True, **BINARY_COLLATION},)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[str] = mapped_column(exact(64))
    #: NULL while it can be used.
    used_at: Mapped[datetime | None] = mapped_column(Moment)


class Letter(db.Model):  # type: ignore[name-defined,misc]
    """A letter that is to be sent: written in the transaction that causes it, and sent when that has committed."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(None, "recipient", "kind", "created_at"),
        {"sqlite_autoincrement": True, **BINARY_COLLATION},
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    kind: Mapped[str] = mapped_column(exact(32))
    #: The one address that it goes to, in the form of `users.email_key`.
    recipient: Mapped[str] = mapped_column(exact(320))
    #: NULL where it is not known yet whose address this is, or whether it is anyone's.
    user_id: Mapped[int | None]
    #: What it tells, as JSON. No secret is in it: a ticket's is derived when the letter is sent.
    payload: Mapped[str] = mapped_column(LongText)
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    #: NULL once nothing more is to be done; otherwise when it is tried next.
    not_before: Mapped[datetime | None] = mapped_column(Moment, index=True)
    #: NULL until the mail server has taken it.
    sent_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    #: NULL where the last attempt did not fail.
    error: Mapped[str | None] = mapped_column(String(255))


class AuditEvent(db.Model):  # type: ignore[name-defined,misc]
    """Who did what to whom, and when. Rows are added, never changed."""

    __tablename__ = "audit_events"
    __table_args__ = (Index(None, "action", "id"), {"sqlite_autoincrement": True, **BINARY_COLLATION})

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment, default=now, index=True)
    action: Mapped[str] = mapped_column(exact(64))
    #: `user`, `console`, or `stranger` for whoever was not signed in.
    actor: Mapped[str] = mapped_column(exact(16))
    #: NULL unless a user acted. No foreign key: the trail outlives the account, and ids are never reused.
    actor_id: Mapped[int | None] = mapped_column(index=True)
    #: NULL where the act concerned no known account.
    subject_id: Mapped[int | None] = mapped_column(index=True)
    #: NULL where no session was involved.
    session_id: Mapped[str | None] = mapped_column(exact(32))
    #: NULL on the console.
    ip: Mapped[str | None] = mapped_column(String(45))
    #: NULL on the console.
    request_id: Mapped[str | None] = mapped_column(exact(64))
    #: NULL where nothing was changed; otherwise canonical JSON, as it was before.
    before: Mapped[str | None] = mapped_column(LongText)
    #: NULL where nothing was changed; otherwise canonical JSON, as it is since.
    after: Mapped[str | None] = mapped_column(LongText)
    #: NULL where none was given.
    reason: Mapped[str | None] = mapped_column(Text)
    #: The place in the chain. NULL, as are both hashes, for what is no change of privilege, and may be pruned.
    sequence: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    #: NULL outside the chain.
    previous_hash: Mapped[str | None] = mapped_column(exact(64))
    #: NULL outside the chain.
    hash: Mapped[str | None] = mapped_column(exact(64))


class AuditChain(db.Model):  # type: ignore[name-defined,misc]
    """The one row that says where the chain ends; whoever adds to the chain holds its lock."""

    __tablename__ = "audit_chain"
    __table_args__ = BINARY_COLLATION

    id: Mapped[int] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(exact(64))


class Counter(db.Model):  # type: ignore[name-defined,misc]
    """How often something was tried since a window began; `counters` is what reads and writes it."""

    __tablename__ = "throttle"
    __table_args__ = BINARY_COLLATION

    key: Mapped[str] = mapped_column(exact(191), primary_key=True)
    hits: Mapped[int]
    #: When it counts from nothing again, in seconds since 1970.
    window_ends_at: Mapped[int] = mapped_column(BigInteger, index=True)


def username_key(name: str) -> str:
    """The form of a username that is unique: NFKC, case folded, NFKC again (Unicode 16, section 3.13, D146)."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def exact_key(name: str) -> str:
    """The key of a name that an older app let differ from another by spelling alone: it is found by just that one."""
    return f"={name}"[:255]


def role_names(text: str | None) -> list[str]:
    """The roles in a `roles` column, however it was written; names that no role may have are not roles."""
    names = {name.strip(" ") for name in (text or "").split(",")}
    return sorted(name for name in names if ROLE_NAME.match(name))


def roles_text(names: Iterable[str]) -> str:
    """The `roles` column for these roles. Raises ValueError for a name that no role may have."""
    wanted = set(names)
    if not all(ROLE_NAME.match(name) for name in wanted):
        raise ValueError("a role name is a letter, then letters, digits, _ or -")
    return ",".join(sorted(wanted))
