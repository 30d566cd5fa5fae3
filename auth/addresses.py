"""Taking another e-mail address: asked for with the password, and made when the new address has been confirmed."""

from auth import accounts, audit, mail, passwords, sessions, stepup, tickets
from auth.actions import Action
from auth.caller import Caller
from auth.errors import InvalidField
from auth.mail import Kind
from auth.names import check_email
from models import User


def ask(user_id: int, address: str, password: str, by: Caller) -> bool:
    """Let a ticket go to the new address, and a notice to the old one; tell whether the change has been made already.

    It is made at once where no letter can leave. Whether another account has the address is told to its owner alone.
    Raises ReauthenticationRequired, WrongPassword, InvalidField, or, where it is made at once, EmailTaken.
    """
    stepup.check(by)
    wanted = check_email(address)
    known = passwords.known_hash(user_id, password)
    user = passwords.confirmed_owner(user_id, password, known, by)
    if wanted == user.email_key:
        raise InvalidField("email", "This is your address already.")
    if not mail.is_on():
        accounts.change_address(user, wanted, by, is_confirmed=False)
        return True
    # Now, and not when the letter is sent: an address that was mistyped is no good any more.
    tickets.void(user.id, tickets.NEW_ADDRESS)
    audit.record(Action.ADDRESS_CHANGE_ASKED, by, user.id)
    mail.ask(Kind.CHANGE_ADDRESS, wanted, by, user.id)
    mail.notify(user, Kind.ADDRESS_CHANGE_ASKED)
    return False


def confirm(ticket: str, by: Caller) -> User:
    """Make the change whose ticket this is. Raises InvalidToken, SpentTicket, or EmailTaken."""
    user, redeemed = tickets.redeem(ticket, (tickets.NEW_ADDRESS,))
    if redeemed.bound_to is None or not user.is_valid():
        raise InvalidField("email", "There is no address to take.")
    by = sessions.signed_in_as(user.id, None, by)
    accounts.change_address(user, redeemed.bound_to, by, is_confirmed=True)
    return user
