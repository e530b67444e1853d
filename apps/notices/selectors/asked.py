"""Who is asked for what now: notices that wait are compared with this, made where they lack and settled where not."""

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from apps.accounts.models import Grant, User
from apps.accounts.roles import in_words
from apps.core.http import address
from apps.deployments.rules import NextStep, next_step
from apps.deployments.selectors.emergencies import debts_of
from apps.deployments.selectors.readiness import Member, waits_for
from apps.deployments.selectors.summaries import ItemSummary
from apps.ledger.models import Entry
from apps.notices.models import Notice
from apps.notices.rules import WAITING, Kind, Word
from apps.sheets.models import Reopening, Sheet
from apps.signoff.rules import VERIFIERS

from .words import DeploymentFacts, grants_of, who_wrote


def open_waiting(facts: DeploymentFacts) -> "QuerySet[Notice]":
    """The notices of a deployment that wait, and those of what is assigned, locked in one order."""
    waiting = Notice.objects.open().filter(
        deployment=facts.deployment, kind__in=[*WAITING, Kind.ASSIGNED, Kind.OVERDUE]
    )
    return waiting.order_by("pk").select_for_update(no_key=True)


def asked_of_items(facts: DeploymentFacts, items: Iterable[ItemSummary]) -> Iterator[tuple[Kind, ItemSummary, Member]]:
    """Who is asked for which key or which decision: the owner where they may, else everybody who may."""
    if not facts.deployment.takes_keys:
        return
    for item in items:
        step = next_step(item.facts)
        if step in (NextStep.NEXT_KEY, NextStep.APPROVE_WAIVER):
            kind = Kind.VERIFY if step is NextStep.NEXT_KEY else Kind.WAIVER
            able = [member for member in facts.people if waits_for(item, member)]
            owners = [member for member in able if member.id == item.owner]
            yield from ((kind, item, member) for member in owners or able)
        elif item.owner and step is not NextStep.NONE:
            yield from ((Kind.ASSIGNED, item, member) for member in facts.people if member.id == item.owner)


def asked_words(facts: DeploymentFacts, kind: Kind, item: ItemSummary) -> dict[str, Any]:
    """What a word about an item that waits says: who asks by what they did, and where it is done."""
    if kind is Kind.WAIVER:
        return {
            **facts.about_item(item, "#waive"),
            "actor_name": item.waiver_requested_by_name,
            "detail": "asks for it",
        }
    turned = item.signed[-1:]
    by = {"actor_name": turned[0].name, "detail": f"turned key {turned[0].slot}"} if turned else {}
    return {**facts.about_item(item, "#sign"), **by}


def asked_of_sheet(facts: DeploymentFacts) -> list[Member]:
    """Who may turn the second key of its sheet, or agree to reopen what it closed; nobody before that is asked."""
    with_keys = ("sign_off__signatures", "sign_off__contributions")
    sheets = Sheet.objects.filter(deployment=facts.deployment).select_related("sign_off").prefetch_related(*with_keys)
    sheet = sheets.first() if facts.deployment.takes_keys else None
    if facts.deployment.is_over:
        questions = Reopening.objects.filter(deployment=facts.deployment, agreed_at=None, ended_at=None)
        question = questions.select_related("sign_off").prefetch_related(*with_keys).first()
        asked = question.sign_off if question else None
    else:
        asked = sheet.sign_off if sheet and sheet.sign_off.turned and not sheet.sign_off.is_settled else None
    if asked is None:
        return []
    barred = asked.contributors | {key.signer_id for key in asked.turned}
    capability = VERIFIERS[asked.verifier]
    return [member for member in facts.people if member.may(capability) and member.id not in barred]


def asked_of_emergency(facts: DeploymentFacts) -> list[Member]:
    """Who sees to what its emergency owes, until that is paid; and who may turn the second key of its review."""
    debts = debts_of(facts.deployment, facts.items.values()) if facts.deployment.takes_keys else None
    if debts is None or debts.is_settled:
        return []
    keys, capability = debts.review.sign_off, VERIFIERS[debts.review.verifier]
    asked = {debts.emergency.reviewer_id}
    if keys.turned and not keys.is_settled:
        asked |= {member.id for member in facts.people if member.may(capability)} - keys.contributors
    return [member for member in facts.people if member.id in asked]


def words_of_asked_roles(entry: Entry) -> Iterator[tuple[UUID, Word]]:
    """(team, word): whoever may grant what was asked for, other admins of the team, else administrators of it all."""
    heard: dict[str, Any] = {"occasion": f"{entry.stream_id}:{entry.sequence}", "actor_name": who_wrote(entry)}
    waiting = Grant.objects.standing().filter(pk__in=grants_of(entry), granted_at=None)
    for grant in waiting.select_related("team", "person").order_by("pk"):
        admins = grant.team.admins() - {grant.asked_by_id}
        path = address("teams:member", grant.team.slug, grant.person_id) if admins else address("teams:asked")
        administrators = User.objects.filter(is_active=True, is_admin=True).exclude(pk=grant.asked_by_id)
        subject = f"{grant.person.full_name} becomes {in_words([grant.role])} · {grant.team.name}"
        for person in sorted(admins or administrators.values_list("pk", flat=True)):
            word = Word(
                person=person, kind=Kind.GRANT, about=f"grant:{grant.pk.hex}", path=path, subject=subject, **heard
            )
            yield grant.team_id, word
