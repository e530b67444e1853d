"""Roles and what they allow, readable without code."""

from django.db.models import TextChoices


class Role(TextChoices):
    """What somebody is in one team."""

    LEAD = "lead", "Lead"
    REVIEWER = "reviewer", "Reviewer"
    MEMBER = "member", "Member"
    AUDITOR = "auditor", "Auditor"


class Capability(TextChoices):
    """One kind of act. EDIT includes key 1; REVIEW is key 2 and up, rejecting and approving waivers."""

    READ = "read"
    EXPORT = "export"
    EDIT = "edit"
    REVIEW = "review"
    MANAGE = "manage"


CAPABILITIES: dict[str, frozenset[Capability]] = {
    Role.LEAD: frozenset(Capability),
    Role.REVIEWER: frozenset({Capability.READ, Capability.EXPORT, Capability.EDIT, Capability.REVIEW}),
    Role.MEMBER: frozenset({Capability.READ, Capability.EXPORT, Capability.EDIT}),
    Role.AUDITOR: frozenset({Capability.READ, Capability.EXPORT}),
}

READS_ONLY = "Your role reads only. Ask a lead for another role."

DESCRIPTIONS: dict[str, str] = {
    Role.LEAD: "does everything a reviewer does, invites people and closes deployments",
    Role.REVIEWER: "turns first and second keys, rejects, approves waivers",
    Role.MEMBER: "works on items and turns first keys",
    Role.AUDITOR: "reads and exports, changes nothing",
}


def roles_with(capability: Capability) -> list[str]:
    """The roles that allow it."""
    return [role for role, may in CAPABILITIES.items() if capability in may]
