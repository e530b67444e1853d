"""What conditions of items ask for, as it is known of a deployment now."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from apps.checklists.models import TemplateItem, TemplateSection, TemplateVersion
from apps.checklists.rules.conditions import Condition, ConditionFacts
from apps.checklists.rules.parameters import Parameter, names_used, parameter, parameters_by_name
from apps.core.statements import fetched, joined
from apps.deployments.models import Deployment, Item
from apps.deployments.rules import Filling, asked_items, why_inapplicable

ASKED = """
SELECT i.key, i.probe, v.parameters
FROM checklists_templateitem i JOIN checklists_templateversion v ON v.id = i.version_id
WHERE i.version_id = %s AND i.probe <> 'null'
"""
ASKED_AT = "AND i.key = %s"


def filling_of(deployment: Deployment, version: TemplateVersion) -> Filling:
    """What stands for the names in the texts of a version."""
    return Filling(parameters_by_name(version.parameters), deployment.values)


def section_texts(source: TemplateSection, filling: Filling) -> dict[str, Any]:
    """What a section of a version says, by the columns of the sections that are copied from it."""
    return {
        "title": filling.title(source.title),
        "parent": source.parent,
        "guidance": filling.sentence(source.guidance),
        "commands": [filling.command(command) for command in source.commands],
    }


def conditions_of(line: TemplateItem) -> list[dict[str, Any]]:
    """When it applies; that it is for some tiers only is one more condition."""
    tiers = [Condition("tier", tuple(line.tiers)).as_values()] if line.tiers else []
    return [*tiers, *line.conditions]


def known_answers(version: TemplateVersion, named: Mapping[str, str]) -> dict[str, str]:
    """What the deployment itself answers: its VERSION is its version, however a checklist spells it."""
    names = (each["name"] for each in version.variables if each["kind"] == "text" and each["name"] not in named)
    return {name: named[name.casefold()] for name in names if name.casefold() in named}


def facts_of(deployment: Deployment, asked: Iterable[Item]) -> ConditionFacts:
    """What is known; `asked` are the items that conditions ask, with their waivers."""
    asked = [item for item in asked if item.key]
    answers = {item.key: item.answer for item in asked}
    return ConditionFacts(
        environment=deployment.environment,
        tier=deployment.tier,
        variables=deployment.values,
        answers={key: answer for key, answer in answers.items() if answer},
        titles={item.key: item.title for item in asked},
    )


def conditional_items(deployment: Deployment) -> QuerySet[Item]:
    """The items of a deployment that have conditions, in order, without those that its checklist no longer has."""
    fields = ("deployment", "key", "number", "conditions", "applies", "inapplicable", "version")
    return deployment.items.filter(left_in=None).exclude(conditions=[]).order_by("number").only(*fields)


def reasons_of(deployment: Deployment, conditional: Sequence[Item]) -> dict[str, str]:
    """Why some of these items do not apply as things stand, by key; at most three queries."""
    names = asked_items(item.conditions for item in conditional)
    waivers = (joined(Item, "waivers", "sign_off"), "waivers__sign_off__signatures")
    asked = deployment.items.filter(key__in=names, left_in=None).prefetch_related(*waivers) if names else ()
    return why_inapplicable({item.key: item.conditions for item in conditional}, facts_of(deployment, asked))


def limits_used(deployment: Deployment) -> list[tuple[Parameter, tuple[int, ...], tuple[int, ...]]]:
    """Every parameter of its version, the numbers of the items that use it, and the places of the sections that do.

    Four queries where there are any. Places count from one, in the order of the sections.
    """
    parameters = [parameter(each) for each in deployment.template_version.parameters]
    if not parameters:
        return []
    version = deployment.template_version
    lines = version.items.only("key", "title", "text", "commands", "fill_ins", "probe")
    by_items = {line.key: names_in(line) for line in lines}
    sections = version.sections.only("key", "title", "guidance", "commands")
    by_sections = {each.key: _used(each.title, each.guidance, *each.commands) for each in sections}
    items = list(deployment.items.exclude(key="").order_by("number").values_list("number", "key"))
    places = list(enumerate(deployment.sections.order_by("position").values_list("key", flat=True), 1))

    def using(name: str, rows: Iterable[tuple[int, str]], used: Mapping[str, set[str]]) -> tuple[int, ...]:
        return tuple(number for number, key in rows if name in used.get(key, ()))

    return [(one, using(one.name, items, by_items), using(one.name, places, by_sections)) for one in parameters]


def names_in(line: TemplateItem) -> set[str]:
    """The names in braces that an item of a template uses, in what people read and in its probe."""
    probe = json.dumps(line.probe, ensure_ascii=False) if line.probe else ""
    return _used(line.title, line.text, *line.commands, *(blank["label"] for blank in line.fill_ins), probe)


def _used(*texts: str) -> set[str]:
    return {name for text in texts for name in names_used(text)}


def asked_probes(deployment: Deployment, key: str = "") -> dict[str, dict[str, Any]]:
    """The probes that the template asks for, {kind, config} by the keys of items, names filled in. One query.

    key: of the one item to ask about, empty for all. Kinds that this version of Keyturn does not know are among them.
    """
    rows = fetched(f"{ASKED}{ASKED_AT}" if key else ASKED, deployment.template_version_id, *filter(None, [key]))
    if not rows:
        return {}
    filling = Filling(parameters_by_name(json.loads(rows[0][2])), deployment.values)
    return {key: filling.probe(json.loads(probe)) for key, probe, _ in rows}


def asked_probe(item: Item) -> dict[str, Any] | None:
    """The probe that the template asks for at an item; None where there is none. One query."""
    return asked_probes(item.deployment, item.key).get(item.key) if item.key else None
