"""How long a name waits after wrong passwords. Pure: counts and seconds in, seconds out."""

import hashlib

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
    return hashlib.sha256(f"{address}\n{username.strip().casefold()}".encode()).hexdigest()
