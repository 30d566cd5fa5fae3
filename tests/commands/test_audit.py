"""`flask audit`: the terminal verifies the trail, prints it, and removes what is old and changes no privilege."""

import json
from datetime import timedelta, timezone

import pytest
from sqlalchemy import delete, select, update

from auth.chain import GENESIS
from models import AuditChain, AuditEvent, db
from tests.factories import make_role, sign_in

WHY = "più – 理由"
LATER = "2126-01-01"
NO_TIMES = ["soon", "", "2026-13-01", "2026-02-30", "2026-03-01T25:00:00Z", "1700000000.5"]
ENDS_OF_TIME = ["0001-01-01T00:00:00+14:00", "0001-01-01", "9999-12-31", "9999-12-31T23:59:59-14:00"]
LINK = AuditEvent.sequence


def test_an_empty_chain_is_verified(run):
    result = run("audit", "verify")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"All 0 links fit. The last is number 0, with the hash {GENESIS}.\n"


def test_a_chain_is_verified_and_the_hash_of_its_last_link_is_told(run, trail_of_ada):
    result = run("audit", "verify")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"All 4 links fit. The last is number 4, with the hash {trail_of_ada[3]['hash']}.\n"


#: What was done to the four links, what is said of it, by the id of which link, and how many before it fit.
PROBLEMS = {
    "edited": (update(AuditEvent).where(LINK == 2).values(reason="-"), "The event {0}, number 2, was changed.", 2, 1),
    "removed": (delete(AuditEvent).where(LINK == 3), "The event number 3 was removed.", 3, 2),
    "the first removed": (delete(AuditEvent).where(LINK == 1), "The event number 1 was removed.", 1, 0),
    "the last removed": (delete(AuditEvent).where(LINK == 4), "The event number 4 was removed.", 4, 3),
    "moved": (
        update(AuditEvent).where(LINK == 2).values(id=AuditEvent.id + 100),
        "The event {1}, number 2, was moved.",
        *(2, 1),
    ),
    "without a place": (
        update(AuditEvent).where(LINK == 3).values(sequence=None),
        "The event {0}, which has no place in the chain, was inserted.",
        *(3, 2),
    ),
    "beyond the end": (update(AuditChain).values(sequence=3), "The event {0}, number 4, was inserted.", 4, 3),
    "another end": (update(AuditChain).values(hash="f" * 64), "The event {0}, number 4, was changed.", 4, 4),
}


@pytest.mark.parametrize(("statement", "said", "place", "fit"), PROBLEMS.values(), ids=PROBLEMS)
def test_an_event_that_does_not_fit_is_named(refusal, execute, trail_of_ada, statement, said, place, fit):
    execute(statement)

    event_id = trail_of_ada[place - 1]["id"]
    said = said.format(event_id, event_id + 100)
    assert refusal("audit", "verify") == f"Error: {said} The {fit} links before it fit."


@pytest.mark.parametrize(("place", "links"), [(1, 4), (3, 2), (4, 1)])
def test_verifying_since_a_moment_looks_at_what_is_not_older(run, execute, trail_of_ada, place, links):
    execute(update(AuditEvent).where(LINK.in_(range(1, place))).values(reason="-"))
    result = run("audit", "verify", "--since", trail_of_ada[place - 1]["at"])

    assert (result.exit_code, result.stdout.partition(" fit")[0]) == (0, f"All {links} links")


def test_what_was_edited_since_the_moment_is_named(refusal, execute, trail_of_ada):
    execute(update(AuditEvent).where(LINK == 4).values(reason="-"))
    said = refusal("audit", "verify", "--since", trail_of_ada[2]["at"])

    assert said == f"Error: The event {trail_of_ada[3]['id']}, number 4, was changed. The 1 links before it fit."


def test_every_event_is_printed_oldest_first(app, run, exported, trail_of_ada):
    events = exported()

    with app.app_context():
        assert [event["id"] for event in events] == list(db.session.scalars(select(AuditEvent.id).order_by("id")))
    assert {event["sequence"] for event in events} == {None, 1, 2, 3, 4}
    assert [event["reason"] for event in trail_of_ada] == [WHY] * 4
    assert WHY in run("audit", "export").stdout


def test_a_line_is_what_the_json_door_exports(run, client, as_user, trail_of_ada):
    root = as_user("root", roles="admin")
    printed = run("audit", "export").stdout
    headers = root.headers | {"Accept": "application/x-ndjson"}

    assert client.get("/api/admin/events", headers=headers).get_data(as_text=True) == printed


@pytest.mark.parametrize(
    ("words", "places"),
    [
        (["--since", 3], [3, 4]),
        (["--until", 3], [1, 2]),
        (["--since", 2, "--until", 4], [2, 3]),
        (["--since", 4, "--until", 4], []),
        (["--since", LATER], []),
        (["--until", LATER], [1, 2, 3, 4]),
        (["--until", "2020-01-01"], []),
    ],
    ids=lambda given: " ".join(map(str, given)) or "none",
)
def test_what_is_printed_may_begin_and_end(exported, trail_of_ada, words, places):
    words = [trail_of_ada[word - 1]["at"] if isinstance(word, int) else word for word in words]

    assert [event["sequence"] for event in exported(*words) if event["sequence"]] == places


def test_a_moment_may_be_told_as_elsewhere_or_without_its_zone(exported, trail_of_ada, moments):
    for at in (moments[2].astimezone(timezone(timedelta(hours=-9))), moments[2].replace(tzinfo=None)):
        assert [event["sequence"] for event in exported("--since", at.isoformat()) if event["sequence"]] == [3, 4]


def test_of_what_is_older_the_links_stay(run, exported, trail_of_ada, moments):
    sign_ins = [event for event in exported() if event["action"] == "session.started"]
    result = run("audit", "prune", "--before", moments[2].isoformat())

    assert result.stdout == "3 events are removed, which is on record.\n"
    *left, pruned = exported()
    assert [event for event in left if event["sequence"]] == trail_of_ada
    assert [event for event in left if not event["sequence"]] == sign_ins[3:]
    assert (pruned["action"], pruned["sequence"], pruned["actor"]) == ("audit.pruned", 5, "console")
    assert pruned["after"] == {"before": trail_of_ada[2]["at"], "removed": 3}


@pytest.mark.parametrize("before", ["2020-01-01", LATER])
def test_the_chain_holds_after_a_pruning(run, trail_of_ada, before):
    run("audit", "prune", "--before", before)
    run("audit", "prune", "--before", before)

    assert run("audit", "verify").stdout.startswith("All 6 links fit. The last is number 6, ")


def test_all_that_is_outside_the_chain_may_go_however_much_it_is(run, execute, exported, trail_of_ada):
    execute(AuditEvent.__table__.insert().values([{"action": "session.refused", "actor": "stranger"}] * 2500))

    assert run("audit", "prune", "--before", LATER).stdout == "2505 events are removed, which is on record.\n"
    assert [event["sequence"] for event in exported()] == [1, 2, 3, 4, 5]


def test_a_link_that_was_made_to_look_like_a_sign_in_is_not_removed(run, refusal, execute, trail_of_ada):
    execute(update(AuditEvent).where(LINK == 2).values(action="session.started"))
    run("audit", "prune", "--before", LATER)

    assert refusal("audit", "verify").startswith(f"Error: The event {trail_of_ada[1]['id']}, number 2, was changed.")


@pytest.mark.parametrize("words", [["verify", "--since"], ["export", "--since"], ["prune", "--before"]], ids=" ".join)
@pytest.mark.parametrize("at", NO_TIMES)
def test_what_is_no_time_is_refused(run, exported, trail_of_ada, words, at):
    before = exported()
    result = run("audit", *words, at)

    assert (result.exit_code, result.stdout) == (2, "")
    assert "this is no time like 2026-03-01 or 2026-03-01T12:00:00Z" in result.stderr
    assert exported() == before


@pytest.mark.parametrize("words", [["verify", "--since"], ["export", "--until"], ["prune", "--before"]], ids=" ".join)
@pytest.mark.parametrize("at", ENDS_OF_TIME)
def test_the_ends_of_time_are_no_failure(run, trail_of_ada, words, at):
    assert run("audit", *words, at).exit_code in (0, 2)


def test_nothing_is_removed_where_no_moment_is_said(run, exported, trail_of_ada):
    before = exported()

    assert run("audit", "prune").exit_code == 2
    assert exported() == before


@pytest.fixture
def trail_of_ada(app, run, exported, as_user, clock):
    """Four links, ten seconds apart, each right after a sign-in."""
    with app.app_context():
        make_role("editor")
    as_user("ada")
    for command in ("grant", "withdraw", "grant", "withdraw"):
        clock.shift(10)
        sign_in(app.test_client(), "ada")
        run("roles", command, "ada", "editor", "--reason", WHY)
    return [event for event in exported() if event["sequence"]]


@pytest.fixture
def moments(app, trail_of_ada):
    """When each link was made."""
    with app.app_context():
        links = select(AuditEvent.at).where(LINK.is_not(None)).order_by(LINK)
        return list(db.session.scalars(links))


@pytest.fixture
def exported(run):
    """The events that `flask audit export` prints."""

    def told(*words):
        result = run("audit", "export", *words)
        assert (result.exit_code, result.stderr) == (0, "")
        return [json.loads(line) for line in result.stdout.splitlines()]

    return told


@pytest.fixture
def execute(app):
    """Do what someone may do who writes to the database by hand."""

    def done(statement):
        with app.app_context():
            db.session.execute(statement)
            db.session.commit()

    return done
