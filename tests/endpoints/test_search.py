"""A page is the same whether it is found on a walk along the list or by the indexes, and on every database."""

import itertools
import random

import pytest

from auth import roles, search
from auth.caller import CONSOLE
from auth.search import Search, find
from models import NEVER, RoleGrant, User, db, this_second
from tests.factories import make_role, make_user

NAMES = [
    first + last for first, last in itertools.product(["ada", "bea", "cid", "a_b", "zoë", "Анна"], ["", ".x", "99"])
]
SEARCHES = [None, "a", "ad", "ada", "a_b", "oë.", ".x@", "example", "99", "нна", "nobody", "%"]
ROLES = [None, "user", "editor", "captain"]
LIMITS = [4, 100]


@pytest.fixture
def everyone(app):
    """Accounts of every kind, and what is true of each."""
    with app.app_context():
        chosen = random.Random(7)
        for role in ("editor", "captain"):
            make_role(role)
        for number, name in enumerate(NAMES):
            email = f"{name.encode('punycode').decode()}@example.{number}".lower() if number % 3 else None
            standing = chosen.choice(["", "user", "editor,user", " user, editor", "editors,user"])
            user_id = make_user(name, roles="", stored="!", email=email, is_active=bool(number % 4))
            db.session.execute(db.update(User).where(User.id == user_id).values(roles=standing))
            if number % 5 == 0 and "editor" not in standing:
                roles.lend(user_id, "editor", None, None, CONSOLE)
            if number % 5 == 1:
                add_ended_grant(user_id)
        db.session.commit()
        yield [facts(user) for user in db.session.scalars(db.select(User))]


@pytest.mark.parametrize("steps", [1, 3, 20_000], ids=["by the indexes", "partly on a walk", "on a walk"])
@pytest.mark.parametrize("sort", search.SORTS)
def test_all_pages_hold_what_matches_in_order(everyone, monkeypatch, steps, sort):
    for name in ("WALK", "WALK_WITH_ROLES", "WALK_WITH_BOTH", "LONG_WALK"):
        monkeypatch.setattr(search, name, steps)
    every = list(itertools.product(SEARCHES, ROLES, [None, True, False], LIMITS))
    for part, role, active, limit in random.Random(f"{steps}{sort}").sample(every, 25):
        expected = [user for user in everyone if matches(user, part, role, active)]
        expected.sort(key=lambda user: user[sort.lstrip("-")], reverse=sort.startswith("-"))

        assert pages(part, role, active, sort, limit) == [user["id"] for user in expected], (part, role, active, limit)


def pages(part, role, active, sort, limit):
    """The ids of all that is listed, page after page."""
    found, cursor = [], None
    while True:
        page, cursor = find(Search(part, role, active, sort, limit, cursor))
        assert len(page) == limit or cursor is None
        found += [user.id for user in page]
        if cursor is None:
            return found


def matches(user, part, role, active):
    """Whether an account is to be listed, told without the database."""
    is_found = not part or part in user["username"] or part in user["email"]
    if part and len(part) < 3:
        is_found = user["username"].startswith(part)
    return is_found and (role is None or role in user["roles"]) and active in (None, user["active"])


def facts(user):
    roles_held = {name.strip() for name in user.roles.split(",")}
    lent = db.session.scalars(db.select(RoleGrant).where(RoleGrant.user_id == user.id, RoleGrant.expires_at == NEVER))
    return {
        "id": user.id,
        "username": user.username_key,
        "email": user.email_key or "",
        "roles": roles_held | {grant.role for grant in lent},
        "active": user.is_active,
    }


def add_ended_grant(user_id):
    end = this_second() - 10
    db.session.add(RoleGrant(user_id=user_id, role="captain", starts_at=end - 10, expires_at=end, actor="console"))
