"""The draft of a template: opened, edited."""

from itertools import count
from uuid import uuid4

from apps.checklists.models import TemplateVersion
from apps.core.shown import fingerprint
from bench.figures import figure
from bench.measures import Bench
from bench.measures.acts import changing
from bench.measures.boards import HTMX
from bench.site import Ask

TYPED = count()


def page(draft: TemplateVersion) -> Ask:
    """The draft as its authors open it."""
    return Ask(f"/t/{draft.template.team.slug}/templates/{draft.template_id}/draft/")


def raw(draft: TemplateVersion) -> Ask:
    """What its rows say, by hand."""
    return Ask(f"/bench/draft/{draft.pk}/")


def editing(draft: TemplateVersion, key: str, *, status: int = 302, **headers: str) -> Ask:
    """A new title over the one that is saved."""
    seen = fingerprint({"title": draft.items.get(key=key).title})
    fields = {"only": "title", "title": f"Typed {next(TYPED)}", "basis": seen, "intent": str(uuid4())}
    return Ask(f"{page(draft).path}items/{key}/edit/", fields, status=status, headers=headers)


@figure("studio.open: draft of {} unchanged ÷ raw", {250: 3})
def unchanged(bench: Bench, size: int) -> float:
    """Nothing happened since it was last shown."""
    draft = bench.stage.draft(size)
    bench.site.cpu(bench.lead, page(draft))
    return bench.ratio(page(draft), raw(draft))


@figure("studio.open: draft of {} after an edit ÷ raw", {250: 6})
def changed(bench: Bench, size: int) -> float:
    """One item changed since it was last shown: the mean of five such pages."""
    draft = bench.stage.draft(size)
    bench.site.cpu(bench.lead, page(draft))
    pages = 0.0
    for item in draft.items.order_by("?")[:5]:
        bench.site.cpu(bench.lead, editing(draft, item.key))
        pages += bench.site.cpu(bench.lead, page(draft)) / 5
    return pages / bench.site.bare(bench.lead, raw(draft), 5)


@figure("studio.edit ÷ change", 3)
def edit(bench: Bench) -> float:
    """The POST alone."""
    return _edit(bench, status=302)


@figure("studio.edit with the parts that an open page gets ÷ change", 8)
def edit_and_show(bench: Bench) -> float:
    """The POST of a page, whose answer is what changed, in a draft of 250."""
    return _edit(bench, status=200, **HTMX)


def _edit(bench: Bench, *, status: int, **headers: str) -> float:
    draft, board = bench.stage.draft(250), bench.stage.board(1000)
    items = list(board.items.order_by("?")[:5])
    bench.site.cpu(bench.lead, page(draft))
    ours = theirs = 0.0
    for one, other in zip(draft.items.order_by("?")[:5], items, strict=True):
        theirs += bench.site.bare(bench.lead, changing(other))
        ours += bench.site.cpu(bench.lead, editing(draft, one.key, status=status, **headers))
    return ours / theirs
