"""Every environment variable, typed, read once and checked; imported by api.py and gunicorn.conf.py only."""

import os
import re
import secrets
from contextlib import suppress
from email.errors import MessageError
from email.headerregistry import Address
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

#: Threads of a worker that serve; each may hold one database connection.
THREADS = 4
#: Threads beside them for those who wait for a hash, which hold nothing meanwhile (auth/hashing.py).
WAITING = 16
MIN_KEY_BYTES = 32
#: Keys that stand in guides and examples, and sentences: whatever was written for people to read is no secret.
WELL_KNOWN = re.compile(
    r"change|replace|insert|insecure|example|precious|do[-_ ]?not|your[-_ ]"
    r"|(?:my|dev|top|super|jwt|flask|the)[-_ ]?secret|secret[-_ ]?key|password|12345678"
    r"|^\W*[a-z]+(?:[\W_]+[a-z]+){3,}\W*$"
)
#: An address, with or without a name before it.
SENDER = re.compile(r"(?:[^<>\r\n\0]{1,64} <[!-;=?-~]+@[!-;=?-~]+>|[!-;=?-~]+@[!-;=?-~]+)\Z")
_SWITCH = {"true": "on", "1": "on", "yes": "on", "false": "off", "0": "off", "no": "off"}
NEW_KEY = 'python -c "import secrets; print(secrets.token_urlsafe(48))"'

List = Annotated[list[str], NoDecode]


class UnsafeSettings(SystemExit):
    """Lictor will not start with these settings; the message names the variable and the cure, never the value."""


class Settings(BaseSettings):
    """The settings, by the names that operators use; README.md has the same table."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", hide_input_in_errors=True)

    #: `production` refuses to start on an unsafe setting.
    app_env: Literal["development", "production"] = "production" if "DYNO" in os.environ else "development"
    #: The root of every key; development makes one and keeps it in instance/.
    secret_key: str = ""
    #: Former secret keys, comma-separated; they still verify, and sign nothing.
    secret_key_fallbacks: List = []
    #: Where the data is: SQLite, PostgreSQL, MariaDB or MySQL.
    database_url: str = "sqlite:///lictor.db"
    #: A Redis that counts what is limited, in place of the database, and that `/api/ready` watches.
    redis_url: str = ""
    #: The frontends that may call from a browser, comma-separated, exact.
    cors_origins: List = ["http://localhost:3000", "http://localhost:5173"]
    #: The address that people know this server by.
    public_url: str = ""
    #: The domain that passkeys belong to; the host of this server where it is empty.
    passkey_domain: str = ""
    #: Life of an access token, in seconds.
    access_token_seconds: int = Field(900, ge=30, le=3600)
    #: The longest life of a session, in days; refreshing never moves it.
    session_days: int = Field(30, ge=1, le=365)
    #: How long someone who is not remembered stays signed in to the pages without using them, in minutes.
    page_session_minutes: int = Field(720, ge=1, le=43200)
    #: The page that the link of a confirmation leads to, with `?token=`; our own where it is empty.
    confirmation_uri: str = ""
    #: The page that the link of a reset, or of an invitation, leads to; our own where it is empty.
    reset_uri: str = ""
    #: Whether an address must be confirmed before its owner can sign in; `auto` is on where mail was set up.
    email_confirmation: Literal["auto", "on", "off"] = "auto"
    #: How letters leave; `auto` is smtp where there is a MAIL_SERVER, else console in development, and none elsewhere.
    mail_backend: Literal["auto", "smtp", "console", "file"] = "auto"
    #: The folder of the backend `file`; a relative one is in instance/.
    mail_file_path: str = "letters"
    #: The host that takes letters.
    mail_server: str = ""
    #: Its port; 465 speaks TLS from the first byte.
    mail_port: int = Field(587, ge=1, le=65535)
    #: Who signs in there; nobody where it is empty.
    mail_username: str = ""
    mail_password: str = ""
    #: Whether the connection must be secured; `auto` is on for every server but one on this machine.
    mail_use_tls: Literal["auto", "on", "off"] = "auto"
    #: Who the letters are from: an address, or a name and an address in angle brackets.
    mail_default_sender: str = ""
    #: Whether strangers may register.
    registration: Literal["open", "closed"] = "open"
    #: The shortest password that is accepted, in characters.
    password_min_length: int = Field(8, ge=8, le=64)
    #: A service that knows stolen passwords by the first five digits of their SHA-1; none is asked where it is empty.
    breached_passwords_url: str = ""
    #: How many passwords a worker hashes at a time, 19 MiB each; 0 is its share of the processor's cores.
    hash_concurrency: int = Field(0, ge=0, le=64)
    #: How many proxies in front add to X-Forwarded-For and -Proto; Heroku is 1.
    trusted_proxies: int = Field(0, ge=0, le=5)
    #: How much is logged.
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    #: The port that gunicorn listens on.
    port: int = Field(5000, ge=1, le=65535)
    #: How many gunicorn workers serve.
    web_concurrency: int = Field(2, ge=1, le=64)

    @classmethod
    def load(cls, **given: Any) -> "Settings":
        """Read the environment; raise UnsafeSettings with one line for each setting that will not do."""
        try:
            return cls(**given)
        except ValidationError as error:
            raise UnsafeSettings("\n".join(f"lictor: {_told(problem)}" for problem in error.errors())) from None

    @field_validator("secret_key_fallbacks", "cors_origins", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("cors_origins")
    @classmethod
    def _exact(cls, origins: list[str]) -> list[str]:
        for origin in origins:
            if origin != "*" and ("*" in origin or origin.lower() != _origin(origin)):
                raise ValueError("CORS_ORIGINS takes exact origins like https://app.example.com, separated by commas")
        return [origin.lower() for origin in origins]

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, url: str) -> str:
        told = "REDIS_URL takes an address like redis://127.0.0.1:6379/0, or rediss:// with TLS"
        try:
            parts = urlsplit(url)
            is_good = not url or (parts.scheme in ("redis", "rediss") and bool(parts.hostname) and parts.port != 0)
        except ValueError:
            is_good = False
        if not is_good:
            raise ValueError(told)
        return url

    @field_validator("public_url")
    @classmethod
    def _address(cls, url: str) -> str:
        if url and not _origin(url):
            raise ValueError("PUBLIC_URL takes an address like https://auth.example.com")
        return f"{_origin(url)}{urlsplit(url).path}".rstrip("/")

    @field_validator("breached_passwords_url")
    @classmethod
    def _service(cls, url: str) -> str:
        origin = _origin(url)
        is_near = urlsplit(origin).hostname in ("127.0.0.1", "localhost")
        if url and not (origin.startswith("https://") or is_near):
            raise ValueError("BREACHED_PASSWORDS_URL takes an address like https://api.pwnedpasswords.com")
        return url

    @field_validator("passkey_domain")
    @classmethod
    def _domain(cls, name: str) -> str:
        if name and not re.fullmatch(r"(?:[a-z0-9-]{1,63}\.)*[a-z][a-z0-9-]{0,62}", name.lower()):
            raise ValueError("PASSKEY_DOMAIN takes a domain like example.com, without https://")
        return name.lower()

    @field_validator("confirmation_uri", "reset_uri")
    @classmethod
    def _page(cls, uri: str, info: ValidationInfo) -> str:
        if uri and (not _origin(uri) or not uri.isascii() or not uri.isprintable() or " " in uri):
            raise ValueError(f"{str(info.field_name).upper()} takes a page like https://app.example.com/reset")
        return uri

    @field_validator("mail_use_tls", mode="before")
    @classmethod
    def _switch(cls, value: Any) -> Any:
        """Flask's other extensions take any word for yes and no."""
        return _SWITCH.get(str(value).lower(), value)

    @field_validator("mail_default_sender")
    @classmethod
    def _sender(cls, sender: str) -> str:
        told = "MAIL_DEFAULT_SENDER takes an address, like Example <no-reply@example.com>"
        if sender and not SENDER.match(sender):
            raise ValueError(told)
        try:
            Address(addr_spec=sender.rpartition("<")[2].rstrip(">")) if sender else None
        except (MessageError, ValueError):
            raise ValueError(told) from None
        return sender

    @field_validator("database_url")
    @classmethod
    def _driver(cls, url: str) -> str:
        """Name the driver: SQLAlchemy 2.1 refuses `postgres://` and takes `postgresql://` for another one."""
        scheme, found, rest = url.partition("://")
        drivers = {
            "postgres": "postgresql+psycopg2",
            "postgresql": "postgresql+psycopg2",
            "mysql": "mysql+pymysql",
            "mariadb": "mysql+pymysql",
        }
        if not found or scheme.split("+")[0] not in {*drivers, "sqlite"}:
            raise ValueError("DATABASE_URL must begin with sqlite://, postgresql:// or mysql://")
        if scheme == "sqlite" and rest in ("", "/", "/:memory:"):
            raise ValueError("DATABASE_URL must name a file: two threads never see the same in-memory SQLite")
        return f"{drivers.get(scheme, scheme)}://{rest}"

    @property
    def mail(self) -> str:
        """How letters leave: smtp, console or file, or nothing where they do not."""
        if self.mail_backend != "auto":
            return self.mail_backend
        return "smtp" if self.mail_server else "console" if self.app_env == "development" else ""

    @property
    def confirms_addresses(self) -> bool:
        """Whether an address must be confirmed before its owner can sign in."""
        if self.email_confirmation != "auto":
            return self.email_confirmation == "on"
        return bool(self.mail_server) or self.mail_backend != "auto"

    @model_validator(mode="after")
    def _mail_can_leave(self) -> "Settings":
        if self.mail == "smtp" and not self.mail_server:
            raise ValueError("MAIL_SERVER is missing; name the host that takes letters, like smtp.example.com")
        if self.app_env != "production":
            return self
        if self.mail == "console":
            raise ValueError("MAIL_BACKEND is console, which writes secrets into the log; set it to smtp or file")
        if self.confirms_addresses and not self.mail:
            raise ValueError("MAIL_SERVER is missing, and EMAIL_CONFIRMATION is on; name the host that takes letters")
        needed = {
            "PUBLIC_URL": self.public_url or (self.confirmation_uri and self.reset_uri),
            "MAIL_DEFAULT_SENDER": self.mail_default_sender,
        }
        if self.mail and (missing := [name for name, value in needed.items() if not value]):
            raise ValueError(f"{missing[0]} is missing, which letters need; README.md says what it is")
        return self

    @model_validator(mode="after")
    def _production_is_safe(self) -> "Settings":
        if self.app_env != "production":
            return self
        if "cors_origins" not in self.model_fields_set:
            self.cors_origins = []
        for name, key in [("SECRET_KEY", self.secret_key)] + [
            ("SECRET_KEY_FALLBACKS", k) for k in self.secret_key_fallbacks
        ]:
            if fault := _fault(key):
                raise ValueError(f"{name} is {fault}; set it to what this prints: {NEW_KEY}")
        if "*" in self.cors_origins:
            raise ValueError("CORS_ORIGINS is *, which lets any site in; list your frontends: https://app.example.com")
        if self.database_url.startswith("sqlite") and "DYNO" in os.environ:
            raise ValueError(
                "DATABASE_URL is SQLite, which Heroku loses at a restart; run: heroku addons:create heroku-postgresql"
            )
        return self

    def flask_config(self, instance_path: str) -> dict[str, Any]:
        """These settings as Flask's configuration; `instance_path` is where development keeps its key."""
        return {name.upper(): value for name, value in self.model_dump().items()} | {
            "SECRET_KEY": self.secret_key or _kept_key(Path(instance_path)),
            "SQLALCHEMY_DATABASE_URI": self.database_url,
            "MAIL_BACKEND": self.mail,
            "MAIL_FILE_PATH": str(Path(instance_path) / self.mail_file_path),
            "MAIL_TEMPLATES": str(Path(instance_path) / "mail"),
            "MAIL_DEFAULT_SENDER": self.mail_default_sender or "Lictor <lictor@localhost>",
            "MAIL_USE_TLS": self.mail_use_tls == "on" or (self.mail_use_tls == "auto" and not self._is_mail_local),
            "HASH_CONCURRENCY": self.hash_concurrency or max((os.cpu_count() or 1) // self.web_concurrency, 1),
            "EMAIL_CONFIRMATION": self.confirms_addresses,
            "CONFIRMATION_URI": self.confirmation_uri or self._own_page("confirm"),
            "RESET_URI": self.reset_uri or self._own_page("reset"),
        }

    def _own_page(self, name: str) -> str:
        return f"{self.public_url or f'http://127.0.0.1:{self.port}'}/{name}"

    @property
    def _is_mail_local(self) -> bool:
        return self.mail_server in ("localhost", "127.0.0.1", "::1")


def _fault(key: str) -> str:
    if not key:
        return "missing"
    if len(key.encode()) < MIN_KEY_BYTES:
        return f"shorter than {MIN_KEY_BYTES} bytes"
    return "well known or easily guessed" if WELL_KNOWN.search(key.lower()) or len(set(key)) < 10 else ""


def _origin(url: str) -> str:
    """Return the scheme, host and port of a URL in lower case, or nothing where it has no such form."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port not in (None, {"http": 80, "https": 443}.get(parts.scheme)) else ""
    except ValueError:
        return ""
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}{port}" if parts.scheme in ("http", "https") and host else ""


def _kept_key(folder: Path) -> str:
    """The key of this development machine: made once, whole or not at all, and readable by its owner alone."""
    folder.mkdir(parents=True, exist_ok=True)
    path, draft = folder / "secret_key", folder / f"secret_key.{secrets.token_hex(8)}"
    if not path.exists():
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        # A link never replaces what another worker has put there meanwhile.
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    key = path.read_text().strip()
    if len(key) < MIN_KEY_BYTES:
        raise UnsafeSettings(f"lictor: {path.name} in the instance folder is damaged; delete it, and a new one is made")
    return key


def _told(problem: Any) -> str:
    message = problem["msg"].removeprefix("Value error, ")
    name = str(problem["loc"][0]).upper() if problem["loc"] else ""
    return message if not name or message.startswith(name) else f"{name}: {message}"
