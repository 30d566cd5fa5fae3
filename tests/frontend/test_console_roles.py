"""Administrators give and withdraw roles, for good or for a while, undo it, and keep the catalogue of roles."""

import pytest
from playwright.sync_api import expect

from tests.frontend.guests import AT_ONCE

GIVEN = "Given to grace: editor."


@pytest.fixture
def of_grace(admin, editor, grace):
    """The page of the roles that Grace has."""
    return admin.go(f"/admin/users/{grace}/roles").shows("user")


def test_a_role_is_given_with_a_reason_and_taken_back_at_once(of_grace, server):
    of_grace.press("Assign roles").tick("editor Writes.").fill({"Reason (optional)": "new job"})
    of_grace.press("Give").hears(GIVEN).shows("editor", "user")
    assert roles(server, "grace") == "editor,user"

    of_grace.press("Undo").hears("Taken back from grace: editor.").shows("user")
    assert roles(server, "grace") == "user"
    assert reasons(server, "role.granted") == ["new job"]


def test_a_role_is_withdrawn_and_is_back_at_once(of_grace, server):
    of_grace.press("Withdraw user").press("Withdraw").hears("grace no longer has user.")
    of_grace.reads("grace has no role.")
    assert roles(server, "grace") == ""

    of_grace.press("Undo").hears("grace has user again.").shows("user")
    assert roles(server, "grace") == "user"


def test_a_role_that_was_lent_comes_back_for_the_time_that_was_left(of_grace, server, token, grace):
    until = "2099-01-01T00:00:00Z"
    server("PUT", f"/api/admin/users/{grace}/roles/editor", {"expires_at": until}, token=token)
    of_grace.page.reload()
    of_grace.shows("editor", "user").press("Withdraw editor").press("Withdraw").shows("user").press("Undo")

    of_grace.shows("editor", "user")
    user = server("GET", f"/api/admin/users/{grace}", token=token).json
    assert [grant["expires_at"] for grant in user["grants"]] == [until]


def test_a_role_is_given_for_a_while(of_grace, server, grace, token):
    of_grace.press("Assign roles").tick("editor Writes.", "Only for a while").fill({"Until": "2099-01-01T12:00"})
    of_grace.press("Give").hears(GIVEN).shows("editor", "user").reads("Until ")

    assert roles(server, "grace") == "user"
    assert server("GET", f"/api/admin/users/{grace}", token=token).json["roles"] == ["editor", "user"]


def test_a_window_that_ends_before_it_begins_is_refused_and_the_dialog_stays(of_grace, server):
    of_grace.press("Assign roles").tick("editor Writes.", "Only for a while")
    of_grace.fill({"From": "2099-01-02T12:00", "Until": "2099-01-01T12:00"}).press("Give")

    expect(of_grace.page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
    assert roles(server, "grace") == "user"


def test_whoever_chose_no_role_is_told_so(of_grace):
    of_grace.press("Assign roles").press("Give")

    expect(of_grace.page.get_by_role("dialog").get_by_role("alert")).to_contain_text("Choose a role.")


def test_a_user_who_was_changed_meanwhile_is_looked_at_before_a_role_is_given(of_grace, server, token, grace):
    of_grace.press("Assign roles").tick("editor Writes.")
    server("PATCH", f"/api/admin/users/{grace}", {"username": "hopper"}, token=token)
    of_grace.press("Give").reads("Somebody else has changed this user since you opened the page.")
    assert roles(server, "hopper") == "user"

    of_grace.press("Show how it is now").alone().sees("hopper")
    of_grace.press("Assign roles").tick("editor Writes.").press("Give").hears("Given to hopper: editor.")


def test_what_somebody_else_has_changed_since_is_not_undone(of_grace, server, token, grace):
    of_grace.press("Assign roles").tick("editor Writes.").press("Give").hears(GIVEN)
    server("PATCH", f"/api/admin/users/{grace}", {"username": "hopper"}, token=token)
    of_grace.press("Undo").hears("This could not be undone: Somebody else has changed this user meanwhile.")

    assert roles(server, "hopper") == "editor,user"


def test_the_last_administrator_keeps_the_role_and_is_told_why(admin, server, root):
    admin.go(f"/admin/users/{root}/roles").press("Withdraw admin").fill({"Type root to confirm": "root"})
    admin.press("Withdraw").reads("First give the role admin, for good, to someone else who can sign in.")

    assert roles(server, "root") == "admin,user"


def test_an_administrator_who_gives_up_the_role_types_their_name_and_is_out(admin, server, root):
    server.sql("UPDATE users SET roles = 'admin,user' WHERE username = 'ada'")
    admin.go(f"/admin/users/{root}/roles").press("Withdraw admin").press("Withdraw")
    admin.reads("This is not what was asked for: root")
    assert roles(server, "root") == "admin,user"

    admin.fill({"Type root to confirm": "root"}).press("Withdraw").sees("Not allowed")
    assert roles(server, "root") == "user"


def test_the_console_closes_to_whoever_lost_the_role_elsewhere(admin, server, token, root, ada):
    admin.go("/admin/users").shows("ada", "grace", "root")
    server("PUT", f"/api/admin/users/{ada}/roles/admin", token=token)
    server("DELETE", f"/api/admin/users/{root}/roles/admin", token=token)

    admin.sees("Not allowed", timeout=AT_ONCE)


def test_it_is_explained_why_somebody_has_a_role(of_grace, server, token, grace):
    server("PUT", f"/api/admin/users/{grace}/roles/editor", {"reason": "new job"}, token=token)
    of_grace.page.reload()
    of_grace.press("Explain why: editor").reads("grace has editor now.").reads("from root. Reason: “new job”")

    of_grace.page.keyboard.press("Escape")
    of_grace.alone().press("Explain another role").choose("Role", "admin").reads("It was never given.")


def test_a_role_is_made_and_shown(admin, server):
    admin.go("/admin/roles").press("New role").fill({"Name": "editor", "Description": "Writes."})
    admin.press("Make the role").sees("editor", "admin/roles/editor").hears("The role editor is made.")

    admin.follow("Roles").shows("admin", "editor", "user")


@pytest.mark.parametrize(
    ("name", "told"),
    [("user", "There is a role of this name already."), ("Éditeur", "small letter"), ("", "Fill in: Name")],
)
def test_a_role_that_cannot_be_is_refused_and_the_dialog_stays(admin, name, told):
    admin.go("/admin/roles").press("New role").fill({"Name": name}).press("Make the role")

    expect(admin.page.get_by_role("dialog").get_by_role("alert")).to_contain_text(told)


def test_a_description_is_changed_and_new_accounts_get_the_role(admin, server, editor):
    admin.go("/admin/roles/editor/settings").fill({"Description": "Writes and edits."}).tick("New accounts get it")
    admin.press("Save").hears("Saved.")

    assert server.sql("SELECT description, is_default FROM roles WHERE name = 'editor'") == [
        ("Writes and edits.", True)
    ]


def test_people_are_given_a_role_from_its_own_page(admin, server, editor):
    admin.go("/admin/roles/editor").reads("There is nobody here yet.").page.get_by_role(
        "button", name="Add users"
    ).first.click()
    admin.tick("ada ada@example.com").press("Go on").press("Show what would happen").press("Add it (1)").reads("Done.")

    admin.page.get_by_role("dialog").get_by_role("button", name="Close", exact=True).last.click()
    admin.alone().shows("ada")
    assert roles(server, "ada") == "editor,user"


def test_a_role_that_someone_has_is_deleted_once_its_name_was_typed(admin, server, token, editor, grace):
    server("PUT", f"/api/admin/users/{grace}/roles/editor", token=token)
    admin.go("/admin/roles/editor/settings").press("Delete the role")
    admin.page.get_by_role("dialog").get_by_role("button", name="Delete the role", exact=True).click()
    admin.reads("1 user has editor.").fill({"Type editor to confirm": "editor"}).press("Withdraw it and delete it")

    admin.sees("Roles", "admin/roles").hears("The role editor is deleted.").shows("admin", "user")
    assert roles(server, "grace") == "user"


def test_a_role_that_is_part_of_lictor_cannot_be_deleted(admin):
    admin.go("/admin/roles/admin/settings").reads("admin is a part of Lictor and stays.")

    expect(admin.page.get_by_role("button", name="Delete the role")).to_have_count(0)


def roles(server, username):
    ((held,),) = server.sql("SELECT roles FROM users WHERE username = :name", name=username)
    return held


def reasons(server, action):
    found = server.sql("SELECT reason FROM audit_events WHERE action = :action ORDER BY id", action=action)
    return [reason for (reason,) in found]


def test_a_role_is_made_to_demand_a_second_factor_and_no_longer(admin, editor, server):
    box = "Counts only with a second factor"
    demands = "SELECT requires_factor FROM roles WHERE name = 'editor'"
    admin.go("/admin/roles/editor/settings").tick(box).press("Save").hears("Saved.")
    assert [bool(on) for (on,) in server.sql(demands)] == [True]
    admin.page.reload()
    expect(admin.page.get_by_label(box)).to_be_checked()
    admin.page.get_by_label(box).uncheck()
    admin.press("Save").hears("Saved.")

    assert [bool(on) for (on,) in server.sql(demands)] == [False]
