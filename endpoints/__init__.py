"""The JSON door: which module answers under which prefix."""

from apiflask import APIFlask

from endpoints.addresses import addresses
from endpoints.assignments import assignments
from endpoints.docs import describe, docs
from endpoints.events import events
from endpoints.factors import factors
from endpoints.health import health
from endpoints.me import me
from endpoints.passwords import passwords
from endpoints.protected import protected
from endpoints.registration import registration
from endpoints.roles import roles
from endpoints.second_step import second_step
from endpoints.sessions import sessions, tokens_at_the_root
from endpoints.users import users

PREFIX = "/api"


def register(app: APIFlask) -> None:
    """Open the door."""
    for blueprint in (
        *(health, registration, sessions, second_step, protected, me, addresses, passwords, factors),
        *(users, assignments, roles, events, docs),
    ):
        app.register_blueprint(blueprint, url_prefix=PREFIX)
    app.register_blueprint(tokens_at_the_root)
    describe(app)
