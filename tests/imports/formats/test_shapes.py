"""Small texts of each format, one for each rule, and the Markdown they become."""

import pytest

from apps.imports import formats
from apps.imports.formats import Format, Kind, NotRead
from tests.imports.formats.shapes_of_markup import MARKUP

SHAPES = MARKUP | {
    Kind.HTML: [
        ("<p>a<!-- c\n-->b</p>", "ab\n"),
        ("<ul><li><input type=checkbox></li></ul>", ""),
        (
         "<ul data-checked=true><li data-checked=true>a<li class='checkbox-off'>b<li data-"
         "list=unchecked>c<li aria-checked=mixed>d</ul>", "- [x] a\n- [ ] b\n- [ ] c\n- d\n"),
        ("<li>alone", "- alone\n"),
        ("<ol start=x><li>a</ol>", "1. a\n"),
        (
         "<p>a <input type=radio> b <input type=radio checked> c <input type=text value=v>"
         " <input type=hidden> <input type=date></p><textarea></textarea><select><option>a"
         "<option>b</select>", "a ☐ b ☑ c v ____\n\n____ ☐ a ☐ b\n"),
        (
         "<img alt='A b' src='https://x/y.png'><img alt='✅' src='https://x'><img alt=e cla"
         "ss=emoji src='https://x'><img alt='Q' src='data:x'><img>", "![A b](https://x/y.png)✅eQ\n"),
        (
         "<pre>a<br>b</pre><pre></pre><pre class='language-py'>x", "```\na\nb\n```\n\n```py\nx\n```\n"),
        ("<code>a<b>b</b><code>c", "`abc`\n"),
        ("<b>x<p>y</b>z", "**x**\n\nyz\n"),
        (
         "<a href=x><a href=y>z</a></a><a href='#x'>q</a><a href='j s(x)'>w</a><a href=k><"
         "/a><b></b><b>a</b><b>*</b>", "<x>[z](y)q[w](<j%20s(x)>)<k>**a***\n"),
        ("<table><td>a<td>b</table>", "| a | b |\n"),
        (
         "<table><tr><td><table><tr><td>x<td>y</table><td>z</table>", "| x | y |\n\nz\n"),
        (
         "<table><tr><th>a<th>b<tr><td><h3>T</h3><p>x</p><td>y</table>", "a\n\nb\n\n### T\n\nx\n\ny\n"),
        (
         "<table>stray<tr>out<td>a<td><pre>x\n"
         "\n"
         "y</pre><hr></table>", "stray\n\nout\n\n| a | `x`<br>`y` |\n"),
        (
         "<table><tr><td rowspan=3>a<td>b<tr><td>c<tr></tr><tr><td>d<td rowspan=2>e<tr><td"
         ">f</table>", "| a | b |\n|  | c |\n|  | d | e |\n| f |\n"),
        (
         "<table><tr><td>a<td rowspan=2>b<tr><td>c<tr><td>d<td>e</table>", "| a | b |\n| c |\n| d | e |\n"),
        ("</td></li></ul></table></pre><td>x<tr>y", "x\n\ny\n"),
        (
         "<div hidden>no</div><template><p>no</template>yes", "yes\n"),
        (
         "<ul><li><div class=checkbox-on></div>done<li><pre>a\n"
         "b</pre></ul>", "- [x] done\n  ```\n  a\n  b\n  ```\n"),
        (
         "<dl><dt>t<dd>d</dl><hr><blockquote>q</blockquote><details><summary>s</summary>x<"
         "/details>", "**t**\n\nd\n\n---\n\nq\n\n**s**\n\nx\n"),
        (
         "<h2></h2><li><h3>Title</h3>more</li><h1>a<br>b</h1>", "- Title\n\nmore\n\n# a b\n"),
        (
         "<p>a<br><input type=checkbox>b<br><input type=checkbox checked> c", "a\n\n- [ ] b\n- [x] c\n"),
        (
         "<table><tr><td><input type=checkbox> do<td>x</table>", "| [ ] do | x |\n"),
        ("<script>a</b></script><p", ""),
        (
         "<table><table><table><table><table><table><tr><td>a<td>b", "| a | b |\n"),
        (
         "<p>[x]<a href='http://y'>z</a> Hi!<a href='http://y'>z</a> http://a_b.c</p>",
         "[x][z](http://y) Hi\\![z](http://y) http://a_b.c\n"),
        ("<b>a <i>b</i></b> <s>c</s>", "**a _b_** ~~c~~\n"),
        (
         "<p>1. x</p><p># y</p><p>- z</p><p>:: q</p><code> </code><code>`</code><code>a<p>"
         "b</code>",
         "1\\. x\n"
         "\n"
         "\\# y\n"
         "\n"
         "\\- z\n"
         "\n"
         ":: q\n"
         "\n"
         "`` ` ```a`\n"
         "\n"
         "b\n"),
        (
         "<div hidden>a<br><b>x</b></div><b><strong>y</strong></b>", "**y**\n"),
        (
         "<li><b>a</b><br> <input type=checkbox>x <img><input type=checkbox>y", "- **a**\n- [ ] x ☐ y\n"),
        (
         "<h2>Title #</h2><h2>{#x}</h2><p>a -- b :rocket: __init__ ~~x~~ &amp;lt; [^1] [x]"
         ": y</p>",
         "## Title \\#\n"
         "\n"
         "## {#x&#125;\n"
         "\n"
         "a \\-- b \\:rocket: \\_\\_init\\_\\_ \\~\\~x\\~\\~ \\&lt; [\\^1] [x\\]: y\n"),
    ],
    Kind.CONFLUENCE: [
        (
         "<ac:structured-macro ac:name='panel'><ac:parameter ac:name='title'></ac:paramete"
         "r></ac:structured-macro><ac:structured-macro ac:name='jira'><ac:parameter ac:nam"
         "e='key'>A-1</ac:parameter></ac:structured-macro>", "A-1\n"),
        (
         "<ac:structured-macro ac:name='code'><ac:parameter ac:name='language'>a b</ac:par"
         "ameter><ac:plain-text-body><![CDATA[x]]></ac:plain-text-body>", "```\nx\n```\n"),
        ("<![CDATA[never", ""),
        (
         "<p><ac:link><ri:attachment ri:filename='f.txt'/></ac:link><ac:emoticon ac:name='"
         "x' ac:emoji-fallback='🚀'/><ac:placeholder>hint</ac:placeholder></p>", "f.txt🚀\n"),
        (
         "<ac:layout><ac:layout-section><ac:layout-cell>a</ac:layout-cell><ac:layout-cell>"
         "b</ac:layout-cell>", "a\n\nb\n"),
        ("<script><ac:task>x</ac:task></script>", ""),
        ("</ac:task-list></ac:parameter>", ""),
    ],
    Kind.ISSUE_FORM: [
        ("body: x\n", ""),
        ("- a\n", ""),
        (
         "body:\n"
         "  - 1\n"
         "  - type: checkboxes\n"
         "  - type: dropdown\n"
         "  - type: input\n"
         "    attributes: {label: A, value: v}\n"
         "  - type: checkboxes\n"
         "    attributes: {options: [{label: a}, b, {x: y}]}\n"
         "  - type: markdown\n"
         "    attributes: {value: null}\n", "## A\n\nv\n\n- [ ] a\n- [ ] b\n"),
        (
         "name: ~\n"
         "body:\n"
         "- type: textarea\n"
         "  attributes:\n"
         "    label: x\n"
         "    value: >\n"
         "      a\n"
         "      b\n", "## x\n\na b\n"),
        ("? [a]\n: b\n", ""),
    ],
    Kind.CSV: [
        ("a\n\nb\n", "- [ ] a\n- [ ] b\n"),
        ("a,,\n,,b\n", "- [ ] a\n- [ ] b\n"),
        ("\"x", "- [ ] \"x\n"),
        ("a,b,c,\n1,2,3,\n",
         "| a | b | c |  |\n"
         "|---|---|---|---|\n"
         "| 1 | 2 | 3 |  |\n"),
        ("Done,Task\nTRUE,a\nmaybe,b\n",
         "| Done | Task |\n"
         "|---|---|\n"
         "| TRUE | a |\n"
         "| maybe | b |\n"),
        ("Done,Task\nTRUE,a\nFALSE\n",
         "| Done | Task |\n"
         "|---|---|\n"
         "| [x] | a |\n"
         "| [ ] |\n"),
        ("1,2\n3,4\n", "| 1 | 2 |\n| 3 | 4 |\n"),
        ("sep=,\na,b\n1,2", "| a | b |\n|---|---|\n| 1 | 2 |\n"),
        ("", ""),
        ("a,\"b\"x\n", "| a | \"b\"x |\n|---|---|\n"),
    ],
    Kind.WORD: [
        (
         "•\ta\n"
         "\n"
         "•\tb\n"
         "A\tB\n"
         "\n"
         "1)\tx\n"
         "iv.\ty\n"
         "□ z\n"
         "Text\n"
         "A\tB\n"
         "C\tD",
         "- a\n"
         "\n"
         "- b\n"
         "A B\n"
         "\n"
         "1. x\n"
         "    - y\n"
         "- [ ] z\n"
         "Text\n"
         "| A | B |\n"
         "|---|---|\n"
         "| C | D |"),
        ("•\ta\no\tb\n▪\tc\n-\td\n+\te\n*\tf\n§\tg\n",
         "- a\n"
         "    - b\n"
         "        - c\n"
         "            - d\n"
         "                - e\n"
         "                    - f\n"
         "                    - g\n"),
    ],
    Kind.NUMBERED: [
        ("IX) a\n\n(2) b", "9. a\n\n2. b"),
    ],
    Kind.SPREADSHEET: [
        ("a\tb\nc\td", "| a | b |\n|---|---|\n| c | d |\n"),
    ],
}  # fmt: skip
DELIMITERS = {Kind.CSV: ",", Kind.SPREADSHEET: "\t"}


def shown(kind, text):
    return formats.to_markdown(text, Format(kind, "", DELIMITERS.get(kind, "")))


@pytest.mark.parametrize(
    ("kind", "text", "markdown"), [(kind, *pair) for kind, pairs in SHAPES.items() for pair in pairs]
)
def test_a_shape_becomes_its_markdown(kind, text, markdown):
    assert shown(kind, text).text == markdown


UNREAD = {
    "body: [": "line 2: did not find",
    "body: " + "[" * 50 + "]" * 50: "nested too deeply",
    "body:\n - &a x\n - *a\n": "aliases",
    "\x00": "cannot be read",
    "a" * 300_001: "longer than 300,000",
}


@pytest.mark.parametrize(("text", "why"), UNREAD.items(), ids=UNREAD.values())
def test_a_form_that_cannot_be_read_says_why(text, why):
    with pytest.raises(NotRead, match=why):
        shown(Kind.ISSUE_FORM, text)


@pytest.mark.parametrize("kind", [Kind.CSV, Kind.SPREADSHEET])
def test_a_table_of_very_many_columns_is_refused(kind):
    with pytest.raises(NotRead, match="201 columns; a checklist has at most 200"):
        shown(kind, DELIMITERS[kind].join("a" * 201))


def test_a_grid_of_very_many_columns_is_text():
    assert "---" not in shown(Kind.RESTRUCTURED, "+" + "-+" * 200).text
    ruled = "\n".join("+" + "-" * n + "+" for n in range(1, 205))
    assert shown(Kind.RESTRUCTURED, ruled).text


def test_an_item_of_a_sign_alone_has_the_words_below_it():
    text = "<ul><li><div>✓</div><div><p>Logo is shown</p><p>In the header</p></div></li><li>✓</li></ul>"
    found = formats.to_markdown(text, Format(Kind.HTML, ""))
    assert found.text == "- [ ] Logo is shown\n\n  In the header\n- ✓\n"
