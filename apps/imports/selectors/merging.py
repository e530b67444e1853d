"""What a changed document changes in the template it belongs to, before it is brought in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.accounts.models import User
from apps.checklists.markdown import front_matter
from apps.checklists.models import ChecklistTemplate, TemplateVersion
from apps.checklists.rules.matching import By
from apps.checklists.rules.merging import merged
from apps.checklists.selectors.changes import compared, filled, summary
from apps.checklists.states import UNPUBLISHED
from apps.core.errors import WrongState
from apps.core.shown import fingerprint, texts
from apps.core.wording import plural
from apps.imports import permissions
from apps.imports.models import ChecklistImport
from apps.signoff.rules import content_digest


@dataclass(frozen=True)
class Merge:
    """A text brought into its template in thought: what the draft says now and would say, or why it cannot be."""

    template: ChecklistTemplate
    version: TemplateVersion
    before: Mapping[str, Any]
    content: Mapping[str, Any]
    recognised: Mapping[str, By]
    basis: str
    problem: str = ""

    @property
    def differs(self) -> bool:
        """Whether it changes anything."""
        return self.before != self.content


def merge_of(imported: ChecklistImport) -> Merge:
    """What a text with a template of its own would change there. Three queries, and one reading of the text."""
    template = _template(imported)
    version = _changed_version(template)
    before = version.content()
    basis = fingerprint(basis_of(imported, before))
    result = imported.result()
    problem = result.problem
    if not problem and len(result.contents) > 1:
        problem = (
            f"This text has {plural(len(result.contents), 'checklist')}; a template takes one. Cut the text to the "
            "one that belongs here, or import it as templates of their own."
        )
    if problem:
        return Merge(template, version, before, before, {}, basis, problem)
    new = result.contents[0]
    exact = front_matter.read(imported.source.split("\n")).is_keyturn
    found = merged(before, new, exact=exact, apart=imported.apart)
    return Merge(template, version, before, found.content, found.recognised, basis)


def basis_of(imported: ChecklistImport, before: Mapping[str, Any]) -> dict[str, str]:
    """What a page shows of a text and of the draft that it changes, to whoever brings it in."""
    return imported.draft | texts(template=content_digest(before))


def keys_of(imported: ChecklistImport) -> set[str]:
    """The keys of the items of the template that a text is for."""
    version = _changed_version(_template(imported))
    return {item["key"] for section in version.content()["sections"] for item in section["items"]}


def _template(imported: ChecklistImport) -> ChecklistTemplate:
    if imported.into is None:
        raise WrongState("This text was brought to become a template of its own.")
    return imported.into


def _changed_version(template: ChecklistTemplate) -> TemplateVersion:
    """The draft, or where there is none what one would begin as."""
    versions = template.versions.prefetch_related("sections__items")
    return versions.filter(state__in=UNPUBLISHED).first() or versions.best_first()[0]


def merge_page(imported: ChecklistImport, user: User, *, show: str, page: str) -> dict[str, Any]:
    """What the text changes, item by item, and which items were taken for which."""
    merge = merge_of(imported)
    old, new = filled(merge.before), filled(merge.content)
    return {
        "team": imported.team,
        "import": imported,
        "merge": merge,
        "summary": summary(merge.version, old, new),
        "folded": "",
        **compared(old, new, show=show, page=page),
        "alike": {key for key, by in merge.recognised.items() if by == "similar"},
        "apart": set(imported.apart),
        "may_merge": permissions.merge_import(user, imported),
        "may_discard": permissions.discard_import(user, imported),
        "draft_shown": fingerprint(imported.draft),
    }
