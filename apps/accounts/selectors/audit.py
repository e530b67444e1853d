"""Comparing people and memberships with what the instance's ledger says: a role decides whose key counts."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from apps.accounts import events
from apps.accounts.models import Membership, Team, User
from apps.accounts.roles import Role
from apps.ledger import selectors as ledger
from apps.ledger.chain import INSTANCE, Fault
from apps.ledger.selectors import UNREADABLE, Told, differences, earliest_first, in_one_only

KINDS = (
    events.FirstTeamCreated.kind,
    events.TeamCreated.kind,
    events.InvitationAccepted.kind,
    events.RoleChanged.kind,
    events.MemberRemoved.kind,
    events.PersonRenamed.kind,
)


@dataclass
class Expected:
    """What the entries say. roles: (role, entry) by (team, person). names: (name, entry) by person, as it is now.
    called: every name a person ever had. teams: the entry that made each. admins: who set the instance up."""

    roles: dict[tuple[str, str], tuple[str, Told]] = field(default_factory=dict)
    names: dict[str, tuple[str, Told]] = field(default_factory=dict)
    called: dict[str, set[str]] = field(default_factory=dict)
    teams: dict[str, Told] = field(default_factory=dict)
    admins: set[str] = field(default_factory=set)

    def founded(self, told: Told) -> None:
        """A team, and whoever made it leads it."""
        self.teams[told.said["team"]] = told
        self.roles[told.said["team"], told.actor] = (Role.LEAD, told)

    def is_called(self, name: str, told: Told) -> None:
        """The actor of this entry has that name from then on."""
        self.names[told.actor] = (name, told)
        self.called.setdefault(told.actor, set()).add(name)


def ledger_faults() -> Iterator[Fault]:
    """Teams, roles and names that stand otherwise in the tables than the instance's ledger says."""
    try:
        expected = _replay()
    except UNREADABLE as error:
        yield Fault(INSTANCE, None, f"its entries about people do not follow from each other ({type(error).__name__})")
        return
    try:
        found = [*_of_teams(expected), *_of_roles(expected), *_of_people(expected)]
    except UNREADABLE as error:
        found = [Fault(INSTANCE, None, f"the rows about people cannot be read ({type(error).__name__})")]
    yield from earliest_first(found)


def names_told() -> Mapping[str, Collection[str]]:
    """Every name that each person ever had, by her id; nobody's when the entries cannot be followed."""
    try:
        return _replay().called
    except UNREADABLE:
        return {}


def _replay() -> Expected:
    expected = Expected()
    for told in ledger.told(INSTANCE, KINDS):
        said = told.said
        if told.kind == events.FirstTeamCreated.kind:
            expected.founded(told)
            expected.is_called(said["person_name"], told)
            expected.admins.add(told.actor)
        elif told.kind == events.TeamCreated.kind:
            expected.founded(told)
        elif told.kind == events.InvitationAccepted.kind:
            expected.roles[said["team"], told.actor] = (said["role"], told)
            expected.is_called(said["name"], told)
        elif told.kind == events.RoleChanged.kind:
            expected.roles[said["team"], said["person"]] = (said["after"], told)
        elif told.kind == events.MemberRemoved.kind:
            del expected.roles[said["team"], said["person"]]
        else:
            expected.is_called(said["after"], told)
    return expected


def _of_teams(expected: Expected) -> Iterator[Fault]:
    rows = {str(team.pk): team for team in Team.objects.order_by("name", "pk")}
    names = {key: f"the team {team.name}" for key, team in rows.items()}
    yield from in_one_only(INSTANCE, "team", names, expected.teams)
    for key, told in expected.teams.items():
        if team := rows.get(key):
            name = told.said.get("team_name") or told.said["name"]
            yield from differences(
                told, names[key], {"name": (team.name, name), "slug": (team.slug, told.said["slug"])}
            )


def _of_roles(expected: Expected) -> Iterator[Fault]:
    found = Membership.objects.select_related("user", "team").order_by("team__name", "user__full_name", "pk")
    rows = {(str(row.team_id), str(row.user_id)): row for row in found}
    names = {key: f"the membership of {row.user} in {row.team}" for key, row in rows.items()}
    yield from in_one_only(INSTANCE, "membership", names, {key: told for key, (_, told) in expected.roles.items()})
    for key, (role, told) in expected.roles.items():
        if key in rows:
            yield from differences(told, names[key], {"role": (rows[key].role, role)})


def _of_people(expected: Expected) -> Iterator[Fault]:
    rows = {str(person.pk): person for person in User.objects.order_by("full_name", "pk")}
    names = {key: f"the account of {person}" for key, person in rows.items()}
    yield from in_one_only(INSTANCE, "person", names, {key: told for key, (_, told) in expected.names.items()})
    for key, (name, told) in expected.names.items():
        if person := rows.get(key):
            facts = {"name": (person.full_name, name), "right to administer": (person.is_admin, key in expected.admins)}
            yield from differences(told, names[key], facts)
