"""Many writers: what they write at the same moment is one chain, and whoever verifies meanwhile finds it unbroken."""

import hashlib
import json
import os
import random
import subprocess
import sys
import time
from collections import defaultdict
from datetime import timedelta
from itertools import cycle, pairwise
from threading import Event

import pytest
from sqlalchemy import select

from auth import audit, chain
from auth.caller import CONSOLE
from models import AuditEvent, User, db, now, role_names
from tests.databases import KIND
from tests.factories import PASSWORD, make_role
from tests.servers.conftest import ROOT, Answer, at_once

PROCESSES = 8
#: SQLite lets one of them write, and the others ask again and again.
EACH = 50 if KIND == "sqlite" else 200
ROUNDS, WRITERS, VERDICTS = 4, 4, 20
ROLES = [f"role-{number}" for number in range(PROCESSES)]
OTHER_PASSWORD = "another lantern"
USERS, VERIFY = "/api/admin/users", "/api/admin/events/verify"


def test_the_changes_of_eight_processes_are_one_chain_and_none_is_lost(server, root):
    plans = plans_for(server)
    acknowledged, verdicts = in_processes(server, plans)
    links = links_of(server)

    assert acknowledged == plans
    assert len(links) == PROCESSES * EACH
    assert_is_one_chain(links)
    assert roles_in(server, links) == roles_by(acknowledged) == roles_told_by(links)
    assert [verdict.problem for verdict in verdicts] == [None] * len(verdicts)
    assert 0 < verdicts[0].links < verdicts[-1].links
    verdict = server("GET", VERIFY, token=root()).json
    assert (verdict["verified"], verdict["events"], verdict["hash"]) == (True, len(links), links[-1].hash)


def test_whatever_is_done_at_once_is_one_chain(server, root):
    for number in range(ROUNDS):
        answers = at_once(*everything(server, root(), number))

        assert {answer.status for answer in answers} <= {200, 201, 204}, answers
    links = links_of(server)
    assert_is_one_chain(links)
    assert {link.action for link in links} == {
        *("user.registered", "user.created", "user.renamed", "user.disabled", "user.enabled", "user.deleted"),
        *("user.password_changed", "role.granted", "role.withdrawn", "role.replaced", "role.lent"),
        *("role.created", "role.deleted", "audit.pruned"),
    }
    assert server("GET", VERIFY, token=root()).json["events"] == len(links)


def test_who_verifies_while_others_write_finds_no_problem(server, root):
    token, done = root(), Event()
    ids = [server.add(f"ada{number}", stored="!") for number in range(WRITERS)]

    def verify():
        verdicts, until = [], time.monotonic() + 30
        try:
            # On a busy computer, as many are given before anybody has written at all.
            while len(verdicts) < VERDICTS or (_events(verdicts[-1]) == 0 and time.monotonic() < until):
                verdicts.append(server("GET", VERIFY, token=token))
            return verdicts + [server("GET", VERIFY, token=token) for _ in range(VERDICTS)]
        finally:
            done.set()

    def write(path):
        methods = cycle(["PUT", "DELETE"])
        return [server(next(methods), path, token=token).status for _ in iter(done.is_set, True)]

    verdicts, *written = at_once(verify, *[lambda id=id: write(f"{USERS}/{id}/roles/role-1") for id in ids])
    found = [_events(answer) for answer in verdicts]
    assert [answer.json["problem"] for answer in verdicts] == [None] * len(verdicts)
    assert found == sorted(found) and found[-1] > found[0]
    assert {status for statuses in written for status in statuses} == {200}
    assert len(links_of(server)) == sum(map(len, written))


def plans_for(server):
    """For each process the changes that it makes: of a user of its own, and of three whom the others change too."""
    everyones = [server.add(f"ida{number}", stored="!") for number in range(3)]
    plans = []
    for number, role in enumerate(ROLES):
        own = server.add(f"ada{number}", stored="!")
        spots = [(own, each) for each in ROLES] + [(each, role) for each in everyones] * 2
        held, plan = set(), []
        for spot in random.Random(number).choices(spots, k=EACH):
            held ^= {spot}
            plan.append([*spot, spot in held])
        plans.append(plan)
    return plans


def in_processes(server, plans):
    """Carry out each plan in a process of its own, and return what each was told, and what was verified meanwhile."""
    processes = [begun(server, plan) for plan in plans]
    try:
        assert [process.stdout.readline() for process in processes] == ['"ready"\n'] * len(plans)
        for process in processes:
            process.stdin.write("\n")
            process.stdin.flush()
        first, verdicts = [], []
        for line in processes[0].stdout:
            first.append(line)
            if len(first) % (EACH // VERDICTS) == 0:
                verdicts.append(verdict_of(server))
        said = [process.communicate(timeout=60) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.communicate()
    assert [error for _, error in said] == [""] * len(plans)
    lines = [first, *[told.splitlines() for told, _ in said[1:]]]
    return [[json.loads(line) for line in told] for told in lines], verdicts


def verdict_of(server):
    with server.app.app_context():
        return chain.verify()


def begun(server, plan):
    """A process that knows its plan."""
    given = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "APP_ENV": "development",
        "SECRET_KEY": os.environ["SECRET_KEY"],
        "DATABASE_URL": server.app.config["SQLALCHEMY_DATABASE_URI"],
    }
    pipes = dict.fromkeys(["stdin", "stdout", "stderr"], subprocess.PIPE)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.servers.role_changes"], cwd=ROOT, env=given, text=True, **pipes
    )
    process.stdin.write(json.dumps(plan) + "\n")
    process.stdin.flush()
    return process


def everything(server, token, number):
    """What makes a link, as calls, and what goes along with it."""
    ada, bea, ida, eve, old, leaving, gone = [server.add(f"{name}{number}", roles="role-0,user") for name in NAMES]
    shut = server.add(f"shut{number}", is_active=False)
    tokens = {name: server.sign_in(f"{name}{number}") for name in ("eve", "leaving", "ida", "gone")}
    assert server("POST", "/api/admin/roles", {"name": f"old-{number}"}, token=token).status == 201
    until = (now() + timedelta(hours=1)).isoformat()

    def asks(method, path, body=None, token=token):
        return lambda: server(method, path, body, token=token)

    return [
        asks("POST", "/api/registration", {"username": f"new{number}", "password": PASSWORD}),
        asks("POST", USERS, {"username": f"made{number}", "password": PASSWORD, "roles": ["role-1"]}),
        asks("PUT", f"{USERS}/{ada}/roles/role-1"),
        asks("DELETE", f"{USERS}/{ada}/roles/role-0"),
        asks("PUT", f"{USERS}/{bea}/roles", {"roles": ["role-2", "user"]}),
        asks("PUT", f"{USERS}/{ada}/roles/role-3", {"expires_at": until}),
        asks("PATCH", f"{USERS}/{bea}", {"username": f"béa{number}"}),
        asks("PATCH", f"{USERS}/{ida}", {"is_active": False}),
        asks("PATCH", f"{USERS}/{shut}", {"is_active": True}),
        asks("POST", "/api/admin/roles/role-4/users", {"add": [gone, ida, ada, leaving, bea], "partial": True}),
        asks("POST", "/api/admin/roles/role-5/users", {"add": [old, bea, ada], "remove": [ida, eve]}),
        asks("PUT", "/api/me/password", {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}, tokens["eve"]),
        asks("DELETE", "/api/me", {"password": PASSWORD}, tokens["leaving"]),
        asks("DELETE", f"{USERS}/{gone}"),
        asks("POST", "/api/admin/roles", {"name": f"new-{number}"}),
        asks("DELETE", f"/api/admin/roles/old-{number}?withdraw=true"),
        lambda: server.login(f"ada{number}"),
        lambda: pruned(server),
    ]


NAMES = ("ada", "bea", "ida", "eve", "old", "leaving", "gone")


def pruned(server):
    """What the terminal does."""
    with server.app.app_context():
        audit.prune(now(), CONSOLE)
        db.session.commit()
    return Answer(204, None, {})


def links_of(server):
    """The links, as they follow each other."""
    events = AuditEvent.__table__
    with server.app.app_context():
        return db.session.execute(select(events).where(events.c.hash.is_not(None)).order_by(events.c.id)).all()


def assert_is_one_chain(links):
    """Check what a chain is, without the code that makes it."""
    assert [link.sequence for link in links] == list(range(1, len(links) + 1))
    assert links[0].previous_hash == "0" * 64
    assert all(link.previous_hash == before.hash for before, link in pairwise(links))
    assert all(link.hash == own_hash(link) for link in links)


COVERED = (
    *("action", "actor", "actor_id", "at", "after", "before", "ip", "previous_hash", "reason", "request_id"),
    *("sequence", "session_id", "subject_id"),
)


def own_hash(link):
    covered = {name: getattr(link, name) for name in COVERED} | {"at": f"{link.at:%Y-%m-%dT%H:%M:%S.%f}Z"}
    covered |= {name: covered[name] and json.loads(covered[name]) for name in ("before", "after")}
    text = json.dumps(covered, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def roles_in(server, links):
    """Who has which roles, of those whom these links are about."""
    subjects = {link.subject_id for link in links}
    with server.app.app_context():
        rows = db.session.execute(select(User.id, User.roles).where(User.id.in_(subjects)))
        return {row.id: role_names(row.roles) for row in rows}


def roles_by(acknowledged):
    """The same, by what the processes were told; a role of a user is changed by one of them alone."""
    held = defaultdict(lambda: {"user"})
    for user_id, role, is_given in (change for plan in acknowledged for change in plan):
        (held[user_id].add if is_given else held[user_id].discard)(role)
    return {user_id: sorted(roles) for user_id, roles in held.items()}


def roles_told_by(links):
    """The same, by the links; each begins where the one before it left off."""
    held = defaultdict(lambda: ["user"])
    for link in links:
        assert json.loads(link.before) == held[link.subject_id]
        held[link.subject_id] = json.loads(link.after)
    return held


@pytest.fixture
def root(server):
    """Sign in as an administrator; the roles are gone in the end."""
    server.add("root", roles="admin")
    with server.app.app_context():
        for role in ROLES:
            make_role(role)
    yield lambda: server.sign_in("root")
    server.sql("delete from role_grants")
    server.sql("delete from roles where is_protected = false")


def _events(verdict):
    """How many links fit."""
    return verdict.json["events"]
