"""Small texts of each format, one for each rule, and the Markdown they become."""

import pytest

from apps.imports import formats
from apps.imports.formats import Format, Kind, NotRead

SHAPES = {
    Kind.ASCIIDOC: [
        (
         "a {unknown} {nbsp}b menu:File[Save] footnote:[note] pass:[*x*] image:x.png[Alt] "
         "\\*no* #hi# __em__ **st**rong xref:id[words] `+lit+` mailto:a@b.c[me] https://bar"
         "e.org/x link:x[]",
         "a {unknown}  b File › Save (note) \\*x\\* Alt \\*no\\* hi _em_ **st**rong words `lit"
         "` [me](mailto:a@b.c) https://bare.org/x x\n"),
        ("term::\n  meaning\nother:: a\n", "**term** meaning\n\n**other** a\n"),
        ("[WARNING]\nCareful\nnow\n", "**Warning:** Careful now\n"),
        ("* a\n\ntext\n* b\n", "- a\n\ntext\n\n- b\n"),
        ("* a\n+\n\n+\n* b\n+", "- a\n- b\n"),
        (
         "'''\n"
         "<<<\n"
         "[[anchor]]\n"
         "ifdef::x[shown]\n"
         "endif::[]\n"
         "image::x.png[Alt,100]\n"
         "video::x[]\n"
         "toc::[]\n", "---\n\nshown\n\nAlt\n"),
        ("----\nno end\n", "no end\n"),
        ("```bash\nls\n```\n", "```bash\nls\n```\n"),
        ("....\nlit\n....\n", "```\nlit\n```\n"),
        (",===\na,b\n,\n1,2\n,===\n", "| a | b |\n| 1 | 2 |\n"),
        ("[format=csv,cols=2]\n|===\na,b\n|===\n", "| a | b |\n"),
        (
         "[cols='2*,a']\n"
         "|===\n"
         "before\n"
         "|a |b |c\n"
         "more\n"
         "2+|d |e\n"
         "|===\n", "| before | a | b |\n| c<br>more | d | e |\n"),
        ("|===\n|a\n", "| a |\n|---|\n"),
        ("|===\n|===\n", ""),
        ("  code\n   more\n\nx\n", "```\ncode\n more\n```\n\nx\n"),
        ("1. a\n2. b\n<1> callout\n", "1. a\n2. b\n   1. callout\n"),
        ("a. x\nb. y\n", "1. x\n2. y\n"),
        (
         "text\n"
         "* x\n"
         "// c\n"
         "wrapped\n"
         "// c2\n"
         "[source]\n"
         "----\n"
         "x\n"
         "----\n", "text\n\n- x wrapped\n  ```\n  x\n  ```\n"),
        ("==== text\n[,ruby]\n----\nx\n----\n", "#### text\n\n```ruby\nx\n```\n"),
        ("* a\n  indented\n** b\n", "- a indented\n  - b\n"),
        ("--\nopen\n--\n", "open\n"),
        ("| no table\n", "\\| no table\n"),
        ("++++\n<b>\n++++\n", "```\n<b>\n```\n"),
        (":x: y\n{x}\n:novalue:\n{novalue}z", "y\n\nz\n"),
        ("```a\nx\n```b\ny\n", "x\n\ny\n"),
    ],
    Kind.RESTRUCTURED: [
        ("a\n\n----\n\nb\n", "a\n\n---\n\nb\n"),
        (
         "..\n"
         "   comment\n"
         "\n"
         ".. _t:\n"
         "\n"
         "__ http://x\n"
         "\n"
         "b\n", "b\n"),
        ("::\n\n  code\n", "```\ncode\n```\n"),
        ("::\n", ""),
        ("a ::\n\n   x\n", "a\n\n```\nx\n```\n"),
        ("::\n\n", ""),
        (">>> print(1)\n1\n\nb\n", "```python\n>>> print(1)\n1\n```\n\nb\n"),
        (
         "a\\ b \\*c |sub| x_ `ref`_ `interp` [1]_ [#note]_ :kbd:`Ctrl` :term:`~x` ``a`` **b"
         "**\n",
         "ab \\*c |sub| x\\_ ref interp [1] [#note] `Ctrl` x `a` **b**\n"),
        (".. |sub| replace:: words\n\n|sub| |no|\n", "words |no|\n"),
        ("* - a\n  - b\n", "- a\n  - b\n"),
        ("- a\n-\n", "- a\n\n\\-\n"),
        ("term\n  meaning\n", "term\n\nmeaning\n"),
        ("| line\n| two\n", "line\n\ntwo\n"),
        (".. image:: x.png\n   :alt: Alt\n", "Alt\n"),
        (".. include:: x.rst\n", "`include:: x.rst`\n"),
        (".. raw:: html\n\n   <b>\n", "```html\n<b>\n```\n"),
        (".. math::\n\n   x^2\n", "```latex\nx^2\n```\n"),
        (".. code::\n", ""),
        (
         ".. toctree::\n"
         "   :caption: Contents\n"
         "   :maxdepth: 2\n"
         "\n"
         "   one\n", "Contents\n\none\n"),
        (
         ".. csv-table:: T\n"
         "   :header-rows: 1\n"
         "\n"
         "   a,b\n"
         "   1,2\n", "**T**\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"),
        (
         ".. list-table::\n"
         "\n"
         "   stray\n"
         "   * - a\n"
         "     - b\n"
         "       more\n"
         "\n"
         "     -\n", "| a | b more |  |\n"),
        ("a\n~~\nb\n^^^^\n", "a \\~\\~ b ^^^^\n"),
        ("=====\nTitle\n-----\n", "---\n\n# Title\n"),
        ("==\n\nx\n", "\\==\n\nx\n"),
        ("1. a\n#) b\n(c) d\niv. e\n", "1. a\n2. b\n3. d\n4. e\n"),
        ("+-----+\n| a   |\n+-----+\n", "| a |\n"),
        (
         "+---+---+\n"
         "| a | b |\n"
         "|   +---+\n"
         "|   | c |\n"
         "+---+---+\n", "| a | b |\n|  | c |\n"),
        ("+---+---+\n| a     |\n+---+---+\n", "| a |  |\n"),
        ("+---+---+\n+---+---+\n", ""),
        ("=== ===\na   b\n", "=== === a   b\n"),
        ("=== ===\na   b\n\n\nx\n", "=== === a   b\n\nx\n"),
        (
         "=== ===\n"
         "ab   c\n"
         "--- ---\n"
         "d   e\n"
         "    f\n"
         "=== ===\n", "| ab | c |\n| d | e f |\n"),
        ("=== ===\nlongtext\n=== ===\n", "|  | longtext |\n"),
        (":a: b\n    c\n:d:\n", "**a:** b c\n"),
        ("a\n  - x\n", "a\n\n- x\n"),
        (" `x <y_>`_\n\n.. _y: http://y\n", "[x](http://y)\n"),
        ("- a::\n\nb\n", "- a:\n\nb\n"),
        (".. note::\n   :class: x\n\n   words\n", "**Note:**\n\nwords\n"),
        (
         "Title\n"
         "=====\n"
         "- a\n"
         "  wrapped\n"
         ".. comment\n"
         "- b\n", "# Title\n\n- a wrapped\n- b\n"),
        ("=== ===\na   b\n=== ===\nc   d\n", "| a | b |\n\nc   d\n"),
        (
         "AAAA\n"
         "====\n"
         "\n"
         "BBBB\n"
         "----\n"
         "\n"
         "Long\n"
         "====\n"
         "\n"
         "text\n"
         "- item\n",
         "# AAAA\n"
         "\n"
         "## BBBB\n"
         "\n"
         "# Long\n"
         "\n"
         "text\n"
         "\n"
         "- item\n"),
        ("=== ===\na   b", "=== === a   b\n"),
        (
         "#. See `this one`__ and\n"
         "   `that one`__. For example::\n"
         "\n"
         "        git pull\n"
         "\n"
         "   More `words`__\n"
         "\n"
         "   __ https://a.example\n"
         "   .. __: https://b.example\n"
         "\n"
         "#. Next\n",
         "1. See [this one](https://a.example) and [that one](https://b.example). For exam"
         "ple:\n"
         "   ```\n"
         "   git pull\n"
         "   ```\n"
         "\n"
         "   More words\n"
         "2. Next\n"),
    ],
    Kind.JIRA: [
        (
         "\\{x\\} a (!) b (i) {*}b{*} [mailto:a@b] bq. \n", "\\{x\\} a ⚠️ b ℹ️ b mailto:a@b bq.\n"),
        ("bq. quoted\n", "quoted\n"),
        ("{code}\nno end\n{code:x}\n", "{code}\n\nno end\n\n{code:x}\n"),
        ("{noformat}a{noformat}\n", "```\na\n```\n"),
        ("* item {code}x{code}\n", "- item\n  ```\n  x\n  ```\n"),
        ("* item\n{code}\nx\ny\n{code} rest\n\ntext\n",
         "- item\n"
         "  ```\n"
         "  x\n"
         "  y\n"
         "  ```\n"
         "\n"
         "  rest\n"
         "\n"
         "text\n"),
        ("|a|b\nnot\n\nend\n", "| a | b |\n\nnot\n\nend\n"),
        ("|a|\\|b|[x|y]|{{a|b}}|\n", "| a | \\|b | [x](y) | `a\\|b` |\n"),
        ("{code:a=b|c d}\nx\n{code}\n", "```\nx\n```\n"),
        ("{panel}\n{panel:title=T} in line {panel}\n", "**T**\n\nin line\n"),
        ("|* x\n* y|\n", "| • x<br>• y |\n"),
        ("{code}{code}\n", ""),
        ("before {code}x{code}\n", "before\n\n```\nx\n```\n"),
        ("a\\\\b \\\\ c\n", "a\n\nb\n\nc\n"),
        ("# one\n# two\n\n# one\n", "1. one\n2. two\n3. one\n"),
        ("|\n|\n", "|  |\n|  |\n"),
        ("(x) open\n", "- [ ] open\n"),
        ("||a||\n|b|\n", "| a |\n|---|\n| b |\n"),
        ("* a\\\\ \\\\ b\n", "- a\n\n  b\n"),
        ("h1. {color}\nx\n", "x\n"),
    ],
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
