"""Attributes are one comment at the end of a line, read and written without a loss, whatever their values hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.checklists.markdown.attributes import comment, is_name, parse, split


@pytest.mark.parametrize(
    ("line", "text", "found"),
    [
        ("- [ ] x <!-- keyturn key=p95 critical keys=3 -->", "- [ ] x",
         (("key", "p95"), ("critical", None), ("keys", "3"))),
        ('x  <!-- keyturn if="a is b" if="c is d" owner="on-call lead" -->  ', "x ",
         (("if", "a is b"), ("if", "c is d"), ("owner", "on-call lead"))),
        ('<!--keyturn text-->', "", (("text", None),)),
        ('x <!-- keyturn v="a \\"b\\" \\\\ \\n \\l!--\\g" -->', "x", (("v", 'a "b" \\ \n <!-->'),)),
        ("x <!-- keyturn -->", "x", ()),
    ],
)  # fmt: skip
def test_the_comment_at_the_end_of_a_line_is_taken_off_and_read(line, text, found):
    assert split(line) == (text, found)


@pytest.mark.parametrize(
    "line",
    ["x", "x <!-- other -->", "x <!-- keyturn key=a --> y", "x <!-- keyturn 9=a -->", 'x <!-- keyturn a="b -->',
     "x <!-- keyturning -->", "x -->", "x <!-- keyturn " + "a" * 30_000 + " -->", "x <!-- keyturn a=b=c -->"],
)  # fmt: skip
def test_what_is_no_comment_of_attributes_stays(line):
    assert split(line) == (line, None)


def test_without_attributes_there_is_no_comment():
    assert comment([]) == ""
    assert comment([("a", None), ("b", ""), ("c", "a b"), ("d", "CC8.1,A.8.32")]) == (
        '<!-- keyturn a b="" c="a b" d=CC8.1,A.8.32 -->'
    )
    assert parse(" a") == (("a", None),)
    assert (is_name("max-age"), is_name("Max"), is_name("")) == (True, False, False)


NAMES = st.text("ab-1", min_size=1, max_size=4).filter(is_name)


@given(st.lists(st.tuples(NAMES, st.one_of(st.none(), st.text(max_size=12), st.text('<!->"\\\n lg', max_size=8)))))
def test_any_attributes_are_read_again_and_stand_in_one_line(attributes):
    written = comment(attributes)
    assert "\n" not in written
    assert "\r" not in written
    assert written.count("<!--") == written.count("-->") == bool(attributes)
    if attributes:
        assert split(f"text {written}") == ("text", tuple(attributes))
