"""Signing, withdrawing, rejecting, revising, opening and closing.

Each is called inside its owner's transaction, under its owner's lock, with signatures and
contributions prefetched. The owner records it, with `sign_off.changes` among the rows. Should a
caller forget the lock, the database still refuses a wrong signature.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Model
from django.utils import timezone

from apps.accounts.models import Team, User
from apps.core import bulk
from apps.core.errors import NotAllowed, Stale
from apps.core.guards import answer_of
from apps.core.permissions import require
from apps.core.shown import id_of_intent
from apps.core.statements import fetched
from apps.core.wording import for_another, in_one_line
from apps.factors import permissions as proving
from apps.factors.commands import Proof

from . import permissions
from .models import (
    LONGEST_CONCERN,
    Assertion,
    Contribution,
    Rejection,
    Revision,
    Signable,
    Signature,
    SignOff,
    Withdrawal,
)
from .rules import WITHDRAWS, Cause, Meaning, browser_digest, turn_of

# As SQL text: every edit of a draft asks it, and most of them of somebody who edited it before.
REMEMBERED = "SELECT id FROM signoff_contribution WHERE sign_off_id = %s AND round = %s AND person_id = %s"


def prepare(
    owner: Signable,
    *,
    team: Team,
    stream: str,
    digest: str,
    is_open: bool = True,
) -> SignOff:
    """Give `owner` a sign-off with its own id, not yet stored, for those that store many at once."""
    owner.sign_off = bulk.new_row(
        SignOff,
        id=owner.pk,
        team_id=team.pk,
        stream=stream,
        subject=owner.subject_of(owner.pk),
        required=owner.needed_keys,
        contributor_keys=owner.contributor_keys,
        passkey=getattr(owner, "passkey", False),  # items say so of themselves
        verifier=owner.verifier,
        digest=digest,
        opened_at=timezone.now() if is_open else None,
    )
    return owner.sign_off


def store(owner: Signable, **terms: Any) -> SignOff:
    """Give `owner` a sign-off and store it; `terms` are those of `prepare`."""
    sign_off = prepare(owner, **terms)
    sign_off.save(force_insert=True)
    sign_off.changes.append(sign_off)
    return sign_off


def open_all(stream: str) -> list[SignOff]:
    """Let keys be turned on everything of this stream. Returns the sign-offs, to be proved."""
    opened_at = timezone.now()
    found = list(SignOff.objects.filter(stream=stream, opened_at=None, closed_at=None))
    SignOff.objects.filter(stream=stream, opened_at=None, closed_at=None).update(opened_at=opened_at)
    for sign_off in found:
        sign_off.opened_at = opened_at
    return found


def close_all(stream: str, closed_at: datetime) -> list[SignOff]:
    """Freeze everything of this stream, as of one moment. Returns the sign-offs, to be proved."""
    found = list(SignOff.objects.filter(stream=stream, closed_at=None))
    SignOff.objects.filter(stream=stream, closed_at=None).update(closed_at=closed_at)
    for sign_off in found:
        sign_off.closed_at = closed_at
    return found


def open_again(stream: str, closed_at: datetime) -> list[SignOff]:
    """Open again what of this stream was closed at that moment, keys and all. Returns the sign-offs, to be proved.

    Only after somebody agreed to a reopening of it: the database refuses it otherwise.
    """
    found = list(SignOff.objects.filter(stream=stream, closed_at=closed_at))
    SignOff.objects.filter(stream=stream, closed_at=closed_at).update(closed_at=None)
    for sign_off in found:
        sign_off.closed_at = None
    return found


def close(*sign_offs: SignOff) -> None:
    """Freeze some for good, by one statement: the database takes no further signature for them."""
    closed_at, open_ones = timezone.now(), [sign_off for sign_off in sign_offs if sign_off.closed_at is None]
    for sign_off in open_ones:
        sign_off.closed_at = closed_at
        sign_off.changes.append(sign_off)
    bulk.update_all(open_ones, ["closed_at"])


def contribute(sign_off: SignOff, *, by: User, before: Iterable[tuple[UUID, str]] = ()) -> None:
    """Remember for good that somebody worked on the subject: they cannot verify it.

    `before` are pairs of a person and name: who wrote what it covers before this sign-off began or changed.
    Before `revise`, because the database takes no revision by somebody who is not remembered.
    """
    for person, name in ((by.pk, by.full_name), *before):
        if fetched(REMEMBERED, sign_off.pk, sign_off.round, person):
            continue
        found, is_new = Contribution.objects.get_or_create(
            sign_off=sign_off, round=sign_off.round, person_id=person, defaults={"name": name}
        )
        if is_new:
            sign_off.changes.append(found)


def revise(
    sign_off: SignOff, *, by: User, digest: str, cause: Cause, concerns: str = "", required: int | None = None
) -> int:
    """What is to be signed, or by how many, changed: start a new revision. Returns how many keys it invalidated."""
    if sign_off.digest == digest and required in (None, sign_off.required):
        return 0
    return reopen(sign_off, by=by, digest=digest, cause=cause, concerns=concerns, required=required)


def reopen(
    sign_off: SignOff, *, by: User, digest: str, cause: Cause, concerns: str = "", required: int | None = None
) -> int:
    """Start a new revision even if the content is the same. Returns how many keys it invalidated.

    required: how many keys it takes from now on; None for as many as before.
    """
    invalidated = len(sign_off.turned)
    sign_off.revision += 1
    sign_off.digest = digest
    sign_off.required = required or sign_off.required
    sign_off.save(update_fields=["revision", "round", "digest", "required"])
    revision = Revision.objects.create(
        sign_off=sign_off,
        number=sign_off.revision,
        digest=digest,
        cause=cause,
        concerns=concerns[:LONGEST_CONCERN],
        invalidated=invalidated,
        by=by,
        name=by.full_name,
    )
    sign_off.changes += [sign_off, revision]
    return invalidated


def revise_all(
    changed: Sequence[tuple[SignOff, str, int]],
    *,
    by: User,
    contributed: Collection[UUID],
    cause: Cause,
    concerns: str = "",
) -> list[Model]:
    """Start a new revision of many subjects in one statement of each kind: (sign-off, digest, keys it takes).

    Whether it takes a passkey is set on the sign-off before.
    Whoever does so contributed to them; `contributed` are ids of sign-offs that remember it for their round already.
    Returns the rows, to be proved.
    """
    sign_offs = [sign_off for sign_off, _, _ in changed]
    rows: list[Model] = [*_contribute_all([each for each in sign_offs if each.pk not in contributed], by)]
    revisions = []
    for sign_off, digest, required in changed:
        invalidated = len(sign_off.turned)
        sign_off.revision, sign_off.digest, sign_off.required = sign_off.revision + 1, digest, required
        revisions.append(
            Revision(
                sign_off=sign_off,
                number=sign_off.revision,
                digest=digest,
                cause=cause,
                concerns=concerns[:LONGEST_CONCERN],
                invalidated=invalidated,
                by=by,
                name=by.full_name,
            )
        )
    bulk.update_all(sign_offs, ["revision", "digest", "required", "passkey"])
    bulk.insert_all(revisions)
    return [*rows, *sign_offs, *revisions]


def _contribute_all(sign_offs: Sequence[SignOff], by: User) -> list[Contribution]:
    """Remember that somebody worked on these subjects, which remember it not yet."""
    made = [
        Contribution(sign_off=sign_off, round=sign_off.round, person=by, name=by.full_name) for sign_off in sign_offs
    ]
    bulk.insert_all(made)
    return made


def sign(sign_off: SignOff, *, by: User, shown: str, meaning: Meaning, intent: UUID, proof: Proof) -> Signature:
    """Turn the next key over the digest that was shown, by whoever `proof` shows it to be.

    `intent` is unique: one intent, one signature. Where a passkey signed, it signed this key over this digest.
    """
    now = timezone.now()
    require(permissions.sign(by, sign_off))
    _require_proven(proof, by, now)
    if shown != sign_off.digest:
        raise Stale("This changed after you opened it. Look at it again, then turn your key.")
    slot = len(sign_off.turned) + 1
    require(permissions.prove(by, sign_off, meaning, proof.means))
    try:
        assertion = _store_proof(sign_off, proof, by=by, turn=turn_of(sign_off.pk, shown, slot, meaning))
        signature = Signature.objects.create(
            sign_off=sign_off,
            revision=sign_off.revision,
            slot=slot,
            signer=by,
            meaning=meaning,
            digest=sign_off.digest,
            signed_at=now,
            intent=intent,
            browser=browser_digest(by.browser, sign_off.stream),
            **_for_whom(sign_off, by, meaning=meaning),
            means=proof.means,
            series=proof.series,
            assertion=assertion,
        )
    except IntegrityError as error:  # the caller's transaction ends with this; nothing else may be asked in it
        raise Stale(_why_refused(error, "signed", "this key was turned a moment ago")) from error
    sign_off.changes.append(signature)
    return signature


def _require_proven(proof: Proof, by: User, now: datetime) -> None:
    """Refuse what was proved by another, or too long ago, or by somebody who signs nothing now."""
    require(proving.prove(by, now))
    if proof.person != by or not proof.series.began_at <= now <= proof.series.ends_at:
        raise NotAllowed("Nothing was signed: what was proved is not who signs, or too long ago. Reload the page.")


def _for_whom(sign_off: SignOff, by: User, *, meaning: Meaning) -> dict[str, Any]:
    """Whom the next key names: who turns it, and for whom they do."""
    asked = permissions.turns_for(by, sign_off, meaning)
    if asked is None:
        return {"name": by.full_name}
    person, name, _ = asked
    return {"on_behalf_id": person, "on_behalf_name": name, "name": for_another(by.full_name, name)}


def _store_proof(sign_off: SignOff, proof: Proof, *, by: User, turn: Mapping[str, Any]) -> Assertion | None:
    """What shows that it was them, stored with the first signature that rests on it."""
    if proof.series._state.adding:
        proof.series.save(force_insert=True)
        sign_off.changes.append(proof.series)
    if proof.assertion is None or proof.passkey is None:
        return None
    if turn not in proof.assertion.turns:
        raise Stale("This changed after your passkey was asked. Look at it again, then turn your key.")
    stored, is_new = Assertion.objects.get_or_create(
        pk=proof.assertion.id,
        defaults={
            "person": by,
            "person_name": by.full_name,
            "statement": proof.assertion.statement,
            "issued_at": proof.assertion.issued_at,
            "expires_at": proof.assertion.expires_at,
            "answer": proof.assertion.answer,
            "credential": proof.passkey["id"],
            "public_key": proof.passkey["key"],
        },
    )
    sign_off.changes += [stored] if is_new else []
    return stored


def reject(sign_off: SignOff, *, by: User, reason: str) -> Rejection:
    """Send the subject back with a reason; turned keys are invalidated, and something changes before the next one.

    Whoever worked on it stays a contributor: what they wrote is still there.
    """
    require(permissions.reject(by, sign_off))
    try:
        rejection = Rejection.objects.create(
            sign_off=sign_off,
            revision=sign_off.revision,
            person=by,
            name=by.full_name,
            reason=reason,
            rejected_at=timezone.now(),
        )
    except IntegrityError as error:  # as in `sign`: their role ended after their request began, for instance
        raise Stale(_why_refused(error, "sent back", "it was sent back a moment ago")) from error
    sign_off.changes.append(rejection)
    sign_off.round += 1
    reopen(sign_off, by=by, digest=sign_off.digest, cause=Cause.REJECTED)
    return rejection


def withdraw(sign_off: SignOff, *, by: User, reason: str, intent: UUID, proof: Proof) -> Withdrawal:
    """Take back one's own key, by whoever `proof` shows it to be: every key falls out, and what they covered stays.

    The new revision comes first: the database takes no withdrawal that leaves a key counting.
    """
    now = timezone.now()
    require(permissions.withdraw(by, sign_off))
    _require_proven(proof, by, now)
    key = sign_off.turned_by[by.pk]
    cause, turn = Cause.KEY_WITHDRAWN, turn_of(sign_off.pk, key.digest, key.slot, WITHDRAWS)
    try:
        assertion = _store_proof(sign_off, proof, by=by, turn=turn)
        reopen(sign_off, by=by, digest=sign_off.digest, cause=cause, concerns=in_one_line(reason, LONGEST_CONCERN))
        withdrawal = Withdrawal.objects.create(
            id=id_of_intent(intent, sign_off.pk, by.pk),
            sign_off=sign_off,
            signature=key,
            revision=key.revision,
            person=by,
            name=by.full_name,
            reason=reason,
            withdrawn_at=now,
            means=proof.means,
            series=proof.series,
            assertion=assertion,
        )
    except IntegrityError as error:  # as in `sign`
        raise Stale(_why_refused(error, "withdrawn", "this key fell out a moment ago")) from error
    sign_off.changes.append(withdrawal)
    return withdrawal


def _why_refused(error: IntegrityError, done: str, otherwise: str) -> str:
    """What the database expected, if a guard of any app spoke; `otherwise` an index did: somebody was faster."""
    if answer := answer_of(error):
        return f"Nothing was {done}: {answer}. Reload the page to see what changed."
    return f"Nothing was {done}: {otherwise}. Reload the page to see by whom."
