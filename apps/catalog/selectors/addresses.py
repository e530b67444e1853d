"""Where to go, and what to say there."""

from django.urls import reverse

from apps.checklists.models import ChecklistTemplate, TemplateVersion


def url_of(template: ChecklistTemplate) -> str:
    """Where a template is read; its team has to be loaded."""
    return reverse("templates:template", args=[template.team.slug, template.pk])


def draft_url(version: TemplateVersion) -> str:
    """Where a draft is edited."""
    return reverse("studio:draft", args=[version.template.team.slug, version.template_id])


def changes_url(version: TemplateVersion) -> str:
    """Where a version is compared with the one before it, and published."""
    url = reverse("templates:changes", args=[version.template.team.slug, version.template_id])
    return f"{url}?to={version.number}"


def after_discarding(version: TemplateVersion) -> str:
    """The template; the library where nothing is left of it to read."""
    template = version.template
    if template.versions.published().exists():
        return url_of(template)
    return reverse("templates:list", args=[template.team.slug])
