"""All that a rule may know of who is asking."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Caller:
    """Who is asking: over HTTP a `user` or a `stranger`, on the terminal the `console`."""

    kind: str = "stranger"
    user_id: int | None = None
    session_id: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    request_id: str | None = None
    #: What the device says to be known by (auth/devices.py); anybody may say anything.
    device: str | None = None
    #: The origin that browsers know this server by; passkeys belong to its host.
    site: str = ""

    def as_stranger(self) -> "Caller":
        """The same caller, for what they do as nobody in particular, whoever is signed in at the time."""
        return replace(self, kind="stranger", user_id=None, session_id=None)


CONSOLE = Caller(kind="console")
