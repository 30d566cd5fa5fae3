"""A program: it gives and takes roles, a transaction each, and says which of the changes were acknowledged.

It reads the changes from its first line of input, says when it is ready, and begins at the second.
"""

import json
import sys

from api import app
from auth import roles
from auth.caller import CONSOLE
from models import User, db


def main() -> None:
    changes = json.loads(sys.stdin.readline())
    with app.app_context():
        db.session.get(User, 1)
        db.session.rollback()
        _say("ready")
        sys.stdin.readline()
        for user_id, role, is_given in changes:
            change = roles.grant if is_given else roles.withdraw
            change(user_id, role, CONSOLE, "because … so")
            db.session.commit()
            db.session.remove()
            _say([user_id, role, is_given])


def _say(fact: object) -> None:
    sys.stdout.write(json.dumps(fact) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
