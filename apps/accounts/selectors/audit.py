"""Comparing people and memberships with what the instance's ledger says: a role decides whose key counts."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from apps.accounts import events
from apps.accounts.models import Membership, User
from apps.accounts.roles import Role
from apps.ledger import selectors as ledger
from apps.ledger.chain import INSTANCE, Fault
from apps.ledger.selectors import UNREADABLE, Told, earliest_first

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
    """What the entries say: (role, entry) by (team, person), and (name, entry) by person."""

    roles: dict[tuple[str, str], tuple[str, Told]] = field(default_factory=dict)
    names: dict[str, tuple[str, Told]] = field(default_factory=dict)


def ledger_faults() -> Iterator[Fault]:
    """Roles and names that stand otherwise in the tables than the instance's ledger says."""
    try:
        expected = _replay()
    except UNREADABLE as error:
        yield Fault(INSTANCE, None, f"its entries about people do not follow from each other ({type(error).__name__})")
        return
    try:
        found = [*_of_roles(expected), *_of_names(expected)]
    except UNREADABLE as error:
        found = [Fault(INSTANCE, None, f"the rows about people cannot be read ({type(error).__name__})")]
    yield from earliest_first(found)


def _replay() -> Expected:
    expected = Expected()
    for told in ledger.told(INSTANCE, KINDS):
        said = told.said
        if told.kind == events.FirstTeamCreated.kind:
            expected.roles[said["team"], told.actor] = (Role.LEAD, told)
            expected.names[told.actor] = (said["person_name"], told)
        elif told.kind == events.TeamCreated.kind:
            expected.roles[said["team"], told.actor] = (Role.LEAD, told)
        elif told.kind == events.InvitationAccepted.kind:
            expected.roles[said["team"], told.actor] = (said["role"], told)
            expected.names[told.actor] = (said["name"], told)
        elif told.kind == events.RoleChanged.kind:
            expected.roles[said["team"], said["person"]] = (said["after"], told)
        elif told.kind == events.MemberRemoved.kind:
            del expected.roles[said["team"], said["person"]]
        else:
            expected.names[told.actor] = (said["after"], told)
    return expected


def _of_roles(expected: Expected) -> Iterator[Fault]:
    rows = Membership.objects.order_by("team__name", "user__full_name")
    found = rows.values_list("team_id", "user_id", "role", "user__full_name", "team__name")
    standing = {(str(team), str(person)): (role, name, called) for team, person, role, name, called in found}
    for key, (role, told) in expected.roles.items():
        if key not in standing:
            yield Fault(INSTANCE, told.sequence, "the membership it tells of is gone from the tables")
        elif standing[key][0] != role:
            yield Fault(INSTANCE, told.sequence, "the membership: the role in the tables is not the one it tells")
    for key, (_, name, called) in standing.items():
        if key not in expected.roles:
            what = f"the membership of {name} in {called} stands in the tables and no entry tells of it"
            yield Fault(INSTANCE, None, what)


def _of_names(expected: Expected) -> Iterator[Fault]:
    standing = {str(person): name for person, name in User.objects.order_by("full_name").values_list("id", "full_name")}
    for person, (name, told) in expected.names.items():
        if person not in standing:
            yield Fault(INSTANCE, told.sequence, "the person it tells of is gone from the tables")
        elif standing[person] != name:
            yield Fault(INSTANCE, told.sequence, "the person: the name in the tables is not the one it tells")
    for person, called in standing.items():
        if person not in expected.names:
            yield Fault(INSTANCE, None, f"the account of {called} stands in the tables and no entry tells of it")
