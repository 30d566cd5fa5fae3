"""`flask users`: what the terminal does to accounts counts for the next request."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import PASSWORD, make_user, sign_in

STDIN = "--password-stdin"


def test_a_made_account_signs_in(run, client):
    result = run("users", "create", "ada", STDIN, typed=f"{PASSWORD}\n")

    ada = sign_in(client, "ada")
    assert result.exit_code == 0
    assert result.output == f"ada is user {ada.id}, with the roles: user.\n"
    assert client.get("/api/me", headers=ada.headers).json["user"]["roles"] == ["user"]


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\nanother line\n"], ids=["none", "unix", "windows", "more lines"])
def test_a_password_from_stdin_is_the_first_line_without_its_end(run, client, end):
    run("users", "create", "ada", STDIN, typed=f" {PASSWORD} {end}")

    assert sign_in(client, "ada", f" {PASSWORD} ").id


def test_a_password_is_asked_for_twice_and_not_shown(run, client):
    result = run("users", "create", "ada", typed=f"{PASSWORD}\n{PASSWORD}\n")

    assert result.exit_code == 0
    assert PASSWORD not in result.output
    assert sign_in(client, "ada").id


def test_a_password_that_is_mistyped_is_asked_for_again(run, client):
    result = run("users", "create", "ada", typed=f"{PASSWORD}\nanother one of mine\n{PASSWORD}\n{PASSWORD}\n")

    assert result.exit_code == 0
    assert sign_in(client, "ada").id


def test_no_account_is_made_where_no_password_is_given(run, client):
    result = run("users", "create", "ada", typed="")

    assert result.exit_code == 1
    assert "Traceback" not in result.output
    assert run("users", "list").output == ""


def test_an_account_gets_the_address_and_the_roles_that_are_given(run, client):
    run(
        "users",
        "create",
        "ada",
        "--email",
        "Ada@Example.com",
        "--role",
        "admin",
        "--role",
        "user",
        STDIN,
        typed=PASSWORD,
    )

    ada = sign_in(client, "ada@example.com")
    assert client.get("/api/admin/users", headers=ada.headers).json["users"][0]["roles"] == ["admin", "user"]


def test_a_made_account_is_recorded_as_made_by_the_console(run, client):
    run("users", "create", "ada", STDIN, typed=PASSWORD)

    ada = sign_in(client, "ada")
    made = client.get("/api/me/events", headers=ada.headers).json["events"][-1]
    assert (made["action"], made["actor"], made["actor_id"]) == ("user.created", "console", None)
    assert made["after"] == {"roles": ["user"], "username": "ada"}


@pytest.mark.parametrize(
    ("words", "password", "told"),
    [
        (["ada"], PASSWORD, "Error: This username is taken."),
        (["ADA"], PASSWORD, "Error: This username is taken."),
        (["eve", "--email", "ADA@example.com"], PASSWORD, "Error: This e-mail address is taken."),
        (["eve", "--role", "captain"], PASSWORD, "Error: There is no such role."),
        (["eve", "--role", "admin,user"], PASSWORD, "Error: There is no such role."),
        (["eve", "--email", "nowhere"], PASSWORD, "Error: This is not an e-mail address."),
        (["e v e"], PASSWORD, "Error: A username has letters, digits, . _ and -, and begins with a letter or a digit."),
        (["eve"], "short", "Error: A password has 8 to 1024 characters."),
        (["eve"], "", "Error: A password has 8 to 1024 characters."),
    ],
    ids=["name", "spelling", "address", "role", "list of roles", "no address", "no name", "short", "empty"],
)
def test_an_account_that_cannot_be_is_refused_in_one_line(run, refusal, words, password, told):
    run("users", "create", "ada", "--email", "ada@example.com", STDIN, typed=PASSWORD)

    assert refusal("users", "create", *words, STDIN, typed=password) == told
    assert len(run("users", "list").output.splitlines()) == 1


def test_the_list_tells_who_there_is(run, as_user):
    ada = as_user("ada", roles="admin,user", email="ada@example.com")
    bob = as_user("bob", roles="", is_active=True)
    run("users", "disable", "bob")

    assert run("users", "list").output == (
        f"{ada.id}\tada\tada@example.com\tadmin,user\n{bob.id}\tbob\t-\t-\tdisabled\n"
    )


def test_the_list_of_a_role_tells_who_has_it(run, as_user):
    ada = as_user("ada", roles="admin,user")
    as_user("bob", roles="user")

    assert run("users", "list", "--role", "admin").output == f"{ada.id}\tada\t-\tadmin,user\n"


def test_the_list_is_whole_however_long_it_is(run, app):
    with app.app_context():
        ids = [make_user(f"ada{number}", stored="-") for number in range(101)]

    assert [int(line.split("\t")[0]) for line in run("users", "list").output.splitlines()] == ids


def test_the_list_of_a_role_that_there_is_not_is_refused(refusal):
    assert refusal("users", "list", "--role", "captain") == "Error: There is no such role."


def test_a_disabled_account_is_shut_at_once(run, client, as_user, trail):
    ada = as_user("ada")

    result = run("users", "disable", "Ada", "--reason", "left the harbour")

    assert result.output == "ada is disabled.\n"
    assert client.get("/api/protected", headers=ada.headers).status_code == 401
    assert _login(client, "ada").status_code == 401
    assert ("console", "user.disabled") in trail(ada.id)


def test_an_enabled_account_is_open_at_once_but_its_sessions_stay_ended(run, client, as_user):
    ada = as_user("ada")
    run("users", "disable", "ada")

    assert run("users", "enable", "ada").output == "ada is enabled.\n"
    assert client.get("/api/protected", headers=ada.headers).status_code == 401
    assert sign_in(client, "ada").id == ada.id


def test_a_reason_is_kept_with_what_was_done(run, client, as_user):
    as_user("ada")
    run("users", "disable", "ada", "--reason", "on leave")
    run("users", "enable", "ada", "--reason", "back again")

    events = client.get("/api/me/events", headers=sign_in(client, "ada").headers).json["events"]
    told = {event["action"]: (event["actor"], event["reason"]) for event in events if event["reason"]}
    assert told == {"user.disabled": ("console", "on leave"), "user.enabled": ("console", "back again")}


@pytest.mark.parametrize("words", [["disable", "ada"], ["enable", "bob"]], ids=["disable", "enable"])
def test_doing_it_again_changes_nothing(run, as_user, trail, words):
    ids = [as_user("ada").id, as_user("bob").id]
    run("users", "disable", "ada")
    before = [trail(user_id) for user_id in ids]

    assert run("users", *words).exit_code == 0
    assert [trail(user_id) for user_id in ids] == before


def test_a_deleted_account_is_gone_at_once_and_its_trail_stays(run, client, as_user, trail):
    ada = as_user("ada")

    assert run("users", "delete", "ada", "--yes").output == "ada is deleted.\n"
    assert client.get("/api/protected", headers=ada.headers).status_code == 401
    assert _login(client, "ada").status_code == 401
    assert ("console", "user.deleted") in trail(ada.id)


def test_a_deletion_is_asked_about_first(run, client, as_user):
    ada = as_user("ada")

    result = run("users", "delete", "ada", typed="n\n")

    assert result.exit_code == 1
    assert "Delete ada for good? [y/N]" in result.output
    assert client.get("/api/protected", headers=ada.headers).status_code == 200


def test_a_deletion_that_is_agreed_to_is_done(run, client, as_user):
    ada = as_user("ada")

    assert run("users", "delete", "ada", typed="y\n").exit_code == 0
    assert client.get("/api/protected", headers=ada.headers).status_code == 401


@pytest.mark.parametrize("words", [["disable"], ["delete", "--yes"]], ids=["disable", "delete"])
def test_the_last_administrator_stays(client, as_user, refusal, words):
    ada = as_user("ada", roles="admin,user")
    as_user("bob", roles="user")

    told = refusal("users", *words, "ada")

    assert told == "Error: Someone must keep the keys: this would leave no administrator."
    assert client.get("/api/admin/users", headers=ada.headers).status_code == 200


@pytest.mark.parametrize("words", [["disable"], ["delete", "--yes"]], ids=["disable", "delete"])
def test_one_of_two_administrators_may_go(run, client, as_user, words):
    ada, bob = as_user("ada", roles="admin"), as_user("bob", roles="admin")

    assert run("users", *words, "ada").exit_code == 0
    assert client.get("/api/admin/users", headers=ada.headers).status_code == 401
    assert client.get("/api/admin/users", headers=bob.headers).status_code == 200


@pytest.mark.parametrize("words", [["disable"], ["enable"], ["delete", "--yes"]], ids=["disable", "enable", "delete"])
def test_an_unknown_account_is_refused(refusal, words):
    assert refusal("users", *words, "nobody") == "Error: There is no such user."


def test_an_account_gets_the_default_roles_beside_those_that_are_given(run, client, as_user):
    root = as_user("root", roles="admin")
    run("roles", "create", "reader", "--default")
    run("users", "create", "ada", "--role", "admin", STDIN, "--reason", "joined", typed=PASSWORD)

    ada = sign_in(client, "ada")
    assert ada.answer["user"]["roles"] == ["admin", "reader", "user"]
    made = client.get(f"/api/admin/events?subject={ada.id}&action=user.created", headers=root.headers).json["events"]
    assert [(event["actor"], event["reason"]) for event in made] == [("console", "joined")]


def test_the_list_tells_and_finds_what_is_borrowed_now(run, clock, as_user):
    as_user("root", roles="admin")
    ada = as_user("ada")
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    run("roles", "grant", "ada", "admin", "--until", tomorrow)
    listed = f"{ada.id}\tada\t-\tadmin,user"

    assert listed in run("users", "list").output.splitlines()
    assert listed in run("users", "list", "--role", "admin").output.splitlines()
    clock.shift(timedelta(days=1))
    assert listed not in run("users", "list", "--role", "admin").output.splitlines()
    assert f"{ada.id}\tada\t-\tuser" in run("users", "list").output.splitlines()


def test_a_deletion_is_recorded_with_its_reason(run, client, as_user):
    root, ada = as_user("root", roles="admin"), as_user("ada")
    run("users", "delete", "ada", "--yes", "--reason", "left the harbour")

    (event,) = client.get("/api/admin/events?action=user.deleted", headers=root.headers).json["events"]
    assert (event["actor"], event["subject_id"], event["reason"]) == ("console", ada.id, "left the harbour")


@pytest.mark.parametrize(
    "words", [["create", "eve", STDIN], ["disable", "ada"], ["delete", "ada", "--yes"]], ids=" ".join
)
def test_a_reason_that_is_not_utf_8_is_refused_and_nothing_is_done(run, client, as_user, words):
    ada = as_user("ada")
    before = run("users", "list").output
    result = run("users", *words, "--reason", "\udcff", typed=PASSWORD)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[-1] == "Error: Invalid value for '--reason': this is not text in UTF-8"
    assert run("users", "list").output == before
    assert client.get("/api/protected", headers=ada.headers).status_code == 200


@pytest.mark.parametrize("words", [["disable"], ["delete", "--yes"], ["recover-admin"]], ids=" ".join)
@pytest.mark.parametrize("name", ["\udcff", "a\udcffa"], ids=ascii)
def test_a_name_that_is_not_utf_8_is_nobodys(refusal, as_user, words, name):
    as_user("ada")

    assert refusal("users", *words, name) == "Error: There is no such user."


@pytest.mark.parametrize(
    "words", [["e\udcff"], ["eve", "--email", "\udcff@example.com"], ["eve", "--role", "\udcff"]], ids=ascii
)
def test_an_account_is_not_made_of_what_is_not_utf_8(run, refusal, words):
    assert refusal("users", "create", *words, STDIN, typed=PASSWORD).startswith("Error: ")
    assert run("users", "list").output == ""


def _login(client, name):
    return client.post("/api/login", json={"username": name, "password": PASSWORD})


def test_a_name_that_differs_by_case_alone_means_whoever_signs_in_with_it(run, app, client):
    with app.app_context():
        make_user("Bob")
        bob = make_user("bob", username_key="=bob")

    run("users", "disable", "bob")

    assert sign_in(client, "Bob").id != bob
    assert client.post("/api/login", json={"username": "bob", "password": PASSWORD}).status_code == 401


def test_a_blank_at_the_end_makes_it_another_name(run, app, client):
    with app.app_context():
        make_user("ada")

    assert run("users", "disable", "ada ").exit_code == 1
    assert sign_in(client, "ada").id
