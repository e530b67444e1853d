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


def publish_url(version: TemplateVersion, needed: int) -> str:
    """Where its next key is turned: the author's where two are needed and none is turned yet, otherwise the last."""
    act = "publish_version" if needed == 1 or version.is_asked else "submit_version"
    return reverse(f"templates:{act}", args=[version.template.team.slug, version.template_id, version.pk])


def after_discarding(version: TemplateVersion) -> str:
    """The template; the library where nothing is left of it to read."""
    template = version.template
    if template.versions.published().exists():
        return url_of(template)
    return reverse("templates:list", args=[template.team.slug])
