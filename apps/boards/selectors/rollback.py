"""The way back, as far as it is written down."""

import re
from typing import Any

from apps.accounts.models import User
from apps.deployments import permissions
from apps.deployments.models import Deployment, Section
from apps.deployments.selectors.readiness import members, missing_of_plan, plan_owner

WAY_BACK = re.compile(r"\broll(?:ing|ed)?[\s-]?back|\brevert|\bback[\s-]?out|\bundo\b", re.IGNORECASE)


def rollback_page(deployment: Deployment, viewer: User) -> dict[str, Any]:
    """Everything templates/boards/rollback.html needs besides the form."""
    plan, people = deployment.rollback_plan, members(deployment.team)
    return {
        "deployment": deployment,
        "plan": plan,
        "owner": plan_owner(deployment, people),
        "missing": missing_of_plan(deployment, people),
        "may": permissions.fill_in_rollback_plan(viewer, deployment),
        "section": None if plan.steps else section_about_rollback(deployment),
    }


def section_about_rollback(deployment: Deployment) -> Section | None:
    """The part of the checklist that says how to go back, if it has one."""
    return next((s for s in deployment.sections.order_by("position") if WAY_BACK.search(s.title)), None)


def steps_of(section: Section | None) -> list[dict[str, str]]:
    """What that part says, as steps: its items with their commands, or its own commands."""
    if section is None:
        return []
    items = section.items.order_by("number").values_list("title", "commands")
    steps = [{"title": title, "command": "\n".join(commands)} for title, commands in items]
    return steps or [{"title": section.title, "command": command} for command in section.commands]
