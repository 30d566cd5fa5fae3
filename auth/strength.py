"""What a password is worth: whether it may be chosen, and how long somebody would guess at it.

What may be chosen is told by length and by a blocklist alone (NIST SP 800-63B-4, 3.1.1.2; OWASP Authentication sheet,
"Implement Proper Password Strength Controls"). The score advises, and forbids nothing.
"""

import gzip
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import current_app

from auth.hashing import MAX_LENGTH, normal
from auth.names import is_storable

WORDS = Path(__file__).parent / "words" / "common-passwords.txt.gz"
#: What everybody knows of an account here.
_OF_THE_PRODUCT = "lictor"
#: A word of somebody's name that is shorter stands in too many sentences.
_SHORTEST_WORD = 4
#: How many characters a password needs beside a word that is known.
_BESIDE = 5
#: How many characters are looked at for the score; more would take long, and change nothing.
_SCORED = 40
_TOLD = ("Guessed at once.", "Guessed soon.", "Could be better.", "Good.", "Very good.")


@dataclass(frozen=True)
class Strength:
    """What is told of a password: a score from 0 to 4, and whether it may be chosen."""

    score: int
    allowed: bool
    message: str


def problem(password: str, about: Iterable[str | None] = ()) -> str | None:
    """Return why a password may not be chosen, or None; `about` is what its owner is called: a name, an address."""
    least = current_app.config["PASSWORD_MIN_LENGTH"]
    if not least <= len(normal(password)) <= MAX_LENGTH:
        return f"A password has {least} to {MAX_LENGTH} characters."
    if not is_storable(password):
        return "A password is text, without a NUL character."
    folded = _folded(password)
    if folded in _common():
        return "This is one of the passwords that are tried first. Choose another one."
    if any(word in folded and len(folded.replace(word, "")) < _BESIDE for word in _words(about)):
        return "This is too much like your name or address. Choose another one."
    return None


def of(password: str, about: Iterable[str | None] = ()) -> Strength:
    """Return what a password is worth to whoever guesses at it, by zxcvbn."""
    from zxcvbn import zxcvbn  # type: ignore[import-untyped]  # 13 MB, which a worker pays when somebody first asks.

    known = [*_words(about)]
    score = int(zxcvbn(normal(password)[:_SCORED], user_inputs=known)["score"]) if password else 0
    wrong = problem(password, known)
    return Strength(0 if wrong else score, wrong is None, wrong or _TOLD[score])


def _words(about: Iterable[str | None]) -> Iterator[str]:
    """The words of a name or an address that a password may not be made of."""
    yield _OF_THE_PRODUCT
    for text in about:
        whole = _folded(text or "")
        name, _, host = whole.partition("@")
        for word in {whole, name, *host.split(".")[:-1]}:
            if len(word) >= _SHORTEST_WORD:
                yield word


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text[: 4 * MAX_LENGTH]).casefold()


@cache
def _common() -> frozenset[str]:
    """The common passwords; about two megabytes in a worker that has needed them."""
    return frozenset(gzip.decompress(WORDS.read_bytes()).decode().split("\n"))
