"""How templates were published, followed once more through the chains."""

from collections.abc import Mapping
from typing import Any

from apps.accounts.models import Team
from apps.accounts.roles import Capability
from apps.accounts.selectors.audit import RoleHistory
from apps.checklists.models import ChecklistTemplate, TemplateVersion
from apps.checklists.states import VersionState
from apps.ledger.chain import INSTANCE, Fault
from apps.ledger.selectors import StoredEntry
from apps.signoff.models import Signature, SignOff

TEMPLATE, VERSION, SIGN_OFF, SIGNATURE, TEAM = (
    model._meta.label_lower for model in (ChecklistTemplate, TemplateVersion, SignOff, Signature, Team)
)
Facts = Mapping[str, Any]


class PublishingHistory:
    """Follows each template: whose keys published its versions, and whether one person was enough."""

    def __init__(self, roles: RoleHistory) -> None:
        self.roles = roles
        self.faults: list[Fault] = []
        self.one_publishes: dict[str, list[tuple[int, str]]] = {}  # by team: from which place of the chain on, by whom
        self.templates: dict[str, Facts] = {}
        self.versions: dict[str, Facts] = {}
        self.first: dict[str, str] = {}  # by template's chain: the version it began with
        self.sign_offs: dict[str, Facts] = {}
        self.keys: dict[tuple[str, int], int] = {}  # how many were turned, by sign-off and revision

    def read(self, entry: StoredEntry) -> None:
        """Follow one entry: first what it says of keys, then what they published."""
        if entry.stream == INSTANCE:
            self._settings(entry)
        elif entry.stream.startswith("template/"):
            rows = [(key.partition("/"), row["facts"]) for key, row in entry.rows.items() if isinstance(row, Mapping)]
            for label in (TEMPLATE, SIGN_OFF, SIGNATURE, VERSION):
                for (found, _, pk), facts in rows:
                    if found == label:
                        self._follow(label, pk, facts, entry)

    def _settings(self, entry: StoredEntry) -> None:
        for key, row in entry.rows.items():
            label, _, pk = key.partition("/")
            if label == TEAM and row:
                by = row["facts"].get("one_publishes_by_id") or ""
                before = self.one_publishes.setdefault(pk, [])
                if by not in ("", entry.actor, before[-1][1] if before else ""):
                    self.faults.append(entry.fault(f"{key} lets one person publish in another’s name"))
                before.append((entry.sequence, by))

    def _follow(self, label: str, pk: str, facts: Facts, entry: StoredEntry) -> None:
        if label == TEMPLATE:
            self.templates[entry.stream] = facts
        elif label == SIGN_OFF:
            self.sign_offs[pk] = facts
            if facts["team_id"] != self.templates.get(entry.stream, {}).get("team_id"):
                self.faults.append(entry.fault(f"{SIGN_OFF}/{pk} is of another team than the template"))
        elif label == SIGNATURE:
            place = facts["sign_off_id"], facts["revision"]
            self.keys[place] = self.keys.get(place, 0) + 1
        else:
            self._moved(pk, facts, entry)

    def _moved(self, pk: str, facts: Facts, entry: StoredEntry) -> None:
        before = self.versions.get(pk, {}).get("state", VersionState.DRAFT)
        self.versions[pk] = facts
        self.first.setdefault(entry.stream, pk)
        if facts.get("state") != VersionState.PUBLISHED or before == VersionState.PUBLISHED:
            return
        sign_off = self.sign_offs.get(facts["sign_off_id"], {})
        turned = self.keys.get((facts["sign_off_id"], sign_off.get("revision", 1)), 0)
        if turned < sign_off.get("required", 1):
            self.faults.append(entry.fault(f"{VERSION}/{pk} was published without the keys it takes"))
        elif turned < 2 and self._takes_two(pk, facts, entry):
            self.faults.append(entry.fault(f"{VERSION}/{pk} was published by one person where two could"))

    def _takes_two(self, pk: str, facts: Facts, entry: StoredEntry) -> bool:
        template = self.templates.get(entry.stream, {})
        team, at = str(template.get("team_id")), entry.instance_length
        settings = [by for place, by in self.one_publishes.get(team, ()) if place < at]
        as_installed = self.first[entry.stream] == pk and not facts.get("edited_at")
        of_another = bool(settings) and settings[-1] not in ("", facts.get("published_by_id"))
        if (template.get("built_in") and as_installed) or of_another:
            return False
        return len(self.roles.people_ever_with(Capability.PUBLISH, team=team, at=at)) > 1
