"""The board and the item page."""

from apps.deployments.models import Deployment, Item
from bench.figures import figure
from bench.measures import Bench
from bench.site import Ask, Visitor

HTMX = {"HX-Request": "true"}


def page(board: Deployment) -> Ask:
    """The board as its people open it."""
    return Ask(f"/t/{board.team.slug}/deployments/{board.number}/")


def raw(board: Deployment) -> Ask:
    """What its rows say, by hand."""
    return Ask(f"/bench/board/{board.pk}/")


@figure("board {} unchanged ÷ raw", {250: 1.5, 1000: 1.5})
def unchanged(bench: Bench, size: int) -> float:
    """Nothing happened since it was last shown."""
    board = bench.stage.board(size)
    bench.site.cpu(bench.lead, page(board))  # by the process that answers next
    return bench.ratio(page(board), raw(board))


@figure("board {} after another's change ÷ raw", {250: 2.5, 1000: 2.5})
def changed(bench: Bench, size: int) -> float:
    """One row changed since it was last shown: the mean of five such pages."""
    board = bench.stage.board(size)
    bench.site.cpu(bench.lead, page(board))
    pages = 0.0
    for item in board.items.order_by("?")[:5]:
        bench.stage.change(board, item)
        pages += bench.site.cpu(bench.lead, page(board)) / 5
    return pages / bench.site.bare(bench.lead, raw(board), 5)


@figure("board {} never rendered ÷ raw", {250: 6, 1000: 12}, rounds=7)
def never_rendered(bench: Bench, size: int) -> float:
    """A deployment that no page of this process has shown."""
    board = bench.stage.deployment(size)
    return bench.site.cpu(bench.lead, page(board)) / bench.site.bare(bench.lead, raw(board), 5)


@figure("first request of a process, board 250 ÷ raw", 20, rounds=5, warm_up=0, served=True)
def first_request(bench: Bench) -> float:
    """Every process is new and nothing is loaded that the start does not load."""
    board = bench.stage.board(250)
    bench.served.web.restart()
    return bench.site.cpu(bench.lead, page(board)) / bench.site.bare(bench.lead, raw(board), 5)


@figure("item page ÷ raw", 4)
def item_page(bench: Bench) -> float:
    """One item with everything that can be done to it."""
    return _items(bench, bench.lead, "")


@figure("item panel ÷ raw", 4)
def item_panel(bench: Bench) -> float:
    """The same beside the board."""
    return _items(bench, bench.lead, "panel/", **HTMX)


def address(board: Deployment, item: Item | None = None) -> str:
    """Where a board is, or the page of one of its items."""
    return f"{page(board).path}items/{item.number}/" if item else page(board).path


def _items(bench: Bench, visitor: Visitor, part: str, **headers: str) -> float:
    board = bench.stage.board(250)
    ours = theirs = 0.0
    for item in board.items.order_by("?")[:5]:
        ours += bench.site.cpu(visitor, Ask(address(board, item) + part, headers=headers))
        theirs += bench.site.bare(visitor, Ask(f"/bench/item/{item.pk}/"))
    return ours / theirs
