"""Keys: one for each purpose, and old ones that still verify."""

import pytest

from auth.keys import ACCESS, REFRESH, KeyRing

NEW, OLD, OLDER = "n" * 32, "o" * 32, "p" * 32
MESSAGE = b"session 3"


def test_a_ring_verifies_what_it_signed():
    ring = KeyRing(ACCESS, NEW)

    assert ring.verifies(MESSAGE, ring.sign(MESSAGE))
    assert not ring.verifies(b"session 4", ring.sign(MESSAGE))


def test_the_keys_of_two_purposes_have_nothing_in_common():
    access, refresh = KeyRing(ACCESS, NEW), KeyRing(REFRESH, NEW)

    assert access.newest.id != refresh.newest.id
    assert access.newest.secret != refresh.newest.secret
    assert not refresh.verifies(MESSAGE, access.sign(MESSAGE))


@pytest.mark.parametrize("purpose", [ACCESS, REFRESH])
def test_no_key_is_the_secret_key_or_shows_in_its_name(purpose):
    key = KeyRing(purpose, NEW).newest

    assert key.secret != NEW.encode() and len(key.secret) == 32
    assert key.id not in key.secret.hex()


def test_the_same_secret_makes_the_same_key_on_every_host():
    assert KeyRing(ACCESS, NEW).newest == KeyRing(ACCESS, NEW).newest


def test_what_a_former_key_signed_still_verifies():
    before, after = KeyRing(REFRESH, OLD), KeyRing(REFRESH, NEW, [OLD, OLDER])

    assert after.verifies(MESSAGE, before.sign(MESSAGE))
    assert after.verifies(MESSAGE, KeyRing(REFRESH, OLDER).sign(MESSAGE))


def test_a_former_key_signs_nothing():
    before, after = KeyRing(REFRESH, OLD), KeyRing(REFRESH, NEW, [OLD])

    assert after.newest == KeyRing(REFRESH, NEW).newest
    assert not before.verifies(MESSAGE, after.sign(MESSAGE))


def test_a_key_that_was_taken_off_the_ring_verifies_nothing():
    assert not KeyRing(REFRESH, NEW).verifies(MESSAGE, KeyRing(REFRESH, OLD).sign(MESSAGE))


@pytest.mark.parametrize("mac", [b"", b"x", b"\0" * 32, b"x" * 64])
def test_any_other_mac_is_refused(mac):
    ring = KeyRing(REFRESH, NEW)

    assert not ring.verifies(MESSAGE, mac)
    assert not ring.verifies(MESSAGE, ring.sign(MESSAGE)[:-1])
