"""Comparing people and memberships with what the instance's ledger says: a role decides whose key counts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from apps.accounts import events
from apps.accounts.models import Membership, Team, User
from apps.accounts.roles import CAPABILITIES, Capability, Role
from apps.ledger import selectors as ledger
from apps.ledger.chain import INSTANCE, Fault
from apps.ledger.selectors import AHEAD, UNREADABLE, Told, differences, earliest_first, in_one_only

KINDS = (
    events.FirstTeamCreated.kind,
    events.TeamCreated.kind,
    events.InvitationAccepted.kind,
    events.RoleChanged.kind,
    events.MemberRemoved.kind,
    events.PersonRenamed.kind,
)
SKEW = AHEAD  # two chains are compared by the clock, and two machines' clocks differ


@dataclass
class People:
    """What the entries say. roles: (role, entry) by (team, person). names: (name, entry) by person, as it is now.
    called: every name a person ever had. teams: the entry that made each. admins: who set the instance up.
    spells: [from when, role, empty for none] by (team, person), in order."""

    roles: dict[tuple[str, str], tuple[str, Told]] = field(default_factory=dict)
    names: dict[str, tuple[str, Told]] = field(default_factory=dict)
    called: dict[str, set[str]] = field(default_factory=dict)
    teams: dict[str, Told] = field(default_factory=dict)
    admins: set[str] = field(default_factory=set)
    spells: dict[tuple[str, str], list[tuple[datetime, str]]] = field(default_factory=dict)

    def could(self, capability: Capability, *, team: str, person: str, at: str) -> bool:
        """Whether her role in that team included `capability` at that time, give or take SKEW."""
        moment = datetime.fromisoformat(at)
        spells = self.spells.get((team, person), [])
        ends = [start for start, _ in spells[1:]] + [moment + 2 * SKEW]
        return any(
            start - SKEW <= moment <= end + SKEW and capability in CAPABILITIES.get(role, ())
            for (start, role), end in zip(spells, ends, strict=False)
        )

    def has_role(self, role: str, told: Told, *, person: str = "") -> None:
        """She has that role in the entry's team from then on; an empty one ends it."""
        key = (told.said["team"], person or told.actor)
        self.spells.setdefault(key, []).append((datetime.fromisoformat(told.at), role))
        if role:
            self.roles[key] = (role, told)
        else:
            del self.roles[key]

    def founded(self, told: Told) -> None:
        """A team, and whoever made it leads it."""
        self.teams[told.said["team"]] = told
        self.has_role(Role.LEAD, told)

    def is_called(self, name: str, told: Told) -> None:
        """The actor of this entry has that name from then on."""
        self.names[told.actor] = (name, told)
        self.called.setdefault(told.actor, set()).add(name)


def ledger_faults() -> Iterator[Fault]:
    """Teams, roles and names that stand otherwise in the tables than the instance's ledger says."""
    try:
        expected = people_told()
    except UNREADABLE as error:
        yield Fault(INSTANCE, None, f"its entries about people do not follow from each other ({type(error).__name__})")
        return
    try:
        found = [*_of_teams(expected), *_of_roles(expected), *_of_people(expected)]
    except UNREADABLE as error:
        found = [Fault(INSTANCE, None, f"the rows about people cannot be read ({type(error).__name__})")]
    yield from earliest_first(found)


def people_told() -> People:
    """Follow the entries about people. Raises what UNREADABLE lists when they do not follow from each other."""
    expected = People()
    for told in ledger.told(INSTANCE, KINDS):
        said = told.said
        if told.kind == events.FirstTeamCreated.kind:
            expected.founded(told)
            expected.is_called(said["person_name"], told)
            expected.admins.add(told.actor)
        elif told.kind == events.TeamCreated.kind:
            expected.founded(told)
        elif told.kind == events.InvitationAccepted.kind:
            expected.has_role(said["role"], told)
            expected.is_called(said["name"], told)
        elif told.kind == events.RoleChanged.kind:
            expected.has_role(said["after"], told, person=said["person"])
        elif told.kind == events.MemberRemoved.kind:
            expected.has_role("", told, person=said["person"])
        else:
            expected.is_called(said["after"], told)
    return expected


def _of_teams(expected: People) -> Iterator[Fault]:
    rows = {str(team.pk): team for team in Team.objects.order_by("name", "pk")}
    names = {key: f"the team {team.name}" for key, team in rows.items()}
    yield from in_one_only(INSTANCE, "team", names, expected.teams)
    for key, told in expected.teams.items():
        if team := rows.get(key):
            name = told.said.get("team_name") or told.said["name"]
            yield from differences(
                told, names[key], {"name": (team.name, name), "slug": (team.slug, told.said["slug"])}
            )


def _of_roles(expected: People) -> Iterator[Fault]:
    found = Membership.objects.select_related("user", "team").order_by("team__name", "user__full_name", "pk")
    rows = {(str(row.team_id), str(row.user_id)): row for row in found}
    names = {key: f"the membership of {row.user} in {row.team}" for key, row in rows.items()}
    yield from in_one_only(INSTANCE, "membership", names, {key: told for key, (_, told) in expected.roles.items()})
    for key, (role, told) in expected.roles.items():
        if key in rows:
            yield from differences(told, names[key], {"role": (rows[key].role, role)})


def _of_people(expected: People) -> Iterator[Fault]:
    rows = {str(person.pk): person for person in User.objects.order_by("full_name", "pk")}
    names = {key: f"the account of {person}" for key, person in rows.items()}
    yield from in_one_only(INSTANCE, "person", names, {key: told for key, (_, told) in expected.names.items()})
    for key, (name, told) in expected.names.items():
        if person := rows.get(key):
            facts = {"name": (person.full_name, name), "right to administer": (person.is_admin, key in expected.admins)}
            yield from differences(told, names[key], facts)
