"""The parts behind the items: rollback plan, ledger and people, each with the sentence that sums it up."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from apps.core.wording import agreeing, plural

from . import wording
from .budget import MOST_ENTRIES, Budget
from .entries import section_number
from .facts import Anchor, Ledger, LedgerEntry, Limit, Record, Rollback, Variable
from .notable import PASSED, gaps
from .page import Checkpoint, NamedText, PersonRow

EVERY = 250  # a checkpoint row at least this often
MOST_CHECKPOINTS = 120
MOST_NUMBERS = 20
EVIDENCE = ("file", "link", "note")
MILESTONES = ("deployment.", "sheet.", "waiver.", "record.", "review.")


def waivers_lead(record: Record) -> str:
    """How many waivers there are and how many let something through."""
    approved = sum(each.state == "approved" for each in record.waivers)
    if not record.waivers:
        return "No waiver was asked for."
    more = (
        f" {MOST_ENTRIES:,} of them are printed, all are in record.json." if len(record.waivers) > MOST_ENTRIES else ""
    )
    waivers = plural(len(record.waivers), "waiver")
    return f"{waivers}, {approved} approved. A waived item never counts as passed.{more}"


def limit_lines(limits: tuple[Limit, ...]) -> tuple[NamedText, ...]:
    """Each number of the checklist as the limit that was used, and which items and sections use it."""
    return tuple(
        NamedText(
            "limit",
            f"{wording.cut(each.label or each.name, 120)}: {wording.line(each.used)}, used {_where(each)}",
        )
        for each in limits
    )


def answer_lines(answers: tuple[Variable, ...]) -> tuple[NamedText, ...]:
    """What the checklist asked when the deployment started, each with its answer and its name in conditions."""
    return tuple(
        NamedText(
            "answer",
            f"{wording.cut(each.label or each.name, 120)} = {wording.cut(each.value, 600) or 'left empty'}"
            f"{f' ({wording.line(each.name)})' if each.label else ''}",
        )
        for each in answers
    )


def _where(limit: Limit) -> str:
    items = _numbered("item", [str(number) for number in limit.items])
    sections = _numbered("section", [section_number(place) for place in limit.sections])
    return " and ".join(f"by {each}" for each in (items, sections) if each) or "by no item or section"


def _numbered(what: str, numbers: list[str]) -> str:
    listed = ", ".join(numbers[:MOST_NUMBERS])
    more = f" and {len(numbers) - MOST_NUMBERS} more" if len(numbers) > MOST_NUMBERS else ""
    return f"{agreeing(len(numbers), what)} {listed}{more}" if numbers else ""


def probes_lead(record: Record) -> str:
    """How many probes there are and how they ended."""
    if not record.probes:
        return "No probe is attached to an item."
    counted = Counter(each.outcome or "never run" for each in record.probes)
    outcomes = ", ".join(f"{counted[key]} {key}" for key in sorted(counted, key=lambda key: (key != PASSED, key)))
    return f"{plural(len(record.probes), 'probe')}: {outcomes}."


def evidence_lead(record: Record) -> str:
    """How many files, links and notes there are."""
    if not record.evidence:
        return "No evidence was added."
    counted = Counter(each.kind for each in record.evidence)
    kinds = ", ".join(plural(counted[kind], kind) for kind in EVIDENCE if counted[kind])
    inside = " Files that stand are inside this PDF, byte for byte, named as in manifest.sha256."
    kinds += f".{inside if record.with_evidence else ''}"
    if len(record.evidence) <= MOST_ENTRIES:
        return kinds
    more = f"{len(record.evidence) - MOST_ENTRIES:,} more, each with its SHA-256, in record.json inside this file"
    return f"{kinds} The first {MOST_ENTRIES:,} are printed, {more}."


def rollback_lead(plan: Rollback | None) -> str:
    """Is the way back described, and was it walked?"""
    if plan is None:
        return "There is no rollback plan."
    if plan.missing:
        return gaps(plan.missing)
    return f"Complete: {plural(len(plan.steps), 'step')}, last rehearsed {plan.last_rehearsed}."


def rollback_lines(plan: Rollback | None, budget: Budget) -> tuple[NamedText, ...]:
    """Owner, verification and rehearsal."""
    if plan is None:
        return ()
    verification = budget.paragraphs(plan.verification) or ("not written",)
    return (
        NamedText("owner", wording.line(plan.owner or "nobody")),
        *(NamedText("check" if not place else "", text) for place, text in enumerate(verification)),
        NamedText("rehearsed", str(plan.last_rehearsed or "never")),
    )


def ledger_lead(ledger: Ledger) -> str:
    """How long the chain is."""
    length = plural(len(ledger.entries), "entry")
    if ledger.faults:
        return f"{length}, and the chain does not hold: {plural(len(ledger.faults), 'fault')} found, listed below."
    return f"{length} in one chain, hashed again for this record; every one matched."


def ledger_lines(record: Record, missing: tuple[str, ...]) -> tuple[NamedText, ...]:
    """The chain in a few facts, with what storage and print could not promise."""
    ledger, first, head = record.ledger, record.ledger.entries[0], record.ledger.head
    return (
        NamedText("stream", ledger.stream, code=True),
        NamedText(
            "entries", f"{len(ledger.entries):,}, numbered 0 to {head.sequence}, all in ledger.json inside this file"
        ),
        NamedText("first", f"{wording.moment(first.at)}, {wording.sentence(first.text, 160)}"),
        NamedText("last", f"{wording.moment(head.at)}, {wording.sentence(head.text, 160)}"),
        NamedText("anchored", _anchored(ledger.anchor, head)),
        NamedText("instance", f"head of the chain of accounts, teams and checklists at entry {head.sequence}:"),
        NamedText("", ledger.instance, code=True),
        NamedText("storage", _storage(record.one_role)),
        NamedText("glyphs", _characters(missing)),
        *(NamedText("FAULT", wording.line(each)) for each in ledger.faults[:20]),
    )


def _anchored(anchor: Anchor | None, head: LedgerEntry) -> str:
    if anchor is None:
        return "not yet noted on the chain of the instance"
    after = head.sequence - anchor.covers
    later = "" if after <= 0 else f"; {plural(after, 'entry')} came after it"
    noted = f"entry {anchor.covers} is noted as entry {anchor.sequence} of the instance chain"
    return f"{noted}, {wording.moment(anchor.at)}{later}"


def _storage(one_role: bool) -> str:
    if one_role:
        return (
            "tamper-evident, not tamper-proof: whoever runs the database can lift its guards; "
            "a change is found by comparing with this head"
        )
    return "the application may add entries and cannot change or delete them; whoever owns the database still can"


def _characters(missing: tuple[str, ...]) -> str:
    if not missing:
        return "none missing: every character of the record could be printed"
    shown = ", ".join(missing[:40])
    more = f" and {len(missing) - 40} more" if len(missing) > 40 else ""
    characters = plural(len(missing), "character")
    return (
        f"{characters} without a shape in the installed fonts, printed as a box: {shown}{more}. record.json has them."
    )


def checkpoints(ledger: Ledger) -> tuple[Checkpoint, ...]:
    """First, last, milestones and every 250th entry."""
    head = ledger.head.sequence
    shown = [
        each
        for each in ledger.entries
        if each.sequence in (0, head) or each.sequence % EVERY == 0 or each.kind.startswith(MILESTONES)
    ]
    if len(shown) > MOST_CHECKPOINTS:
        shown = [*shown[: MOST_CHECKPOINTS // 2], *shown[-MOST_CHECKPOINTS // 2 :]]
    return tuple(
        Checkpoint(
            str(each.sequence),
            wording.moment(each.at)[:19],
            wording.sentence(each.text, 160),
            each.digest[:12],
            each.sequence == head,
        )
        for each in shown
    )


def people_lead(record: Record) -> str:
    """How many people acted, and whether the two-person rule shows in the keys."""
    doubles = [
        item.number
        for section in record.sections
        for item in section.items
        if len({each.person or each.name for each in item.signatures}) != len(item.signatures)
    ]
    people = plural(len(record.people), "person", "people")
    rule = "Nobody turned two keys of one item." if not doubles else f"One person turned two keys of item {doubles[0]}."
    return f"{people}, each under the name they acted under last, with their account. {rule}"


def people_rows(record: Record) -> tuple[PersonRow, ...]:
    """Who acted, with the keys each turned and what else each did."""
    acts: dict[str, Counter[str]] = defaultdict(Counter)
    for person, what in _acts(record):
        acts[person][what] += 1
    return tuple(
        PersonRow(
            initials=wording.initials(each.name),
            name=wording.line(each.name),
            role=wording.line(each.role),
            account=", earlier as ".join(map(wording.line, (each.account, *each.earlier))),
            did=", ".join(f"{what} {count}" for what, count in sorted(acts[each.id].items())) or "nothing signed",
        )
        for each in record.people
    )


def _acts(record: Record) -> Iterator[tuple[str, str]]:
    """Everything that people did: who, and what."""
    for item in (item for section in record.sections for item in section.items):
        yield from ((each.person, each.meaning) for each in item.signatures)
        yield from ((each.person, "rejected") for each in item.rejections)
    for waiver in record.waivers:
        yield waiver.requested.person, "asked for a waiver"
        yield from ((each.person, "approved a waiver") for each in waiver.approvals)
    if record.sheet and record.sheet.completed:
        yield record.sheet.completed.person, "completed the sheet"
    if record.sheet and record.sheet.verified:
        yield record.sheet.verified.person, "verified the sheet"
