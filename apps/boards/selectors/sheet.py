"""The page of the sign-off sheet: what it says, who turned its keys, and who can go on."""

import uuid
from collections import Counter
from typing import Any

from django.utils import timezone

from apps.accounts.models import User, initials
from apps.accounts.roles import Capability
from apps.core.permissions import Verdict
from apps.core.shown import fingerprint
from apps.deployments.models import Deployment
from apps.deployments.selectors.readiness import Members, members, missing_of_plan, plan_owner, readiness
from apps.deployments.selectors.summaries import ItemSummary, summaries
from apps.deployments.states import SETTLED, Outcome
from apps.factors.selectors import offer
from apps.ledger import selectors as ledger
from apps.sheets import permissions
from apps.sheets.models import Reopening, Sheet
from apps.sheets.selectors import digest_of_page, sheet_content, sheet_of
from apps.sheets.states import OUTCOMES, Answer
from apps.signoff.permissions import takes_passkey
from apps.signoff.rules import Meaning, content_digest

from .ceremony import stands_in
from .emergency import band_of


def sheet_page(deployment: Deployment, viewer: User) -> dict[str, Any]:
    """Everything templates/boards/sheet.html needs besides the forms, in a fixed number of queries."""
    since = str(ledger.head(deployment.stream).sequence)  # first: what is read after it can only be newer
    sheet = sheet_of(deployment)
    items = summaries(deployment)
    people = members(deployment.team)
    now = readiness(deployment, items, people)
    reopening = _reopening(deployment, viewer)
    may = {"complete_sheet": permissions.complete_sheet(viewer, deployment), **reopening.pop("may")}
    return _board(deployment, items, people) | {
        "deployment": deployment,
        "since": since,
        "sheet": sheet,
        "is_completed": deployment.outcome == Outcome.COMPLETED,
        "blocking": 0 if deployment.is_over else len(now.blockers),
        "sheet_keys": _slots(sheet),
        "intent": uuid.uuid4(),
        "page_shown": digest_of_page(deployment, sheet, items, now.verdict),
        "now": timezone.now(),
        "offer": offer(viewer).for_key(takes_passkey=_takes_passkey(viewer, sheet, reopening["pending"])),
        "reopening": reopening,
        **(_signed(sheet, items, viewer, people) if sheet else {}),
        "may": may | (_may(viewer, sheet) if sheet else {}),
    }


def _board(deployment: Deployment, items: list[ItemSummary], people: Members) -> dict[str, Any]:
    """What the board says, beside the sheet: its items as they stand, its way back, its emergency."""
    counts = Counter(item.state for item in items)
    return {
        "total": sum(1 for item in items if item.is_here),
        "counts": {state.value: counts[state] for state in SETTLED},
        "rest": sum(1 for item in items if not item.is_settled),
        "of_one_browser": [item.number for item in items if item.is_of_one_browser],
        "plan": deployment.rollback_plan,
        "plan_owner": plan_owner(deployment, people),
        "missing": missing_of_plan(deployment, people),
        "emergency": band_of(deployment, items),
    }


def _signed(sheet: Sheet, items: list[ItemSummary], viewer: User, people: Members) -> dict[str, Any]:
    """The sheet's keys: who turned them, whether they still cover what the board says, who can go on."""
    turned = sheet.sign_off.turned
    completed, verified = (*turned, None, None)[:2]
    is_open = not sheet.deployment.is_over
    is_stale = is_open and bool(turned) and content_digest(sheet_content(sheet, items)) != sheet.sign_off.digest
    others = people.names(Capability.DECIDE, frozenset(sheet.sign_off.contributors))
    with_caveats = " with caveats" if sheet.answer == Answer.CAVEATS else ""
    may_verify = permissions.verify_sheet(viewer, sheet)
    return {
        "completed": completed,
        "verified": verified,
        "shown": sheet.sign_off.digest,
        "turn": sheet.sign_off.turn(Meaning.VERIFIED),
        "stands_in": stands_in(viewer, sheet.sign_off, Meaning.VERIFIED) if may_verify else None,
        "sheet_shown": fingerprint(sheet.sign_off.standing),
        "is_stale": is_stale,
        "one_browser": sheet.of_one_browser,
        "acted_here": sheet.acted_here(viewer) if is_open else [],
        "is_mine": any(signature.signer_id == viewer.id for signature in turned),
        "who_verifies": others or "Nobody yet: another decider is needed",
        "rejection": sheet.sign_off.last_rejection if not turned else None,
        "answer_words": Answer(sheet.answer).label,
        "closes_as": OUTCOMES[Answer(sheet.answer)].label.lower() + with_caveats,
        "with_caveats": with_caveats,
    }


def _may(viewer: User, sheet: Sheet) -> dict[str, Verdict]:
    return {
        "verify_sheet": permissions.verify_sheet(viewer, sheet),
        "send_back_sheet": permissions.send_back_sheet(viewer, sheet),
    }


def _reopening(deployment: Deployment, viewer: User) -> dict[str, Any]:
    """How it was opened again after it had ended, and the question to do so that waits, if one does."""
    rows = Reopening.objects.filter(deployment=deployment, ended_at=None).order_by("asked_at", "pk")
    found = list(rows.select_related("sign_off").prefetch_related("sign_off__signatures", "sign_off__contributions"))
    for row in found:
        row.deployment = deployment
    pending = next((row for row in found if row.agreed_at is None), None)
    may = {"ask_reopening": permissions.ask_reopening(viewer, deployment)}
    if pending:
        may["agree_reopening"] = permissions.agree_reopening(viewer, pending)
        may["end_reopening"] = permissions.end_reopening(viewer, pending)
    agrees = pending is not None and may["agree_reopening"]
    return {
        "pending": pending,
        "agreed": [
            {"row": row, "by": row.sign_off.turned[-1].name, "closed_as": Outcome(row.outcome).label.lower()}
            for row in found
            if row.agreed_at
        ],
        "turn": pending.sign_off.turn(Meaning.APPROVED) if pending else "",
        "stands_in": stands_in(viewer, pending.sign_off, Meaning.APPROVED) if pending and agrees else None,
        "may": may,
    }


def _takes_passkey(viewer: User, sheet: Sheet | None, pending: Reopening | None) -> bool:
    """Whether its next key takes a passkey; the first one, of whoever completes it anew, is nobody's by role."""
    if pending:
        return takes_passkey(viewer, pending.sign_off, Meaning.APPROVED)
    if sheet is None:
        return False
    return takes_passkey(viewer, sheet.sign_off, Meaning.VERIFIED if sheet.sign_off.turned else Meaning.COMPLETED)


def _slots(sheet: Sheet | None) -> list[tuple[str, str]]:
    """The sheet's two keys as an icon."""
    turned = [(initials(s.name), "half") for s in sheet.sign_off.turned] if sheet else []
    return [*turned, *((str(n), "") for n in range(len(turned) + 1, 3))]
