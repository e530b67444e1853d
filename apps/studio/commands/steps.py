"""Undo and redo, for everybody who edits a draft."""

from django.db import transaction

from apps.accounts.models import User
from apps.checklists.models import TemplateVersion
from apps.core.errors import Stale
from apps.core.states import after
from apps.studio.events import StepRedone, StepUndone
from apps.studio.models import DraftStep
from apps.studio.rules import from_stored, undoing
from apps.studio.states import MOVES, StepState

from .parts import lock_draft, named, record


@transaction.atomic
def undo_step(version: TemplateVersion, *, by: User, shown: int | None = None) -> DraftStep:
    """Take the newest edit back, whoever made it, unless another one than was `shown` is the newest."""
    version = lock_draft(version, by)
    step = version.steps.filter(state=StepState.DONE).order_by("-number").first()
    return _move(version, step, "undo_step", by=by, shown=shown)


@transaction.atomic
def redo_step(version: TemplateVersion, *, by: User, shown: int | None = None) -> DraftStep:
    """Make the edit again that was taken back last, unless another one than was `shown` is next."""
    version = lock_draft(version, by)
    step = version.steps.filter(state=StepState.UNDONE).order_by("number").first()
    return _move(version, step, "redo_step", by=by, shown=shown)


def _move(version: TemplateVersion, step: DraftStep | None, move: str, *, by: User, shown: int | None) -> DraftStep:
    if step is None:
        raise Stale(f"There is nothing left to {move.partition('_')[0]}.")
    if shown not in (None, step.number):
        raise Stale(f"Somebody edited the draft meanwhile. Nothing was done; the newest edit: {step.words}.")
    step.state = after(MOVES, step.state, move)
    step.save(update_fields=["state", "at"])
    changes = from_stored(step.changes)
    if move == "undo_step":
        record(version, undoing(changes), StepUndone(**named(version, f"took back: {step.words}")), by=by)
    else:
        record(version, changes, StepRedone(**named(version, f"did again: {step.words}")), by=by)
    return step
