"""Small texts of each markup language, one for each rule, and the Markdown they become."""

from apps.imports.formats import Kind

MARKUP = {
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
}  # fmt: skip
