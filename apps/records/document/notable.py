"""Look here first: what an auditor would otherwise have to collect page by page."""

from collections.abc import Iterable

from apps.core.wording import agreeing

from . import wording
from .entries import CARRIED, OUT, SETTLED
from .facts import Item, Record
from .page import Notable, Reference

SHOWN = 12  # references on one line; each costs a link and a page number
PASSED = "passed"


def notables(record: Record) -> tuple[tuple[Notable, ...], str]:
    """The exceptions that exist, and one line naming the kinds that do not."""
    found = [(clean, _about_items(what, items)) for clean, what, items in _kinds(record)]
    probes = sum(each.outcome != PASSED for each in record.probes)
    links = sum(each.kind == "link" for each in record.evidence)
    shared = 1 if record.sheet and record.sheet.of_one_browser else 0
    alone = 1 if record.decision.emergency else 0
    lacks = len(record.rollback.missing) if record.rollback else 1
    later = max(0, record.ledger.head.sequence - record.requested_head)
    found += [
        ("an emergency", _about(alone, "emergency", "lane: it went with one key, and others signed afterwards")),
        ("amendments", _about(len(record.decision.amendments), "amendment", "after closing: it was opened again")),
        ("failing probes", _about(probes, "probe", "without a pass: failed, or no result")),
        ("links as evidence", _about(links, "link", "among the evidence: what it leads to is not hashed")),
        (
            "a sheet of one browser",
            _about(shared, "sheet", "signed by two accounts in one browser, which people may share"),
        ),
        ("gaps in the rollback plan", _about(lacks, "thing", "the rollback plan lacks")),
        ("later entries", _about(later, "entry", "written between the request for this record and its making")),
    ]
    present = tuple(each for _, each in found if each.figure)
    return present, ", ".join(clean for clean, each in found if not each.figure)


def anchored(notable_lines: Iterable[Notable]) -> frozenset[int]:
    """The numbers of the items something links to."""
    return frozenset(
        int(reference.anchor.removeprefix("item-")) for each in notable_lines for reference in each.references
    )


def _kinds(record: Record) -> tuple[tuple[str, str, list[Item]], ...]:
    items = [item for section in record.sections for item in section.items]
    waived_so = {each.item for each in record.waivers if each.of_one_browser}
    return (
        (
            "open items",
            "not settled: a key is missing or a probe blocks, and no waiver is approved",
            [i for i in items if i.state not in SETTLED],
        ),
        ("waivers", "waived: let through without being met", [i for i in items if i.state == "waived"]),
        *_beside_the_checklist(items),
        *_of_the_past(items),
        (
            "single signatures",
            "signed by one person, because one key was asked for",
            [i for i in items if i.state == "signed" and i.required == 1],
        ),
        (
            "keys of one browser",
            "with two accounts in one browser",
            [i for i in items if i.of_one_browser or i.number in waived_so],
        ),
        (
            "empty fill-ins",
            "with fill-ins left empty",
            [i for i in items if i.state != OUT and any(not each.value for each in i.fill_ins)],
        ),
    )


def _beside_the_checklist(items: list[Item]) -> tuple[tuple[str, str, list[Item]], ...]:
    out = [i for i in items if i.state == OUT]
    carried = [i for i in items if i.state == CARRIED]
    return (
        ("items that do not apply", "not applicable: a condition does not hold here", out),
        ("added items", "not in the template: added on the board", [i for i in items if i.added]),
        ("carried items", "carried over: signed in a deployment before, not in this one", carried),
    )


def _of_the_past(items: list[Item]) -> tuple[tuple[str, str, list[Item]], ...]:
    return (
        ("rejections", "rejected at least once", [i for i in items if i.rejections]),
        ("fallen keys", "whose keys fell out at least once", [i for i in items if i.fallen]),
    )


def _about_items(what: str, items: list[Item]) -> Notable:
    references = tuple(
        Reference(f"item-{item.number}", f"item {item.number}{', critical' if item.critical else ''}")
        for item in items[:SHOWN]
    )
    return _about(len(items), "item", what)._replace(references=references, more=max(0, len(items) - SHOWN))


def _about(count: int, noun: str, what: str) -> Notable:
    """The count stands in the gutter, so the noun alone agrees with it."""
    return Notable(count, f"{agreeing(count, noun)} {what}")


def gaps(missing: tuple[str, ...]) -> str:
    """What a plan lacks, as a sentence."""
    return f"Not complete: {', '.join(wording.line(each) for each in missing)}."
