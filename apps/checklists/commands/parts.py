"""What several commands have in common, also those of the studio; each is called within one that records."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Model
from django.utils import timezone

from apps.accounts.models import Team, User
from apps.checklists.models import (
    GAP,
    ITEM_FIELDS,
    SECTION_FIELDS,
    VERSION_FIELDS,
    AcceptedProblem,
    ChecklistTemplate,
    TemplateItem,
    TemplateSection,
    TemplateVersion,
)
from apps.checklists.states import MOVES
from apps.core.states import after
from apps.ledger import chain
from apps.signoff import commands as signoff
from apps.signoff.rules import Cause, content_digest


def make_template(
    team: Team,
    content: Mapping[str, Any],
    *,
    by: User,
    pk: UUID | None = None,
    built_in: str = "",
) -> tuple[TemplateVersion, list[Model]]:
    """A template whose first version is a draft that says `content`; and all rows that took."""
    template = ChecklistTemplate(team=team, title=content["title"], built_in=built_in)
    template.id = pk or template.id
    template.save(force_insert=True)
    version, rows = make_draft(template, content, number=1, by=by)
    signoff.contribute(version.sign_off, by=by)
    return version, [template, version, *version.sign_off.changes, *rows]


def make_draft(
    template: ChecklistTemplate,
    content: Mapping[str, Any],
    *,
    number: int,
    by: User,
    accepted: Sequence[AcceptedProblem] = (),
) -> tuple[TemplateVersion, list[Model]]:
    """A draft that says `content`, and the rows of what it says; its sign-off remembers its own.

    accepted: the problems that the version before it accepted; they stay so, by whom and why.
    """
    version = TemplateVersion(
        template=template,
        number=number,
        size=content_size(content) + sum(content_size(each.own) for each in accepted),
        created_by=by,
        created_by_name=by.full_name,
        **{name: content[name] for name in VERSION_FIELDS},
    )
    digest = content_digest(version.keyed(content))
    signoff.store(version, team=template.team, stream=template.stream, digest=digest)
    version.save(force_insert=True)
    rows = write_sections(version, content["sections"])
    copies = AcceptedProblem.objects.bulk_create(
        AcceptedProblem(version=version, key=each.key, **each.own) for each in accepted
    )
    return version, [*rows, *copies]


def write_sections(version: TemplateVersion, sections: Sequence[Mapping[str, Any]]) -> list[Model]:
    """Store all sections in one statement and all items in another. Returns the rows."""
    made = TemplateSection.objects.bulk_create(
        TemplateSection(version=version, position=place * GAP, **{name: section[name] for name in SECTION_FIELDS})
        for place, section in enumerate(sections, 1)
    )
    items = TemplateItem.objects.bulk_create(
        TemplateItem(version=version, section=row, position=place * GAP, **{name: item[name] for name in ITEM_FIELDS})
        for row, section in zip(made, sections, strict=True)
        for place, item in enumerate(section["items"], 1)
    )
    return [*made, *items]


def content_size(content: Mapping[str, Any]) -> int:
    """How many bytes of a team's quota a version's content takes: those of its canonical JSON."""
    return len(chain.encode(content))


def reopen_draft(version: TemplateVersion, *, by: User, cause: Cause, digest: str = "") -> None:
    """Make a version that somebody was asked to publish a draft again; its keys fall out.

    digest: that of what its keys would cover now, where that is another.
    """
    version.state = after(MOVES, version.state, "reopen_draft")
    version.save(update_fields=["state"])
    signoff.contribute(version.sign_off, by=by)
    signoff.reopen(version.sign_off, by=by, digest=digest or version.sign_off.digest, cause=cause)


def publish(version: TemplateVersion, *, by: User) -> list[Model]:
    """Publish a version whose keys are turned. Returns the rows."""
    version.state = after(MOVES, version.state, "publish_version")
    version.sha256 = content_digest(version.content())
    version.published_by, version.published_by_name, version.published_at = by, by.full_name, timezone.now()
    version.save(update_fields=["state", "sha256", "note", "published_by", "published_by_name", "published_at"])
    template = version.template
    template.title = version.title
    template.save(update_fields=["title"])
    signoff.close(version.sign_off)
    return [template, version, *version.sign_off.changes]


def named(template: ChecklistTemplate) -> dict[str, Any]:
    """What every entry about a template says."""
    return {"team": template.team_id, "template": template.pk, "title": template.title}


def facts(version: TemplateVersion) -> dict[str, Any]:
    """What every entry about a version says."""
    return {
        "team": version.template.team_id,
        "template": version.template_id,
        "version": version.pk,
        "number": version.number,
        "title": version.title,
    }
