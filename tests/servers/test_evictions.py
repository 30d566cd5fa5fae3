"""Two workers: whoever is an administrator no more changes nothing any more, however much of theirs is on its way."""

from functools import partial
from threading import Event

import pytest

from auth import administrators
from models import db
from tests.databases import KIND
from tests.factories import PASSWORD
from tests.servers.conftest import at_once

ROUNDS = 10
REBELS = 4
EVICTIONS = {
    "withdrawn": lambda server, token, rogue: server("DELETE", f"/api/admin/users/{rogue}/roles/admin", token=token),
    "disabled": lambda server, token, rogue: server(
        "PATCH", f"/api/admin/users/{rogue}", {"is_active": False}, token=token
    ),
    "deleted": lambda server, token, rogue: server("DELETE", f"/api/admin/users/{rogue}", token=token),
}


@pytest.mark.parametrize("evict", EVICTIONS.values(), ids=EVICTIONS)
def test_nothing_that_an_evicted_administrator_sent_is_done_after_the_eviction(server, evict):
    server.add("ada", roles="admin")
    for number in range(ROUNDS):
        rogue = server.add(f"rogue{number}", roles="admin")
        token, own = server.sign_in("ada"), server.sign_in(f"rogue{number}")
        is_over = Event()

        def stay(is_over=is_over, own=own, rogue=rogue):
            answers = []
            while not is_over.is_set() and len(answers) < 200:
                for method in ("PUT", "DELETE"):
                    answers.append(server(method, f"/api/admin/users/{rogue}/roles/user", token=own).status)
                answers.append(server("PUT", f"/api/admin/users/{rogue}/roles/admin", token=own).status)
            return answers

        def end(is_over=is_over, token=token, rogue=rogue):
            answer = evict(server, token, rogue)
            is_over.set()
            return answer

        answer, *rebels = at_once(end, *[stay] * REBELS)
        links = server.sql("select actor_id, subject_id, action from audit_events where sequence > 0 order by sequence")
        own_links = [place for place, (actor, *_) in enumerate(links) if actor == rogue]
        (eviction,) = [
            place for place, (actor, subject, _) in enumerate(links) if subject == rogue and actor not in (rogue, None)
        ]

        assert answer.status in (200, 204)
        assert all(place < eviction for place in own_links)
        assert {status for answers in rebels for status in answers} <= {200, 401, 403}


if KIND != "sqlite":  # Which has one write lock for everyone.

    def test_who_registers_does_not_wait_for_administrators(server):
        with server.app.app_context():
            administrators.hold_the_keys()
            bodies = [{"username": f"ada{number}", "password": PASSWORD} for number in range(3)]
            answers = at_once(*[partial(server, "POST", "/api/registration", body) for body in bodies])
            db.session.rollback()

        assert [answer.status for answer in answers] == [201] * 3
