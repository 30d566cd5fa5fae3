"""Whoever has a keyboard alone does all of an administrator's work, and always knows where they are."""

import pytest

from tests.factories import PASSWORD


@pytest.fixture
def typist(admin, editor):
    """An administrator without a mouse, at the list of people."""
    return admin.go("/admin/users").shows("ada", "grace", "root")


def test_somebody_is_found_and_given_a_role(typist, server):
    typist.tap("/").type("grace").shows("grace")
    typist.tab_to("grace").tap("Enter").sees("grace").tab_to("Roles").tab_to("Roles").tap("Enter")
    typist.tab_to("Assign roles").tap("Enter").tab_to("editor Writes.").tap("Space").tab_to("Give").tap("Enter")

    typist.hears("Given to grace: editor.").alone()
    assert held_by(server, "grace") == "editor,user"
    typist.stands_on("Assign roles")


def test_a_role_is_withdrawn_and_the_withdrawal_undone(typist, server, grace):
    typist.go(f"/admin/users/{grace}/roles").shows("user").tab_to("Withdraw user").tap("Enter")
    typist.tab_to("Withdraw").tap("Enter").hears("grace no longer has user.").alone()
    assert held_by(server, "grace") == ""

    typist.tab_to("Undo").tap("Enter").hears("grace has user again.")
    assert held_by(server, "grace") == "user"


def test_several_are_ticked_and_given_a_role(typist, server):
    typist.tab_to("Select ada").tap("Space").tab_to("Select grace").tap("Space").hears("2 selected")
    typist.tab_to("Add a role").tap("Enter").tab_to("Role").type("editor").tab_to("Show what would happen").tap("Enter")
    typist.reads("Nothing is changed yet.").tab_to("Add it (2)").tap("Enter").reads("Done.")

    typist.tab_to("Close").tap("Enter").alone()
    assert held_by(server, "ada") == held_by(server, "grace") == "editor,user"


def test_people_are_sorted_and_narrowed_down(typist):
    typist.tab_to("Name ↑").tap("Enter").shows("root", "grace", "ada")
    typist.tab_to("Role").type("admin").shows("root")

    typist.tab_to("Clear the filters").tap("Enter").shows("root", "grace", "ada")


def test_an_account_is_made_changed_and_deleted(typist, server):
    typist.tab_to("New user").tap("Enter").sees("New user").tab_to("Username").type("linus")
    typist.tab_to("Password").type(PASSWORD).tap("Enter").sees("linus")
    typist.tab_to("Username").tap("End").type("2").tap("Enter").sees("linus2")

    typist.tab_to("Delete it for good").tap("Enter").tab_to("Type linus2 to confirm").type("linus2").tap("Enter")
    typist.hears("linus2 is deleted.").shows("ada", "grace", "root")


def test_somebody_is_disabled_and_enabled(typist, server, grace):
    typist.go(f"/admin/users/{grace}").tab_to("Disable").tap("Enter").tab_to("Disable").tap("Enter")
    typist.hears("grace is disabled").alone().tab_to("Enable").tap("Enter").tab_to("Enable").tap("Enter")

    typist.hears("grace is enabled.")
    assert server.login("grace").status == 200


def test_somebody_is_signed_out_everywhere(typist, server, grace):
    token = server.sign_in("grace")
    typist.go(f"/admin/users/{grace}/sessions").tab_to("Sign out everywhere").tap("Enter")
    typist.tab_to("Sign out everywhere").tap("Enter").reads("grace is signed in nowhere.")

    assert server.protected(token) == 401


def test_a_role_is_made_described_and_deleted(typist, server):
    typist.go("/admin/roles").tab_to("New role").tap("Enter").tab_to("Name").type("writer").tap("Enter")
    typist.sees("writer").tab_to("Settings").tap("Enter").tab_to("Description").type("Writes.").tap("Enter")
    typist.hears("Saved.")

    typist.tab_to("Delete the role").tap("Enter").tab_to("Delete the role").tap("Enter").sees("Roles")
    typist.shows("admin", "editor", "user")


def test_an_event_is_looked_at_and_the_focus_returns(typist, server):
    ((event_id,),) = server.sql("SELECT id FROM audit_events WHERE action = 'role.created'")
    shown = f"Show event {event_id}: Role made"
    typist.go("/admin/events").tab_to(shown).tap("Enter").reads("role.created").tap("Escape").alone()

    typist.stands_on(shown)


def test_a_dialog_keeps_the_focus_inside(typist, grace):
    typist.go(f"/admin/users/{grace}/roles").tab_to("Assign roles").tap("Enter")
    for _ in range(20):
        typist.tap("Tab")
        assert typist.page.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        )


def held_by(server, username):
    ((roles,),) = server.sql("SELECT roles FROM users WHERE username = :name", name=username)
    return roles
