"""Who may change people and teams, and why not. Commands require these, buttons show them."""

from datetime import datetime
from math import ceil

from django.conf import settings

from apps.core.permissions import ALLOW, Verdict, deny, not_now
from apps.core.wording import day, plural
from apps.ledger.commands import SYSTEM, Actor

from .models import Invitation, OpenSession, User


def sign_in(waits_until: datetime | None, now: datetime) -> Verdict:
    """Whether this name may be tried from this address now."""
    if waits_until and waits_until > now:
        seconds = ceil((waits_until - now).total_seconds())
        return not_now(f"Too many tries. Next try in {plural(seconds, 'second')}.")
    return ALLOW


def sign_out(by: User) -> Verdict:
    """Whoever is signed in may sign out."""
    return ALLOW


def become(person: User) -> Verdict:
    """Whether anyone may be this person: only in a demo."""
    if not settings.KEYTURN_DEMO:
        return deny("Only a demo lets you become somebody else. Sign in with your own name and password.")
    if not person.is_active:
        return deny(f"{person.full_name} is no longer here. Choose somebody else.")
    return ALLOW


def create_first_team(invitation: Invitation, now: datetime) -> Verdict:
    """Whether this link still lets the first person set up the instance."""
    if User.objects.exists():
        return not_now("Keyturn is set up already. Sign in, or ask an admin of your team for an invitation.")
    return _still_open(invitation, now, "Start `python manage.py first_person` for a new link.")


def create_team(by: User) -> Verdict:
    """Only admins make further teams."""
    return ALLOW if by.is_admin else deny("Only an administrator creates teams. Ask the person who set up Keyturn.")


def accept_invitation(by: Actor, invitation: Invitation, now: datetime) -> Verdict:
    """Whether this link still works, for the person who holds it."""
    if isinstance(by, User) and invitation.team_id in by.roles_by_team:
        return not_now(f"You are a member of {invitation.team} already.")
    if invitation.reads_until and invitation.reads_until < now.date():
        return not_now(f"It let an auditor read until {day(invitation.reads_until)}. Ask who sent it for a new one.")
    return _still_open(invitation, now, "Ask the person who sent it for a new one.")


def change_password(by: Actor, person: User) -> Verdict:
    """Everybody changes their own password, nobody another's, but whoever runs the server may set one."""
    allowed = by.id == person.id or by.kind == SYSTEM.kind
    return ALLOW if allowed else deny("Everybody changes only their own password.")


def end_session(by: User, session: OpenSession) -> Verdict:
    """Everybody ends only sessions of their own."""
    return ALLOW if session.person_id == by.pk else deny("Everybody ends only their own sessions.")


def end_other_sessions(by: User) -> Verdict:
    """Everybody may end all of their sessions but the one they act in."""
    return ALLOW


def change_administrator(by: Actor, person: User, *, is_admin: bool, administrators: int) -> Verdict:
    """Only whoever runs the server says who administers it, of whom there are `administrators` now: one stays."""
    if by.kind != SYSTEM.kind:
        return deny("Whoever runs Keyturn says who is an administrator: python manage.py administrator NAME")
    if not is_admin and person.is_admin and administrators < 2:
        return not_now(f"{person.full_name} is the only administrator. Make somebody else one first.")
    return ALLOW


def rename_person(by: User, person: User) -> Verdict:
    """Everybody says what they themselves are called."""
    return ALLOW if by.pk == person.pk else deny("Everybody changes only their own name.")


def _still_open(invitation: Invitation, now: datetime, instead: str) -> Verdict:
    if invitation.accepted_at:
        return not_now(f"This link was used already. Sign in, or {instead[0].lower()}{instead[1:]}")
    if invitation.revoked_at:
        return not_now(f"This invitation was revoked. {instead}")
    if invitation.expires_at <= now:
        return not_now(f"This link was valid for seven days, and they are over. {instead}")
    return ALLOW
