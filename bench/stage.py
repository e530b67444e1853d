"""What is measured on: one team and boards of several sizes, made by Keyturn's own commands."""

import uuid
from types import SimpleNamespace

from django.core.management import call_command

from apps.accounts.models import User
from apps.checklists import commands as checklists
from apps.checklists.models import TemplateVersion
from apps.deployments import commands
from apps.deployments.models import Deployment, Item
from apps.deployments.rules import content_digest
from tests import cast

PER_SECTION = 25


def stage(sizes: tuple[int, ...]) -> SimpleNamespace:
    """The people, and a deployment in review for each size, a third of it signed."""
    call_command("migrate", run_syncdb=True, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    made = cast.people()
    made.boards = {size: _board(made, size) for size in sizes}
    return made


def sign(item: Item, by: User) -> None:
    """Turn the next key as a person would who just opened the item."""
    shown = digest_shown(item)
    commands.sign_item(item, by=by, shown=shown, intent=uuid.uuid4())


def digest_shown(item: Item) -> str:
    """The digest that the item page puts into its form."""
    fresh = Item.objects.with_everything().get(pk=item.pk)
    return content_digest(fresh.content(pinned=fresh.run_to_pin))


def _board(made: SimpleNamespace, size: int) -> Deployment:
    version = _publish(made, size)
    deployment = commands.create_deployment(
        made.team, by=made.lead, template_version=version, service="Gateway", version="1.0", environment="production"
    )
    commands.open_review(deployment, by=made.lead)
    commands.assign_items(deployment, by=made.lead, numbers=range(1, size + 1, 2), owner=made.member)
    for item in deployment.items.filter(number__in=range(1, size + 1, 3)):
        sign(item, made.member)
        if item.number % 2:
            sign(item, made.reviewer)
    return deployment


def _publish(made: SimpleNamespace, size: int) -> TemplateVersion:
    lines = [f"# Checklist of {size}"]
    for number in range(1, size + 1):
        if number % PER_SECTION == 1:
            lines += ["", f"## Section {number // PER_SECTION + 1}", ""]
        lines.append(f"- [ ] **Step {number} is done** - Somebody looked at step {number} and wrote down what was seen")
    draft = checklists.start_import(made.team, by=made.lead, source="\n".join(lines), file_name=f"{size}.md")
    [version] = checklists.publish_import(draft, by=made.lead)
    return version
