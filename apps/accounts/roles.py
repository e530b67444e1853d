"""Roles and what they allow, readable without code.

A membership makes somebody a member or an auditor of a team. Every other role is granted beside that (models.Grant),
and somebody may have several.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import TextChoices

from apps.core.wording import day


class Role(TextChoices):
    """What somebody is in one team."""

    ADMIN = "admin", "Team admin"
    DECIDER = "decider", "Decider"
    MANAGER = "manager", "Release manager"
    AUTHOR = "author", "Template author"
    REVIEWER = "reviewer", "Reviewer"
    MEMBER = "member", "Member"
    AUDITOR = "auditor", "Auditor"


class Capability(TextChoices):
    """One kind of act. EDIT includes key 1. Key 2 and up takes REVIEW, of a template PUBLISH, of the sheet DECIDE."""

    READ = "read"
    EXPORT = "export"
    EDIT = "edit"
    REVIEW = "review"
    PUBLISH = "publish"
    RELEASE = "release"
    DECIDE = "decide"
    MANAGE = "manage"


# What a membership can be; whatever else somebody is, was granted to a member.
BASES = (Role.MEMBER, Role.AUDITOR)
GRANTED = tuple(role for role in Role if role not in BASES)
# Who alone gave themselves, or somebody of their making, one of these would be both people of the two-person rule.
BY_TWO = (Role.ADMIN, Role.DECIDER, Role.AUTHOR, Role.REVIEWER)

# Who turns keys that say verified, and may ask somebody to do it for them.
VERIFYING = (Role.DECIDER, Role.AUTHOR, Role.REVIEWER)

CAPABILITIES: dict[str, frozenset[Capability]] = {
    Role.ADMIN: frozenset({Capability.MANAGE}),
    Role.DECIDER: frozenset({Capability.DECIDE}),
    Role.MANAGER: frozenset({Capability.RELEASE}),
    Role.AUTHOR: frozenset({Capability.PUBLISH}),
    Role.REVIEWER: frozenset({Capability.REVIEW}),
    Role.MEMBER: frozenset({Capability.READ, Capability.EXPORT, Capability.EDIT}),
    Role.AUDITOR: frozenset({Capability.READ, Capability.EXPORT}),
}

LONGEST_READING = timedelta(days=366)  # of an auditor, from today; it can be extended

READS_ONLY = "Your role reads only. Ask an admin of your team for another role."

DESCRIPTIONS: dict[str, str] = {
    Role.ADMIN: "invites people, grants roles beside a second admin, looks after secrets and how the team works",
    Role.DECIDER: "turns the second key of the sign-off sheet",
    Role.MANAGER: "cancels deployments, adds items to boards and takes probes away",
    Role.AUTHOR: "publishes templates that others wrote, and own ones where the team needs no second person",
    Role.REVIEWER: "turns second keys of items, rejects, approves waivers and commands",
    Role.MEMBER: "works on items, templates and deployments, and turns first keys",
    Role.AUDITOR: "reads and exports, changes nothing",
}


def capabilities_of(roles: Iterable[str]) -> frozenset[Capability]:
    """What somebody may do who is all of that."""
    return frozenset().union(*(CAPABILITIES[role] for role in roles))


def roles_with(capability: Capability) -> list[str]:
    """The roles that allow it."""
    return [role for role, may in CAPABILITIES.items() if capability in may]


def granted_beside(base: str, granted: Iterable[str]) -> frozenset[str]:
    """All that somebody is: an auditor is nothing else, whatever was granted."""
    return frozenset({base, *granted}) if base == Role.MEMBER else frozenset({base})


def in_words(roles: Iterable[str]) -> str:
    """ "team admin and reviewer": what somebody is, the most first; "member" only where it is all."""
    held = [role for role in Role if role in set(roles)]
    labels = [role.label.lower() for role in held if role != Role.MEMBER or len(held) == 1]
    return " and ".join(filter(None, [", ".join(labels[:-1]), labels[-1]])) if labels else ""


def why_not_read_until(last_day: date | None, today: date) -> str:
    """Why nobody can be an auditor until that day, their last one; empty where they can."""
    if last_day is None:
        return "Say until which day they read: an auditor does for a while, a year at most."
    if last_day < today:
        return "That day is over. Choose the last day on which they read."
    if last_day > today + LONGEST_READING:
        return f"An auditor reads for a year at most, so until {day(today + LONGEST_READING)}. It is extended then."
    return ""
