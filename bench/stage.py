"""What is measured on, made by Keyturn's own commands when a figure first asks for it."""

import uuid
from datetime import timedelta
from functools import cache, cached_property
from typing import Any

from django.db import transaction

from apps.accounts import commands as accounts
from apps.accounts.models import Team, User
from apps.attachments import commands as attachments
from apps.checklists import commands as checklists
from apps.checklists.models import TemplateVersion
from apps.deployments import commands
from apps.deployments.models import Deployment, Item
from apps.imports import commands as imports
from apps.ledger.commands import SYSTEM
from apps.notices import commands as notices
from apps.probes import commands as probes
from apps.probes.kinds import Outcome
from apps.probes.models import Run
from apps.signoff.rules import content_digest
from apps.studio import commands as studio
from tests import cast
from tests.cast import proof

PER_SECTION = 25


class Stage:
    """One team with a board of each size, a third of it signed, and teams with many deployments."""

    def __init__(self) -> None:
        self.people = cast.people()
        self.lead: User = self.people.lead
        self.member: User = self.people.member
        self.reviewer: User = self.people.reviewer
        self.admin: User = self.people.stranger
        self.board = cache(self._board)
        self.template = cache(self._template)
        self.draft = cache(self._draft)
        self.busy_team = cache(self._busy_team)
        self.ran = cache(self._ran)
        self.noticed = cache(self._noticed)

    @cached_property
    def long_list(self) -> Team:
        """A team of the administrator's with 200 small deployments."""
        return self._team_with(200, size=2)

    @cached_property
    def answered(self) -> Deployment:
        """A board of 204 items, each with a probe that has a result."""
        made = self.probed(204, "http", url="https://gateway.example/health")
        self._run(made, Outcome("passed", "Answered 200 in 84 ms.", value="84", unit="ms", limit="300"))
        return made

    def _run(self, made: Deployment, outcome: Outcome) -> None:
        """Give every probe a run with this result; where it is served, the prober sees none that it could take."""
        with transaction.atomic():
            attachments.run_probes(made, by=self.lead)
            while runs := probes.claim_runs(by=SYSTEM, worker="bench", room=64, seconds=3600):
                probes.finish_runs([(run, outcome) for run in runs], by=SYSTEM)
        assert not Run.objects.live().filter(stream=made.stream).exists()

    def _ran(self, times: int) -> Item:
        """An item whose probe ran so many times; the runs are copies of one."""
        made = self.probed(2, "http", url="https://gateway.example/health", conditions="latency < 300 ms")
        item = made.items.get(number=1)
        condition: dict[str, Any] = {
            "expression": "latency < 300 ms",
            "verdict": "pass",
            "explanation": "",
            "value": "84 ms",
        }
        outcome = Outcome("passed", "Answered.", conditions=(condition | {"limit": "300 ms", "parts": []},))
        self._run(made, outcome)
        run = Run.objects.get(item=item.pk)
        copies = []
        for number in range(1, times):
            earlier = run.queued_at - timedelta(minutes=number)
            fields = {each.attname: getattr(run, each.attname) for each in Run._meta.concrete_fields}
            copies.append(Run(**fields | {"id": uuid.uuid4(), "queued_at": earlier, "replaces_id": run.pk}))
        Run.objects.bulk_create(copies, batch_size=200)
        return item

    @cached_property
    def versions(self) -> tuple[TemplateVersion, TemplateVersion]:
        """Two versions of a checklist of 250: the newer changes 25 items, leaves 5 out and has 3 more."""
        older = _publish(self.people.team, self.lead, 250)
        draft = checklists.start_draft(older.template, by=cast.again(self.lead))
        keys = list(draft.items.order_by("section__position", "position").values_list("key", flat=True))
        for key in keys[::10]:
            studio.edit_draft_item(draft, by=self.lead, key=key, values={"text": "Somebody else looked at it as well."})
        studio.remove_draft_items(draft, by=self.lead, keys=keys[5:10])
        section = draft.sections.order_by("position")[0].key
        studio.add_draft_items(draft, by=self.lead, section=section, titles=["One more", "Another", "The last"])
        return older, cast.published(TemplateVersion.objects.get(pk=draft.pk), by=self.lead)

    def upgradable(self) -> Deployment:
        """A new board in review of the older of them, with a key on every tenth item."""
        values: dict[str, Any] = {"service": "Gateway", "version": "1.0", "environment": "production"}
        older, _ = self.versions
        draft = commands.create_deployment(self.people.team, by=self.lead, template_version=older, **values)
        made = commands.open_review(draft, by=self.lead)
        for item in made.items.filter(number__in=range(1, 251, 10)):
            sign(item, self.member)
        return Deployment.objects.select_related("team", "template_version").get(pk=made.pk)

    def deployment(self, size: int) -> Deployment:
        """A new deployment in review that no page has shown yet, with a third of its items signed once."""
        return self._deployment(self.template(size), self.people.team, self.lead, sign_every=3)

    def probed(self, size: int, kind: str, **config: str) -> Deployment:
        """A new deployment in review whose items have a probe each."""
        made = self._deployment(self.template(size), self.people.team, self.lead)
        for item in made.items.order_by("number"):
            attachments.attach_probe(item, by=cast.again(self.lead), name=f"P{item.number}", kind=kind, config=config)
        return made

    def change(self, board: Deployment, item: Item) -> None:
        """Somebody else's change of one row."""
        owner = self.reviewer if item.owner_id == self.member.id else self.member
        commands.assign_items(board, by=self.lead, numbers=[item.number], owner=owner)
        item.owner_id = owner.id

    def _noticed(self, count: int) -> None:
        """A board of so many items whose first keys are turned, so that as many wait for whoever reviews."""
        board = self._deployment(self.template(count), self.people.team, self.lead)
        with transaction.atomic():
            for item in board.items.order_by("number"):
                sign(item, self.member)
        notices.derive_notices(by=SYSTEM)

    def _board(self, size: int) -> Deployment:
        made = self.deployment(size)
        for item in made.items.filter(number__in=range(1, size + 1, 6)):
            sign(item, self.reviewer)
        return made

    def _template(self, size: int) -> TemplateVersion:
        return _publish(self.people.team, self.lead, size)

    def _draft(self, size: int) -> TemplateVersion:
        return checklists.start_draft(self.template(size).template, by=self.lead)

    def _busy_team(self, active: int) -> Team:
        """A team with so many active deployments of 250 items, a third of them owned by the administrator."""
        return self._team_with(active, size=250)

    def _team_with(self, deployments: int, size: int) -> Team:
        team = accounts.create_team(by=self.admin, name=f"Team {size} {deployments}", slug=f"t-{size}-{deployments}")
        admin = cast.again(self.admin)
        version = _publish(team, admin, size)
        for _ in range(deployments):
            self._deployment(version, team, admin)
        return team

    def _deployment(self, version: TemplateVersion, team: Team, by: User, sign_every: int = 0) -> Deployment:
        values: dict[str, Any] = {"service": "Gateway", "version": "1.0", "environment": "production"}
        made = commands.create_deployment(team, by=by, template_version=version, **values)
        commands.open_review(made, by=by)
        every = made.items.count()
        owner = self.member if sign_every else by
        commands.assign_items(made, by=by, numbers=range(1, every + 1, 3), owner=owner)
        if sign_every:
            for item in made.items.filter(number__in=range(1, every + 1, sign_every)):
                sign(item, self.member)
        return made


def sign(item: Item, by: User) -> None:
    """Turn the next key as a person would who just opened the item."""
    commands.sign_item(item, by=by, proof=proof(by), intent=uuid.uuid4(), **offered(item))


def offered(item: Item) -> dict[str, Any]:
    """What the item page puts into its form: the digest of what it shows, and which key is next."""
    fresh = Item.objects.with_everything().get(pk=item.pk)
    shown = content_digest(fresh.content(pinned=fresh.run_to_pin))
    return {"shown": shown, "slot": len(fresh.sign_off.turned) + 1}


def _publish(team: Team, by: User, size: int) -> TemplateVersion:
    lines = [f"# Checklist of {size}"]
    for number in range(1, size + 1):
        if number % PER_SECTION == 1:
            lines += ["", f"## Section {number // PER_SECTION + 1}", ""]
        lines.append(f"- [ ] **Step {number} is done** - Somebody looked at step {number} and wrote down what was seen")
    draft = imports.start_import(team, by=by, source="\n".join(lines), file_name=f"{size}.md")
    [version] = imports.draft_import(draft, by=by)
    return cast.published(version, by=by)
