"""What an answer of the sign-in service does: it signs in, links an account, or makes one by an invitation."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts import commands as accounts
from apps.accounts import events as accounts_events
from apps.accounts.commands import Account
from apps.accounts.commands.parts import end_sessions, suspend_signing
from apps.accounts.models import Membership, User
from apps.accounts.rules import BY_SSO, Suspension
from apps.core.errors import NotAllowed, WrongState
from apps.core.permissions import require
from apps.factors.commands import Evidence
from apps.factors.commands.confirming import confirm
from apps.factors.selectors import known
from apps.ledger import commands as ledger
from apps.sso import events, permissions
from apps.sso.models import Identity
from apps.sso.rules import Purpose

from .asking import Answer

UNKNOWN = (
    "Nobody here signs in by this. If you have an account, sign in another way and link it under Account; if you have "
    "none, an admin of your team invites you."
)
TAKEN = "Another account here is linked to this already. Sign in by it."
OTHER = "Somebody else is signed in here by now. Begin again."


@transaction.atomic
def sign_in_by_identity(answer: Answer, *, by: ledger.Actor) -> User:
    """Return whose account is linked to who the service says it is. Signing in never signs."""
    require(permissions.sign_in_by_identity())
    _require(answer, Purpose.SIGN_IN)
    found = Identity.objects.filter(issuer=answer.issuer, subject=answer.subject).first()
    people = User.objects.select_for_update(no_key=True).filter(is_active=True)
    person = people.filter(pk=found.person_id).first() if found else None
    if person is None:
        raise NotAllowed(UNKNOWN)
    ledger.record(ledger.INSTANCE, accounts_events.SignedIn(means=BY_SSO), by=person)
    return person


@transaction.atomic
def link_identity(answer: Answer, *, by: User) -> Identity:
    """Let who the service says it is sign in as `by`, who proved it before: a new way in, so signing is suspended."""
    _require(answer, Purpose.LINK)
    if answer.asked.person_id != by.pk:
        raise WrongState(OTHER)
    person = User.objects.select_for_update(no_key=True).get(pk=by.pk)
    require(permissions.link_identity(by, linked=Identity.objects.filter(person=by).exists()))
    identity = _linked(answer, person)
    suspend_signing(person, Suspension.IDENTITY_LINKED)
    end_sessions(person, but=by.session_key)
    ledger.record(ledger.INSTANCE, events.IdentityLinked(**_named(identity)), by=by, rows=[person, identity])
    return identity


def join_by_identity(answer: Answer, *, by: ledger.Actor) -> Membership:
    """Make an account without a password for who the service says it is, by the invitation that they hold."""
    require(permissions.join_by_identity())
    _require(answer, Purpose.JOIN)
    asked = answer.asked
    if asked.invitation is None or isinstance(by, User):
        raise WrongState(OTHER)
    account = Account(asked.username, asked.full_name, password=None)
    token = asked.invitation.mailed_token if asked.by_mail else ""
    return accounts.accept_invitation(
        asked.invitation, by=by, account=account, token=token, beside=lambda person: [_linked(answer, person)]
    )


def unlink_identity(identity: Identity, evidence: Evidence, *, by: User) -> None:
    """Let the service sign nobody in to this account any more."""
    has = known(by)
    require(permissions.unlink_identity(by, identity, has_another_way=has.password or has.passkeys > 0))
    confirm(evidence, by=by)
    with transaction.atomic():
        person = User.objects.select_for_update(no_key=True).get(pk=by.pk)
        has = known(person)
        require(permissions.unlink_identity(by, identity, has_another_way=has.password or has.passkeys > 0))
        row = Identity.objects.filter(pk=identity.pk).first()
        if row is None:
            raise WrongState("It is unlinked already.")
        end_sessions(person, but=by.session_key)
        ledger.record(ledger.INSTANCE, events.IdentityUnlinked(**_named(row)), by=by, removed=[row])
        row.delete()


def _require(answer: Answer, purpose: Purpose) -> None:
    if answer.asked.purpose != purpose:
        raise WrongState(OTHER)


def _linked(answer: Answer, person: User) -> Identity:
    try:
        with transaction.atomic():
            return Identity.objects.create(
                person=person, issuer=answer.issuer, subject=answer.subject, linked_at=timezone.now()
            )
    except IntegrityError:
        raise WrongState(TAKEN) from None


def _named(identity: Identity) -> dict[str, Any]:
    return {
        "person": identity.person_id,
        "issuer": identity.issuer,
        "subject": identity.subject,
        "name": identity.person.full_name,
    }
