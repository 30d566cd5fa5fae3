"""What is recorded in the trail."""

from enum import StrEnum


class Action(StrEnum):
    """The closed list of what is recorded."""

    REGISTERED = "user.registered"
    CREATED = "user.created"
    RENAMED = "user.renamed"
    ADDRESS_CHANGED = "user.email_changed"
    ENABLED = "user.enabled"
    DISABLED = "user.disabled"
    DELETED = "user.deleted"
    PASSWORD_CHANGED = "user.password_changed"
    PASSWORD_RESET = "user.password_reset"
    EMAIL_CONFIRMED = "user.email_confirmed"
    ADDRESS_CHANGE_ASKED = "user.email_change_asked"
    TICKET_ASKED = "user.ticket_asked"
    PASSWORD_REFUSED = "user.password_refused"
    FACTOR_ADDED = "user.factor_added"
    FACTOR_REMOVED = "user.factor_removed"
    FACTORS_TAKEN = "user.factors_removed"
    FACTOR_REFUSED = "user.factor_refused"
    RECOVERY_CODES_MADE = "user.recovery_codes_made"
    RECOVERY_CODE_USED = "user.recovery_code_used"
    RECOVERY_ISSUED = "user.recovery_issued"
    ROLE_GRANTED = "role.granted"
    ROLE_LENT = "role.lent"
    ROLE_WITHDRAWN = "role.withdrawn"
    ROLES_REPLACED = "role.replaced"
    ROLE_CREATED = "role.created"
    ROLE_EDITED = "role.edited"
    ROLE_DELETED = "role.deleted"
    SIGNED_IN = "session.started"
    SIGN_IN_REFUSED = "session.refused"
    SIGNED_OUT = "session.ended"
    ALL_SIGNED_OUT = "session.ended_all"
    REUSE_DETECTED = "session.reuse_detected"
    REAUTHENTICATED = "session.reauthenticated"
    PRUNED = "audit.pruned"


#: What changes no privilege: recorded outside the chain, and may be pruned.
OUTSIDE = {
    Action.PASSWORD_REFUSED,
    Action.ADDRESS_CHANGE_ASKED,
    Action.TICKET_ASKED,
    Action.FACTOR_REFUSED,
    Action.RECOVERY_CODE_USED,
    Action.REAUTHENTICATED,
    Action.SIGNED_IN,
    Action.SIGN_IN_REFUSED,
    Action.SIGNED_OUT,
    Action.ALL_SIGNED_OUT,
    Action.REUSE_DETECTED,
}
#: What tells, before and after, which roles someone has.
ROLE_CHANGES = {
    Action.REGISTERED,
    Action.CREATED,
    Action.ROLE_GRANTED,
    Action.ROLE_LENT,
    Action.ROLE_WITHDRAWN,
    Action.ROLES_REPLACED,
}
