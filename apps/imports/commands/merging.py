"""A changed document is brought into the draft of the template it belongs to."""

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.checklists import commands as checklists
from apps.checklists.models import TemplateVersion
from apps.core.errors import WrongState
from apps.core.permissions import require
from apps.core.shown import require_same
from apps.imports import permissions, selectors
from apps.imports.events import ImportMerged, MatchJudged
from apps.imports.models import ChecklistImport
from apps.ledger import commands as ledger
from apps.studio import commands as studio

SAME = "This text says what the template says already: there is nothing to bring in."


@transaction.atomic
def judge_match(
    imported: ChecklistImport, *, by: User, key: str, same: bool, shown: str | None = None
) -> ChecklistImport:
    """Say whether the item `key` of the template is the one of the text that it was taken for."""
    imported = ChecklistImport.objects.lock(imported.pk)
    require(permissions.judge_match(by, imported))
    require_same(shown, imported.draft, "judge it")
    apart = sorted({*imported.apart} - {key} if same else {*imported.apart, key})
    if apart == imported.apart:
        return imported
    if not same and key not in selectors.keys_of(imported):
        raise WrongState("The template has no such item any more. Look at what the text changes again.")
    imported.apart = apart
    imported.save(update_fields=["apart"])
    event = MatchJudged(**imported.facts, key=key, same=same)
    ledger.record(ledger.INSTANCE, event, by=by, rows=[imported])
    return imported


def merge_import(imported: ChecklistImport, *, by: User, shown: str | None = None) -> TemplateVersion:
    """Let the draft of the template say what the text says, in one step that can be undone. Returns the draft.

    Refused where the text or the draft is another than was `shown`. Which item is which is found out before anybody
    has to wait for it.
    """
    require(permissions.merge_import(by, imported))
    merge = selectors.merge_of(imported)
    if merge.problem:
        raise WrongState(merge.problem)
    with transaction.atomic():
        locked = ChecklistImport.objects.lock(imported.pk)
        require(permissions.merge_import(by, locked))
        version = checklists.start_draft(merge.template, by=by)
        require_same(shown, selectors.basis_of(locked, version.content()), "bring it in")
        require_same(merge.basis, selectors.basis_of(locked, version.content()), "bring it in")
        if not merge.differs:
            raise WrongState(SAME)
        words = f"brought in {locked}"
        version = studio.replace_draft_content(version, by=by, content=merge.content, words=words)
        locked.published_at = timezone.now()
        locked.save(update_fields=["published_at"])
        event = ImportMerged(**locked.facts, template=merge.template.pk, version=version.pk, title=merge.template.title)
        ledger.record(ledger.INSTANCE, event, by=by, rows=[locked])
        return version
