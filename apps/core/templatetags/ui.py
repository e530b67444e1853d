"""The words and small parts that templates of every app share.

Tags: once, keys, bar, spine, difference, when, span, pager, server_time.
Filters: slots, plural, agreeing, utc, day, bytes, markdown, plain, unbroken, digest, short_list,
wrong_fields.
"""

import re
from collections.abc import Iterable, Iterator, MutableMapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from django import template
from django.core.paginator import Page
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import escape, format_html, format_html_join, linebreaks
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock, table
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from apps.core import wording

from .moments import day, span, utc

register = template.Library()

SEEN_AT_ONCE = 3  # questions of a form
SAFE_SCHEMES = ("http", "https", "mailto", "")
REL = "noopener noreferrer"
ADDRESS = re.compile(r"\b(?:https?://|mailto:)[^\s<>\"'`]{1,2000}", re.IGNORECASE)
TAGS = re.compile(r"(<[^>]*>)")
IN_BRACES = re.compile(r"\{\{[^{}<>\n]{1,60}\}\}")
TASK_BOX = re.compile(r"^\[([ xX])\](?=\s)")
DEEPEST = 60  # levels of nesting; ten lists inside each other take twenty-one
LONGEST = 20_000  # characters; no form and no import takes more
# What one text may cost besides its length: the parser looks for the ends of links over and over, and fills up tables.
MOST_STEPS = 10_000
MOST_CELLS = 5_000
# Also written as &#x202E; they would show a text otherwise than it stands, so they are named instead of obeyed.
TURNING = {code: f"⟨U+{code:04X}⟩" for code in wording.DIRECTION_MARKS}


@register.simple_tag
@cache
def once(template_name: str) -> SafeString:
    """A part that says the same on every page: looking up the names of static files takes longer than all around it."""
    return mark_safe(render_to_string(template_name))


@register.simple_tag
def keys(icon: Any) -> SafeString:
    """Draw the key slots of `icon`: its `.state` and `.slots` of (label, kind), or a plain list of such slots.

    state: "verified", "waived", "failed", "carried" or anything else for plain. kind: "half", "half invalidated" or "".
    The icon is hidden from screen readers: say the same in words beside it.
    """
    slots = getattr(icon, "slots", icon)
    state = str(getattr(icon, "state", ""))
    return _keys(
        state if state in {"verified", "waived", "failed", "carried"} else "", tuple((str(a), str(b)) for a, b in slots)
    )


@register.filter
def slots(count: Any) -> list[tuple[str, str]]:
    """So many keys to turn, as `keys` takes them."""
    return [(str(slot), "") for slot in range(1, int(count) + 1)]


@lru_cache(maxsize=4096)
def _keys(state: str, slots: tuple[tuple[str, str], ...]) -> SafeString:
    return mark_safe(render_to_string("ui/_keys.html", {"state": state, "slots": slots}).strip())


@register.simple_tag
def bar(total: int, label: str = "", **counts: int) -> SafeString:
    """Draw counts as a bar of `total` units, in status colours: `{% bar 18 verified=14 waived=1 failed=1 %}`."""
    return _bar(max(int(total), 1), str(label), tuple((kind, int(n or 0)) for kind, n in counts.items()))


@lru_cache(maxsize=4096)
def _bar(total: int, label: str, counts: tuple[tuple[str, int], ...]) -> SafeString:
    parts, x = [], 0
    for kind, width in counts:
        if width > 0:
            parts.append((kind, str(x), str(width)))
            x += width
    context = {"total": str(total), "label": label, "parts": parts}
    return mark_safe(render_to_string("ui/_bar.html", context).strip())


@register.simple_tag
def spine(sections: Iterable[Iterable[tuple[bool, str]]], pitch: int = 3, height: int = 14) -> SafeString:
    """Draw the shape of a checklist: a tick for each item of (tall, tone), and a gap between sections.

    pitch: from one tick to the next, in pixels. tone: "success", "warning", "error", "carried" or "". It is hidden from
    screen readers: say in words beside it what it shows.
    """
    return _spine(tuple(tuple((bool(tall), str(tone)) for tall, tone in own) for own in sections), pitch, height)


@lru_cache(maxsize=1024)
def _spine(sections: tuple[tuple[tuple[bool, str], ...], ...], pitch: int, height: int) -> SafeString:
    ticks, x = [], 0
    for own in sections:
        for tall, tone in own:
            top = 0 if tall else height * 2 // 5 + 1
            ticks.append((" ".join(filter(None, ("tall" if tall else "", tone))), x, top, height - top))
            x += pitch
        x += pitch
    width = pitch * 2 // 3
    context = {"ticks": ticks, "width": str(width), "whole": str(max(x - 2 * pitch + width, 1)), "height": str(height)}
    return mark_safe(render_to_string("ui/_spine.html", context).strip())


@register.simple_tag
def difference(pieces: Iterable[tuple[str, Iterable[tuple[str, str]]]]) -> SafeString:
    """Two texts in one: pieces of (same|removed|added, characters); those that nobody sees stand as names in boxes."""
    form = {"removed": "<del>{}</del>", "added": "<ins>{}</ins>"}
    return format_html_join("", "{}", ((format_html(form.get(how, "{}"), _seen(texts)),) for how, texts in pieces))


def _seen(texts: Iterable[tuple[str, str]]) -> SafeString:
    box = '<span class="inv" title="{0}">{0}</span>'
    return format_html_join("", "{}", ((format_html(box, name) if name else unbroken(text),) for text, name in texts))


@register.simple_tag
def when(moment: datetime | None) -> SafeString | str:
    """A moment in relative words, with the exact UTC time on hover and in print; nothing for None."""
    if moment is None:
        return ""
    words = wording.relative(moment, timezone.now())
    iso = wording.timestamp(moment, "seconds")
    return format_html('<time datetime="{}" title="{}" data-relative>{}</time>', iso, wording.exact(moment), words)


@register.simple_tag
def countdown(moment: datetime) -> SafeString:
    """A moment that comes within minutes, as a time; scripts count down to it beside."""
    iso = wording.timestamp(moment, "seconds")
    form = '<time datetime="{}" title="{}" data-countdown>{}</time>'
    return format_html(form, iso, wording.exact(moment), wording.second(moment))


@register.simple_tag
def server_time() -> str:
    """The present moment, by which scripts correct the clock of a browser."""
    return wording.timestamp(timezone.now())


@register.simple_tag
def intent() -> str:
    """What a form that makes something is known by when it is sent twice."""
    return str(uuid4())


@register.filter
def digest(value: str, form: str = "") -> SafeString:
    """A SHA-256 as people compare it: groups of eight, or with "short" its ends, whole on hover."""
    if form == "short":
        return format_html('<code title="sha256 {0}">{1}…{2}</code>', value, value[:8], value[-4:])
    groups = format_html_join("", "<span>{}</span>", ((value[at : at + 8],) for at in range(0, len(value), 8)))
    return format_html('<code class="digest">sha256 {}</code>', groups)


@register.filter
def plural(count: int, forms: str) -> str:
    """`{{ 3|plural:"item" }}` is "3 items"; other plurals after a comma: `{{ n|plural:"line stays,lines stay" }}`."""
    return wording.plural(count, *forms.split(","))


@register.filter
def agreeing(count: int, forms: str) -> str:
    """The word alone, where something stands between it and its count: `{{ n|agreeing:"is,are" }}`."""
    return wording.agreeing(count, *forms.split(","))


@register.filter
def wrong_fields(form: Any) -> list[Any]:
    """What is wrong in a form that is longer than a phone shows at once; of a shorter one and of none nothing."""
    asked = form.visible_fields() if form else []
    return [field for field in asked if field.errors] if len(asked) > SEEN_AT_ONCE else []


register.filter("bytes", wording.size)
register.filter(utc)
register.filter(day)
register.simple_tag(span)


@register.filter
def short_list(names: Iterable[Any], most: int = 3) -> SafeString:
    """Names as a sentence says them: "Anna, Jun and 4 more", each kept apart from its neighbours' direction."""
    every = [str(name) for name in names]
    shown = [format_html("<bdi>{}</bdi>", name) for name in every[: most if len(every) <= most else most - 1]]
    if len(every) > len(shown):
        shown.append(format_html("{} more", len(every) - len(shown)))
    if len(shown) < 2:
        return mark_safe("".join(shown))
    return format_html("{} and {}", format_html_join(", ", "{}", ((name,) for name in shown[:-1])), shown[-1])


@register.inclusion_tag("ui/_pager.html", takes_context=True)
def pager(
    context: dict[str, Any], page: Page, order: str = "", back: str = "Back", forth: str = "More", whole: bool = False
) -> dict[str, Any]:
    """Where in a long list this page is, and its neighbours, keeping the rest of the query string.

    `whole` counts pages instead of rows, where rows are not what the page around it counts.
    """

    place = f"{page.start_index()} to {page.end_index()} of {page.paginator.count}" + (f", {order}" if order else "")

    def link(number: int) -> str:
        query = context["request"].GET.copy()
        query["page"] = str(number)
        return f"?{query.urlencode()}"

    return {
        "page": page,
        "place": f"Page {page.number} of {page.paginator.num_pages}" if whole else place,
        "back": back,
        "forth": forth,
        "previous": link(page.previous_page_number()) if page.has_previous() else "",
        "next": link(page.next_page_number()) if page.has_next() else "",
    }


@register.filter
@lru_cache(maxsize=2048)
def markdown(text: str) -> SafeString:
    """Markdown as safe HTML: no raw HTML, no fetched images, links only to http, https, mailto and this site.

    A text that is longer than any limit, deeper nested than the parser follows, or made to keep it busy, is shown as
    it stands.
    """
    return mark_safe(_unbroken((_rendered(text) or linebreaks(text, autoescape=True)).translate(TURNING)))


@register.filter
def unbroken(text: str) -> SafeString:
    """A text of a template as it stands: a name in braces, `{{ service }}`, stays on one line."""
    return mark_safe(_unbroken(str(escape(text))))


def _unbroken(html: str) -> str:
    """The same of HTML, whose tags stay as they are."""
    if "{{" not in html:
        return html
    pieces = TAGS.split(html)
    pieces[::2] = [IN_BRACES.sub(r'<span class="unbroken">\g<0></span>', text) for text in pieces[::2]]
    return "".join(pieces)


@register.filter
@lru_cache(maxsize=2048)
def plain(text: str) -> SafeString:
    """Text as it was typed, with the addresses in it as links, for the class `typed`; too long, without links."""
    return mark_safe(PLAIN.renderInline(text)) if len(text) <= LONGEST else escape(text)


def _rendered(text: str) -> str:
    """The text as HTML; empty where it is too long or takes too long, or holds what the parser would leave out."""
    env: dict[str, Any] = {}
    try:
        tokens = MARKDOWN.parse(text, env) if len(text) <= LONGEST else []
    except _TooManySteps:
        return ""
    for item, line in zip(tokens, tokens[2:], strict=False):  # the paragraph begins between them
        first = line.children[0] if item.type == "list_item_open" and line.children else item
        if first.type == "text":
            first.content = TASK_BOX.sub(lambda box: "☐" if box[1] == " " else "☑", first.content)
    whole = all(token.level < DEEPEST - 1 for token in tokens)
    return str(MARKDOWN.renderer.render(tokens, MARKDOWN.options, env)) if whole else ""


def is_safe_link(url: str) -> bool:
    """Whether a link may be followed, however its scheme hides behind case, escapes and invisible characters."""
    bare = re.sub(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202f\ufeff]", "", unquote(url))
    try:
        return urlsplit(bare).scheme.lower() in SAFE_SCHEMES and not bare.startswith(("//", "\\", "/\\"))
    except ValueError:
        return False


class _TooManySteps(Exception):
    """A text that was made to keep the parser busy."""


class _Inline(ParserInline):
    """Gives up on a text whose opening brackets make it read the rest of a paragraph again and again."""

    def skipToken(self, state: StateInline) -> None:
        """Count the step, and take it."""
        state.env["steps"] = steps = state.env.get("steps", 0) + 1
        if steps > MOST_STEPS:
            raise _TooManySteps
        super().skipToken(state)


def _bounded_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A rule of the parser: a table, as long as a few wide lines do not fill up very many cells."""
    if silent or not table(state, start, end, True):
        return table(state, start, end, silent)
    columns = state.src.count("|", state.bMarks[start], state.eMarks[start]) + 1
    rows = next((line for line in range(start, end) if state.isEmpty(line)), end) - start
    if columns * rows > MOST_CELLS:
        raise _TooManySteps
    return table(state, start, end, False)


class _Renderer(RendererHTML):
    """How our pages differ from plain CommonMark output."""

    def heading_open(self, *_: Any) -> str:
        """Headings inside a text are not headings of the page."""
        return "<p><strong>"

    def heading_close(self, *_: Any) -> str:
        return "</strong></p>\n"

    def link_open(
        self, tokens: Sequence[Token], index: int, options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        tokens[index].attrSet("rel", REL)
        return self.renderToken(tokens, index, options, env)

    def image(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: MutableMapping[str, Any]) -> str:
        """An image is a link to it: opening a page fetches nothing from elsewhere."""
        token = tokens[index]
        source = str(token.attrs.get("src", ""))
        words = self.renderInlineAsText(token.children or [], options, env) or source
        return format_html('<a href="{}" rel="{}">{}</a>', source, REL, words)

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: MutableMapping[str, Any]) -> str:
        """Code scrolls, so the keyboard must be able to reach it."""
        return format_html('<pre tabindex="0"><code>{}</code></pre>\n', tokens[idx].content)

    code_block = fence


def _link_addresses(state: StateCore) -> None:
    """A rule of the parser: an address that stands in a text is a link, and reads as it was typed.

    linkify-it-py, which markdown-it-py would use, takes seconds for 20,000 hostile characters; and markdown-it-py then
    decodes what is shown, while people sign what is stored.
    """
    for block in state.tokens:
        if block.type == "inline":
            block.children = list(_linked(block.children or []))


def _linked(tokens: Iterable[Token]) -> Iterator[Token]:
    depth = 0
    for token in tokens:
        depth += {"link_open": 1, "link_close": -1}.get(token.type, 0)
        if token.type != "text" or depth:
            yield token
            continue
        done, text = 0, token.content
        for found in ADDRESS.finditer(text):
            address = found[0].rstrip(".,:;!?")
            while address.endswith(")") and address.count(")") > address.count("("):
                address = address[:-1].rstrip(".,:;!?")
            if is_safe_link(address):
                yield Token("text", "", 0, content=text[done : found.start()])
                yield Token("link_open", "a", 1, attrs={"href": address})
                yield Token("text", "", 0, content=address)
                yield Token("link_close", "a", -1)
                done = found.start() + len(address)
        yield Token("text", "", 0, content=text[done:])


MARKDOWN = MarkdownIt("js-default", {"html": False, "linkify": False, "maxNesting": DEEPEST}, renderer_cls=_Renderer)
# Words as they were typed, with addresses as links.
PLAIN = MarkdownIt("zero", renderer_cls=_Renderer)
MARKDOWN.inline = _Inline()
MARKDOWN.block.ruler.at("table", _bounded_table, {"alt": ["paragraph", "reference"]})
for parser in (MARKDOWN, PLAIN):
    parser.validateLink = is_safe_link  # type: ignore[method-assign]
    parser.core.ruler.push("addresses", _link_addresses)
