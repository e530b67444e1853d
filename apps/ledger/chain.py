"""The hash chain, as pure functions: no database, no clock, no Django.

An entry is a JSON object in RFC 8785 canonical form without floats; its digest is the
SHA-256 of those bytes, lowercase hex. Each entry holds the digest of the one before it,
the first one holds `genesis(stream)`. Free text is committed: the entry holds
SHA-256(0x02 ‖ salt ‖ JCS(["<seq>/<path>", value])), value and salt stand beside it.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import rfc8785

from apps.core.storable import require_storable

VERSION = 1
INSTANCE = "instance"
HOISTED = ("team", "item")  # fields of an event that stand at the top of its entry
ROWS = "rows"  # where an entry says what rows it changed, and where the secret of those proofs is committed
ACTOR_NAME = "actor_name"  # where an entry commits to what its actor was called then
WORDS = "words"  # where it commits to what searches compare: number, actor and sentence, folded
EXACT = frozenset({str, bool})
LARGEST_INTEGER = 2**53 - 1  # RFC 8785 section 3.2.2.3: what every reader of JSON holds exactly
# RFC 8785 orders names by UTF-16 code units; that is the order of code points up to here.
ABOVE_ONE_UNIT = re.compile("[\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Fault:
    """One thing that is not as the ledger says. `sequence` is None where no single entry is meant."""

    stream: str
    sequence: int | None
    what: str

    def __str__(self) -> str:
        place = self.stream if self.sequence is None else f"{self.stream} entry {self.sequence}"
        return f"{place}: {self.what}"


class StoredEntry(Protocol):
    """What `walk` reads of an entry: the canonical body and the columns that repeat parts of it."""

    @property
    def stream_id(self) -> str: ...
    @property
    def sequence(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def at(self) -> str: ...
    @property
    def actor(self) -> Any: ...
    @property
    def item(self) -> Any: ...
    @property
    def previous(self) -> str: ...
    @property
    def digest(self) -> str: ...
    @property
    def body(self) -> str: ...


def canonical(value: Any) -> bytes:
    """RFC 8785 bytes of `value`. Raises ValueError on floats, integers above 2**53 - 1 and names that are no text."""
    require_exact(value)
    return encode(value)


def encode(value: Any) -> bytes:
    """RFC 8785 bytes of a `value` that `require_exact` let pass, at the speed of the standard library's encoder.

    Raises Unstorable for half of a surrogate pair, which has no bytes.
    """
    text = _ENCODER.encode(value)
    try:
        return rfc8785.dumps(value) if not text.isascii() and ABOVE_ONE_UNIT.search(text) else text.encode()
    except ValueError:
        require_storable(value)
        raise


class Form:
    """The RFC 8785 form of an object with gaps, for many that differ in few values."""

    def __init__(self, values: Mapping[str, Any], gaps: Mapping[str, str]) -> None:
        """`gaps` are fields of `values` whose value is left open, each with the name it is filled in by."""
        marks = {field: secrets.token_hex(16) for field in gaps}
        self._text = encode({**values, **marks}).decode().replace("%", "%%")
        for field, mark in marks.items():
            self._text = self._text.replace(f'"{mark}"', f"%({gaps[field]})s")

    def filled(self, texts: Mapping[str, str]) -> str:
        """The object with these values, each in RFC 8785 form."""
        return self._text % texts


def object_of(texts: Mapping[str, str]) -> str:
    """The RFC 8785 form of an object whose values are in that form already."""
    names = sorted(texts, key=lambda name: name.encode("utf-16-be"))
    return "{" + ",".join([f"{_ENCODER.encode(name)}:{texts[name]}" for name in names]) + "}"


def require_exact(value: Any) -> None:
    """Raise ValueError where JSON could say something else than `value`: floats, large integers, other names."""
    if value is None or type(value) in EXACT:  # as most are: what is signed is asked this for every item
        return
    if isinstance(value, float):
        raise ValueError("an entry holds no floats; write a decimal string")
    if isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            raise ValueError(f"an entry holds no integer as large as {value}; write a decimal string")
    elif isinstance(value, (list, tuple)):
        for inner in value:
            require_exact(inner)
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if not isinstance(name, str):
                raise ValueError(f"a name in an entry is text, not {name!r}")
            require_exact(inner)


def digest(body: bytes) -> str:
    """SHA-256 of an entry's canonical bytes, 64 lowercase hex characters."""
    return hashlib.sha256(body).hexdigest()


class Digested(bytes):
    """A file's bytes that know their SHA-256: it is taken once, before anybody has to wait for it."""

    sha256: str

    def __new__(cls, data: bytes) -> "Digested":
        made = super().__new__(cls, data)
        made.sha256 = hashlib.sha256(data).hexdigest()
        return made

    @classmethod
    def of(cls, data: bytes) -> "Digested":
        """The same if it knows it already."""
        return data if isinstance(data, cls) else cls(data)


def genesis(stream: str) -> str:
    """What the first entry of `stream` names as its predecessor, 64 lowercase hex characters."""
    return hashlib.sha256(f"keyturn-genesis\n{stream}".encode()).hexdigest()


def commitment(salt: str, sequence: int, path: str, value: Any) -> str:
    """Salted commitment to one text. `salt` is 64 hex characters; returns 64 hex characters."""
    opened = canonical([f"{sequence}/{path}", value])
    return hashlib.sha256(b"\x02" + bytes.fromhex(salt) + opened).hexdigest()


class Walk:
    """Follows one chain entry by entry and collects what is wrong with it."""

    def __init__(self, stream: str) -> None:
        self.stream = stream
        self.length = 0
        self.head = genesis(stream)
        self.at = ""
        self.faults: list[Fault] = []

    def step(self, entry: StoredEntry, openings: Mapping[str, tuple[Any, str]]) -> dict[str, Any] | None:
        """Check the next stored entry and return what it says, None if that cannot be read.

        `openings` maps a path to (value, salt).
        """
        stored = raw(entry.body)
        body = parse(stored)
        problems = self._problems(entry, stored, body, openings)
        self.faults += [Fault(self.stream, entry.sequence, what) for what in problems]
        self.length = entry.sequence + 1 if isinstance(entry.sequence, int) else self.length + 1
        self.head, self.at = entry.digest, entry.at
        return body

    def close(self, length: int, head: str) -> list[Fault]:
        """Compare the end with what the stream's own row says, and return every fault found."""
        if (self.length, self.head) != (length, head):
            what = f"the stream says {length} entries ending in {head[:12]}…, the entries end at {self.length}"
            self.faults.append(Fault(self.stream, None, what))
        return self.faults

    def _problems(
        self, entry: StoredEntry, stored: bytes, body: dict[str, Any] | None, openings: Mapping[str, tuple[Any, str]]
    ) -> Iterable[str]:
        if entry.sequence != self.length:
            yield f"expected entry {self.length} here: one is missing, doubled or out of order"
        if not isinstance(entry.body, str):
            yield "its text is kept as bytes"
        if digest(stored) != entry.digest:
            yield "its text does not match its digest"
        if entry.previous != self.head:
            yield "it does not name the entry before it"
        if body is None:
            yield "its text is not a canonical entry"
            return
        yield from _column_problems(body, entry)
        if body.get("prev") != self.head:
            yield "its text does not name the entry before it"
        if str(entry.at) < str(self.at):
            yield "it is older than the entry before it"
        yield from _opening_problems(body, openings)


def raw(body: Any) -> bytes:
    """The bytes of a stored body, whatever somebody has put there."""
    return body.encode("utf-8", "surrogatepass") if isinstance(body, str) else bytes(body)


def decode(text: str) -> Any:
    """The JSON value in `text`. Raises ValueError where `canonical` would, and where it is none."""
    return _DECODER.decode(text)


def parse(raw: bytes) -> dict[str, Any] | None:
    """The entry in `raw`, or None unless the bytes are exactly its canonical form."""
    try:
        body = decode(raw.decode())
        same = isinstance(body, dict) and encode(body) == raw
    except (ValueError, RecursionError):
        return None
    return body if same else None


def _column_problems(body: Mapping[str, Any], entry: StoredEntry) -> Iterable[str]:
    values = {
        "v": VERSION,
        "stream": entry.stream_id,
        "seq": entry.sequence,
        "prev": entry.previous,
        "type": entry.kind,
        "at": entry.at,
        "actor": str(entry.actor),
        "item": str(entry.item) if entry.item else None,
    }
    for name, value in values.items():
        if body.get(name) != value:
            yield f"its text and its column differ in “{name}”"


def _opening_problems(body: Mapping[str, Any], openings: Mapping[str, tuple[Any, str]]) -> Iterable[str]:
    committed = body.get("commit")
    if not isinstance(committed, dict):
        yield "it does not say which texts it commits to"
        committed = {}
    for path in sorted({*committed, *openings}):
        if path not in openings:
            yield f"the text “{path}” it commits to is gone"
        elif path not in committed:
            yield f"a text “{path}” lies beside it that it does not commit to"
        elif not _opens(committed[path], body.get("seq"), path, *openings[path]):
            yield f"the text “{path}” is not the one it commits to"


def _opens(committed: Any, sequence: Any, path: str, value: Any, salt: str) -> bool:
    try:
        return commitment(salt, sequence, path, value) == committed
    except (ValueError, TypeError):
        return False


def _no_float(text: str) -> Any:
    raise ValueError(f"not allowed in an entry: {text}")


def _exact_integer(text: str) -> int:
    number = int(text)
    require_exact(number)
    return number


_ENCODER = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False, check_circular=False
)
_DECODER = json.JSONDecoder(parse_float=_no_float, parse_constant=_no_float, parse_int=_exact_integer)
