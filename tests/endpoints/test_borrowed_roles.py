"""Borrowed roles: they begin and end by the clock alone, and a token lasts no longer than what it says."""

from datetime import UTC, datetime

import pytest

from tests.endpoints.shape import assert_refused
from tests.endpoints.test_guard import claims_of
from tests.factories import bearer, make_role, sign_in

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()
HOUR = 3600
#: What can be asked of someone who borrows `admin`.
ASKS_FOR_ADMIN = "/api/admin/roles"


def at(seconds):
    """A moment, so many seconds after noon, as a request has it."""
    return datetime.fromtimestamp(NOON + seconds, UTC).isoformat().replace("+00:00", "Z")


def window(role, first, end):
    """A window as it is answered."""
    return {"role": role, "starts_at": at(first), "expires_at": None if end is None else at(end)}


#: A window whose first change is 90 seconds after noon, and the roles before it and from then on.
CHANGES = {
    "end": ({"expires_at": at(90)}, "admin,user", "user"),
    "beginning": ({"starts_at": at(90), "expires_at": at(HOUR)}, "user", "admin,user"),
    "beginning without an end": ({"starts_at": at(90)}, "user", "admin,user"),
}
changes = pytest.mark.parametrize(("lent", "before", "after"), CHANGES.values(), ids=CHANGES)


# The clock


def test_a_role_that_ends_at_t_counts_up_to_t_and_at_t_no_more(client, noon, ada, lend):
    lend("admin", expires_at=at(60))

    assert seen_at(client, noon, ada.headers, 0, 59, 59.999) == [200, 200, 200]
    noon.move_to(NOON + 60)
    refused = assert_refused(client.get(ASKS_FOR_ADMIN, headers=ada.headers), 403, "missing_role")
    assert refused["required"] == ["admin"]


def test_a_role_that_begins_at_t_counts_from_t_on(client, noon, ada, lend):
    lend("admin", starts_at=at(60), expires_at=at(120))

    assert seen_at(client, noon, ada.headers, 0, 59, 59.999) == [403, 403, 403]
    assert seen_at(client, noon, ada.headers, 60, 119, 120) == [200, 200, 403]


def test_a_role_that_begins_and_does_not_end_stays(client, noon, ada, lend):
    lend("admin", starts_at=at(60))

    assert seen_at(client, noon, ada.headers, 59, 60, 899) == [403, 200, 200]


def test_fractions_of_a_second_do_not_count(client, noon, ada, lend):
    answer = lend("admin", starts_at=f"{at(10)[:-1]}.999999Z", expires_at="2026-03-01T13:00:20.5+01:00")

    assert answer.json["grants"] == [window("admin", 10, 20)]
    assert seen_at(client, noon, ada.headers, 9.999, 10, 19.999, 20) == [403, 200, 200, 403]


def test_a_role_that_has_ended_can_be_lent_again(client, noon, ada, lend):
    lend("admin", expires_at=at(60))
    noon.move_to(NOON + 60)

    assert lend("admin", expires_at=at(120)).json["grants"] == [window("admin", 60, 120)]
    assert seen_at(client, noon, ada.headers, 60, 119, 120) == [200, 200, 403]


def test_a_borrowed_role_that_is_withdrawn_is_gone_at_once(client, root, ada, lend):
    lend("admin", expires_at=at(60))
    answer = client.delete(address(ada, "admin"), headers=root.headers)

    assert answer.json["grants"] == []
    assert client.get(ASKS_FOR_ADMIN, headers=ada.headers).status_code == 403


# Tokens


@changes
def test_a_token_lasts_up_to_the_next_change_of_its_owners_roles(client, ada, lend, lent, before, after):
    lend("admin", **lent)
    signed_in = sign_in(client, refresh="token").answer

    assert signed_in["user"]["roles"] == before.split(",")
    assert told_by(signed_in) == (90, NOON + 90, before)


@changes
def test_a_token_that_is_refreshed_lasts_no_longer(client, noon, ada, lend, lent, before, after):
    lend("admin", **lent)
    session = sign_in(client, refresh="token")
    noon.move_to(NOON + 31)

    assert told_by(refreshed(client, session.refresh_token)) == (59, NOON + 90, before)


@changes
@pytest.mark.parametrize("via", ["refresh_token", "access_token"])
def test_a_token_that_is_refreshed_after_the_change_has_the_roles_of_then(
    client, noon, ada, lend, via, lent, before, after
):
    lend("admin", **lent)
    session = sign_in(client, **({"refresh": "token"} if via == "refresh_token" else {}))
    noon.move_to(NOON + 90)

    assert_refused(client.get("/api/me", headers=session.headers), 401, "expired_token")
    answer = refreshed(client, getattr(session, via))
    assert told_by(answer) == (900, NOON + 990, after)
    assert client.get("/api/me", headers=bearer(answer["access_token"])).json["user"]["roles"] == after.split(",")


def test_the_first_of_several_changes_is_the_one_that_counts(client, ada, lend):
    lend("admin", expires_at=at(300))
    lend("editor", starts_at=at(200), expires_at=at(400))

    assert told_by(sign_in(client).answer) == (200, NOON + 200, "admin,user")


@pytest.mark.parametrize("seconds", [900, HOUR])
def test_a_later_change_leaves_a_token_its_usual_time(client, ada, lend, seconds):
    lend("admin", expires_at=at(seconds))

    assert told_by(sign_in(client).answer) == (900, NOON + 900, "admin,user")


def test_a_change_that_has_passed_leaves_a_token_its_usual_time(client, noon, ada, lend):
    lend("admin", starts_at=at(10))
    lend("editor", expires_at=at(20))
    noon.move_to(NOON + 20)

    assert told_by(sign_in(client).answer) == (900, NOON + 920, "admin,user")


# What is shown


def test_people_see_what_they_borrow_and_will_borrow(client, noon, ada, lend):
    lend("editor", starts_at=at(30), expires_at=at(60))
    lend("admin", starts_at=at(-5))
    mine = client.get("/api/me", headers=ada.headers).json["user"]
    noon.move_to(NOON + 60)
    later = client.get("/api/me", headers=ada.headers).json["user"]

    assert mine["roles"] == later["roles"] == ["admin", "user"]
    assert mine["grants"] == [window("admin", -5, None), window("editor", 30, 60)]
    assert later["grants"] == [window("admin", -5, None)]


def test_a_grant_tells_who_gave_it_to_whom_and_why(client, root, ada, lend):
    lend("editor", expires_at=at(60), reason="on call")
    (grant,) = client.get("/api/admin/grants", headers=root.headers).json["grants"]

    assert grant == window("editor", 0, 60) | {
        "user": {"id": ada.id, "username": "ada"},
        "by": {"actor": "user", "id": root.id, "username": "root"},
        "granted_at": at(0),
        "reason": "on call",
    }


def test_grants_are_listed_by_their_end_until_then(client, noon, root, lend, three_grants):
    assert listed(client, root) == ["reader", "editor", "admin"]
    noon.move_to(NOON + 60)
    assert listed(client, root) == ["editor", "admin"]


EXPIRING = {
    "just before an end": (at(60), []),
    "just after an end": (at(61), ["reader"]),
    "half a second after an end": (f"{at(60)[:-1]}.5Z", ["reader"]),
    "in another zone": ("2026-03-01T13:02:01+01:00", ["reader", "editor"]),
    "with a + that was not escaped": ("2026-03-01T13:02:01 01:00", ["reader", "editor"]),
    "the last second that there is": ("9999-12-31T23:59:59Z", ["reader", "editor"]),
    "the first second that there is": ("0001-01-01T00:00:00Z", []),
}


@pytest.mark.parametrize(("before", "roles"), EXPIRING.values(), ids=EXPIRING)
def test_grants_are_found_by_their_end(client, root, three_grants, before, roles):
    assert listed(client, root, expiring_before=before) == roles


def test_grants_are_found_by_their_role(client, root, three_grants):
    assert listed(client, root, role="editor") == ["editor"]
    assert listed(client, root, role="editor", expiring_before=at(120)) == []
    assert_refused(client.get("/api/admin/grants?role=ghost", headers=root.headers), 404, "unknown_role")


def test_grants_come_a_page_at_a_time(client, root, three_grants):
    pages, cursor = [], {}
    while cursor is not None:
        answer = client.get("/api/admin/grants", query_string={"limit": 1, **cursor}, headers=root.headers).json
        pages.append([grant["role"] for grant in answer["grants"]])
        cursor = {"cursor": answer["next_cursor"]} if answer["next_cursor"] else None

    assert pages == [["reader"], ["editor"], ["admin"]]


def test_grants_that_end_together_are_each_on_one_page(client, root, as_user, lend):
    people = [as_user(name) for name in ("ben", "cas", "dee")]
    for person in people:
        lend("editor", to=person, expires_at=at(60))
    query = {"limit": 2, "expiring_before": at(61), "role": "editor"}
    first = client.get("/api/admin/grants", query_string=query, headers=root.headers).json
    query["cursor"] = first["next_cursor"]
    second = client.get("/api/admin/grants", query_string=query, headers=root.headers).json

    assert [one["user"]["id"] for one in first["grants"] + second["grants"]] == [person.id for person in people]
    assert (len(first["grants"]), second["next_cursor"]) == (2, None)


FOREIGN = ["", "-", "1", "1-", "-1", "1-2-3", "--", "a-1", "1-b", " 1-1", "1.5-1", "+1-1", "²-1", "٣-1", "\0-1"]
FOREIGN += [f"{'9' * 30}-1", "WyJ1c2VybmFtZSIsICJhZGEiLCAxXQ"]


@pytest.mark.parametrize("cursor", FOREIGN)
def test_a_cursor_of_another_list_is_refused(client, root, cursor):
    answer = client.get("/api/admin/grants", query_string={"cursor": cursor}, headers=root.headers)

    assert list(assert_refused(answer, 422)["fields"]) == ["cursor"]


def test_a_cursor_behind_everything_finds_nothing(client, root, three_grants):
    assert listed(client, root, cursor="9" * 20 + "-99999999") == []


# Once more, and back


def test_the_same_window_once_more_changes_nothing(client, root, ada, lend):
    for body in ({"starts_at": at(0), "expires_at": at(60)}, {"starts_at": at(30)}):
        first = lend("editor", **body, reason="the first time")
        known = events_of(client, root, ada)
        again = lend("editor", **body, reason="another reason")

        assert (again.json, again.headers["ETag"]) == (first.json, first.headers["ETag"])
        assert events_of(client, root, ada) == known


def test_the_same_end_once_more_does_not_begin_anew(client, noon, root, ada, lend):
    first = lend("editor", expires_at=at(60))
    known = events_of(client, root, ada)
    noon.move_to(NOON + 30)

    assert lend("editor", expires_at=at(60)).headers["ETag"] == first.headers["ETag"]
    assert events_of(client, root, ada) == known


def test_another_end_is_recorded_with_the_window_before_and_after(client, root, ada, lend):
    lend("editor", expires_at=at(60))
    lend("editor", expires_at=at(90))
    event = events_of(client, root, ada)[0]

    assert event["action"] == "role.lent"
    assert event["before"] == ["user", window("editor", 0, 60)]
    assert event["after"] == ["user", window("editor", 0, 90)]


def test_a_role_is_for_good_or_borrowed_and_never_both(client, root, ada, lend):
    for body, kinds in (({}, ["standing"]), ({"expires_at": at(60)}, ["grant"]), ({}, ["standing"])):
        answer = lend("editor", **body).json

        assert answer["roles"] == ["editor", "user"]
        assert [grant["role"] for grant in answer["grants"]] == ["editor"] * (kinds == ["grant"])
        assert causes(client, root, ada, "editor") == kinds


def test_a_role_for_good_that_is_to_begin_later_is_gone_until_then(client, noon, root, ada, lend):
    lend("editor")

    assert lend("editor", starts_at=at(60)).json["roles"] == ["user"]
    assert causes(client, root, ada, "editor") == []
    noon.move_to(NOON + 60)
    assert causes(client, root, ada, "editor") == ["grant"]


def test_a_set_of_roles_leaves_what_is_borrowed_and_named_borrowed(client, root, ada, lend):
    lend("editor", expires_at=at(60))
    lend("reader", expires_at=at(60))
    roles = client.put(address(ada), json={"roles": ["editor", "user"]}, headers=root.headers).json

    assert roles["roles"] == ["editor", "user"]
    assert roles["grants"] == [window("editor", 0, 60)]


def test_the_last_administrator_does_not_become_a_borrower(client, root, lend):
    assert_refused(lend("admin", to=root, expires_at=at(60)), 409, "last_admin")
    assert_refused(lend("admin", to=root, starts_at=at(60)), 409, "last_admin")
    assert lend("admin", to=root, starts_at=at(0)).status_code == 200


# What is refused


BAD = {
    "an end in the past": ({"expires_at": at(-1)}, "expires_at"),
    "an end now": ({"expires_at": at(0)}, "expires_at"),
    "an end within this second": ({"expires_at": f"{at(0)[:-1]}.9Z"}, "expires_at"),
    "a window in the past": ({"starts_at": at(-60), "expires_at": at(-1)}, "expires_at"),
    "an end before its beginning": ({"starts_at": at(60), "expires_at": at(59)}, "expires_at"),
    "an end at its beginning": ({"starts_at": at(60), "expires_at": at(60)}, "expires_at"),
    "an end within its first second": ({"starts_at": at(60), "expires_at": f"{at(60)[:-1]}.9Z"}, "expires_at"),
    "an end in 1969": ({"expires_at": "1969-12-31T23:59:59Z"}, "expires_at"),
    "a beginning in 1969": ({"starts_at": "1969-12-31T23:59:59Z"}, "starts_at"),
    "a beginning in the last half second of 1969": ({"starts_at": "1969-12-31T23:59:59.5Z"}, "starts_at"),
    "a beginning in the year 1": ({"starts_at": "0001-01-01T00:00:00+14:00"}, "starts_at"),
    "a beginning in the year 10000": ({"starts_at": "9999-12-31T23:59:59-23:59"}, "starts_at"),
    "an end in the year 10000": ({"expires_at": "9999-12-31T23:59:59-23:59"}, "expires_at"),
    "an end in the first second of the year 10000": ({"expires_at": "9999-12-31T23:00:00-01:00"}, "expires_at"),
}
NO_TIMES = {
    "naive": "2026-03-02T12:00:00",
    "a day": "2026-03-02",
    "a number": NOON + HOUR,
    "milliseconds": int(NOON + HOUR) * 1000,
    "a number as text": str(int(NOON + HOUR)),
    "the year 10000": "10000-01-01T00:00:00Z",
    "a word": "now",
    "nothing": "",
    "a blank": " ",
    "true": True,
    "a list": [at(60)],
    "NUL": f"{at(60)}\0",
    "no such day": "2026-02-30T12:00:00Z",
    "no such zone": "2026-03-02T12:00:00+24:00",
    "no zone of RFC 3339": "2026-03-02T12:00:00 UTC",
}
BAD |= {f"{field}: {name}": ({field: value}, field) for field in ("starts_at", "expires_at")
        for name, value in NO_TIMES.items()}  # fmt: skip


@pytest.mark.parametrize(("body", "field"), BAD.values(), ids=BAD)
def test_a_window_that_cannot_be_is_refused_by_name(client, root, ada, lend, body, field):
    known = events_of(client, root, ada)
    refused = assert_refused(lend("editor", **body), 422)

    assert list(refused["fields"]) == [field]
    assert events_of(client, root, ada) == known
    assert listed(client, root) == []


def test_a_window_may_reach_to_the_ends_of_what_can_be_stored(client, root, ada, lend):
    answer = lend("editor", starts_at="1970-01-01T00:00:00Z", expires_at="9999-12-31T23:59:59.9Z")

    assert (answer.status_code, answer.json["roles"]) == (200, ["editor", "user"])
    assert answer.json["grants"] == [
        {"role": "editor", "starts_at": "1970-01-01T00:00:00Z", "expires_at": "9999-12-31T23:59:59Z"}
    ]


WHEN = ["now", "", "2026-03-02T12:00:00", str(int(NOON)), "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+14:00"]


@pytest.mark.parametrize("before", WHEN, ids=repr)
def test_grants_are_not_found_by_what_is_no_time(client, root, before):
    answer = client.get("/api/admin/grants", query_string={"expiring_before": before}, headers=root.headers)

    assert list(assert_refused(answer, 422)["fields"]) == ["expiring_before"]


def test_only_a_role_and_a_user_that_there_are_can_be_lent(client, root, ada, lend):
    assert_refused(lend("ghost", expires_at=at(60)), 404, "unknown_role")
    answer = client.put(
        f"/api/admin/users/{ada.id + 1}/roles/editor", json={"expires_at": at(60)}, headers=root.headers
    )
    assert_refused(answer, 404, "unknown_user")


STALE = {
    "lend": lambda client, ada, headers: client.put(
        address(ada, "editor"), json={"expires_at": at(60)}, headers=headers
    ),
    "give": lambda client, ada, headers: client.put(address(ada, "editor"), headers=headers),
    "withdraw": lambda client, ada, headers: client.delete(address(ada, "reader"), headers=headers),
    "replace": lambda client, ada, headers: client.put(address(ada), json={"roles": ["editor"]}, headers=headers),
}


@pytest.mark.parametrize("act", STALE.values(), ids=STALE)
@pytest.mark.parametrize("tag", ['"1"', '"99"', 'W/"2"', "2", "x"])
def test_who_saw_an_older_version_is_refused(client, root, ada, lend, act, tag):
    lend("reader", expires_at=at(HOUR))
    known = events_of(client, root, ada)

    assert_refused(act(client, ada, root.headers | {"If-Match": tag}), 412, "stale_version")
    assert events_of(client, root, ada) == known
    assert act(client, ada, root.headers | {"If-Match": '"2"'}).headers["ETag"] == '"3"'


@pytest.fixture
def noon(clock):
    """The clock, at noon and at a whole second."""
    clock.move_to(NOON)
    return clock


@pytest.fixture
def root(noon, as_user):
    """An administrator, whose session outlasts these tests."""
    return as_user("root", roles="admin,user")


@pytest.fixture
def ada(noon, as_user, app):
    with app.app_context():
        for role in ("editor", "reader"):
            make_role(role)
    return as_user("ada")


@pytest.fixture
def lend(client, root, ada):
    """Ask for a role for Ada, or for someone else."""

    def asked(role, *, to=ada, **body):
        return client.put(address(to, role), json=body, headers=root.headers)

    return asked


@pytest.fixture
def three_grants(lend):
    """One that ends soon, one that ends later, and one that does not end."""
    lend("admin", starts_at=at(0))
    lend("editor", expires_at=at(120))
    lend("reader", expires_at=at(60))


def address(person, role=None):
    return f"/api/admin/users/{person.id}/roles" + (f"/{role}" if role else "")


def seen_at(client, clock, headers, *moments):
    """What a request is answered at each of these moments, in seconds after noon."""
    found = []
    for seconds in moments:
        clock.move_to(NOON + seconds)
        found.append(client.get(ASKS_FOR_ADMIN, headers=headers).status_code)
    return found


def told_by(answer):
    """For how long a token lasts, up to when, and the roles in it."""
    claims = claims_of(answer["access_token"])
    return answer["expires_in"], claims["exp"], claims["rls"]


def refreshed(client, credential):
    answer = client.post("/api/refresh", json={"token": credential})
    assert answer.status_code == 200, answer.json
    return answer.json


def listed(client, root, **query):
    """The roles in the list of grants."""
    answer = client.get("/api/admin/grants", query_string=query, headers=root.headers)
    assert answer.status_code == 200, answer.json
    return [grant["role"] for grant in answer.json["grants"]]


def events_of(client, root, person):
    """What is on record of someone, newest first."""
    return client.get(f"/api/admin/events?subject={person.id}", headers=root.headers).json["events"]


def causes(client, root, person, role):
    """What kinds of cause a role has."""
    told = client.get(f"/api/admin/users/{person.id}/explain?role={role}", headers=root.headers).json
    return [cause["kind"] for cause in told["because"]]
