"""Problems accepted in a version, with who said why: what its second person and whoever deploys it should know."""

from collections.abc import Mapping
from typing import Any

from apps.checklists.models import TemplateVersion
from apps.checklists.rules.problems import apart, problems


def accepted_problems(version: TemplateVersion, content: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """What is wrong with a version and accepted, in order: {called, problem, accepted}; one query where nothing is.

    content: all that it says, where that was read already.
    """
    rows = {each.key: each for each in version.accepted_problems.all()}
    if not rows:
        return []
    if content is None:
        content = TemplateVersion.objects.prefetch_related("sections__items").get(pk=version.pk).content()
    called = {("section", section["key"]): section["title"] for section in content["sections"]}
    items = [item for section in content["sections"] for item in section["items"]]
    called |= {("item", item["key"]): f"{number}. {item['title']}" for number, item in enumerate(items, 1)}
    _, pairs = apart(problems(content), rows)
    return [
        {"called": called[problem.what, problem.key], "problem": problem, "accepted": accepted}
        for problem, accepted in pairs
    ]
