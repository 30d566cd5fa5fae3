"""Administrators look for people, make accounts, change them, and give roles to several at once."""

import pytest
from playwright.sync_api import expect

from models import now
from tests.factories import PASSWORD

MANY = 60
GIVE = "Add a role"


@pytest.fixture
def crowd(server):
    """More people than a page has."""
    for number in range(MANY):
        server.add(f"member{number:02}", stored="!")


def test_people_are_searched_for_and_the_address_says_what_for(admin):
    admin.go("/admin/users").shows("ada", "grace", "root")
    admin.fill({"Search for a name or an address": "grace@"}).shows("grace")

    admin.page.wait_for_url("**/admin/users?search=grace%40")
    admin.page.reload()
    admin.shows("grace")


def test_the_slash_leads_to_the_search(admin):
    admin.go("/admin/users").shows("ada", "grace", "root")
    admin.page.keyboard.press("/")
    admin.type("ada")

    admin.shows("ada")


def test_the_slash_can_be_switched_off_for_good(admin):
    admin.go("/admin/users").press("The key / leads to the search").tap("/")
    expect(admin.page.get_by_role("searchbox")).not_to_be_focused()

    admin.page.reload()
    admin.shows("ada", "grace", "root").tap("/")
    expect(admin.page.get_by_role("searchbox")).not_to_be_focused()


def test_people_are_narrowed_down_by_role_and_state_and_back_leads_back(admin, server, ada):
    server.sql("UPDATE users SET is_active = false WHERE username = 'ada'")
    admin.go("/admin/users").shows("ada", "grace", "root")
    admin.choose("Role", "admin").shows("root")
    admin.choose("Role", "Any").choose("State", "Disabled").shows("ada")

    admin.page.go_back()
    admin.shows("ada", "grace", "root")
    admin.page.go_back()
    admin.shows("root")


def test_people_are_sorted_and_the_heading_says_so(admin):
    admin.go("/admin/users").shows("ada", "grace", "root")
    name = admin.page.get_by_role("columnheader", name="Name")
    expect(name).to_have_attribute("aria-sort", "ascending")
    name.get_by_role("button").click()

    admin.shows("root", "grace", "ada")
    expect(name).to_have_attribute("aria-sort", "descending")


def test_people_are_turned_over_page_by_page(admin, crowd):
    admin.go("/admin/users?search=member").hears("25 users, page 1, and there are more")
    admin.press("Next page").hears("25 users, page 2, and there are more")
    admin.press("Next page").hears("10 users, page 3").shows(*(f"member{number}" for number in range(50, MANY)))

    admin.press("Previous page").hears("page 2")
    admin.page.go_back()
    admin.hears("page 3")


def test_whoever_is_ticked_stays_ticked_on_another_page(admin, crowd):
    admin.go("/admin/users?search=member").tick("Select all on this page").hears("25 selected")
    admin.press("Next page").tick("Select member25").hears("26 selected")

    admin.press("Clear the selection")
    expect(admin.page.get_by_text("selected", exact=False)).to_have_count(0)


def test_a_role_is_given_to_several_after_it_was_shown_what_would_become_of_each(admin, server, editor):
    admin.go("/admin/users").tick("Select ada", "Select grace").press(GIVE).choose("Role", "editor")
    admin.press("Show what would happen").reads("Nothing is changed yet.").reads("gets it")
    assert roles(server) == {"ada": "user", "grace": "user", "root": "admin,user"}

    admin.press("Add it (2)").reads("Done. Users for whom the role editor has changed: 2.").reads("has it now")
    assert roles(server) == {"ada": "editor,user", "grace": "editor,user", "root": "admin,user"}


def test_of_several_each_is_told_what_became_of_them(admin, server):
    server.sql("UPDATE users SET roles = 'admin,user' WHERE username = 'ada'")
    server.sql("UPDATE users SET is_active = false WHERE username = 'ada'")
    admin.go("/admin/users").tick("Select all on this page").press("Remove a role").choose("Role", "admin")
    admin.press("Show what would happen")

    outcomes = admin.page.get_by_label("What becomes of each").get_by_role("listitem")
    expect(outcomes).to_have_text(
        ["ada: loses it", "grace: stays as they are", "root: keeps it, as the last administrator"]
    )
    admin.press("Remove it (1)").reads("Done.")
    assert roles(server) == {"ada": "user", "grace": "user", "root": "admin,user"}


def test_an_account_is_made_with_roles_and_can_sign_in(admin, server, editor):
    admin.go("/admin/users").follow("New user").fill({"Username": "linus", "Password": PASSWORD}).tick("editor Writes.")
    admin.press("Make the account").sees("linus").hears("The account of linus is made.")

    assert server.protected(server.sign_in("linus")) == 200
    assert roles(server)["linus"] == "editor,user"


def test_an_account_without_a_password_is_invited(admin, inbox):
    admin.go("/admin/new-user").fill({"Username": "linus", "E-mail address": "linus@example.com"})
    admin.press("Make the account").sees("linus").hears("an invitation is on its way")

    admin.go(inbox.link("reset", "linus@example.com")).sees("Choose a new password")


def test_a_name_that_is_taken_is_refused_beside_its_field(admin):
    admin.go("/admin/new-user").fill({"Username": "Ada", "Password": PASSWORD}).press("Make the account")

    expect(admin.page.locator(".summary")).to_be_focused()
    admin.reads("taken")
    expect(admin.page.get_by_label("Username")).to_have_attribute("aria-invalid", "true")


def test_a_name_and_an_address_are_changed(admin, server, grace):
    admin.go(f"/admin/users/{grace}").fill({"Username": "hopper", "E-mail address": "hopper@example.com"})
    admin.press("Save").hears("Saved.").sees("hopper")

    assert server.sql("SELECT email FROM users WHERE username = 'hopper'") == [("hopper@example.com",)]


def test_what_another_administrator_changed_is_not_overwritten(admin, server, token, grace):
    admin.go(f"/admin/users/{grace}").fill({"Username": "hopper"})
    server("PATCH", f"/api/admin/users/{grace}", {"username": "murray"}, token=token)
    admin.press("Save").reads("Somebody else has changed this user since you opened the page.")

    admin.press("Show how it is now").sees("murray")
    expect(admin.page.get_by_label("Username")).to_have_value("murray")


def test_whoever_is_disabled_is_signed_out_and_can_be_enabled_again(admin, server, grace):
    open_one = server.sign_in("grace")
    admin.go(f"/admin/users/{grace}").press("Disable").page.get_by_role("dialog").get_by_label("Reason").fill("gone")
    in_dialog(admin, "Disable").hears("grace is disabled, and signed out everywhere.")
    assert server.protected(open_one) == 401
    assert server.login("grace").status == 401

    in_dialog(admin.alone().press("Enable"), "Enable").hears("grace is enabled.")
    assert server.login("grace").status == 200


def test_an_address_is_confirmed_for_somebody(admin, server):
    waiting = server.add("linus", email="linus@example.com", unconfirmed_since=now())
    admin.go(f"/admin/users/{waiting}").reads("Not confirmed").press("Confirm it for them")
    in_dialog(admin, "Confirm it for them").hears("The address is confirmed.")

    assert server.login("linus").status == 200


def test_an_account_is_deleted_once_its_name_was_typed(admin, server, grace):
    admin.go(f"/admin/users/{grace}").press("Delete it for good")
    admin.fill({"Type grace to confirm": "Grace"})
    in_dialog(admin, "Delete it for good").reads("This is not what was asked for: grace")
    assert "grace" in roles(server)

    admin.fill({"Type grace to confirm": "grace"})
    in_dialog(admin, "Delete it for good").sees("Users", "admin/users").hears("grace is deleted.").shows("ada", "root")
    assert "grace" not in roles(server)


def test_the_last_administrator_is_told_what_to_do_first(admin, server, root):
    admin.go(f"/admin/users/{root}").press("Disable").fill({"Type root to confirm": "root"})
    in_dialog(admin, "Disable").reads("First give the role admin, for good, to someone else who can sign in.")

    assert server.login("root").status == 200


def test_somebody_is_signed_out_everywhere(admin, server, grace):
    open_one = server.sign_in("grace")
    admin.go(f"/admin/users/{grace}/sessions").press("Sign out everywhere")
    in_dialog(admin, "Sign out everywhere").hears("grace is signed out everywhere.").reads(
        "grace is signed in nowhere."
    )

    assert server.protected(open_one) == 401


def in_dialog(admin, button):
    admin.page.get_by_role("dialog").get_by_role("button", name=button, exact=True).click()
    return admin


def roles(server):
    return dict(server.sql("SELECT username, roles FROM users ORDER BY username"))


def test_whoever_lost_their_factors_is_helped_with_a_reason(admin, server, grace):
    server.sql("UPDATE users SET factors = 'totp,passkey' WHERE username = 'grace'")
    admin.go(f"/admin/users/{grace}").reads("authenticator app, passkey")
    dialog = admin.press("Remove all second factors").page.get_by_role("dialog")
    dialog.get_by_label("Reason (optional)").fill("called from her desk")
    dialog.get_by_role("button", name="Remove all second factors").click()

    admin.hears("grace has no second factors any more.")
    expect(admin.page.get_by_role("button", name="Remove all second factors")).to_have_count(0)
    assert server.sql("SELECT factors FROM users WHERE username = 'grace'") == [("",)]
    found = server.sql("SELECT reason FROM audit_events WHERE action = 'user.factors_removed'")
    assert found == [("called from her desk",)]
