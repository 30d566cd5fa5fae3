"""An example for each operation of the documentation; the tests send the first kind and expect the second."""

from typing import Any

_TIME = "2026-03-01T12:00:00Z"
_SESSION_ID = "3f2b8c1d9e0a4b5c6d7e8f9a0b1c2d3e"
_TOKEN = "eyJhbGciOiJIUzI1NiIsImtpZCI6Ij…"
_PERSON = {"id": 1, "username": "ada", "email": "ada@example.com", "roles": ["user"]}

REGISTRATION = {"username": "ada", "password": "correct horse battery", "email": "ada@example.com"}
LOGIN = {"username": "ada", "password": "correct horse battery", "refresh": "token"}
ADDRESS_LOGIN = {"email": "ada@example.com", "password": "correct horse battery"}
REFRESH = {"refresh_token": "lrt_PyuMHZ4KS1xtfo-aCxwtPgAAAAAA…"}
PASSWORD = {"password": "correct horse battery"}
STRENGTH = {"password": "correct horse battery", "username": "ada"}
STRENGTH_TOLD = {"score": 4, "allowed": True, "message": "Very good."}
PASSWORD_CHANGE = {"current_password": "correct horse battery", "new_password": "staple by the window"}
ADDRESS = {"email": "ada@example.com"}
NEW_ADDRESS = {"email": "lovelace@example.com", "password": "correct horse battery"}
PROFILE = {"username": "ada.lovelace"}
REASON = {"reason": "on duty this week"}
USER_PATCH = {"is_active": False, "reason": "left the company"}

TOKENS = {
    "message": "Token refreshed",
    "access_token": _TOKEN,
    "token": _TOKEN,
    "token_type": "Bearer",
    "expires_in": 900,
    "refresh_token": "lrt_PyuMHZ4KS1xtfo-aCxwtPgAAAAEA…",
}
SIGNED_IN = TOKENS | {"message": "Login successful", "user": _PERSON, "device": "AAAAAWdI…"}
SIGNED_IN_BY_ADDRESS = {k: v for k, v in SIGNED_IN.items() if k not in ("refresh_token", "device")}
REGISTERED = SIGNED_IN_BY_ADDRESS | {"message": "User registered successfully"}

PROTECTED = {"message": "protected endpoint (allowed usr ada)", "user_id": 1}
ME = {
    "user": _PERSON
    | {"grants": [], "is_active": True, "created_at": _TIME, "email_confirmed_at": _TIME, "password_changed_at": _TIME}
    | {"withheld": []}
}
SESSIONS = {
    "sessions": [
        {
            "id": _SESSION_ID,
            "current": True,
            "via": "token",
            "ip": "192.0.2.7",
            "user_agent": "Mozilla/5.0",
            "created_at": _TIME,
            "last_seen_at": _TIME,
            "expires_at": "2026-03-31T12:00:00Z",
        }
    ]
}
EVENTS = {
    "events": [
        {
            "id": 42,
            "at": _TIME,
            "action": "role.granted",
            "actor": "user",
            "actor_id": 7,
            "subject_id": 1,
            "session_id": None,
            "ip": None,
            "before": ["user"],
            "after": ["editor", "user"],
            "reason": "on duty this week",
        }
    ],
    "next_cursor": None,
}

USER = _PERSON | {
    "grants": [],
    "is_active": True,
    "created_at": _TIME,
    "last_seen_at": _TIME,
    "version": 3,
    "email_confirmed_at": _TIME,
    "unconfirmed_since": None,
    "factors": [],
}
USERS = {"users": [USER], "next_cursor": None}
NEW_USER = REGISTRATION | {"roles": ["editor"], "reason": "joined the desk"}
ROLE_SET = {"roles": ["editor", "user"], "reason": "moved to the desk"}
ROLE = {"name": "reviewer", "description": "Reads before it is printed", "is_default": False, "is_protected": False}
ROLE |= {"requires_factor": False}
ROLES = {"roles": [ROLE]}
NEW_ROLE = {"name": "reviewer", "description": "Reads before it is printed"}
ROLE_PATCH = {"description": "Reads before it is printed", "reason": "clearer"}
DELETED_ROLE = {"message": "Role deleted", "withdrawn": 3}
MEMBERS = {"add": [1], "remove": [7], "reason": "the new desk", "partial": True}
OUTCOMES = {
    "dry_run": False,
    "changed": 2,
    "outcomes": [{"id": 1, "outcome": "granted"}, {"id": 7, "outcome": "withdrawn"}],
}

_WINDOW = {"role": "editor", "starts_at": _TIME, "expires_at": "2026-03-08T12:00:00Z"}
_ROOT = {"actor": "user", "id": 7, "username": "root"}
GRANTS = {
    "grants": [
        _WINDOW
        | {"user": {"id": 1, "username": "ada"}, "granted_at": _TIME, "by": _ROOT, "reason": "on duty this week"}
    ],
    "next_cursor": None,
}
EXPLANATION = {
    "holds": True,
    "because": [{"kind": "standing", "since": _TIME, "by": _ROOT, "expires_at": None, "reason": "joined the desk"}],
    "missing": [],
}
ADMIN_EVENTS = {
    "events": [
        EVENTS["events"][0]
        | {"at": "2026-03-01T12:00:00.000000Z", "session_id": _SESSION_ID, "ip": "192.0.2.7"}
        | {"request_id": "5c0ffee5c0ffee50", "sequence": 17, "previous_hash": "b5bb9d80…", "hash": "7d865e95…"}
    ],
    "next_cursor": None,
}
VERDICT = {"verified": True, "events": 17, "sequence": 17, "hash": "7d865e95…", "problem": None}

_RECOVERY = ["8k2m4p-r7t9wx-c3d5fg-h6j8kn"]
_CEREMONY = {"challenge": "p5aV2uHXr0AOqUk7HQitvi-Ny1p…", "rpId": "auth.example.com", "timeout": 300000}
SECOND_STEP = {"ticket": "ltk_A1b2C3d4…", "code": "492039"}
LISTED_PASSKEY = {"id": 3, "name": "Phone", "created_at": _TIME, "last_used_at": None}
FACTORS = {"totp": {"confirmed_at": _TIME}, "passkeys": [LISTED_PASSKEY], "recovery_codes_left": 10}
NEW_TOTP = {
    "secret": "JBSWY3DPEHPK3PXP…",
    "otpauth_uri": "otpauth://totp/Lictor:ada?secret=JBSWY3DPEHPK3PXP…&issuer=Lictor",
    "qr_svg": "<svg …></svg>",
}
CODE = {"code": "492039"}
CONFIRMED_TOTP = {"message": "The authenticator app counts from now on.", "recovery_codes": _RECOVERY}
ENROLMENT = {"ticket": "lch_A1b2C3d4…", "options": {"challenge": "p5aV2uHXr0AOqUk7HQitvi-Ny1p…"}}
CEREMONY = {"ticket": "lch_A1b2C3d4…", "options": _CEREMONY}
PASSKEY = {"ticket": "lch_A1b2C3d4…", "attestation": {"id": "…", "type": "public-key"}, "name": "Phone"}
NEW_PASSKEY = {"message": "The passkey counts from now on.", "passkey": LISTED_PASSKEY, "recovery_codes": _RECOVERY}
PASSKEY_NAME = {"name": "Old phone"}
PASSKEY_LOGIN = {"ticket": "lch_A1b2C3d4…", "assertion": {"id": "…", "type": "public-key"}, "refresh": "token"}
RECOVERY_CODES = {"recovery_codes": _RECOVERY}
WAYS = {"factors": ["password", "passkey"], "ticket": "lch_A1b2C3d4…", "passkey": _CEREMONY}

RESET = {k: v for k, v in TOKENS.items() if k != "refresh_token"} | {"message": "Password changed", "user": "ada"}
CONFIRMED = RESET | {"message": "Address confirmed"}

SERVICE = {"JWT Server Application": "Running!", "name": "Lictor", "version": "0.1.0"}
HEALTH = {"status": "ok"}
READY = {"status": "ready", "checks": {"database": "ok", "migrations": "ok", "outbox": "ok"}}


def message(text: str) -> dict[str, Any]:
    """An answer that is a sentence."""
    return {"message": text}
