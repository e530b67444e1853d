"""Probes that a deployment could have and does not: what its template asks for, and what commands could become."""

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from apps.checklists.markdown.proposals.probing import probe_of
from apps.core.shown import fingerprint
from apps.deployments.models import Deployment
from apps.deployments.selectors.applying import asked_probes
from apps.ledger.chain import canonical
from apps.probes.kinds import KINDS

FIELDS = ("number", "key", "title", "text", "commands", "probe")


class ProposedProbe(NamedTuple):
    """A probe for an item. is_asked: the template asks for it; else it was read from a command of the item.

    config: settings as texts, by name.
    """

    number: int
    title: str
    kind: str
    config: dict[str, str]
    is_asked: bool

    @property
    def name(self) -> str:
        """What the probe is called if nobody says otherwise."""
        return self.title[:120]

    @property
    def box(self) -> str:
        """What a ticked box sends: the item, and what the page showed for it."""
        return fingerprint({f"probe_{self.number}": canonical([self.kind, self.name, self.config]).decode()})


def proposed_probes(
    deployment: Deployment, *, of_commands: bool = True, numbers: Collection[int] | None = None
) -> list[ProposedProbe]:
    """What can be attached, by number; two queries.

    of_commands: whether commands are read for what the template does not ask for. numbers: of the items to look at,
    those that have a probe too, so that a form sent twice finds what it attached; else those that have none.
    """
    asked = asked_probes(deployment)
    if not asked and not of_commands:
        return []
    items = deployment.items.filter(applies=True, left_in=None).only(*FIELDS).order_by("number")
    items = items.filter(probe=None) if numbers is None else items.filter(number__in=numbers)
    items = items if of_commands else items.filter(key__in=asked)
    found = [(item, asked.get(item.key) or _read_from(item.commands, item.text)) for item in items]
    return [
        ProposedProbe(item.number, item.title, **setup, is_asked=item.key in asked)
        for item, setup in found
        if setup and setup["kind"] in KINDS
    ]


def _read_from(commands: Iterable[str], text: str) -> dict[str, Any] | None:
    for code in (*commands, text):
        if made := probe_of(code):
            return {"kind": made[0], "config": made[1]}
    return None
