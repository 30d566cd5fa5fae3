"""The guard: Flask-Praetorian, with the session behind a token deciding what the token is worth.

Every token that the stock decorators read goes through `Guard.extract_jwt_token`, so `@roles_required` and its
siblings see the roles that a person has now. What each override mends is told in docs/sessions.md.
"""

import hmac
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any, NoReturn

import flask
import jwt
from flask_praetorian import Praetorian
from flask_praetorian.base import AccessType
from flask_praetorian.exceptions import ClaimCollisionError, MissingToken

from auth import breaches, demands, devices, holding, keys, logins, presence, throttle
from auth.caller import Caller
from auth.errors import ExpiredToken, InvalidCredentials, InvalidToken
from auth.hashing import Hasher
from auth.holding import Window
from models import LoginSession, User, now, this_second

ISSUER = AUDIENCE = "lictor"
#: How far two hosts' clocks may differ, in seconds.
CLOCK_SKEW = 10
#: How long, in seconds, all who refresh with one credential are taken to do so at once.
RACE_WINDOW = 30
MAX_TOKEN = 8192
#: How many characters of roles a token may tell.
MAX_ROLES_TOLD = 2048
_BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE)
SESSION_ID = re.compile(r"[0-9a-f]{32}\Z")
_CLAIMS: dict[str, type] = {
    "iss": str, "aud": str, "sid": str, "jti": str, "rls": str,
    "iat": int, "exp": int, "rf_exp": int, "id": int, "gen": int,
}  # fmt: skip


@dataclass(frozen=True)
class Identity:
    """What the database says, now, of whoever presents a token."""

    session_id: str
    user_id: int
    username: str
    roles: tuple[str, ...]
    #: What is held too, and waits for a second factor.
    withheld: tuple[str, ...]
    #: Which credential of the session was presented, and the highest one that was ever seen in use.
    generation: int
    used_count: int


class Guard(Praetorian):  # type: ignore[misc]
    """Binds the User to hashing, to authentication, and to tokens."""

    def init_app(self, app: flask.Flask, user_class: type[User] = User, **hooks: Any) -> flask.Flask:
        config = app.config
        lifespan = timedelta(seconds=config["ACCESS_TOKEN_SECONDS"])
        config.update(
            DISABLE_PRAETORIAN_ERROR_HANDLER=True,
            JWT_PLACES=["header"],
            JWT_ALGORITHM="HS256",
            JWT_ALLOWED_ALGORITHMS=["HS256"],
            JWT_ACCESS_LIFESPAN=lifespan,
            JWT_REFRESH_LIFESPAN=timedelta(days=config["SESSION_DAYS"]),
        )
        super().init_app(app, user_class, **hooks)
        secrets = (config["SECRET_KEY"], config["SECRET_KEY_FALLBACKS"])
        ring = keys.KeyRing(keys.ACCESS, *secrets)
        self.access_keys = {_header(key): key for key in ring.keys}
        self.access_key = ring.newest
        self.refresh_keys, self.ticket_keys = keys.KeyRing(keys.REFRESH, *secrets), keys.KeyRing(keys.TICKET, *secrets)
        self.factor_keys = keys.KeyRing(keys.FACTOR, *secrets)
        self.ceremony_keys = keys.KeyRing(keys.CEREMONY, *secrets)
        # A token is presented many times: what is true of its text for ever is found out once.
        self._verified = lru_cache(maxsize=1024)(self._verify)
        self.encode_key = self.access_key.secret
        app.extensions[devices.RING] = keys.KeyRing(keys.DEVICE, *secrets)
        app.extensions[breaches.SERVICE] = breaches.Service(config["BREACHED_PASSWORDS_URL"])
        app.extensions[throttle.LIMITER] = throttle.Limiter(config["REDIS_URL"])
        self.hasher = Hasher(**{"concurrency": config["HASH_CONCURRENCY"]} | config.get("HASH_PARAMETERS", {}))
        return app

    # Passwords

    def hash_password(self, raw_password: str) -> str:
        """Return the Argon2id hash of a password."""
        return self.hasher.hash(raw_password)

    def _verify_password(self, raw_password: object, hashed_password: str | None) -> bool:
        return self.hasher.verify(raw_password, hashed_password)

    def authenticate(self, username: object, password: object, by: Caller | None = None) -> User:
        """Return the user whose name or address and password these are, with the row locked.

        It is counted as a failure before anything is hashed, and taken back where it was none: of many who guess at the
        same moment, no more have a try than one after the other. Raises TooManyRequests, and Busy where too many hash.

        Hashing is done before the row is locked, and once more only where the hash was replaced meanwhile: by a
        sign-in beside this one, which renewed it, or by a new password. Whoever was disabled or deleted meanwhile
        is refused like anyone else: InvalidCredentials, whatever was wrong, at the same cost.
        """
        with self.hasher.turn():
            row = logins.find(username)
            known = devices.known(row.id, by) if row else None
            attempt = throttle.sign_in(row.id if row else logins.as_typed(username), by, known)
            fits = self._verify_password(password, row.password if row else None)
        if row is None or not fits or not row.is_active or row.unconfirmed_since is not None:
            attempt.failed()
            raise InvalidCredentials(row.id if row else None)
        attempt.succeeded()
        renewed = self.hash_password(str(password)) if self.hasher.is_outdated(row.password) else None
        user = User.locked(row.id)
        if user is None or not user.is_valid():
            raise InvalidCredentials(row.id)
        if user.password != row.password and not self._verify_password(password, user.password):
            raise InvalidCredentials(row.id)
        if renewed and user.password == row.password:
            user.password = renewed
        return user

    # Tokens

    def encode_jwt_token(
        self,
        user: User,
        *,
        session: LoginSession | None = None,
        grants: Sequence[Window] | None = None,
        roles: Sequence[str] | None = None,
        **custom_claims: Any,
    ) -> str:
        """Return the access token of a session at its present count; it expires when the owner's roles next change.

        It is derived from the row, so that all who refresh at once get the same one. Raises TypeError where no
        session is given: nothing but a sign-in makes a token, and what serves another purpose is no JWT.
        """
        if session is None or custom_claims.keys() & {"is_registration_token", "is_reset_token"}:
            raise TypeError("an access token belongs to a session: sign in with auth.sessions.sign_in")
        ClaimCollisionError.require_condition(
            custom_claims.keys().isdisjoint(_CLAIMS), "The custom claims collide with required claims"
        )
        self._check_user(user)
        grants = holding.grants_of(user) if grants is None else grants
        if roles is None:
            roles, _ = demands.split(holding.held(user.roles, grants, this_second()), session.factors, under_lock=True)
        issued, expires = self.lifespan(session, grants)
        name = f"{session.id} {session.refresh_count} {issued}".encode()
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sid": session.id,
            "gen": session.refresh_count,
            "jti": str(uuid.UUID(bytes=hmac.digest(self.encode_key, name, "sha256")[:16])),
            "iat": issued,
            "exp": expires,
            "rf_exp": int(session.expires_at.timestamp()),
            "id": user.identity,
            "rls": _short(",".join(roles)),
        }
        kind = {"typ": "at+jwt", "kid": self.access_key.id}
        return jwt.encode(claims | custom_claims, self.encode_key, "HS256", headers=kind)

    def lifespan(self, session: LoginSession, grants: Sequence[Window]) -> tuple[int, int]:
        """Return when a session's present access token is issued and when it expires, in seconds since 1970.

        It ends where the first of the owner's grants begins or ends: whoever refreshes in time sees it at once.
        Whoever comes late for a successor that nobody fetched gets it dated anew, not half expired.
        """
        issued = int(session.refreshed_at.timestamp())
        if now() - session.refreshed_at > timedelta(seconds=RACE_WINDOW):
            issued = this_second()
        ends = [issued + int(self.access_lifespan.total_seconds()), int(session.expires_at.timestamp())]
        change = holding.next_change(grants, this_second())
        return issued, min(ends if change is None else [*ends, change])

    def read_claims(self, token: str) -> dict[str, Any]:
        """Return the claims of an access token of ours, expired or not; raise InvalidToken for anything else."""
        claims = self._verified(token)
        if claims["iat"] > now().timestamp() + CLOCK_SKEW:
            raise InvalidToken
        return dict(claims)

    def _verify(self, token: str) -> dict[str, Any]:
        """Return the claims of a token that has our form and signature, which no passing of time can change.

        The header must be, letter for letter, one that we write: that settles algorithm, kind and key before
        anything is parsed (RFC 8725 sections 3.1, 3.11 and 3.12).
        """
        header, _, _ = token.partition(".")
        key = self.access_keys.get(header)
        if key is None or len(token) > MAX_TOKEN:
            raise InvalidToken
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key.secret,
                algorithms=["HS256"],
                issuer=ISSUER,
                audience=AUDIENCE,
                options={"verify_exp": False, "verify_iat": False},
            )
        except (jwt.InvalidTokenError, ValueError, TypeError, RecursionError):
            raise InvalidToken from None
        if (
            not all(type(claims.get(name)) is kind for name, kind in _CLAIMS.items())
            or not SESSION_ID.match(claims["sid"])
            or _is_malleable(token)
        ):
            raise InvalidToken
        return claims

    def extract_jwt_token(self, token: str, access_type: AccessType = AccessType.access) -> dict[str, Any]:
        """Return the claims of a token that is good for access now, with the roles that its owner has now.

        Raises ExpiredToken, or InvalidToken where the token, its session or its owner is not, or no longer, good.
        """
        if access_type is not AccessType.access:
            raise InvalidToken
        claims = self.read_claims(token)
        # No access token outlives its session, so its own expiry is the only one to look at.
        if now().timestamp() >= claims["exp"]:
            raise ExpiredToken
        who = presence.seen(claims["sid"])
        if who is None or who.user_id != claims["id"] or claims["gen"] > who.refresh_count:
            raise InvalidToken
        claims["rls"] = ",".join(who.roles)
        flask.g.identity = Identity(
            claims["sid"],
            who.user_id,
            who.username,
            tuple(who.roles),
            tuple(who.withheld),
            claims["gen"],
            who.used_count,
        )
        return claims

    def read_token(self) -> str:
        """Return the token of the request at hand: the header Authorization is the one place for it."""
        return self._unpack_header(flask.request.headers)

    def _unpack_header(self, headers: Any) -> str:
        """Return the token of exactly one `Authorization: Bearer ...`; the scheme has no case (RFC 9110, 11.1)."""
        values = headers.getlist(self.header_name)
        MissingToken.require_condition(values, "no Authorization header")
        match = _BEARER.fullmatch(values[0])
        if len(values) > 1 or match is None:
            raise InvalidToken
        return match[1]

    def refresh_jwt_token(self, *args: Any, **options: Any) -> NoReturn:
        """Raise TypeError: a session is refreshed by count, in auth.sessions.refresh."""
        raise TypeError("refresh a session with auth.sessions.refresh")


guard = Guard()


def identity() -> Identity | None:
    """Whoever presented a good token with the request at hand; it stays known when the view has returned."""
    found: Identity | None = flask.g.get("identity")
    return found


def _short(roles: str) -> str:
    """The roles as a token tells them: none, where it would be too long for a header. The guard asks anyway."""
    return roles if len(roles) <= MAX_ROLES_TOLD else ""


def _header(key: keys.Key) -> str:
    """The first part of every access token that is signed with this key."""
    return jwt.encode({}, key.secret, "HS256", headers={"typ": "at+jwt", "kid": key.id}).partition(".")[0]


def _is_malleable(token: str) -> bool:
    """Tell whether the signature is spelt in another way than the one that base64url has for it."""
    signature = token.rpartition(".")[2]
    return jwt.utils.base64url_encode(jwt.utils.base64url_decode(signature)).decode() != signature
