"""Every refusal: a code, a status, and one sentence that is safe for strangers."""


class AuthError(Exception):
    """The request was refused."""

    code, status = "refused", 400
    #: Whether what the rule has written must survive the refusal: a failed sign-in, an ended session.
    leaves_trace = False

    def __init__(self, **facts: object) -> None:
        super().__init__(self.message)
        self.facts = facts

    @property
    def message(self) -> str:
        return (type(self).__doc__ or "").strip()


class InvalidCredentials(AuthError):
    """Wrong username or password."""

    code, status = "invalid_credentials", 401
    leaves_trace = True

    def __init__(self, subject_id: int | None = None) -> None:
        super().__init__()
        #: The account that was meant, for the audit trail alone; None where there is none.
        self.subject_id = subject_id


class MissingToken(AuthError):
    """Sign in first: this needs an access token in the header Authorization."""

    code, status = "missing_token", 401


class InvalidToken(AuthError):
    """This token is not valid, or no longer is. Sign in again."""

    code, status = "invalid_token", 401


class ExpiredToken(AuthError):
    """This access token has expired. Refresh it, or sign in again."""

    code, status = "expired_token", 401


class ReusedCredential(AuthError):
    """This token was used before, so its session has been ended. Sign in again."""

    code, status = "invalid_token", 401
    leaves_trace = True


class TooEarly(AuthError):
    """This access token is still fresh. Refresh it when it has expired."""

    code, status = "too_early", 425


class MissingRole(AuthError):
    """This needs a role that you do not have."""

    code, status = "missing_role", 403


class BeyondOwnGrant(AuthError):
    """You are an administrator for a while, and cannot make one for longer."""

    code, status = "beyond_own_grant", 403


class WrongPassword(AuthError):
    """The current password is wrong."""

    code, status = "wrong_password", 403
    leaves_trace = True


class ForeignOrigin(AuthError):
    """A cookie is accepted only from this site, or from an origin that is listed in CORS_ORIGINS."""

    code, status = "origin_not_allowed", 403


class RegistrationClosed(AuthError):
    """Registration is closed. Ask an administrator for an account."""

    code, status = "registration_closed", 403


class UsernameTaken(AuthError):
    """This username is taken."""

    code, status = "username_taken", 409


class EmailTaken(AuthError):
    """This e-mail address is taken."""

    code, status = "email_taken", 409


class LastAdmin(AuthError):
    """Someone must keep the keys: this would leave no administrator."""

    code, status = "last_admin", 409


class UnknownUser(AuthError):
    """There is no such user."""

    code, status = "unknown_user", 404


class UnknownRole(AuthError):
    """There is no such role."""

    code, status = "unknown_role", 404


class RoleExists(AuthError):
    """There is a role of this name already."""

    code, status = "role_exists", 409


class RoleInUse(AuthError):
    """Someone has this role. Withdraw it first, or ask for it to be withdrawn from all."""

    code, status = "role_in_use", 409


class TooManyRoles(AuthError):
    """There are 500 roles, which is the most. Delete one that nobody needs."""

    code, status = "too_many_roles", 409


class ProtectedRole(AuthError):
    """This role is a part of Lictor: it stays, and who gets it by default is not open to change."""

    code, status = "protected_role", 409


class TooManyUsers(AuthError):
    """This names more than 10,000 users. Ask for them in several calls."""

    code, status = "too_many_users", 413


class UnknownSession(AuthError):
    """There is no such session."""

    code, status = "unknown_session", 404


class StaleVersion(AuthError):
    """Someone changed this user meanwhile. Fetch it again, then decide."""

    code, status = "stale_version", 412


class SpentTicket(AuthError):
    """This was used before, has expired, or was replaced by a newer one."""

    code, status = "ticket_spent", 409


class TooManyRequests(AuthError):
    """Too many attempts. Wait, and try again."""

    code, status = "too_many_requests", 429

    def __init__(self, retry_after: int) -> None:
        #: In seconds, from now on.
        super().__init__(retry_after=retry_after)


class Busy(AuthError):
    """Too many people are signing in at this moment. Try again."""

    code, status = "busy", 503

    def __init__(self) -> None:
        super().__init__(retry_after=1)


class InvalidField(AuthError):
    """Some fields are missing or not valid."""

    code, status = "validation_error", 422

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(fields={field: [problem]})


class SecondFactorRequired(AuthError):
    """The password is right. Now give a code, a recovery code or a passkey."""

    code, status = "second_factor_required", 401
    leaves_trace = True

    def __init__(self, **facts: object) -> None:
        #: `ticket` and `factors`; where there is a passkey also `passkey`, the options of its ceremony.
        super().__init__(**facts)


class WrongCode(AuthError):
    """This code is wrong, or was used before."""

    code, status = "wrong_code", 403
    leaves_trace = True


class WrongPasskey(AuthError):
    """This passkey was not accepted."""

    code, status = "wrong_passkey", 403
    leaves_trace = True


class FactorRequired(AuthError):
    """This needs a role that counts only with a second factor: set one up, or sign in with it."""

    code, status = "factor_required", 403


class ReauthenticationRequired(AuthError):
    """Show once more that it is you: that was too long ago for this."""

    code, status = "reauthentication_required", 403


class FactorExists(AuthError):
    """This second factor is set up already. Remove it first."""

    code, status = "factor_exists", 409


class UnknownFactor(AuthError):
    """There is no such second factor."""

    code, status = "unknown_factor", 404


class TooManyPasskeys(AuthError):
    """This account has 20 passkeys, which is the most. Remove one that nobody needs."""

    code, status = "too_many_passkeys", 409
