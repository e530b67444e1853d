"""Whether anybody is left who may verify an item, and what helps where nobody is."""

from dataclasses import dataclass

from apps.accounts.roles import Capability
from apps.core.wording import agreeing, isolated, plural
from apps.deployments.rules import NextStep, next_step

from .readiness import Member, Members, one_of
from .summaries import ItemSummary


@dataclass(frozen=True)
class NobodyLeft:
    """An item whose open keys nobody of the team may turn, or too few.

    keys: how many of them lack somebody. barred: (name, why they may not) of each reviewer who may not, by name.
    could: who has not worked on it, and could be given the reviewer's role, in words; empty for nobody.
    """

    keys: int
    barred: tuple[tuple[str, str], ...]
    could: str

    @property
    def what(self) -> str:
        """That nobody is left, in a sentence."""
        if not self.barred:
            return "Nobody of the team is a reviewer."
        one = agreeing(len(self.barred), "the only reviewer", f"all {len(self.barred)} reviewers")
        some = f"{plural(self.keys, 'more reviewer')} {agreeing(self.keys, 'is', 'are')} needed: "
        return f"{some}{one} who could turn a key took part in it."

    @property
    def helps(self) -> str:
        """What helps, in a sentence."""
        if self.could:
            return f"Grant the reviewer’s role to {self.could}, who had no part in it: two admins do that under People."
        return "Invite somebody who had no part in it, and grant them the reviewer’s role: two admins do that."


def nobody_left(item: ItemSummary, people: Members) -> NobodyLeft | None:
    """What lacks so that the open keys of an item can be verified; None where enough people are left, or none is open.

    Before its first key is turned nobody knows who does that; it is anybody, also who worked on it.
    """
    needed = item.facts.required - max(len(item.signed), 1)
    if item.is_settled or needed < 1 or next_step(item.facts) is NextStep.APPROVE_WAIVER:
        return None
    took_part = dict.fromkeys(item.contributors, "worked on it")
    took_part |= {key.signer: f"turned key {key.slot}" for key in item.signed}
    reviewers = [member for member in people if member.may(Capability.REVIEW)]
    able = [member for member in reviewers if member.id not in took_part]
    if len(able) >= needed:
        return None
    could = (member for member in people if _could(member) and member.id not in took_part)
    barred = tuple((member.name, took_part[member.id]) for member in reviewers if member.id in took_part)
    return NobodyLeft(needed - len(able), barred, isolated(one_of(could)))


def _could(member: Member) -> bool:
    """Whether somebody works here, and is no reviewer yet."""
    return member.may(Capability.EDIT) and not member.may(Capability.REVIEW)
