"""What axe finds in the app, and what it does not look at: no state of any page is left out."""

import pytest

from tests.browser.looks import NARROW, assert_fits, assert_keeps_nobody_out
from tests.frontend.states import STATES, reach

LONG = {"username": "W" * 64, "email": f"{'w' * 64}@{'w' * 60}.example.com"}


@pytest.mark.parametrize("state", STATES)
def test_no_page_keeps_anyone_out(guest, ada, state):
    reach(guest, state)

    assert_keeps_nobody_out(guest.page)


@pytest.mark.parametrize("path", ["", "dashboard", "account", "account/email", "account/delete"])
def test_the_longest_name_fits_on_the_smallest_screen(guest, ada, server, path):
    guest.enter()
    server.sql("UPDATE users SET username = :username, email = :email", **LONG)
    guest.page.set_viewport_size(NARROW)
    guest.go(f"/{path}").page.get_by_role("button", name="Sign out").wait_for()

    assert_fits(guest.page)
