"""`flask users recover-admin`: whoever holds the server lets an administrator in who cannot sign in."""

import re

import pytest

from models import LoginSession, User, db, now
from tests.factories import PASSWORD, bearer, make_user

NEW_PASSWORD = "another lantern"
ISSUED = ("console", "user.recovery_issued")


def test_the_only_administrator_need_not_be_named(recovered, redeem, as_user):
    as_user("ada", roles="admin,user")
    as_user("bob")

    assert redeem(recovered())["user"] == "ada"


@pytest.mark.parametrize("name", ["bea", "BEA", "ｂｅａ"], ids=["as written", "upper case", "full width"])
def test_whoever_is_named_is_meant(recovered, redeem, as_user, name):
    as_user("ada", roles="admin")
    as_user("bea", roles="admin")

    assert redeem(recovered(name))["user"] == "bea"


def test_it_says_who_it_is_for_and_how_the_code_is_used(run, as_user):
    as_user("ada", roles="admin")
    output = run("users", "recover-admin").output
    (code,) = set(re.findall(r"ltk_[\w-]{43}", output))

    assert output.startswith("ada chooses a new password with this code, once and within an hour:\n")
    assert f"curl -H 'Authorization: Bearer {code}' -d '{{\"password\": \"...\"}}'" in output
    assert PASSWORD not in output


def test_of_several_administrators_it_asks_which_is_meant(refusal, as_user):
    for name, roles in [("ada", "admin"), ("bea", "admin,user"), ("bob", "user"), ("eve", "admin-emeritus")]:
        as_user(name, roles=roles)

    told = refusal("users", "recover-admin")
    assert told == "Error: Several have the role admin. Say which of them is meant: ada, bea"


def test_a_disabled_administrator_is_one_of_several(refusal, run, as_user):
    as_user("ada", roles="admin")
    as_user("bea", roles="admin")
    run("users", "disable", "ada")

    assert refusal("users", "recover-admin").endswith(": ada, bea")


def test_of_many_administrators_it_names_ten(refusal, app):
    with app.app_context():
        for number in range(12):
            make_user(f"ada{number}", roles="admin", stored="!")

    assert refusal("users", "recover-admin").endswith(f": {', '.join(f'ada{number}' for number in range(10))}")


@pytest.mark.parametrize("people", [[], ["ada"]], ids=["nobody at all", "no administrator"])
def test_where_nobody_is_an_administrator_it_says_what_to_do(refusal, as_user, people):
    for name in people:
        as_user(name)

    assert refusal("users", "recover-admin") == "Error: Nobody has the role admin. Say whose account is to have it."


@pytest.mark.parametrize("name", ["nobody", "", "a" * 300, "ada@example.com"])
def test_an_unknown_account_is_refused(refusal, as_user, name):
    as_user("ada", roles="admin", email="ada@example.com")

    assert refusal("users", "recover-admin", name) == "Error: There is no such user."


def test_a_plain_user_who_is_named_becomes_an_administrator_at_once(recovered, client, as_user, trail):
    ada = as_user("ada")
    recovered("ada")

    assert client.get("/api/admin/users", headers=ada.headers).status_code == 200
    assert trail(ada.id)[-2:] == [("console", "role.granted"), ISSUED]


def test_a_disabled_administrator_is_enabled_but_stays_signed_out(app, recovered, redeem, client, as_user, trail):
    ada = as_user("ada", roles="admin")
    with app.app_context():
        disable(ada.id)
    answer = redeem(recovered())

    assert client.get("/api/admin/users", headers=bearer(answer["access_token"])).status_code == 200
    assert client.get("/api/admin/users", headers=ada.headers).status_code == 401
    assert [step for step in trail(ada.id) if step[0] == "console"] == [("console", "user.enabled"), ISSUED]


def test_a_borrowed_admin_becomes_one_for_good(run, recovered, client, as_user):
    as_user("root", roles="admin")
    ada = as_user("ada")
    run("roles", "grant", "ada", "admin", "--until", "2999-01-01")
    recovered("ada")

    shown = client.get("/api/me", headers=ada.headers).json["user"]
    assert (shown["roles"], shown["grants"]) == (["admin", "user"], [])


def test_nothing_but_the_code_is_new_for_an_administrator_who_can_sign_in(recovered, client, as_user, trail):
    ada = as_user("ada", roles="admin")
    before = trail(ada.id)
    recovered()

    assert client.get("/api/admin/users", headers=ada.headers).status_code == 200
    assert client.post("/api/login", json={"username": "ada", "password": PASSWORD}).status_code == 200
    assert [step for step in trail(ada.id) if step not in before] == [ISSUED]


def test_an_account_without_a_usable_password_is_let_in(app, recovered, redeem, client):
    with app.app_context():
        make_user("ada", roles="admin", stored="!")
    answer = redeem(recovered())

    assert client.get("/api/admin/users", headers=bearer(answer["access_token"])).status_code == 200


def test_each_code_is_another(recovered, as_user):
    as_user("ada", roles="admin")

    assert len({recovered() for _ in range(5)}) == 5


@pytest.fixture
def recovered(run):
    """Type `flask users recover-admin`, and return the code that it prints."""

    def code(*words):
        result = run("users", "recover-admin", *words)
        assert (result.exit_code, result.stderr) == (0, "")
        return next(line.strip() for line in result.stdout.splitlines() if line.strip().startswith("ltk_"))

    return code


@pytest.fixture
def redeem(client):
    """Choose a new password with a code, and return the answer."""

    def asked(code):
        response = client.post("/api/reset_finalize", json={"password": NEW_PASSWORD}, headers=bearer(code))
        assert response.status_code == 200, response.json
        return response.json

    return asked


def disable(user_id):
    """Shut the last administrator out, which no door allows."""
    everyone = db.update(User).where(User.id == user_id).values(is_active=False)
    db.session.execute(everyone)
    db.session.execute(db.update(LoginSession).values(ended_at=now()))
    db.session.commit()
