"""How one run of a probe ended, and what may be stored of what a target sent."""

import codecs
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from apps.probes.conditions import Measured, Series, Value
from apps.probes.conditions.values import visible
from apps.secrets.rules import SecretValue, masked, masked_json

PASSED, FAILED, INCONCLUSIVE = "passed", "failed", "inconclusive"


class Reached(Enum):
    """What became of the question, whatever the conditions say of the answer."""

    ANSWERED = "answered"
    BUSY = "busy"  # the target asks to be asked later, or what stands before it cannot reach it
    NOT_CONNECTED = "not connected"  # nothing of the question has reached it
    SILENT = "silent"  # it was asked, and did not answer


BUSY_STATUSES = (429, 502, 503, 504)
SNIPPET_BYTES = 2048
# Where a document itself declares its charset, within its first bytes: HTML and XML.
DECLARED_INSIDE = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?([A-Za-z0-9_:.-]+)|<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9_:.-]+)"""
)
DECLARATION_BYTES = 1024
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# Browsers read both as windows-1252, which has letters where ISO-8859-1 has control characters.
AS_BROWSERS_READ = {"iso8859-1": "cp1252", "ascii": "cp1252"}
LONGEST_CHARSET = 40  # characters: Python remembers each name that it was asked for, known or not
# Codecs of Python that are no charset of any document; decoding two of them takes the square of the length.
NO_CHARSETS = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"}


@dataclass(frozen=True)
class Outcome:
    """How one run of a probe ended.

    verdict: "passed"; "failed", the target was asked and is not as expected; or "inconclusive", it could not be asked.
    explanation: one sentence or more, e.g. "Answered 503, expected 200."
    value, unit, limit: what decided, e.g. "226", "ms", "300", decimal strings. Empty where nothing did.
    conditions: what each came to, as `Judgement.as_json` gives it.
    values: what was measured, for whoever tries a probe; no run stores it.
    reached: whether the target answered at all.
    request, response: JSON values without floats that say what was sent and what came back. Pages show
        request["expected"], a list of phrases, response["snippet"], a text, and what the kind's FACTS name.
    """

    verdict: str
    explanation: str
    value: str = ""
    unit: str = ""
    limit: str = ""
    request: Mapping[str, Any] = field(default_factory=dict)
    response: Mapping[str, Any] = field(default_factory=dict)
    conditions: tuple[Mapping[str, Any], ...] = ()
    values: Measured = field(default_factory=dict)
    reached: Reached = Reached.ANSWERED


def masked_outcome(outcome: Outcome, secret: SecretValue | None) -> Outcome:
    """The outcome with a secret masked in all of it. Where that was needed no digest stays, which was of more.

    What egress read is masked already; this is for what reached a kind by other ways, in another charset for instance.
    """
    if secret is None:
        return outcome
    hidden = [secret.reveal()]
    response = masked_json(outcome.response, hidden)
    if response != outcome.response and "sha256" in response:
        response["sha256"] = ""
    return replace(
        outcome,
        response=response,
        conditions=tuple(masked_json(outcome.conditions, hidden)),
        **{name: masked_json(getattr(outcome, name), hidden) for name in ("explanation", "value", "limit", "request")},
    )


def _masked_value(value: Value | Series, hidden: list[str]) -> Value | Series:
    if isinstance(value, Series):
        named = ((masked(name, hidden), _masked_value(one, hidden)) for name, one in value.values)
        return Series(tuple((name, one) for name, one in named if isinstance(one, Value)))
    return replace(value, data=masked_json(value.data, hidden), doubt=masked(value.doubt, hidden))


def masked_reading(reading: "Reading", secret: SecretValue | None) -> "Reading":
    """What was measured with a secret masked, before conditions cut what they show: nobody finds half a secret."""
    if secret is None:
        return reading
    hidden = [secret.reveal()]
    return replace(reading, values={name: _masked_value(value, hidden) for name, value in reading.values.items()})


@dataclass(frozen=True)
class Reading:
    """What a target answered, before any condition is asked.

    answered: what happened, e.g. "Answered 200". values: by the names of the kind's VALUES; one that is missing leaves
    its conditions without a verdict. response: as `Outcome.response`. hint: a sentence for where it does not pass.
    """

    answered: str
    values: Measured
    response: Mapping[str, Any] = field(default_factory=dict)
    hint: str = ""


@dataclass(frozen=True)
class Text:
    """What could be read of some bytes. `is_whole` says that all of it was: only then something is not in it.

    charset: what it was read as, empty where that is not known here.
    """

    text: str
    is_whole: bool
    charset: str

    def __contains__(self, searched: str) -> bool:
        return unicodedata.normalize("NFC", searched) in unicodedata.normalize("NFC", self.text)


def read(data: bytes, declared: str = "", *, is_cut: bool = False) -> Text:
    """Bytes as text, in the charset that their mark, `declared` (a Content-Type) or the document names, else UTF-8.

    is_cut: whether there was more, so that the last character may be torn.
    """
    charset = _charset(data, declared)
    try:
        if len(charset) > LONGEST_CHARSET:
            raise LookupError("no charset is called so")
        name = codecs.lookup(charset).name
        if name in NO_CHARSETS:
            raise LookupError(f"{name} is no charset")
        b"x".decode(name, "replace")  # refuses codecs of Python that make bytes of bytes: unpacking, for instance
        decoder = codecs.getincrementaldecoder(AS_BROWSERS_READ.get(name, name))(errors="strict")
        return Text(decoder.decode(data, final=not is_cut), True, charset)
    except LookupError:
        return Text(data.decode("utf-8", errors="replace"), False, "")
    except UnicodeError:
        return Text(data.decode(AS_BROWSERS_READ.get(name, name), errors="replace"), False, charset)


def _charset(data: bytes, declared: str) -> str:
    for mark, name in MARKS:
        if data.startswith(mark):
            return name
    if named := re.search(r"""charset\s*=\s*["']?([^\s;"']+)""", declared, re.IGNORECASE):
        return named[1]
    inside = DECLARED_INSIDE.search(data[:DECLARATION_BYTES].lower())
    return (inside[1] or inside[2]).decode("ascii") if inside else "utf-8"


def shown(data: bytes, declared: str = "", *, secret: SecretValue | None = None, is_cut: bool = False) -> str:
    """The beginning of some bytes as text that is safe to store and to look at: no control and no hidden characters.

    secret: what is masked in the whole of the text, before it is cut: in another charset no bytes show it, and nobody
    finds half of one. is_cut: whether there was more than these bytes.
    """
    if secret is None:
        text = read(data[:SNIPPET_BYTES], declared, is_cut=is_cut or len(data) > SNIPPET_BYTES).text
    else:
        text = masked(read(data, declared, is_cut=is_cut).text, [secret.reveal()], is_cut=is_cut)[:SNIPPET_BYTES]
    return visible(text.replace("\r\n", "\n"))


def repeats(data: bytes, declared: str, secret: SecretValue | None, *, is_cut: bool = False) -> bool:
    """Whether some bytes, read as text, have a secret in them: then no digest of them is kept, which was of more."""
    if secret is None:
        return False
    text = read(data, declared, is_cut=is_cut).text
    return bool(masked(text, [secret.reveal()], is_cut=is_cut) != text)
