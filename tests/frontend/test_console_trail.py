"""Administrators read what happened, narrow it down, take it along, and check that nobody has changed it."""

import json

import pytest
from playwright.sync_api import expect

from tests.factories import PASSWORD


@pytest.fixture
def past(server, token, editor, grace):
    """Grace was given a role, and lost it; somebody tried to sign in."""
    server("PUT", f"/api/admin/users/{grace}/roles/editor", {"reason": "new job"}, token=token)
    server("DELETE", f"/api/admin/users/{grace}/roles/editor", {"reason": "left"}, token=token)


def test_what_happened_is_told_newest_first(admin, past):
    admin.go("/admin/events")

    admin.shows("Role withdrawn", "Role given", "Role made", "Signed in", "Signed in")


def test_the_trail_is_narrowed_down_to_somebody_and_the_address_says_so(admin, past, grace):
    admin.go("/admin/events").fill({"About": "grace"}).press("Show").shows("Role withdrawn", "Role given")
    admin.page.wait_for_url(f"**/admin/events?subject={grace}")
    admin.choose("What", "Role given").press("Show").shows("Role given")

    admin.page.go_back()
    admin.shows("Role withdrawn", "Role given")
    expect(admin.page.get_by_label("About")).to_have_value("grace")


def test_a_name_that_nobody_has_is_refused_beside_its_field(admin, past):
    admin.go("/admin/events").fill({"By": "nobody"}).press("Show")

    expect(admin.page.get_by_role("alert")).to_contain_text("There is nobody of this name.")


def test_an_event_is_looked_at(admin, server, past):
    ((event_id,),) = server.sql("SELECT id FROM audit_events WHERE action = 'role.granted'")
    admin.go("/admin/events").press(f"Show event {event_id}: Role given").reads("new job").reads("role.granted")

    admin.page.keyboard.press("Escape")
    expect(admin.alone().page.get_by_role("button", name=f"Show event {event_id}: Role given")).to_be_focused()


def test_the_trail_is_taken_along_as_it_is_narrowed_down(admin, past, grace):
    admin.go(f"/admin/events?subject={grace}").shows("Role withdrawn", "Role given")
    with admin.page.expect_download() as taken:
        admin.press("Export")
    lines = taken.value.path().read_text().splitlines()

    assert [json.loads(line)["action"] for line in lines] == ["role.granted", "role.withdrawn"]
    admin.hears("The export is saved")


def test_a_chain_that_is_whole_is_said_to_be_whole(admin, past):
    admin.go("/admin/events").press("Check the chain").hears("The chain is whole. Links: 3.")


def test_a_chain_that_was_tampered_with_is_said_to_be_broken(admin, server, past):
    server.sql("UPDATE audit_events SET reason = 'never' WHERE action = 'role.granted'")

    admin.go("/admin/events").press("Check the chain").reads("The chain is broken at")


def test_the_trail_is_turned_over_page_by_page(admin, server, ada):
    for _ in range(60):
        server("POST", "/api/login", {"username": "ada", "password": PASSWORD})
    admin.go(f"/admin/events?subject={ada}").hears("25 events, page 1, and there are more")
    admin.press("Next page").hears("25 events, page 2")

    admin.page.go_back()
    admin.hears("page 1")


def test_what_happened_to_somebody_is_on_their_own_page(admin, past, grace):
    admin.go(f"/admin/users/{grace}/events").shows("Role withdrawn", "Role given")

    admin.follow("Narrow this down in the audit trail").sees("Audit trail", "admin/events")
    admin.shows("Role withdrawn", "Role given")
