"""Addresses of the studio; an act's name is its command's name."""

from django.urls import URLPattern, URLResolver, include, path

from .views import draft, items, sections, whole

app_name = "studio"

of_draft: list[URLPattern | URLResolver] = [
    path("", draft.draft, name="draft"),
    path("rows/", draft.rows, name="rows"),
    path("here/", draft.here, name="here"),
    path("undo/", draft.undo_step, name="undo_step"),
    path("redo/", draft.redo_step, name="redo_step"),
    path("accept/", whole.accept_draft_problem, name="accept_draft_problem"),
    path("version/", whole.version, name="version"),
    path("version/panel/", whole.version_panel, name="version_panel"),
    path("version/edit/", whole.edit_draft, name="edit_draft"),
    path("add/", items.add_draft_items, name="add_draft_items"),
    path("set/", items.edit_draft_items, name="edit_draft_items"),
    path("move/", items.move_draft_items, name="move_draft_items"),
    path("indent/", items.indent_draft_items, name="indent_draft_items"),
    path("remove/", items.remove_draft_items, name="remove_draft_items"),
    path("items/<slug:key>/", items.item, name="item"),
    path("items/<slug:key>/panel/", items.item_panel, name="item_panel"),
    path("items/<slug:key>/edit/", items.edit_draft_item, name="edit_draft_item"),
    path("sections/", sections.add_draft_section, name="add_draft_section"),
    path("sections/<slug:key>/", sections.section, name="section"),
    path("sections/<slug:key>/panel/", sections.section_panel, name="section_panel"),
    path("sections/<slug:key>/edit/", sections.edit_draft_section, name="edit_draft_section"),
    path("sections/<slug:key>/move/", sections.move_draft_section, name="move_draft_section"),
    path("sections/<slug:key>/remove/", sections.remove_draft_section, name="remove_draft_section"),
]

urlpatterns = [
    path("t/<slug:team>/templates/<uuid:template>/draft/", include(of_draft)),
    path("live/templates/<uuid:template>/", draft.follow, name="follow"),
]
