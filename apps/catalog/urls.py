"""Addresses of templates; an act's name is its command's name."""

from django.urls import URLPattern, URLResolver, include, path

from .views import library, proposals, publishing, templates

app_name = "templates"

version: list[URLPattern | URLResolver] = [
    path("submit/", publishing.submit_version, name="submit_version"),
    path("publish/", publishing.publish_version, name="publish_version"),
    path("withdraw/", publishing.withdraw_version, name="withdraw_version"),
    path("reject/", publishing.reject_version, name="reject_version"),
    path("discard/", publishing.discard_draft, name="discard_draft"),
]

template: list[URLPattern | URLResolver] = [
    path("", templates.template, name="template"),
    path("changes/", templates.changes, name="changes"),
    path("draft/start/", templates.start_draft, name="start_draft"),
    path("export/<slug:kind>/", templates.export, name="export"),
    path("archive/", templates.archive_template, name="archive_template"),
    path("restore/", templates.restore_template, name="restore_template"),
    path("versions/<uuid:version>/", include(version)),
    path("proposals/<uuid:proposal>/take/", proposals.take_proposal, name="take_proposal"),
    path("proposals/<uuid:proposal>/dismiss/", proposals.dismiss_proposal, name="dismiss_proposal"),
]

urlpatterns = [
    path("", library.library, name="list"),
    path("new/", library.create_template, name="create_template"),
    path("built-in/<slug:name>/", library.built_in, name="built_in"),
    path("built-in/<slug:name>/install/", library.install_template, name="install_template"),
    path("<uuid:template>/", include(template)),
]
