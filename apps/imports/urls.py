"""Addresses of imports; an act's name is its command's name."""

from django.urls import path

from . import views

app_name = "imports"

urlpatterns = [
    path("", views.start_import, name="start_import"),
    path("<uuid:imported>/", views.preview, name="preview"),
    path("<uuid:imported>/original/", views.original, name="original"),
    path("<uuid:imported>/text/", views.edit_text, name="edit_text"),
    path("<uuid:imported>/correct/", views.correct_import, name="correct_import"),
    path("<uuid:imported>/lines/<int:number>/", views.line, name="line"),
    path("<uuid:imported>/decide/", views.decide_findings, name="decide_findings"),
    path("<uuid:imported>/undo/", views.undo_import_step, name="undo_import_step"),
    path("<uuid:imported>/draft/", views.draft_import, name="draft_import"),
    path("<uuid:imported>/merge/", views.merge_import, name="merge_import"),
    path("<uuid:imported>/match/", views.judge_match, name="judge_match"),
    path("<uuid:imported>/discard/", views.discard_import, name="discard_import"),
]
