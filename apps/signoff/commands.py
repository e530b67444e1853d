"""Signing, rejecting, revising.

Each is called inside its owner's transaction, under its owner's lock, with signatures and
contributions prefetched; the owner records it. Should a caller forget the lock, the database
still refuses a wrong signature.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone

from apps.accounts.models import Team, User
from apps.core.errors import Stale
from apps.core.permissions import require

from . import permissions
from .guards import SIGNATURE_RULES
from .models import Contribution, Rejection, Revision, Signature, SignOff
from .rules import REJECTED, Meaning


def prepare(team: Team, *, required: int, digest: str, contributor_keys: int = 1) -> SignOff:
    """A sign-off not yet stored, for owners that store many at once."""
    return SignOff(team=team, required=required, contributor_keys=contributor_keys, digest=digest)


def contribute(sign_off: SignOff, *, by: User) -> None:
    """Remember that she worked on the matter: she cannot verify it until it is rejected and redone."""
    Contribution.objects.get_or_create(sign_off=sign_off, round=sign_off.round, person=by)


def revise(sign_off: SignOff, *, by: User, digest: str, why: str) -> int:
    """What is to be signed changed: start a new revision. Returns how many keys fell out."""
    if sign_off.digest == digest:
        return 0
    return reopen(sign_off, by=by, digest=digest, why=why)


def reopen(sign_off: SignOff, *, by: User, digest: str, why: str) -> int:
    """Start a new revision even if the content is the same. Returns how many keys fell out."""
    fell = len(sign_off.turned)
    _next_revision(sign_off, by=by, digest=digest, why=why, fell=fell)
    return fell


def sign(sign_off: SignOff, *, by: User, shown: str, meaning: Meaning, intent: UUID) -> Signature:
    """Turn the next key over the digest that was shown. `intent` is unique: one intent, one signature."""
    require(permissions.sign(by, sign_off))
    if shown != sign_off.digest:
        raise Stale("This changed after you opened it. Look at it again, then turn your key.")
    try:
        return Signature.objects.create(
            sign_off=sign_off,
            revision=sign_off.revision,
            slot=len(sign_off.turned) + 1,
            signer=by,
            name=by.full_name,
            meaning=meaning,
            digest=sign_off.digest,
            signed_at=timezone.now(),
            intent=intent,
        )
    except IntegrityError as error:  # the caller's transaction ends with this; nothing else may be asked in it
        raise Stale(_why_refused(error)) from error


def reject(sign_off: SignOff, *, by: User, reason: str) -> Rejection:
    """Send the matter back with a reason; turned keys fall out and a new round begins.

    Whoever contributed may verify the next round, but not who rejected: nobody clears her own part.
    """
    require(permissions.reject(by, sign_off))
    rejection = Rejection.objects.create(
        sign_off=sign_off,
        revision=sign_off.revision,
        person=by,
        name=by.full_name,
        reason=reason,
        rejected_at=timezone.now(),
    )
    contributed = by.id in sign_off.contributors
    sign_off.round += 1
    _next_revision(sign_off, by=by, digest=sign_off.digest, why=REJECTED, fell=len(sign_off.turned))
    if contributed:
        contribute(sign_off, by=by)
    return rejection


def close(sign_offs: Iterable[UUID]) -> None:
    """Freeze sign-offs for good: the database takes no further signature for them."""
    SignOff.objects.filter(pk__in=list(sign_offs), closed_at=None).update(closed_at=timezone.now())


def _why_refused(error: IntegrityError) -> str:
    """What the database said, if one of our rules spoke; otherwise an index did, because somebody was faster."""
    said = str(error).partition("\n")[0]
    if said in {answer for _, answer in SIGNATURE_RULES}:
        return f"Nothing was signed: {said}. Reload the page to see what changed."
    return "Nothing was signed: this key was turned a moment ago. Reload the page to see by whom."


def _next_revision(sign_off: SignOff, *, by: User, digest: str, why: str, fell: int) -> None:
    sign_off.revision += 1
    sign_off.digest = digest
    sign_off.save(update_fields=["revision", "round", "digest"])
    Revision.objects.create(sign_off=sign_off, number=sign_off.revision, digest=digest, why=why[:300], fell=fell, by=by)
