"""The built-in templates: plain Markdown files beside this one, each read when it is first asked for.

docs/library.md says which item covers which item of the document a template comes from.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from apps.checklists.markdown import read
from apps.checklists.markdown.content import content

FOLDER = Path(__file__).parent
# As the library shows them: by occasion, and in each the ones that most people look for first.
NAMES = (
    "ai-gateway-rollout", "go-live-verification-service", "llm-api-integration", "agent", "rag-system",
    "llm-application",
    "model-upgrade", "cost-optimisation",
    "pre-launch-gate", "security-review", "production-readiness-review",
    "releasing-keyturn",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A built-in template. name: its file without the ending; content: as a version of it would hold, not to change."""

    name: str
    text: str
    content: Mapping[str, Any]

    @property
    def title(self) -> str:
        """What it is called."""
        return str(self.content["title"])

    @property
    def occasion(self) -> str:
        """What people do when they need it; the library groups by it."""
        return str(self.content["occasion"])

    @property
    def source(self) -> str:
        """Where its facts and figures come from."""
        return str(self.content["source"])

    @property
    def summary(self) -> str:
        """What it is for, in one sentence: the first paragraph of its guidance."""
        return str(self.content["guidance"]).partition("\n\n")[0]

    @property
    def items(self) -> list[dict[str, Any]]:
        """The items of all its sections, in order."""
        return [item for section in self.content["sections"] for item in section["items"]]

    @property
    def counts(self) -> dict[str, int]:
        """How many of what it holds; unfilled: limits that wait for a number before it can be published."""
        items, limits = self.items, self.content["parameters"]
        return {
            "sections": len(self.content["sections"]),
            "items": len(items),
            "critical": sum(item["critical"] for item in items),
            "commands": sum(len(part["commands"]) for part in (*self.content["sections"], *items)),
            "limits": len(limits),
            "unfilled": sum(not limit["value"] for limit in limits),
        }


def library() -> tuple[BuiltIn, ...]:
    """All of them, as the library shows them."""
    return tuple(built_in(name) for name in NAMES)


@cache
def built_in(name: str) -> BuiltIn:
    """The one of that name, read once in a process. KeyError where there is none."""
    if name not in NAMES:
        raise KeyError(name)
    text = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    return BuiltIn(name, text, content(read(text, name=name).templates[0]))
