"""What people do with the sheet: complete it, verify it, send it back."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.core.errors import Stale, WrongState
from apps.core.permissions import require
from apps.core.shown import require_same
from apps.core.states import after
from apps.core.wording import plural
from apps.deployments.commands.parts import close, of_key
from apps.deployments.models import Deployment, Emergency
from apps.deployments.selectors import readiness
from apps.deployments.selectors.emergencies import debts_of
from apps.deployments.states import MOVES, Outcome
from apps.factors.commands import Proof
from apps.followups.commands.parts import require_day_to_come, require_member, store
from apps.followups.models import FollowUp, Kind
from apps.ledger import commands as ledger
from apps.sheets import permissions, selectors
from apps.sheets.events import SheetCompleted, SheetSentBack, SheetVerified
from apps.sheets.models import Sheet
from apps.sheets.states import OUTCOMES, Answer
from apps.signoff import commands as signoff
from apps.signoff.models import Signature
from apps.signoff.rules import Cause, Meaning, content_digest
from apps.waivers.commands import expire_waivers

P = ParamSpec("P")
Signed = TypeVar("Signed", Deployment, Sheet)


def _expired_first(command: Callable[Concatenate[Signed, P], Sheet]) -> Callable[Concatenate[Signed, P], Sheet]:
    """Before the command it is noted which waivers expired, in a transaction of its own.

    Then the items that their answers decide about are judged, and stay so where the command refuses.
    """

    @wraps(command)
    def noted(subject: Signed, *args: P.args, **named: P.kwargs) -> Sheet:
        deployment = subject.deployment if isinstance(subject, Sheet) else subject
        expire_waivers(by=ledger.SYSTEM, deployment=deployment)
        return command(subject, *args, **named)

    return noted


@_expired_first
@transaction.atomic
def complete_sheet(
    deployment: Deployment,
    *,
    by: User,
    version_deployed: str,
    issues: str,
    resolution: str,
    answer: Answer,
    caveats: str,
    shown: str,
    intent: UUID,
    proof: Proof,
    caveats_owner: User | None = None,
    caveats_due_on: date | None = None,
) -> Sheet:
    """Fill in the sheet and turn its first key over the page whose digest was shown. Again, it starts anew.

    caveats_owner, caveats_due_on: who answers for the caveats, and until which day in UTC; only with these.
    """
    deployment = Deployment.objects.lock(deployment.pk)
    require(permissions.complete_sheet(by, deployment))
    lines: dict[str, Any] = {"version_deployed": version_deployed, "issues": issues, "resolution": resolution}
    lines |= {"answer": answer, "caveats": caveats, "caveats_owner": caveats_owner, "caveats_due_on": caveats_due_on}
    sheet = selectors.sheet_of(deployment) or selectors.new_sheet(deployment)
    if not sheet._state.adding and sheet.sign_off.has_turned(by, intent) and _says(sheet, lines):
        return sheet
    _require_answer(deployment, **lines)
    _require_caveats(deployment, answer)
    verdict = _verdict_for(deployment, answer)
    if selectors.page_digest(deployment) != shown:
        raise Stale("The board or the sheet changed after you opened it. Look at what it says now, then turn your key.")
    digest = selectors.fill_in(sheet, verdict, lines)
    _lay_open(sheet, by=by, digest=digest)
    signature = signoff.sign(sheet.sign_off, by=by, shown=digest, meaning=Meaning.COMPLETED, intent=intent, proof=proof)
    ledger.record(deployment.stream, _completed(sheet, signature), by=by, rows=[sheet, *sheet.sign_off.changes])
    return sheet


@_expired_first
@transaction.atomic
def verify_sheet(sheet: Sheet, *, by: User, shown: str, revision: int, intent: UUID, proof: Proof) -> Sheet:
    """Turn the sheet's second key: the deployment closes with the sheet's answer.

    `revision` is the one that was shown: the same lines completed again are another person's word.
    """
    sheet = _lock(sheet)
    if sheet.sign_off.has_turned(by, intent):
        return sheet
    require(permissions.verify_sheet(by, sheet))
    if revision != sheet.sign_off.revision:
        raise Stale("The sheet was completed again after you opened it. Look at it and at who signed it, then verify.")
    deployment, answer = sheet.deployment, Answer(sheet.answer)
    _verdict_for(deployment, answer)
    if (debts := debts_of(deployment)) and (why := debts.why_not_end):
        raise WrongState(why)
    if content_digest(selectors.sheet_content(sheet)) != sheet.sign_off.digest:
        raise Stale("The board changed after the sheet was completed. Complete the sheet again, then verify it.")
    signature = signoff.sign(sheet.sign_off, by=by, shown=shown, meaning=Meaning.VERIFIED, intent=intent, proof=proof)
    left = _follow_up(sheet, by=by)
    deployment.state = after(MOVES, deployment.state, "verify_sheet")
    verdict, outcome = sheet.verdict, OUTCOMES[answer]
    closed = close(deployment, by=by, outcome=outcome)
    verified = SheetVerified(sheet=sheet.id, **of_key(signature), answer=answer, verdict=verdict, outcome=outcome)
    ledger.record(deployment.stream, verified, by=by, rows=[*sheet.sign_off.changes, *left, *closed], anchored=True)
    return sheet


@transaction.atomic
def send_back_sheet(sheet: Sheet, *, by: User, reason: str, shown: str | None = None) -> Sheet:
    """Refuse the completed sheet that was `shown`, with a reason; it has to be completed again."""
    sheet = _lock(sheet)
    require(permissions.send_back_sheet(by, sheet))
    require_same(shown, sheet.sign_off.standing, "send the sheet back")
    rejection = signoff.reject(sheet.sign_off, by=by, reason=reason)
    sent_back = SheetSentBack(sheet=sheet.id, name=rejection.name, reason=reason)
    ledger.record(sheet.deployment.stream, sent_back, by=by, rows=sheet.sign_off.changes)
    return sheet


def _says(sheet: Sheet, lines: Mapping[str, Any]) -> bool:
    return all(getattr(sheet, name) == value for name, value in lines.items())


def _require_answer(
    deployment: Deployment, *, answer: Answer, caveats_owner: User | None, caveats_due_on: date | None, **_: str
) -> None:
    """Caveats, and only they, name who answers for them and until when."""
    if answer != Answer.CAVEATS:
        if caveats_owner or caveats_due_on:
            raise WrongState("Only “with caveats” says who answers for them and until when. Leave both out.")
    elif not caveats_owner or not caveats_due_on:
        raise WrongState("Say who answers for the caveats, and until when.")
    else:
        require_member(caveats_owner, deployment.team)
        require_day_to_come(caveats_due_on)


def _require_caveats(deployment: Deployment, answer: Answer) -> None:
    """What went by the emergency lane is never plainly production-ready."""
    if answer == Answer.YES and Emergency.objects.filter(deployment=deployment).exists():
        raise WrongState("This went by the emergency lane: answer “with caveats” and write them, or “no”.")


def _completed(sheet: Sheet, signature: Signature) -> SheetCompleted:
    return SheetCompleted(
        sheet=sheet.id,
        **of_key(signature),
        answer=sheet.answer,
        verdict=sheet.verdict,
        caveats_owner=sheet.caveats_owner_id,
        caveats_due_on=sheet.caveats_due_on.isoformat() if sheet.caveats_due_on else "",
        issues=sheet.issues,
        resolution=sheet.resolution,
        caveats=sheet.caveats,
        caveats_owner_name=sheet.caveats_owner_name,
        version=sheet.version_deployed,
    )


def _follow_up(sheet: Sheet, *, by: User) -> list[FollowUp]:
    """What the caveats leave to be done, now that the deployment ends with them. Returns the rows, to be proved."""
    owner, due_on, deployment = sheet.caveats_owner, sheet.caveats_due_on, sheet.deployment
    if owner is None or due_on is None:
        return []
    if not owner.memberships.filter(team=deployment.team).exists():
        why = f"{owner.full_name} answers for the caveats and has left {deployment.team.name}."
        raise WrongState(f"{why} Complete the sheet again and name somebody who is here.")
    stored = store(
        by=by,
        team=deployment.team,
        stream=deployment.stream,
        subject=sheet.subject_of(sheet.pk),
        kind=Kind.CAVEAT,
        what=sheet.caveats,
        owner=owner,
        due_on=due_on,
    )
    return [stored]


def _lock(sheet: Sheet) -> Sheet:
    """The sheet with its signatures, its deployment locked first."""
    deployment = Deployment.objects.lock(sheet.deployment_id)
    fresh = Sheet.objects.select_related("sign_off", "caveats_owner").prefetch_related(
        "sign_off__signatures", "sign_off__contributions"
    )
    sheet = fresh.get(pk=sheet.pk)
    sheet.deployment = deployment
    return sheet


def _verdict_for(deployment: Deployment, answer: Answer) -> str:
    """The verdict now; refuses yes and with caveats while it is NO-GO."""
    now = readiness(deployment)
    if OUTCOMES[Answer(answer)] == Outcome.COMPLETED and not now.is_go:
        conditions = plural(len(now.blockers), "condition blocks", "conditions block")
        raise WrongState(f"The verdict is NO-GO: {conditions} it. Clear the list on the board first, or answer “no”.")
    return now.verdict


def _lay_open(sheet: Sheet, *, by: User, digest: str) -> None:
    """Store the sheet with a sign-off for its present content; that invalidates keys turned on an older one."""
    if sheet._state.adding:
        deployment = sheet.deployment
        signoff.store(sheet, team=deployment.team, stream=deployment.stream, digest=digest)
    authors = sheet.deployment.rollback_plan.authors.order_by("pk")
    signoff.contribute(sheet.sign_off, by=by, before=authors.values_list("person", "name"))
    if sheet.sign_off.turned:
        signoff.reopen(sheet.sign_off, by=by, digest=digest, cause=Cause.COMPLETED_AGAIN)
    else:
        signoff.revise(sheet.sign_off, by=by, digest=digest, cause=Cause.COMPLETED)
    sheet.save()
