"""How an edit is made: rows written, the step that undoes it, who did it. Each is called within one that records."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from django.db import connection
from django.db.models import Model
from django.utils import timezone

from apps.accounts.models import User
from apps.checklists.commands import parts as checklists
from apps.checklists.models import AcceptedProblem, TemplateItem, TemplateSection, TemplateVersion
from apps.checklists.states import VersionState
from apps.core.errors import Stale
from apps.core.permissions import require
from apps.core.statements import fetched
from apps.evidence import commands as evidence
from apps.ledger import chain
from apps.ledger import commands as ledger
from apps.signoff import commands as signoff
from apps.signoff.rules import Cause
from apps.studio import selectors
from apps.studio.events import DraftEvent
from apps.studio.models import DraftStep
from apps.studio.permissions import edit_draft
from apps.studio.rules import Change, Place, stored
from apps.studio.states import StepState

MEANWHILE = "The draft changed meanwhile. Nothing was done: look at it again, then repeat what you did."
LOCK = "SELECT id FROM checklists_checklisttemplate WHERE id = %s FOR NO KEY UPDATE"
MOST_STEPS = 200  # that can be undone; older ones are forgotten
SMALL_STEP = 4096  # bytes


@dataclass
class Written:
    """The rows that changes wrote and removed, and by how many bytes the content of the draft grew."""

    rows: list[Model] = field(default_factory=list)
    removed: list[Model] = field(default_factory=list)
    grown: int = 0


@dataclass(frozen=True)
class Editing:
    """An edit that somebody begins: the draft, locked, and its steps as they are then."""

    version: TemplateVersion
    by: User
    intent: UUID | None
    steps: selectors.Steps

    @property
    def is_known(self) -> bool:
        """Whether this very edit was made already: a request that was sent again changes nothing."""
        return self.steps.of_intent > 0


def begin(version: TemplateVersion, *, by: User, intent: UUID | None) -> Editing:
    """Lock a draft to edit it, if they may."""
    locked = lock_draft(version, by)
    return Editing(locked, by, intent, selectors.steps_of(locked, intent))


def lock_draft(version: TemplateVersion, by: User) -> TemplateVersion:
    """The version, locked with its template, if they may edit it.

    Read after the lock: a statement that waited for it answers of before. SQLite has no row locks and needs none.
    """
    if connection.features.has_select_for_update:
        fetched(LOCK, version.template_id)
    locked = selectors.draft_again(version.pk)
    require(edit_draft(by, locked))
    return locked


def named(version: TemplateVersion, what: str) -> dict[str, Any]:
    """What every event about a draft says; `what` it did, past tense."""
    return {"version": version.pk, "number": version.number, "what": what}


def places(version: TemplateVersion) -> list[Place]:
    """Where every item stands, in order; one query."""
    rows = version.items.order_by("section__position", "position")
    return [Place(*row) for row in rows.values_list("key", "section__key", "position", "depth")]


def make_step(
    edit: Editing, changes: Sequence[Change], event: DraftEvent, *, items: Iterable[TemplateItem] | None = None
) -> TemplateVersion:
    """Make an edit, remember how to undo it, and record it. Nothing happens where nothing changes.

    items: those it changes, each with its section, where they were read under the lock already.
    """
    version, by, steps = edit.version, edit.by, edit.steps
    if not changes:
        return version
    if steps.undone:
        version.steps.filter(state=StepState.UNDONE).delete()
        steps = selectors.steps_of(version)
    newest, oldest = steps.newest, steps.oldest
    if oldest and oldest <= newest - MOST_STEPS:
        version.steps.filter(number__lte=newest - MOST_STEPS).delete()
    if not newest:  # of the versions before it nothing can be undone any more
        DraftStep.objects.filter(version__template=version.template_id).delete()
    values = stored(changes)
    size = len(chain.encode(values))
    DraftStep.objects.create(
        version=version,
        number=newest + 1,
        words=event.what[:300],
        changes=values,
        size=size,
        by=by,
        by_name=by.full_name,
        intent=edit.intent or uuid4(),
    )
    record(version, changes, event, by=by, items=items, step=size)
    return version


def record(
    version: TemplateVersion,
    changes: Sequence[Change],
    event: DraftEvent,
    *,
    by: User,
    items: Iterable[TemplateItem] | None = None,
    step: int = 0,
) -> None:
    """Write what changes say, and the entry that proves it. Asking to publish it is taken back by that.

    step: the bytes that were stored with it to undo it, which count against the quota too. Few of them are not asked
    room for where the draft does not grow: asking takes a fifth of an edit's time, and there are MOST_STEPS at most.
    """
    if version.state == VersionState.IN_REVIEW:
        checklists.reopen_draft(version, by=by, cause=Cause.TEXT_EDITED)
    written = write(version, changes, items)
    if written.grown > 0 or step > SMALL_STEP:
        evidence.require_room(version.template.team, written.grown)
    version.size = max(0, version.size + written.grown)
    version.edited_by, version.edited_by_name, version.edited_at = by, by.full_name, timezone.now()
    edited = {name for change in changes if change.what == "version" for name in change.after or {}}
    version.save(update_fields=["size", "edited_by", "edited_by_name", "edited_at", *edited])
    signoff.contribute(version.sign_off, by=by)
    rows = [version, *written.rows, *version.sign_off.changes]
    ledger.record(version.template.stream, event, by=by, rows=rows, removed=written.removed)


def write(version: TemplateVersion, changes: Sequence[Change], items: Iterable[TemplateItem] | None = None) -> Written:
    """Store changes in their order, each kind of row in one statement; refuses what no longer stands there."""
    parts = _Parts(version, changes, items)
    for change in changes:
        parts.take(change)
    return parts.store()


class _Rows:
    """Sections or items of a draft while changes are made to them in memory."""

    def __init__(self, model: type[Any], found: Iterable[Any]) -> None:
        self.model = model
        self.known = {row.key: row for row in found}
        self.new: dict[str, Any] = {}
        self.gone: dict[str, Any] = {}
        self.edited: dict[str, set[str]] = {}

    def take(self, change: Change, version: TemplateVersion) -> None:
        """Make one change."""
        if change.before is None:
            self.new[change.key] = self.known[change.key] = self.model(
                version=version, key=change.key, **(change.after or {})
            )
        elif change.key not in self.known:
            raise Stale(MEANWHILE)
        elif change.after is None:
            self.gone[change.key] = self.known.pop(change.key)
        else:
            _edit(self.known[change.key], change)
            self.edited.setdefault(change.key, set()).update(change.after)

    def store(self) -> list[Model]:
        """Write those that came and those that changed, and answer them."""
        changed = [self.known[key] for key in self.edited if key not in self.new]
        self.model.objects.bulk_create(self.new.values())
        if len(changed) > 1:
            self.model.objects.bulk_update(changed, sorted(set().union(*self.edited.values())))
        for row in changed[:1] if len(changed) == 1 else ():
            row.save(update_fields=self.edited[row.key])
        return [*self.new.values(), *changed]

    def remove(self) -> list[Model]:
        """Delete those that went, and answer them as they were."""
        if self.gone:
            self.model.objects.filter(pk__in=[row.pk for row in self.gone.values()]).delete()
        return list(self.gone.values())


class _Parts:
    """A draft with those of its sections and items that changes are about."""

    def __init__(
        self, version: TemplateVersion, changes: Sequence[Change], items: Iterable[TemplateItem] | None
    ) -> None:
        self.version, self.grown = version, 0
        keys = {change.key for change in changes if change.what == "item" and change.before is not None}
        named = any(change.what == "section" or "section" in (change.after or {}) for change in changes)
        self.sections = _Rows(TemplateSection, version.sections.all() if named else ())
        if items is None:
            items = version.items.filter(key__in=keys).select_related("section") if keys else ()
        self.items = _Rows(TemplateItem, items)
        reasons = {change.key for change in changes if change.what == "accepted"}
        self.accepted = _Rows(AcceptedProblem, version.accepted_problems.filter(key__in=reasons) if reasons else ())

    def take(self, change: Change) -> None:
        """Make one change in memory."""
        self.grown += len(chain.encode(change.after or {})) - len(chain.encode(change.before or {}))
        if change.what == "version":
            _edit(self.version, change)
        elif change.what == "section":
            self.sections.take(change, self.version)
        elif change.what == "accepted":
            self.accepted.take(change, self.version)
        else:
            self.items.take(self._with_row(change), self.version)

    def _with_row(self, change: Change) -> Change:
        """The change of an item with the section itself instead of its key."""
        if change.after is None or "section" not in change.after:
            return change
        if change.after["section"] not in self.sections.known:
            raise Stale(MEANWHILE)
        row = self.sections.known[change.after["section"]]
        return Change(change.what, change.key, change.before, {**change.after, "section": row})

    def store(self) -> Written:
        """Items go before their sections do, and sections come before their items do."""
        removed = self.items.remove() + self.accepted.remove()
        rows = self.sections.store() + self.items.store() + self.accepted.store()
        return Written(rows, removed + self.sections.remove(), self.grown)


def _edit(row: Any, change: Change) -> None:
    for name, value in (change.before or {}).items():
        now = getattr(row, name)
        if (now.key if isinstance(now, TemplateSection) else now) != value:
            raise Stale(MEANWHILE)
    for name, value in (change.after or {}).items():
        setattr(row, name, value)
