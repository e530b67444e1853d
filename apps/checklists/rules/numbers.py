"""Decimal numbers as people type them and as they are stored: strings, never floats."""

import re

_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,10})?")


def number(typed: str, *, unit: str = "") -> str:
    """A number as it is stored: 3, 0.1, -2.50; its own unit may stand behind it. ValueError says what is wrong."""
    text = typed.strip().replace("\u2212", "-")
    if unit and text.casefold().endswith(unit.casefold()):
        text = text[: -len(unit)].strip()
    text = f"0{text}" if re.fullmatch(r"\.\d+", text) else text
    if not text.isascii() or not _NUMBER.fullmatch(text):
        raise ValueError(
            f"“{typed.strip()[:40]}” is not a number. Write digits with a point: 3, 0.1 or 1500, without commas "
            f"between them{f' and with no unit but {unit}' if unit else ''}."
        )
    return text
