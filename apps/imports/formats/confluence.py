"""Pages of Confluence as it stores them: XHTML with tasks, macros and links of its own."""

import html
import re
from collections.abc import Callable

from . import blocks, inline, web
from .blocks import Block
from .web import Attributes

_OPENING, _CLOSING = "<![CDATA[", "]]>"
_EMPTY = re.compile(r"<((?:ac|ri):[\w-]+|time)([^<>]*)/>")  # HTML does not know `<ri:page/>` to be closed
_EMOTICONS = {"tick": "✅", "cross": "❌", "warning": "⚠️", "information": "ℹ️", "plus": "➕", "minus": "➖"}
_HIDDEN = frozenset({"ac:task-id", "ac:task-uuid", "ac:placeholder"})


def to_blocks(text: str) -> list[Block]:
    """What Confluence would show of it, block by block."""
    return web.collected(Page(), _EMPTY.sub(r"<\1\2></\1>", _without_sections(text)))


def _without_sections(text: str) -> str:
    """CDATA sections as plain escaped text; one that never ends is left as it is."""
    parts, at = [], 0
    while (start := text.find(_OPENING, at)) >= 0 and (end := text.find(_CLOSING, start)) >= 0:
        parts += [text[at:start], html.escape(text[start + len(_OPENING) : end], quote=False)]
        at = end + len(_CLOSING)
    return "".join((*parts, text[at:]))


class Page(web.Reader):
    """Reads Confluence's own tags beside those of HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.macros: list[str] = []
        self.parameter = ""
        self.target = ""  # what a link leads to, for a link without words

    def start(self, tag: str, attributes: Attributes) -> None:
        """A tag opens."""
        act = None if self.skipped else self._starts().get(tag)
        if tag in _HIDDEN and not self.skipped:
            self.skipped += 1
        elif act is None:
            super().start(tag, attributes)
        else:
            self._take_words()
            self.line = int(attributes.get(web.LINE) or self.line)
            act(attributes)

    def end(self, tag: str) -> None:
        """A tag closes."""
        act = None if self.skipped else self._ends().get(tag)
        if act is None:
            super().end(tag)
        else:
            self._take_words()
            act()

    def _starts(self) -> dict[str, Callable[[Attributes], None]]:
        return {
            "ac:task-list": self._open_list, "ac:task": self._open_task, "ac:task-status": self._open_status,
            "ac:structured-macro": self._open_macro, "ac:parameter": self._open_parameter,
            "ac:plain-text-body": self._open_body, "ac:rich-text-body": self._block_edge, "ac:link": self._open_link,
            "ac:layout-cell": self._block_edge, "ri:page": self._links_to, "ri:attachment": self._links_to,
            "ac:emoticon": self._emoticon, "time": self._time,
        }  # fmt: skip

    def _ends(self) -> dict[str, Callable[[], None]]:
        return {
            "ac:task-list": self._close_list, "ac:task": self._close_task, "ac:task-status": self._close_status,
            "ac:structured-macro": self._close_macro, "ac:parameter": self._close_parameter,
            "ac:plain-text-body": self._close_body, "ac:rich-text-body": self._block_edge, "ac:link": self._close_link,
            "ac:layout-cell": self._block_edge,
        }  # fmt: skip

    def _block_edge(self, attributes: Attributes | None = None) -> None:
        self._flush()

    # Tasks

    def _open_list(self, attributes: Attributes) -> None:
        self._flush()
        self._open_block("ul", attributes)

    def _close_list(self) -> None:
        self._close_block("ul")

    def _open_task(self, attributes: Attributes) -> None:
        self._flush()
        self._open_block("li", {"data-checked": "false"})

    def _close_task(self) -> None:
        self._close_block("li")

    def _open_status(self, attributes: Attributes) -> None:
        self.code = []

    def _close_status(self) -> None:
        status, self.code = "".join(self.code or ()).strip(), None
        self.box = "x" if status == "complete" else " "

    # Macros

    def _open_macro(self, attributes: Attributes) -> None:
        self.macros.append(attributes.get("ac:name", ""))
        if self.macros[-1] not in ("status", "jira", "anchor"):
            self._flush()

    def _close_macro(self) -> None:
        self.macros = self.macros[:-1]

    def _open_parameter(self, attributes: Attributes) -> None:
        self.parameter, self.code = attributes.get("ac:name", ""), []

    def _close_parameter(self) -> None:
        """Of a macro's parameters people see the title, and the key of an issue; the language is that of its code."""
        value, self.code = "".join(self.code or ()).strip(), None
        if self.parameter == "language":
            self.language = value.lower() if re.fullmatch(r"[\w+#-]{1,20}", value) else ""
        elif self.parameter in ("title", "key") and value:
            if self.macros[-1:] in (["status"], ["jira"]):
                self.words.append(inline.literal(value))
            else:
                self.first = self.line
                self.blocks.append(
                    blocks.text(inline.marked(inline.literal(value), "**"), self.line, depth=len(self.lists))
                )

    def _open_body(self, attributes: Attributes) -> None:
        self._open_block("pre", attributes)

    def _close_body(self) -> None:
        self._close_block("pre")

    # Links and signs

    def _open_link(self, attributes: Attributes) -> None:
        self.target = ""
        self.words.append("")

    def _links_to(self, attributes: Attributes) -> None:
        self.target = attributes.get("ri:content-title") or attributes.get("ri:filename", "")

    def _close_link(self) -> None:
        if self.words[-1:] == [""]:
            self.words.append(inline.literal(self.target))

    def _emoticon(self, attributes: Attributes) -> None:
        sign = attributes.get("ac:emoji-fallback", "")
        self.words.append(_EMOTICONS.get(attributes.get("ac:name", ""), inline.literal(sign)))

    def _time(self, attributes: Attributes) -> None:
        self.words.append(inline.literal(attributes.get("datetime", "")))
