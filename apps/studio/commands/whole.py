"""The draft as a whole: what it says of itself, a text that replaces all it says, and problems that are accepted."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.checklists.models import VERSION_FIELDS, TemplateVersion
from apps.core.errors import Stale, WrongState
from apps.core.shown import require_unchanged
from apps.studio import rules, selectors
from apps.studio.events import DraftContentReplaced, DraftEdited, DraftProblemAccepted
from apps.studio.rules import Change

from .items import stored as stored_item
from .parts import begin, make_step, named
from .sections import stored as stored_section


@transaction.atomic
def edit_draft(
    version: TemplateVersion,
    *,
    by: User,
    values: Mapping[str, Any],
    shown: str | None = None,
    intent: UUID | None = None,
) -> TemplateVersion:
    """Change what the template says of itself, unless that changed since it was `shown`."""
    edit = begin(version, by=by, intent=intent)
    version = edit.version
    if edit.is_known:
        return version
    now = {name: getattr(version, name) for name in VERSION_FIELDS}
    require_unchanged(shown, rules.texts_of({name: now[name] for name in values}), rules.texts_of(values))
    changes = rules.edited("version", "", now, values)
    words = f"edited the {' and the '.join(name.replace('_', ' ') for name in values)}"
    return make_step(edit, changes, DraftEdited(**named(version, words)))


@transaction.atomic
def replace_draft_content(
    version: TemplateVersion,
    *,
    by: User,
    content: Mapping[str, Any],
    words: str,
    intent: UUID | None = None,
) -> TemplateVersion:
    """Let a draft say `content`; sections and items are the same where their keys are. One step."""
    edit = begin(version, by=by, intent=intent)
    version = edit.version
    if edit.is_known:
        return version
    items = version.items.select_related("section").order_by("section__position", "position")
    now = (
        {section.key: stored_section(section) for section in version.sections.order_by("position")},
        {item.key: stored_item(item) for item in items},
    )
    own = {name: getattr(version, name) for name in VERSION_FIELDS}
    changes = rules.edited("version", "", own, {name: content[name] for name in VERSION_FIELDS})
    changes += rules.replaced(now, content)
    return make_step(edit, changes, DraftContentReplaced(**named(version, words)))


@transaction.atomic
def accept_draft_problem(
    version: TemplateVersion, *, by: User, problem: str, why: str, intent: UUID | None = None
) -> TemplateVersion:
    """Keep a problem that does not stand in the way of publishing and say why; without a reason it is open again.

    problem: its digest. It stays accepted until what it is about says something else.
    """
    edit = begin(version, by=by, intent=intent)
    version = edit.version
    if edit.is_known:
        return version
    draft = selectors.draft_of(version)
    found, accepted = draft.accepted.get(problem, (None, None))
    found = found or next((each for each in draft.problems if each.digest == problem), None)
    if found is None:
        raise Stale("What this problem was about changed meanwhile. Look at it again: it may be solved.")
    if found.blocks:
        raise WrongState(f"This must be solved before publishing and cannot be kept. {found.sentence}")
    now = accepted.own if accepted else None
    accepting = {"what": found.what, "part": found.key, "field": found.field, "sentence": found.sentence, "why": why}
    wanted = accepting | {"by_name": by.full_name, "by_id": str(by.pk)} if why else None
    changes = [Change("accepted", problem, now, None)] * bool(now) + [Change("accepted", problem, None, wanted)] * bool(
        wanted
    )
    words = f"kept a problem: {found.head} Why: {why}" if why else f"no longer keeps: {found.head}"
    return make_step(edit, changes, DraftProblemAccepted(**named(version, words)))
