"""Rows stay whole and headings stay with what they head, each by its rule: without it they are torn.

Every kind of row is laid out where the page ends within it, with the stylesheet of records and without the rule of its
kind. A rule that nothing here breaks is not tested, so every rule of the stylesheet has its kind.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from apps.records import pdf
from apps.records.document import build
from tests.records import sample

LONG = "BEGINS " + "and goes on " * 36 + "ENDS"
LINES = "<br>".join(["BEGINS", *["goes on"] * 8, "ENDS"])
FOLLOWS = '<p class="entry__text">ENDS ' + "and goes on " * 36 + "</p>"
# One of each kind by the selector of its rule. Both words stand on one page.
KINDS = {
    ".entry": f'<div class="entry"><p class="entry__text">{LONG}</p></div>',
    ".sig": f'<p class="sig">{"1 performed":<49}<b class="sans">{LONG}</b></p>',
    "tr": f'<table class="checkpoints"><tbody><tr><td>1</td><td>2</td><td>{LONG}</td><td>4</td></tr></tbody></table>',
    ".legend": f'<div class="legend"><p class="legend__row" style="break-inside: auto">{LONG}</p></div>',
    ".legend__row": f'<div><p class="legend__row">{LONG}</p></div>',
    ".checks li": f'<ul class="checks"><li><span class="checks__mark">no</span>{LONG}</li></ul>',
    ".steps": f'<ol class="steps"><li style="break-inside: auto">{LONG}</li></ol>',
    ".steps li": f'<ol class="steps" style="break-inside: auto"><li>{LONG}</li></ol>',
    ".cmd": f'<p class="cmd">{LINES}</p>',
    ".cover--full .proof": f'<div class="cover--full"><div class="proof"><p style="float: none">{LONG}</p></div></div>',
    "h2": f'<h2 data-no="3">BEGINS</h2>{FOLLOWS}',
    "h3": f'<h3 data-no="3.1">BEGINS</h3>{FOLLOWS}',
    ".lead": f'<p class="lead">BEGINS</p>{FOLLOWS}',
    ".entry--leads": f'<div class="entry entry--tight entry--leads">BEGINS</div>{FOLLOWS}',
    ".entry__title": f'<div class="entry entry--long"><p class="entry__title">1 &#9;BEGINS</p>{FOLLOWS}</div>',
}
LEFT = (34, 46, 58)  # points between the row's beginning and the end of the page
RULE = re.compile(r"([^{}]+)\{([^{}]*break-(?:inside|after): avoid[^{}]*)\}")


@pytest.fixture(scope="module")
def torn() -> dict[bool, set[str]]:
    """The kinds of which one is torn, by whether their rule is there."""
    html, _ = pdf._page(build(sample.record(2, 1)))
    html = html.partition("<section")[0]
    height = laid_out(f"{html}</main></body></html>")[0]._page_box.height * 0.75
    undone = [f".without-{n} {kind} {{ break-inside: auto; break-after: auto }}" for n, kind in enumerate(KINDS)]
    cases = [(kind, n, has_rule, left) for n, kind in enumerate(KINDS) for has_rule in (True, False) for left in LEFT]
    blocks = [
        f'<div style="break-before: page; height: {height - left}pt"></div>'
        f'<div class="{"with" if has_rule else "without"}-{n}">{KINDS[kind]}</div>'
        for kind, n, has_rule, left in cases
    ]
    pages = laid_out(f"{html}<style>{''.join(undone)}</style>{''.join(blocks)}</main></body></html>")
    places = [(word, number) for number, page in enumerate(pages) for word in words(page)]
    begun, ended = ([number for word, number in places if word == which] for which in ("BEGINS", "ENDS"))
    found: dict[bool, set[str]] = {True: set(), False: set()}
    for (kind, _, has_rule, _), first, last in zip(cases, begun, ended, strict=True):
        found[has_rule] |= {kind} if first != last else set()
    return found


def laid_out(html: str) -> Any:
    engine = pdf._engine()
    return engine.HTML(string=html, base_url=pdf.BASE_URL, url_fetcher=pdf.static_only()).render().pages


def words(page: Any) -> Iterator[str]:
    for box in page._page_box.descendants():
        yield from re.findall("BEGINS|ENDS", getattr(box, "text", None) or "")


@pytest.mark.parametrize("kind", KINDS)
def test_it_stays_whole_by_its_rule_alone(torn: dict[bool, set[str]], kind: str) -> None:
    assert kind not in torn[True]
    assert kind in torn[False], "it stays whole without its rule as well"


def test_every_rule_has_its_kind() -> None:
    stylesheet = re.sub(r"/\*.*?\*/", "", pdf.STYLESHEET.read_text(), flags=re.DOTALL)
    found = {selector.strip() for selectors, _ in RULE.findall(stylesheet) for selector in selectors.split(",")}
    assert found == KINDS.keys()
