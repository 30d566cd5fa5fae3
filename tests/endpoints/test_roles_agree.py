"""At no moment do the guard, `explain`, the lists and a model disagree about who holds which role.

`TEST_EXAMPLES` and `TEST_STEPS` make the search longer.
"""

import os
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import inf

import pytest
from flask import jsonify
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete, text

from auth import sessions
from auth.caller import CONSOLE
from auth.guard import guard
from models import Role, User, db
from tests.conftest import leave_nobody
from tests.endpoints.test_guard import another_app, claims_of
from tests.factories import PASSWORD, bearer, make_role, make_user
from web.access import roles_required

ROLES = ("admin", "editor", "reader")
MOST_USERS = 3
#: An id that no user has.
NOBODY = 2**31 - 1
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()
HOUR, DAY = 3600, 86400
SETTINGS = settings(
    max_examples=int(os.environ.get("TEST_EXAMPLES", "10")),
    stateful_step_count=int(os.environ.get("TEST_STEPS", "20")),
    deadline=None,
)
#: How someone may write the column by hand.
BY_HAND = {
    "as ours": ",".join,
    "with blanks": lambda names: f"  {' , '.join(names)} ",
    "with nothing between": lambda names: f",{',,'.join(names)},",
    "twice": lambda names: ", ".join(names * 2),
}
#: What someone may write there, and is no role.
NO_ROLES = {
    "in capitals": "EDITOR",
    "with a capital": "reader,Editor",
    "a blank within": "edi tor",
    "a blank within another": "reader,ed itor ",
    "no comma": "editor;reader",
    "a tab": "\teditor",
    "an accent": "editör",
    "wide": "ｅditor",
    "a wildcard": "e_itor,%",
    "a part of it": "edito",
    "more than it": "editors,sub-editor",
}
#: From when to when, in seconds from now on.
WINDOWS = [(None, 2), (None, 60), (0, 60), (60, 120), (60, HOUR), (1, DAY), (-DAY, HOUR), (0, None), (60, None)]
BAD_WINDOWS = [(None, -60), (None, 0), (-60, 0), (60, 60), (60, 59)]
LISTS_OF_EDITORS = ("/api/admin/users?role=editor", "/api/admin/roles/editor/users")

numbers = st.integers(0, MOST_USERS)
names = st.sampled_from(ROLES)
several = st.sets(names)
groups = st.sets(numbers, max_size=3)


def test_guard_explain_and_lists_agree_with_the_model_at_every_moment(probed_app, clock):
    run_state_machine_as_test(lambda: Assignments(probed_app, clock), settings=SETTINGS)


@pytest.mark.parametrize("written", NO_ROLES.values(), ids=NO_ROLES)
def test_what_is_written_by_hand_and_is_no_role_is_none_for_anyone(probed_app, as_user, written):
    client, root, ada = probed_app.test_client(), as_user("root", roles="admin"), as_user()
    with probed_app.app_context():
        make_role("editor")
        write_by_hand(ada.id, written)

    assert client.get("/probe/editor", headers=ada.headers).status_code == 403
    for address in LISTS_OF_EDITORS:
        assert client.get(address, headers=root.headers).json["users"] == []
    explained = client.get(f"/api/admin/users/{ada.id}/explain?role=editor", headers=root.headers).json
    assert (explained["holds"], explained["because"]) == (False, [])
    assert client.delete("/api/admin/roles/editor", headers=root.headers).status_code == 200


@dataclass
class Member:
    """Someone, as the model has them; `lent` has the first second and the end of each borrowed role."""

    standing: set[str]
    lent: dict[str, tuple[float, float]] = field(default_factory=dict)
    is_active: bool = True

    def borrows(self, role, at):
        first, end = self.lent.get(role, (inf, inf))
        return first <= at < end

    def has(self, role, at):
        return role in self.standing or self.borrows(role, at)

    def will_have(self, role, at):
        return role in self.standing or self.lent.get(role, (0, 0))[1] > at

    def held(self, at):
        return sorted(self.standing | {role for role in self.lent if self.borrows(role, at)})

    def as_it_counts(self, at):
        return {*self.standing}, {role: window for role, window in self.lent.items() if window[1] > at}

    def keeps_the_keys(self, at):
        is_lasting = "admin" in self.standing or self.borrows("admin", at) and self.lent["admin"][1] == inf
        return self.is_active and is_lasting

    def give(self, role):
        self.take(role)
        self.standing.add(role)

    def take(self, role):
        self.standing.discard(role)
        self.lent.pop(role, None)


class Refused(Exception):
    """The model knows that this must be refused, with this status and error; None is any."""


class Assignments(RuleBasedStateMachine):
    """Everything that is done to roles and their holders, and a model of who holds what."""

    def __init__(self, app, clock):
        super().__init__()
        self.app, self.clock, self.client = app, clock, app.test_client(use_cookies=False)
        self.now = NOON
        self.made = 0
        self.users, self.gone, self.tokens = {}, [], {}
        #: Each role that there is, and whether new accounts get it.
        self.catalogue = {"admin": False, "user": True, "editor": False, "reader": False}
        clock.move_to(NOON)

    @property
    def at(self):
        return int(self.now)

    @initialize()
    def begin(self):
        with self.app.app_context():
            for role in ROLES:
                make_role(role)
            for username, roles in {"root": "admin,user", "ada": "user", "ben": "reader"}.items():
                self.users[make_user(username, roles=roles)] = Member(set(roles.split(",")))

    def teardown(self):
        try:
            if self.users:
                assert self.ask("GET", "events/verify").json["verified"]
        finally:
            with self.app.app_context():
                leave_nobody()
                db.session.execute(delete(Role).where(Role.is_protected.is_(False)))
                db.session.commit()

    # What is done

    @rule(number=numbers, role=names)
    def grant(self, number, role):
        user_id = self.someone(number)

        def change():
            self.named(role)
            self.user(user_id).give(role)

        self.attempt("PUT", f"users/{user_id}/roles/{role}", change)

    @rule(number=numbers, role=names, window=st.sampled_from(WINDOWS), then_wait=st.booleans())
    def lend(self, number, role, window, then_wait):
        first, end = (None if seconds is None else self.at + seconds for seconds in window)
        self.lend_from_to(self.someone(number), role, first, end)
        for edge in (first, end) if then_wait else ():
            self.pass_by(edge or 0)

    @rule(number=numbers, role=names, window=st.sampled_from(BAD_WINDOWS))
    def lend_badly(self, number, role, window):
        first, end = (None if seconds is None else self.at + seconds for seconds in window)
        self.lend_from_to(self.someone(number), role, first, end)

    @rule(number=numbers, role=names)
    def lend_again(self, number, role):
        """Name the same end, and no beginning."""
        user_id = self.someone(number)
        end = self.users[user_id].lent.get(role, (0, inf))[1] if user_id in self.users else inf
        if end < inf:
            self.lend_from_to(user_id, role, None, end)

    def lend_from_to(self, user_id, role, first, end):
        def change():
            begins, ends = self.at if first is None else first, inf if end is None else end
            if not max(self.at, begins) < ends:
                raise Refused(422, "validation_error")
            self.named(role)
            user = self.user(user_id)
            known = user.lent.get(role)
            if first is None and known and known[1] == ends:
                begins = min(begins, known[0])
            user.take(role)
            user.lent[role] = begins, ends

        body = {"starts_at": spelt(first), "expires_at": spelt(end)}
        self.attempt("PUT", f"users/{user_id}/roles/{role}", change, **body)

    @rule(number=numbers, role=names)
    def withdraw(self, number, role):
        user_id = self.someone(number)

        def change():
            user = self.user(user_id)
            if role not in user.standing:
                self.named(role)
            user.take(role)

        self.attempt("DELETE", f"users/{user_id}/roles/{role}", change)

    @rule(number=numbers, roles=several)
    def replace(self, number, roles):
        user_id = self.someone(number)

        def change():
            for role in roles:
                self.named(role)
            user = self.user(user_id)
            is_lent = {role: role not in user.standing and user.borrows(role, self.at) for role in roles}
            is_later = {role: role not in user.standing and not user.borrows(role, self.at) for role in user.lent}
            user.lent = {
                role: window
                for role, window in user.lent.items()
                if (is_lent[role] if role in roles else is_later[role])
            }
            user.standing = {role for role in roles if not is_lent[role]}

        self.attempt("PUT", f"users/{user_id}/roles", change, roles=sorted(roles))

    @rule(role=names, adding=groups, removing=groups, dry_run=st.booleans(), partial=st.booleans())
    def assign(self, role, adding, removing, dry_run, partial):
        add, remove = ({self.someone(number) for number in group} for group in (adding, removing))
        before, outcomes = deepcopy(self.users), {}

        def change():
            if add & remove:
                raise Refused(422, "validation_error")
            self.named(role)
            if not partial:
                for user_id in add | remove:
                    self.user(user_id)
            outcomes.update(self.give_and_take(role, add, remove, partial))

        body = {"add": sorted(add), "remove": sorted(remove), "dry_run": dry_run, "partial": partial}
        answer = self.attempt("POST", f"roles/{role}/users", change, **body)
        if answer.status_code == 200:
            assert {one["id"]: one["outcome"] for one in answer.json["outcomes"]} == outcomes
        if dry_run:
            self.users = before

    def give_and_take(self, role, add, remove, partial):
        """Change the model, and return what becomes of each."""
        before = {user_id: user.as_it_counts(self.at) for user_id, user in self.users.items()}
        for user_id in add & self.users.keys():
            self.users[user_id].give(role)
        keepers = self.keepers()
        spared = {keepers[0]} if partial and role == "admin" and remove.issuperset(keepers) else set()
        for user_id in (remove - spared) & self.users.keys():
            self.users[user_id].take(role)
        outcomes = dict.fromkeys(add, "granted") | dict.fromkeys(remove, "withdrawn")
        for user_id, counted in before.items():
            if user_id in outcomes and self.users[user_id].as_it_counts(self.at) == counted:
                outcomes[user_id] = "unchanged"
        outcomes |= dict.fromkeys(outcomes.keys() - before.keys(), "unknown_user")
        return outcomes | dict.fromkeys(spared, "last_admin")

    @rule(roles=several)
    def add_user(self, roles):
        if len(self.users) == MOST_USERS:
            return
        self.made += 1
        defaults = {role for role, is_default in self.catalogue.items() if is_default}

        def change():
            for role in roles:
                self.named(role)

        body = {"username": f"user{self.made}", "password": PASSWORD, "roles": sorted(roles)}
        answer = self.attempt("POST", "users", change, 201, **body)
        if answer.status_code == 201:
            self.users[answer.json["id"]] = Member(defaults | roles)

    @rule(number=numbers)
    def delete_user(self, number):
        user_id = self.someone(number)

        def change():
            self.user(user_id)
            del self.users[user_id]

        if self.attempt("DELETE", f"users/{user_id}", change, 204).status_code == 204:
            self.gone.append(user_id)

    @rule(number=numbers, is_active=st.booleans())
    def switch(self, number, is_active):
        user_id = self.someone(number)

        def change():
            user = self.user(user_id)
            if is_active and not user.is_active:
                del self.tokens[user_id]  # Whose session was ended is not signed in again.
            user.is_active = is_active

        self.attempt("PATCH", f"users/{user_id}", change, is_active=is_active)

    @rule(role=names, is_default=st.booleans())
    def add_role(self, role, is_default):
        def change():
            if role in self.catalogue:
                raise Refused(409, "role_exists")
            self.catalogue[role] = is_default

        self.attempt("POST", "roles", change, 201, name=role, is_default=is_default)

    @rule(role=names | st.just("user"), is_default=st.booleans())
    def edit_role(self, role, is_default):
        def change():
            self.named(role)
            if role in ("admin", "user") and self.catalogue[role] != is_default:
                raise Refused(409, "protected_role")
            self.catalogue[role] = is_default

        self.attempt("PATCH", f"roles/{role}", change, is_default=is_default)

    @rule(role=names | st.just("user"), withdraw=st.booleans())
    def delete_role(self, role, withdraw):
        holders = [user for user in self.users.values() if user.will_have(role, self.at)]

        def change():
            self.named(role)
            if role in ("admin", "user"):
                raise Refused(409, "last_admin" if role == "admin" else "protected_role")
            if holders and not withdraw:
                raise Refused(409, "role_in_use")
            for user in self.users.values():
                user.take(role)
            del self.catalogue[role]

        answer = self.attempt("DELETE", f"roles/{role}?withdraw={withdraw}", change)
        if answer.json.get("error") in (None, "role_in_use"):
            assert answer.json.get("withdrawn", answer.json.get("holders")) == len(holders)

    @rule(number=numbers, roles=several, spelling=st.sampled_from(sorted(BY_HAND)))
    def write_by_hand(self, number, roles, spelling):
        user_id, before = self.someone(number), deepcopy(self.users)
        if user_id not in self.users:
            return
        self.users[user_id].standing = {*roles}
        if not self.keepers():
            self.users = before
            return
        with self.app.app_context():
            write_by_hand(user_id, BY_HAND[spelling](sorted(roles)))

    @rule(seconds=st.sampled_from([0.25, 1, 59, HOUR, 40 * DAY]))
    def wait(self, seconds):
        self.wait_until(self.now + seconds)

    @rule(most=st.integers(1, 4), beyond=st.sampled_from([0, 0, 1]))
    def wait_for_changes(self, most, beyond):
        for edge in sorted(self.edges())[:most]:
            self.pass_by(edge)
        self.wait_until(self.now + beyond)

    def pass_by(self, edge):
        """See the last moment before a role of someone begins or ends, and the first one after it."""
        for moment in (edge - 0.25, edge):
            if moment > self.now:
                self.wait_until(moment)
                self.all_agree()

    def wait_until(self, moment):
        self.now = moment
        self.clock.move_to(moment)

    def edges(self):
        windows = {window for user in self.users.values() for window in user.lent.values()}
        return {edge for window in windows for edge in window if self.now < edge < inf}

    # What must hold then

    @invariant()
    def all_agree(self):
        self.the_guard_agrees()
        self.explain_agrees()
        self.the_lists_agree()
        self.the_grants_agree()

    def the_guard_agrees(self):
        for user_id, user in self.users.items():
            for role in ROLES:
                answer = self.client.get(f"/probe/{role}", headers=bearer(self.token(user_id)))
                status = (200 if user.has(role, self.at) else 403) if user.is_active else 401
                assert answer.status_code == status, (user_id, role)
                assert status != 403 or answer.json["required"] == [role]
        for user_id in self.gone:
            assert self.client.get("/probe/editor", headers=bearer(self.tokens[user_id])).status_code == 401

    def explain_agrees(self):
        for user_id, user in self.users.items():
            for role in ROLES:
                answer = self.ask("GET", f"users/{user_id}/explain?role={role}")
                if role not in self.catalogue and role not in user.standing:
                    assert answer.status_code == 404
                else:
                    self.agrees(answer.json, user, role)

    def agrees(self, told, user, role):
        has, borrows = user.has(role, self.at), user.borrows(role, self.at)
        missing = [one["kind"] for one in told["missing"]]
        assert told["holds"] == (user.is_active and has)
        assert [one["kind"] for one in told["because"]] == ["standing"] * (role in user.standing) + ["grant"] * borrows
        assert bool(missing) == (not told["holds"])
        assert ("disabled" in missing) == (not user.is_active)
        assert ("not_begun" in missing) == (not has and user.will_have(role, self.at))

    def the_lists_agree(self):
        shown = {user["id"]: user["roles"] for user in self.ask("GET", "users").json["users"]}
        assert shown == {user_id: user.held(self.at) for user_id, user in self.users.items()}
        for role in ROLES:
            filtered = self.ask("GET", f"users?role={role}")
            members = self.ask("GET", f"roles/{role}/users?active=true")
            if role not in self.catalogue:
                assert filtered.status_code == members.status_code == 404
            else:
                holders = {user_id for user_id, user in self.users.items() if user.has(role, self.at)}
                assert {user["id"] for user in filtered.json["users"]} == holders
                effective = {user_id for user_id in holders if self.users[user_id].is_active}
                assert {user["id"] for user in members.json["users"]} == effective

    def the_grants_agree(self):
        told = [
            (one["user"]["id"], one["role"], read(one["starts_at"]), read(one["expires_at"]))
            for one in self.ask("GET", "grants").json["grants"]
        ]
        lent = [(user_id, role, *window) for user_id, user in self.users.items() for role, window in user.lent.items()]
        assert sorted(told) == sorted(grant for grant in lent if grant[3] > self.at)
        assert [grant[3] for grant in told] == sorted(grant[3] for grant in told)

    # How it is asked

    def attempt(self, method, path, change, status=200, **body):
        """Send a request and change the model, or neither is changed, for the same reason."""
        before, headers = deepcopy((self.users, self.catalogue)), self.keys()
        expected = status, None
        try:
            change()
            if not self.keepers():
                raise Refused(409, "last_admin")
        except Refused as refused:
            expected = refused.args
            self.users, self.catalogue = before
        answer = self.client.open(f"/api/admin/{path}", method=method, json=body, headers=headers)
        told = answer.get_json(silent=True) or {}
        assert (answer.status_code, told.get("error")) == expected, (method, path, body, told)
        return answer

    def ask(self, method, path):
        return self.client.open(f"/api/admin/{path}", method=method, headers=self.keys())

    def keys(self):
        return bearer(self.token(self.keepers()[0]))

    def keepers(self):
        return sorted(user_id for user_id, user in self.users.items() if user.keeps_the_keys(self.at))

    def someone(self, number):
        """The id of this user, or of one whom there is not."""
        if number == MOST_USERS:
            return (self.gone or [NOBODY])[-1]
        return sorted(self.users)[number % len(self.users)]

    def user(self, user_id):
        if user_id not in self.users:
            raise Refused(404, "unknown_user")
        return self.users[user_id]

    def named(self, role):
        if role not in self.catalogue:
            raise Refused(404, "unknown_role")

    def token(self, user_id):
        """Their token of before, for as long as it lasts: what it says of roles is not what counts."""
        known = self.tokens.get(user_id)
        is_over = known is None or claims_of(known)["exp"] <= self.now
        if is_over and self.users[user_id].is_active:
            with self.app.app_context():
                user = db.session.get(User, user_id)
                session = sessions.start(user, "access", CONSOLE).session
                db.session.commit()
                self.tokens[user_id] = guard.encode_jwt_token(user, session=session)
        return self.tokens[user_id]


def write_by_hand(user_id, roles):
    """Write the column past Lictor, as administrators of the older app did."""
    db.session.execute(text("update users set roles = :roles where id = :id"), {"roles": roles, "id": user_id})
    db.session.commit()


def spelt(second):
    return None if second is None else datetime.fromtimestamp(second, UTC).isoformat()


def read(moment):
    return inf if moment is None else datetime.fromisoformat(moment).timestamp()


@pytest.fixture
def probed_app(app, database_url):
    """An app with a route for each role."""
    with another_app(database_url) as made:
        for role in ROLES:
            made.add_url_rule(f"/probe/{role}", f"probe_{role}", roles_required(role)(lambda: jsonify(come="in")))
        yield made
