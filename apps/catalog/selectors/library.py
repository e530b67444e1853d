"""What do we start from? The team's templates with what runs them, and those that are built in."""

import uuid
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.functions import Cast
from django.urls import reverse

from apps.accounts.models import Team, User
from apps.checklists import permissions
from apps.checklists.library import BuiltIn, library
from apps.checklists.models import ChecklistTemplate, TemplateItem, TemplateVersion
from apps.checklists.rules.parameters import parameter
from apps.checklists.rules.variables import readable
from apps.checklists.selectors import problem_to_publish
from apps.checklists.selectors.changes import filled
from apps.checklists.states import UNPUBLISHED
from apps.core.statements import Folded
from apps.core.wording import folded, plural
from apps.deployments.models import Deployment
from apps.deployments.states import ACTIVE
from apps.imports.models import ChecklistImport

from .addresses import changes_url, draft_url, url_of
from .spines import Spine, spine, spines_of

TEMPLATES_PER_PAGE = 25
MOST_RUNNING = 3  # named beside a template
PEEKED = 3  # items of each section that a preview shows
SORTS = (("title", "Title"), ("new", "Newest"))
SHOWN = (("", "All"), ("yours", "Yours"), ("built-in", "Built in"), ("archived", "Archived"))


def library_page(team: Team, user: User, *, q: str, show: str, sort: str, page: str) -> dict[str, Any]:
    """The templates of a team, found and sorted, drafts of imports, and what is built in."""
    show = show if show in dict(SHOWN) else ""
    sort = sort if sort in dict(SORTS) else "title"
    every = ChecklistTemplate.objects.filter(team=team)
    used, archived = every.filter(archived_at=None), every.exclude(archived_at=None)
    pages = Paginator(_found(archived if show == "archived" else used, q, sort), TEMPLATES_PER_PAGE).get_page(page or 1)
    offered = [] if show in ("yours", "archived") else _built_in(team, q)
    counts = {"yours": used.count(), "archived": archived.count(), "built-in": len(library())}
    counts[""] = counts["yours"] + counts["built-in"]
    return {
        "team": team,
        "page": pages,
        "rows": [] if show == "built-in" else _rows(team, list(pages)),
        "kinds": _by_occasion(offered),
        "yours": counts["yours"],
        "all_built_in": counts["built-in"],
        "running": _running(team).values("template_version__template").distinct().count(),
        "drafts": _drafts(team, user),
        "chips": [{"show": name, "label": label, "count": counts[name], "current": name == show}
                  for name, label in SHOWN if counts[name] or name != "archived"],
        "sorts": [{"url": name, "label": label, "current": name == sort} for name, label in SORTS],
        "show": show,
        "is_built_in": show == "built-in",
        "is_archived": show == "archived",
        "q": q,
        "sort": sort,
        "may_create": permissions.create_template(user, team),
    }  # fmt: skip


def _found(templates: QuerySet[ChecklistTemplate], q: str, sort: str) -> QuerySet[ChecklistTemplate]:
    """Those whose title, or an item or command of the version that is shown, has every word of `q`."""
    best = TemplateVersion.objects.filter(template=OuterRef("pk")).best_first().values("pk")[:1]
    found = templates.annotate(shown_version=Subquery(best))
    items = TemplateItem.objects.filter(version=OuterRef("shown_version")).annotate(
        command=Cast("commands", TextField())
    )
    for word in q.split():
        inside = items.filter(Q(title__holds=word) | Q(command__holds=word))
        found = found.filter(Q(title__holds=word) | Exists(inside))
    order = (F("created_at").desc(), "pk") if sort == "new" else (Folded("title"), "pk")
    return found.order_by(*order)


def _rows(team: Team, templates: list[Any]) -> list[dict[str, Any]]:
    """Templates of one page, each with its version, draft, spine and deployments. Four queries."""
    shown = [template.shown_version for template in templates]
    versions = {version.pk: version for version in TemplateVersion.objects.filter(pk__in=shown)}
    drafts = TemplateVersion.objects.filter(template__in=templates, state__in=UNPUBLISHED)
    by_template = {draft.template_id: draft for draft in drafts}
    spines, runs = spines_of(shown), _runs(team, [template.pk for template in templates])
    return [
        {
            "template": template,
            "url": reverse("templates:template", args=[team.slug, template.pk]),
            "version": versions[template.shown_version],
            "draft": by_template.get(template.pk),
            "spine": spines.get(template.shown_version, Spine(())),
            "runs": runs.get(template.pk, {}),
        }
        for template in templates
    ]


def _running(team: Team) -> QuerySet[Deployment]:
    return Deployment.objects.filter(team=team, state__in=ACTIVE)


def _runs(team: Team, templates: list[UUID]) -> dict[UUID, dict[str, Any]]:
    """By template: the deployments that run it, and the last that did."""
    of_these = Deployment.objects.filter(team=team, template_version__template__in=templates)
    running = of_these.filter(state__in=ACTIVE).order_by("-number")
    newest = of_these.filter(template_version__template=OuterRef("template_version__template")).order_by("-number")
    last = of_these.filter(pk=Subquery(newest.values("pk")[:1]))
    found: dict[UUID, dict[str, Any]] = {}
    for deployment in last.select_related("team", "template_version"):
        found[deployment.template_version.template_id] = {"last": deployment, "active": []}
    for deployment in running.select_related("team", "template_version")[: TEMPLATES_PER_PAGE * MOST_RUNNING]:
        found[deployment.template_version.template_id]["active"].append(deployment)
    return found


def _drafts(team: Team, user: User) -> list[ChecklistImport]:
    drafts = ChecklistImport.objects.visible_to(user).open().filter(team=team)
    return list(drafts.only("file_name", "title", "created_at", "created_by_name").order_by("-created_at")[:10])


# What is built in


def _built_in(team: Team, q: str) -> list[dict[str, Any]]:
    """Those that have every word of `q`, each with the team's own template made of it, if there is one."""
    words = [folded(word) for word in q.split()]
    installed = ChecklistTemplate.objects.filter(team=team, archived_at=None).exclude(built_in="")
    own = {template.built_in: template for template in installed.order_by("created_at")}
    return [
        {
            "built_in": one,
            "spine": _spine_of(one),
            "own": own.get(one.name),
            "holds": _holds(one.counts),
            "intent": uuid.uuid4(),
        }
        for one in library()
        if all(word in folded(one.text) for word in words)
    ]


def _holds(counts: dict[str, int]) -> str:
    """What it holds besides items: "14 limits, 42 commands"."""
    found = [plural(counts[name], name[:-1]) for name in ("limits", "commands") if counts[name]]
    return ", ".join(found)


def _by_occasion(rows: Iterable[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["built_in"].occasion, []).append(row)
    return list(found.items())


def built_in_page(team: Team, user: User, found: BuiltIn) -> dict[str, Any]:
    """The first items of each section of a built-in template."""
    sections = [section for section in filled(found.content)["sections"] if section["items"]]
    return {
        "team": team,
        "built_in": found,
        "sections": [
            {
                "title": readable(section["title"]),
                "count": len(section["items"]),
                "items": [readable(item["title"]) for item in section["items"][:PEEKED]],
            }
            for section in sections
        ],
        "limits": [parameter(one) for one in found.content["parameters"]],
        "may_install": permissions.install_template(user, team),
        "intent": uuid.uuid4(),
    }


def after_installing(version: TemplateVersion) -> tuple[str, str]:
    """Where to go after a built-in template was installed, and what to say."""
    if version.is_published:
        return url_of(version.template), f"{version.title} is yours now, published as version 1."
    if problem_to_publish(version.content()):
        return draft_url(version), f"{version.title} is a draft of yours. Fill in the numbers that are missing."
    done = "is a draft of yours. Once it is published, deployments start from it."
    return changes_url(version), f"{version.title} {done}"


def _spine_of(one: BuiltIn) -> Spine:
    return spine((section["key"], item["critical"]) for section in one.content["sections"] for item in section["items"])
