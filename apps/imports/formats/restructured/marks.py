"""The marks inside a line of reStructuredText."""

import re
from dataclasses import dataclass, field

from apps.imports.formats import inline

_TARGET = re.compile(r"\s*\.\.[ \t]+_(`[^`]{1,300}`|[^:\n]{1,300}):[ \t]+(\S{1,2000})$")
_ANONYMOUS = re.compile(r"\s*(?:\.\.[ \t]+)?__:?[ \t]+(\S{1,2000})$")
_REPLACED = re.compile(r"\s*\.\.[ \t]+\|([^|\n]{1,100})\|[ \t]+(?:replace|unicode)::[ \t]+(.{1,1000})$")
_CODE_ROLES = re.compile(
    r"(?:[\w+.-]{1,30}:)?(?:code|kbd|command|file|samp|program|option|envvar|func|meth|class|mod|attr|data|obj|exc|const|literal)"
)
_INLINE = re.compile(
    r"``(?P<code>(?! )[^\n]{1,500}?)``(?!`)"
    r"|\\(?P<escaped>\S)|(?P<joined>\\ )"
    r"|:(?P<role>[A-Za-z][\w:.+-]{0,60}):`(?P<inner>[^`]{1,500})`"
    r"|`(?P<label>[^`<>]{0,300}?)\s{0,5}<(?P<url>[^<>`\s]{1,2000})>`_{1,2}"
    r"|`(?P<ref>[^`]{1,500})`(?P<anonymous>__)?_?"
    r"|\*\*(?=\S)(?P<strong>[^*\n]{1,500})(?<=\S)\*\*"
    r"|(?<![\w*])\*(?=[^\s*])(?P<em>[^*\n]{1,500})(?<=\S)\*(?![\w*])"
    r"|(?<![\w|])\|(?=\S)(?P<name>[^|\n]{1,100})(?<=\S)\|_{0,2}"
    r"|\[(?P<note>#[\w.-]{0,40}|[\w.-]{1,40}|\*)\]_(?!\w)"
    r"|(?<![\w_`])(?P<word>[A-Za-z0-9](?:[\w.+-]{0,60}[A-Za-z0-9])?)__?(?![\w_`])"
)


@dataclass(slots=True)
class Names:
    """What the text defines anywhere: addresses by name, and words that stand for others."""

    targets: dict[str, str] = field(default_factory=dict)
    anonymous: list[str] = field(default_factory=list)  # addresses that words lead to in their order, the last first
    replaced: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, lines: list[str]) -> "Names":
        """All definitions of a text."""
        names = cls()
        for line in lines:
            if ".. " not in line and "__" not in line:
                continue
            if anonymous := _ANONYMOUS.match(line):
                names.anonymous.append(anonymous[1])
            elif target := _TARGET.match(line):
                names.targets.setdefault(_folded(target[1]), target[2])
            elif replaced := _REPLACED.match(line):
                names.replaced.setdefault(replaced[1], replaced[2])
        names.anonymous.reverse()
        return names


def _folded(name: str) -> str:
    return " ".join(name.strip("`").lower().split())


def words(text: str, names: Names) -> str:
    """The marks inside a line as those of Markdown."""

    def render(found: re.Match[str]) -> str:
        if found["code"]:
            return inline.code(found["code"])
        if found["escaped"] or found["joined"]:
            return inline.sign(found["escaped"] or "")
        if found["role"]:
            return _role(found["role"], found["inner"])
        if found["url"]:
            return inline.link(
                inline.literal(found["label"]), names.targets.get(_folded(found["url"][:-1]), found["url"])
            )
        for name, mark in (("strong", "**"), ("em", "_")):
            if found[name]:
                return inline.marked(inline.literal(found[name]), mark)
        if found["note"]:
            return f"[{inline.literal(found['note'])}]"
        return _reference(found, names)

    return inline.rendered(text, _INLINE, render)


def _role(role: str, label: str) -> str:
    """The words of a role; where it names what it leads to as well, the words alone."""
    titled = re.match(r"(.{1,300}?)\s{0,5}<[^<>]{1,300}>$", label)
    label = titled[1] if titled else label.removeprefix("~").removeprefix("!")
    return inline.code(label) if _CODE_ROLES.fullmatch(role) else inline.literal(label)


def _reference(found: re.Match[str], names: Names) -> str:
    if found["name"]:
        replaced = names.replaced.get(found["name"])
        return inline.literal(found[0] if replaced is None else replaced)
    label = found["ref"] or found["word"]
    url = names.targets.get(_folded(label), "")
    if found["anonymous"] and names.anonymous:
        url = names.anonymous.pop()
    if found["word"] and not url:
        return inline.literal(found[0])
    return inline.link(inline.literal(label), url)
