"""A small checklist in each of the formats, with something of everything that the format has."""

from apps.imports.formats import Kind
from tests.imports.formats.markup_samples import ASCIIDOC, ASCIIDOC_MARKDOWN, RESTRUCTURED, RESTRUCTURED_MARKDOWN

HTML = """\
<!doctype html>
<html><head><title>T</title><style>p {}</style></head>
<body>
<h1>Release <em>go</em></h1>
<p>Some *text* with &lt;b&gt; and <b>bold</b>
 and <a href="https://x.y/a_b">link</a>!<a href="/q">rel</a></p>
<h2>Before</h2>
<ul class="contains-task-list">
<li class="task-list-item"><input type="checkbox" checked> <p>First <code>a`b *c*</code></p>
 <p>More words</p>
 <pre><code class="language-bash">$ ls -l
  foo &lt;x&gt;
</code></pre>
 <ul><li><input type=checkbox> Sub
  <li>Sub 2</ul>
</li>
<li class="task-list-item"><input type="checkbox"> Second<br>line two
</ul>
<ol start=3><li>one<li><pre>curl http://x</pre><li># no heading</ol>
<table><thead><tr><th>Check</th><th>Owner</th><th>Done</th></tr></thead>
<tbody><tr><td rowspan=2>Log | ging</td><td>Ops<br>SRE</td><td><input type=checkbox></td></tr>
<tr><td><ul><li>a<li>b</ul></td><td>later</td></tr></table>
Name: <input type=text> <script>alert(1)</script>
</body></html>
"""
HTML_MARKDOWN = """\
# Release _go_

Some \\*text\\* with \\<b> and **bold** and [link](https://x.y/a_b)\\![rel](/q)

## Before

- [x] First ``a`b *c*``

  More words

  ```bash
  $ ls -l
    foo <x>
  ```
  - [ ] Sub
  - Sub 2
- [ ] Second

  line two
3. one
4. `curl http://x`
5. \\# no heading

| Check | Owner | Done |
|---|---|---|
| Log \\| ging | Ops<br>SRE | [ ] |
|  | • a<br>• b | later |

Name: ____
"""
CONFLUENCE = """\
<h1>Go live</h1><ac:structured-macro ac:name="info"><ac:parameter ac:name="title">Heads up</ac:parameter>\
<ac:rich-text-body><p>Read <ac:link><ri:page ri:content-title="The run book"/></ac:link> and <ac:link>\
<ri:page ri:content-title="X"/><ac:plain-text-link-body><![CDATA[this <one>]]></ac:plain-text-link-body></ac:link>.</p>\
</ac:rich-text-body></ac:structured-macro>
<ac:task-list>
<ac:task><ac:task-id>1</ac:task-id><ac:task-status>incomplete</ac:task-status>\
<ac:task-body><span class="placeholder">Tell <strong>ops</strong>&nbsp;now</span></ac:task-body></ac:task>
<ac:task>
<ac:task-id>2</ac:task-id>
<ac:task-status>complete</ac:task-status>
<ac:task-body>Done <ac:emoticon ac:name="tick"/> <time datetime="2024-02-03" />
<ac:task-list><ac:task><ac:task-status>incomplete</ac:task-status><ac:task-body>sub</ac:task-body></ac:task>\
</ac:task-list></ac:task-body>
</ac:task>
</ac:task-list>
<ac:structured-macro ac:name="code"><ac:parameter ac:name="language">bash</ac:parameter><ac:plain-text-body>\
<![CDATA[ls -l | grep "a<b>"
echo]]></ac:plain-text-body></ac:structured-macro>
<p><ac:structured-macro ac:name="status"><ac:parameter ac:name="colour">Green</ac:parameter>\
<ac:parameter ac:name="title">OK</ac:parameter></ac:structured-macro> fine</p>
"""
CONFLUENCE_MARKDOWN = """\
# Go live

**Heads up**

Read The run book and this \\<one>.

- [ ] Tell **ops** now
- [x] Done ✅ 2024-02-03
  - [ ] sub

```bash
ls -l | grep "a<b>"
echo
```

OK fine
"""
JIRA = """\
h1. Go live
h2. Before
* (/) Done *bold* thing {{code *x*}}
** (x) not done [link|http://x.y]
# one
## sub [http://a.b]

Text with {color:red}red{color} \\\\ next, [~anna]
{code:title=Go.sh|language=bash}
ls | grep
{code}
||Check||Owner||
|Do [a|http://b]|me
two|
|x|(/)|
{panel:title=Heads up}
inside -del- _em_
{panel}
----
[] open box
!img.png|thumbnail! {noformat}a *b*{noformat} tail
"""
JIRA_MARKDOWN = """\
# Go live

## Before

- [x] Done **bold** thing `code *x*`
  - [ ] not done [link](http://x.y)
1. one
   1. sub http://a.b

Text with red

next, @anna

**Go.sh**

```bash
ls | grep
```

| Check | Owner |
|---|---|
| Do [a](http://b) | me<br>two |
| x | ✅ |

**Heads up**

inside ~~del~~ _em_

---

- [ ] open box

  img.png

  ```
  a *b*
  ```

  tail
"""
ISSUE_FORM = """\
name: Release
description: How we *release*
title: "[R]: "
body:
  - type: markdown
    attributes:
      value: |
        ## Hello
        Text
  - type: input
    id: v
    attributes:
      label: Version
      description: which
  - type: checkboxes
    attributes:
      label: Checks
      description: all
      options:
        - label: First `x`
          required: true
        - label: "[x] second"
  - type: dropdown
    attributes:
      label: Env
      options:
        - prod
        - test
  - type: textarea
    attributes:
      label: Log
      render: shell
      value: "ls"
  - type: textarea
    attributes:
      label: Steps
      value: |
        - [ ] one
        - [ ] two
"""
ISSUE_FORM_MARKDOWN = """\
# Release

How we *release*

## Hello
Text

Version: ____

which

## Checks

all

- [ ] First `x`
- [x] second

Env: ☐ prod ☐ test

## Log

```shell
ls
```

## Steps

- [ ] one
- [ ] two
"""
CSV = 'Check;Owner;Done\n"a\nb";"x ""q"" y";FALSE\nsee *x*;# h;TRUE\n'
CSV_MARKDOWN = """\
| Check | Owner | Done |
|---|---|---|
| a<br>b | x "q" y | [ ] |
| see \\*x\\* | # h | [x] |
"""
SPREADSHEET = 'Check\tOwner\n"a\nb"\tme\n"Freeze" the code\tyou\n'
SPREADSHEET_MARKDOWN = """\
| Check | Owner |
|---|---|
| a<br>b | me |
| "Freeze" the code | you |
"""
WORD = (
    "Release\n\n•\tFirst *thing*\no\tinner\n▪\tdeeper\n•\tSecond\n1.\tone\na.\tinner\n2.\ttwo\n☐\tbox\n☒ ticked\n\n"
    "Who\tWhen\nme\tnow\n"
)
WORD_MARKDOWN = """\
Release

- First \\*thing\\*
    - inner
        - deeper
- Second
    1. one
        - inner
    2. two
- [ ] box
- [x] ticked

| Who | When |
|---|---|
| me | now |
"""
NUMBERED = "Release\n\n(1) Stop *all*\n(2) Go\n    ① inner\n3 - third\n4: # fourth\nV. fifth\nwords\n"
NUMBERED_MARKDOWN = """\
Release

1. Stop \\*all\\*
2. Go
    1. inner
3. third
4. \\# fourth
5. fifth
words
"""
ALL = {
    Kind.HTML: HTML, Kind.CONFLUENCE: CONFLUENCE, Kind.JIRA: JIRA, Kind.ISSUE_FORM: ISSUE_FORM,
    Kind.RESTRUCTURED: RESTRUCTURED, Kind.ASCIIDOC: ASCIIDOC, Kind.CSV: CSV, Kind.SPREADSHEET: SPREADSHEET,
    Kind.WORD: WORD, Kind.NUMBERED: NUMBERED,
}  # fmt: skip
AS_MARKDOWN = {
    Kind.HTML: HTML_MARKDOWN, Kind.CONFLUENCE: CONFLUENCE_MARKDOWN, Kind.JIRA: JIRA_MARKDOWN,
    Kind.ISSUE_FORM: ISSUE_FORM_MARKDOWN, Kind.RESTRUCTURED: RESTRUCTURED_MARKDOWN, Kind.ASCIIDOC: ASCIIDOC_MARKDOWN,
    Kind.CSV: CSV_MARKDOWN, Kind.SPREADSHEET: SPREADSHEET_MARKDOWN, Kind.WORD: WORD_MARKDOWN,
    Kind.NUMBERED: NUMBERED_MARKDOWN,
}  # fmt: skip
# What the formats are made of: to be put together, and repeated, without sense.
PIECES = [
    "<ul>", "<li>", "</li>", "<input type=checkbox>", "<table>", "<tr>", "<td>", "</table>", "<pre>", "<code>", "<b>",
    "<a href=x>", "<td rowspan=99999999>", "<", "<!--", "-->", "&lt;", "&amp;", "&", "<ac:task>", "<ac:task-status>",
    "<ac:parameter ac:name='title'>", "<![CDATA[", "]]>", "h1. ", "||", "|", "|a\n", "{code}", "{code", "{color:",
    "{{a",
    "}}", "(/) ", "(/", "[a|b]", "!a.png|", "* ", "** ", "# ", "## ", "- [ ] ", "- - ", "  - a\n", ".. x::\n", "::\n",
    "  ", "===", "a\n===\n", "---", "~~~~\n", "+--+--+\n", "+--", "=== ", "=== ===\n", ":a: b\n", ":a:`", "``a",
    "`a ", "a_ ",
    "_a ", "*a ", "**", "body:\n- type: checkboxes\n", "  attributes:\n", "    options:\n", "[source,a]\n", "|===\n",
    "----\n", ". ", "+\n", "NOTE: ", "a::", "<<", "image:a[", ";", ",", '"', '"",', "\t", "•\t", "1. ", "(1) a\n",
    "https://a",
    "[a](", "[a", "]", "[ ]", "____", "\n", "\n", "\n\n", "word", "é", "\r", "\u2028", "\x00", "\\",
]  # fmt: skip
