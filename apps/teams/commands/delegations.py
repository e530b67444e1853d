"""Who stands in for whom. Each records itself in the instance's ledger."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.commands import grants
from apps.accounts.models import Delegation, Membership, Team, User
from apps.accounts.models.delegations import LONGEST, last_day_of
from apps.accounts.roles import Role
from apps.accounts.selectors.roles import roles_in
from apps.core.errors import WrongState
from apps.core.permissions import require
from apps.core.shown import id_of_intent, require_same
from apps.core.wording import day
from apps.factors.commands import Evidence
from apps.ledger import commands as ledger
from apps.live import publish as live
from apps.teams import events, permissions

from .parts import as_held, require_proof


def delegate(
    team: Team, *, by: User, evidence: Evidence, person: User, last_day: date, intent: UUID | None = None
) -> Delegation:
    """Ask a member to verify for `by` until the end of a day, in UTC, once they agree. One intent asks once."""
    pk = id_of_intent(intent, team.pk, by.pk, person.pk, last_day)
    if found := Delegation.objects.filter(pk=pk).first():
        return found
    require_proof(evidence, by=by)
    return _delegate(team, pk, by=by, person=person, last_day=last_day)


@transaction.atomic
def _delegate(team: Team, pk: UUID, *, by: User, person: User, last_day: date) -> Delegation:
    team, now = Team.objects.lock(team.pk), timezone.now()
    if found := Delegation.objects.filter(pk=pk).first():
        return found
    roles = roles_in(team.pk, [by.pk, person.pk])
    has_asked = Delegation.objects.open(now).filter(team=team, delegator=by).exists()
    require(permissions.delegate(as_held(by), team, roles=roles.get(by.pk, ()), has_asked=has_asked, now=now))
    if person == by or Role.MEMBER not in roles.get(person.pk, ()):
        raise WrongState(f"{person.full_name} cannot stand in for you. Choose another member of the team.")
    ends_at = min(datetime.combine(last_day + timedelta(days=1), time(), now.tzinfo), now + LONGEST)
    if last_day < now.date() or last_day > (now + LONGEST).date():
        raise WrongState(f"Choose a day from today to {day(now + LONGEST)}: somebody stands in for two weeks at most.")
    row = Delegation.objects.create(
        pk=pk,
        team=team,
        delegator=by,
        delegator_name=by.full_name,
        delegate=person,
        delegate_name=person.full_name,
        offered_at=now,
        ends_at=ends_at,
    )
    event = events.DelegationAsked(
        team=team.pk, delegation=row.pk, person=person.pk, until=day(last_day), delegate=person.full_name
    )
    ledger.record(ledger.INSTANCE, event, by=by, rows=[row])
    live.announce(live.PEOPLE)
    return row


def accept_delegation(delegation: Delegation, *, by: User, evidence: Evidence) -> Delegation:
    """Agree to verify for somebody. From now on the two count as one person for what is signed."""
    require(permissions.accept_delegation(by, delegation, timezone.now()))
    require_proof(evidence, by=by)
    return _accept(delegation, by=by)


@transaction.atomic
def _accept(delegation: Delegation, *, by: User) -> Delegation:
    row, now = _locked(delegation), timezone.now()
    require(permissions.accept_delegation(as_held(by), row, now))
    row.accepted_at = max(now, row.offered_at)  # also where a clock went back between the two
    row.save(update_fields=["accepted_at"])
    event = events.DelegationAccepted(
        team=row.team_id,
        delegation=row.pk,
        person=row.delegator_id,
        until=day(last_day_of(row.ends_at)),
        delegator=row.delegator_name,
    )
    ledger.record(ledger.INSTANCE, event, by=by, rows=[row])
    live.announce(live.PEOPLE)
    return row


@transaction.atomic
def end_delegation(delegation: Delegation, *, by: User, shown: str | None = None) -> Delegation:
    """End it, or decline what was asked. Keys turned by it stay."""
    row = _locked(delegation)
    require(permissions.end_delegation(by, row, timezone.now(), admins=row.team.admins()))
    require_same(shown, row.standing, "end it")
    (row,) = grants.end([row], by=by)
    event = events.DelegationEnded(
        team=row.team_id,
        delegation=row.pk,
        was_accepted=row.accepted_at is not None,
        delegator=row.delegator_name,
        delegate=row.delegate_name,
    )
    ledger.record(ledger.INSTANCE, event, by=by, rows=[row])
    live.announce(live.PEOPLE)
    return row


def _locked(delegation: Delegation) -> Delegation:
    """As it is now, with the memberships of both: whoever signs locks their own, and so comes before or after this."""
    Team.objects.lock(delegation.team_id)
    both = Membership.objects.filter(
        team=delegation.team_id, user__in=[delegation.delegator_id, delegation.delegate_id]
    )
    list(both.select_for_update(no_key=True).order_by("pk"))
    return Delegation.objects.select_related("team").get(pk=delegation.pk)
