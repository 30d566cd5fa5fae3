"""The door that opens outward: it takes letters from the outbox, each in a transaction of its own, and sends them.

In every worker one thread does so: soon after a commit that wrote letters, and now and then for those that others left.
`flask mail send` does it once. What is sent, and to whom, is decided in auth/mail/.
"""

import atexit
import logging
import os
import random
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from email.message import EmailMessage

from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from auth import mail
from auth.mail import outbox, prepare, render
from models import Letter, db
from sender import carriers
from sender.carriers import Carrier, Refused, Unreachable

log = logging.getLogger(__name__)

#: Seconds between two looks at the outbox that nobody asked for.
POLL = 5
#: Seconds from a commit to its letters, at random: how busy a worker is must not tell which request caused one.
SPREAD = (0.2, 0.8)
#: Seconds to leave a mail server alone that takes nothing; twice as long each time, up to the second one.
PAUSES = (1, 30)
#: Seconds between two removals of old letters.
HOUSEKEEPING = 3600


@dataclass
class Outcome:
    """What became of the letters that were due."""

    sent: int = 0
    failed: int = 0
    #: Whether the mail server took nothing; letters that were not tried then are due as before.
    is_stuck: bool = False


def drain(is_over: Callable[[], bool] = lambda: False) -> Outcome:
    """Send every letter that is due, until there is none, or it is over, or the mail server takes nothing."""
    outcome = Outcome()
    due = outbox.first_due() if mail.is_on() else None
    if due is None:
        return outcome
    with closing(carriers.chosen()) as carrier:
        try:
            carrier.open()
        except Unreachable as error:
            outcome.is_stuck = True
            log.warning("the mail server takes nothing: %s. Letter %s to user %s waits, as do all", error, *due)
        while not outcome.is_stuck and not is_over() and (letter := _claimed()):
            _deliver(letter, carrier, outcome)
    return outcome


def _claimed() -> Letter | None:
    letter = outbox.claim()
    db.session.commit()
    return letter


def _deliver(letter: Letter, carrier: Carrier, outcome: Outcome) -> None:
    """Send one letter, or put it off; whatever goes wrong with it is no other letter's affair."""
    name, user_id, attempts, created_at = letter.id, letter.user_id, letter.attempts, letter.created_at
    is_final = False
    try:
        message = _written(letter)
        user_id = letter.user_id
        if message is None:
            return
        carrier.send(message)
        _settle(name)
        outcome.sent += 1
        return
    except Unreachable as error:
        outcome.is_stuck, told = True, f"{outbox.SERVER}{error}"
    except Refused as error:
        told, is_final = str(error), error.is_final
    except Exception as error:
        told = f"letter: {type(error).__name__}"
        # Without what the error says, in which an address may be.
        log.error("letter %s could not be written, at:\n%s", name, "".join(traceback.format_tb(error.__traceback__)))
    db.session.rollback()
    is_given_up = outbox.failed(name, attempts, created_at, told, is_final=is_final)
    db.session.commit()
    outcome.failed += 1
    log.warning("letter %s to user %s %s: %s", name, user_id, "was given up" if is_given_up else "has to wait", told)


def _written(letter: Letter) -> EmailMessage | None:
    """Return what is to be sent, once its ticket is kept; None where nobody is to get it."""
    written = prepare.prepare(letter)
    if written is None:
        outbox.drop(letter)
    db.session.commit()
    return render.message(letter, written) if written else None


def _settle(name: int) -> None:
    outbox.sent(name)
    db.session.commit()


class Sender:
    """The thread of one worker."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._is_wanted = bool(app.config["MAIL_BACKEND"]) and not app.testing
        self._lock = threading.Lock()
        self._stop = threading.Event()
        #: The process that the thread runs in; a worker is forked with none of the threads of its parent.
        self._process = 0

    def start(self) -> None:
        """Begin to send, where this process does not yet, and letters can leave."""
        if self._process == os.getpid() or not self._is_wanted:
            return
        with self._lock:
            if self._process != os.getpid():
                self._process = os.getpid()
                thread = threading.Thread(target=self._run, name="lictor-sender", daemon=True)
                thread.start()
                atexit.register(self._end, thread)

    def _end(self, thread: threading.Thread) -> None:
        """Let the letter at hand be finished, for five seconds; what is not finished is sent once more, by another."""
        self._stop.set()
        _written_one.set()
        thread.join(timeout=5)

    def _run(self) -> None:
        pause: float = 0
        cleaned_at = 0.0
        while not self._stop.is_set():
            if pause:
                self._stop.wait(pause)
            else:
                _written_one.wait(POLL * random.uniform(0.8, 1.2))
            _written_one.clear()
            if self._stop.wait(random.uniform(*SPREAD)):
                return
            is_stuck = self._drained()
            pause = min(max(PAUSES[0], pause * 2), PAUSES[1]) if is_stuck else 0
            if time.monotonic() - cleaned_at > HOUSEKEEPING:
                cleaned_at = time.monotonic()
                self._clean()

    def _drained(self) -> bool:
        """Send what is due; tell whether the mail server, or the database, is not there."""
        try:
            with self._app.app_context():
                return drain(self._stop.is_set).is_stuck
        except Exception as error:
            log.error("the outbox could not be looked at: %s", type(error).__name__)
            return True

    def _clean(self) -> None:
        try:
            with self._app.app_context():
                while outbox.prune():
                    db.session.commit()
        except Exception as error:
            log.error("old letters could not be removed: %s", type(error).__name__)


#: Set when a transaction of this process has committed that wrote letters.
_written_one = threading.Event()


@event.listens_for(db.session, "after_commit")
def _wake(session: Session) -> None:
    if not session.in_nested_transaction() and session.info.pop(mail.WRITTEN, False):
        _written_one.set()


def register(app: Flask) -> None:
    """Open the door: the thread begins with the first request, or before. In tests a letter leaves when they say so."""
    sender = app.extensions["lictor_sender"] = Sender(app)
    app.before_request(sender.start)
