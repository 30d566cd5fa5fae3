"""The console of administrators in each state that people meet it in; Ada is an administrator then."""

from models import now
from tests.browser.states import State, at, sent
from tests.frontend.guests import Guest


def as_admin(state: State) -> State:
    """A state, for an administrator who has signed in."""

    def reached(guest: Guest) -> None:
        guest.server.sql("UPDATE users SET roles = 'admin,user' WHERE username = 'ada'")
        state(guest.enter())

    return reached


def of_ada(part: str = "") -> State:
    """A page of the console about Ada."""

    def reached(guest: Guest) -> Guest:
        ((user_id,),) = guest.server.sql("SELECT id FROM users WHERE username = 'ada'")
        return guest.go(f"/admin/users/{user_id}/{part}".rstrip("/"))

    return reached


def then(state: State, *buttons: str) -> State:
    """What is there after these buttons were pressed, one after the other."""

    def reached(guest: Guest) -> None:
        state(guest)
        for button in buttons:
            guest.press(button)

    return reached


def ticked(state: State) -> State:
    """What is there when everyone in a list is ticked."""

    def reached(guest: Guest) -> None:
        state(guest)
        guest.page.get_by_label("Select all on this page").check()

    return reached


#: People, with the roles that they hold for good.
PEOPLE = {
    "barbara": "editor,user",
    "donald": "user",
    "edsger": "billing,support,user",
    "grace": "editor,support,user",
    "katherine": "admin,user",
    "linus": "user",
    "margaret": "support,user",
    "radia": "editor,user",
    "tim": "user",
}
ROLES = {"billing": "Sees invoices.", "editor": "Writes and publishes.", "support": "Answers letters."}


def among_many(part: str) -> State:
    """A page of the console where there are more people and roles, who have a past; `{}` stands for Grace."""

    def reached(guest: Guest) -> None:
        server = guest.server
        token = server.sign_in("ada")
        for role, description in ROLES.items():
            server("POST", "/api/admin/roles", {"name": role, "description": description}, token=token)
        ids = {name: server.add(name, roles=held, email=f"{name}@example.com", email_confirmed_at=now(), stored="!")
               for name, held in PEOPLE.items()}  # fmt: skip
        server("PATCH", f"/api/admin/users/{ids['tim']}", {"is_active": False, "reason": "left"}, token=token)
        server("PUT", f"/api/admin/users/{ids['linus']}/roles/editor", {"reason": "new job"}, token=token)
        lent = {"starts_at": "2026-01-05T08:00:00Z", "expires_at": "2099-01-31T17:00:00Z", "reason": "on call"}
        server("PUT", f"/api/admin/users/{ids['grace']}/roles/billing", lent, token=token)
        server("DELETE", f"/api/admin/users/{ids['radia']}/roles/user", {"reason": "asked for it"}, token=token)
        server("POST", "/api/login", {"username": "margaret", "password": "a guess"})
        guest.go(part.format(ids["grace"]))

    return reached


_STATES: dict[str, tuple[str, State]] = {
    "users": ("1 user", at("/admin/users")),
    "users-many": ("10 users", among_many("/admin/users")),
    "users-none": ("Nothing fits.", at("/admin/users?search=nobody")),
    "users-ticked": ("1 selected", ticked(at("/admin/users"))),
    "users-bulk": ("Add a role (selected users: 1)", then(ticked(at("/admin/users")), "Add a role")),
    "new-user": ("Make the account", at("/admin/new-user")),
    "new-user-empty": ("There is a problem", sent("/admin/new-user", "Make the account")),
    "user": ("ada", of_ada()),
    "user-delete": ("This is you: you lose your own account.", then(of_ada(), "Delete it for good")),
    "user-roles": ("Assign roles", of_ada("roles")),
    "user-assign": ("Assign roles to ada", then(of_ada("roles"), "Assign roles")),
    "user-explain": ("Why user? (ada)", then(of_ada("roles"), "Explain why: user")),
    "user-withdraw": ("Withdraw admin from ada", then(of_ada("roles"), "Withdraw admin")),
    "user-roles-many": ("Until ", among_many("/admin/users/{}/roles")),
    "user-sessions": ("Sign out everywhere", of_ada("sessions")),
    "user-events": ("1 event", of_ada("events")),
    "user-unknown": ("There is no such user.", at("/admin/users/999999")),
    "roles": ("The roles that there are", at("/admin/roles")),
    "roles-new": ("Make the role", then(at("/admin/roles"), "New role")),
    "role": ("1 user", at("/admin/roles/admin")),
    "role-add": ("Give the role admin to users", then(at("/admin/roles/admin"), "Add users")),
    "role-settings": ("Description", at("/admin/roles/user/settings")),
    "events": ("1 event", at("/admin/events")),
    "events-many": ("Role withdrawn", among_many("/admin/events")),
    "missing": ("There is nothing at this address.", at("/admin/nowhere")),
}
STATES = {f"console-{name}": (told, as_admin(state)) for name, (told, state) in _STATES.items()}
