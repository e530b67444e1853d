"""The first page and the sign-off sheet: what was decided, by whom, and on what grounds."""

from apps.core.wording import plural

from . import wording
from .budget import Budget
from .emergency import shout
from .entries import CARRIED, OUT, browser_line, count
from .facts import Amendment, Blocker, Decision, Deployment, Record, Sheet, Signature
from .notable import PASSED
from .page import BigKey, Count, Cover, NamedText, SheetRow

LONG_TITLE = 40
MOST_TITLE = 160
FULL = 420  # characters of the cover from which on it may take more than its page
# Each answer of the sheet: on the form, as the verdict (word, classes, tail), and as the lead of its part.
ANSWERS = {
    "yes": ("Yes", ("GO", "", "production-ready"), "Production-ready"),
    "no": ("No", ("NO-GO", "verdict--nogo", "not production-ready"), "Not production-ready"),
    "caveats": ("With caveats", ("GO", "", "with caveats"), "Production-ready with caveats"),
}


def cover(record: Record) -> Cover:
    """Everything the first page says."""
    deployment = record.deployment
    title = wording.shortened(wording.plain(f"{deployment.service} {deployment.version}"), MOST_TITLE)
    verdict, classes, tail = verdict_of(record)
    why, columns, keys = _why(record), _columns(record), _big_keys(record.sheet)
    loud = shout(record.decision.emergency)
    typed = (title, deployment.environment, *loud, *why, *(line.text for column in columns for line in column))
    return Cover(
        title=title,
        is_long=len(title) >= LONG_TITLE,
        is_full=sum(map(len, (*typed, *(key.name for key in keys)))) > FULL,
        verdict=verdict,
        classes=classes,
        tail=tail,
        keys=keys,
        why=why,
        columns=columns,
        counts=_counts(record),
        head=wording.groups(record.ledger.head.digest),
        shout=loud,
    )


def verdict_of(record: Record) -> tuple[str, str, str]:
    """(word, classes, tail): the sheet's answer once two people stand behind it, or that nothing is decided."""
    if record.decision.outcome == "cancelled":
        return "NONE", "verdict--none", "cancelled without a decision"
    if record.sheet is None or record.sheet.verified is None:
        return "OPEN", "verdict--none", "no decision yet"
    return ANSWERS[record.sheet.answer][1]


def _big_keys(sheet: Sheet | None) -> tuple[BigKey, ...]:
    return (
        _big_key("Completed by", "1st", sheet.completed if sheet else None),
        _big_key("Verified by", "2nd", sheet.verified if sheet else None),
    )


def _big_key(label: str, empty: str, signature: Signature | None) -> BigKey:
    if signature is None:
        return BigKey(label, empty, False, "not signed", "")
    name = wording.cut(signature.name, 60)
    return BigKey(label, wording.initials(signature.name), True, name, wording.moment(signature.at))


def _why(record: Record) -> tuple[str, ...]:
    sentences = [verdict_sentence(record.decision, record.sheet)]
    sentences += [amended(each) for each in record.decision.amendments]
    sentences += [_blocker(each) for each in record.decision.blockers[:4]]
    if len(record.decision.blockers) > 4:
        sentences.append(f"And {plural(len(record.decision.blockers) - 4, 'more blocker')}, all in part 2.")
    if record.decision.reason:
        sentences.append(wording.cut(record.decision.reason, 400))
    if record.sheet and record.sheet.caveats:
        sentences.append(f"Caveats: {wording.cut(record.sheet.caveats, 400)}")
        sentences += _answered_for(record.sheet)
    return tuple(sentences)


def amended(amendment: Amendment) -> str:
    """That it was opened again after it had ended, by whom and why, and which entries came of that."""
    closed = f"closed as {amendment.outcome} on {wording.moment(amendment.closed_at)}"
    asked, agreed = wording.line(amendment.asked_by), wording.line(amendment.agreed_by)
    return (
        f"Amended after closing, entries {amendment.first} to {amendment.last}: {closed} by "
        f"{wording.line(amendment.closed_by)}; {asked} asked to reopen it and {agreed} agreed on "
        f"{wording.moment(amendment.at)}: {wording.cut(amendment.reason, 300)}"
    )


def _blocker(blocker: Blocker) -> str:
    where = f"Item {blocker.item}, " if blocker.item else ""
    return f"{where}{wording.cut(blocker.subject, 90)}: {wording.sentence(blocker.reason, 120)}"


def verdict_sentence(decision: Decision, sheet: Sheet | None) -> str:
    """The computed verdict, and when it was that."""
    when = "when the sheet was signed" if sheet and sheet.verified else "when this record was made"
    blockers = len(decision.blockers)
    tail = "nothing blocked" if not blockers else plural(blockers, "blocker")
    return f"The verdict {when} was {decision.verdict}: {tail}."


def _columns(record: Record) -> tuple[tuple[NamedText, ...], tuple[NamedText, ...]]:
    deployment = record.deployment
    start, end = deployment.window_start, deployment.window_end
    window = f"{wording.moment(start)[:16]} to {wording.moment(end)[:16]} UTC" if start and end else "not set"
    state = f"Closed {wording.moment(deployment.closed_at)}" if deployment.closed_at else record.decision.state
    items = [item for section in record.sections for item in section.items]
    out, carried = count(items, OUT), count(items, CARRIED)
    left = (
        NamedText("Deployment", deployment.code),
        NamedText("Service", wording.cut(deployment.service, 80)),
        NamedText("Version", wording.cut(deployment.version, 80)),
        NamedText("Checklist", wording.cut(deployment.template, 80) or "none"),
        *([NamedText("Tier", wording.cut(deployment.tier, 80))] if deployment.tier else []),
        *([NamedText("Runs again", _parent(deployment))] if deployment.parent else []),
    )
    right = (
        NamedText("Environment", wording.cut(deployment.environment, 80)),
        NamedText("Team", wording.cut(deployment.team, 80)),
        NamedText("Window", window),
        NamedText("State", f"{state}, {record.decision.outcome}" if record.decision.outcome else state),
        *([NamedText("Carried", f"{plural(carried, 'item')} signed before, not here")] if carried else []),
        *([NamedText("Not here", f"{plural(out, 'item does not apply', 'items do not apply')}")] if out else []),
    )
    return left, right


def _parent(deployment: Deployment) -> str:
    return f"{deployment.parent}: {wording.cut(deployment.change, 80)}"


def _counts(record: Record) -> tuple[Count, ...]:
    items = [item for section in record.sections for item in section.items]
    keys = sum(len(item.signatures) for item in items)
    passed = sum(each.outcome == PASSED for each in record.probes)
    return (
        Count(str(len(items)), "items", f"{sum(item.critical for item in items) or 'none'} critical"),
        Count(str(count(items, "signed")), "signed", f"{plural(keys, 'key')} turned"),
        Count(str(count(items, "waived")), "waived", "not passed"),
        Count(str(count(items, "open")), "open", "not settled"),
        Count(str(len(record.probes)), "probes", f"{passed or 'none'} passed"),
    )


def sheet_lead(record: Record) -> str:
    """What the sheet comes to, in one sentence."""
    if record.sheet is None:
        return "Not filled in. The deployment has no decision yet."
    if record.sheet.verified is None:
        return "Filled in and not verified by a second person: no decision yet."
    return f"{ANSWERS[record.sheet.answer][2]}, said by two people."


def sheet_rows(sheet: Sheet | None, budget: Budget) -> tuple[SheetRow, ...]:
    """The rows of the sheet, in the order of the form."""
    if sheet is None:
        return ()
    answers = tuple((label, sheet.answer == answer) for answer, (label, *_) in ANSWERS.items())
    return (
        _signer_row("Completed by", sheet.completed),
        SheetRow("Version", budget.paragraphs(sheet.version) or ("–",)),
        _signer_row("Verified by", sheet.verified),
        *(SheetRow("Browser", (f"{each.text}.",)) for each in browser_line(sheet.of_one_browser)),
        SheetRow("Issues", budget.paragraphs(sheet.issues) or ("None stated.",)),
        SheetRow("Resolution", budget.paragraphs(sheet.resolution) or ("None stated.",)),
        SheetRow("Production-ready", answers=answers),
        SheetRow("Caveats", (*budget.paragraphs(sheet.caveats), *_answered_for(sheet)) or ("None.",)),
    )


def _answered_for(sheet: Sheet) -> list[str]:
    """Who answers for the caveats, and until when."""
    name = wording.line(sheet.caveats_owner)
    return [f"{name} answers for them until {sheet.caveats_due_on}."] if name else []


def _signer_row(name: str, signature: Signature | None) -> SheetRow:
    if signature is None:
        return SheetRow(name, ("Not signed.",))
    covered = f"Signed as “{signature.meaning}” on {wording.moment(signature.at)}, over sheet digest {signature.digest}"
    return SheetRow(name, (covered,), wording.line(signature.name), wording.initials(signature.name))


def blocker_lines(record: Record) -> tuple[NamedText, ...]:
    """What kept the verdict from GO: each with its reason and who can clear it."""
    return tuple(
        NamedText(
            f"item {each.item}" if each.item else "whole",
            f"{wording.cut(each.subject, 200)}: {wording.sentence(each.reason)} {wording.line(each.who)}".strip(),
        )
        for each in record.decision.blockers
    )
