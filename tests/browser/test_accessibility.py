"""What axe finds on the pages, and what it does not look at: no state of any page is left out."""

import pytest

from tests.browser.looks import NARROW, assert_fits, assert_keeps_nobody_out
from tests.browser.states import STATES

LONG = {"username": "W" * 64, "email": f"{'w' * 64}@{'w' * 60}.example.com"}


@pytest.mark.parametrize("state", STATES)
def test_no_page_keeps_anyone_out(visitor, ada, state):
    STATES[state](visitor)

    assert_keeps_nobody_out(visitor.page)


@pytest.mark.parametrize("path", ["/dashboard", "/account", "/account/email", "/account/delete", "/logout"])
def test_the_longest_name_fits_on_the_smallest_screen(visitor, ada, server, path):
    visitor.enter()
    server.sql("UPDATE users SET username = :username, email = :email", **LONG)
    visitor.page.set_viewport_size(NARROW)
    visitor.go(path)

    assert_fits(visitor.page)
