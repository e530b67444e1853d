"""One item of a draft as its row in the studio: strings put together here, as those of boards (decision 18)."""

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from html import escape
from typing import Any

from apps.checklists.models import AcceptedProblem, TemplateItem
from apps.checklists.rules.conditions import condition_of
from apps.checklists.rules.parameters import Parameter
from apps.checklists.rules.problems import Problem, apart, in_order
from apps.core.shown import fingerprint
from apps.core.templatetags.ui import keys
from apps.core.wording import plural
from apps.studio import rules

GRIP = (
    '<svg viewBox="0 0 8 14" width="8" height="14" aria-hidden="true"><g fill="currentColor">'
    + "".join(f'<circle cx="{x}" cy="{y}" r="1.2"/>' for y in (2, 7, 12) for x in (1.5, 6.5))
    + "</g></svg>"
)
_IN_BRACES = re.compile(r"\{\{\s{0,20}([a-z][a-z0-9_]{0,39})\s{0,20}\}\}")
FORMS = {"file": "file", "link": "link", "probe": "probe run", "command": "output", "field": "field"}


class DraftRow:
    """An item in a draft. `raw` is what the database holds of it: a row of the same raw values and facts stays.

    stamp: the entry of the ledger by which this process saw it so first. change: "new", "changed" or "".
    """

    content: Mapping[str, Any]  # what the item says
    own_problems: Sequence[Problem] = ()
    circle: Problem | None = None
    accepted_rows: Sequence[AcceptedProblem] = ()

    def __init__(
        self, item: TemplateItem, raw: tuple[Any, ...], change: str, named: Mapping[str, Parameter], stamp: int
    ) -> None:
        self.item, self.raw, self.change, self.named, self.stamp = item, raw, change, named, stamp

    @property
    def key(self) -> str:
        """The key of its item."""
        return self.item.key

    @cached_property
    def _apart(self) -> tuple[list[Problem], list[tuple[Problem, AcceptedProblem]]]:
        found = [*self.own_problems, *([self.circle] if self.circle else [])]
        return apart(in_order(found), {each.key: each for each in self.accepted_rows})

    @property
    def problems(self) -> list[Problem]:
        """What is wrong with it and not accepted, what blocks first."""
        return self._apart[0]

    @property
    def accepted(self) -> list[tuple[Problem, AcceptedProblem]]:
        """What is wrong with it and accepted, with who said why."""
        return self._apart[1]

    @cached_property
    def shows(self) -> tuple[str, ...]:
        """The filters that show it, besides all."""
        holds = {"changed": self.change, "problems": self.problems, "critical": self.item.critical}
        return tuple(word for word, shown in holds.items() if shown)

    @cached_property
    def parts(self) -> tuple[str, str]:
        """The row as HTML before and behind its number."""
        return row_html(self)

    def html(self, number: int, *, hidden: bool = False) -> str:
        """The row with its number. Root: #item-<key>; static/js/studio.js says what reads its attributes."""
        before, after = self.parts
        text = f"{before}{number}{after}"
        return text.replace('<li class="item', '<li hidden class="item', 1) if hidden else text


def title_html(title: str, named: Mapping[str, Parameter]) -> str:
    """A title with the values of the limits it names marked; a placeholder shows its name."""

    def value(found: re.Match[str]) -> str:
        if known := named.get(found[1]):
            return f'<data class="param" value="{known.value}">{known.shown or found[0]}</data>'
        return f'<span class="unbroken">{found[0]}</span>'

    return _IN_BRACES.sub(value, escape(title))


def row_html(row: DraftRow) -> tuple[str, str]:
    """The row before and behind its number."""
    item, title = row.item, escape(row.item.title)
    slots = [(str(slot), "") for slot in range(1, item.keys + 1)]
    words = ", ".join([plural(item.keys, "key"), *(["critical"] if item.critical else [])])
    before = (
        f'<li class="item{f" sub depth-{item.depth}" if item.depth else ""}" id="item-{item.key}"'
        f' data-show="{" ".join(row.shows)}" data-find="{escape(item.owner_role)}">'
        f'<input class="pick" type="checkbox" name="item" value="{item.key}" form="bulk" aria-label="Choose {title}">'
        f'<button type="button" class="no grip" popovertarget="move">{GRIP}'
        f'<span class="visually-hidden">Move item </span>'
    )
    why = [
        f'<p class="why half" id="why-{item.key}"><strong>{escape(one.head)}</strong> {escape(one.rest)}</p>'
        for one in row.problems[:1]
    ]
    after = (
        f"</button>{keys(slots)}"
        f'<a href="items/{item.key}/" data-seen="{fingerprint(rules.texts_of({"title": item.title}))}"'
        f"{f' data-title={chr(34)}{title}{chr(34)}' if '{{' in title or not title else ''}>"
        f'{title_html(item.title, row.named) or "<em>No title</em>"}<span class="visually-hidden">, {words}</span></a>'
        f'<span class="tags">{"".join(tags(row))}</span>{"".join(why)}</li>'
    )
    return before, after


def tags(row: DraftRow) -> list[str]:
    """What a row says besides its title."""
    item = row.item
    texts = [evidence_words(item.evidence_kinds, item.max_age_days)] if item.evidence_kinds else []
    texts += [plural(len(item.fill_ins), "fill-in") if len(item.fill_ins) > 1 else "fill-in"] if item.fill_ins else []
    texts += ["probe"] if item.probe else []
    texts += ["only when"] if item.conditions else []
    texts += ["passkey"] if item.passkey else []
    texts += [item.owner_role] if item.owner_role else []
    found = [f"<span>{escape(words)}</span>" for words in texts]
    if row.change:
        found.append(f'<span class="tag{" success" if row.change == "new" else ""}">{row.change}</span>')
    return [*found, '<span class="tag critical">Critical</span>'] if item.critical else found


def evidence_words(kinds: Sequence[str], days: int | None) -> str:
    """Which evidence is asked for, and how old it may be."""
    return " or ".join(FORMS.get(kind, kind) for kind in kinds) + (f", {days} d" if days else "")


def conditions_text(conditions: Sequence[Mapping[str, Any]]) -> str:
    """Conditions as people type them, one a line; what cannot be read is left out."""
    lines = []
    for values in conditions:
        try:
            lines.append(str(condition_of(values)))
        except ValueError:
            continue
    return "\n".join(lines)
