"""Throttling: how often something may be tried, counted before it is, over all workers and hosts.

The counters are in the database or, where there is one, in a Redis. What a Redis counts as a failure is counted in the
database too: where the Redis goes away, the database goes on from there. docs/security.md has each number's source.
"""

import hashlib
import logging
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Any

from flask import current_app
from limits import RateLimitItem, parse_many
from limits.errors import StorageError
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy.exc import SQLAlchemyError

import counters
from auth.caller import Caller
from auth.errors import TooManyRequests
from models import this_second

log = logging.getLogger(__name__)

#: Where the limiter of an app is, in `app.extensions`.
LIMITER = "lictor_limiter"
#: How long, in seconds, a Redis that gave no answer is not asked again.
_LEFT_ALONE = 10
#: How often, in seconds, a process removes counters that have had their time.
_PRUNED_EVERY = 600


@dataclass(frozen=True)
class Budget:
    """How many tries there are of one kind, each in its own window."""

    name: str
    items: tuple[RateLimitItem, ...]


def _budget(name: str, limits: str) -> Budget:
    return Budget(name, tuple(parse_many(limits)))


OF_ACCOUNT = _budget("account", "10/5 minutes; 100/day")
OF_DEVICE = _budget("device", "10/5 minutes; 100/day")
OF_ADDRESS = _budget("address", "50/5 minutes")
OF_EVERYONE = _budget("everyone", "5000/5 minutes")
#: The current password, asked for once more of somebody who is signed in.
OF_OWNER = _budget("owner", "10/5 minutes; 100/day")
#: A code, a recovery code or a passkey; those who know the password can try no more than this.
OF_FACTOR = _budget("factor", "5/5 minutes; 20/hour")
OF_FACTOR_OF_DEVICE = _budget("device-factor", "5/5 minutes; 20/hour")
REGISTRATIONS = _budget("registrations", "30/hour")
REFRESHES = _budget("refreshes", "1500/5 minutes")
STRENGTHS = _budget("strengths", "300/5 minutes")
LETTERS = _budget("letters", "60/hour")
LETTERS_TO_MAILBOX = _budget("mailbox", "6/hour")

_Spent = list[tuple[RateLimitItem, str, str]]


class Attempt:
    """A try that has been counted as a failure already; it is one, unless it is taken back."""

    def __init__(self, limiter: "Limiter", spent: _Spent) -> None:
        self._limiter, self._spent = limiter, spent

    def __add__(self, other: "Attempt") -> "Attempt":
        return Attempt(self._limiter, self._spent + other._spent)

    def succeeded(self) -> None:
        """It was no failure: take it back."""
        self._limiter.give_back(self._spent)

    def failed(self) -> None:
        """It was one: let the database know too, where something else counts."""
        for counted in self._spent:
            self._limiter.note(*counted)


def sign_in(account: int | str, by: Caller | None, device: str | None) -> Attempt:
    """Count a try to sign in, before anything is hashed; raise TooManyRequests where there were too many failures.

    `account` is the id of the account that is meant, however it was spelt or, where there is none, what was given for
    one. A device that has been in this account has a budget of its own: whoever attacks the account does not shut its
    owner out (OWASP, Slow Down Online Guessing Attacks with Device Cookies).
    """
    whose = str(account) if isinstance(account, int) else f"-{_digest(account)}"
    if device is not None:
        return _attempt((OF_DEVICE, f"{whose}.{device}"))
    # An address that has had its tries uses up nobody else's. Routes of others may not say who is asking.
    of_place = [] if by is None else [(OF_ADDRESS, _network(by))]
    return _attempt(*of_place, (OF_EVERYONE, "")) + _attempt((OF_ACCOUNT, whose))


def own_password(user_id: int) -> Attempt:
    """Count a try to give the password of an account that somebody is signed in to already. Raises TooManyRequests."""
    return _attempt((OF_OWNER, str(user_id)))


def second_factor(user_id: int, device: str | None = None) -> Attempt:
    """Count a try to show a second factor, where the password is known already. Raises TooManyRequests.

    A device that has been in this account has a budget of its own, as it has for the password.
    """
    if device is not None:
        return _attempt((OF_FACTOR_OF_DEVICE, f"{user_id}.{device}"))
    return _attempt((OF_FACTOR, str(user_id)))


def passkey(by: Caller) -> Attempt:
    """Count a try to sign in with a passkey, which says whose it is itself. Raises TooManyRequests."""
    return _attempt((OF_ADDRESS, _network(by)), (OF_EVERYONE, ""))


def register(by: Caller) -> None:
    """Count a registration. Raises TooManyRequests."""
    _attempt((REGISTRATIONS, _network(by)))


def refresh(by: Caller) -> None:
    """Count a refresh. Raises TooManyRequests."""
    _attempt((REFRESHES, _network(by)))


def strength(by: Caller) -> None:
    """Count a password whose strength is asked for. Raises TooManyRequests."""
    _attempt((STRENGTHS, _network(by)))


def letter(address: str, by: Caller) -> None:
    """Count a letter that somebody asks for, to an address in its canonical form. Raises TooManyRequests."""
    _attempt((LETTERS, _network(by)))
    _attempt((LETTERS_TO_MAILBOX, _digest(address)))


def _attempt(*budgets: tuple[Budget, str]) -> Attempt:
    limiter: Limiter = current_app.extensions[LIMITER]
    tried = [(item, budget.name, whose) for budget, whose in budgets for item in budget.items]
    if refused := limiter.spend(tried):
        raise TooManyRequests(max(limiter.wait(*counted) for counted in refused))
    return Attempt(limiter, tried)


def _network(by: Caller) -> str:
    """Whoever has an IPv6 address has the 2^64 beside it, too."""
    if by.ip is None:
        return "-"
    address = ip_address(by.ip)
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or IPv6Address(int(address) >> 64 << 64))
    return str(address)


def _digest(text: str) -> str:
    """What was typed may be a password, or without end; none of it is stored."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]


class InDatabase(Storage):
    """What `limits` counts in, on the table `throttle`."""

    STORAGE_SCHEME = ["lictor"]

    @property
    def base_exceptions(self) -> type[Exception]:
        return SQLAlchemyError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        return counters.add({key: expiry})[key]

    def get(self, key: str) -> int:
        return counters.read(key)[0]

    def get_expiry(self, key: str) -> float:
        return counters.read(key)[1]

    def check(self) -> bool:
        return True  # Readiness asks the database itself.

    def reset(self) -> int:
        return counters.clear()

    def clear(self, key: str) -> None:
        counters.clear(key)


class Limiter:
    """Counts in a Redis where there is one that answers, else in the database; one for each process."""

    def __init__(self, redis_url: str = "") -> None:
        self._database = FixedWindowRateLimiter(InDatabase())
        self._redis = _on_redis(redis_url) if redis_url else None
        self._alone_until = 0
        self._pruned_at = this_second()

    @property
    def is_on_redis(self) -> bool:
        """Whether a Redis counts now."""
        return self._redis is not None and this_second() >= self._alone_until

    def spend(self, tried: _Spent) -> _Spent:
        """Count one of each, and return those of which that was one too many."""
        self._prune()
        if self.is_on_redis:
            return [counted for counted in tried if not self._ask("hit", *counted)]
        keys = [item.key_for(*whose) for item, *whose in tried]
        now = counters.add({key: item.get_expiry() for key, (item, *_) in zip(keys, tried, strict=True)})
        return [counted for key, counted in zip(keys, tried, strict=True) if now[key] > counted[0].amount]

    def wait(self, item: RateLimitItem, *whose: str) -> int:
        """In how many seconds the window of a limit ends."""
        ends: float = self._ask("get_window_stats", item, *whose).reset_time
        return min(max(int(ends) - this_second(), 1), item.get_expiry())

    def give_back(self, spent: _Spent) -> None:
        """Count one less of each."""
        if not self.is_on_redis:
            counters.take_back([item.key_for(*whose) for item, *whose in spent])
            return
        for item, *whose in spent:
            self._ask("hit", item, *whose, cost=-1)

    def note(self, item: RateLimitItem, *whose: str) -> None:
        """Let the database go on from here, where the Redis goes away."""
        if self.is_on_redis:
            self._database.hit(item, *whose)

    def _ask(self, what: str, *asked: Any, **named: Any) -> Any:
        if self.is_on_redis:
            try:
                return getattr(self._redis, what)(*asked, **named)
            except StorageError as error:
                self._alone_until = this_second() + _LEFT_ALONE
                log.error("Redis gives no answer, so the database counts: %s", type(error.storage_error).__name__)
        return getattr(self._database, what)(*asked, **named)

    def _prune(self) -> None:
        if abs(this_second() - self._pruned_at) > _PRUNED_EVERY:  # A clock may be set back.
            self._pruned_at = this_second()
            counters.prune()


def _on_redis(url: str) -> FixedWindowRateLimiter:
    from limits.storage import RedisStorage  # It loads six megabytes, which nobody else pays.

    patience: dict[str, Any] = {"socket_timeout": 1, "socket_connect_timeout": 1}
    return FixedWindowRateLimiter(RedisStorage(url, wrap_exceptions=True, **patience))
