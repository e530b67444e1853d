"""What the pages about the people of a team show: who may do what, why not, and what waits for a second person."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from apps.accounts.models import Delegation, Grant, Membership, Team, User
from apps.accounts.models.delegations import DelegationQuerySet
from apps.accounts.roles import (
    BASES,
    BY_TWO,
    DESCRIPTIONS,
    GRANTED,
    LONGEST_READING,
    VERIFYING,
    Capability,
    Role,
    capabilities_of,
    in_words,
)
from apps.accounts.selectors.pages import MenuLink
from apps.core.shown import fingerprint, texts
from apps.core.statements import Folded
from apps.core.wording import day, isolated, minute
from apps.factors.selectors import without_passkey
from apps.letters import selectors as letters
from apps.signoff.models import Contribution, Signature, SignOff, signable_models
from apps.signoff.rules import VERIFIERS, ordinal

from . import permissions

PEOPLE_PER_PAGE = 25
DORMANT_AFTER = timedelta(days=90)
MOST_DORMANT, MOST_LACKING, MOST_DELEGATIONS = 25, 50, 50
WAITING_SHOWN = 10  # of a team, on its page of people
SORTS = (("name", "Name"), ("role", "Role"), ("since", "Newest"))
OF_KEYS = {Capability.EDIT, *VERIFIERS.values()}  # what takes a key, which nobody turns while suspended
# The columns of the matrix: what somebody may do, a word more about it, what it takes, and the role that includes it.
RIGHTS = (
    ("Turn key 1", "performed", Capability.EDIT, Role.MEMBER),
    ("Turn key 2 and up", "verified, waivers", Capability.REVIEW, Role.REVIEWER),
    ("Publish templates", "that others wrote", Capability.PUBLISH, Role.AUTHOR),
    ("Manage releases", "items, cancelling", Capability.RELEASE, Role.MANAGER),
    ("Decide", "second key of the sheet", Capability.DECIDE, Role.DECIDER),
    ("Manage people", "and secrets", Capability.MANAGE, Role.ADMIN),
)


def people_page(team: Team, viewer: User, *, q: str = "", sort: str = "", page: int | str = 1) -> dict[str, Any]:
    """Who may do what in a team, and what waits; `q` searches names and mail, `sort` is name, role or since."""
    sort = sort if sort in dict(SORTS) else "name"
    members = Paginator(_sorted(_found(team, q), sort), PEOPLE_PER_PAGE).get_page(page)
    admins = team.admins()
    may_invite = permissions.invite_person(viewer, admins=admins)
    lacks_second = admins == {viewer.pk}
    asked = list(_asked(Grant.objects.filter(team=team))[: WAITING_SHOWN + 1])
    lacking = _lacking(team)
    return {
        "team": team,
        "page": members,
        "rights": [(label, note) for label, note, *_ in RIGHTS],
        "rows": _rows(members, team, viewer, admins, lacking),
        "lacking": lacking,
        "dormant": _dormant(team),
        "delegations": _delegations(Delegation.objects.filter(team=team), viewer, admins),
        "q": q,
        "sorts": [MenuLink(label, key, key == sort) for key, label in SORTS],
        "may_invite": may_invite,
        "may_edit_team": permissions.edit_team(viewer, admins=admins),
        "team_shown": fingerprint(team.standing),
        "passkeys": _passkeys(team),
        "invitations": letters.invitations_of(team) if may_invite else [],
        "waiting": [_grant(grant, viewer, admins) for grant in asked[:WAITING_SHOWN]],
        "more_wait": len(asked) > WAITING_SHOWN,
        "is_alone": members.paginator.count == 1 and not q,
        "lacks_second": lacks_second,
        "no_other": permissions.NO_OTHER,
        "begins": lacks_second and begins(team, viewer),
    }


def member_page(membership: Membership, viewer: User) -> dict[str, Any]:
    """One member: what they are, since when and by whom, and what else they could become."""
    team, person = membership.team, membership.user
    admins = team.admins()
    found = Grant.objects.standing().filter(team=team, person=person).select_related("team", "person")
    standing = list(found.order_by("asked_at", "pk"))
    free = [role for role in GRANTED if role not in {grant.role for grant in standing}]
    return {
        "team": team,
        "membership": membership,
        "person": person,
        "suspended": person.is_suspended(timezone.now()),
        "is_viewer": person.pk == viewer.pk,
        "held": [_grant(grant, viewer, admins) for grant in standing],
        **_standing_in(membership, viewer, standing, admins),
        "free": [(role.value, role.label, DESCRIPTIONS[role], role in BY_TWO) for role in free],
        "may_ask": permissions.ask_role(viewer, membership, admins=admins, now=timezone.now()),
        "begins": person.pk != viewer.pk and begins(team, viewer),
        "bases": [(role.value, role.label, DESCRIPTIONS[role]) for role in BASES],
        "does": DESCRIPTIONS[membership.role],
        "reads": _reads(membership),
        "last_day": str(membership.reads_until or ""),
        "longest": str(timezone.now().date() + LONGEST_READING),
        "may_change": permissions.change_role(viewer, membership, admins=admins),
        "may_remove": permissions.remove_member(viewer, membership, admins=admins),
        "shown": fingerprint(what_they_are(membership, standing)),
    }


@dataclass(frozen=True)
class PasskeyRole:
    """A role that verifies: whether its keys take a passkey, and who holds it and has none, in words."""

    value: str
    label: str
    asked: bool
    without: str


def _passkeys(team: Team) -> list[PasskeyRole]:
    """Of each role that verifies whether its keys take a passkey, and who would be without one; two queries."""
    held = Grant.objects.held().filter(team=team, role__in=VERIFYING, person__is_active=True).select_related("person")
    holders = [(grant.role, grant.person) for grant in held.order_by(Folded("person__full_name"), "person_id")]
    lacking = {person.pk for person in without_passkey(list({person for _, person in holders}))}
    names = {role: [isolated(one.full_name) for own, one in holders if own == role and one.pk in lacking]
             for role in VERIFYING}  # fmt: skip
    asked = team.passkey_roles.split()
    return [PasskeyRole(role, role.label, role in asked, ", ".join(names[role])) for role in VERIFYING]


def what_they_are(membership: Membership, standing: Iterable[Grant]) -> dict[str, str]:
    """A member as pages show them to whoever would change that; `standing` is what they hold, or was asked for."""
    roles = " ".join(sorted(grant.role for grant in standing))
    return texts(role=membership.role, reads_until=membership.reads_until, roles=roles)


def begins(team: Team, by: User) -> bool:
    """Whether nobody but `by` ever was an admin of the team: they alone name its second one."""
    admins = Grant.objects.filter(team=team, role=Role.ADMIN, granted_at__isnull=False)
    return not admins.exclude(person=by).exists()


def waiting_for_administrators(viewer: User, page: int | str = 1) -> dict[str, Any]:
    """What was asked for in teams without another admin, of which an administrator sees no more than that."""
    asked = Paginator(_asked(Grant.objects.for_administrators()), PEOPLE_PER_PAGE).get_page(page)
    return {"page": asked, "waiting": [_grant(grant, viewer, ()) for grant in asked]}


def accept_delegation_page(delegation: Delegation, viewer: User) -> dict[str, Any]:
    """What somebody agrees to who verifies for another, and whether they may."""
    may = permissions.accept_delegation(viewer, delegation, timezone.now())
    return {"delegation": delegation, "until": minute(delegation.ends_at), "team": delegation.team, "may": may}


def grant_role_page(grant: Grant, viewer: User) -> dict[str, Any]:
    """What a second person grants, and whether they may."""
    may = permissions.grant_role(viewer, grant, admins=grant.team.admins(), now=timezone.now())
    return {"grant": grant, "does": DESCRIPTIONS[grant.role], "may": may}


def _delegations(found: DelegationQuerySet, viewer: User, admins: Collection[UUID]) -> list[SimpleNamespace]:
    """Who stands in for whom, or was asked to, and what the viewer may do about it; the next to end first."""
    now = timezone.now()
    rows = found.open(now).select_related("team").order_by("ends_at", "pk")[:MOST_DELEGATIONS]
    return [
        SimpleNamespace(
            delegation=row,
            shown=fingerprint(row.standing),
            until=minute(row.ends_at),
            may_accept=permissions.accept_delegation(viewer, row, now),
            may_end=permissions.end_delegation(viewer, row, now, admins=admins),
            is_mine=viewer.pk == row.delegate_id,
        )
        for row in rows
    ]


def _standing_in(
    membership: Membership, viewer: User, standing: Iterable[Grant], admins: Collection[UUID]
) -> dict[str, Any]:
    """Who stands in for a member, or for whom they do, and whether the viewer may ask somebody to."""
    found = Delegation.objects.filter(team=membership.team).of(membership.user)
    delegations = _delegations(found, viewer, admins)
    roles = [grant.role for grant in standing if grant.granted_at]
    has_asked = any(row.delegation.delegator_id == viewer.pk for row in delegations)
    may = permissions.delegate(viewer, membership.team, roles=roles, has_asked=has_asked, now=timezone.now())
    return {"delegations": delegations, "may_delegate": may}


def _asked(grants: QuerySet[Grant]) -> QuerySet[Grant]:
    """Those that wait for a second person, the oldest first."""
    waiting = grants.filter(granted_at=None, ended_at=None)
    return waiting.select_related("person", "team").order_by("asked_at", "pk")


def _grant(grant: Grant, viewer: User, admins: Collection[UUID]) -> SimpleNamespace:
    """A role that is held or asked for, and what the viewer may do about it."""
    return SimpleNamespace(
        grant=grant,
        does=DESCRIPTIONS[grant.role],
        shown=fingerprint(grant.standing),
        may_grant=permissions.grant_role(viewer, grant, admins=admins, now=timezone.now()),
        may_end=permissions.end_role(viewer, grant, admins=admins),
        awaited=grant.awaits(admins),
        is_own=grant.asked_by_id == viewer.pk,
    )


def _found(team: Team, q: str) -> QuerySet[Membership]:
    members = Membership.objects.filter(team=team).select_related("user")
    for word in q.split():
        members = members.filter(
            Q(user__full_name__holds=word) | Q(user__username__holds=word) | Q(user__email__holds=word)
        )
    return members


def _sorted(members: QuerySet[Membership], sort: str) -> QuerySet[Membership]:
    if sort == "since":
        return members.order_by("-since", "pk")
    if sort == "role":
        ranks = [When(_is(role), then=Value(rank)) for rank, role in enumerate(Role)]
        return members.order_by(Case(*ranks, output_field=IntegerField()), Folded("user__full_name"), "pk")
    return members.order_by(Folded("user__full_name"), "pk")


def _is(role: Role) -> Q:
    """Whether a membership's person is that in its team."""
    if role in BASES:
        return Q(role=role)
    held = Grant.objects.held().filter(team=OuterRef("team"), person=OuterRef("user"), role=role)
    return Q(Exists(held))


def _rows(
    members: Page[Membership], team: Team, viewer: User, admins: Collection[UUID], lacking: SimpleNamespace | None
) -> list[SimpleNamespace]:
    """Each membership: what its person is and may do, who verified who they are, what they signed. Two queries."""
    people = [membership.user_id for membership in members]
    standing = defaultdict(list)
    for grant in Grant.objects.standing().filter(team=team, person__in=people).order_by("asked_at", "pk"):
        standing[grant.person_id].append(grant)
    signed = _signed(team, people)
    return [
        SimpleNamespace(
            membership=membership,
            is_viewer=membership.user_id == viewer.pk,
            words=in_words([membership.role, *(grant.role for grant in granted if grant.granted_at)]),
            reads=_reads(membership),
            cells=[*_own_cell(lacking, membership, granted), *_cells(membership, granted, admins)],
            identity=next((grant for grant in reversed(granted) if grant.identity and grant.granted_at), None),
            keys=signed.get(membership.user_id, (0, None)),
        )
        for membership in members
        for granted in [standing[membership.user_id]]
    ]


def _cells(membership: Membership, standing: Sequence[Grant], admins: Collection[UUID]) -> list[SimpleNamespace]:
    """For each right: `ink` "may", "yet" while it waits for a second person, or "not"; in `words`, and `why` not."""
    held = capabilities_of([membership.role, *(grant.role for grant in standing if grant.granted_at)])
    asked = {grant.role: grant for grant in standing if not grant.granted_at}
    suspended = _suspended(membership.user)
    cells = []
    for label, _, capability, role in RIGHTS:
        if capability in held and suspended and capability in OF_KEYS:
            ink, words, why = "yet", "may not yet", suspended
        elif capability in held:
            ink, words, why = "may", "may", ""
        elif role in asked:
            ink, words = "yet", "may not yet"
            why = f"waits for {asked[role].awaits(admins)}"
        else:
            ink, words = "not", "may not"
            why = "only reads" if membership.role == Role.AUDITOR else f"not a {role.label.lower()}"
        cells.append(SimpleNamespace(label=label, ink=ink, words=words, why=why))
    return cells


def _suspended(person: User) -> str:
    """From when somebody signs again who got in by another way than before; empty for anybody else."""
    until = person.signing_suspended_until
    return f"signs again from {minute(until)} UTC" if until and until > timezone.now() else ""


def _lacking(team: Team) -> SimpleNamespace | None:
    """The first thing whose key to verify nobody of the team is left to turn, and who did what there; None for none.

    One query where nothing lacks, three and one for each kind of thing people sign otherwise.
    """
    able = (
        Grant.objects.held()
        .filter(team=OuterRef("team"), role=OuterRef("verifier"), person__is_active=True)
        .exclude(person__signing_suspended_until__gt=timezone.now())
        .exclude(Exists(Contribution.objects.filter(sign_off=OuterRef(OuterRef("pk")), person=OuterRef("person"))))
        .exclude(Exists(_turned(OuterRef(OuterRef("pk")), OuterRef(OuterRef("revision")), signer=OuterRef("person"))))
    )
    # Who wrote some of a template publishes it all the same where the others agreed to it: signoff.rules.
    open_ones = SignOff.objects.filter(team=team, opened_at__isnull=False, closed_at=None).exclude(verifier=Role.AUTHOR)
    turned = _turned(OuterRef("pk"), OuterRef("revision")).order_by().values("sign_off").annotate(count=Count("pk"))
    found = open_ones.filter(~Exists(able), required__gt=F("contributor_keys")).exclude(
        required=Coalesce(Subquery(turned.values("count")), 0)
    )
    first = list(found.order_by("stream", "subject").values_list("pk", flat=True)[:MOST_LACKING])
    if not first:
        return None
    awaited = [row for kind in signable_models() for row in kind.awaited(SignOff.objects.filter(pk__in=first))]
    if not awaited:
        return None
    subject = min(awaited, key=lambda row: first.index(row.sign_off_id))
    sign_off = SignOff.objects.prefetch_related("signatures", "contributions").get(pk=subject.sign_off_id)
    return SimpleNamespace(
        subject=subject,
        called=subject.called_in_full,
        label=f"Verify {subject.called}",
        role=Role(sign_off.verifier),
        turned={key.signer_id: ordinal(key.slot) for key in sign_off.turned},
        contributors=sign_off.contributors,
        others=len(awaited) - 1,
    )


def _turned(sign_off: Any, revision: Any, **of: Any) -> QuerySet[Signature]:
    """The keys of a sign-off that count now."""
    return Signature.objects.filter(sign_off=sign_off, revision=revision, **of)


def _own_cell(
    lacking: SimpleNamespace | None, membership: Membership, standing: Sequence[Grant]
) -> list[SimpleNamespace]:
    """The cell of what lacks somebody: why this person does not verify it; none where nothing lacks."""
    if lacking is None:
        return []
    person, held = membership.user_id, {grant.role for grant in standing if grant.granted_at}
    why = (
        ("only reads" if membership.role == Role.AUDITOR else "")
        or (f"turned the {lacking.turned[person]} key" if person in lacking.turned else "")
        or ("worked on it" if person in lacking.contributors else "")
        or ("" if lacking.role in held else f"not a {lacking.role.label.lower()}")
        or ("" if membership.user.is_active else "account closed")
        or _suspended(membership.user)
    )
    return [SimpleNamespace(label=lacking.label, ink="not", words="may not", why=why, is_asked=True)]


def _dormant(team: Team) -> list[SimpleNamespace]:
    """Who may verify and turned no key here for DORMANT_AFTER, by name: `person`, `last` key or None; one query."""
    since = timezone.now() - DORMANT_AFTER
    signed = Signature.objects.filter(sign_off__team=team, signer=OuterRef("pk")).order_by().values("signer")
    held = Grant.objects.held().filter(team=team, person=OuterRef("pk"), role__in=[*VERIFIERS])
    found = (
        User.objects.filter(Exists(held.filter(granted_at__lt=since)), ~Exists(held.filter(granted_at__gte=since)))
        .filter(is_active=True)
        .annotate(last=Subquery(signed.annotate(last=Max("signed_at")).values("last")))
        .filter(Q(last=None) | Q(last__lt=since))
    )
    return [SimpleNamespace(person=one, last=one.last) for one in found.order_by(Folded("full_name"))[:MOST_DORMANT]]


def _reads(membership: Membership) -> str:
    """What an auditor may: "reads until 31 Dec 2026", or "read until" once that is over."""
    if membership.reads_until is None:
        return ""
    return f"{'read' if membership.is_over else 'reads'} until {day(membership.reads_until)}"


def _signed(team: Team, people: Iterable[UUID]) -> dict[UUID, tuple[int, datetime]]:
    """How many keys each of some people turned in a team, and when the last one."""
    keys = Signature.objects.filter(sign_off__team=team, signer__in=people).order_by()
    found = keys.values_list("signer").annotate(count=Count("pk"), last=Max("signed_at"))
    return {person: (count, last) for person, count, last in found}
