"""How long a name waits after wrong passwords, and when two names read the same. Pure."""

import hashlib
import ipaddress
import unicodedata

FREE_TRIES = 3
FREE_TRIES_PER_ADDRESS = 30
FREE_TRIES_PER_NAME = 20
LONGEST_WAIT = 900
LONGEST_WAIT_PER_ADDRESS = 30
LONGEST_WAIT_PER_NAME = 30  # short: whoever guesses from everywhere must not keep the owner of the name out
FORGOTTEN_AFTER = 3600
NETWORK_BITS = 64  # bits of an IPv6 address that name one connection; its owner has all addresses behind them


def wait_after(tries: int, *, free: int = FREE_TRIES, longest: int = LONGEST_WAIT) -> int:
    """Seconds until the next try after `tries` in a row: none at first, then 1, 2, 4 … up to `longest`."""
    return 0 if tries < free else int(min(2 ** min(tries - free, 20), longest))


def limits(address: str, username: str) -> dict[str, tuple[int, int]]:
    """What one try counts for: (free tries, longest wait in seconds) by key."""
    return {
        tries_key(address, username): (FREE_TRIES, LONGEST_WAIT),
        tries_key(address): (FREE_TRIES_PER_ADDRESS, LONGEST_WAIT_PER_ADDRESS),
        tries_key("", username): (FREE_TRIES_PER_NAME, LONGEST_WAIT_PER_NAME),
    }


def tries_key(address: str, username: str = "") -> str:
    """What the tries of one name from one address are counted under; without one of them, all of the other."""
    name = username.strip().upper().casefold()  # as databases compare: UPPER makes one letter of “ı” and “i”
    return hashlib.sha256(f"{_network(address)}\n{name}".encode()).hexdigest()


def name_key(full_name: str) -> str:
    """The same for names that people read as one: case, width, blanks and invisible characters do not count."""
    seen = (letter for letter in unicodedata.normalize("NFKC", full_name) if unicodedata.category(letter) != "Cf")
    return " ".join("".join(seen).casefold().split())


def _network(address: str) -> str:
    """The address as far as nobody can choose another one at will: an IPv4 address, or the network of an IPv6 one."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address  # a proxy may send something else than an address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ipaddress.IPv6Network((int(found), NETWORK_BITS), strict=False))
