"""Two workers and the terminal: by no way, and by no two at the same moment, does the house lose its administrator."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import combinations_with_replacement, product
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select

from auth.errors import LastAdmin
from models import NEVER, LoginSession, RoleGrant, User, db, this_second
from tests.factories import PASSWORD
from tests.servers.conftest import ROOT, Answer, Server, at_once

DAY = 86400
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat()

#: What becomes of an act; whoever asks may have been an administrator until a moment ago.
DONE, LAST, NO_MORE = "done", "409 last_admin", "401 or 403"


@dataclass(frozen=True)
class Person:
    id: int
    token: str


#: Someone does something to someone, who may be the same; returned is what became of it.
Act = Callable[[Server, Person, Person], str]


@dataclass(frozen=True)
class Way:
    """A way in which an administrator can vanish: what is done, and by what they hold the role."""

    act: Act
    is_granted: bool = False


def asked(method: str, address: str, **body: object) -> Act:
    """Over HTTP, with `{id}` for whom it concerns."""

    def act(server: Server, by: Person, whom: Person) -> str:
        return became(server(method, f"/api/admin/{address.format(id=whom.id)}", body or None, by.token))

    return act


def remove(server: Server, by: Person, whom: Person) -> str:
    return became(server("POST", "/api/admin/roles/admin/users", {"remove": [whom.id]}, by.token))


def remove_all(server: Server, by: Person, whom: Person) -> str:
    """Take the role from everyone: those beside whom are all that there are, and the last one is told to be it."""
    ids = [whom.id - 1, whom.id, whom.id + 1]
    answer = server("POST", "/api/admin/roles/admin/users", {"remove": ids, "partial": True}, by.token)
    if answer.status != 200:
        return became(answer)
    assert [one["outcome"] for one in answer.json["outcomes"]].count("last_admin") == 1
    return LAST


def leave(server: Server, by: Person, whom: Person) -> str:
    return became(server("DELETE", "/api/me", {"password": PASSWORD}, whom.token))


def became(answer: Answer) -> str:
    if answer.status in (200, 204):
        return DONE
    return NO_MORE if answer.status in (401, 403) else f"{answer.status} {answer.json['error']}"


ROLE = "users/{id}/roles/admin"
WITHDRAW = asked("DELETE", ROLE)
EMPTY = asked("PUT", "users/{id}/roles", roles=[])
LEND = asked("PUT", ROLE, expires_at=TOMORROW)
POSTPONE = asked("PUT", ROLE, starts_at=TOMORROW)
DISABLE = asked("PATCH", "users/{id}", is_active=False)

#: What takes one administrator away where there is another.
WAYS = {
    "withdraw the role": Way(WITHDRAW),
    "replace all roles by another": Way(asked("PUT", "users/{id}/roles", roles=["user"])),
    "replace all roles by none": Way(EMPTY),
    "remove in bulk": Way(remove),
    "disable": Way(DISABLE),
    "disable and rename": Way(asked("PATCH", "users/{id}", is_active=False, username="carl")),
    "delete": Way(asked("DELETE", "users/{id}")),
    "leave": Way(leave),
    "let the role end": Way(LEND),
    "let the role begin later": Way(POSTPONE),
    "withdraw a grant": Way(WITHDRAW, is_granted=True),
    "replace a grant by none": Way(EMPTY, is_granted=True),
    "remove a grant in bulk": Way(remove, is_granted=True),
    "let a grant end": Way(LEND, is_granted=True),
    "let a grant begin later": Way(POSTPONE, is_granted=True),
}
#: What would take all of them away, and does not.
SWEEPS = {
    "remove all that can be removed": Way(remove_all),
    "delete the role": Way(asked("DELETE", "roles/admin?withdraw=true")),
}
#: What is typed to take Ada away.
COMMANDS = {
    "flask roles withdraw": ("roles", "withdraw", "ada", "admin"),
    "flask roles grant --until": ("roles", "grant", "ada", "admin", "--until", TOMORROW),
    "flask roles grant --from": ("roles", "grant", "ada", "admin", "--from", TOMORROW),
    "flask roles delete": ("roles", "delete", "admin", "--withdraw"),
    "flask users disable": ("users", "disable", "ada"),
    "flask users delete": ("users", "delete", "ada", "--yes"),
}
#: Who seems to be an administrator, and does not count: what the account is like, and from when to when it is lent.
COMPANY = {
    "disabled": ({"roles": "admin", "is_active": False}, None),
    "without a password": ({"roles": "admin", "stored": "!"}, None),
    "for a while": ({}, (0, this_second() + DAY)),
    "from tomorrow on": ({}, (this_second() + DAY, NEVER)),
}
IN_COMPANY = ["withdraw the role", "remove in bulk", "disable", "delete", "leave", "let the role end"]

ROUNDS, MANY_ROUNDS = 2, 100
#: An access token of this server lives for 30 seconds.
A_WHILE = 50
LONG = {
    "each withdraws the other's role": ("withdraw the role", "withdraw the role"),
    "one disables, one withdraws": ("disable", "withdraw the role"),
    "each disables the other": ("disable", "disable"),
}
BESIDE_THE_TERMINAL = [
    ("flask roles withdraw", "withdraw the role"),
    ("flask roles grant --until", "let a grant end"),
    ("flask users disable", "delete"),
    ("flask users delete", "leave"),
]


def named(rows: list[tuple[str, ...]]) -> dict[str, object]:
    return {"argvalues": rows, "ids": [" + ".join(row) for row in rows]}


@pytest.mark.parametrize("name", WAYS | SWEEPS)
def test_the_last_administrator_does_not_vanish(server, name):
    way = (WAYS | SWEEPS)[name]
    ada = sign_in(server, add(server, "ada", way))
    before = kept(server, User, RoleGrant)

    assert way.act(server, ada, ada) == LAST
    assert kept(server, User, RoleGrant) == before
    assert administrators(server, ada) == [ada]


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_the_last_administrator_does_not_vanish_by_the_terminal(server, words):
    ada = sign_in(server, add(server, "ada"))
    before = kept(server, User, RoleGrant)

    assert said(flask(server, words)) == LAST
    assert kept(server, User, RoleGrant) == before
    assert administrators(server, ada) == [ada]


@pytest.mark.parametrize("name", [*IN_COMPANY, *SWEEPS])
@pytest.mark.parametrize(("over", "window"), COMPANY.values(), ids=COMPANY)
def test_whoever_only_seems_to_be_an_administrator_does_not_count(server, over, window, name):
    ada = sign_in(server, server.add("ada", roles="admin"))
    bea = server.add("bea", **over)
    if window:
        lend(server, bea, *window)

    assert (WAYS | SWEEPS)[name].act(server, ada, ada) == LAST
    assert administrators(server, ada) == [ada]


@pytest.mark.parametrize("name", IN_COMPANY)
def test_whoever_borrows_the_role_cannot_take_it_from_the_last_administrator(server, name):
    ada = sign_in(server, server.add("ada", roles="admin"))
    bea = server.add("bea")
    lend(server, bea, 0, this_second() + DAY)

    assert WAYS[name].act(server, sign_in(server, bea), ada) == LAST
    assert administrators(server, ada) == [ada]


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [({"is_default": True}, 409, "protected_role"), ({"name": "user"}, 422, "validation_error")],
    ids=["is_default", "name"],
)
def test_editing_the_role_is_no_way(server, body, status, error):
    ada = sign_in(server, server.add("ada", roles="admin"))
    answer = server("PATCH", "/api/admin/roles/admin", body, ada.token)

    assert (answer.status, answer.json["error"]) == (status, error)
    assert administrators(server, ada) == [ada]


@pytest.mark.parametrize(("one", "other"), **named([*combinations_with_replacement(WAYS, 2)]))
def test_of_two_administrators_who_vanish_at_the_same_moment_one_is_left(server, one, other):
    for number, (ada, bea) in enumerate(rounds(server, ROUNDS, WAYS[one], WAYS[other])):
        hands = (ada, bea) if number % 2 else (bea, ada)
        outcomes = at_once(
            partial(WAYS[one].act, server, hands[0], ada), partial(WAYS[other].act, server, hands[1], bea)
        )

        # Whoever goes themselves is refused for one reason; who came second may also have lost the right to ask.
        assert sorted(outcomes) == [LAST, DONE] or (sorted(outcomes) == [NO_MORE, DONE] and hands == (bea, ada))
        assert administrators(server, ada, bea) == [(bea, ada)[outcomes.index(DONE)]]


@pytest.mark.parametrize(("one", "other"), LONG.values(), ids=LONG)
def test_of_two_administrators_who_strike_again_and_again_one_is_left(server, one, other):
    for ada, bea in rounds(server, MANY_ROUNDS, WAYS[one], WAYS[other]):
        outcomes = at_once(partial(WAYS[one].act, server, bea, ada), partial(WAYS[other].act, server, ada, bea))

        assert sorted(outcomes) in ([LAST, DONE], [NO_MORE, DONE])
        assert administrators(server, ada, bea) == [(bea, ada)[outcomes.index(DONE)]]


@pytest.mark.parametrize(
    ("sweep", "name"), **named([*product(SWEEPS, WAYS), ("remove all that can be removed",) * 2, (*SWEEPS,)])
)
def test_of_two_administrators_one_is_left_where_all_were_to_go(server, sweep, name):
    way, everyone = (WAYS | SWEEPS)[name], SWEEPS[sweep]
    for ada, bea in rounds(server, ROUNDS, way, way):
        outcomes = at_once(partial(everyone.act, server, ada, ada), partial(way.act, server, bea, ada))

        assert outcomes[0] in (LAST, NO_MORE) and outcomes[1] in (DONE, LAST, NO_MORE)
        assert len(administrators(server, ada, bea)) == 1


@pytest.mark.parametrize(("command", "name"), **named(BESIDE_THE_TERMINAL))
def test_of_an_administrator_and_one_at_the_terminal_one_is_left(server, waiting, command, name):
    for ada, bea in rounds(server, 1, Way(WITHDRAW), WAYS[name]):
        with flask(server, COMMANDS[command], waiting) as typed:
            outcomes = at_once(partial(said, typed), partial(WAYS[name].act, server, bea, bea))

        assert sorted(outcomes) == [LAST, DONE]
        assert administrators(server, ada, bea) == [(bea, ada)[outcomes.index(DONE)]]


def test_of_two_at_the_terminal_one_is_left(server, waiting):
    for ada, bea in rounds(server, 1, Way(WITHDRAW), Way(DISABLE)):
        with (
            flask(server, ("roles", "withdraw", "ada", "admin"), waiting) as one,
            flask(server, ("users", "disable", "bea"), waiting) as other,
        ):
            outcomes = at_once(partial(said, one), partial(said, other))

        assert sorted(outcomes) == [LAST, DONE]
        assert administrators(server, ada, bea) == [(bea, ada)[outcomes.index(DONE)]]


@pytest.mark.parametrize("name", ["withdraw the role", "disable", "leave", "let a grant end"])
def test_the_last_administrator_does_not_vanish_though_many_try_at_once(server, name):
    ada = sign_in(server, add(server, "ada", WAYS[name]))
    outcomes = at_once(*[partial(WAYS[name].act, server, ada, ada)] * 10)

    assert outcomes == [LAST] * 10
    assert administrators(server, ada) == [ada]


@pytest.fixture
def waiting(tmp_path) -> str:
    """An app for `flask` that tells when it is loaded and connected, and then waits for a line."""
    file = tmp_path / "waiting.py"
    file.write_text(
        "import sys\nfrom api import app\napp.test_client().get('/api/ready')\n"
        "print('loaded', flush=True)\nsys.stdin.readline()\n"
    )
    return str(file)


def rounds(server: Server, number: int, *ways: Way) -> Iterator[list[Person]]:
    """Ada and Bea, administrators, signed in; each round begins as the first one did."""
    ids = [add(server, name, way) for name, way in zip(("ada", "bea"), ways, strict=True)]
    for count in range(number):
        if count % A_WHILE == 0:
            people = [sign_in(server, user_id) for user_id in ids]
            rows = kept(server, User, RoleGrant, LoginSession)
        yield people
        restore(server, rows)


def add(server: Server, name: str, way: Way | None = None) -> int:
    """An administrator, standing or by a grant that has begun and does not end."""
    is_granted = way is not None and way.is_granted
    user_id = server.add(name, roles="user" if is_granted else "admin")
    if is_granted:
        lend(server, user_id, 0, NEVER)
    return user_id


def lend(server: Server, user_id: int, starts_at: int, expires_at: int) -> None:
    with server.app.app_context():
        db.session.add(
            RoleGrant(user_id=user_id, role="admin", starts_at=starts_at, expires_at=expires_at, actor="console")
        )
        db.session.get(User, user_id).borrows_until = expires_at
        db.session.commit()


def sign_in(server: Server, user_id: int) -> Person:
    ((name,),) = server.sql("select username from users where id = :id", id=user_id)
    return Person(user_id, server.sign_in(name))


def administrators(server: Server, *people: Person) -> list[Person]:
    """Who of them is let in as an administrator, and not for a while only; the rows say the same."""
    found = [person for person in people if is_let_in(server, person)]
    rows = server.sql(EFFECTIVE, at=this_second(), never=NEVER)
    assert [person.id for person in found] == [row.id for row in rows]
    return found


def is_let_in(server: Server, person: Person) -> bool:
    if server("GET", "/api/admin/roles", token=person.token).status != 200:
        return False
    grants = server("GET", "/api/me", token=person.token).json["user"]["grants"]
    return all(grant["expires_at"] is None for grant in grants)


EFFECTIVE = """
    select id from users where is_active = true and password <> '!' and (roles = 'admin' or id in (
        select user_id from role_grants where role = 'admin' and starts_at <= :at and expires_at = :never
    )) order by id
"""


def kept(server: Server, *models: type[db.Model]) -> dict[type[db.Model], list[dict[str, object]]]:
    with server.app.app_context():
        return {model: [dict(row) for row in _rows(model)] for model in models}


def _rows(model):
    return db.session.execute(select(model.__table__).order_by(model.id)).mappings()


def restore(server: Server, rows: dict[type[db.Model], list[dict[str, object]]]) -> None:
    with server.app.app_context():
        db.session.execute(delete(User))  # What refers to a user goes with them.
        for model, given in rows.items():
            if given:
                db.session.execute(insert(model.__table__), given)
        db.session.commit()


def flask(server: Server, words: tuple[str, ...], app: str = "") -> subprocess.Popen[str]:
    """The program `flask`, on the database of the server; with an app that waits, it is loaded when this returns."""
    given = {
        "APP_ENV": "development",
        "DATABASE_URL": server.app.config["SQLALCHEMY_DATABASE_URI"],
        "SECRET_KEY": os.environ["SECRET_KEY"],
    }
    waiting = {"FLASK_APP": app, "PYTHONPATH": str(ROOT)} if app else {}
    program, pipe = Path(sys.executable).with_name("flask"), subprocess.PIPE
    process = subprocess.Popen(
        [program, *words], cwd=ROOT, env=os.environ | given | waiting, stdin=pipe, stdout=pipe, stderr=pipe, text=True
    )
    assert not app or process.stdout.readline() == "loaded\n"
    return process


def said(process: subprocess.Popen[str]) -> str:
    """Let the program go on, and tell what became of what it was to do."""
    _, complaint = process.communicate("\n", timeout=60)
    if process.returncode == 0:
        return DONE
    is_last = (process.returncode, complaint) == (1, f"Error: {LastAdmin().message}\n")
    return LAST if is_last else f"{process.returncode} {complaint}"
