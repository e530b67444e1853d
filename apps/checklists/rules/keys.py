"""Keys of sections and items: made once from a title, and never changed by renaming."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

LONGEST_KEY = 48
_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,47}")


def is_key(text: str) -> bool:
    """True for a key as it is stored: small letters, digits and hyphens, at most 48."""
    return bool(_KEY.fullmatch(text))


def slug(title: str) -> str:
    """A title as a key, cut at a word; empty where nothing is left of it, as of one in Japanese."""
    spelt = unicodedata.normalize("NFKD", title.casefold())
    ascii_only = "".join(char for char in spelt if not unicodedata.combining(char))
    words = re.findall(r"[a-z0-9]+", re.sub(r"['’]", "", ascii_only))
    whole = "-".join(words)
    if len(whole) <= LONGEST_KEY:
        return whole
    cut = whole[: LONGEST_KEY + 1].rpartition("-")[0]
    return cut if len(cut) > LONGEST_KEY // 2 else whole[:LONGEST_KEY].rstrip("-")


class UniqueKeys:
    """Makes keys that are unique among those taken; `kind` names what has no title: item-1, section-2."""

    def __init__(self, kind: str, taken: Iterable[str] = ()) -> None:
        self.kind = kind
        self.taken = set(taken)
        self._next: dict[str, int] = {}  # the number tried next, so that a thousand equal titles stay quick

    def make(self, title: str) -> str:
        """A new key for a title: its slug, then slug-2, slug-3 …"""
        base = slug(title)
        key = base or f"{self.kind}-1"
        base = base or self.kind
        number = self._next.get(base, 2)
        while key in self.taken:
            tail = f"-{number}"
            key = base[: LONGEST_KEY - len(tail)].rstrip("-") + tail
            number += 1
        self._next[base] = number
        self.taken.add(key)
        return key


def assign(given: Sequence[tuple[str, str]], kind: str) -> list[str]:
    """The keys of (key or "", title) in order: a good key that comes first stays, all others are made from titles."""
    unique = UniqueKeys(kind)
    stay: list[str] = []
    for key, _title in given:
        stays = is_key(key) and key not in unique.taken
        stay.append(key if stays else "")
        unique.taken |= {key} if stays else set()
    return [key or unique.make(title) for key, (_key, title) in zip(stay, given, strict=True)]
