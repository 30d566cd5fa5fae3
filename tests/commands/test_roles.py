"""`flask roles`: what the terminal grants and withdraws counts for the next request."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from models import NEVER, RoleGrant, db, now
from tests.factories import make_role, make_user


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


def test_a_made_role_can_be_given_and_is_on_record(run, client, as_user):
    ada = as_user("ada", roles="admin")
    made = run("roles", "create", "editor", "--description", "Writes", "--default", "--reason", "a new desk")

    assert made.output == "There is a role editor.\n"
    assert "editor*\tWrites\n" in run("roles", "list").output
    assert run("roles", "grant", "ada", "editor").output == "ada has the roles: admin,editor.\n"
    event = on_record(client, ada, "role.created")
    assert (event["actor"], event["reason"]) == ("console", "a new desk")
    assert event["after"] == {"name": "editor", "description": "Writes", "is_default": True, "requires_factor": False}


@pytest.mark.parametrize(
    ("words", "said", "listed"),
    [
        (["--description", "Writes"], "editor: Writes.", "editor\tWrites"),
        (["--description", ""], "editor: no description.", "editor\t"),
        (["--default"], "editor: Reads, for new accounts.", "editor*\tReads"),
        (["--default", "--description", "Writes"], "editor: Writes, for new accounts.", "editor*\tWrites"),
        (["--no-default"], "editor: Reads.", "editor\tReads"),
        ([], "editor: Reads.", "editor\tReads"),
    ],
    ids=["description", "no description", "default", "both", "not default", "nothing"],
)
def test_what_is_said_of_a_role_is_changed_and_the_rest_stays(run, words, said, listed):
    run("roles", "create", "editor", "--description", "Reads")

    assert run("roles", "edit", "editor", *words).output == f"{said}\n"
    assert listed in run("roles", "list").output.splitlines()


def test_a_role_that_someone_has_is_deleted_only_where_it_is_withdrawn(run, refusal, client, as_user, editor):
    ada, root = as_user("ada", roles="editor,user"), as_user("root", roles="admin")

    told = refusal("roles", "delete", "editor")
    assert told == "Error: Someone has this role. Withdraw it first, or ask for it to be withdrawn from all."
    run("roles", "grant", "root", "editor", "--until", "2999-01-01")
    deleted = run("roles", "delete", "editor", "--withdraw", "--reason", "no desk")
    assert deleted.output == "There is no role editor any more; 2 had it.\n"
    assert client.get("/api/me", headers=ada.headers).json["user"]["roles"] == ["user"]
    assert [on_record(client, root, f"role.{act}")["reason"] for act in ("deleted", "withdrawn")] == ["no desk"] * 2


NO_NAME = "A role is a small letter, then small letters, digits, _ or -, 64 in all."
NO_TIME = "This is no time that can be stored: it lies between 1970 and 9999."
LAST = "Someone must keep the keys: this would leave no administrator."
REFUSED = {
    "create editor": "There is a role of this name already.",
    "create Editor": NO_NAME,
    "create chief\n": NO_NAME,
    "create \udcff": NO_NAME,
    "edit captain --default": "There is no such role.",
    "delete captain": "There is no such role.",
    "delete admin --withdraw": LAST,
    "grants --role captain": "There is no such role.",
    "explain ada captain": "There is no such role.",
    "explain nobody editor": "There is no such user.",
    "grant \udcff editor": "There is no such user.",
    "grant root admin --until 2999-01-01": LAST,
    "grant ada editor --until 2001-01-01": "This has passed already: a role is lent up to a time to come.",
    "grant ada editor --until 2999-01-01 --from 2999-01-02": "This would end before it begins.",
    "grant ada editor --from 1969-12-31": NO_TIME,
}


@pytest.mark.parametrize(("words", "told"), REFUSED.items(), ids=ascii)
def test_what_cannot_be_is_refused_in_one_line(run, refusal, as_user, editor, words, told):
    as_user("root", roles="admin")
    as_user("ada")
    before = [run("roles", "list").output, run("users", "list").output]

    assert refusal("roles", *words.split(" ")) == f"Error: {told}"
    assert [run("roles", "list").output, run("users", "list").output] == before


@pytest.mark.parametrize("command", ["create", "edit"])
@pytest.mark.parametrize("description", ["x" * 256, "\udcff"], ids=["too long", "no UTF-8"])
def test_a_description_that_cannot_be_stored_is_refused(run, editor, command, description):
    result = run("roles", command, "editor" if command == "edit" else "reader", "--description", description)

    assert result.exit_code in (1, 2)
    assert result.stderr.splitlines()[-1].startswith("Error: ")
    assert description not in run("roles", "list").output


WRONG = {
    "no time": ["--until", "tomorrow"],
    "no day": ["--until", "2026-02-30"],
    "a number": ["--from", "1767225600"],
    "empty": ["--until", ""],
    "reason in no UTF-8": ["--reason", "\udcff"],
}


@pytest.mark.parametrize("words", WRONG.values(), ids=WRONG)
def test_an_option_that_cannot_be_read_is_named_and_nothing_is_done(run, as_user, editor, words):
    as_user("ada")
    result = run("roles", "grant", "ada", "editor", *words)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[-1].startswith(f"Error: Invalid value for '{words[0]}': ")
    assert run("users", "list", "--role", "editor").output == ""


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2999-03-01", "2999-03-01T00:00:00Z"),
        ("2999-03-01T12:00", "2999-03-01T12:00:00Z"),
        ("2999-03-01T12:00:00", "2999-03-01T12:00:00Z"),
        ("2999-03-01 12:00:00.9", "2999-03-01T12:00:00Z"),
        ("2999-03-01T12:00:00Z", "2999-03-01T12:00:00Z"),
        ("2999-03-01T12:00:00+09:00", "2999-03-01T03:00:00Z"),
    ],
)
def test_a_time_without_a_zone_is_utc_wherever_the_server_stands(run, as_user, editor, tokyo, written, meant):
    as_user("ada")
    granted = run("roles", "grant", "ada", "editor", "--until", written)

    assert granted.output == f"ada has the roles: user, editor until {meant}.\n"


def test_a_borrowed_role_begins_and_ends_by_the_clock(run, clock, client, as_user):
    ada = as_user("ada", roles="user")
    begin, end = [datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=wait) for wait in (60, 120)]
    told = run("roles", "grant", "ada", "admin", "--from", begin.isoformat(), "--until", end.isoformat())
    seen = [client.get("/api/admin/roles", headers=ada.headers).status_code]
    for _ in range(2):
        clock.shift(60)
        seen.append(client.get("/api/admin/roles", headers=ada.headers).status_code)

    assert seen == [403, 200, 403]
    assert told.output == f"ada has the roles: user, admin from {spelt(begin)} until {spelt(end)}.\n"


def test_a_role_that_is_lent_without_an_end_lasts_until_it_is_withdrawn(run, as_user, editor):
    as_user("ada", roles="")

    told = run("roles", "grant", "ada", "editor", "--from", "2020-01-01")
    assert told.output == "ada has the roles: editor until withdrawn.\n"
    assert run("roles", "withdraw", "ada", "editor").output == "ada has the roles: none.\n"


def test_the_grants_are_listed_what_ends_first_at_the_head(run, as_user, editor):
    for name, *words in [
        ("ada", "--until", "2999-03-01", "--reason", "on duty"),
        ("bob", "--until", "2998-03-01"),
        ("eve", "--from", "2990-01-01"),
    ]:
        as_user(name)
        run("roles", "grant", name, "editor", *words)
    lines = [line.split("\t") for line in run("roles", "grants").output.splitlines()]

    assert [line[:2] + line[3:] for line in lines] == [
        ["bob", "editor", "2998-03-01T00:00:00Z", "-"],
        ["ada", "editor", "2999-03-01T00:00:00Z", "on duty"],
        ["eve", "editor", "-", "-"],
    ]
    assert lines[2][2] == "2990-01-01T00:00:00Z"
    assert [line.split("\t")[0] for line in run("roles", "grants", "--before", "2999-03-01").output.splitlines()] == [
        "bob"
    ]
    assert run("roles", "grants", "--role", "admin").output == ""


def test_all_grants_are_listed_however_many_there_are(run, app, editor):
    with app.app_context():
        ids = [make_user(f"ada{number}", stored="!") for number in range(101)]
        window = {"role": "editor", "starts_at": 0, "expires_at": NEVER, "granted_at": now(), "actor": "console"}
        db.session.execute(db.insert(RoleGrant), [window | {"user_id": each} for each in ids])
        db.session.commit()

    assert len(set(run("roles", "grants").output.splitlines())) == 101


def test_it_is_told_why_someone_has_a_role(run, clock, as_user, editor):
    clock.move_to(datetime(2026, 12, 1, 12, tzinfo=UTC), tick=False)
    as_user("ada", roles="")
    run("roles", "grant", "ada", "editor", "--reason", "the new moon")
    run("roles", "grant", "ada", "admin", "--until", "2026-12-02")

    given = "since 2026-12-01 12:00:00 UTC"
    assert run("roles", "explain", "ADA", "editor").output == (
        f"ada holds editor.\n  for good {given}, by the console: the new moon\n"
    )
    assert run("roles", "explain", "ada", "admin").output == (
        f"ada holds admin.\n  borrowed {given} until 2026-12-02 00:00:00 UTC, by the console\n"
    )


def test_it_is_told_why_someone_has_no_role(run, clock, as_user, editor):
    clock.move_to(datetime(2026, 12, 1, 12, tzinfo=UTC), tick=False)
    as_user("ada", roles="editor")
    run("roles", "withdraw", "ada", "editor", "--reason", "full moon")
    run("roles", "grant", "ada", "admin", "--from", "2026-12-02")
    run("users", "disable", "ada")

    at, shut = "2026-12-01 12:00:00 UTC", "  disabled 2026-12-01 12:00:00 UTC\n"
    assert run("roles", "explain", "ada", "editor").output == (
        f"ada does not hold editor.\n{shut}  withdrawn {at}, by the console: full moon\n"
    )
    assert run("roles", "explain", "ada", "admin").output == (
        f"ada does not hold admin.\n{shut}  not begun 2026-12-02 00:00:00 UTC, by the console\n"
    )
    assert run("roles", "explain", "ada", "user").output == f"ada does not hold user.\n{shut}  never given\n"


@pytest.fixture
def editor(app):
    with app.app_context():
        make_role("editor")


@pytest.fixture
def tokyo(monkeypatch):
    """A server whose clock shows the time of Tokyo."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def on_record(client, admin, action):
    """The newest event of an action."""
    return client.get(f"/api/admin/events?action={action}", headers=admin.headers).json["events"][0]


def spelt(moment):
    return moment.isoformat().replace("+00:00", "Z")


def test_a_text_that_somebody_chose_moves_no_cursor(run, as_user, editor):
    as_user("ada")
    odd = "x\n\x1b[1A\x7f\u202e"
    run("roles", "edit", "editor", "--description", odd)
    run("roles", "grant", "ada", "editor", "--until", "2999-01-01", "--reason", odd)
    outputs = [run(*words).output for words in (["roles", "list"], ["roles", "grants"], ["audit", "export"])]
    outputs.append(run("roles", "explain", "ada", "editor").output)

    assert all("\\n\\u001b[1A" in output for output in outputs)
    assert all(c.isprintable() or c in "\n\t" for output in outputs for c in output)
