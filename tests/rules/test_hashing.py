"""Password hashes: every kind that an imported account may hold, and nothing that crashes or lets in."""

import unicodedata

import bcrypt
import pytest
from argon2 import PasswordHasher
from argon2.low_level import Type
from passlib.hash import django_pbkdf2_sha256, pbkdf2_sha256, pbkdf2_sha512, sha256_crypt, sha512_crypt
from werkzeug.security import generate_password_hash

from auth.hashing import MAX_LENGTH, Hasher

PASSWORD = "a lantern in the harbour"
CHEAP = Hasher(memory_kib=8, passes=1)
OTHER_ARGON2 = PasswordHasher(time_cost=2, memory_cost=16, parallelism=2)
IMPORTED = {
    "passlib pbkdf2-sha512": pbkdf2_sha512.using(rounds=10).hash,
    "passlib pbkdf2-sha256": pbkdf2_sha256.using(rounds=10).hash,
    "django pbkdf2_sha256": django_pbkdf2_sha256.using(rounds=10).hash,
    "crypt sha512": sha512_crypt.using(rounds=1000).hash,
    "crypt sha256": sha256_crypt.using(rounds=1000).hash,
    "bcrypt 2b": lambda password: _bcrypt(password, b"2b"),
    "bcrypt 2a": lambda password: _bcrypt(password, b"2a"),
    "bcrypt 2y": lambda password: _bcrypt(password, b"2b").replace("$2b$", "$2y$"),
    "werkzeug pbkdf2": lambda password: generate_password_hash(password, "pbkdf2:sha256:10"),
    "werkzeug scrypt": lambda password: generate_password_hash(password, "scrypt:1024:8:1"),
    "argon2id of another cost": OTHER_ARGON2.hash,
    "argon2i": PasswordHasher(time_cost=1, memory_cost=8, parallelism=1, type=Type.I).hash,
}
MALFORMED = [
    "!",
    "*",
    "x",
    PASSWORD,
    "$",
    "$$$",
    "$argon2id$",
    "$argon2id$v=19$m=8,t=1,p=1$",
    "$argon2id$v=19$m=99999999999,t=1,p=1$c29tZXNhbHQ$aGFzaA",
    "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$\N{SNOWMAN}",
    "$argon2x$v=19$m=8,t=1,p=1$c29tZXNhbHQ$aGFzaA",
    "$2b$",
    "$2b$12$",
    "$2b$99$abcdefghijklmnopqrstuv",
    "$2b$04$\N{SNOWMAN}",
    "$2b$04$" + "\0" * 53,
    "pbkdf2:",
    "pbkdf2:sha256",
    "pbkdf2:nosuchhash:10$salt$00",
    "pbkdf2:sha256:x$salt$00",
    "pbkdf2:sha256:0$salt$00",
    "pbkdf2:sha256:-1$salt$00",
    "pbkdf2:sha256:10$salt",
    "scrypt:",
    "scrypt:3:8:1$salt$00",
    "scrypt:0:0:0$salt$00",
    "scrypt:1073741824:8:1$salt$00",
    "scrypt:99999999999999999999:8:1$salt$00",
    "scrypt:a:b:c$salt$00",
    "$pbkdf2-sha512$25000$x$y",
    "$pbkdf2-sha512$0$" + "a" * 22 + "$" + "b" * 86,
    "$pbkdf2-sha256$\N{SNOWMAN}$a$b",
    "pbkdf2_sha256$1000",
    "pbkdf2_sha256$x$y$z",
    "$6$rounds=5000",
    "$6$" + "s" * 17 + "$" + "h" * 86,
    "\ud800",
    "$2b$04$\ud800",
    "pbkdf2:sha256:10$\ud800$00",
]


def _bcrypt(password, version):
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(4, version)).decode()


@pytest.mark.parametrize("kind", IMPORTED)
def test_an_imported_hash_verifies(kind):
    assert CHEAP.verify(PASSWORD, IMPORTED[kind](PASSWORD)) is True


@pytest.mark.parametrize("kind", IMPORTED)
@pytest.mark.parametrize("wrong", ["", " ", PASSWORD + " ", PASSWORD.upper(), PASSWORD[:-1]])
def test_an_imported_hash_refuses_another_password(kind, wrong):
    assert CHEAP.verify(wrong, IMPORTED[kind](PASSWORD)) is False


@pytest.mark.parametrize("kind", IMPORTED)
def test_an_imported_hash_is_outdated(kind):
    assert CHEAP.is_outdated(IMPORTED[kind](PASSWORD))


@pytest.mark.parametrize("kind", [kind for kind in IMPORTED if "argon2" not in kind])
def test_an_imported_password_verifies_as_it_was_typed_then(kind):
    typed = unicodedata.normalize("NFD", "crème brûlée")

    assert CHEAP.verify(typed, IMPORTED[kind](typed))


def test_a_hash_of_our_own_verifies_and_is_up_to_date():
    stored = CHEAP.hash(PASSWORD)

    assert stored.startswith("$argon2id$")
    assert CHEAP.verify(PASSWORD, stored) is True
    assert CHEAP.verify(PASSWORD + "!", stored) is False
    assert not CHEAP.is_outdated(stored)


def test_what_is_shipped_costs_what_owasp_asks_for():
    stored = Hasher().hash(PASSWORD)

    assert "$m=19456,t=2,p=1$" in stored
    assert CHEAP.is_outdated(stored)


def test_two_hashes_of_one_password_differ():
    assert CHEAP.hash(PASSWORD) != CHEAP.hash(PASSWORD)


def test_a_password_is_the_same_however_its_accents_are_stored():
    composed, decomposed = (unicodedata.normalize(form, "pâté à l'été") for form in ("NFC", "NFD"))

    assert composed != decomposed
    assert CHEAP.verify(decomposed, CHEAP.hash(composed))
    assert CHEAP.verify(composed, CHEAP.hash(decomposed))


def test_the_longest_password_is_the_same_however_its_accents_are_stored():
    longest = "é" * MAX_LENGTH

    assert CHEAP.verify(unicodedata.normalize("NFD", longest), CHEAP.hash(longest))


def test_width_is_part_of_a_password():
    assert not CHEAP.verify("ｐassword one", CHEAP.hash("password one"))


def test_every_character_of_a_long_password_counts():
    stored = CHEAP.hash("x" * (MAX_LENGTH - 1) + "y")

    assert CHEAP.verify("x" * (MAX_LENGTH - 1) + "y", stored)
    assert not CHEAP.verify("x" * MAX_LENGTH, stored)


def test_a_nul_does_not_end_a_password():
    assert not CHEAP.verify("left\0right", CHEAP.hash("left"))


def test_a_password_that_is_too_long_is_not_hashed():
    with pytest.raises(ValueError, match="1024"):
        CHEAP.hash("x" * (MAX_LENGTH + 1))


def test_bcrypt_of_a_long_password_verifies_as_older_releases_made_it():
    long = "ü" * 60
    stored = bcrypt.hashpw(long.encode()[:72], bcrypt.gensalt(4)).decode()

    assert CHEAP.verify(long, stored)


@pytest.mark.parametrize("stored", [None, "", *MALFORMED], ids=ascii)
@pytest.mark.parametrize("password", [PASSWORD, "", "\0", "\ud800", "x" * 1024], ids=lambda text: ascii(text[:8]))
def test_a_malformed_hash_lets_nobody_in_and_never_raises(stored, password):
    assert CHEAP.verify(password, stored) is False


@pytest.mark.parametrize("stored", [text for text in MALFORMED if not text.startswith("$argon2id$")], ids=ascii)
def test_a_malformed_hash_is_outdated(stored):
    assert CHEAP.is_outdated(stored)


@pytest.mark.parametrize(
    "password",
    [None, 5, True, 1.5, [], {}, b"bytes", object(), "x" * 1025, "x" * 100_000, "\ud800\udfff", "\0"],
    ids=lambda value: ascii(value)[:12],
)
@pytest.mark.parametrize("kind", ["argon2id of another cost", "bcrypt 2b", "werkzeug scrypt", "passlib pbkdf2-sha512"])
def test_an_odd_password_is_wrong_and_never_raises(password, kind):
    assert CHEAP.verify(password, IMPORTED[kind](PASSWORD)) is False


@pytest.mark.parametrize("stored", [None, *MALFORMED], ids=ascii)
def test_what_cannot_be_right_costs_a_whole_hash(stored, monkeypatch):
    hasher, verified = Hasher(memory_kib=8, passes=1), []
    monkeypatch.setattr(hasher, "_argon2", _Counting(hasher._argon2, verified))

    hasher.verify(PASSWORD, stored)

    assert verified.count(hasher._nobodys) == 1


@pytest.mark.parametrize("password", [None, 5, [], "x" * 1025], ids=lambda value: ascii(value)[:5])
def test_a_password_that_cannot_be_right_costs_a_whole_hash(password, monkeypatch):
    hasher, verified = Hasher(memory_kib=8, passes=1), []
    monkeypatch.setattr(hasher, "_argon2", _Counting(hasher._argon2, verified))

    hasher.verify(password, hasher.hash(PASSWORD))

    assert verified == [hasher._nobodys]


class _Counting:
    """A hasher that tells how often it verified."""

    def __init__(self, real, told):
        self.real, self.told = real, told

    def hash(self, raw):
        return self.real.hash(raw)

    def verify(self, stored, raw):
        self.told.append(stored)
        return self.real.verify(stored, raw)


@pytest.mark.parametrize(
    "broken",
    [
        *("", "!", "*", "x", "$2b$", "$2a$locked", "$2b$12$", "$2b$12$" + "A" * 52, "$2b$12$" + "A" * 54),
        *("scrypt:$$", "pbkdf2:$$", "pbkdf2:sha256:1000$salt$", "pbkdf2:sha256:1000$$00ff", "scrypt:1:2$salt$00ff"),
        *("$argon2id$", "$argon2id$v=19$m=8,t=1,p=1$!$!", "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$", "$argon2x$v=19"),
    ],
)
def test_what_no_password_can_fit_lets_nobody_in(broken):
    hasher = Hasher(memory_kib=8, passes=1)

    assert not hasher.is_usable(broken)
    assert not hasher.verify("a lantern in the harbour", broken)


def test_what_a_password_fits_is_usable():
    hasher = Hasher(memory_kib=8, passes=1)
    stored = [hasher.hash("a"), bcrypt.hashpw(b"a", bcrypt.gensalt(4)).decode()]
    stored += [generate_password_hash("a", method) for method in ("scrypt", "pbkdf2", "pbkdf2:sha256:1000")]

    assert all(hasher.is_usable(one) and hasher.verify("a", one) for one in stored)
