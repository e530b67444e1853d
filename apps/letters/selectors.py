"""What a letter says when it is sent, and what the pages show that its links lead to."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Prefetch, Q
from django.utils import timezone
from django.utils.html import escape

from apps.accounts.models import Invitation, Team, User
from apps.accounts.roles import DESCRIPTIONS
from apps.accounts.rules import SUSPENSION
from apps.core import mail
from apps.core.clock import Clock
from apps.core.http import address
from apps.core.statements import Folded
from apps.core.wording import minute, without_isolates

from . import permissions, rules
from .models import Letter
from .rules import Kind, Text
from .states import State

CAME_BACK = "came back"
SHOWN_FOR = timedelta(days=14)  # an invitation that was taken back or ran out


@dataclass(frozen=True)
class Ready:
    """A letter as it is to be sent now, and whose links to a password it holds."""

    message: mail.Message
    people: tuple[User, ...] = ()


def ready(letter: Letter) -> Ready | None:
    """The mail of a letter; None where nothing is left to say: too late, or nobody has that address."""
    if letter.ends_at <= timezone.now():
        return None
    found = {Kind.RESET: _reset, Kind.VERIFY: _verify, Kind.INVITATION: _invitation, Kind.MOVED: _moved}
    return found[Kind(letter.kind)](letter)


def reset_page(token: str) -> dict[str, Any]:
    """Whether a link still sets a password, and whose."""
    found = Letter.objects.with_token(Kind.RESET, token)
    may_reset = permissions.reset_password(found, timezone.now())
    person = found[1] if found and may_reset else None
    return {"may_reset": may_reset, "person": person, "ends": timezone.now() + SUSPENSION}


def verify_page(viewer: User, token: str) -> dict[str, Any]:
    """Whether a link still confirms an address, and which."""
    found = Letter.objects.with_token(Kind.VERIFY, token)
    may_verify = permissions.verify_address(viewer, found, timezone.now())
    return {"may_verify": may_verify, "letter": found[0] if found and may_verify else None}


def unverified(person: User) -> Letter | None:
    """The letter that asks whether an address is theirs, while its link works."""
    asked = Letter.objects.filter(person=person, kind=Kind.VERIFY, ends_at__gt=timezone.now())
    return asked.order_by("-created_at").first()


class InvitationShown(NamedTuple):
    """An invitation as pages show it: whether it can be accepted, and what more there is to know, in words and why."""

    invitation: Invitation
    is_open: bool
    standing: str
    why: str

    @property
    def came_back(self) -> bool:
        """Whether the server of the address did not take it."""
        return self.standing == CAME_BACK


def invitations_of(team: Team) -> list[InvitationShown]:
    """Invitations that nobody accepted: open ones, and for two weeks those that ended. Two queries."""
    now = timezone.now()
    recent = Q(revoked_at=None, expires_at__gt=now - SHOWN_FOR) | Q(revoked_at__gt=now - SHOWN_FOR)
    found = Invitation.objects.filter(recent, team=team, accepted_at=None)
    shown = []
    for invitation in found.prefetch_related(Prefetch("letters", Letter.objects.order_by("created_at"))):
        letter = next(iter(invitation.letters.all()), None)
        is_open = invitation.revoked_at is None and invitation.expires_at > now
        shown.append(InvitationShown(invitation, is_open, *_standing(invitation, letter, now)))
    return sorted(shown, key=lambda each: (not each.is_open, each.invitation.expires_at))


def _standing(invitation: Invitation, letter: Letter | None, now: datetime) -> tuple[str, str]:
    if invitation.revoked_at:
        return "taken back", ""
    if invitation.expires_at <= now:
        return "ran out", ""
    if letter is None or letter.state == State.SENT:
        return "", ""
    return (CAME_BACK, letter.reason) if letter.state == State.GIVEN_UP else ("being sent", letter.reason)


def _reset(letter: Letter) -> Ready | None:
    """Links for whoever has that address; to nobody, nothing."""
    found = User.objects.filter(email=letter.address, is_active=True).order_by(Folded("username"))[
        : rules.MOST_ACCOUNTS
    ]
    people = tuple(found)
    if not people:
        return None
    able = tuple(person for person in people if person.has_usable_password())
    links = [
        (person.username, _url("letters:reset_password", letter.token_for(person)) if person in able else "")
        for person in people
    ]
    return Ready(_written(letter, rules.reset_text(links, minute(letter.ends_at))), able)


def _verify(letter: Letter) -> Ready | None:
    person = letter.person
    if person is None or not person.is_active:
        return None
    url, ends = _url("letters:verify_address", letter.token_for(person)), Clock(person.time_zone).beside(letter.ends_at)
    return Ready(_written(letter, rules.verify_text(person.username, url, ends)))


def _invitation(letter: Letter) -> Ready | None:
    invitation = letter.invitation
    if invitation is None or invitation.accepted_at or invitation.revoked_at:
        return None
    url = _url("accounts:accept_invitation", invitation.mailed_token)
    role = f"{invitation.get_role_display().lower()}: {DESCRIPTIONS[invitation.role]}"
    inviter, team = invitation.invited_by_name, invitation.destination.name
    return Ready(_written(letter, rules.invitation_text(inviter, team, role, url, minute(letter.ends_at))))


def _moved(letter: Letter) -> Ready | None:
    return Ready(_written(letter, rules.moved_text(letter.person.username))) if letter.person else None


def _url(name: str, token: str) -> str:
    return f"{settings.KEYTURN_URL}{address(name, token)}"


def _written(letter: Letter, text: Text) -> mail.Message:
    foot = rules.FOOT.format(host=settings.KEYTURN_URL.partition("//")[2])
    plain = "\n\n".join(part if isinstance(part, str) else f"{part[0]}:\n{part[1]}" for part in text.parts)
    html = "".join(
        f"<p>{escape(part)}</p>" if isinstance(part, str) else mail.button(part[1], part[0]) for part in text.parts
    )
    heading = f'<h1 style="font-size:20px">{escape(text.heading)}</h1>'
    whole = mail.page(f"{heading}{html}", escape(foot))
    return mail.Message(
        letter.pk, letter.address, without_isolates(text.subject), without_isolates(f"{plain}\n\n{foot}\n"), whole
    )
