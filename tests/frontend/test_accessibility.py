"""What axe finds in the app, and what it does not look at: no state of any page is left out."""

import pytest
from playwright.sync_api import expect

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


def test_whoever_listens_to_the_sign_in_page_hears_what_it_wants(guest):
    guest.go("/login").sees("Sign in")

    expect(guest.page.get_by_role("main")).to_match_aria_snapshot("""
        - heading "Sign in" [level=1]
        - textbox "Username or e-mail address"
        - textbox "Password"
        - button "Show password"
        - checkbox "Stay signed in on this device"
        - button "Sign in"
        - list:
          - listitem:
            - link "Forgot your password?"
          - listitem:
            - link "No letter to confirm your address?"
          - listitem:
            - text: New here?
            - link "Open an account"
        """)


def test_whoever_listens_to_the_list_of_people_hears_a_table(admin):
    admin.go("/admin/users").shows("ada", "grace", "root")

    expect(admin.page.get_by_role("main")).to_match_aria_snapshot("""
        - navigation "Console"
        - heading "Users" [level=1]
        - search:
          - searchbox "Search for a name or an address"
          - combobox "Role"
          - combobox "State"
        - status: 3 users, page 1
        - region "Users":
          - table "Users":
            - caption: Users
            - rowgroup:
              - row:
                - columnheader "Select all on this page":
                  - checkbox "Select all on this page"
                - columnheader "Name":
                  - button "Name"
                - columnheader "E-mail address"
                - columnheader "Roles"
                - columnheader "State"
                - columnheader "Last seen"
                - columnheader "Since (not sorted by this)":
                  - button "Since (not sorted by this)"
            - rowgroup:
              - row /ada ada@example\\.com user Active Never/:
                - cell "Select ada":
                  - checkbox "Select ada"
                - rowheader "ada":
                  - link "ada"
                - cell "ada@example.com"
                - cell "user"
                - cell "Active"
                - cell "Never"
              - row /^Select grace/
              - row /^Select root/
        """)
