"""The trail: what each act leaves in it, how administrators read it and take it away, and which edits are found."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from auth import audit, totp
from auth.actions import OUTSIDE, Action
from auth.chain import GENESIS
from models import AuditChain, AuditEvent, User, db, now, this_second
from tests.endpoints.shape import assert_refused
from tests.factories import PASSWORD, bearer, make_role, sign_in

EVENTS, VERIFY, USERS, ROLES = "/api/admin/events", "/api/admin/events/verify", "/api/admin/users", "/api/admin/roles"
NDJSON = "application/x-ndjson"
WHY = 'därum – \u2028 "理由" 😀'
LATER, LATEST = "2126-01-01T00:00:00Z", "2126-02-01T00:00:00Z"


# Who may read it, and what they find


@pytest.mark.parametrize("headers", [{}, {"Accept": NDJSON}], ids=["json", "ndjson"])
@pytest.mark.parametrize("path", [EVENTS, VERIFY])
def test_only_administrators_read_the_trail(client, ada, path, headers):
    assert_refused(client.get(path, headers=headers), 401, "missing_token")
    told = assert_refused(client.get(path, headers=ada.headers | headers), 403, "missing_role")

    assert told["required"] == ["admin"]


def test_an_event_has_all_that_its_hash_covers(found, history):
    for event in found():
        assert event.keys() == {
            *("id", "at", "action", "actor", "actor_id", "subject_id", "session_id", "ip", "request_id"),
            *("before", "after", "reason", "sequence", "previous_hash", "hash"),
        }
        assert event["hash"] == (own_hash(event) if event["sequence"] else None)


FILTERS = {
    "none": ("", "refused renamed withdrawn granted started started"),
    "action": ("action=role.granted", "granted"),
    "action, of which there is none": ("action=user.deleted", ""),
    "actor, a user": ("actor={ada}", "renamed started"),
    "actor, a user whom nobody knows": (f"actor={2**53}", ""),
    "actor, the console": ("actor=console", "withdrawn"),
    "actor, strangers": ("actor=stranger", "refused"),
    "actor, all users": ("actor=user", "renamed granted started started"),
    "subject": ("subject={ada}", "renamed withdrawn granted started"),
    "subject whom nobody knows": (f"subject={2**31}", ""),
    "since": ("since={second}", "refused renamed withdrawn"),
    "since, elsewhere": ("since={elsewhere}", "refused renamed withdrawn"),
    "since, with a plus that was not escaped": ("since={unescaped}", "refused renamed withdrawn"),
    "until": ("until={second}", "granted started started"),
    "since and until": ("since={first}&until={third}", "withdrawn granted"),
    "since and until the same": ("since={second}&until={second}", ""),
    "since after until": ("since={third}&until={first}", ""),
    "action and subject": ("action=session.started&subject={root}", "started"),
    "actor and subject": ("actor={root}&subject={ada}", "granted"),
    "actor and since": ("actor=user&since={second}", "renamed"),
    "subject and until": ("subject={ada}&until={second}", "granted started"),
    "all": ("action=role.withdrawn&actor=console&subject={ada}&since={second}&until={third}", "withdrawn"),
    "all, but another actor": ("action=role.withdrawn&actor={root}&subject={ada}&since={second}&until={third}", ""),
}


@pytest.mark.parametrize(("query", "actions"), FILTERS.values(), ids=FILTERS)
def test_a_filter_finds_what_it_says_and_nothing_else(found, history, query, actions):
    assert [event["action"].partition(".")[2] for event in found(query.format(**history))] == actions.split()


@pytest.mark.parametrize(("query", "actions"), FILTERS.values(), ids=FILTERS)
def test_an_export_is_what_is_found_oldest_first(found, exported, history, query, actions):
    query = query.format(**history)

    assert [json.loads(line) for line in exported(query)] == found(query)[::-1]


ODD = [
    *[("action", value) for value in ("role.eaten", "ROLE.GRANTED", "role.granted,role.lent", "")],
    *[("actor", value) for value in ("martian", "Console", "", "0", "-1", "1.5", str(2**53 + 1), "9" * 5000, "%00")],
    *[("subject", value) for value in ("ada", "", "0", "-1", "1.5", str(2**53 + 1), "console")],
    *[(name, value) for name in ("since", "until") for value in ("yesterday", "", "2026-03-01", "1700000000", "%00")],
    *[(name, value) for name in ("since", "until") for value in ("2026-03-01T12:00:00", "2026-02-30T12:00:00Z")],
    *[("limit", value) for value in ("0", "101", "-1", "ten", "")],
    *[("cursor", value) for value in ("0", "-1", "x", "", str(2**53 + 1))],
    *[("colour", "red"), ("sequence", "1")],
]


@pytest.mark.parametrize(("name", "value"), ODD, ids=lambda text: text[:24] or "empty")
def test_an_odd_value_is_refused_by_its_name(client, root, name, value):
    told = assert_refused(client.get(f"{EVENTS}?{name}={value}", headers=root.headers), 422, "validation_error")

    assert list(told["fields"]) == [name]


@pytest.mark.parametrize("query", ["since=2026-03-01", "since=x", "since=1700000000", "limit=3", "until=" + LATER])
def test_verifying_takes_a_moment_and_nothing_else(client, root, query):
    told = assert_refused(client.get(f"{VERIFY}?{query}", headers=root.headers), 422, "validation_error")

    assert list(told["fields"]) == [query.partition("=")[0]]


ENDS_OF_TIME = {
    "the first moment, in the east": "0001-01-01T00:00:00%2B14:00",
    "the first moment": "0001-01-01T00:00:00Z",
    "the last moment": "9999-12-31T23:59:59.999999Z",
    "the last moment, in the west": "9999-12-31T23:59:59-14:00",
}


@pytest.mark.parametrize("at", ENDS_OF_TIME.values(), ids=ENDS_OF_TIME)
@pytest.mark.parametrize("query", [f"{EVENTS}?since=", f"{EVENTS}?until=", f"{VERIFY}?since="])
def test_the_ends_of_time_are_no_failure(client, root, query, at):
    assert client.get(query + at, headers=root.headers).status_code in (200, 422)


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
@pytest.mark.parametrize("query", ["", "&action=session.refused"], ids=["all", "filtered"])
def test_no_event_is_lost_or_told_twice_while_others_write(client, root, found, query, limit):
    for _ in range(5):
        refused_sign_in(client)
    known, seen, cursor = [event["id"] for event in found(query)], [], ""
    while cursor is not None:
        page = client.get(f"{EVENTS}?limit={limit}{query}{cursor}", headers=root.headers).json
        seen += [event["id"] for event in page["events"]]
        refused_sign_in(client)
        cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"

    assert seen == known == sorted(known, reverse=True)


def test_a_page_has_twenty_five_events_where_nothing_is_said(app, client, root):
    fill(app, 30)
    page = client.get(EVENTS, headers=root.headers).json

    assert len(page["events"]) == 25 and page["next_cursor"] == page["events"][-1]["id"]


# Taking it away


ACCEPTED = {
    "nothing": (None, "application/json"),
    "anything": ("*/*", "application/json"),
    "JSON": ("application/json", "application/json"),
    "JSON, or lines": ("application/json, application/x-ndjson", "application/json"),
    "JSON rather than lines": ("application/x-ndjson;q=0.5, application/json", "application/json"),
    "a page": ("text/html,application/xhtml+xml,*/*;q=0.8", "application/json"),
    "a page alone": ("text/html", "application/json"),
    "lines": (NDJSON, NDJSON),
    "lines in capitals": (NDJSON.upper(), NDJSON),
    "lines rather than JSON": ("application/x-ndjson, application/json;q=0.5", NDJSON),
    "lines, or anything": ("application/x-ndjson, */*;q=0.1", NDJSON),
}


@pytest.mark.parametrize(("accept", "given"), ACCEPTED.values(), ids=ACCEPTED)
def test_lines_are_for_whoever_asks_for_them(client, root, accept, given):
    headers = root.headers | ({"Accept": accept} if accept else {})

    assert client.get(EVENTS, headers=headers).mimetype == given


def test_every_link_of_an_export_verifies_by_itself(client, root, ada, exported):
    client.patch(f"{USERS}/{ada.id}", json={"username": "Анна", "reason": WHY}, headers=root.headers)
    client.post(ROLES, json={"name": "reader", "description": WHY}, headers=root.headers)
    client.put(f"{USERS}/{ada.id}/roles/reader", json={"expires_at": LATEST}, headers=root.headers)
    links = [json.loads(line) for line in exported() if json.loads(line)["sequence"]]

    assert [link["sequence"] for link in links] == [1, 2, 3]
    assert [link["hash"] for link in links] == [own_hash(link) for link in links]
    assert [link["previous_hash"] for link in links] == [GENESIS, *[link["hash"] for link in links[:2]]]
    assert links[0]["reason"] == links[1]["after"]["description"] == WHY


def test_a_line_is_canonical_json(client, root, ada, exported):
    client.patch(f"{USERS}/{ada.id}", json={"username": "Анна", "reason": WHY}, headers=root.headers)

    for line in exported():
        assert line == canonical(json.loads(line))
    assert "Анна" in line


def test_an_export_is_a_file_and_has_no_pages(app, client, root, exported, monkeypatch):
    monkeypatch.setattr(audit, "BATCH", 10)
    fill(app, 130)
    response = client.get(f"{EVENTS}?limit=1", headers=root.headers | {"Accept": NDJSON})

    assert response.headers["Content-Disposition"] == "attachment; filename=events.ndjson"
    ids = [json.loads(line)["id"] for line in lines_of(response)]
    assert len(ids) == 131 and ids == sorted(set(ids))


def test_an_export_of_nothing_is_empty(exported):
    assert exported("action=user.deleted") == []


def test_an_odd_value_is_refused_to_an_export_too(client, root):
    assert_refused(client.get(f"{EVENTS}?actor=0", headers=root.headers | {"Accept": NDJSON}), 422, "validation_error")


# Verifying it


def test_an_empty_chain_is_verified(verdict):
    assert verdict() == {"verified": True, "events": 0, "sequence": 0, "hash": GENESIS, "problem": None}


def test_a_chain_is_verified_with_the_hash_of_its_last_link(verdict, found, chain):
    last = found("limit=1&action=role.granted")[0]

    assert verdict() == {"verified": True, "events": 5, "sequence": 5, "hash": last["hash"], "problem": None}


def test_a_chain_of_many_links_is_verified_and_one_that_was_removed_is_named(app, client, root, ada, verdict):
    with app.app_context():
        people = [{"username": f"u{n}", "username_key": f"u{n}", "password": "!", "roles": ""} for n in range(2100)]
        db.session.execute(insert(User), people)
        ids = list(db.session.scalars(select(User.id).where(User.password == "!")))
        db.session.commit()
    client.post(f"{ROLES}/editor/users", json={"add": ids}, headers=root.headers)
    assert (verdict()["verified"], verdict()["events"]) == (True, 2100)

    tampered(app, delete(AuditEvent).where(AuditEvent.sequence == 1500))
    assert verdict()["problem"] == {"kind": "removed", "sequence": 1500, "event_id": None}
    assert verdict()["events"] == 1499


#: What link 3 is made to say, which says that Ada, who had `user`, got `editor`.
EDITS = {
    "what is after": {"after": '["admin","user"]'},
    "what is after, with a blank": {"after": '["editor", "user"]'},
    "what is after, escaped": {"after": r'["\u0065ditor","user"]'},
    "what is after, no JSON": {"after": '["editor","user"'},
    "what is after, empty": {"after": ""},
    "what is after, none": {"after": None},
    "what is before": {"before": '["admin"]'},
    "what is before, with a line's end": {"before": '["user"]\n'},
    "the reason": {"reason": "another"},
    "the reason, none": {"reason": None},
    "the reason, decomposed": {"reason": WHY.replace("ä", "a\u0308")},
    "the actor": {"actor": "console"},
    "the id of the actor": {"actor_id": 999_999},
    "the id of the actor, none": {"actor_id": None},
    "the subject": {"subject_id": 999_999},
    "the moment": {"at": datetime(2020, 1, 1, tzinfo=UTC)},
    "the address": {"ip": "192.0.2.1"},
    "the address, none": {"ip": None},
    "the session": {"session_id": "0" * 32},
    "the request": {"request_id": "0" * 16},
    "the action": {"action": "role.withdrawn"},
    "the action, in capitals": {"action": "ROLE.GRANTED"},
    "the action, to one outside the chain": {"action": "session.started"},
    "the action, to one that there is not": {"action": "role.eaten"},
    "the hash": {"hash": "f" * 64},
    "the hash, in capitals": {"hash": "F" * 64},
    "the hash, none": {"hash": None},
    "the previous hash": {"previous_hash": GENESIS},
    "the previous hash, none": {"previous_hash": None},
}


@pytest.mark.parametrize("columns", EDITS.values(), ids=EDITS)
def test_a_link_that_was_edited_is_named(verdict, chain, columns):
    chain.edit(3, **columns)

    assert verdict() == {
        "verified": False,
        "events": 2,
        "sequence": 2,
        "hash": chain.row(2).hash,
        "problem": {"kind": "changed", "sequence": 3, "event_id": chain.ids[2]},
    }


#: What was done to the five links; the kind of problem, its place, and which event it is: a link, or the new one.
TAMPERINGS = {
    "a link in the middle removed": (lambda chain: chain.remove(3), "removed", 3, None),
    "the first link removed": (lambda chain: chain.remove(1), "removed", 1, None),
    "the last link removed": (lambda chain: chain.remove(5), "removed", 5, None),
    "two links removed": (lambda chain: chain.remove(2, 4), "removed", 2, None),
    "the last two links removed": (lambda chain: chain.remove(4, 5), "removed", 4, None),
    "all links removed": (lambda chain: chain.remove(1, 2, 3, 4, 5), "removed", 1, None),
    "ids swapped": (lambda chain: chain.swap("id", 2, 4), "moved", 2, 4),
    "ids of neighbours swapped": (lambda chain: chain.swap("id", 2, 3), "moved", 2, 3),
    "sequences swapped": (lambda chain: chain.swap("sequence", 2, 4), "moved", 2, 4),
    "contents swapped": (lambda chain: chain.swap_contents(2, 5), "changed", 2, 2),
    "contents and hashes swapped": (lambda chain: chain.swap_contents(2, 5, "hash", "previous_hash"), "changed", 2, 2),
    "a link moved to the end": (lambda chain: chain.move(2), "moved", 2, "new"),
    "a copy without a sequence": (lambda chain: chain.copy(3, sequence=None), "inserted", None, "new"),
    "a copy without sequence or hash": (
        lambda chain: chain.copy(3, sequence=None, hash=None, previous_hash=None),
        *("inserted", None, "new"),
    ),
    "a made-up action": (lambda chain: chain.make_up(action="role.granted"), "inserted", None, "new"),
    "a made-up action that there is not": (lambda chain: chain.make_up(action="role.eaten"), "inserted", None, "new"),
    "a made-up sign-in with a hash": (
        lambda chain: chain.make_up(action="session.started", hash="f" * 64),
        *("inserted", None, "new"),
    ),
    "a made-up action before all others": (
        lambda chain: chain.make_up(action="role.granted", id=-1),
        *("inserted", None, "new"),
    ),
    "a copy with the next sequence and a good hash": (lambda chain: chain.forge_next(), "inserted", 6, "new"),
    "a copy with a far sequence": (lambda chain: chain.copy(3, sequence=2**40), "inserted", 2**40, "new"),
    "a copy with the sequence 0": (lambda chain: chain.copy(3, sequence=0), "inserted", 0, "new"),
    "a copy with a sequence below 0": (lambda chain: chain.copy(3, sequence=-1), "inserted", -1, "new"),
    "a sequence taken away": (lambda chain: chain.edit(3, sequence=None), "inserted", None, 3),
    "a link made a sign-in": (
        lambda chain: chain.edit(3, action="session.started", sequence=None, previous_hash=None, hash=None),
        *("removed", 3, None),
    ),
    "a link made a sign-in, but for its hash": (
        lambda chain: chain.edit(3, action="session.started", sequence=None),
        *("inserted", None, 3),
    ),
    "a link rewritten with its hash": (lambda chain: chain.rewrite(3), "changed", 4, 4),
    "the last link rewritten with its hash": (lambda chain: chain.rewrite(5), "changed", 5, 5),
    "all rewritten from a link on": (lambda chain: chain.rewrite(3, 4, 5), "changed", 5, 5),
    "another hash at the end": (lambda chain: chain.end(hash="f" * 64), "changed", 5, 5),
    "an end further on": (lambda chain: chain.end(sequence=6), "removed", 6, None),
    "an end further back": (lambda chain: chain.end(sequence=4), "inserted", 5, 5),
    "the end at the link before": (lambda chain: chain.end(sequence=4, hash=chain.row(4).hash), "inserted", 5, 5),
    "the end as it was in the beginning": (lambda chain: chain.end(sequence=0, hash=GENESIS), "inserted", 1, 1),
    "no end": (lambda chain: chain.run(delete(AuditChain)), "inserted", 1, 1),
}


@pytest.mark.parametrize(("tamper", "kind", "sequence", "event"), TAMPERINGS.values(), ids=TAMPERINGS)
def test_whatever_was_done_to_the_chain_is_found_and_named(verdict, chain, tamper, kind, sequence, event):
    tamper(chain)
    found = verdict()

    assert found["verified"] is False
    assert found["problem"] == {"kind": kind, "sequence": sequence, "event_id": chain.id_of(event)}


def test_an_end_that_is_not_that_of_an_empty_chain_is_found(verdict, chain):
    chain.run(delete(AuditEvent))

    assert verdict()["problem"] == {"kind": "removed", "sequence": 1, "event_id": None}
    chain.end(sequence=0, hash="f" * 64)
    assert verdict()["problem"] == {"kind": "changed", "sequence": 0, "event_id": None}


@pytest.mark.parametrize("is_all", [False, True], ids=["one", "all"])
def test_what_is_outside_the_chain_may_go(app, verdict, chain, is_all):
    outside = delete(AuditEvent).where(AuditEvent.sequence.is_(None))
    tampered(app, outside if is_all else outside.where(AuditEvent.id == chain.ids[0] - 1))

    assert (verdict()["verified"], verdict()["events"]) == (True, 5)


@pytest.mark.parametrize(("place", "events"), [(1, 5), (3, 3), (5, 1)])
def test_verifying_since_a_moment_looks_at_what_is_not_older(verdict, chain, place, events):
    found = verdict(f"since={chain.at(place)}")

    assert (found["verified"], found["events"], found["sequence"], found["hash"]) == (
        True,
        events,
        5,
        chain.row(5).hash,
    )


def test_what_is_older_than_the_moment_is_believed(verdict, chain):
    chain.remove(1)
    chain.edit(2, reason="another")

    assert (verdict()["verified"], verdict(f"since={chain.at(3)}")["verified"]) == (False, True)


#: Those that are not of the two links before the moment, by number or by id.
OF_LATE = {
    name: case
    for name, case in TAMPERINGS.items()
    if case[2] not in (1, 2) and name != "a made-up action before all others"
}


@pytest.mark.parametrize(("tamper", "kind", "sequence", "event"), OF_LATE.values(), ids=OF_LATE)
def test_what_was_done_after_the_moment_is_found(verdict, chain, tamper, kind, sequence, event):
    since = chain.at(3)
    tamper(chain)

    assert verdict(f"since={since}")["problem"] == {
        "kind": kind,
        "sequence": sequence,
        "event_id": chain.id_of(event),
    }


@pytest.mark.parametrize("name", sorted(EDITS.keys() - {"the moment"}))
def test_the_first_link_that_is_not_older_is_looked_at(verdict, chain, name):
    since = chain.at(3)
    chain.edit(3, **EDITS[name])

    assert verdict(f"since={since}")["problem"] == {"kind": "changed", "sequence": 3, "event_id": chain.ids[2]}


@pytest.mark.parametrize("place", [4, 5])
def test_a_link_that_was_dated_back_hides_nothing(verdict, chain, place):
    since = chain.at(3)
    chain.edit(place, at=datetime(2020, 1, 1, tzinfo=UTC))

    assert verdict(f"since={since}")["problem"] == {
        "kind": "changed",
        "sequence": place,
        "event_id": chain.ids[place - 1],
    }


def test_a_clock_that_was_set_back_hides_nothing(client, root, ada, verdict, chain, clock):
    since = chain.at(4)
    clock.shift(-20)
    client.delete(f"{USERS}/{ada.id}/roles/editor", headers=root.headers)
    assert verdict(f"since={since}")["events"] == 3
    chain.edit(5, reason="another")

    assert verdict(f"since={since}")["problem"] == {"kind": "changed", "sequence": 5, "event_id": chain.ids[4]}


def test_since_a_moment_to_come_the_end_is_still_looked_at(verdict, chain):
    assert verdict(f"since={LATER}") == {
        "verified": True,
        "events": 0,
        "sequence": 5,
        "hash": chain.row(5).hash,
        "problem": None,
    }
    chain.remove(5)
    assert verdict(f"since={LATER}")["problem"] == {"kind": "removed", "sequence": 5, "event_id": None}


def test_a_trail_that_was_tampered_with_can_still_be_read(found, exported, chain):
    chain.edit(3, after="[")

    assert len(exported()) == len(found()) > 5


# What each act leaves


@dataclass(frozen=True)
class Act:
    """What is done, by whom and to whom, and what is told of it."""

    do: Callable[..., Any]
    by: str
    to: str | None
    before: Any = None
    after: Any = None
    reason: str | None = None


OTHER = "another lantern"
EDITOR = {"name": "editor", "description": "", "is_default": False, "requires_factor": False}
WRITER = {"name": "writer", "description": "Writes", "is_default": True, "requires_factor": False}
ACTS = {
    Action.REGISTERED: Act(
        lambda on: on.post("/api/registration", username="eve", password=PASSWORD),
        *("eve", "eve"),
        after={"username": "eve", "roles": ["user"]},
    ),
    Action.CREATED: Act(
        lambda on: on.post(USERS, "root", username="eve", password=PASSWORD, roles=["editor"], reason=WHY),
        *("root", "eve", None, {"username": "eve", "roles": ["editor", "user"]}, WHY),
    ),
    Action.RENAMED: Act(
        lambda on: on.patch(on.ada, "root", username="grace", reason=WHY), "root", "ada", "ada", "grace", WHY
    ),
    Action.ADDRESS_CHANGED: Act(
        lambda on: on.patch(on.ada, "root", email="hopper@navy.example", reason=WHY),
        *("root", "ada", "a…@example.com", "h…@navy.example", WHY),
    ),
    Action.EMAIL_CONFIRMED: Act(
        lambda on: on.patch(on.ada, "root", email_confirmed=True, reason=WHY), "root", "ada", reason=WHY
    ),
    Action.ADDRESS_CHANGE_ASKED: Act(
        lambda on: on.put("/api/me/email", "ada", email="hopper@navy.example", password=PASSWORD), "ada", "ada"
    ),
    Action.TICKET_ASKED: Act(
        lambda on: on.letter("/api/reset", email="ada@example.com"), "stranger", "ada", after={"letter": "reset"}
    ),
    Action.DISABLED: Act(
        lambda on: on.patch(on.ada, "root", is_active=False, reason=WHY), "root", "ada", True, False, WHY
    ),
    Action.ENABLED: Act(
        lambda on: on.patch(on.ada, "root", is_active=False) and on.patch(on.ada, "root", is_active=True, reason=WHY),
        *("root", "ada", False, True, WHY),
    ),
    Action.DELETED: Act(
        lambda on: on.delete(on.ada, "root", reason=WHY),
        *("root", "ada", {"username": "ada", "roles": ["user"]}, None, WHY),
    ),
    Action.PASSWORD_CHANGED: Act(
        lambda on: on.put("/api/me/password", "ada", current_password=PASSWORD, new_password=OTHER), "ada", "ada"
    ),
    Action.PASSWORD_RESET: Act(lambda on: on.post("/api/reset_finalize", on.code(), password=OTHER), "ada", "ada"),
    Action.PASSWORD_REFUSED: Act(lambda on: on.delete("/api/me", "ada", password="wrong"), "ada", "ada"),
    Action.FACTOR_ADDED: Act(lambda on: on.factor(), "ada", "ada", [], ["totp"]),
    Action.FACTOR_REMOVED: Act(
        lambda on: on.factor() and on.delete("/api/me/factors/totp", "ada"), "ada", "ada", ["totp"], []
    ),
    Action.FACTORS_TAKEN: Act(
        lambda on: on.factor() and on.delete(f"{on.ada}/factors", "root", reason=WHY),
        *("root", "ada", ["totp"], [], WHY),
    ),
    Action.FACTOR_REFUSED: Act(
        lambda on: on.post("/api/me/reauthenticate", "ada", code="12"), "ada", "ada", None, {"because": "wrong_code"}
    ),
    Action.RECOVERY_CODES_MADE: Act(
        lambda on: on.factor() and on.post("/api/me/factors/recovery-codes", "ada"), "ada", "ada"
    ),
    Action.RECOVERY_CODE_USED: Act(lambda on: on.recover(), "ada", "ada"),
    Action.REAUTHENTICATED: Act(
        lambda on: on.post("/api/me/reauthenticate", "ada", password=PASSWORD), "ada", "ada", None, {"by": "password"}
    ),
    Action.RECOVERY_ISSUED: Act(lambda on: on.run("users", "recover-admin", "ada"), "console", "ada"),
    Action.ROLE_GRANTED: Act(
        lambda on: on.put(f"{on.ada}/roles/editor", "root", reason=WHY),
        *("root", "ada", ["user"], ["editor", "user"], WHY),
    ),
    Action.ROLE_LENT: Act(
        lambda on: on.put(f"{on.ada}/roles/editor", "root", starts_at=LATER, expires_at=LATEST, reason=WHY),
        *("root", "ada", ["user"], ["user", {"role": "editor", "starts_at": LATER, "expires_at": LATEST}], WHY),
    ),
    Action.ROLE_WITHDRAWN: Act(
        lambda on: on.delete(f"{on.ada}/roles/user", "root", reason=WHY), "root", "ada", ["user"], [], WHY
    ),
    Action.ROLES_REPLACED: Act(
        lambda on: on.put(f"{on.ada}/roles", "root", roles=["editor"], reason=WHY),
        *("root", "ada", ["user"], ["editor"], WHY),
    ),
    Action.ROLE_CREATED: Act(
        lambda on: on.post(ROLES, "root", name="writer", description="Writes", is_default=True, reason=WHY),
        *("root", None, None, WRITER, WHY),
    ),
    Action.ROLE_EDITED: Act(
        lambda on: on.patch(f"{ROLES}/editor", "root", description=WHY, reason=WHY),
        *("root", None, EDITOR, EDITOR | {"description": WHY}, WHY),
    ),
    Action.ROLE_DELETED: Act(
        lambda on: on.delete(f"{ROLES}/editor", "root", reason=WHY), "root", None, EDITOR, None, WHY
    ),
    Action.SIGNED_IN: Act(
        lambda on: on.post("/api/login", username="ada", password=PASSWORD), "ada", "ada", None, {"via": "access"}
    ),
    Action.SIGN_IN_REFUSED: Act(lambda on: on.post("/api/login", username="ada", password="wrong"), "stranger", "ada"),
    Action.SIGNED_OUT: Act(lambda on: on.post("/api/logout", "ada"), "ada", "ada"),
    Action.ALL_SIGNED_OUT: Act(
        lambda on: on.delete(f"{on.ada}/sessions", "root"),
        *("root", "ada", None, {"because": "revoked_by_admin", "ended": 1}),
    ),
    Action.REUSE_DETECTED: Act(lambda on: on.reuse(), "stranger", "ada"),
    Action.PRUNED: Act(
        lambda on: on.run("audit", "prune", "--before", "2020-01-01"),
        *("console", None, None, {"before": "2020-01-01T00:00:00.000000Z", "removed": 0}),
    ),
}


def test_every_action_of_the_list_is_tried_here():
    assert set(ACTS) == set(Action)


@pytest.mark.parametrize(("action", "act"), ACTS.items(), ids=ACTS)
def test_an_act_is_on_record_with_all_that_is_known_of_it(house, found, action, act):
    response = act.do(house)
    event, *older = found(f"action={action}")

    assert event["actor"] == (act.by if act.by in ("console", "stranger") else "user")
    assert (event["actor_id"], event["subject_id"]) == (house.id_of(act.by), house.id_of(act.to))
    assert (event["before"], event["after"], event["reason"]) == (act.before, act.after, act.reason)
    assert event["ip"] == (None if act.by == "console" else "127.0.0.1")
    assert event["request_id"] == (None if act.by == "console" else response.headers["X-Request-ID"])
    assert (event["hash"] is None) == (event["sequence"] is None) == (action in OUTSIDE)


@pytest.mark.parametrize(("action", "act"), ACTS.items(), ids=ACTS)
def test_the_chain_holds_after_every_act(house, verdict, action, act):
    before = verdict()["events"]
    act.do(house)

    assert verdict()["verified"] is True
    assert action in OUTSIDE or verdict()["events"] > before


def test_an_event_tells_the_session_of_whoever_acted(client, root, ada, found):
    client.put(f"{USERS}/{ada.id}/roles/editor", headers=root.headers)
    (session,) = client.get("/api/me/sessions", headers=root.headers).json["sessions"]

    assert found("action=role.granted")[0]["session_id"] == session["id"]


def test_of_many_who_get_a_role_at_once_each_has_a_link(client, root, ada, as_user, found):
    bea = as_user("bea", roles="editor,user")
    response = client.post(f"{ROLES}/editor/users", json={"add": [ada.id], "remove": [bea.id]}, headers=root.headers)
    links = found("limit=2")

    assert [(link["action"], link["subject_id"]) for link in links] == [
        ("role.withdrawn", bea.id),
        ("role.granted", ada.id),
    ]
    assert {link["request_id"] for link in links} == {response.headers["X-Request-ID"]}


@pytest.mark.parametrize("sign_in_fails", [True, False], ids=["a failed sign-in", "a reused credential"])
def test_what_is_refused_as_an_attack_is_on_record_outside_the_chain(house, found, verdict, sign_in_fails):
    response = refused_sign_in(house.client) if sign_in_fails else house.reuse()
    event = found("limit=1")[0]

    assert response.status_code == 401
    assert event["action"] == ("session.refused" if sign_in_fails else "session.reuse_detected")
    assert (event["sequence"], event["previous_hash"], event["hash"]) == (None, None, None)
    assert verdict()["events"] == 0


STALE = {"If-Match": '"99"'}
REFUSED = {
    "a taken name": (409, lambda on: on.post("/api/registration", username="ADA", password=PASSWORD)),
    "a taken address": (
        409,
        lambda on: on.post("/api/registration", username="eve", email="ada@example.com", password=PASSWORD),
    ),
    "a taken name of an account that is made": (
        409,
        lambda on: on.post(USERS, "root", username="ada", password=PASSWORD),
    ),
    "a taken new name": (409, lambda on: on.patch(on.ada, "root", username="root")),
    "a taken new name of one's own": (409, lambda on: on.patch("/api/me", "ada", username="root")),
    "a taken new address beside a new name": (
        409,
        lambda on: on.patch(on.bea, "root", username="eve", email="ada@example.com"),
    ),
    "the last administrator withdrawn": (409, lambda on: on.delete(f"{on.root}/roles/admin", "root")),
    "the last administrator's roles replaced": (409, lambda on: on.put(f"{on.root}/roles", "root", roles=[])),
    "the last administrator's role lent": (
        409,
        lambda on: on.put(f"{on.root}/roles/admin", "root", expires_at=LATER),
    ),
    "the last administrator disabled": (409, lambda on: on.patch(on.root, "root", is_active=False)),
    "the last administrator deleted": (409, lambda on: on.delete(on.root, "root")),
    "the last administrator leaving": (409, lambda on: on.delete("/api/me", "root", password=PASSWORD)),
    "the last administrator among many": (
        409,
        lambda on: on.post(f"{ROLES}/admin/users", "root", remove=[on.id_of("root")]),
    ),
    "a role that there is": (409, lambda on: on.post(ROLES, "root", name="editor")),
    "a role that someone has": (409, lambda on: on.delete(f"{ROLES}/reader", "root")),
    "a role that stays": (409, lambda on: on.delete(f"{ROLES}/user", "root")),
    "a role that is nobody's default": (409, lambda on: on.patch(f"{ROLES}/admin", "root", is_default=True)),
    "a stale grant": (412, lambda on: on.put(f"{on.ada}/roles/editor", "root", STALE)),
    "a stale withdrawal": (412, lambda on: on.delete(f"{on.ada}/roles/user", "root", STALE)),
    "a stale replacement": (412, lambda on: on.put(f"{on.ada}/roles", "root", STALE, roles=["editor"])),
    "a stale edit": (412, lambda on: on.patch(on.ada, "root", STALE, username="grace", is_active=False)),
    "a stale deletion": (412, lambda on: on.delete(on.ada, "root", STALE)),
    "a name that cannot be": (422, lambda on: on.patch(on.ada, "root", username="a b", is_active=False)),
    "an address that cannot be": (422, lambda on: on.patch(on.ada, "root", username="grace", email="nowhere")),
    "a password that is too short": (422, lambda on: on.post(USERS, "root", username="eve", password="x")),
    "a new password that is too short": (
        422,
        lambda on: on.put("/api/me/password", "ada", current_password=PASSWORD, new_password="x"),
    ),
    "a window that is over": (422, lambda on: on.put(f"{on.ada}/roles/editor", "root", expires_at="2020-01-01T00:00Z")),
    "a role that cannot be": (422, lambda on: on.post(ROLES, "root", name="Chief Editor")),
    "someone in both lists": (422, lambda on: on.post(f"{ROLES}/editor/users", "root", add=[1], remove=[1])),
    "a reason that is too long": (422, lambda on: on.put(f"{on.ada}/roles/editor", "root", reason="x" * 501)),
    "a user whom nobody knows among many": (
        404,
        lambda on: on.post(f"{ROLES}/editor/users", "root", add=[on.id_of("ada"), 999_999]),
    ),
    "a role that there is not": (404, lambda on: on.put(f"{on.ada}/roles", "root", roles=["editor", "pirate"])),
    "someone who is no administrator": (403, lambda on: on.put(f"{on.ada}/roles/editor", "ada")),
    "a stranger": (401, lambda on: on.put(f"{on.ada}/roles/editor")),
    "a fresh access token": (425, lambda on: on.post("/api/refresh", "ada")),
    "what is so already": (200, lambda on: on.put(f"{on.ada}/roles/user", "root", reason=WHY)),
    "an edit to what is so already": (200, lambda on: on.patch(on.ada, "root", username="ada", is_active=True)),
    "a trial of many": (
        200,
        lambda on: on.post(f"{ROLES}/editor/users", "root", add=[on.id_of("ada")], dry_run=True),
    ),
}


@pytest.mark.parametrize(("status", "do"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_done_leaves_no_event(house, found, verdict, status, do):
    before = found("limit=100")
    response = do(house)

    assert response.status_code == status, response.json
    assert found("limit=100") == before
    assert verdict()["verified"] is True


def test_ones_own_history_hides_where_others_were(house):
    house.put(f"{house.ada}/roles/editor", "root", reason=WHY)
    house.post(f"{ROLES}/reader/users", "root", add=[house.id_of("ada")])
    house.patch(house.ada, "root", email="grace@example.com")
    house.delete(f"{house.ada}/sessions", "root")
    sign_in(house.client, "ada")
    refused_sign_in(house.client)
    told = house.client.get("/api/me/events", headers=sign_in(house.client, "ada").headers).json["events"]

    assert {"ip", "session_id"} < told[0].keys() and not {"request_id", "sequence", "hash"} & told[0].keys()
    by_others = [event for event in told if event["actor_id"] == house.id_of("root")]
    assert len(by_others) == 4
    assert {(event["ip"], event["session_id"]) for event in by_others} == {(None, None)}
    assert {event["ip"] for event in told if event not in by_others} == {"127.0.0.1"}


# What the cases are made of


@pytest.fixture
def root(as_user):
    return as_user("root", roles="admin")


@pytest.fixture
def ada(app, as_user):
    with app.app_context():
        make_role("editor")
    return as_user("ada", email="ada@example.com")


@pytest.fixture
def found(client, root):
    """The events that a query finds, newest first."""

    def asked(query=""):
        response = client.get(f"{EVENTS}?{query}", headers=root.headers)
        assert response.status_code == 200, response.json
        return response.json["events"]

    return asked


@pytest.fixture
def exported(client, root):
    """The lines of an export."""

    def asked(query=""):
        response = client.get(f"{EVENTS}?{query}", headers=root.headers | {"Accept": NDJSON})
        assert (response.status_code, response.mimetype) == (200, NDJSON), response.get_data(as_text=True)
        return lines_of(response)

    return asked


@pytest.fixture
def verdict(client, root):
    """What is found when the chain is verified."""

    def asked(query=""):
        response = client.get(f"{VERIFY}?{query}", headers=root.headers)
        assert response.status_code == 200, response.json
        return response.json

    return asked


@pytest.fixture
def history(app, client, root, ada, clock):
    """Six events in four moments, ten seconds apart; who and when."""
    at = []
    steps = [
        lambda: client.put(f"{USERS}/{ada.id}/roles/editor", headers=root.headers),
        lambda: app.test_cli_runner().invoke(args=["roles", "withdraw", "ada", "editor"]),
        lambda: client.patch("/api/me", json={"username": "grace"}, headers=ada.headers),
        lambda: refused_sign_in(client, "nobody"),
    ]
    for step in steps:
        clock.shift(10)
        at.append(now())
        step()
    named = dict(zip(("first", "second", "third"), map(spelt, at), strict=False))
    unescaped = at[1].astimezone(timezone(timedelta(hours=2))).isoformat()
    return named | {
        "root": root.id,
        "ada": ada.id,
        "unescaped": unescaped,
        "elsewhere": at[1].astimezone(timezone(timedelta(hours=-9))).isoformat(),
    }


@dataclass
class House:
    """Who is signed in, and the doors; a door is told who comes, by name or by headers, and what they bring."""

    client: Any
    people: dict[str, Any]

    @property
    def ada(self):
        return f"{USERS}/{self.people['ada'].id}"

    @property
    def bea(self):
        return f"{USERS}/{self.people['bea'].id}"

    @property
    def root(self):
        return f"{USERS}/{self.people['root'].id}"

    def id_of(self, name):
        """The id of whoever has this name now, or had it in the beginning."""
        if name in self.people:
            return self.people[name].id
        with self.client.application.app_context():
            return db.session.scalar(select(User.id).where(User.username == name))

    def ask(self, method, path, *who, **body):
        headers = {}
        for one in who:
            headers |= self.people[one].headers if isinstance(one, str) else one
        return self.client.open(path, method=method, json=body, headers=headers)

    def get(self, *given, **body):
        return self.ask("GET", *given, **body)

    def post(self, *given, **body):
        return self.ask("POST", *given, **body)

    def put(self, *given, **body):
        return self.ask("PUT", *given, **body)

    def patch(self, *given, **body):
        return self.ask("PATCH", *given, **body)

    def delete(self, *given, **body):
        return self.ask("DELETE", *given, **body)

    def run(self, *words):
        result = self.client.application.test_cli_runner().invoke(args=words)
        assert result.exit_code == 0, result.output
        return result

    def letter(self, path, **body):
        """Ask for a letter, and have it sent."""
        response = self.post(path, **body)
        self.run("mail", "send")
        return response

    def code(self):
        """The headers with the code that the terminal prints for Ada."""
        words = self.run("users", "recover-admin", "ada").output.split()
        return bearer(next(word for word in words if word.startswith("ltk_")))

    def factor(self):
        """Set up an app for Ada."""
        self.secret = self.post("/api/me/factors/totp", "ada").json["secret"]
        code = totp.code_at(self.secret, this_second() // totp.STEP)
        answer = self.post("/api/me/factors/totp/confirm", "ada", code=code)
        self.recovery_codes = answer.json["recovery_codes"]
        return answer

    def recover(self):
        """Sign in as Ada with a recovery code."""
        self.factor()
        ticket = self.post("/api/login", username="ada", password=PASSWORD).json["ticket"]
        return self.post("/api/login/factor", ticket=ticket, recovery_code=self.recovery_codes[0])

    def reuse(self):
        """Present a refresh credential whose successor is in use."""
        first = sign_in(self.client, "ada", refresh="token").refresh_token
        second = self.post("/api/refresh", refresh_token=first).json["refresh_token"]
        self.post("/api/refresh", refresh_token=second)
        return self.post("/api/refresh", refresh_token=first)


@pytest.fixture
def house(app, client, root, ada, as_user):
    with app.app_context():
        make_role("reader")
    return House(client, {"root": root, "ada": ada, "bea": as_user("bea", roles="reader,user")})


@dataclass
class Links:
    """Five links, ten seconds apart, and what someone may do to them who can write to the database."""

    app: Any
    ids: list[int] = field(default_factory=list)
    #: The id of a row that was added, or moved.
    new: int | None = None

    def row(self, place):
        with self.app.app_context():
            return db.session.execute(select(TABLE).where(TABLE.c.id == self.ids[place - 1])).one()

    def at(self, place):
        return spelt(self.row(place).at)

    def id_of(self, event):
        return self.ids[event - 1] if isinstance(event, int) else event and self.new

    def run(self, statement):
        return tampered(self.app, statement)

    def edit(self, place, **columns):
        self.run(update(TABLE).where(TABLE.c.id == self.ids[place - 1]).values(columns))

    def remove(self, *places):
        self.run(delete(TABLE).where(TABLE.c.id.in_([self.ids[place - 1] for place in places])))

    def swap(self, column, first, second):
        """Swap what must be unique: by way of a value that nobody has."""
        one, other = (getattr(self.row(place), column) for place in (first, second))
        for old, new in ((one, -7), (other, one), (-7, other)):
            self.run(update(TABLE).where(TABLE.c[column] == old).values({column: new}))

    def swap_contents(self, first, second, *more):
        rows = [self.row(place)._mapping for place in (first, second)]
        for place, row in zip((second, first), rows, strict=True):
            self.edit(place, **{name: row[name] for name in (*CONTENTS, *more)})

    def move(self, place):
        self.new = self.make_up(action="session.started") + 1
        self.edit(place, id=self.new)

    def copy(self, place, **columns):
        row = dict(self.row(place)._mapping)
        del row["id"]
        self.new = self.run(insert(TABLE).values(row | columns)).inserted_primary_key[0]
        return self.new

    def make_up(self, **columns):
        return self.copy(3, **{"sequence": None, "hash": None, "previous_hash": None} | columns)

    def forge_next(self):
        last = self.row(5)
        new = dict(last._mapping) | {"sequence": 6, "previous_hash": last.hash}
        self.copy(5, sequence=6, previous_hash=last.hash, hash=own_hash(told(new)))

    def rewrite(self, first, *others):
        """Let a link say something else, with a hash that fits, and others follow it."""
        self.edit(first, reason="another")
        for place in (first, *others):
            row = dict(self.row(place)._mapping)
            if place > first:
                row["previous_hash"] = self.row(place - 1).hash
            self.edit(place, previous_hash=row["previous_hash"], hash=own_hash(told(row)))

    def end(self, **columns):
        self.run(update(AuditChain).values(columns))


TABLE = AuditEvent.__table__
CONTENTS = (
    *("at", "action", "actor", "actor_id", "subject_id", "session_id", "ip", "request_id"),
    *("before", "after", "reason"),
)


@pytest.fixture
def chain(app, client, root, ada, clock):
    path = f"{USERS}/{ada.id}/roles/editor"
    for method in ("PUT", "DELETE", "PUT", "DELETE", "PUT"):
        clock.shift(10)
        refused_sign_in(client)
        assert client.open(path, method=method, json={"reason": WHY}, headers=root.headers).status_code == 200
    with app.app_context():
        ids = db.session.scalars(select(TABLE.c.id).where(TABLE.c.hash.is_not(None)).order_by(TABLE.c.id)).all()
    yield Links(app, list(ids))
    with app.app_context():
        if db.session.get(AuditChain, 1) is None:
            db.session.add(AuditChain(id=1, sequence=0, hash=GENESIS))
            db.session.commit()


def tampered(app, statement):
    with app.app_context():
        result = db.session.execute(statement)
        db.session.commit()
        return result


def refused_sign_in(client, username="ada"):
    return client.post("/api/login", json={"username": username, "password": "wrong"})


def fill(app, number):
    """Put so many events outside the chain into the trail."""
    with app.app_context():
        db.session.execute(insert(TABLE), [{"action": "session.refused", "actor": "stranger"}] * number)
        db.session.commit()


def lines_of(response):
    text = response.get_data(as_text=True)
    assert text.endswith("\n") or not text
    return text.split("\n")[:-1]


def spelt(at):
    return f"{at:%Y-%m-%dT%H:%M:%S.%f}Z"


def told(row):
    """A row as it is exported."""
    changed = {name: row[name] and json.loads(row[name]) for name in ("before", "after")}
    return row | changed | {"at": spelt(row["at"])}


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def own_hash(event):
    """The hash of an exported event, as docs/audit.md tells to compute it."""
    covered = {name: value for name, value in event.items() if name not in ("id", "hash")}
    return hashlib.sha256(canonical(covered).encode()).hexdigest()
