from datetime import datetime
from uuid import UUID

from apps.accounts.models import User
from apps.accounts.roles import READS_ONLY, Capability
from apps.core.permissions import ALLOW, Verdict, deny, not_now
from apps.factors.rules import NEEDS_PASSKEY, Means

from .models import SignOff
from .rules import (
    UNCHANGED,
    VERIFIERS,
    Meaning,
    SignOffFacts,
    next_slot,
    takes_reviewer,
    why_not,
    why_not_reject,
    why_not_withdraw,
)


def sign(user: User, sign_off: SignOff) -> Verdict:
    """Whether they may turn the next key."""
    if not user.may(Capability.EDIT, sign_off.team_id):
        return deny(READS_ONLY)
    facts = facts_for(user, sign_off)
    reason = why_not(facts)
    if reason and (facts.closed or not facts.opened or next_slot(facts) is None or reason == UNCHANGED):
        return not_now(reason)
    return deny(reason) if reason else ALLOW


def takes_passkey(user: User, sign_off: SignOff, meaning: Meaning) -> bool:
    """Whether the next key, of that meaning, is turned with a passkey: for what is signed, or for the role it takes."""
    verifies = meaning == Meaning.AGREED or takes_reviewer(len(sign_off.turned) + 1, sign_off.contributor_keys)
    return sign_off.passkey or (verifies and sign_off.verifier in user.passkey_roles(sign_off.team_id))


def prove(user: User, sign_off: SignOff, meaning: Meaning, means: Means) -> Verdict:
    """Whether what somebody proved themselves by is enough for the next key."""
    return deny(NEEDS_PASSKEY) if means != Means.PASSKEY and takes_passkey(user, sign_off, meaning) else ALLOW


def reject(user: User, sign_off: SignOff) -> Verdict:
    """Whether they may send it back: who may verify it, wants it done again, and turned no key of it."""
    facts = facts_for(user, sign_off)
    if not user.may(VERIFIERS[sign_off.verifier], sign_off.team_id):
        return deny(f"Only a {facts.verifier} may reject. Ask one of them.")
    reason = why_not_reject(facts)
    if reason and (facts.closed or not facts.opened):
        return not_now(reason)
    return deny(reason) if reason else ALLOW


def withdraw(user: User, sign_off: SignOff) -> Verdict:
    """Whether they may take back a key: only whoever turned it, as long as it counts."""
    if not user.may(Capability.EDIT, sign_off.team_id):
        return deny(READS_ONLY)
    facts = facts_for(user, sign_off)
    reason = why_not_withdraw(facts, sign_off.turned_by)
    if reason and facts.closed:
        return not_now(reason)
    return deny(reason) if reason else ALLOW


def signs_for(user: User, sign_off: SignOff) -> tuple[UUID, str, datetime] | None:
    """For whom they verify it, who verify nothing of that kind themselves: (id, name, until when)."""
    capability = VERIFIERS[sign_off.verifier]
    asked = [] if user.may(capability, sign_off.team_id) else user.signs_for(capability, sign_off.team_id)
    return next(iter(asked), None)


def turns_for(user: User, sign_off: SignOff, meaning: Meaning) -> tuple[UUID, str, datetime] | None:
    """For whom they would turn the next key, of that meaning: a key that anybody turns is their own."""
    verifies = meaning == Meaning.AGREED or takes_reviewer(len(sign_off.turned) + 1, sign_off.contributor_keys)
    return signs_for(user, sign_off) if verifies else None


def facts_for(user: User, sign_off: SignOff) -> SignOffFacts:
    """What the two-person rule needs to know; reads prefetched rows only, of who signs for another one query more."""
    behalf = signs_for(user, sign_off)
    return SignOffFacts(
        person=user.id,
        required=sign_off.required,
        contributor_keys=sign_off.contributor_keys,
        signers=set().union(*(signature.people for signature in sign_off.turned)),
        contributors=sign_off.contributors,
        opened=sign_off.opened_at is not None,
        closed=sign_off.closed_at is not None,
        may_verify=user.may(VERIFIERS[sign_off.verifier], sign_off.team_id) or behalf is not None,
        counts_as=user.counts_as(sign_off.team_id, behalf=behalf[0] if behalf else None),
        turned=len(sign_off.turned),
        verifier=sign_off.get_verifier_display().lower(),
        unchanged=sign_off.is_unchanged,
        agreed=sign_off.is_agreed,
    )
