"""What was recorded before there was a chain is chained by the migrations, and verifies."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import func, inspect, select

from auth import chain
from models import AuditEvent, db

#: As the release before wrote them: what is privileged, with JSON that escapes, and what is not.
PRIVILEGED = [
    {"action": "user.registered", "after": r'{"username": "Ren\u00e9", "roles": ["user"]}', "subject_id": 1},
    {"action": "user.renamed", "before": r'"Ren\u00e9"', "after": r'"\u0410\u043d\u043d\u0430 \ud83d\ude00"'},
    {"action": "role.granted", "before": '["user"]', "after": '["editor", "user"]', "reason": "därum –\u2028 理由"},
    {"action": "user.disabled", "before": "true", "after": "false", "ip": "2001:db8::1", "request_id": "0" * 16},
    {"action": "user.email_changed", "before": "null", "after": r'"\u00e9\u2026@example.com"'},
    {"action": "user.password_changed", "session_id": "a" * 32, "actor": "user", "actor_id": 7},
    {"action": "user.deleted", "before": r'{"username": "\u0430\"\\/", "roles": []}', "reason": ""},
]
OTHERS = [
    {"action": "session.started", "after": '{"via": "access"}'},
    {"action": "session.refused", "actor": "stranger"},
    {"action": "session.ended"},
    {"action": "session.ended_all", "after": '{"because": "revoked", "ended": 2}'},
    {"action": "session.reuse_detected"},
    {"action": "user.password_refused"},
]
#: In turns, and several of each.
RECORDED = [event for pair in zip(PRIVILEGED, [*OTHERS, OTHERS[0]], strict=True) for event in pair]
ABSENT = dict.fromkeys(["actor_id", "subject_id", "session_id", "ip", "request_id", "before", "after", "reason"])
TABLE = AuditEvent.__table__


def test_what_was_recorded_is_chained_and_verifies(recorded):
    recorded.up()

    verdict = verified(recorded)
    assert (verdict.problem, verdict.links) == (None, len(PRIVILEGED))
    assert verdict.hash == links(recorded)[-1].hash


def test_each_link_verifies_by_itself(recorded):
    recorded.up()
    found = links(recorded)

    assert [link.sequence for link in found] == list(range(1, len(PRIVILEGED) + 1))
    assert [link.action for link in found] == [event["action"] for event in PRIVILEGED]
    assert found[0].previous_hash == "0" * 64
    assert all(link.previous_hash == before.hash for before, link in pairwise(found))
    assert [link.hash for link in found] == [own_hash(link) for link in found]


def test_what_changes_no_privilege_stays_outside_and_as_it_was(recorded):
    recorded.up()
    outside = [row for row in rows(recorded) if row.hash is None]

    assert [row.action for row in outside] == [event["action"] for event in RECORDED[1::2]]
    assert {(row.sequence, row.previous_hash) for row in outside} == {(None, None)}
    assert [row.after for row in outside] == [event.get("after") for event in RECORDED[1::2]]


def test_what_was_recorded_is_told_as_before(recorded):
    recorded.up()

    for number, (row, event) in enumerate(zip(rows(recorded), RECORDED, strict=True)):
        told = {"actor": "console"} | ABSENT | event
        assert {name: value_of(row, name) for name in told} == {name: value_in(told, name) for name in told}
        assert row.at == moment(number)


def test_what_is_done_afterwards_goes_on_with_the_chain(recorded):
    recorded.up()
    recorded.client.post("/api/registration", json={"username": "ada", "password": "a new one of mine"})

    assert links(recorded)[-1].previous_hash == links(recorded)[-2].hash
    assert (verified(recorded).problem, verified(recorded).links) == (None, len(PRIVILEGED) + 1)


@pytest.mark.parametrize("place", [1, 4, len(PRIVILEGED)])
def test_an_old_event_that_is_edited_afterwards_is_found(recorded, place):
    recorded.up()
    recorded.execute("UPDATE audit_events SET reason = 'another' WHERE sequence = :place", place=place)

    assert verified(recorded).problem == chain.Problem("changed", place, links(recorded)[place - 1].id)


@pytest.mark.parametrize("revision", ["0005", "0004"])
def test_the_way_down_and_up_makes_the_same_chain(recorded, revision):
    recorded.up()
    before = rows(recorded)
    move(recorded, downgrade, revision)
    with recorded.app.app_context():
        columns = {column["name"] for column in inspect(db.engine).get_columns("audit_events")}
        assert not inspect(db.engine).has_table("audit_chain")
    assert not {"sequence", "previous_hash", "hash"} & columns

    recorded.up()
    assert rows(recorded) == before
    assert verified(recorded).problem is None


def test_what_is_recorded_by_the_older_release_on_the_way_is_chained_too(recorded):
    recorded.up()
    recorded.client.post("/api/registration", json={"username": "ada", "password": "a new one of mine"})
    move(recorded, downgrade, "0004")
    record(recorded, PRIVILEGED[:3])
    recorded.up()

    assert (verified(recorded).problem, verified(recorded).links) == (None, len(PRIVILEGED) + 4)


def test_ids_are_not_used_again_after_the_way_down_and_up(recorded):
    recorded.up()
    last = rows(recorded)[-1].id
    recorded.execute("DELETE FROM audit_events WHERE id = :last", last=last)
    move(recorded, downgrade, "0005")
    recorded.up()
    recorded.client.post("/api/login", json={"username": "ada", "password": "wrong"})

    assert rows(recorded)[-1].id > last


def test_many_events_are_chained(recorded):
    record(recorded, PRIVILEGED * 300)
    recorded.up()

    assert (verified(recorded).problem, verified(recorded).links) == (None, len(PRIVILEGED) * 301)


def test_where_nothing_was_recorded_the_chain_is_empty(empty):
    empty.up()

    assert verified(empty) == chain.Verdict(0, 0, chain.GENESIS)


@pytest.fixture
def recorded(empty):
    """A database as the release before the chain left it, with events in it."""
    move(empty, upgrade, "0004")
    record(empty, RECORDED)
    return empty


def record(database, events):
    """Write events as the release before did."""
    with database.app.app_context(), db.engine.begin() as connection:
        first = connection.scalar(select(func.count(TABLE.c.id)))
        given = [{"actor": "console"} | ABSENT | event | {"at": moment(first + n)} for n, event in enumerate(events)]
        connection.execute(TABLE.insert().inline(), given)


def moment(number):
    """Some have no fraction of a second, and one has all of it."""
    return datetime(2025, 3, 1, 12, tzinfo=UTC) + timedelta(seconds=number, microseconds=(number % 3) * 499_999)


def move(database, way, revision):
    with database.app.app_context():
        way(revision=revision)


def verified(database):
    with database.app.app_context():
        return chain.verify()


def rows(database):
    with database.app.app_context():
        return db.session.execute(select(TABLE).order_by(TABLE.c.id)).all()


def links(database):
    return [row for row in rows(database) if row.hash is not None]


def value_of(row, name):
    return value_in(row._mapping, name)


def value_in(event, name):
    """What a column tells; JSON is what it means."""
    text = event[name]
    return json.loads(text) if name in ("before", "after") and text is not None else text


def own_hash(link):
    """The hash of a link, as docs/audit.md tells to compute it."""
    covered = {name: value_of(link, name) for name in link._mapping if name not in ("id", "hash")}
    covered["at"] = f"{link.at:%Y-%m-%dT%H:%M:%S.%f}Z"
    text = json.dumps(covered, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
