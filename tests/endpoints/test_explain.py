"""Explain: why someone has a role, since when and from whom; or what is missing."""

from datetime import UTC, datetime, timedelta

import pytest

from models import User, db
from tests.endpoints.shape import assert_refused
from tests.factories import PASSWORD, make_role, make_user

USERS = "/api/admin/users"
CONSOLE = {"actor": "console", "id": None, "username": None}


def test_a_role_for_good_is_told_with_since_by_and_reason(clock, ask, root, ada):
    given = now()
    ask.give(ada, reason="joined the desk")
    clock.shift(60)

    assert ask.why(ada) == held("standing", since=given, by=root, reason="joined the desk")


def test_what_was_given_again_is_told_as_it_was_given_first(clock, ask, root, ada):
    given = now()
    ask.give(ada, reason="joined the desk")
    clock.shift(60)
    ask.give(ada, reason="once more")
    ask("PUT", f"{USERS}/{ada}/roles/user")

    assert ask.why(ada) == held("standing", since=given, by=root, reason="joined the desk")


def test_a_role_that_was_given_in_a_set_is_told_like_any_other(clock, ask, root, ada):
    ask("PUT", f"{USERS}/{ada}/roles", {"roles": ["editor"], "reason": "moved"})

    assert ask.why(ada) == held("standing", since=now(), by=root, reason="moved")


def test_a_role_that_was_given_to_many_is_told_like_any_other(clock, ask, root, ada):
    ask("POST", "/api/admin/roles/editor/users", {"add": [ada], "reason": "the new desk"})

    assert ask.why(ada) == held("standing", since=now(), by=root, reason="the new desk")


def test_a_role_that_the_console_gave_is_told_as_the_consoles(clock, ask, ada):
    ask.console("roles", "grant", "ada", "editor", "--reason", "asked for")

    assert ask.why(ada) == held("standing", since=now(), by=CONSOLE, reason="asked for")


@pytest.mark.parametrize("role", ["editor", "user"])
def test_a_role_that_an_account_was_made_with_is_told_since_then(clock, ask, root, ada, role):
    body = {"username": "eve", "password": PASSWORD, "roles": ["editor"], "reason": "joined"}
    eve = ask("POST", USERS, body).json["id"]

    assert ask.why(eve, role) == held("standing", since=now(), by=root, reason="joined")


def test_a_role_that_came_with_registration_is_told_since_then(clock, client, ask):
    eve = client.post("/api/registration", json={"username": "eve", "password": PASSWORD}).json["user"]["id"]
    by = {"actor": "user", "id": eve, "username": "eve"}

    assert ask.why(eve, "user") == held("standing", since=now(), by=by)


def test_of_a_role_that_was_written_by_hand_nothing_is_on_record(app, ask, ada):
    write(app, ada, "user, editor")

    assert ask.why(ada) == held("standing")


def test_a_role_that_was_withdrawn_and_written_by_hand_is_nobodys_gift(app, ask, ada):
    ask.give(ada)
    ask("DELETE", f"{USERS}/{ada}/roles/editor")
    write(app, ada, "editor")

    assert ask.why(ada) == held("standing")


def test_a_name_that_was_written_by_hand_and_is_no_role_is_told_too(app, ask, ada):
    write(app, ada, "pirate")

    assert ask.why(ada, "pirate") == held("standing")


def test_a_borrowed_role_is_told_with_its_end(clock, ask, root, ada):
    given, end = now(), whole(60)
    ask.give(ada, expires_at=end, reason="on duty")
    clock.shift(30)

    assert ask.why(ada) == held("grant", since=given, by=root, reason="on duty", expires_at=end)


def test_a_borrowed_role_that_began_later_is_told_since_its_beginning(clock, ask, root, ada):
    begin = whole(30)
    ask.give(ada, starts_at=begin)
    clock.shift(60)

    assert ask.why(ada) == held("grant", since=begin, by=root)


def test_a_borrowed_role_that_was_made_standing_is_told_since_then(clock, ask, root, ada):
    ask.give(ada, expires_at=whole(60), reason="on duty")
    clock.shift(30)
    given = now()
    ask.give(ada, reason="stays")
    clock.shift(60)

    assert ask.why(ada) == held("standing", since=given, by=root, reason="stays")


def test_a_role_that_is_to_begin_is_told_with_its_beginning(clock, ask, root, ada):
    begin = whole(30)
    ask.give(ada, starts_at=begin, expires_at=whole(60), reason="next week")

    assert ask.why(ada) == lacks("not_begun", at=begin, by=root, reason="next week")


def test_a_role_that_has_ended_is_told_with_its_end(clock, ask, root, ada):
    end = whole(60)
    ask.give(ada, expires_at=end, reason="on duty")
    clock.shift(60)

    assert ask.why(ada) == lacks("ended", at=end, by=root, reason="on duty")


def test_a_role_that_has_ended_is_not_said_to_be_never_given_when_other_roles_are_set(clock, ask, ada):
    ask.give(ada, expires_at=whole(60))
    clock.shift(60)
    ask("PUT", f"{USERS}/{ada}/roles", {"roles": ["admin"]})

    assert [lack["kind"] for lack in ask.why(ada)["missing"]] == ["ended"]


@pytest.mark.parametrize("loan", [None, 60], ids=["for good", "borrowed"])
def test_a_role_that_was_taken_away_is_told_with_when_and_by_whom(clock, ask, root, ada, loan):
    ask.give(ada, **({"expires_at": whole(loan)} if loan else {}))
    clock.shift(30)
    taken = now()
    ask("DELETE", f"{USERS}/{ada}/roles/editor", {"reason": "left the desk"})
    clock.shift(60)

    assert ask.why(ada) == lacks("withdrawn", at=taken, by=root, reason="left the desk")


def test_a_role_that_was_deleted_and_made_anew_was_withdrawn(clock, ask, root, ada):
    ask.give(ada)
    taken = now()
    ask("DELETE", "/api/admin/roles/editor?withdraw=true", {"reason": "no desk"})
    assert_refused(ask("GET", f"{USERS}/{ada}/explain?role=editor"), 404, "unknown_role")
    ask("POST", "/api/admin/roles", {"name": "editor"})

    assert ask.why(ada) == lacks("withdrawn", at=taken, by=root, reason="no desk")


def test_a_role_that_someone_never_had_was_never_given(ask, ada):
    ask("PUT", f"{USERS}/{ada}/roles/admin")

    assert ask.why(ada) == lacks("never_given")


def test_a_disabled_account_holds_nothing_though_it_was_given(clock, ask, root, ada):
    given = now()
    ask.give(ada)
    clock.shift(60)
    disabled = now()
    ask("PATCH", f"{USERS}/{ada}", {"is_active": False})
    shut = lacks("disabled", at=disabled)

    assert ask.why(ada) == held("standing", since=given, by=root) | {"holds": False, "missing": shut["missing"]}
    both = ask.why(ada, "admin")
    assert [lack["kind"] for lack in both["missing"]] == ["disabled", "never_given"]
    assert (both["holds"], both["because"]) == (False, [])


@pytest.mark.parametrize("loan", [None, 60], ids=["for good", "borrowed"])
def test_a_giver_who_was_deleted_is_told_by_their_id(clock, client, ask, as_user, ada, loan):
    bea = as_user("bea", roles="admin")
    body = {"expires_at": whole(loan)} if loan else {}
    client.put(f"{USERS}/{ada}/roles/editor", json=body, headers=bea.headers)
    ask("DELETE", f"{USERS}/{bea.id}")

    (cause,) = ask.why(ada)["because"]
    assert cause["by"] == {"actor": "user", "id": bea.id, "username": None}


def test_a_giver_who_was_renamed_is_told_by_their_name(ask, root, ada):
    ask.give(ada)
    ask("PATCH", f"{USERS}/{root['id']}", {"username": "rita"})

    assert ask.why(ada)["because"][0]["by"] == root | {"username": "rita"}


def test_what_is_told_is_what_the_next_request_finds(clock, client, ask, as_user):
    ada = as_user("ada")
    for times, status in [({"starts_at": whole(5), "expires_at": whole(60)}, 403), ({"expires_at": whole(60)}, 200)]:
        ask("PUT", f"{USERS}/{ada.id}/roles/admin", times)

        assert client.get(USERS, headers=ada.headers).status_code == status
        assert ask.why(ada.id, "admin")["holds"] is (status == 200)


@pytest.mark.parametrize("role", ["pirate", "Editor", "editor,user", "%20editor", "a" * 64])
def test_a_role_that_there_is_not_is_unknown(ask, ada, role):
    assert_refused(ask("GET", f"{USERS}/{ada}/explain?role={role}"), 404, "unknown_role")


@pytest.mark.parametrize("nobody", [0, 999_999, 2**31, 10**30])
def test_a_user_that_there_is_not_is_unknown(ask, nobody):
    assert_refused(ask("GET", f"{USERS}/{nobody}/explain?role=user"), 404, "unknown_user")


@pytest.mark.parametrize("query", ["", "role=" + "a" * 65, "role=%00", "role=user&at=now"])
def test_a_question_of_another_form_is_refused(ask, ada, query):
    assert_refused(ask("GET", f"{USERS}/{ada}/explain?{query}"), 422, "validation_error")


def test_nobody_else_is_told(client, as_user):
    path = f"{USERS}/1/explain?role=user"

    assert_refused(client.get(path), 401, "missing_token")
    assert_refused(client.get(path, headers=as_user("bob").headers), 403, "missing_role")


@pytest.fixture
def ask(app, client, as_user):
    """Ask as root; `ask.give` gives the role editor, `ask.why` asks for the reasons, `ask.console` types a command."""
    person = as_user("root", roles="admin,user")

    def asked(method, path, body=None):
        return client.open(path, method=method, json=body, headers=person.headers)

    def why(user_id, role="editor"):
        response = asked("GET", f"{USERS}/{user_id}/explain?role={role}")
        assert response.status_code == 200, response.json
        return response.json

    asked.root = {"actor": "user", "id": person.id, "username": "root"}
    asked.give = lambda user_id, **body: asked("PUT", f"{USERS}/{user_id}/roles/editor", body)
    asked.why = why
    asked.console = lambda *words: app.test_cli_runner().invoke(args=words)
    return asked


@pytest.fixture
def root(ask):
    """How root is told as a giver."""
    return ask.root


@pytest.fixture
def ada(app):
    """The id of someone who may get the role editor."""
    with app.app_context():
        make_role("editor")
        return make_user("ada")


def held(kind, since=None, by=None, reason=None, expires_at=None):
    cause = {"kind": kind, "since": since, "by": by, "reason": reason, "expires_at": expires_at}
    return {"holds": True, "because": [cause], "missing": []}


def lacks(kind, at=None, by=None, reason=None):
    return {"holds": False, "because": [], "missing": [{"kind": kind, "at": at, "by": by, "reason": reason}]}


def write(app, user_id, roles):
    """Write to the column as someone with a database shell does."""
    with app.app_context():
        db.session.execute(db.update(User).where(User.id == user_id).values(roles=roles))
        db.session.commit()


def now():
    """The time, as it is answered."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


def whole(seconds):
    """A time to come, in whole seconds, as it is answered."""
    at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=seconds)
    return at.isoformat().replace("+00:00", "Z")
