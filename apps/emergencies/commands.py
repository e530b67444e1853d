"""Going before every key is turned: one decider authorises it, and two people review it afterwards."""

from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from apps.accounts.models import User
from apps.accounts.roles import Capability
from apps.core import bulk
from apps.core.errors import Stale, WrongState
from apps.core.permissions import require
from apps.core.shown import require_same
from apps.core.wording import exact
from apps.deployments.commands.parts import of_key
from apps.deployments.models import Deployment, Emergency, EmergencyReview, OwedItem
from apps.deployments.selectors.emergencies import debts_of
from apps.deployments.selectors.summaries import ItemSummary, summaries
from apps.factors.commands import Proof
from apps.ledger import commands as ledger
from apps.signoff import commands as signoff
from apps.signoff.models import Signature
from apps.signoff.rules import Cause, Meaning, content_digest

from . import permissions, selectors
from .events import EmergencyAuthorised, ReviewSentBack, ReviewVerified, ReviewWritten
from .rules import LENT


@transaction.atomic
def authorise_emergency(
    deployment: Deployment, *, by: User, reason: str, reviewer: User, shown: str, intent: UUID, proof: Proof
) -> Emergency:
    """Go now, by one key: items that lack keys, and a review, are owed until two days from now.

    `shown` is the digest of what the page said would be owed; `reviewer` sees to the review.
    """
    deployment = Deployment.objects.lock(deployment.pk)
    known = Emergency.objects.filter(deployment=deployment).select_related("sign_off").first()
    if known and known.sign_off.has_turned(by, intent):
        return known
    require(permissions.authorise_emergency(by, deployment))
    items = summaries(deployment)
    if why := selectors.why_not_authorise(deployment, items):
        raise WrongState(why)
    _require_reviewer(reviewer, deployment, by)
    if selectors.digest_of_page(items) != shown:
        raise Stale("The board changed after you opened this page. Look at what would be owed, then turn your key.")
    lines = {"reason": reason, "reviewer": reviewer, "reviewer_name": reviewer.full_name}
    emergency = selectors.new_emergency(deployment, **lines)
    owed = selectors.owed_by(items)
    key = _sign_alone(emergency, owed, by=by, intent=intent, proof=proof)
    rows = [emergency, *_store_owed(emergency, owed), *_begin_review(emergency, key, by=by)]
    event = EmergencyAuthorised(
        emergency=emergency.id,
        meaning=key.meaning,
        numbers=[item.number for item in owed],
        due_at=exact(key.signed_at + LENT, "minutes"),
        reviewer=reviewer.id,
        name=key.name,
        reviewer_name=reviewer.full_name,
        reason=reason,
    )
    ledger.record(deployment.stream, event, by=by, rows=[*rows, *emergency.sign_off.changes], anchored=True)
    return emergency


@transaction.atomic
def write_review(
    review: EmergencyReview, *, by: User, findings: str, prevention: str, shown: str, intent: UUID, proof: Proof
) -> EmergencyReview:
    """Write the review over the one that was `shown`, and turn its first key; what was turned on it falls out."""
    review = _lock(review)
    if review.sign_off.has_turned(by, intent) and (review.findings, review.prevention) == (findings, prevention):
        return review
    require(permissions.write_review(by, review))
    if shown != selectors.digest_of_review(review):
        raise Stale("Somebody else wrote the review after you opened it. Read theirs, then write yours.")
    turned = review.sign_off.turned
    review.findings, review.prevention = findings, prevention
    digest = content_digest(review.covered())
    signoff.contribute(review.sign_off, by=by)
    revise = signoff.reopen if turned else signoff.revise
    revise(review.sign_off, by=by, digest=digest, cause=Cause.COMPLETED_AGAIN if turned else Cause.COMPLETED)
    review.save(update_fields=["findings", "prevention"])
    key = signoff.sign(review.sign_off, by=by, shown=digest, meaning=Meaning.COMPLETED, intent=intent, proof=proof)
    written = ReviewWritten(review=review.id, **of_key(key), findings=findings, prevention=prevention)
    rows = [review, *review.sign_off.changes]
    ledger.record(review.emergency.deployment.stream, written, by=by, rows=rows)
    return review


@transaction.atomic
def verify_review(review: EmergencyReview, *, by: User, shown: str, intent: UUID, proof: Proof) -> EmergencyReview:
    """Turn the second key of the review: that debt is paid."""
    review = _lock(review)
    if review.sign_off.has_turned(by, intent):
        return review
    require(permissions.verify_review(by, review))
    key = signoff.sign(review.sign_off, by=by, shown=shown, meaning=Meaning.VERIFIED, intent=intent, proof=proof)
    deployment = review.emergency.deployment
    debts = debts_of(deployment)
    verified = ReviewVerified(review=review.id, **of_key(key), unsigned=len(debts.unsigned) if debts else 0)
    ledger.record(deployment.stream, verified, by=by, rows=review.sign_off.changes, anchored=True)
    return review


@transaction.atomic
def send_back_review(review: EmergencyReview, *, by: User, reason: str, shown: str | None = None) -> EmergencyReview:
    """Refuse the written review that was `shown`, with a reason; it has to be written again."""
    review = _lock(review)
    require(permissions.send_back_review(by, review))
    require_same(shown, review.sign_off.standing, "send the review back")
    rejection = signoff.reject(review.sign_off, by=by, reason=reason)
    sent_back = ReviewSentBack(review=review.id, name=rejection.name, reason=reason)
    ledger.record(review.emergency.deployment.stream, sent_back, by=by, rows=review.sign_off.changes)
    return review


def _require_reviewer(reviewer: User, deployment: Deployment, by: User) -> None:
    """Whoever sees to the review works in the team, and is another person than whoever authorises."""
    if reviewer.pk == by.pk or reviewer.pk in by.counts_as(deployment.team_id):
        raise WrongState("You cannot see to the review of what you authorise alone. Choose somebody else.")
    if not reviewer.may(Capability.EDIT, deployment.team_id):
        raise WrongState(f"{reviewer.full_name} does not work in {deployment.team.name}. Choose somebody who does.")


def _sign_alone(emergency: Emergency, owed: list[ItemSummary], *, by: User, intent: UUID, proof: Proof) -> Signature:
    """Turn the one key over what is owed, and store the emergency: its table takes no moment without it."""
    deployment = emergency.deployment
    digest = content_digest(emergency.content(selectors.terms_of(owed)))
    signoff.store(emergency, team=deployment.team, stream=deployment.stream, digest=digest)
    emergency.authorised_by, emergency.authorised_by_name = by, by.full_name
    emergency.save(force_insert=True)
    key = signoff.sign(emergency.sign_off, by=by, shown=digest, meaning=Meaning.AUTHORISED, intent=intent, proof=proof)
    emergency.authorised_by_name, emergency.authorised_at, emergency.due_at = (
        key.name,
        key.signed_at,
        key.signed_at + LENT,
    )
    emergency.save(update_fields=["authorised_by_name", "authorised_at", "due_at"])
    return key


def _store_owed(emergency: Emergency, owed: list[ItemSummary]) -> list[OwedItem]:
    """The items that lack keys, as they stand. Returns the rows, to be proved."""
    rows = [
        OwedItem(
            emergency=emergency, item_id=item.id, digest=item.digest, turned=item.facts.turned,
            required=item.facts.required,
        )
        for item in owed
    ]  # fmt: skip
    bulk.insert_all(rows)
    return rows


def _begin_review(emergency: Emergency, key: Signature, *, by: User) -> list[Any]:
    """The review that is owed, not written yet; who authorised never verifies it. Returns the rows, to be proved."""
    review, deployment = EmergencyReview(id=uuid4(), emergency=emergency), emergency.deployment
    digest = content_digest(review.covered())
    signoff.store(review, team=deployment.team, stream=deployment.stream, digest=digest)
    signoff.contribute(review.sign_off, by=by, before=_in_whose_name(key))
    review.save(force_insert=True)
    return [review, *review.sign_off.changes]


def _in_whose_name(key: Signature) -> list[tuple[UUID, str]]:
    """For whom it was authorised, where somebody stood in: it is their word too, also afterwards."""
    return [(key.on_behalf_id, key.on_behalf_name)] if key.on_behalf_id else []


def _lock(review: EmergencyReview) -> EmergencyReview:
    """The review with its keys, its deployment locked first."""
    deployment = Deployment.objects.lock(review.emergency.deployment_id)
    fresh = EmergencyReview.objects.select_related("sign_off", "emergency").prefetch_related(
        "sign_off__signatures", "sign_off__contributions", "sign_off__revisions", "sign_off__rejections"
    )
    review = fresh.get(pk=review.pk)
    review.emergency.deployment = deployment
    return review
