"""Edits in the studio equal the same edits in the text: the draft says what the edited text becomes, keys and all.

KEYTURN_TEST_CONTENTS=2000 tries as many random documents as that.
"""

import os
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from apps.checklists.exports.markdown import content_of, exported
from apps.checklists.rules.keys import UniqueKeys
from apps.studio import commands, rules
from tests.cast import again
from tests.studio.drafts import content, draft

pytestmark = pytest.mark.django_db
EXAMPLES = int(os.environ.get("KEYTURN_TEST_CONTENTS", "25"))
ITEM = re.compile(r"( *)- \[ \] \*\*(.*)\*\* <!-- keyturn key=([\w-]+)(.*) -->")
HEADING = re.compile(r"## (.*) <!-- keyturn key=([\w-]+) -->")
WORDS = st.text(st.sampled_from("abc dé1"), min_size=1, max_size=9).map(lambda text: " ".join(f"t{text}".split()))
PLACE = st.integers(0, 99)


class Text:
    """A canonical Markdown text in the hands of somebody with an editor: lines that are cut, pasted and typed over."""

    def __init__(self, text: str) -> None:
        self.head: list[str] = []
        self.sections: list[list[list[str]]] = []  # of each its own lines, then the lines of each item
        for line in text.rstrip("\n").split("\n"):
            if HEADING.fullmatch(line):
                self.sections.append([[line]])
            elif ITEM.fullmatch(line):
                self.sections[-1].append([line])
            else:
                (self.sections[-1][-1] if self.sections else self.head).append(line)

    def __str__(self) -> str:
        lines = [line for section in self.sections for block in section for line in block]
        return "\n".join([*self.head, *lines]) + "\n"

    @property
    def blocks(self) -> list[list[str]]:
        return [block for section in self.sections for block in section[1:]]

    def at(self, block: list[str]) -> tuple[list[list[str]], int]:
        """The section that a block is in, and its place there."""
        return next((section, at) for section in self.sections for at, one in enumerate(section) if one is block)

    def below(self, block: list[str]) -> list[list[str]]:
        """A block and those that are indented deeper below it."""
        section, at = self.at(block)
        end = next((n for n in range(at + 1, len(section)) if depth(section[n]) <= depth(block)), len(section))
        return section[at:end]


def depth(block: list[str]) -> int:
    return len(ITEM.fullmatch(block[0])[1]) // 2


def key(block: list[str]) -> str:
    found = ITEM.fullmatch(block[0]) or HEADING.fullmatch(block[0])
    return found[3] if found.re is ITEM else found[2]


def shift(blocks: list[list[str]], levels: int) -> None:
    """Indent lines, or bring them back."""
    for block in blocks:
        block[:] = ["  " * levels + line if levels > 0 or not line else line[-levels * 2 :] for line in block]


def pick(listed: list[Any], number: int) -> Any:
    return listed[number % len(listed)]


class Editing:
    """The same edit twice: a command on the draft, and lines of the text. Each takes what hypothesis drew."""

    def __init__(self, people: Any, text: str) -> None:
        self.by = again(people.member)
        self.version = draft(people, text=text)
        self.text = Text(exported(content_of(text)))

    def title(self, item: int, _: int, words: str) -> None:
        block = pick(self.text.blocks, item)
        block[0] = re.sub(r"\*\*.*\*\*", f"**{words}**", block[0])
        commands.edit_draft_item(self.version, by=self.by, key=key(block), values={"title": words})

    def keys(self, item: int, number: int, _: str) -> None:
        block, count = pick(self.text.blocks, item), 2 + number % 3
        block[0] = re.sub(r" keys=\d", "", block[0])
        if count != 2:
            block[0] = block[0].replace(" -->", f" keys={count} -->")
        commands.edit_draft_item(self.version, by=self.by, key=key(block), values={"keys": count})

    def critical(self, item: int, _: int, __: str) -> None:
        block = pick(self.text.blocks, item)
        block[0] = re.sub(r" (critical|keys=1\b)", "", block[0]).replace(" -->", " critical -->")
        commands.edit_draft_item(self.version, by=self.by, key=key(block), values={"critical": True})

    def text_of(self, item: int, _: int, words: str) -> None:
        block = pick(self.text.blocks, item)
        block.insert(1, "  " * (depth(block) + 1) + words)
        now = self.version.items.get(key=key(block)).text
        values = {"text": "\n".join(filter(None, [words, now]))}
        commands.edit_draft_item(self.version, by=self.by, key=key(block), values=values)

    def remove(self, item: int, _: int, __: str) -> None:
        block = pick(self.text.blocks, item)
        section, at = self.text.at(block)
        del section[at : at + len(self.text.below(block))]
        commands.remove_draft_items(self.version, by=self.by, keys=[key(block)])

    def add(self, item: int, level: int, words: str) -> None:
        block = pick(self.text.blocks, item)
        section, _ = self.text.at(block)
        behind = self.text.below(block)[-1]
        level = min(level % 3, depth(behind) + 1)
        made = UniqueKeys("item", map(key, self.text.blocks)).make(words)
        section.insert(self.text.at(behind)[1] + 1, [f"{'  ' * level}- [ ] **{words}** <!-- keyturn key={made} -->"])
        added: dict[str, Any] = {"section": key(section[0]), "after": key(block), "titles": [words], "depth": level}
        assert commands.add_draft_items(self.version, by=self.by, **added) == [made]

    def move(self, item: int, place: int, _: str) -> None:
        moving = self.text.below(pick(self.text.blocks, item))
        section, at = self.text.at(moving[0])
        others = [block for block in self.text.blocks if block not in moving]
        if not others:
            return
        after = pick(others, place)
        del section[at : at + len(moving)]
        shift(moving, -max(0, depth(moving[0]) - depth(after) - 1))
        into, behind = self.text.at(after)
        into[behind + 1 : behind + 1] = moving
        commands.move_draft_items(
            self.version, by=self.by, keys=[key(moving[0])], section=key(into[0]), after=key(after)
        )

    def indent(self, item: int, _: int, __: str) -> None:
        block = pick(self.text.blocks, item)
        section, at = self.text.at(block)
        below = self.text.below(block)
        if at > 1 and depth(block) <= depth(section[at - 1]) and max(map(depth, below)) < rules.MOST_DEPTH:
            shift(below, 1)
            commands.indent_draft_items(self.version, by=self.by, keys=[key(block)], levels=1)

    def outdent(self, item: int, _: int, __: str) -> None:
        block = pick(self.text.blocks, item)
        if depth(block):
            shift(self.text.below(block), -1)
            commands.indent_draft_items(self.version, by=self.by, keys=[key(block)], levels=-1)

    def section_title(self, section: int, _: int, words: str) -> None:
        lines = pick(self.text.sections, section)[0]
        lines[0] = re.sub("## .* <!--", f"## {words} <!--", lines[0])
        commands.edit_draft_section(self.version, by=self.by, key=key(lines), values={"title": words})

    def section_added(self, section: int, _: int, words: str) -> None:
        after = pick(self.text.sections, section)
        made = UniqueKeys("section", [key(each[0]) for each in self.text.sections]).make(words)
        place = self.text.sections.index(after) + 1
        self.text.sections.insert(place, [["", f"## {words} <!-- keyturn key={made} -->", ""][1:]])
        assert commands.add_draft_section(self.version, by=self.by, title=words, after=key(after[0])) == made

    def section_moved(self, section: int, place: int, _: str) -> None:
        moving = pick(self.text.sections, section)
        others = [each for each in self.text.sections if each is not moving]
        if others:
            after = pick(others, place)
            self.text.sections = others
            others.insert(others.index(after) + 1, moving)
            commands.move_draft_section(self.version, by=self.by, key=key(moving[0]), after=key(after[0]))


ACTS = ("title", "keys", "critical", "text_of", "remove", "add", "move", "indent", "outdent", "section_title",
        "section_added", "section_moved")  # fmt: skip
EDITS = st.lists(st.tuples(st.sampled_from(ACTS), PLACE, PLACE, WORDS), min_size=1, max_size=8)


@st.composite
def documents(pick: Any) -> str:
    """A checklist that somebody wrote: sections, items and sub-items, some with a text, a command or a blank."""
    lines = [f"# {pick(WORDS)}"]
    for _ in range(pick(st.integers(1, 3))):
        lines += ["", f"## {pick(WORDS)}", ""]
        level = -1
        for _ in range(pick(st.integers(1, 5))):
            level = pick(st.integers(0, min(level + 1, rules.MOST_DEPTH)))
            before = "  " * level
            lines.append(f"{before}- [ ] {pick(st.sampled_from(['', '**Critical:** ']))}{pick(WORDS)}")
            rest = pick(st.sampled_from([(), ("Some *text*.",), ("```bash", "true", "```"), ("- Where: ____",)]))
            lines += [f"{before}  {line}" for line in rest]
    return "\n".join(lines) + "\n"


@given(text=documents(), edits=EDITS)
@example("# t\n\n## t\n\n- [ ] ta\n  - [ ] tb\n    - [ ] tc\n- [ ] td\n", [("move", 3, 1, "t")])  # between tb and tc
@example("# t\n\n## t\n\n- [ ] ta\n  - [ ] tb\n    - [ ] tc\n    - [ ] td\n  - [ ] te\n", [("add", 2, 0, "tx")])
@settings(
    max_examples=EXAMPLES, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck),
)  # fmt: skip
def test_edits_in_the_studio_equal_the_same_edits_in_the_text(people, text, edits):
    both = Editing(people, text)
    for act, one, other, words in edits:
        if both.text.blocks:
            getattr(both, act)(one, other, words)
    now = content(both.version)
    assert exported(now) == exported(content_of(str(both.text)))
    assert content_of(exported(now)) == now
