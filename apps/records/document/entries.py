"""From facts to printed entries: items, waivers, probes, evidence, rollback steps."""

from collections.abc import Iterable, Iterator

from apps.core.wording import plural, size
from apps.deployments.wording import WAIVER

from . import wording
from .budget import Budget, listed
from .facts import Condition, Evidence, Fallen, Item, Origin, Probe, Record, RollbackStep, Section, Signature, Waiver
from .page import ItemSection, NamedText, PrintedEntry, ProofRow, SignatureLine, TextLine

MOST_LEADING = 20  # lines of what a section says that stay on the page of its first item
LONG_ENTRY = 2500  # characters; a longer entry may break across pages, or it would leave a page empty
NESTED = "– "  # before the title of a sub-item, once for each level
ORDINALS = ("", "1st", "2nd", "3rd", "4th", "5th")
OUT = "not applicable"
CARRIED = "carried over"
SETTLED = ("signed", "waived", CARRIED, OUT)
WITHOUT_KEYS = ("signed", CARRIED, OUT)  # no key is missing
STILL_BLOCKS = {
    "failed": "Not settled: its probe does not pass.",
    "pending": "Not settled: its probe has no result yet.",
    "unproven": "Not settled: the proof that it asks for is missing or too old.",
}


class Labels:
    """The numbers a record gives: E-01, W-01, P-01, by the id of the thing."""

    def __init__(self, record: Record):
        self.evidence = {each.id: f"E-{place:02d}" for place, each in enumerate(record.evidence, 1)}
        self.waivers = {each.id: f"W-{place:02d}" for place, each in enumerate(record.waivers, 1)}
        self.probes = {each.id: f"P-{place:02d}" for place, each in enumerate(record.probes, 1)}
        self.evidence_by_id = {each.id: each for each in record.evidence}
        self.probes_by_id = {each.id: each for each in record.probes}
        self.waivers_by_item = {  # the approved one where there is one
            each.item: each for state in ("requested", "approved") for each in record.waivers if each.state == state
        }

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Every number with the id it stands for."""
        every = {**self.evidence, **self.waivers, **self.probes}
        return tuple((label, key) for key, label in every.items())


def signature_line(signature: Signature, classes: str = "") -> SignatureLine:
    """One signature in 49 fixed characters, then the name."""
    slot = str(signature.slot) if signature.slot else " "
    fixed = f"{slot} {signature.meaning:<9} {wording.moment(signature.at)}  {signature.digest[:12]:<12}"
    name = wording.line(signature.name)
    return SignatureLine(wording.initials(signature.name), classes, fixed, name, wording.is_long(name))


def _missing_keys(item: Item) -> tuple[SignatureLine, ...]:
    turned = {signature.slot for signature in item.signatures}
    slots = [slot for slot in range(1, item.required + 1) if slot not in turned]
    return tuple(SignatureLine(ORDINALS[slot], "key--empty", f"{slot} not turned", "") for slot in slots)


def _classes(*, critical: bool, texts: tuple[str, ...]) -> str:
    classes = [
        "entry--critical" if critical else "",
        "entry--long" if sum(map(len, texts)) > LONG_ENTRY else "",
    ]
    return " ".join(filter(None, classes))


def item_entry(item: Item, labels: Labels, *, anchored: bool, budget: Budget) -> PrintedEntry:
    """An item as printed: its text, values, proofs, past and keys."""
    waiver = labels.waivers_by_item.get(item.number) if item.state not in WITHOUT_KEYS else None
    waived = waiver is not None and waiver.state == "approved"
    is_half = item.state == OUT and len(item.signatures) < item.required
    classes = "key--half" if is_half or item.state not in SETTLED else ""
    signatures = tuple(signature_line(each, classes) for each in item.signatures)
    if item.state == CARRIED and item.origin:
        signatures = tuple(signature_line(each, "key--carried") for each in item.origin.keys)
    if waiver and waived:
        signatures += tuple(signature_line(each, "key--waived") for each in waiver.approvals)
    else:
        signatures += _missing_keys(item) if item.state not in WITHOUT_KEYS else ()
    texts = (item.title, item.text, item.result, *item.commands, *(each.value for each in item.fill_ins))
    return PrintedEntry(
        number=str(item.number),
        title=wording.line(f"{NESTED * item.depth}{item.title}"),
        classes=_classes(critical=item.critical, texts=texts),
        anchor=f"item-{item.number}" if anchored else "",
        flag="CRITICAL" if item.critical else "",
        paragraphs=budget.markdown(item.text)
        or ((TextLine("At least two people must sign."),) if item.critical else ()),
        commands=tuple(budget.command(each) for each in item.commands),
        lines=_item_lines(item, labels, budget),
        past=_item_past(item, waiver, labels),
        signatures=signatures,
    )


def _item_lines(item: Item, labels: Labels, budget: Budget) -> tuple[NamedText, ...]:
    lines = [
        NamedText("filled in", f"{wording.line(each.label)} = {wording.line(each.shown or each.value) or 'left empty'}")
        for each in item.fill_ins
    ]
    if item.result:
        lines += _lines("result", budget.paragraphs(item.result))
    if item.probe in labels.probes:
        probe = labels.probes_by_id[item.probe]
        lines.append(NamedText("probe", f"{labels.probes[item.probe]} {_measured(probe)}"))
    names = [NamedText("evidence", _evidence_name(labels, each)) for each in item.evidence if each in labels.evidence]
    lines += listed(names, "pieces")
    if item.owner:
        lines.append(NamedText("owner", wording.line(item.owner)))
    if item.required != 2 or item.passkey:
        lines.append(NamedText("keys", f"{item.required} needed{', each with a passkey' if item.passkey else ''}"))
    return (*_applying(item), *lines, *_asked(item), *browser_line(item.of_one_browser))


def _applying(item: Item) -> list[NamedText]:
    """Whether it is one of the template, when it applies, and why it does not."""
    lines = [NamedText("added", "not in the template: added on the board")] if item.added else []
    if item.origin and item.state == CARRIED:
        lines.append(NamedText("CARRIED", _origin(item.origin)))
    if item.inapplicable:
        lines.append(NamedText("NOT HERE", f"Does not apply. {wording.cut(item.inapplicable, 600)}"))
    elif item.conditions:
        lines.append(NamedText("applies", f"where {'; and where '.join(map(wording.line, item.conditions))}"))
    return lines


def _origin(origin: Origin) -> str:
    pieces = f", over {plural(len(origin.evidence), 'piece', 'pieces')} of evidence" if origin.evidence else ""
    return (
        f"Not signed here: carried over from item {origin.number} of {origin.code}, {wording.line(origin.version)}. "
        f"The keys below were turned there{pieces}."
    )


def _asked(item: Item) -> list[NamedText]:
    """What its template asks of it; its proof is judged with the verdict."""
    age = f", at most {plural(item.max_age_days, 'day')} old" if item.max_age_days is not None else ""
    kinds = " or ".join(item.evidence_kinds) or ("any evidence" if age else "")
    asked = {
        "asks for": f"{kinds}{age}",
        "role": wording.line(item.owner_role),
        "takes": plural(item.minutes, "minute") if item.minutes else "",
        "controls": ", ".join(map(wording.line, item.controls)),
    }
    lines = [NamedText(name, text) for name, text in asked.items() if text]
    return [
        *lines,
        *(NamedText("link", f"{wording.cut(each.label, 120)} {wording.line(each.value)}") for each in item.links),
    ]


def browser_line(names: tuple[str, ...]) -> tuple[NamedText, ...]:
    """That several accounts acted in one browser, if they did."""
    if not names:
        return ()
    people = f"{', '.join(map(wording.line, names[:-1]))} and {wording.line(names[-1])}"
    return (NamedText("browser", f"{people} acted in one browser, which people may share"),)


def _evidence_name(labels: Labels, key: str) -> str:
    return f"{labels.evidence[key]} {wording.cut(labels.evidence_by_id[key].title, 120)}"


def _lines(name: str, paragraphs: Iterable[str]) -> list[NamedText]:
    """Paragraphs under one name, which stands beside the first."""
    return [NamedText("" if place else name, text) for place, text in enumerate(paragraphs)]


def _item_past(item: Item, waiver: Waiver | None, labels: Labels) -> tuple[NamedText, ...]:
    events = [
        (
            each.at,
            NamedText(
                "REJECTED", f"{wording.moment(each.at)} by {wording.line(each.name)}: {wording.cut(each.reason, 600)}"
            ),
        )
        for each in item.rejections
    ]
    events += [
        (each.at, NamedText("FELL OUT", f"{wording.moment(each.at)}: {wording.sentence(each.why)}{_keys_lost(each)}"))
        for each in item.fallen
    ]
    lines = [*listed([line for _, line in sorted(events, key=lambda pair: pair[0])], "rejections and fallen keys")]
    if item.state in STILL_BLOCKS:
        lines.append(NamedText("OPEN", STILL_BLOCKS[item.state]))
    if waiver:
        label = labels.waivers[waiver.id]
        if waiver.state == "approved":
            lines.append(NamedText("WAIVED", f"Not met and not passed. Let through by {label}, see part 4."))
        else:
            lines.append(NamedText("OPEN", f"A waiver was asked for and is not approved: {label}, see part 4."))
    return tuple(lines)


def _keys_lost(fallen: Fallen) -> str:
    lost = [
        f"key {each.slot} {each.meaning} by {wording.line(each.name)}, {wording.moment(each.at)}"
        for each in fallen.keys
    ]
    return f". Lost: {'; '.join(lost)}" if lost else ""


def section_number(place: int) -> str:
    """The number that a record gives the section at that place, from one."""
    return f"3.{place}"


def item_section(section: Section, place: int, labels: Labels, anchored: frozenset[int], budget: Budget) -> ItemSection:
    """A section with its items and the counts that sum it up."""
    paragraphs = budget.markdown(section.text)
    commands = tuple(budget.command(each) for each in section.commands)
    lines = len(paragraphs) + sum(map(len, commands))
    return ItemSection(
        number=section_number(place),
        anchor=f"section-{place}",
        title=wording.line(section.title),
        short=_short(section),
        summary=_summary(section),
        paragraphs=paragraphs,
        commands=commands,
        leads=bool(section.items) and lines <= MOST_LEADING,
        entries=tuple(
            item_entry(item, labels, anchored=item.number in anchored, budget=budget) for item in section.items
        ),
    )


def _summary(section: Section) -> str:
    if not section.items:
        return "" if section.text or section.commands else "No items."
    critical = sum(item.critical for item in section.items)
    settled = ", ".join(
        f"{found} {state}"
        for state in ("signed", "waived", "open", CARRIED, OUT)
        if (found := count(section.items, state))
    )
    return f"{plural(len(section.items), 'item')}{f', {critical} critical' if critical else ''}: {settled}."


def _short(section: Section) -> str:
    waived, unsettled = count(section.items, "waived"), count(section.items, "open")
    parts = [wording.cut(section.title, 60)]
    parts += [plural(len(section.items), "item")] if section.items else []
    parts += [f"{waived} waived"] if waived else []
    parts += [f"{unsettled} open"] if unsettled else []
    parts += [f"{carried} {CARRIED}"] if (carried := count(section.items, CARRIED)) else []
    parts += [f"{out} {OUT}"] if (out := count(section.items, OUT)) else []
    return ", ".join(parts)


def count(items: Iterable[Item], state: str) -> int:
    """How many items have that state; "open" are all that are not settled."""
    if state == "open":
        return sum(item.state not in SETTLED for item in items)
    return sum(item.state == state for item in items)


def waiver_entry(waiver: Waiver, labels: Labels, budget: Budget) -> PrintedEntry:
    """A waiver: what it lets through, why, who asked and who approved."""
    missing = max(0, waiver.required - len(waiver.approvals)) if waiver.state == "requested" else 0
    signatures = [signature_line(each, "key--waived") for each in (waiver.requested, *waiver.approvals)]
    signatures += [SignatureLine("–", "key--empty", "  not approved", "")] * missing
    lines = [
        NamedText("state", waiver.state),
        NamedText("approvals", f"{len(waiver.approvals)} of {waiver.required} needed"),
        *_waiver_terms(waiver, budget),
    ]
    if waiver.note:
        lines.append(NamedText("note", wording.sentence(waiver.note)))
    lines += browser_line(waiver.of_one_browser)
    return PrintedEntry(
        number=labels.waivers[waiver.id],
        title=f"Item {waiver.item}: {wording.line(waiver.item_title)}",
        classes=_classes(critical=waiver.critical, texts=(waiver.item_title, waiver.justification)),
        flag="CRITICAL" if waiver.critical else "",
        paragraphs=tuple(map(TextLine, budget.paragraphs(waiver.justification))),
        lines=tuple(lines),
        signatures=tuple(signatures),
    )


def _waiver_terms(waiver: Waiver, budget: Budget) -> Iterator[NamedText]:
    """What it says besides its justification, in the words that its approvers read."""
    paragraphs = {
        "risk": (waiver.risk,),
        "expires_at": (wording.moment(waiver.expires_at),),
        "measure": budget.paragraphs(waiver.measure),
        "afterwards": budget.paragraphs(waiver.afterwards),
        "afterwards_owner": (wording.line(waiver.afterwards_owner),),
        "afterwards_due": (str(waiver.afterwards_due),),
    }
    for name, texts in paragraphs.items():
        yield from _lines(WAIVER[name].lower(), texts)


def _measured(probe: Probe) -> str:
    outcome = probe.outcome or "never run"
    value = f": {wording.cut(_without_stop(probe.value), 200)}" if probe.value else ""
    limit = f", limit {wording.cut(probe.limit, 200)}" if probe.limit else ""
    return f"{outcome}{value}{limit}"


def _without_stop(value: str) -> str:
    """What a run says, where the sentence goes on behind it."""
    return value.removesuffix(".")


def _judged(condition: Condition) -> str:
    """A condition as it was judged: "latency < 300 ms holds: 212 ms, limit used 300 ms"."""
    if not condition.value:
        return f"{wording.line(condition.expression)}: {condition.outcome}"
    limit = f", limit used {wording.cut(condition.limit, 200)}" if condition.limit else ""
    return f"{wording.line(condition.expression)} {condition.outcome}: {wording.cut(condition.value, 200)}{limit}"


def probe_row(probe: Probe, labels: Labels, budget: Budget) -> ProofRow:
    """A probe: outcome, time and kind in 44 fixed characters, then value and limit, request, and both digests."""
    outcome = probe.outcome or "never run"
    bad = outcome != "passed"
    rest = [f"limit {wording.line(probe.limit)}"] if probe.limit else []
    rest += [f"item {probe.item}"]
    covered = f", the run that the keys of item {probe.item} cover" if probe.is_covered else ""
    lines = [NamedText("probe", f"{wording.line(probe.name)}{covered}")]
    lines += [NamedText("condition", _judged(each)) for each in probe.conditions]
    if probe.reporter:
        lines.append(NamedText("reported by", wording.line(probe.reporter)))
    if probe.baseline:
        lines.append(NamedText("baseline", wording.line(probe.baseline)))
    if probe.response_digest:
        lines.append(NamedText("response", probe.response_digest, code=True))
    if probe.run:
        lines.append(NamedText("run", f"{probe.run} {probe.run_digest}".strip(), code=True))
    if probe.software:
        lines.append(NamedText("judged by", wording.line(probe.software)))
    return ProofRow(
        number=labels.probes[probe.id],
        fixed=f"{outcome.upper() if bad else outcome:<13}{wording.moment(probe.at):<23}  {probe.kind[:6]:<6}",
        bad=bad,
        strong=wording.line(_without_stop(probe.value)) or "no value",
        rest=", ".join(rest),
        code=budget.code(probe.request),
        lines=tuple(lines),
        classes=_classes(critical=False, texts=(probe.name, probe.value, probe.limit)),
        is_long=wording.is_long(f"{probe.value} {probe.limit}"),
    )


def evidence_row(evidence: Evidence, labels: Labels, budget: Budget, *, is_enclosed: bool = False) -> ProofRow:
    """A piece of evidence: time and size in 34 fixed characters, name, items and person, then the whole SHA-256."""
    amount = size(evidence.size) if evidence.kind != "link" else "link"
    items = ", ".join(f"item {number}" for number in evidence.items)
    # A link has a digest of its own address at most: saying so keeps anyone from trusting the page behind it.
    code = (evidence.sha256,) if evidence.sha256 else ()
    # What was taken away or replaced is named; its text is in record.json.
    paragraphs = () if evidence.removed else budget.paragraphs(evidence.text)
    if evidence.kind == "link":
        code = (*wording.code_lines(evidence.url), *code)
        paragraphs += ("A link: what it leads to is not covered by the hash, only its address is.",)
    if evidence.removed:
        paragraphs += (evidence.removed,)
    kind = (
        f"{evidence.kind}, {evidence.media_type}" if evidence.kind == "file" and evidence.media_type else evidence.kind
    )
    if evidence.revisions > 1:
        kind += f", revision {evidence.revision} of {evidence.revisions}"
    kind += ", inside this file" if is_enclosed else ""
    return ProofRow(
        number=labels.evidence[evidence.id],
        fixed=f"{wording.moment(evidence.added_at)} {amount:>8}  ",
        bad=False,
        strong=wording.line(evidence.title) or "untitled",
        rest=f"{kind}, {items}, {wording.line(evidence.added_by)}",
        code=code,
        paragraphs=paragraphs,
        classes=_classes(critical=False, texts=(evidence.title, evidence.text)),
        is_long=wording.is_long(f"{evidence.title} {evidence.media_type} {evidence.added_by}"),
    )


def step_entry(step: RollbackStep, place: int, budget: Budget) -> PrintedEntry:
    """A rollback step with its commands."""
    return PrintedEntry(
        number=str(place),
        title=wording.line(step.title),
        classes=_classes(critical=False, texts=(step.title, step.command)),
        commands=(budget.command(step.command),),
    )
