"""The ground: `db`, every table, and what a row can say about itself."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    DateTime,
    Executable,
    ForeignKey,
    Integer,
    MetaData,
    Row,
    Select,
    String,
    Text,
    TypeDecorator,
    bindparam,
    event,
    false,
    select,
    true,
)
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

#: What a role may be called. No comma and no blank, so a list of names is never read as another list.
ROLE_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}\Z")
#: The largest row id that all three databases can hold and be asked for.
MAX_ID = 2**31 - 1
BINARY_COLLATION = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}

#: True while a request that only reads is served; SQLite then leaves its one write lock to others.
only_reads: ContextVar[bool] = ContextVar("only_reads", default=False)


def now() -> datetime:
    """The time, aware and in UTC. There is no other clock in Lictor."""
    return datetime.now(UTC)


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


class Moment(TypeDecorator[datetime]):
    """A point in time to the microsecond: aware UTC in Python, UTC in every database."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.TIMESTAMP(timezone=True))
        return dialect.type_descriptor(mysql.DATETIME(fsp=6) if dialect.name == "mysql" else DateTime())

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None or dialect.name == "postgresql":
            return value
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def exact(length: int) -> Any:
    """Text that is compared and sorted byte by byte, so equality is the same on all three databases."""
    return (
        String(length)
        .with_variant(mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin"), "mysql")
        .with_variant(postgresql.VARCHAR(length, collation="C"), "postgresql")
    )


def lock_for_update(statement: Any) -> Any:
    """The same SELECT, holding its rows until the transaction ends and seeing them as they are now."""
    return statement.with_for_update().execution_options(populate_existing=True)


class User(db.Model):  # type: ignore[name-defined,misc]
    """Someone who can sign in, as Flask-Praetorian wants them."""

    __tablename__ = "users"
    __table_args__ = {"sqlite_autoincrement": True, **BINARY_COLLATION}

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
    #: NULL while the account is active; otherwise when it was disabled.
    deactivated_at: Mapped[datetime | None] = mapped_column(Moment)
    #: NULL: the password is the one that an older app stored.
    password_changed_at: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")

    @property
    def identity(self) -> int:
        return self.id

    @property
    def rolenames(self) -> list[str]:
        return role_names(self.roles)

    @rolenames.setter
    def rolenames(self, names: Iterable[str]) -> None:
        wanted = set(names)
        if not all(ROLE_NAME.match(name) for name in wanted):
            raise ValueError("a role name is a letter, then letters, digits, _ or -")
        self.roles = ",".join(sorted(wanted))

    def is_valid(self) -> bool:
        return bool(self.is_active)

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
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)


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


class AuditEvent(db.Model):  # type: ignore[name-defined,misc]
    """Who did what to whom, and when. Rows are added, never changed."""

    __tablename__ = "audit_events"
    __table_args__ = {"sqlite_autoincrement": True, **BINARY_COLLATION}

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
    #: NULL where nothing was changed; otherwise JSON, as it was before.
    before: Mapped[str | None] = mapped_column(Text)
    #: NULL where nothing was changed; otherwise JSON, as it is since.
    after: Mapped[str | None] = mapped_column(Text)
    #: NULL where none was given.
    reason: Mapped[str | None] = mapped_column(Text)


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


def glance(statement: Executable, **values: Any) -> Row[Any] | None:
    """One look at one row, past the ORM and under no lock; nothing is held when it returns.

    A connection that the database closed meanwhile is replaced, once.
    """
    try:
        return _glance(statement, values)
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        return _glance(statement, values)


def _glance(statement: Executable, values: dict[str, Any]) -> Row[Any] | None:
    with db.engine.connect() as connection:
        return connection.execution_options(lictor_glance=True).execute(statement, values).first()


class Prepared:
    """A SELECT of one row of plain numbers and texts that every request runs: compiled once, given to the driver as is.

    That takes a fifth of the time that `glance` takes. Whatever the driver complains of is left to `glance`.
    """

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        self.statement = statement
        self._compiled: dict[str, tuple[str, list[str] | None]] = {}

    def row(self, **values: str | int | None) -> Sequence[Any] | None:
        """Return the row, or None where there is none."""
        engine = db.engine
        dialect = engine.dialect
        if dialect.name not in self._compiled:
            compiled = self.statement.compile(dialect=dialect)
            self._compiled[dialect.name] = (str(compiled), compiled.positiontup)
        text, order = self._compiled[dialect.name]
        connection = engine.raw_connection()
        try:
            given = tuple(values[name] for name in order) if order else values
            return _fetched(connection, text, given, is_postgresql=dialect.name == "postgresql")
        except dialect.loaded_dbapi.Error as error:
            connection.invalidate(error)
        finally:
            connection.close()
        return glance(self.statement, **values)


def _fetched(connection: Any, text: str, values: Any, *, is_postgresql: bool) -> Sequence[Any] | None:
    driver = connection.dbapi_connection
    if is_postgresql:
        driver.autocommit = True  # One trip to the server, not three.
    cursor = driver.cursor()
    cursor.execute(text, values)
    found: Sequence[Any] | None = cursor.fetchone()
    cursor.close()
    if is_postgresql:
        driver.autocommit = False
    return found


def engine_options(database_url: str, threads: int) -> dict[str, Any]:
    """How to connect: a connection for each of `threads`, two spare ones, and no waiting for ever."""
    url = make_url(database_url)
    name = url.get_backend_name()
    pool = {"pool_size": threads, "max_overflow": 2, "pool_timeout": 10, "hide_parameters": True}
    if name == "sqlite":
        return pool | {"connect_args": {"timeout": 15}}
    if name == "postgresql":
        limits = {"statement_timeout": 15000, "lock_timeout": 10000, "idle_in_transaction_session_timeout": 30000}
        options = " ".join(f"-c {name}={value}" for name, value in limits.items())
        # Told at connect and not as isolation_level, which psycopg2 would tell the server again with each glance.
        options += r" -c default_transaction_isolation=read\ committed"
        return pool | {"connect_args": {"connect_timeout": 5, "options": options}}
    return pool | {
        "isolation_level": "READ COMMITTED",
        "pool_recycle": 3600,
        "connect_args": {
            "charset": "utf8mb4",
            "connect_timeout": 5,
            "read_timeout": 20,
            "write_timeout": 20,
            "init_command": "SET innodb_lock_wait_timeout=10, sql_mode=CONCAT(@@sql_mode, ',STRICT_TRANS_TABLES')",
        },
    }


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, record: Any) -> None:
    if type(connection).__module__.startswith("sqlite3"):
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA foreign_keys=ON")


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Any) -> None:
    """Take SQLite's write lock at once where a transaction may write: a read that upgrades later deadlocks."""
    if connection.dialect.name == "sqlite" and not connection.get_execution_options().get("lictor_glance"):
        connection.exec_driver_sql("BEGIN" if only_reads.get() else "BEGIN IMMEDIATE")
