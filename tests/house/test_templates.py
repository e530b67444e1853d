"""What a template may hold: a strict Content-Security-Policy and escaping that nobody turns off."""

import re

from tests.house.source import ROOT, files, floors, for_each, name

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
FORBIDDEN = {
    "an inline style": re.compile(r"\sstyle\s*="),
    "an inline handler": re.compile(r"\son[a-z]+\s*="),
    "an inline script": re.compile(r"<script(?![^>]*\ssrc=)", re.I),
    "a style element": re.compile(r"<style", re.I),
    "a script address": re.compile(r"javascript:", re.I),
    "something from elsewhere": re.compile(r"(?:src|href)=\"(?:https?:)?//"),
    "escaping turned off": re.compile(r"\|\s*safe(?:seq)?\b|autoescape\s+off"),
    "a comparison with a word: let what is shown have an attribute for it": re.compile(
        r"""{%\s*(?:if|elif)\b(?:(?!%}).)*(?:[=!]=|<|>|\bin)\s*["']"""
        r"""|{%\s*(?:if|elif)\b(?:(?!%}).)*["']\s*(?:[=!]=|<|>|(?:not\s+)?in\b)"""
    ),
    "logic": re.compile(r"{%\s*(?:regroup|with\s+\w+=\w+\|length)"),
    "hx-on": re.compile(r"\shx-on"),
}
UNSENT = "say {% if form.is_bound %} data-unsent{% endif %} in its tag: "
SIGN_IN = "form.password"  # nobody is asked whether a password may be left behind
LONGEST_LINE, LONGEST_FILE = 120, 6_000  # characters
# Records are printed, not served: nothing of them runs in a browser.
PRINTED = ROOT / "templates" / "records" / "pdf"
# What these call safe is made of templates, which escape, or of numbers.
MAY_MARK_SAFE = {
    "apps/core/http.py",  # places in a page that is rendered around kept parts
    "apps/core/templatetags/ui.py",
    "apps/boards/selectors/board.py",
    "apps/boards/selectors/listed.py",
    "apps/boards/selectors/personal.py",
    "apps/boards/selectors/rendered.py",
    "apps/studio/selectors/page.py",
    "apps/notices/selectors/inbox.py",
}


@for_each(TEMPLATES, name)
def test_a_template_holds_no(path):
    text = re.sub(r"{#.*?#}|{% comment %}.*?{% endcomment %}", "", path.read_text(), flags=re.S)
    for what, pattern in FORBIDDEN.items():
        if path.is_relative_to(PRINTED) and what in ("a style element", "something from elsewhere"):
            continue
        assert not pattern.search(text), f"{what}: {pattern.search(text)}"


@for_each(TEMPLATES, name)
def test_a_template_takes_parts_of_its_own_app_and_those_below_only(path):
    depth = {app: number for number, floor in enumerate(floors()) for app in floor} | {"ui": 99}
    own = path.relative_to(ROOT / "templates").parts[0]  # what belongs to no app stands above all
    for app in re.findall(r'(?:{%\s*(?:extends|include|once)\s+|=)"(\w+)/', path.read_text()):
        if app in depth:
            assert app == own or depth[app] > depth.get(own, -1), f"move what both show from {app} down"


@for_each(TEMPLATES, name)
def test_a_comment_of_one_line_ends_in_it(path):
    """Django prints `{#` that is not closed in its line: people would read it."""
    assert not re.search(r"{#(?!.*#})|^(?!.*{#).*#}", path.read_text(), flags=re.M)


@for_each(TEMPLATES, name)
def test_no_template_has_long_lines_or_many_characters(path):
    text = path.read_text()
    assert [line for line in text.splitlines() if len(line) > LONGEST_LINE] == []
    assert len(text) <= LONGEST_FILE


@for_each(TEMPLATES, name)
def test_no_crumb_begins_with_a_space_and_no_pager_is_asked_whether_it_is_needed(path):
    """A blank beside the stroke between two crumbs is seen; the pager itself says nothing of a single page."""
    text = path.read_text()
    for crumbs in re.findall(r'<nav class="crumbs".*?</nav>', text, flags=re.S):
        assert not re.search(r"<li>\s|\s</li>", crumbs), "put a crumb right between <li> and </li>"
    assert not re.search(r"{%\s*if [\w.]*has_other_pages\s*%}\s*{%\s*pager", text)


@for_each(TEMPLATES, name)
def test_a_notice_holds_its_sentence_together(path):
    """Its parts stand apart, so a sentence with a name, a moment or code in it is one part: <span>…</span>."""
    for notice in re.findall(r'<(p|div) class="notice[^>]*>(.*?)</\1>', path.read_text(), flags=re.S):
        loose = re.sub(r"<(span|strong|a|button)\b.*?</\1>", "", notice[1], flags=re.S)
        parts = re.sub(
            r"{% when [^%]*%}|<(code|bdi|time)\b.*?</\1>", "\0", re.sub(r"{%(?! when).*?%}", "", loose)
        ).strip()
        assert "\0" not in parts or parts == "\0", f"put it into <span>: {loose.strip()}"


def test_the_foot_of_a_form_that_leads_back_has_one_home():
    foot = re.compile(
        r'<span></span>\s*<p class="cluster">\s*<button class="btn primary"[^>]*>[^<]*</button>\s*<a class="btn" href'
    )
    found = [name(path) for path in TEMPLATES if foot.search(path.read_text())]
    assert found == ["templates/boards/_foot.html"], "include boards/_foot.html"


@for_each(TEMPLATES, name)
def test_a_template_spells_counts_and_moments_by_the_words_of_core(path):
    """Filters plural, agreeing, utc, day and bytes, tags when and span: apps/core/wording.py."""
    assert not re.search(
        r"\|\s*(?:pluralize|date|time|timesince|timeuntil|filesizeformat)\b|{%\s*now\b", path.read_text()
    )


@for_each(TEMPLATES, name)
def test_a_form_that_htmx_sends_works_without_it(path):
    for form in re.findall(r"<form\b[^>]*>", path.read_text()):
        sent, plain = (re.search(rf'\b{name}="([^"]*)"', form) for name in ("hx-post", "action"))
        assert sent is None or (plain and plain[1] == sent[1] and 'method="post"' in form), form
        assert "hx-boost" not in form, "htmx would move the address bar of a board to the item in its panel"


@for_each(TEMPLATES, name)
def test_a_form_that_posts_carries_its_token(path):
    text = path.read_text()
    for form in re.findall(r"<form\b[^>]*method=\"post\".*?</form>", text, re.S | re.I):
        assert "csrf_token" in form, f"put {{% csrf_token %}} into it: {form[:80]}"


@for_each(TEMPLATES, name)
def test_a_form_that_comes_back_with_what_was_typed_says_so(path):
    """By data-unsent: scripts cannot tell it from what is saved, and would replace it or leave it without asking."""
    for form in re.findall(r"<form\b[^>]*method=\"post\".*?</form>", path.read_text(), re.S | re.I):
        for_words = re.search(r"\.as_field_group|ui/_fields\.html|<textarea", form)
        assert not for_words or "data-unsent" in form or 'type="password"' in form or SIGN_IN in form, UNSENT + form


def test_few_places_call_anything_safe():
    marks = {name(path) for path in files("apps", "project") if re.search(r"\bmark_safe\(", path.read_text())}
    assert marks <= MAY_MARK_SAFE
