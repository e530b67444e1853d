"""How software spells what it repeats: each way under its name."""

import base64
import html
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "in capitals": str.upper,
    "quoted for a path": quote,
    "quoted for a form": lambda value: quote_plus(value, safe=""),
    "quoted in small digits": lambda value: "".join(f"%{ord(each):02x}" for each in value),
    "quoted twice": lambda value: quote(quote(value, safe=""), safe=""),
    "as JSON": lambda value: json.dumps(value)[1:-1],
    "as JSON in JSON": lambda value: json.dumps(json.dumps(value))[3:-3],
    "as JSON with slashes": lambda value: json.dumps(value)[1:-1].replace("/", "\\/"),
    "as JSON in numbers": lambda value: "".join(f"\\u{ord(each):04X}" for each in value),
    "as Python writes it": lambda value: repr(value)[1:-1],
    "as bytes are shown": lambda value: "".join(f"\\x{ord(each):02x}" for each in value),
    "as HTML": html.escape,
    "as HTML in numbers": lambda value: "".join(f"&#{ord(each)};" for each in value),
    "as HTML in hexadecimal": lambda value: "".join(f"&#x{ord(each):X};" for each in value),
    "in hexadecimal": lambda value: value.encode().hex(),
    "in hexadecimal with colons": lambda value: value.encode().hex(":").upper(),
}
ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "standard": base64.b64encode,
    "for addresses": base64.urlsafe_b64encode,
    "in lines": base64.encodebytes,
    "quoted": lambda data: quote(base64.b64encode(data).decode(), safe="").encode(),
    "as JSON": lambda data: json.dumps(base64.encodebytes(data).decode()).encode(),
}


def forms_of(value: str) -> frozenset[str]:
    """A value in every spelling and in base64, in small letters, to be found in a text in small letters."""
    found = {spell(value).lower() for spell in SPELLINGS.values()}
    for place in range(3):
        # What stands before it, and the byte behind it, decide about letters at either end.
        encoded = base64.b64encode(b"x" * place + value.encode() + b"z").decode().rstrip("=")
        inner = encoded[-(-8 * place // 6) : 8 * (place + len(value.encode())) // 6].lower()
        found |= {inner, inner.replace("+", "-").replace("/", "_")}
    return frozenset(found)
