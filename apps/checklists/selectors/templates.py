"""What the pages about templates show."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Length
from django.urls import reverse

from apps.accounts.models import Team, User
from apps.checklists import permissions
from apps.checklists.models import (
    ChecklistImport,
    ChecklistTemplate,
    TemplateItem,
    TemplateSection,
    TemplateVersion,
)
from apps.checklists.states import VersionState
from apps.core.shown import fingerprint
from apps.core.statements import Folded

TEMPLATES_PER_PAGE = 25
PARTS_PER_PAGE, CHARACTERS_PER_PAGE = 100, 100_000  # of a template: sections and items, and their texts
SORTS = (("title", "Title"), ("new", "Newest"))


def templates_page(team: Team, user: User, *, q: str, sort: str, page: str) -> dict[str, Any]:
    """The templates in use, drafts of imports, and how to find one, in a fixed number of queries."""
    sort = sort if sort in dict(SORTS) else "title"
    rows = _templates(team, q, sort)
    pages = Paginator(rows, TEMPLATES_PER_PAGE).get_page(page or 1)
    drafts = ChecklistImport.objects.visible_to(user).open().filter(team=team)
    drafts = drafts.only("file_name", "title", "created_at", "created_by_name").order_by("-created_at")
    return {
        "team": team,
        "page": pages,
        "rows": [{"template": each, "state": VersionState(each.state).label, "url": _url(team, each)} for each in pages],
        "drafts": list(drafts[:10]),
        "sorts": [{"url": name, "label": label, "current": name == sort} for name, label in SORTS],
        "q": q,
        "may_import": permissions.start_import(user, team),
    }


def _templates(team: Team, q: str, sort: str) -> QuerySet[ChecklistTemplate]:
    found = ChecklistTemplate.objects.in_use().filter(team=team)
    for word in q.split():
        found = found.filter(title__holds=word)
    order = ("-created_at", "pk") if sort == "new" else (Folded("title"), "pk")
    newest = TemplateVersion.objects.filter(template=OuterRef("pk")).best_first()
    items = TemplateItem.objects.filter(version=OuterRef("shown_version")).order_by().values("version")
    found = found.annotate(shown_version=Subquery(newest.values("pk")[:1]))
    counted = found.annotate(
        items=Subquery(items.annotate(n=Count("pk")).values("n")),
        number=Subquery(newest.values("number")[:1]),
        state=Subquery(newest.values("state")[:1]),
        newest=Subquery(newest.values("published_at")[:1]),
    )
    return counted.order_by(*order)


def _url(team: Team, template: ChecklistTemplate) -> str:
    return reverse("checklists:template", args=[team.slug, template.pk])


def after_drafting(team: Team, versions: list[TemplateVersion]) -> tuple[str, str]:
    """Where to go after an import became drafts, and what to say."""
    published = versions[0].is_published
    if len(versions) == 1:
        template = versions[0].template
        done = "is published as version 1" if published else "is a draft now: edit it, then ask somebody to publish it"
        return _url(team, template), f"{template.title} {done}."
    done = "are published, each as version 1" if published else "are drafts now"
    return reverse("checklists:list", args=[team.slug]), f"{len(versions)} templates {done}."


def template_page(template: ChecklistTemplate, user: User, *, page: str = "") -> dict[str, Any]:
    """A part of a template's newest version, in a fixed number of queries."""
    version = template.versions.best_first()[0]
    sections = list(version.sections.order_by("position").values_list("position", Length("guidance")))
    rows = version.items.order_by("section__position", "position").values_list("section__position", Length("text"))
    items = [(position, number, length) for number, (position, length) in enumerate(rows, 1)]
    pages = Paginator(_parts(sections, items), 1).get_page(page or 1)
    return {
        "team": template.team,
        "template": template,
        "version": version,
        "page": pages,
        "sections": _on_page(version, pages[0]),
        "items": len(items),
        "all_sections": len(sections),
        "may_archive": permissions.archive_template(user, template),
        "shown": fingerprint(version.standing),
        "may_use": permissions.start_import(user, template.team),
    }


def _parts(sections: list[tuple[int, int]], items: list[tuple[int, int, int]]) -> list[list[tuple[int, int]]]:
    """What stands on each page: (section's position, item's number, or 0 for the section itself).

    sections: (position, characters of guidance). items: (section's position, number, characters of text). A page
    has at most PARTS_PER_PAGE of them, and CHARACTERS_PER_PAGE unless the first alone has more.
    """
    rows = [(position, 0, length) for position, length in sections] + items
    found: list[list[tuple[int, int]]] = [[]]
    characters = 0
    for position, number, length in sorted(rows):
        characters += length
        if len(found[-1]) == PARTS_PER_PAGE or (found[-1] and characters > CHARACTERS_PER_PAGE):
            found.append([])
            characters = length
        found[-1].append((position, number))
    return found


def _on_page(version: TemplateVersion, part: list[tuple[int, int]]) -> list[tuple[TemplateSection, bool, list[Any]]]:
    """(section, whether it begins here, its items here) of one page. Two queries."""
    numbers = [number for _position, number in part if number]
    begun = {position for position, number in part if not number}
    wanted = version.sections.filter(position__in={position for position, _number in part}).order_by("position")
    under: dict[int, list[TemplateItem]] = {}
    if numbers:
        rows = version.items.order_by("section__position", "position")[numbers[0] - 1 : numbers[-1]]
        for number, item in enumerate(rows, numbers[0]):
            item.number = number
            under.setdefault(item.section_id, []).append(item)
    return [(section, section.position in begun, under.get(section.pk, [])) for section in wanted]
