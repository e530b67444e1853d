"""Puts the parts together: one walk over the roles, each landing where its line stands."""

import re
from dataclasses import dataclass, field

from . import inline, plan, sheet, tables
from .blocks import dedented
from .document import Code, Fate, Field, Item, Line, Link, Section, Template
from .outline import SHARED_LEVEL, TEMPLATE_LEVEL
from .plan import Facts, Role


@dataclass(slots=True)
class _Part:
    """What a template, a section or an item gathers while it is read."""

    title: str
    line: int
    depth: int = 0
    parent: str = ""
    critical: bool = False
    name: str = ""  # how the preview calls it
    said: list[tuple[int, str, int]] = field(default_factory=list)  # line, text, how many lines of the source
    code: list[Code] = field(default_factory=list)
    fill_ins: list[Field] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)

    def guidance(self) -> str:
        """The gathered lines, a blank one where the source had one."""
        out: list[str] = []
        last = 0
        for line, text, height in self.said:
            if out and line > last + 1:
                out.append("")
            out.append(text)
            last = line + height - 1
        return "\n".join(out)


@dataclass(slots=True)
class _ItemPart(_Part):
    number: int = 0
    source: str = ""
    detail: str = ""
    keys: int = 2
    indent: int = 0
    last_line: int = 0
    cut: int = -1  # indent of the first line under it, taken off all of them
    is_row: bool = False

    def finished(self) -> Item:
        title, detail = (self.title, self.detail) if self.is_row else inline.title_and_detail(self.source)
        is_marked = self.last_line > self.line and title != self.source
        if not detail and (self.links or is_marked or inline.says_more(self.source)):
            detail = self.source  # a title shows a link's words; its address stays in the text
        if self.is_row:
            title, detail = inline.shortened(title, title + "\n\n" + detail if detail else title, detail)
        guidance = self.guidance()
        text = "\n\n".join(part for part in (detail, guidance) if part)
        return Item(
            title, text, self.line, self.critical, self.keys, self.depth, tuple(self.code), tuple(self.fill_ins),
            tuple(self.links), inline.paths(f"{self.source}\n{self.detail}"),
        )  # fmt: skip


@dataclass(slots=True)
class _SectionPart(_Part):
    items: list[_ItemPart] = field(default_factory=list)
    level: int = 0

    def finished(self) -> Section:
        items = tuple(item.finished() for item in self.items)
        return Section(
            self.title, self.line, self.depth, self.parent, self.guidance(), items,
            tuple(self.code), tuple(self.fill_ins), tuple(self.links),
        )  # fmt: skip


@dataclass(slots=True)
class _TemplatePart(_Part):
    sections: list[_SectionPart] = field(default_factory=list)
    sign_off: list[Field] = field(default_factory=list)
    items: int = 0


class Assembly:
    """One walk over the roles of a document."""

    def __init__(self, title: str, facts: Facts, *, is_collection: bool) -> None:
        self.facts = facts
        self.shared = _TemplatePart(title, 1, name="on every template" if is_collection else "on the template")
        self.templates: list[_TemplatePart] = []
        self.template = self.shared
        self.sections: list[_SectionPart] = []  # open headings, outermost first
        self.section: _SectionPart | None = None
        self.items: list[_ItemPart] = []  # open list items, outermost first
        self.lines: list[Line] = []

    def read(self, roles: list[Role]) -> tuple[tuple[Template, ...], tuple[Line, ...]]:
        """The templates and the fate of every line that is not blank."""
        for role in roles:
            owner, number = self._place(role)
            self._note(role, owner, number)
        return tuple(self._finished()), tuple(self.lines)

    def _place(self, role: Role) -> tuple[str, int]:
        block = role.block
        outdented = block.indent == 0 and not block.is_list and block.kind != "noise" and not self.facts.stepwise
        if outdented and not self._continues(role) and not _is_attached(role):
            self.items = []
        match role.fate:
            case Fate.TITLE:
                return self._title(role), 0
            case Fate.SECTION:
                return self._open(role), 0
            case Fate.ITEM:
                return self._item(role)
            case Fate.NOT_UNDERSTOOD | Fate.LEFT_OUT:
                return "", 0
            case Fate.SIGN_OFF:
                return self._sign(role)
            case Fate.CODE | Fate.COMMAND:
                return self._code(role)
        return self._say(role)

    # Headings

    def _title(self, role: Role) -> str:
        self.section, self.sections, self.items = None, [], []
        if role.level != TEMPLATE_LEVEL:
            if self.shared.line == 1 and not self.templates:
                self.shared.title, self.shared.line = role.title, role.block.line
                _keep_links(self.shared, role)
            return ""
        self.template = _TemplatePart(plan.without_number(role.title), role.block.line, name="on the template")
        self.templates.append(self.template)
        _keep_links(self.template, role)
        return f"template {len(self.templates)}"

    def _open(self, role: Role) -> str:
        while self.sections and self.sections[-1].level >= role.level:
            self.sections.pop()
        parent = self.sections[-1] if self.sections else None
        section = self._section(role.title, role.block.line, parent)
        section.level = role.level
        _keep_links(section, role)
        self.sections.append(section)
        return f"in {parent.title}" if parent else ""

    def _section(self, title: str, line: int, parent: _SectionPart | None = None) -> _SectionPart:
        section = _SectionPart(
            title[:500], line, depth=parent.depth + 1 if parent else 1, parent=parent.title if parent else "",
            critical=inline.heading_says_critical(title) or bool(parent and parent.critical), name=f"in {title[:80]}",
        )  # fmt: skip
        self.template.sections.append(section)
        self.section, self.items = section, []
        return section

    # Items

    def _item(self, role: Role) -> tuple[str, int]:
        block = role.block
        section = self.section or self._section(self.template.title, block.line)
        while self.items and self.items[-1].indent >= block.indent:
            self.items.pop()
        item = _ItemPart("", block.line, source=block.text, indent=block.indent, last_line=block.line)
        item.depth = len(self.items)
        if block.row is not None:
            item.is_row, item.source = True, block.text
            item.title, item.detail = tables.as_item(block.row, role.header)
        self.template.items += 1
        item.number = self.template.items
        item.name = f"on item {item.number}"
        item.critical = section.critical or inline.says_critical(block.text)
        if role.choice and role.choice.critical is not None:
            item.critical = role.choice.critical
        chosen = role.choice.keys if role.choice and role.choice.keys else 2
        item.keys = max(chosen, 2) if item.critical else chosen
        item.fill_ins.extend(inline.fields(block.text, block.line))
        item.links.extend(inline.links(block.text, block.line))
        section.items.append(item)
        if block.row is None:
            self.items.append(item)
        return f"item {item.number}", item.number

    def _continues(self, role: Role) -> bool:
        """True for a line that goes on with the sentence of the item above it."""
        block = role.block
        item = self.items[-1] if self.items else None
        return (
            item is not None and not item.is_row and block.kind == "text" and role.fate in (Fate.GUIDANCE, Fate.LINK)
            and not role.is_chosen and block.line == item.last_line + 1 and len(item.source) < 5000
            and block.lines[0].lstrip()[:1].islower() and not item.source.endswith((".", ":", "!", "?"))
        )  # fmt: skip

    # What stands on them

    def _holder(self, role: Role) -> _Part:
        """The item the line is indented under, else the section, else the template."""
        loose = not self.facts.stepwise and not _is_attached(role)
        while loose and self.items and self.items[-1].indent >= role.block.indent:
            self.items.pop()
        if self.items:
            return self.items[-1]
        return self.section or self.template

    def _say(self, role: Role) -> tuple[str, int]:
        block = role.block
        if role.level != 0:  # a heading that became guidance: what follows it stands with it, on the template
            return self._say_heading(role)
        if self._continues(role):
            item = self.items[-1]
            item.source, item.last_line = f"{item.source} {block.text}", block.line
            item.links.extend(inline.links(block.text, block.line))
            item.fill_ins.extend(inline.fields(block.text, block.line))
            return item.name, item.number
        holder = self._holder(role)
        cut = 0
        if isinstance(holder, _ItemPart):
            cut = holder.cut = block.indent if holder.cut < 0 else holder.cut
        for offset, line in enumerate(block.lines):
            if line.strip():
                holder.said.append((block.line + offset, self._shown(line, cut, block.before_blank), 1))
        holder.links.extend(inline.links(block.text, block.line))
        if role.fate is Fate.FILL_IN:
            blanks = inline.fields(block.text, block.line)
            holder.fill_ins.extend(blanks or (inline.field(inline.plain(block.text).rstrip(": ")[:200], block.line),))
        return holder.name, holder.number if isinstance(holder, _ItemPart) else 0

    def _shown(self, line: str, cut: int, last: bool) -> str:
        """A line of guidance without its holder's indent; pasted lines keep their breaks."""
        head = line[: len(line) - len(line.lstrip())].expandtabs(4)[cut:]
        flows = last or not self.facts.style.bare_headings or line.lstrip().startswith("|")
        return head + line.strip() + ("" if flows else "  ")

    def _say_heading(self, role: Role) -> tuple[str, int]:
        self.items = []
        if role.level == SHARED_LEVEL:
            self.template, self.section, self.sections = self.shared, None, []
            self.shared.said.append((role.block.line, _shown_heading(role), len(role.block.lines)))
            return self.shared.name, 0
        if self.sections and self.sections[-1].level < role.level < plan.LABEL_LEVEL:
            holder: _Part = self.sections[-1]
        else:
            self.section, self.sections, holder = None, [], self.template
        holder.said.append((role.block.line, _shown_heading(role), len(role.block.lines)))
        return holder.name, 0

    def _code(self, role: Role) -> tuple[str, int]:
        block = role.block
        if role.stages:
            return self._flow(role)
        holder = self._holder(role)
        text = block.text if block.kind != "meta" else dedented(block.lines)
        is_command = role.fate is Fate.COMMAND
        holder.code.append(Code(block.language, text, block.line, is_command))
        if not is_command or isinstance(holder, _TemplatePart):  # commands of sections and items stand by themselves
            holder.said.append((block.line, fenced(text, block.language), len(block.lines)))
        return holder.name, holder.number if isinstance(holder, _ItemPart) else 0

    def _flow(self, role: Role) -> tuple[str, int]:
        """A flow chart: its source stays as code on the template, each stage is an empty section."""
        block = role.block
        self.template.code.append(Code("mermaid", block.text, block.line))
        self.template.said.append((block.line, fenced(block.text, "mermaid"), len(block.lines)))
        for title, offset in role.stages:
            self._section(title, block.line + offset)
        self.section, self.sections = None, []
        return f"{len(role.stages)} stages", 0

    def _sign(self, role: Role) -> tuple[str, int]:
        block, fields = role.block, self.template.sign_off
        if block.row is not None:
            said = [inline.plain(cell) for cell in block.row.cells if cell.strip("_ .☐")]
            fields.append(Field(", ".join(said)[:200] or "Signature", block.line))
        elif block.kind == "check" and fields:
            last = fields[-1]
            answer = inline.without_blanks(block.text)
            fields[-1] = Field(last.label, last.line, "choice", (*last.options, inline.plain(answer)))
        else:
            fields.extend(_sheet_fields(role))
        return "on the sign-off sheet", 0

    # The result

    def _note(self, role: Role, owner: str, number: int) -> None:
        block, also = role.block, _also(role)
        stages = {block.line + offset for _title, offset in role.stages}
        for offset, text in enumerate(block.lines):
            line = block.line + offset
            if text.strip():
                fate = Fate.SECTION if line in stages else role.fate
                self.lines.append(Line(line, text, fate, block.line, owner, number, also))

    def _finished(self) -> list[Template]:
        parts = self.templates
        if not parts or self.shared.items:
            parts = [self.shared, *parts]
        return [_template(part, None if part is self.shared else self.shared) for part in parts]


def _keep_links(part: _Part, heading: Role) -> None:
    """A title shows a link's words; its address goes into the guidance."""
    found = inline.links(heading.block.text, heading.block.line)
    part.links.extend(found)
    part.said.extend((heading.block.line, f"[{link.text}]({link.url})", 1) for link in found)


def _is_attached(role: Role) -> bool:
    """True for a fence right under a line, and for what stands between two steps: it belongs to the item above it."""
    return role.under_step or (role.block.kind == "code" and not role.block.after_blank)


def _shown_heading(role: Role) -> str:
    """A heading that became guidance, so that it still reads as one."""
    shown = "\n".join(line.strip() for line in role.block.lines)
    return shown if role.block.kind == "heading" else f"### {shown}"


def fenced(text: str, language: str) -> str:
    """Code as Markdown shows it, in a fence longer than any inside it."""
    sign = "`" * max(3, max((len(run) for run in re.findall("`{3,}", text)), default=0) + 1)
    return f"{sign}{language}\n{text}\n{sign}"


def _sheet_fields(role: Role) -> tuple[Field, ...]:
    block = role.block
    blanks = inline.fields(block.text, block.line, hinted=True)
    if blanks:
        return blanks
    answers = sheet.slashed(block.text)
    if answers:
        return (Field(answers[0], block.line, "choice", answers[1]),)
    return (inline.field(inline.plain(block.text).rstrip(": ")[:200] or "Note", block.line),)


def _also(role: Role) -> tuple[str, ...]:
    """What an item's line holds besides."""
    if role.fate is not Fate.ITEM:
        return ()
    text, line = role.block.text, role.block.line
    found = (("fill_in", inline.fields(text, line)), ("link", inline.links(text, line)))
    return tuple(name for name, parts in found if parts)


def _template(part: _TemplatePart, shared: _TemplatePart | None) -> Template:
    """A finished template; what stands outside all checklists of a document goes along with each."""
    before, after = _around(part, shared)
    with_shared = [*(shared.code if shared else ()), *part.code]
    finished = Template(
        part.title[:200], part.line, "\n\n".join(text for text in (before, part.guidance(), after) if text),
        tuple(section.finished() for section in part.sections), tuple(with_shared),
        (*(shared.fill_ins if shared else ()), *part.fill_ins), (*(shared.links if shared else ()), *part.links),
        (*part.sign_off, *(shared.sign_off if shared else ())),
    )  # fmt: skip
    return Template(
        finished.title, finished.line, finished.guidance, finished.sections, finished.code, finished.fill_ins,
        finished.links, finished.sign_off_fields, _variables(finished),
    )  # fmt: skip


def _around(part: _TemplatePart, shared: _TemplatePart | None) -> tuple[str, str]:
    if shared is None:
        return "", ""
    halves = [[said for said in shared.said if (said[0] < part.line) is early] for early in (True, False)]
    before, after = (_Part("", 0, said=half).guidance() for half in halves)
    return before, after


def _variables(template: Template) -> tuple[str, ...]:
    """Names a deployment has to fill: `{{ name }}` anywhere, `<name>` in shell commands."""
    names: dict[str, None] = {}
    for part in template.parts():
        texts = [part.title, part.text if isinstance(part, Item) else part.guidance]
        for text in texts:
            names |= dict.fromkeys([*inline.variables(text), *inline.capitals(text)])
        for code in part.code:
            names |= dict.fromkeys(inline.variables(code.text))
            if code.is_command:
                names |= dict.fromkeys(inline.placeholders(code.text))
    return tuple(sorted(names))
