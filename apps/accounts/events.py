"""The events of people, teams and sign-ins in the instance's ledger."""

from datetime import date, datetime
from uuid import UUID

from apps.core.wording import day, plural
from apps.ledger.events import Event, committed, event


def last_day(reads_until: date | None) -> str:
    """The last day of an auditor as an entry says it, "31 Dec 2026"; empty for anybody else."""
    return day(reads_until) if reads_until else ""


def role_until(role: str, reads_until: str) -> str:
    """ "auditor until 31 Dec 2026", and any other role as it is; `reads_until` as `last_day` makes it."""
    return f"{role} until {reads_until}" if reads_until else role


@event("first_team.created", "set up Keyturn as {person_name} with the team {team_name}")
class FirstTeamCreated(Event):
    """The first person of this instance made their account and team."""

    team: UUID
    slug: str
    team_name: str = committed()
    person_name: str = committed()


@event("team.created", "created the team {name}")
class TeamCreated(Event):
    """An administrator made another team and is its first admin."""

    team: UUID
    slug: str
    name: str = committed()


@event("first_person.invited", "made the link for the first person")
class FirstPersonInvited(Event):
    """Whoever runs the server had a link printed for the first person; earlier ones stopped working."""

    invitation: UUID


@event("invitation.accepted")
class InvitationAccepted(Event):
    """Somebody used a one-time link, with a new account or the one they had; an auditor reads until a day."""

    team: UUID
    invitation: UUID
    role: str
    is_new: bool
    reads_until: str = ""
    name: str = committed()

    def text(self) -> str:
        return f"joined as {self.name}, {role_until(self.role, self.reads_until)}"


@event("administrator.changed")
class AdministratorChanged(Event):
    """Whoever runs the server made somebody an administrator of all of it, or no longer one."""

    person: UUID
    is_admin: bool
    name: str = committed()

    def text(self) -> str:
        return f"made {self.name} an administrator" if self.is_admin else f"made {self.name} no longer an administrator"


@event("password.changed", "changed the password of {name}")
class PasswordChanged(Event):
    """Somebody chose a new password; their other sessions ended."""

    person: UUID
    name: str = committed()


@event("password.refused", "typed a wrong password to change it, try {tries}")
class PasswordRefused(Event):
    """Who was signed in did not know the password so far."""

    person: UUID
    tries: int


@event("person.renamed", "is now called {after}, before {before}")
class PersonRenamed(Event):
    """Somebody is called differently from now on; earlier signatures keep the name they were made with."""

    before: str = committed()
    after: str = committed()


@event("auth.signed_in")
class SignedIn(Event):
    """Somebody signed in, by which means where it was more than a password."""

    means: str = ""

    def text(self) -> str:
        return f"signed in by {self.means}" if self.means else "signed in"


@event("auth.password_accepted", "typed the right password, with another step to come")
class PasswordAccepted(Event):
    """Somebody with a second factor typed their password; without the second step nobody is signed in."""


@event("auth.failed")
class SignInFailed(Event):
    """A name and password did not fit. `username` is empty unless such an account exists: it may be a password."""

    tries: int
    username: str = committed()
    address: str = committed()

    def text(self) -> str:
        return f"failed sign-in as {self.username or 'an unknown name'} from {self.address}, try {self.tries}"


@event("session.ended", "ended a session of theirs")
class SessionEnded(Event):
    """Somebody ended one of their sessions, which stops with its next click."""

    since: datetime
    address: str = committed()
    agent: str = committed()


@event("sessions.ended")
class SessionsEnded(Event):
    """Somebody ended all of their other sessions."""

    count: int

    def text(self) -> str:
        return f"ended {plural(self.count, 'other session')}"


@event("auth.signed_out", "signed out")
class SignedOut(Event):
    """Somebody signed out."""


@event("auth.became", "became {name} (demo)")
class Became(Event):
    """In a demo, anyone became one of its people."""

    person: UUID
    name: str = committed()
