"""Puts the parts together: one walk over the roles, each placed where its line stands."""

import re
from dataclasses import replace

from apps.checklists.rules.parameters import text_of
from apps.checklists.rules.variables import Variable

from . import blanks, continuation, inline, rows, sheet, spans
from .builders import Builder, ItemBuilder, SectionBuilder, TemplateBuilder, as_markdown
from .code import is_shell, session
from .document import Code, Field, LineType, ParsedItem, ParsedTemplate, SourceLine
from .headings import without_number
from .labels import LABEL_LEVEL
from .outline import SHARED_LEVEL, TEMPLATE_LEVEL
from .references import References
from .roles import BlockRole, DocumentFacts


class Assembly:
    """One walk over the roles of a document."""

    def __init__(
        self, title: str, facts: DocumentFacts, source: list[str], references: References, *, is_collection: bool
    ) -> None:
        self.facts, self.source, self.references = facts, source, references
        # What stands above or between the checklists of a collection belongs to each of them.
        self.shared = TemplateBuilder(title, 1, name="on every template" if is_collection else "on the template")
        self.templates: list[TemplateBuilder] = []
        self.template = self.shared
        self.sections: list[SectionBuilder] = []  # open headings, outermost first
        self.section: SectionBuilder | None = None
        self.untitled: SectionBuilder | None = None  # for items under no heading
        self.items: list[ItemBuilder] = []  # open list items, outermost first
        self.lines: list[SourceLine] = []

    def read(self, roles: list[BlockRole]) -> tuple[tuple[ParsedTemplate, ...], tuple[SourceLine, ...]]:
        """The templates, and every line that is not blank with its type."""
        for role in roles:
            owner, number = self._place(role)
            self._add_lines(role, owner, number)
            if number and self.items and self.items[-1].number == number:
                self.items[-1].end_line = role.block.line + len(role.block.lines) - 1
        return tuple(self._finished()), tuple(self.lines)

    def _place(self, role: BlockRole) -> tuple[str, int]:
        block = role.block
        outdented = block.indent == 0 and not block.is_list and block.kind != "noise" and not self.facts.stepwise
        if outdented and not self._continues(role) and not self._is_attached(role):
            self.items = []
        match role.line_type:
            case LineType.TITLE:
                return self._add_title(role), 0
            case LineType.SECTION:
                return self._open_section(role), 0
            case LineType.ITEM:
                return self._add_item(role)
            case LineType.NOT_UNDERSTOOD | LineType.LEFT_OUT | LineType.LAYOUT | LineType.FRONT_MATTER:
                return "", 0
            case LineType.FILL_IN if role.question:
                return self._add_answer(role)
            case LineType.SIGN_OFF:
                return self._add_sign_off_fields(role)
            case LineType.CODE | LineType.COMMAND:
                return self._add_code(role)
        return self._add_guidance(role)

    # Headings

    def _add_title(self, role: BlockRole) -> str:
        self.section, self.sections, self.items = None, [], []
        if role.level != TEMPLATE_LEVEL:
            if self.shared.line == 1 and not self.templates:
                self.shared.title, self.shared.line = role.title, role.block.line
                _add_links(self.shared, role)
            return ""
        self.template = TemplateBuilder(without_number(role.title), role.block.line, name="on the template")
        self.templates.append(self.template)
        _add_links(self.template, role)
        return f"template {len(self.templates)}"

    def _close_sections(self, level: int) -> None:
        while self.sections and self.sections[-1].level >= level:
            self.sections.pop()

    def _open_section(self, role: BlockRole) -> str:
        self._close_sections(role.level)
        parent = self.sections[-1] if self.sections else None
        section = self._add_section(role.title, role.block.line, parent)
        section.level = role.level
        _add_links(section, role)
        self.sections.append(section)
        return f"in {parent.title}" if parent else ""

    def _add_section(self, title: str, line: int, parent: SectionBuilder | None = None) -> SectionBuilder:
        section = SectionBuilder(
            title[:200], line, depth=parent.depth + 1 if parent else 1, parent=parent.title if parent else "",
            critical=inline.heading_says_critical(title) or bool(parent and parent.critical), name=f"in {title[:80]}",
        )  # fmt: skip
        self.template.sections.append(section)
        self.section, self.untitled, self.items = section, None, []
        return section

    # Items

    def _add_item(self, role: BlockRole) -> tuple[str, int]:
        block = role.block
        if block.kind == "heading":  # a step of its own, beside the sections
            self._close_sections(role.level)
            self.section = self.sections[-1] if self.sections else self.untitled
        if self.section is None:
            self.untitled = self._add_section(self.template.title, block.line)
        section = self.section
        assert section
        while self.items and self.items[-1].indent >= block.indent:
            self.items.pop()
        item = ItemBuilder("", block.line, len(self.items), indent=block.indent)
        item.read_line(block, is_paragraph=not role.is_step)
        item.notes += self.references.of(block.text)
        _read_row(item, role)
        self.template.items += 1
        item.number = self.template.items
        item.name = f"on item {item.number}"
        item.critical = section.critical or inline.says_critical(block.text)
        if role.correction and role.correction.critical is not None:
            item.critical = role.correction.critical
        chosen = role.correction.keys if role.correction and role.correction.keys else 2
        item.keys = max(chosen, 2) if item.critical else chosen
        section.items.append(item)
        if block.row is None:
            self.items.append(item)
        return f"item {item.number}", item.number

    def _continues(self, role: BlockRole) -> bool:
        """True for a line that goes on with the sentence of the item above it."""
        block = role.block
        item = self.items[-1] if self.items else None
        return (
            item is not None and block.kind == "text" and not role.is_chosen
            and role.line_type in (LineType.GUIDANCE, LineType.LINK)
            and block.line == item.last_line + 1 and len(item.source) < 5000
            and continuation.joins(item.source, item.last_text, block, pasted=self.facts.style.bare_headings)
        )  # fmt: skip

    def _is_attached(self, role: BlockRole) -> bool:
        """True for what belongs to the item above it unindented: right below it, or between it and the next."""
        block = role.block
        if role.under_step or (block.kind == "code" and not block.after_blank):
            return True
        item = self.items[-1] if self.items else None
        goes_on = item is not None and block.line == item.end_line + 1 and not role.is_chosen
        typed = role.line_type in (LineType.GUIDANCE, LineType.LINK, LineType.FILL_IN)
        return goes_on and typed and continuation.touches(block, pasted=self.facts.style.bare_headings)

    # Guidance, code and sign-off fields

    def _container(self, role: BlockRole) -> Builder:
        """The item the line is indented under, else the section, else the template."""
        loose = not self.facts.stepwise and not self._is_attached(role)
        while loose and self.items and self.items[-1].indent >= role.block.indent:
            self.items.pop()
        if self.items:
            return self.items[-1]
        return self.section or self.template

    def _add_guidance(self, role: BlockRole) -> tuple[str, int]:
        block = role.block
        if role.level != 0:  # a heading that became guidance, and what follows it with it
            return self._add_heading(role)
        if self._continues(role):
            self.items[-1].read_line(block)
            self.items[-1].notes += self.references.of(block.text)
            return self.items[-1].owner()
        container = self._container(role)
        command = spans.only_code(block.text)
        if not role.is_chosen and is_shell(command):
            role.line_type = LineType.COMMAND
            container.code.append(Code("shell", session(command)[0], block.line, is_command=True))
            return container.owner()
        cut = 0
        if isinstance(container, ItemBuilder):
            cut = container.cut = block.indent if container.cut < 0 else container.cut
        asks = blanks.fields(block.text, block.line) if role.line_type is LineType.FILL_IN else ()
        is_field = isinstance(container, ItemBuilder) and asks and not blanks.says_more(block.text, asks)
        for number, line in enumerate(block.lines, block.line):
            if line.strip() and not is_field:
                container.guidance_lines.append((number, self._guidance_line(line, cut, block.before_blank), 1))
        container.links.extend(inline.links(block.text, block.line))
        if role.line_type is LineType.FILL_IN:
            whole = blanks.field(inline.plain(block.text).rstrip(": ")[:200], block.line)
            container.fill_ins.extend(container.asks(asks or (whole,)))
        return container.owner()

    def _guidance_line(self, line: str, cut: int, last: bool) -> str:
        """A line of guidance without the indent of what it belongs to; pasted lines keep their breaks."""
        head = line[: len(line) - len(line.lstrip())].expandtabs(4)[cut:]
        flows = last or not self.facts.style.bare_headings or line.lstrip().startswith("|")
        return head + line.strip() + ("" if flows else "  ")

    def _add_heading(self, role: BlockRole) -> tuple[str, int]:
        self.items = []
        if role.level == SHARED_LEVEL:
            self.template = self.shared
        if self.sections and self.sections[-1].level < role.level < LABEL_LEVEL:
            container: Builder = self.sections[-1]
        else:
            self.section, self.sections, container = None, [], self.template
        container.guidance_lines.append((role.block.line, _heading_markdown(role), len(role.block.lines)))
        return container.owner()

    def _add_code(self, role: BlockRole) -> tuple[str, int]:
        block = role.block
        if role.stages:
            return self._add_flow(role)
        container = self._container(role)
        text = block.text
        is_command = role.line_type is LineType.COMMAND
        container.code.append(Code(block.language, text, block.line, is_command))
        # The commands of sections and items have a place of their own on the page.
        if not is_command or isinstance(container, TemplateBuilder):
            container.guidance_lines.append((block.line, fenced(text, block.language), len(block.lines)))
        if block.output:
            container.code.append(Code("", block.output, block.line))
            container.guidance_lines.append((block.line, fenced(block.output, ""), len(block.lines)))
        return container.owner()

    def _add_flow(self, role: BlockRole) -> tuple[str, int]:
        """A flow chart: its source stays as code on the template, each stage is an empty section."""
        block = role.block
        self.template.code.append(Code("mermaid", block.text, block.line))
        self.template.guidance_lines.append((block.line, fenced(block.text, "mermaid"), len(block.lines)))
        for title, offset in role.stages:
            self._add_section(title, block.line + offset)
        self.section, self.sections = None, []
        return f"{len(role.stages)} stages", 0

    def _add_answer(self, role: BlockRole) -> tuple[str, int]:
        container = self._container(role)
        _add_option(container.fill_ins, role)
        if not isinstance(container, ItemBuilder):  # only items store what they ask
            container.guidance_lines.append((role.block.line, f"- ☐ {role.block.text}", 1))
        return container.owner()

    def _add_sign_off_fields(self, role: BlockRole) -> tuple[str, int]:
        if role.question:
            _add_option(self.template.sign_off, role)
        else:
            self.template.sign_off.extend(sheet.fields(role))
        return "on the sign-off sheet", 0

    # The result

    def _add_lines(self, role: BlockRole, owner: str, number: int) -> None:
        block, also = role.block, _also(role)
        stages = {block.line + offset for _title, offset in role.stages}
        for offset in range(len(block.lines)):
            line = block.line + offset
            text = self.source[line - 1]
            if text.strip():
                line_type = LineType.SECTION if line in stages else role.line_type
                self.lines.append(SourceLine(line, text, line_type, block.line, owner, number, also))

    def _finished(self) -> list[ParsedTemplate]:
        parts = self.templates
        if not parts or self.shared.items:
            parts = [self.shared, *parts]
        return [_template(part, None if part is self.shared else self.shared) for part in parts]


def _read_row(item: ItemBuilder, role: BlockRole) -> None:
    """What an item takes from the cells of its row, where it is one."""
    if (row := role.block.row) is not None:
        item.is_row = True
        item.title, item.detail = rows.as_item(row, role.header, role.column)
        item.code += rows.commands(row, role.header, item.line)
        item.fill_ins += rows.fill_ins(row, role.header, item.line)


def _add_links(part: Builder, heading: BlockRole) -> None:
    """A title shows a link's words; its address goes into the guidance."""
    found = inline.links(heading.block.text, heading.block.line)
    part.links.extend(found)
    part.guidance_lines.extend((heading.block.line, f"[{link.text}]({link.url})", 1) for link in found)


def _heading_markdown(role: BlockRole) -> str:
    """A heading that became guidance, so that it still reads as one."""
    shown = "\n".join(line.strip() for line in role.block.lines)
    return shown if role.block.kind == "heading" else f"### {shown}"


def fenced(text: str, language: str) -> str:
    """Code as Markdown shows it, in a fence longer than any inside it."""
    sign = "`" * max(3, max((len(run) for run in re.findall("`{3,}", text)), default=0) + 1)
    return f"{sign}{language}\n{text}\n{sign}"


def _add_option(fields: list[Field], role: BlockRole) -> None:
    """A box that answers a question is one of its options."""
    question, answer = role.question, inline.plain(blanks.without_blanks(role.block.text))
    assert question
    if fields and fields[-1].line == question.line:
        fields[-1] = replace(fields[-1], kind="choice", options=(*fields[-1].options, answer))
    else:
        fields.append(Field(question.label, question.line, "choice", (answer,)))


def _also(role: BlockRole) -> tuple[str, ...]:
    """What an item's line holds besides."""
    if role.line_type is not LineType.ITEM:
        return ()
    text, line = role.block.text, role.block.line
    found = (("fill_in", blanks.fields(text, line)), ("link", inline.links(text, line)))
    return tuple(name for name, parts in found if parts)


def _template(part: TemplateBuilder, shared: TemplateBuilder | None) -> ParsedTemplate:
    """A finished template; what stands outside all checklists of a document goes along with each."""
    shared = shared or TemplateBuilder("", 0)
    before = as_markdown([line for line in shared.guidance_lines if line[0] < part.line])
    after = as_markdown([line for line in shared.guidance_lines if line[0] >= part.line])
    template = ParsedTemplate(
        part.title[:200], part.line, "\n\n".join(text for text in (before, part.guidance(), after) if text),
        tuple(section.build() for section in part.sections), (*shared.code, *part.code),
        (*shared.fill_ins, *part.fill_ins), (*shared.links, *part.links), (*part.sign_off, *shared.sign_off),
    )  # fmt: skip
    return replace(template, variables=tuple(map(Variable, _variables(template))))


def _variables(template: ParsedTemplate) -> list[str]:
    """Names a deployment has to fill: `{{ name }}` anywhere, `<name>` in shell commands."""
    names: dict[str, None] = {}
    for part in template.parts():
        texts = [part.title, part.text if isinstance(part, ParsedItem) else part.guidance]
        for text in texts:
            names |= dict.fromkeys([*inline.variables(text), *inline.capitals(text)])
        for code in part.code:
            names |= dict.fromkeys(inline.variables(code.text))
            if code.is_command:
                names |= dict.fromkeys(inline.placeholders(code.text))
    return sorted(name for name in names if name == text_of(name))
