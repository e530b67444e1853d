"""How long a name waits after wrong passwords, and when two names read the same. Pure."""

import hashlib
import unicodedata

FREE_TRIES = 3
FREE_TRIES_PER_ADDRESS = 30
LONGEST_WAIT = 900
LONGEST_WAIT_PER_ADDRESS = 30
FORGOTTEN_AFTER = 3600


def wait_after(tries: int, *, free: int = FREE_TRIES, longest: int = LONGEST_WAIT) -> int:
    """Seconds until the next try after `tries` in a row: none at first, then 1, 2, 4 … up to `longest`."""
    return 0 if tries < free else int(min(2 ** min(tries - free, 20), longest))


def tries_key(address: str, username: str = "") -> str:
    """What the tries of one name from one address are counted under; without a name, all of the address."""
    name = username.strip().upper().casefold()  # as databases compare: UPPER makes one letter of “ı” and “i”
    return hashlib.sha256(f"{address}\n{name}".encode()).hexdigest()


def name_key(full_name: str) -> str:
    """The same for names that people read as one: case, width, blanks and invisible characters do not count."""
    seen = (letter for letter in unicodedata.normalize("NFKC", full_name) if unicodedata.category(letter) != "Cf")
    return " ".join("".join(seen).casefold().split())
