"""`flask roles`: what the terminal grants and withdraws counts for the next request."""

import pytest

from tests.factories import make_role


def test_the_list_tells_which_roles_there_are(run, app):
    with app.app_context():
        make_role("editor")

    assert run("roles", "list").output == (
        "admin\tAssigns roles and manages accounts\neditor\t\nuser*\tEveryone who registers\n"
    )


def test_a_granted_role_counts_for_the_next_request(run, client, as_user):
    ada = as_user("ada")
    assert client.get("/api/admin/users", headers=ada.headers).status_code == 403

    assert run("roles", "grant", "ada", "admin").output == "ada has the roles: admin,user.\n"
    assert client.get("/api/admin/users", headers=ada.headers).status_code == 200


def test_a_withdrawn_role_is_gone_for_the_next_request(run, client, as_user):
    as_user("root", roles="admin")
    ada = as_user("ada", roles="admin")

    assert run("roles", "withdraw", "ADA", "admin").output == "ada has the roles: none.\n"
    assert client.get("/api/admin/users", headers=ada.headers).status_code == 403
    assert client.get("/api/protected", headers=ada.headers).status_code == 200


@pytest.mark.parametrize(
    ("command", "roles", "action", "after"),
    [
        ("grant", "user", "role.granted", ["editor", "user"]),
        ("withdraw", "editor,user", "role.withdrawn", ["user"]),
    ],
    ids=["grant", "withdraw"],
)
def test_a_change_is_recorded_as_the_consoles(run, app, client, as_user, command, roles, action, after):
    with app.app_context():
        make_role("editor")
    ada = as_user("ada", roles=roles)
    run("roles", command, "ada", "editor", "--reason", "the new moon")

    event = client.get("/api/me/events", headers=ada.headers).json["events"][0]
    assert (event["action"], event["actor"], event["reason"]) == (action, "console", "the new moon")
    assert (event["before"], event["after"]) == (roles.split(","), after)


@pytest.mark.parametrize(("command", "role"), [("grant", "user"), ("withdraw", "admin")], ids=["grant", "withdraw"])
def test_doing_what_is_done_already_changes_nothing(run, as_user, trail, command, role):
    ada = as_user("ada")
    before = trail(ada.id)

    assert run("roles", command, "ada", role).output == "ada has the roles: user.\n"
    assert trail(ada.id) == before


def test_the_last_administrator_keeps_the_role(client, as_user, refusal):
    ada = as_user("ada", roles="admin,user")

    told = refusal("roles", "withdraw", "ada", "admin")

    assert told == "Error: Someone must keep the keys: this would leave no administrator."
    assert client.get("/api/admin/users", headers=ada.headers).status_code == 200


@pytest.mark.parametrize("command", ["grant", "withdraw"])
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nobody", "admin"], "Error: There is no such user."),
        (["ada", "captain"], "Error: There is no such role."),
        (["ada", "Admin"], "Error: There is no such role."),
        (["ada", "admin,user"], "Error: There is no such role."),
        (["ada", ""], "Error: There is no such role."),
    ],
    ids=["user", "role", "case", "list", "empty"],
)
def test_what_there_is_not_is_refused(client, as_user, refusal, command, words, told):
    ada = as_user("ada")

    assert refusal("roles", command, *words) == told
    assert client.get("/api/me", headers=ada.headers).json["user"]["roles"] == ["user"]
