"""The marks inside a line of AsciiDoc."""

import re
from collections.abc import Mapping

from apps.imports.formats import inline

_INLINE = re.compile(
    r"\\(?P<escaped>[*_`#+{<\[^~])"
    r"|(?<!\w)`\+(?P<plain>[^`\n]{1,500}?)\+`(?!\w)"
    r"|``(?P<mono2>[^`\n]{1,500})``"
    r"|(?<![\w`])`(?=[^\s`])(?P<mono>[^`\n]{1,500})(?<=\S)`(?![\w`])"
    r"|(?:kbd|btn):\[(?P<key>[^\[\]\n]{1,100})\]"
    r"|menu:(?P<menu>[^\[\]\n]{1,100})\[(?P<entry>[^\[\]\n]{0,200})\]"
    r"|footnote:\w{0,40}\[(?P<note>[^\[\]\n]{1,500})\]"
    r"|pass:\w{0,10}\[(?P<passed>[^\[\]\n]{1,500})\]"
    r"|image:(?P<image>[^\s\[\]:]{1,500})\[(?P<alt>[^\[\]\n]{0,300})\]"
    r"|(?:link:|(?=https?://|mailto:))(?P<url>[^\s\[\]<>]{1,2000})\[(?P<label>(?:[^\[\]\n]|\[[^\[\]\n]{0,50}\]){0,500})\^?\]"
    r"|(?P<bare>https?://[^\s<>\[\]\"`]{1,2000})"
    r"|xref:(?P<xref>[^\s\[\]]{1,300})\[(?P<xlabel>[^\[\]\n]{0,500})\]"
    r"|<<(?P<to>[^<>,\n]{1,200})(?:,(?P<tolabel>[^<>\n]{1,300}))?>>"
    r"|\*\*(?=\S)(?P<strong2>[^*\n]{1,500})\*\*"
    r"|(?<![\w*])\*(?=[^\s*])(?P<strong>[^*\n]{1,500})(?<=\S)\*(?![\w*])"
    r"|__(?=[^\s_])(?P<em2>[^_\n]{1,500})__(?!_)"
    r"|(?<![\w_])_(?=[^\s_])(?P<em>[^_\n]{1,500})(?<=\S)_(?![\w_])"
    r"|(?<![\w#])(?:\[[^\[\]\n]{1,60}\])?#(?=[^\s#])(?P<highlighted>[^#\n]{1,500})(?<=\S)#(?![\w#])"
    r"|\[\[[^\[\]\n]{1,200}\]\]"
    r"|(?<!\{)\{(?P<name>\w[\w-]{0,60})\}(?!\})"
)
_BUILT_IN = {
    "nbsp": " ",
    "empty": "",
    "blank": "",
    "sp": " ",
    "plus": "+",
    "vbar": "|",
    "zwsp": "",
    "amp": "&",
    "lt": "<",
    "gt": ">",
}


def words(text: str, attributes: Mapping[str, str]) -> str:
    """The marks inside a line as those of Markdown."""

    def render(found: re.Match[str]) -> str:
        groups = found.groupdict()
        if code := groups["plain"] or groups["mono2"] or groups["mono"]:
            return inline.code(code.removeprefix("+").removesuffix("+"))
        if strong := groups["strong2"] or groups["strong"]:
            return inline.marked(words(strong, attributes), "**")
        if emphasis := groups["em2"] or groups["em"]:
            return inline.marked(words(emphasis, attributes), "_")
        if groups["url"]:
            return _link(groups["url"], groups["label"].split(",")[0], attributes)
        if groups["escaped"]:
            return inline.sign(groups["escaped"])
        if groups["name"]:
            return _attribute(groups["name"], attributes)
        if inner := groups["tolabel"] or groups["xlabel"] or groups["to"] or groups["xref"] or groups["highlighted"]:
            return words(inner, attributes)
        return groups["bare"] or inline.literal(_shown(groups))

    return inline.rendered(text, _INLINE, render)


def _shown(groups: dict[str, str | None]) -> str:
    """The words of a macro that have no marks of their own."""
    if groups["menu"]:
        return " › ".join(part for part in (groups["menu"], groups["entry"]) if part)
    note = f"({groups['note']})" if groups["note"] else ""
    return note or groups["key"] or groups["passed"] or groups["alt"] or ""


def _link(url: str, label: str, attributes: Mapping[str, str]) -> str:
    label = label.strip('"').removesuffix("^")
    return inline.link(words(label, attributes), url) if label else url


def _attribute(name: str, attributes: Mapping[str, str]) -> str:
    value = attributes.get(name.lower(), _BUILT_IN.get(name.lower()))
    return inline.literal(f"{{{name}}}" if value is None else value)
