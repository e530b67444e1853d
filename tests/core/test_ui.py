"""The small parts every page is made of: what they say, and that nothing hostile gets through."""

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.core.paginator import Page, Paginator
from django.template import Context, Template
from django.test import RequestFactory
from django.utils.html import escape

from apps.core.templatetags import ui

NOW = datetime(2026, 11, 19, 15, 8, tzinfo=UTC)

# Whatever people paste. None of it may run, load or post anything when the text is shown.
HOSTILE = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<style>@import '//evil.example'</style>",
    "<form action=//evil.example><button>Sign</button></form>",
    "<a href='javascript:alert(1)'>x</a>",
    "<meta http-equiv=refresh content=0>",
    "<base href=//evil.example/>",
    "<!--<script>alert(1)</script>-->",
    "<div hx-get='/x/' hx-trigger='load'>x</div>",
    "<input autofocus onfocus=alert(1)>",
    "</p></li></main><script>alert(1)</script>",
    "<x\nonclick=alert(1)>x</x>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo 1 ?>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#115;cript:alert(1))",
    "[x](&#x6A;avascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](<java\tscript:alert(1)>)",
    "[x](\x01javascript:alert(1))",
    "[x](&Tab;javascript:alert(1))",
    "[x](java&NewLine;script:alert(1))",
    "[x](\u200bjavascript:alert(1))",
    "[x](\u202ejavascript:alert(1))",
    "[x](vbscript:msgbox)",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](data:image/svg+xml;base64,PHN2Zz4=)",
    "[x](file:///etc/passwd)",
    "[x](blob:https://here.example/1)",
    "[x](intent://x#Intent;end)",
    "[x](view-source:https://here.example)",
    "[x](//evil.example/x)",
    "[x](/\\evil.example/x)",
    "[x](\\\\evil.example/x)",
    "[x](feed:javascript:alert(1))",
    "[x][r]\n\n[r]: javascript:alert(1)",
    "[x]\n\n[x]: data:text/html,x",
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    "![x](javascript:alert(1))",
    "![x](data:text/html,x)",
    '![x" onerror="alert(1)](https://here.example/x.png)',
    '[x](https://here.example "t\\" onmouseover=\\"alert(1)")',
    '[x](https://here.example/"onmouseover="alert(1))',
    '```"><script>alert(1)</script>\nx\n```',
    "`<script>alert(1)</script>`",
    "    <script>alert(1)</script>",
    "# <script>alert(1)</script>",
    "- [ ] <script>alert(1)</script>",
    "| <script>alert(1)</script> |\n|---|\n| <img src=x onerror=alert(1)> |",
    "[<img src=x onerror=alert(1)>](https://here.example)",
    "![<script>](https://here.example/a.png)",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
]
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:\s+[a-zA-Z-]+(?:=\"[^\"]*\")?)*)\s*/?>")
KNOWN_TAGS = {
    *("a", "p", "ul", "ol", "li", "strong", "em", "s", "code", "pre", "blockquote", "hr", "br"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
KNOWN_ATTRIBUTES = {"href", "rel", "title", "start", "tabindex"}


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_markdown_becomes_harmless_text(text):
    html = str(ui.markdown(text))
    assert "<" not in TAG.sub("", html), "something that is no tag of ours looks like one"
    for _, name, attributes in TAG.findall(html):
        assert name in KNOWN_TAGS
        for attribute, value in re.findall(r"([a-zA-Z-]+)=\"([^\"]*)\"", attributes):
            assert attribute in KNOWN_ATTRIBUTES
            if attribute == "href":
                assert re.match(r"(https?://here\.example|mailto:|[#?]|/(?![/\\])|[\w.-]+$)", value)


def test_there_are_enough_hostile_texts():
    assert len(set(HOSTILE)) >= 40


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Ask **each** region.", "<p>Ask <strong>each</strong> region.</p>"),
        ("- [ ] open\n- [x] done", "<ul>\n<li>☐ open</li>\n<li>☑ done</li>\n</ul>"),
        ("a [ ] in the middle", "<p>a [ ] in the middle</p>"),
        ("# Loud", "<p><strong>Loud</strong></p>"),
        ("see www.here.example", "<p>see www.here.example</p>"),
        (
            "[run](https://here.example/r?a=1&b=2)",
            '<p><a href="https://here.example/r?a=1&amp;b=2" rel="noopener noreferrer">run</a></p>',
        ),
        ("[down](#rollback)", '<p><a href="#rollback" rel="noopener noreferrer">down</a></p>'),
        ("[doc](docs/a.md)", '<p><a href="docs/a.md" rel="noopener noreferrer">doc</a></p>'),
        ("[us](mailto:a@here.example)", '<p><a href="mailto:a@here.example" rel="noopener noreferrer">us</a></p>'),
        (
            "![graph](https://here.example/g.png)",
            '<p><a href="https://here.example/g.png" rel="noopener noreferrer">graph</a></p>',
        ),
        ("```bash\na < b\n```", '<pre tabindex="0"><code>a &lt; b\n</code></pre>'),
        ("    indented", '<pre tabindex="0"><code>indented\n</code></pre>'),
    ],
)
def test_markdown_reads_as_it_was_meant(text, html):
    assert str(ui.markdown(text)).strip() == html


@pytest.mark.parametrize(
    ("typed", "html"),
    [
        (
            "see https://example.com/a?b=1&c=2.",
            'see <a href="https://example.com/a?b=1&amp;c=2" rel="noopener noreferrer">',
        ),
        ("(http://x.example)\n  second  line", "(<a href="),
        ("(see https://e.example/x_(y)).", '(see <a href="https://e.example/x_(y)" rel='),
        ("https://e.example/%41%E2%80%AE", ">https://e.example/%41%E2%80%AE</a>"),
        ("mailto:ops@example.com", '<a href="mailto:ops@example.com"'),
        (
            "main.py, ops@example.com, //x.example, javascript:alert(1)",
            "main.py, ops@example.com, //x.example, javascript:",
        ),
        ("*no* `mark` [up](https://e.example) <b>", "*no* `mark` [up]("),
    ],
)
def test_addresses_in_what_people_typed_are_links_and_nothing_else_is(typed, html):
    assert html in ui.plain(typed)
    assert "<b>" not in ui.plain(typed)
    assert " ".join(re.sub("<[^>]+>", "", ui.plain(typed)).split()) == " ".join(escape(typed).split())


NAME = '<span class="unbroken">{{ name }}</span>'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Stop {{ name }}, then <b>{{ name }}</b>", f"Stop {NAME}, then &lt;b&gt;{NAME}&lt;/b&gt;"),
        ("{{{ name }}}", "{" + NAME + "}"),
        ("{{ a\nb }} {{}} {{" + "a" * 61 + "}}", "{{ a\nb }} {{}} {{" + "a" * 61 + "}}"),
        ("none", "none"),
    ],
)
def test_a_name_in_braces_stays_on_one_line(text, html):
    assert ui.unbroken(text) == html


def test_names_in_braces_stay_on_one_line_in_markdown_and_in_differences_and_links_stay_whole():
    assert NAME in ui.markdown("Run `x` for {{ name }}.")
    link = ui.markdown("[{{ name }}](https://example.com/{{name}})")
    assert NAME in link
    assert "unbroken" not in link.partition('href="')[2].partition('"')[0]
    assert ui.difference([("added", (("{{ name }}", ""),))]) == f"<ins>{NAME}</ins>"


def test_addresses_in_markdown_are_links():
    assert '<a href="https://example.com/x" rel=' in ui.markdown("Open https://example.com/x now")
    assert "<a " not in ui.markdown("Run main.py for a.example, `https://in.code.example` and javascript:alert(1)")


def test_lists_ten_deep_keep_their_last_line():
    text = "\n".join("  " * depth + f"- level {depth}" for depth in range(10))
    assert "level 9" in ui.markdown(text)


def test_a_long_text_is_shown_quickly_and_whole():
    text = "*" * 20_000 + "[" * 20_000 + "end"
    assert "end" in ui.markdown(text)


def test_a_moment_carries_its_exact_time():
    html = ui.when(datetime(2026, 11, 19, 14, 56, 12, tzinfo=UTC))
    assert 'datetime="2026-11-19T14:56:12Z"' in html
    assert 'title="2026-11-19 14:56:12 UTC"' in html
    assert "data-relative" in html


def test_no_moment_is_no_text():
    assert ui.when(None) == ui.utc(None) == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{{ 1|plural:"line stays,lines stay" }}', "1 line stays"),
        ('{{ 1200|plural:"item" }} {{ 2|agreeing:"is,are" }}', "1,200 items are"),
        ("{{ moment|day }}", '<time datetime="2026-11-19" data-day="medium">19 Nov 2026</time>'),
        ('{{ moment|day:"%B" }}', '<time datetime="2026-11-19" data-day="long">19 November 2026</time>'),
        ("{{ moment|utc }}", '<time datetime="2026-11-19T15:08:00Z">2026-11-19 15:08:00 UTC</time>'),
        ("{{ 4096|bytes }}", "4 KB"),
        (
            "{% span moment end %}",
            '<span data-interval="2026-11-19T15:08:00Z/2026-11-19T16:08:00Z">19 Nov 2026, 15:08–16:08 UTC</span>',
        ),
        (
            "{% span moment nothing %}",
            '<span data-interval="2026-11-19T15:08:00Z/..">from 19 Nov 2026, 15:08 UTC</span>',
        ),
        ("{% span nothing nothing %}", ""),
    ],
)
def test_templates_spell_counts_and_moments_as_everything_else_does(text, words):
    shown = Context({"moment": NOW, "end": NOW + timedelta(hours=1), "nothing": None})
    assert Template("{% load ui %}" + text).render(shown) == words


def test_a_digest_is_grouped_without_spaces_to_copy():
    html = ui.digest("ab" * 32)
    assert html.count("<span>") == 8
    assert "ab" * 32 in re.sub(r"</?span>", "", html)


def test_a_short_digest_keeps_the_whole_one_on_hover():
    assert ui.digest("ab" * 31 + "cd", "short") == f'<code title="sha256 {"ab" * 31}cd">abababab…abcd</code>'


@pytest.mark.parametrize(
    ("names", "html"),
    [
        ([], ""),
        (["Anna"], "<bdi>Anna</bdi>"),
        (["Anna", "Jun"], "<bdi>Anna</bdi> and <bdi>Jun</bdi>"),
        (["Anna", "Jun", "Rei"], "<bdi>Anna</bdi>, <bdi>Jun</bdi> and <bdi>Rei</bdi>"),
        (["Anna", "Jun", "Rei", "Tom"], "<bdi>Anna</bdi>, <bdi>Jun</bdi> and 2 more"),
        (["<b>"], "<bdi>&lt;b&gt;</bdi>"),
    ],
)
def test_names_are_listed_as_a_sentence_does(names, html):
    assert ui.short_list(names) == html


def test_keys_draw_each_slot_with_its_kind():
    html = ui.keys([("AM", "half"), ("2", "")])
    assert html == (
        '<span class="keys" aria-hidden="true"><span class="key half">AM</span><span class="key">2</span></span>'
    )


@pytest.mark.parametrize("state", ["verified", "waived", "failed"])
def test_an_icon_of_keys_shows_their_state(state):
    assert f'class="keys {state}"' in ui.keys(SimpleNamespace(state=state, slots=[("AM", ""), ("JK", "")]))


def test_keys_escape_what_stands_on_them():
    assert "<b>" not in ui.keys([("<b>", '"><script>')])


def test_a_bar_is_drawn_in_units_of_items():
    html = ui.bar(18, verified=14, waived=0, failed=2)
    assert 'viewBox="0 0 18 1"' in html
    assert (
        '<rect class="verified" x="0" width="14" height="1"/><rect class="failed" x="14" width="2" height="1"/>' in html
    )


def test_an_empty_bar_still_has_a_width():
    assert 'viewBox="0 0 1 1"' in ui.bar(0)


def test_a_labelled_bar_is_an_image_with_words():
    assert 'role="img" aria-label="14 of 18 settled"' in ui.bar(18, "14 of 18 settled", verified=14)


def test_the_pager_keeps_the_rest_of_the_question():
    page = Paginator(range(60), 25).get_page(2)
    request = RequestFactory().get("/?q=marlow+gate&page=2")
    html = Template('{% load ui %}{% pager page order="newest first" %}').render(
        Context({"page": page, "request": request})
    )
    assert "26 to 50 of 60, newest first" in html
    assert 'href="?q=marlow+gate&amp;page=1" rel="prev"' in html
    assert 'href="?q=marlow+gate&amp;page=3" rel="next"' in html


def test_the_pager_counts_pages_where_rows_are_not_what_is_counted():
    page = Paginator(range(60), 25).get_page(2)
    context = Context({"page": page, "request": RequestFactory().get("/")})
    html = Template("{% load ui %}{% pager page whole=True %}").render(context)
    assert "Page 2 of 3" in html
    assert "26" not in html


@pytest.mark.parametrize("count", [0, 1, 25])
@pytest.mark.parametrize("whole", ["", "whole=True"])
def test_the_pager_of_one_page_is_nothing(count, whole):
    page: Page = Paginator(range(count), 25).get_page(1)
    html = Template(f"{{% load ui %}}{{% pager page {whole} %}}").render(
        Context({"page": page, "request": RequestFactory().get("/")})
    )
    assert html.strip() == ""


def test_a_moment_within_minutes_is_a_time_that_scripts_count_down_to():
    written = str(ui.countdown(datetime(2026, 12, 15, 20, 22, 44, tzinfo=UTC)))
    assert written == (
        '<time datetime="2026-12-15T20:22:44Z" title="2026-12-15 20:22:44 UTC" data-countdown>20:22:44 UTC</time>'
    )
