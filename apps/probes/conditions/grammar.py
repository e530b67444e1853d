"""Reading conditions: tokens, a comparison or an expression, and how it is asked in CEL."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from .alphabets import odd_name, why_misread
from .emptiness import JOINING, MACROS, of_some
from .judging import ORDER, Condition
from .language import can_be_read
from .lines import lines_of
from .values import ANYTHING, NUMBER, TEXT, UNITS

MOST_CONDITIONS = 20
LONGEST_CONDITION = 500  # characters
EQUAL = {"==", "!="}
OPERATORS = {*ORDER, *EQUAL, "in", "contains", "matches"}
UNREADABLE = "This cannot be read. Write a value, a sign such as <, and a limit."
QUANTIFIERS = ("all", "any")
WORDS = {"true", "false", "null", "in", "contains", "matches"}
LITERAL = {"[", "]", ",", "true", "false", "null"}
FUNCTIONS = {"size", "has", "string", "int", "double", "lowerAscii", "upperAscii", "startsWith", "endsWith"}

TOKEN = re.compile(
    r"""\s*(?:
    (?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<number>-?[0-9]+(?:\.[0-9]+)?)(?:\s*(?P<unit>%|(?!(?:in|contains|matches)\b)[A-Za-z]+(?![\w(.])))?
    |(?P<range>\.\.)
    |(?P<part>\.[A-Za-z_][\w-]*)
    |(?P<name>[A-Za-z_]\w*)
    |(?P<sign>==|!=|<=|>=|&&|\|\||[<>!()\[\]{},?:+\-*/%.])
    )""",
    re.VERBOSE | re.ASCII,
)
# What stands for another character in a text in quotation marks, where that is a part of an answer.
ESCAPED = re.compile(r"""\\(?:u([0-9A-Fa-f]{4})|U(00(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4})|(["'\\]))""")


class BadCondition(ValueError):
    """A line that is no condition; the message is a sentence for whoever wrote it."""


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    unit: str = ""
    start: int = 0
    end: int = 0


def parse(text: str, values: Mapping[str, str]) -> tuple[Condition, ...]:
    """The conditions of a text, one a line. Raises BadCondition. What stores them proves their patterns, too.

    values: the names that a kind measures, each with its unit, NUMBER, TEXT or ANYTHING.
    """
    return _parsed(text, tuple(values.items()))


@lru_cache(maxsize=1024)
def _parsed(text: str, values: tuple[tuple[str, str], ...]) -> tuple[Condition, ...]:
    """The same, read once: a run asks five times what the same few lines say."""
    lines = lines_of(text)
    if len(lines) > MOST_CONDITIONS:
        raise BadCondition(f"A probe has at most {MOST_CONDITIONS} conditions; join some with &&.")
    named = dict(values)
    return tuple(parse_line(line, named) for line in lines)


def parse_line(line: str, values: Mapping[str, str]) -> Condition:
    """The condition of one line. Raises BadCondition."""
    if len(line) > LONGEST_CONDITION:
        raise BadCondition(f"A condition has at most {LONGEST_CONDITION} characters.")
    if problem := why_misread(line):
        raise BadCondition(problem)
    if odd := odd_name(line):
        raise BadCondition(f'“{odd[:60]}” has letters that no name here has. Quote such a part: json["größe"].')
    rest, warns_only = without_warning(line)
    tokens = _tokens(rest)
    holds_for, tokens = _quantified(tokens)
    made = _comparison(tokens, values) or _expression(tokens, values)
    _require_cel(made)
    if holds_for and not made.left:
        raise BadCondition(f"{holds_for}(…) holds one comparison of a value with a limit.")
    return replace(made, expression=line, warns_only=warns_only, holds_for=holds_for or "all")


def without_warning(line: str) -> tuple[str, bool]:
    """What a line asks, and whether it only warns."""
    warns, _, rest = line.partition(":")
    return (rest.strip(), True) if warns.strip() == "warn" else (line, False)


def compared(line: str) -> tuple[str, str, str] | None:
    """Value, sign and limit of a comparison as they are written, whether or not they fit; None for anything else."""
    try:
        tokens = _tokens(line)
        at = _sign_of(tokens)
    except BadCondition:
        return None
    if at is None:
        return None
    sign = tokens[at]
    return line[: sign.start].strip(), sign.text, line[sign.end :].strip()


def _tokens(line: str) -> list[Token]:
    tokens, at = [], 0
    line = line.rstrip()
    while at < len(line):
        match = TOKEN.match(line, at)
        if match is None:
            raise BadCondition(f"“{line[at:].strip()[:20]}” is not part of a condition.")
        kind = "number" if match.lastgroup == "unit" else str(match.lastgroup)
        tokens.append(Token(kind, match[kind], match["unit"] or "", match.start(kind), match.end()))
        at = match.end()
    if not tokens:
        raise BadCondition("Write what has to hold, e.g. “status == 200”.")
    return tokens


def _quantified(tokens: list[Token]) -> tuple[str, list[Token]]:
    """`all(…)` or `any(…)` around a whole line, and what it holds."""
    texts = [token.text for token in tokens]
    if len(tokens) > 3 and texts[0] in QUANTIFIERS and texts[1] == "(" and texts[-1] == ")":
        return texts[0], tokens[2:-1]
    return "", tokens


def _comparison(tokens: list[Token], values: Mapping[str, str]) -> Condition | None:
    """A value, an operator and a limit; None where it is something else."""
    at = _sign_of(tokens)
    address = _address(tokens[:at]) if at else None
    if not at or not address:
        return None
    path, sized = address
    operator = tokens[at].text
    main, warn = _split_warning(tokens[at + 1 :])
    unit = NUMBER if sized else _known(path, values)
    left = "".join(token.text for token in tokens[:at])
    if warn and operator not in ORDER:
        raise BadCondition("Only a limit that is under or over something can warn before it.")
    return Condition(
        expression="",
        cel=_compared("it", operator, main, unit, left),
        names=(str(path[0]),),
        left=path,
        shown_left=left,
        operator=operator,
        limit=_written(main),
        bound=_literal(main[0], unit, left) if operator in ORDER else "",
        warn_cel=_compared("it", operator, warn, unit, left) if warn else "",
        warn_limit=_written(warn),
        sized=sized,
    )


def _sign_of(tokens: list[Token]) -> int | None:
    """Where the sign stands that compares one value with limits; None where they are no such comparison."""
    at = next((at for at, token in enumerate(tokens) if token.text in OPERATORS and token.kind != "text"), 0)
    if not at or _address(tokens[:at]) is None:
        return None
    limits = [token for part in _split_warning(tokens[at + 1 :]) for token in part]
    if any(token.kind in ("name", "sign", "part") and token.text not in LITERAL for token in limits):
        return None
    return at


def _split_warning(right: list[Token]) -> tuple[list[Token], list[Token]]:
    """The limit, and what stands after `, warn`."""
    for at in range(len(right) - 1):
        if right[at].text == "," and right[at + 1].text == "warn":
            return right[:at], right[at + 2 :]
    return right, []


def _address(tokens: list[Token]) -> tuple[tuple[str | int, ...], bool] | None:
    """The path that tokens spell, and whether its size is asked for; None where they are no path."""
    sized = len(tokens) > 3 and (tokens[0].text, tokens[1].text, tokens[-1].text) == ("size", "(", ")")
    tokens = tokens[2:-1] if sized else tokens
    if not tokens or tokens[0].kind != "name" or tokens[0].text in WORDS:
        return None
    path: list[str | int] = [tokens[0].text]
    rest = tokens[1:]
    while rest:
        if rest[0].kind == "part":
            path.append(rest[0].text[1:])
            rest = rest[1:]
        elif len(rest) >= 3 and (rest[0].text, rest[2].text) == ("[", "]") and rest[1].kind in ("number", "text"):
            path.append(_text_of(rest[1]) if rest[1].kind == "text" else int(Decimal(rest[1].text)))
            rest = rest[3:]
        else:
            return None
    return tuple(path), sized


def _known(path: tuple[str | int, ...], values: Mapping[str, str]) -> str:
    unit = values.get(str(path[0]))
    if unit is None:
        raise BadCondition(f"There is no value called “{path[0]}” here. There are {', '.join(values)}.")
    if len(path) > 1 and unit != ANYTHING:
        raise BadCondition(f"{path[0]} has no parts.")
    return unit


def _compared(it: str, operator: str, right: list[Token], unit: str, left: str) -> str:
    """The comparison in CEL, the value being called `it`."""
    if not right:
        raise BadCondition(f"Write what {left} is compared with.")
    if operator in ("contains", "matches"):
        if len(right) != 1 or right[0].kind != "text" or unit not in (TEXT, ANYTHING):
            raise BadCondition(f"“{operator}” searches a text for a text in quotation marks.")
        return f"{it}.{operator}({'r' * (operator == 'matches')}{right[0].text})"
    if operator == "in":
        return " || ".join(f"({_within(it, part, unit, left)})" for part in _listed(right))
    if len(right) != 1 or (operator in ORDER and right[0].kind != "number"):
        raise BadCondition(f"Compare {left} with one limit.")
    return f"{it} {operator} {_literal(right[0], unit, left)}"


def _listed(right: list[Token]) -> list[list[Token]]:
    """What `in` lists, each a value or a range."""
    inner = right[1:-1] if (right[0].text, right[-1].text) == ("[", "]") else right
    parts: list[list[Token]] = [[]]
    for token in inner:
        if token.text == "," and token.kind == "sign":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _within(it: str, part: list[Token], unit: str, left: str) -> str:
    kinds = [token.kind for token in part]
    if kinds == ["number", "range", "number"]:
        first, last = (_literal(part[at], unit, left) for at in (0, 2))
        if Decimal(first) > Decimal(last):
            raise BadCondition("A range begins with the smaller number: 200..299.")
        return f"{it} >= {first} && {it} <= {last}"
    if len(part) != 1:
        raise BadCondition("List values and ranges with commas: in 200..299, 304.")
    return f"{it} == {_literal(part[0], unit, left)}"


def _literal(token: Token, unit: str, left: str) -> str:
    """A limit in CEL, in the base of its unit. Refuses one that is of another sort than the value."""
    if token.kind != "number":
        if token.kind == "text" and unit not in (TEXT, ANYTHING):
            raise BadCondition(f"{left} is a number; write its limit without quotation marks.")
        return token.text
    if unit == TEXT:
        raise BadCondition(f"{left} is a text; write “{token.text}” in quotation marks.")
    if token.unit and token.unit not in UNITS:
        raise BadCondition(f"“{token.unit}” is no unit known here. Use one of {', '.join(UNITS)}.")
    measures = UNITS[unit][0] if unit in UNITS else ""
    limit_measures = UNITS[token.unit][0] if token.unit else ""
    if measures and not limit_measures:
        fitting = [f"{token.text} {name}" for name, (kind, _) in UNITS.items() if kind == measures]
        raise BadCondition(f"“{token.text}” needs a unit: write {' or '.join(fitting[:2])}.")
    if limit_measures and measures != limit_measures:
        what = f"measured in {unit}" if measures else "a number without a unit"
        raise BadCondition(f"{left} is {what}, so “{token.text} {token.unit}” is no limit of it.")
    return _base(token)


def _base(token: Token) -> str:
    """A number of the text in CEL: in the base of its unit; an integer stays one."""
    number = Decimal(token.text) * (UNITS[token.unit][1] if token.unit else 1)
    if number == number.to_integral_value() and abs(number) < 2**53:
        return str(int(number))
    return repr(float(number))


def _expression(tokens: list[Token], values: Mapping[str, str]) -> Condition:
    """Any expression of CEL, its limits in the base of their units."""
    names, bound, macros, written = [], set(), 0, []
    for at, token in enumerate(tokens):
        after = tokens[at + 1].text if at + 1 < len(tokens) else ""
        if token.kind == "part" and token.text[1:] in MACROS and after == "(" and at + 2 < len(tokens):
            macros += 1
            bound.add(tokens[at + 2].text)
        elif token.kind == "name" and after != "(" and token.text not in WORDS:
            names.append(token.text)
        elif token.kind == "name" and after == "(" and token.text not in FUNCTIONS:
            raise BadCondition(f"There is no function called “{token.text}” here.")
        written.append(_in_cel(token, after))
    read = tuple(dict.fromkeys(name for name in names if name not in bound))
    for name in read:
        if name not in values:
            raise BadCondition(f"There is no value called “{name}” here. There are {', '.join(values)}.")
    _require_units(tokens, values)
    if macros > 1:
        raise BadCondition("One condition goes through one list; write the other one as a line of its own.")
    if not read:
        raise BadCondition("A condition names a value that is measured, e.g. “status == 200”.")
    return Condition(expression="", cel=of_some(tokens, written), names=read)


def _require_units(tokens: list[Token], values: Mapping[str, str]) -> None:
    """Refuse `latency < 300 && …` as `latency < 300` is: in the base of its unit that limit would be 300 s.

    Looks at each comparison of one measured value with numbers; arithmetic between two values is left alone.
    """
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if token.kind == "sign" and token.text in JOINING:
            parts.append([])
        else:
            parts[-1].append(token)
    for part in parts:
        names = [each.text for at, each in enumerate(part) if each.kind == "name" and not _is_called(part, at)]
        measured = [name for name in names if values.get(name) in UNITS]
        numbers = [token for token in part if token.kind == "number"]
        if len(measured) != 1 or not numbers or not any(token.text in (*ORDER, *EQUAL) for token in part):
            continue
        unit = values[measured[0]]
        if all(UNITS.get(token.unit, ("",))[0] != UNITS[unit][0] for token in numbers):
            _literal(numbers[-1], unit, measured[0])


def _is_called(tokens: list[Token], at: int) -> bool:
    """Whether that name is a function, as `size` in `size(json.models)`."""
    return at + 1 < len(tokens) and tokens[at + 1].text == "("


def _in_cel(token: Token, after: str) -> str:
    if token.kind == "number":
        if token.unit and token.unit not in UNITS:
            raise BadCondition(f"“{token.unit}” is no unit known here. Use one of {', '.join(UNITS)}.")
        return _base(token)
    if token.kind == "part" and "-" in token.text and after != "(":
        return f'["{token.text[1:]}"]'
    if token.kind == "range" or token.text in ("contains", "matches"):
        raise BadCondition("“contains”, “matches” and ranges compare one value with one limit.")
    return token.text


def _require_cel(condition: Condition) -> None:
    """Refuse what CEL cannot read."""
    if not all(map(can_be_read, filter(None, (condition.cel, condition.warn_cel)))):
        raise BadCondition(UNREADABLE)


def _text_of(token: Token) -> str:
    """What stands in quotation marks. Raises BadCondition for an escape that has no meaning in a name."""
    text = token.text[1:-1]
    if "\\" in ESCAPED.sub("", text):
        raise BadCondition(
            f"{token.text[:60]} is no name of a part. Write it plainly, or a character by its code: \\u00f6."
        )
    return ESCAPED.sub(lambda found: found[3] or chr(int(found[1] or found[2], 16)), text)


def _written(tokens: list[Token]) -> str:
    """A limit as people wrote it."""
    text = " ".join(f"{token.text} {token.unit}".strip() for token in tokens)
    return re.sub(r" ?\.\. ?", "..", text).replace(" ,", ",").replace("[ ", "").replace(" ]", "")
