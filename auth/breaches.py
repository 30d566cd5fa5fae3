"""Breaches: a look at a service that knows which passwords were stolen somewhere, where the operator names one.

It is told five digits of the SHA-1, and answers with all that begin so (k-anonymity, as "Pwned Passwords" has it; NIST
SP 800-63B-4, 3.1.1.2). It is asked before anything is locked. Where it does not answer, a password may be chosen.
"""

import hashlib
import logging
import time
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from flask import current_app

from auth.hashing import normal
from models import this_second

log = logging.getLogger(__name__)

#: Where the one of an app is, in `app.extensions`.
SERVICE = "lictor_breaches"
#: How long an answer may take, in seconds, and how long it may be, in bytes; they have about 40,000.
PATIENCE = 2
_LONGEST = 1_000_000
#: For how many seconds nobody waits for a service that failed.
SILENCE = 30


class Service:
    """Asks the service at an address like https://api.pwnedpasswords.com; nothing where that is empty."""

    def __init__(self, address: str) -> None:
        self._address = urlsplit(address)
        self._silent_until = 0

    def knows(self, password: str) -> bool:
        """Tell whether a password was in a breach; False where nobody says so."""
        if not self._address.hostname or this_second() < self._silent_until:
            return False
        told = hashlib.sha1(normal(password).encode(errors="surrogatepass"), usedforsecurity=False).hexdigest().upper()
        try:
            found = self._range(told[:5])
        except (OSError, HTTPException, ValueError) as error:
            self._silent_until = this_second() + SILENCE
            log.warning(
                "breached passwords: no answer (%s); for %s s, none is asked for", type(error).__name__, SILENCE
            )
            return False
        # What is there to hide the length of an answer was seen no time at all.
        return any(suffix == told[5:] and times.strip() != "0" for suffix, _, times in found)

    def _range(self, prefix: str) -> list[tuple[str, str, str]]:
        kind = HTTPSConnection if self._address.scheme == "https" else HTTPConnection
        connection = kind(self._address.hostname or "", self._address.port, timeout=PATIENCE)
        end = time.monotonic() + PATIENCE
        try:
            headers = {"Add-Padding": "true", "User-Agent": "Lictor", "Connection": "close"}
            connection.request("GET", f"{self._address.path.rstrip('/')}/range/{prefix}", headers=headers)
            answer = connection.getresponse()
            if answer.status != 200:
                raise ValueError(answer.status)
            read = b""
            while part := answer.read1(65536):
                read += part
                if len(read) > _LONGEST or time.monotonic() > end:
                    raise ValueError("too long")
        finally:
            connection.close()
        return [line.partition(":") for line in read.decode("ascii").splitlines()]


def knows(password: str) -> bool:
    """Tell whether the service of this app, if it has one, knows a password from a breach. Takes no lock."""
    service: Service = current_app.extensions[SERVICE]
    return service.knows(password)
