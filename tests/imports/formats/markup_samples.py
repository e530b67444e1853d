"""Whole documents of reStructuredText and AsciiDoc, and the Markdown that each becomes."""

RESTRUCTURED = """\
=========
Release 1
=========

:Author: Me
:orphan:

Intro with ``code *x*`` and `a link <http://x.y>`_, ref_ and :ref:`lbl <there>`, :func:`foo`.
Wrapped *line* |v| here::

    $ make test
      more

.. _ref: https://example.org/ref
.. |v| replace:: Version
.. comment here
   more

Before
------
- [ ] First **thing** to
  wrap here

  More text

  .. code-block:: bash

     curl x

  * sub one
  * sub two
- Second::

    lit

#. one
#. two

   a) inner

.. note:: Be careful
   with this

.. tab:: Linux

   - in tab

+-----+-------+
| A   | B     |
+=====+=======+
| x   | - y   |
|     | - z   |
+-----+-------+

=====  ======
Col    Other
=====  ======
a      long text
       more
b      x
=====  ======

.. list-table:: Title
   :header-rows: 1

   * - Check
     - Owner
   * - Do it
     - me

.. csv-table::
   :header: a, b

   "1,2", 3

.. [1] foot note
"""
RESTRUCTURED_MARKDOWN = """\
# Release 1

**Author:** Me

Intro with `code *x*` and [a link](http://x.y), [ref](https://example.org/ref) and lbl, `foo`. Wrapped _line_ Version \
here:

```
$ make test
  more
```

## Before

- [ ] First **thing** to wrap here

  More text

  ```bash
  curl x
  ```
  - sub one
  - sub two
- Second:
  ```
  lit
  ```
1. one
2. two
   1. inner

**Note:** Be careful with this

**Linux**

- in tab

| A | B |
|---|---|
| x | - y<br>- z |

| Col | Other |
|---|---|
| a | long text more |
| b | x |

**Title**

| Check | Owner |
|---|---|
| Do it | me |

| a | b |
|---|---|
| 1,2 | 3 |

[1] foot note
"""
ASCIIDOC = """\
= Release *1*
Me <me@x.y>
:ver: 1.2
:toc:

Intro {ver} and https://x.y[label] `code *x*` +
next line <<id,see>> kbd:[Ctrl].

== Before
.A title
* [ ] First thing
wrapped
+
[source,bash]
----
ls | x
----
+
More text.
** [x] sub
*** subsub
* [*] done

NOTE: Be careful
here.

. one
.. inner
. two

Term:: def here

[NOTE]
====
Inside example
====

[cols="1,2",options="header"]
|===
|Check |Owner
|Do it
|me \\| you
a|* x |y
|===

|===
|A |B

|1 |2
|===

 literal

// comment
////
gone
////
include::x.adoc[]
"""
ASCIIDOC_MARKDOWN = """\
# Release **1**

Me \\<me@x.y>

Intro 1.2 and [label](https://x.y) `code *x*`

next line see Ctrl.

## Before

**A title**

- [ ] First thing wrapped
  ```bash
  ls | x
  ```

  More text.
  - [x] sub
    - subsub
- [x] done

**Note:** Be careful here.

1. one
   1. inner
2. two

**Term** def here

Inside example

| Check | Owner |
|---|---|
| Do it | me \\| you |
| * x | y |

| A | B |
|---|---|
| 1 | 2 |

```
literal
```

`include::x.adoc[]`
"""
