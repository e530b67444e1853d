"""The events of the people of a team in the instance's ledger."""

from uuid import UUID

from apps.accounts.events import role_until
from apps.accounts.roles import in_words
from apps.core.wording import plural
from apps.ledger.events import Event, committed, event


@event("person.invited")
class PersonInvited(Event):
    """An admin of the team made a one-time link into the team."""

    team: UUID
    invitation: UUID
    role: str
    reads_until: str = ""
    note: str = committed()
    mailed_to: str = committed(default="")

    def text(self) -> str:
        by_mail = f", by mail to {self.mailed_to}" if self.mailed_to else ""
        return f"invited {self.note or 'somebody'} as {role_until(self.role, self.reads_until)}{by_mail}"


@event("invitation.revoked")
class InvitationRevoked(Event):
    """A one-time link was withdrawn before anybody used it."""

    team: UUID
    invitation: UUID
    note: str = committed()

    def text(self) -> str:
        return f"revoked the invitation for {self.note or 'somebody'}"


@event("role.changed")
class RoleChanged(Event):
    """A member became an auditor until a day, or the other way round; or an auditor reads until another day."""

    team: UUID
    person: UUID
    before: str
    after: str
    reads_until: str = ""
    name: str = committed()

    def text(self) -> str:
        before = "" if self.before == self.after else f", before {self.before}"
        return f"made {self.name} {role_until(self.after, self.reads_until)}{before}"


@event("team.edited")
class TeamEdited(Event):
    """Somebody said how the team works: who publishes its templates, whether commands run, how long waivers last.

    passkey_roles: whose keys are turned with a passkey, with blanks between them.
    """

    team: UUID
    two_publish: bool
    runs_commands: bool = False
    waiver_days: int = 30
    passkey_roles: str = ""

    def text(self) -> str:
        publishing = "a second person publishes" if self.two_publish else "one person may publish"
        commands = "approved" if self.runs_commands else "no"
        days = plural(self.waiver_days, "day")
        roles = self.passkey_roles.replace(" ", ", ")
        passkeys = f", and that keys by {roles} take a passkey" if roles else ""
        return (
            f"said that {publishing} templates, that {commands} commands run, and that waivers last at most "
            f"{days}{passkeys}"
        )


@event("member.removed", "removed {name}, who was {role}")
class MemberRemoved(Event):
    """Somebody left the team or was taken out of it."""

    team: UUID
    person: UUID
    role: str
    name: str = committed()


@event("role.asked")
class RoleAsked(Event):
    """An admin asked another one to grant a member a role."""

    team: UUID
    person: UUID
    grant: UUID
    role: str
    name: str = committed()
    identity: str = committed()

    def text(self) -> str:
        return f"asked to make {self.name} {in_words([self.role])}; who they are: {self.identity}"


@event("role.granted")
class RoleGranted(Event):
    """A member holds a role from now on, or all of them who becomes the second admin a team begins with."""

    team: UUID
    person: UUID
    roles: list[str]
    name: str = committed()

    def text(self) -> str:
        return f"made {self.name} {in_words(self.roles)}"


@event("delegation.asked", "asked {delegate} to verify for them until {until}")
class DelegationAsked(Event):
    """Somebody asked another member to verify for them, for a while."""

    team: UUID
    delegation: UUID
    person: UUID
    until: str
    delegate: str = committed()


@event("delegation.accepted", "agreed to verify for {delegator} until {until}")
class DelegationAccepted(Event):
    """Somebody stands in for another member from now on; the two count as one person."""

    team: UUID
    delegation: UUID
    person: UUID
    until: str
    delegator: str = committed()


@event("delegation.ended")
class DelegationEnded(Event):
    """Somebody stands in for another member no more, or what they were asked for was declined."""

    team: UUID
    delegation: UUID
    was_accepted: bool
    delegator: str = committed()
    delegate: str = committed()

    def text(self) -> str:
        what = "ended" if self.was_accepted else "declined"
        return f"{what} that {self.delegate} verifies for {self.delegator}"


@event("role.ended")
class RoleEnded(Event):
    """Somebody holds a role no more, or what was asked for was declined."""

    team: UUID
    person: UUID
    grant: UUID
    role: str
    was_granted: bool
    name: str = committed()

    def text(self) -> str:
        if self.was_granted:
            return f"ended that {self.name} is {in_words([self.role])}"
        return f"declined to make {self.name} {in_words([self.role])}"
