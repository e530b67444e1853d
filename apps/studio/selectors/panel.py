"""The panel of a draft: an item, a section or the template itself, one line for each thing it can say."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.forms import Form

from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.checklists.models import TemplateItem, TemplateVersion
from apps.checklists.rules.parameters import Parameter, names_used, parameters_by_name
from apps.core.shown import fingerprint
from apps.core.statements import Folded
from apps.core.wording import plural
from apps.factors.selectors import without_passkey
from apps.studio import rules

from .drafts import draft_of
from .rows import conditions_text, evidence_words

# The lines of an item: name, words, the fields they open.
PROPS = (
    ("keys", "Keys", ("keys", "critical", "passkey")),
    ("fill_ins", "Fill-ins", ("fill_ins",)),
    ("evidence", "Evidence", ("evidence_kinds", "max_age_days")),
    ("probe", "Probe", ("probe",)),
    ("conditions", "Only when", ("conditions",)),
    ("owner_role", "Owner role", ("owner_role",)),
    ("controls", "Controls", ("controls",)),
    ("links", "Runbook", ("links",)),
    ("minutes", "Time", ("minutes",)),
    ("tiers", "Tiers", ("tiers",)),
)


def item_panel(version: TemplateVersion, item: TemplateItem, form: Form) -> dict[str, Any]:
    """An item with its form, its place, its problems and the limits it uses."""
    draft = draft_of(version)
    number, row, part = draft.by_key.get(item.key, (0, None, None))
    own, words = item.own(), _words(item)
    shown = [prop for prop in PROPS if prop[0] != "tiers" or version.tiers or item.tiers]
    return form_panel(own, form) | {
        "item": item,
        "number": number,
        "change": row.change if row else "",
        "problems": [{"problem": one} for one in row.problems] if row else [],
        "accepted_problems": [{"problem": one, "accepted": accepted} for one, accepted in row.accepted] if row else [],
        "inside": part.section if part else None,
        "all_sections": [each.section for each in draft.parts],
        "roles": sorted({each.item.owner_role for each in draft.rows} - {""}),
        "limits": _limits(version, item),
        "props": [
            {
                "name": name,
                "label": label,
                "words": words[name],
                "fields": [seen_field(form, field, own) for field in fields],
                "without_passkey": _without_passkey(version) if "passkey" in fields else [],
                "open": any(field in form.errors for field in fields),
            }
            for name, label, fields in shown
            if all(field in form.fields for field in fields)
        ],
        "seen": {name: fingerprint(rules.texts_of({name: own[name]})) for name in ("title", "text", "commands")},
    }


def form_panel(own: Mapping[str, Any], form: Form) -> dict[str, Any]:
    """A form, its visible fields each with what was shown of it."""
    names = [field.name for field in form.visible_fields()]
    return {"form": form, "fields": [seen_field(form, name, own) for name in names]}


def seen_field(form: Form, name: str, own: Mapping[str, Any]) -> dict[str, Any]:
    """A field with the digest of what it shows."""
    field = form[name]
    is_group = getattr(field.field.widget, "is_group", False)
    return {
        "field": field,
        "name": name,
        "is_group": is_group,
        "is_keys": name == "keys",
        "seen": fingerprint(rules.texts_of({name: own[name]})),
    }


def _limits(version: TemplateVersion, item: TemplateItem) -> list[Parameter]:
    named = parameters_by_name(version.parameters)
    texts: Iterable[str] = (item.title, item.text, *item.commands, *map(str, (item.probe or {}).values()))
    used = dict.fromkeys(name for text in texts for name in names_used(text))
    return [named[name] for name in used if name in named]


def _without_passkey(version: TemplateVersion) -> list[str]:
    """Who of the team could turn no key of an item that takes a passkey, as they have none; two queries."""
    members = User.objects.filter(memberships__team=version.template.team, memberships__role=Role.MEMBER)
    people = [*members.filter(is_active=True).order_by(Folded("full_name"), "pk")]
    return [person.full_name for person in without_passkey(people)]


def _words(item: TemplateItem) -> dict[str, str]:
    """What each line says while it is closed."""
    probe = item.probe or {}
    return {
        "keys": f"{item.keys}{', critical' if item.critical else ''}{', with a passkey' if item.passkey else ''}",
        "fill_ins": ", ".join(f"{one['label']}, {one['kind'].replace('_', ' ')}" for one in item.fill_ins) or "none",
        "evidence": evidence_words(item.evidence_kinds, item.max_age_days) or "none asked for",
        "probe": probe.get("kind") or "none",
        "conditions": conditions_text(item.conditions).replace("\n", "; ") or "always",
        "owner_role": item.owner_role or "nobody yet",
        "controls": ", ".join(item.controls) or "none",
        "links": ", ".join(link["text"] for link in item.links) or "none",
        "minutes": plural(item.minutes, "minute") if item.minutes else "not said",
        "tiers": ", ".join(item.tiers) or "all",
    }
