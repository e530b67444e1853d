"""Addresses of checklists; an act's name is its command's name."""

from django.urls import path

from . import views

app_name = "checklists"

urlpatterns = [
    path("", views.templates, name="list"),
    path("import/", views.start_import, name="start_import"),
    path("import/<uuid:imported>/", views.preview, name="preview"),
    path("import/<uuid:imported>/original/", views.original, name="original"),
    path("import/<uuid:imported>/text/", views.edit_text, name="edit_text"),
    path("import/<uuid:imported>/correct/", views.correct_import, name="correct_import"),
    path("import/<uuid:imported>/publish/", views.publish_import, name="publish_import"),
    path("import/<uuid:imported>/discard/", views.discard_import, name="discard_import"),
    path("<uuid:template>/", views.template, name="template"),
    path("<uuid:template>/archive/", views.archive_template, name="archive_template"),
]
