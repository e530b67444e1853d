"""Two deployments of a team item by item: what only one has, what both ask otherwise, what came out otherwise."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator

from apps.accounts.models import Team
from apps.boards.rules import Aspect, Compared, compare
from apps.core.comparing import NamedPieces, named_pieces
from apps.core.wording import agreeing, folded, plural

from .compared import ComparedDeployment, ComparedItem, ComparedSection, compared_deployments
from .compared_rows import ComparedRow, head_of, row_of, values_of

PARTS_PER_PAGE = 200  # rows and folds
MOST_NAMED = 3
DIFFERENT, ALL = "", "all"
SHOWS = {
    DIFFERENT: "Different",
    Aspect.WORSE: "Worse",
    Aspect.RESULT: "Other result",
    Aspect.MEASURED: "Other measurement",
    Aspect.WAIVED: "Waived in one",
    Aspect.LIMIT: "Other limit",
    Aspect.KEYS: "Other keys",
    Aspect.TEXT: "Other text",
    Aspect.TERMS: "Other terms",
    Aspect.ANSWER: "Other answer",
    Aspect.EVIDENCE: "Other evidence",
    Aspect.ONLY: "Only in one",
    Aspect.UNDONE: "Not done yet in one",
    ALL: "All",
}
SORTS = {"": "In order", "gravest": "Gravest first"}


@dataclass(frozen=True)
class Both:
    """Two deployments with every item of both, in the order of their sections."""

    before: ComparedDeployment
    after: ComparedDeployment
    every: list[Compared]

    @property
    def codes(self) -> tuple[str, str]:
        """What people call the two."""
        return self.before.deployment.code, self.after.deployment.code

    def items(self, one: Compared) -> tuple[ComparedItem | None, ComparedItem | None]:
        """What was read of an item of each."""
        found = ((self.before, one.before), (self.after, one.after))
        old, new = (of.items[item.number] if item else None for of, item in found)
        return old, new

    def section_of(self, one: Compared) -> str:
        """The section it stands in: that of the later one, where that has it."""
        old, new = self.items(one)
        return next(item.section.identity for item in (new, old) if item)

    def sections(self) -> dict[str, tuple[ComparedSection | None, ComparedSection | None]]:
        """The sections of both, in the order of the later one and then those that only the other has."""
        old, new = ({each.identity: each for each in of.sections} for of in (self.before, self.after))
        return {name: (old.get(name), new.get(name)) for name in dict.fromkeys([*new, *old])}


@dataclass(frozen=True)
class Fold:
    """Items that are not shown, in a sentence; `shows` where a link shows them."""

    words: str
    shows: bool = True


def compare_page(
    team: Team, *, before: int, after: int, show: str, sort: str, find: str, page: str
) -> dict[str, Any] | None:
    """Everything templates/boards/compare.html needs, in a fixed number of queries; None if there is no such two."""
    read = compared_deployments(team, (before, after))
    if {before, after} - {*read}:
        return None
    both = Both(read[before], read[after], compare(read[before].facts, read[after].facts))
    show, sort = show if show in SHOWS else DIFFERENT, sort if sort in SORTS else ""
    found = _found(both, find)
    parts = _parts(both, [one for one in found if _shows(one, show)], show, sort, is_searched=bool(find))
    pages = Paginator(parts, PARTS_PER_PAGE).get_page(page or 1)
    asked = {"from": before, "to": after, "show": show, "sort": sort, "q": find}
    return {
        "team": team,
        "heads": [head_of(both.before, f"?to={after}"), head_of(both.after, f"?from={before}")],
        "answer": _answer(both),
        "values": values_of(both.before, both.after) if _begins(pages, show, find) else [],
        "page": pages,
        "sections": list(_sections(both, pages, sort)),
        "chips": _chips(found, show, asked),
        "sorts": [(label, _query(asked, sort=name), name == sort) for name, label in SORTS.items()],
        "hidden": [(name, value) for name, value in asked.items() if value and name != "q"],
        "find": find,
        "label": SHOWS[show],
        "everything": _query(asked, show=ALL),
        "unsearched": _query(asked, q=""),
        "swapped": _query(asked, **{"from": after, "to": before}),
        "elsewhere": len(found) if not parts else 0,
    }


def _begins(pages: Page, show: str, find: str) -> bool:
    """Whether a page shows what both were started with."""
    return pages.number == 1 and not find and show in (DIFFERENT, Aspect.LIMIT, ALL)


def _query(asked: Mapping[str, Any], **changes: Any) -> str:
    return "?" + urlencode({name: value for name, value in {**asked, **changes}.items() if value})


def _shows(one: Compared, show: str) -> bool:
    return show == ALL or (one.differs if show == DIFFERENT else show in one.aspects)


def _chips(found: Collection[Compared], show: str, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The filters, each with how many it shows of what a search found; those that show none are left out."""
    counts = {name: sum(1 for one in found if _shows(one, name)) for name in SHOWS}
    return [
        {"label": label, "count": counts[name], "query": _query(asked, show=name), "current": name == show}
        for name, label in SHOWS.items()
        if counts[name] or name in (DIFFERENT, ALL, show)
    ]


def _found(both: Both, find: str) -> list[Compared]:
    """The items in which every word of a search occurs, in either deployment."""
    asked = folded(find).split()
    texts = ((one, _searched(both, one)) for one in both.every) if asked else ()
    return [one for one, text in texts if all(word in text for word in asked)] if asked else both.every


def _searched(both: Both, one: Compared) -> str:
    read = [item for item in both.items(one) if item]
    texts: list[str] = []
    for item in read:
        texts += [str(item.row.number), item.row.title, item.row.text, item.section.title, item.row.result]
        texts += [*item.row.commands, *(text for pair in item.facts.answers for text in pair)]
        texts += [key.name for key in (*item.summary.signed, *item.summary.waiver_signed)]
        texts += [*(item.waiver or ()), *(title for _, title in item.evidence)]
    return folded("\n".join(texts))


def _answer(both: Both) -> dict[str, Any]:
    """What comes first: what was done in one and fails in the other; how much differs."""
    worse = [one.after for one in both.every if Aspect.WORSE in one.aspects and one.after]
    counts = Counter("differ" if one.differs else "undone" if one.aspects else "same" for one in both.every)
    sections = sum(1 for pair in both.sections().values() if _section_differs(*pair))
    results = _query({"from": both.before.deployment.number, "to": both.after.deployment.number}, show=Aspect.WORSE)
    return {
        "worse": [(item.title, f"{results}#c-{item.number}") for item in worse[:MOST_NAMED]],
        "worse_count": len(worse),
        "more": max(0, len(worse) - MOST_NAMED),
        "codes": both.codes,
        "differ": counts["differ"],
        "undone": counts["undone"],
        "same": counts["same"],
        "sections": sections,
        "total": len(both.every),
        "same_template": both.before.template == both.after.template,
    }


def _section_differs(old: ComparedSection | None, new: ComparedSection | None) -> bool:
    return old is None or new is None or old.texts != new.texts


def _parts(
    both: Both, shown: Sequence[Compared], show: str, sort: str, *, is_searched: bool
) -> list[tuple[str, Compared | Fold]]:
    """(section, item or fold) in order. Without filter and search every section is there, one without items too."""
    folds = show == DIFFERENT and not is_searched
    whole = show in (DIFFERENT, ALL) and not is_searched
    if sort:
        return [("", one) for one in sorted(shown, key=lambda one: one.weight)]
    chosen = {id(one) for one in shown}
    homes: dict[str, list[Compared]] = {name: [] for name in both.sections()}
    for one in both.every:
        homes[both.section_of(one)].append(one)
    found: list[tuple[str, Compared | Fold]] = []
    for name, own in homes.items():
        if whole and not own:
            found.append((name, Fold("It holds no item", shows=False)))
        for is_shown, run in groupby(own, lambda one: id(one) in chosen):
            if is_shown:
                found += [(name, one) for one in run]
            elif folds:
                found.append((name, _fold([*run])))
    return found


def _fold(hidden: Sequence[Compared]) -> Fold:
    undone = sum(1 for one in hidden if one.aspects)
    same = len(hidden) - undone
    sentences = [f"{plural(same, 'item is', 'items are')} the same in both"] if same else []
    if undone:
        what = str(undone) if same else plural(undone, "item")
        sentences.append(f"{what} {agreeing(undone, 'is', 'are')} signed in one and not done yet in the other")
    return Fold("; ".join(sentences))


def _sections(both: Both, page: Page, sort: str) -> Iterator[dict[str, Any]]:
    """What one page shows of each section, and what differs in the section itself."""
    sections = both.sections()
    for at, (name, own) in enumerate(groupby(page, lambda pair: pair[0]), 1):
        old, new = sections.get(name, (None, None))
        either = new or old
        yield {
            "id": f"s{at}",
            "title": either.title if either else SORTS[sort],
            "notes": [*_notes(both, old, new)] if either else [],
            "texts": [*_texts(old, new)],
            "parts": [_row(both, part, with_section=bool(sort)) for _, part in own],
        }


def _row(both: Both, part: Compared | Fold, *, with_section: bool) -> ComparedRow | Fold:
    if isinstance(part, Fold):
        return part
    return row_of(part, (both.before, both.after), both.items(part), with_section=with_section)


def _notes(both: Both, old: ComparedSection | None, new: ComparedSection | None) -> Iterator[str]:
    if old is None or new is None:
        yield f"only in {both.codes[0 if new is None else 1]}"
    elif old.texts[0] != new.texts[0]:
        yield f"in {both.codes[0]} it is called “{old.title}”"


def _texts(old: ComparedSection | None, new: ComparedSection | None) -> Iterator[tuple[str, NamedPieces]]:
    """The guidance and commands of a section that both say otherwise, word by word."""
    if old is None or new is None:
        return
    if old.texts[1] != new.texts[1]:
        yield "Guidance", named_pieces(old.row.guidance, new.row.guidance)
    if old.texts[2] != new.texts[2]:
        yield "Commands", named_pieces("\n".join(old.row.commands), "\n".join(new.row.commands))
