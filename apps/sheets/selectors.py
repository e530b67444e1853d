"""What the keys of the sheet cover, and what its page showed to whoever turned one."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import uuid5

from apps.core.statements import fetched
from apps.deployments.models import Deployment, Emergency, Waiver
from apps.deployments.selectors.readiness import readiness
from apps.deployments.selectors.summaries import ItemSummary, TurnedKey, summaries
from apps.deployments.states import Outcome
from apps.followups.models import Kind
from apps.ledger.chain import Fault
from apps.signoff.rules import Meaning, content_digest

from .models import Sheet
from .states import OUTCOMES, Answer

# What it says is to be done stays; whoever does it, and until when, may change.
WITHOUT_FOLLOW_UP = f"""
SELECT s.stream FROM deployments_deployment d
JOIN sheets_sheet h ON h.deployment_id = d.id
JOIN signoff_signoff s ON s.id = h.sign_off_id
WHERE d.outcome = '{Outcome.COMPLETED.value}' AND h.answer = '{Answer.CAVEATS.value}'
  AND NOT EXISTS (SELECT 1 FROM followups_followup f WHERE f.stream = s.stream AND f.subject = s.subject
                  AND f.kind = '{Kind.CAVEAT.value}' AND f.what = h.caveats)
ORDER BY s.stream
"""
PLAINLY_READY = f"""
SELECT s.stream FROM deployments_deployment d JOIN deployments_emergency e ON e.deployment_id = d.id
JOIN sheets_sheet h ON h.deployment_id = d.id JOIN signoff_signoff s ON s.id = h.sign_off_id
WHERE d.outcome = '{Outcome.COMPLETED.value}' AND h.answer <> '{Answer.CAVEATS.value}' ORDER BY s.stream
"""


def sheet_content(sheet: Sheet, items: list[ItemSummary] | None = None) -> dict[str, Any]:
    """What the sheet's signatures cover, with the board as it is now (`items`, where they are read already)."""
    items = summaries(sheet.deployment) if items is None else items
    waivers = Waiver.objects.filter(item__deployment=sheet.deployment, ended_at=None).order_by("item__number")
    approved = {item.id: _signers(item.waiver_signed) for item in items}
    lane: Emergency | None = getattr(sheet.deployment, "emergency", None)
    return sheet.content(
        emergency=lane.sign_off.digest if lane else "",
        items=[_item(item) for item in items],
        waivers=[
            [str(item), digest, approved[item]] for item, digest in waivers.values_list("item", "sign_off__digest")
        ],
    )


def new_sheet(deployment: Deployment) -> Sheet:
    """The sheet of a deployment that has none yet, not stored; its number is known before, for a passkey to name."""
    return Sheet(id=uuid5(deployment.pk, "sheet"), deployment=deployment)


def fill_in(sheet: Sheet, verdict: str, lines: Mapping[str, Any]) -> str:
    """Write lines into a sheet, without storing it. Returns the digest of what its keys cover then."""
    owner = lines["caveats_owner"]
    for name, value in {**lines, "caveats_owner_name": owner.full_name if owner else "", "verdict": verdict}.items():
        setattr(sheet, name, value)
    return content_digest(sheet_content(sheet))


def turn_to_complete(deployment: Deployment, lines: Mapping[str, Any]) -> str:
    """The first key of a sheet with these lines, as a page tells the passkey’s script (factors.forms.Turns)."""
    sheet = sheet_of(deployment) or new_sheet(deployment)
    digest = fill_in(sheet, readiness(deployment, summaries(deployment)).verdict, lines)
    return f"{sheet.pk}.{digest}.1.{Meaning.COMPLETED}"


def _item(item: ItemSummary) -> list[Any]:
    """An item as it stands; of one that is carried over, what was signed where it was, and by whom."""
    digest, signed = (item.origin.digest, item.origin.signed) if item.origin else (item.digest, item.signed)
    return [str(item.id), digest, item.state, item.run, _signers(signed)]


def _signers(keys: Iterable[TurnedKey]) -> list[str]:
    return [str(key.signer) for key in keys]


def page_digest(deployment: Deployment) -> str:
    """The digest of what the page shows to whoever completes the sheet: verdict, board, and the sheet so far."""
    items = summaries(deployment)
    return digest_of_page(deployment, sheet_of(deployment), items, readiness(deployment, items).verdict)


def digest_of_page(deployment: Deployment, sheet: Sheet | None, items: list[ItemSummary], verdict: str) -> str:
    """The same, of what is read already."""
    board = sheet_content(Sheet(deployment=deployment, verdict=verdict), items)
    written = sheet.sign_off if sheet else None
    so_far = [written.digest, written.revision, len(written.turned)] if written else []
    return content_digest({"board": board, "so_far": so_far})


def ending_faults() -> Iterator[Fault]:
    """Deployments that no sheet signed by two people ended, or that one completed over another board than stands there.

    What blocks may go on after "no": a probe that ran then ends later, so only the board of what was completed stays.
    """
    if not fetched("SELECT 1 FROM deployments_deployment WHERE outcome <> '' LIMIT 1"):
        return
    ended = Deployment.objects.filter(outcome__in=OUTCOMES.values()).order_by("team", "number")
    ended = ended.select_related("sheet__sign_off", "rollback_plan")
    for deployment in ended.prefetch_related("sheet__sign_off__signatures").iterator(chunk_size=500):
        sheet = getattr(deployment, "sheet", None)
        if not sheet or OUTCOMES[Answer(sheet.answer)] != deployment.outcome or len(sheet.sign_off.turned) < 2:
            ended_as = f"{deployment} ended as “{deployment.get_outcome_display()}”"
            yield Fault(deployment.stream, None, f"{ended_as} without a sheet that says so, signed by two people")
        elif deployment.outcome == Outcome.COMPLETED and content_digest(sheet_content(sheet)) != sheet.sign_off.digest:
            yield Fault(deployment.stream, None, f"{deployment} was completed over another board than stands there now")
    for (stream,) in fetched(WITHOUT_FOLLOW_UP):
        yield Fault(stream, None, "it was completed with caveats that left no follow-up")
    for (stream,) in fetched(PLAINLY_READY):
        yield Fault(stream, None, "it went by the emergency lane and was completed without caveats")


def sheet_of(deployment: Deployment) -> Sheet | None:
    """The sheet with all that its page shows, if somebody completed one."""
    found = Sheet.objects.filter(deployment=deployment).select_related("sign_off")
    sheet = found.prefetch_related(
        "sign_off__signatures",
        "sign_off__contributions",
        "sign_off__rejections",
        "sign_off__revisions",
    ).first()
    if sheet:
        sheet.deployment = deployment
    return sheet
