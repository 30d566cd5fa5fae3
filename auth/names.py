"""Names: what an account may be called, and the one form in which two spellings of a name are the same."""

import re
import unicodedata

from email_validator import validate_email

from auth.errors import InvalidField

MAX_USERNAME = 64
MAX_ADDRESS = 320
#: RFC 5321, 4.5.3.1.1.
MAX_LOCAL_PART = 64
_MARKS = "._-"
#: Letters and marks that show nothing (Unicode's Default_Ignorable_Code_Point): two names would look alike.
_INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")


def email_key(address: str) -> str:
    """The form that is unique: width and case folded, and the domain in ASCII (IDNA).

    Raises ValueError where the text is no address.
    """
    if len(address) > MAX_ADDRESS:
        raise ValueError("longer than any address")
    # Every kind of full stop that browsers take for a dot becomes one before the domain is read.
    plain = unicodedata.normalize("NFKC", address).translate({0x3002: ".", 0xFF0E: ".", 0xFF61: "."})
    checked = validate_email(plain, check_deliverability=False)
    return f"{checked.local_part}@{checked.ascii_domain}".lower()


def check_username(name: str) -> str:
    """Return the username in its normal form (NFKC), or raise InvalidField."""
    # What is cut off here was too long anyway, in any form; to normalize all of it could take a second.
    name = unicodedata.normalize("NFKC", name[: 4 * MAX_USERNAME + 1])
    if not 1 <= len(name) <= MAX_USERNAME:
        raise InvalidField("username", f"A username has 1 to {MAX_USERNAME} characters.")
    if not (name[0].isalnum() and all(_is_allowed(c) for c in name)):
        raise InvalidField(
            "username", "A username has letters, digits, . _ and -, and begins with a letter or a digit."
        )
    scripts = {_script(c) for c in name if not c.isascii() or c.isalpha()}
    if len(scripts) > 1 or "COMBINING" in scripts:
        raise InvalidField("username", "A username keeps to the letters of one script.")
    return name


def check_email(address: str) -> str:
    """Return the address as it is stored and written to, its key, or raise InvalidField; delivery is not checked."""
    try:
        key = email_key(address)
    except ValueError:
        raise InvalidField("email", "This is not an e-mail address.") from None
    if len(key.rpartition("@")[0]) > MAX_LOCAL_PART:
        raise InvalidField("email", f"The part before the @ has at most {MAX_LOCAL_PART} characters.")
    if not key.isascii():
        raise InvalidField("email", "The part before the @ must be ASCII.")
    return key


def is_storable(text: str) -> bool:
    """Tell whether all three databases can hold a text: no NUL, and no half of a surrogate pair."""
    return "\0" not in text and not re.search("[\ud800-\udfff]", text)


def _is_allowed(character: str) -> bool:
    if character.isascii():
        return character.isalnum() or character in _MARKS
    return unicodedata.category(character)[0] in "LM" and not _INVISIBLE.match(character)


def _script(character: str) -> str:
    """The script of a letter, told by its Unicode name; the three scripts of Japanese are one."""
    word = unicodedata.name(character, "?").split()[0]
    return "JAPANESE" if word in ("CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA") else word
