"""Trying a probe before it is saved: asked by a worker, answered to one person, and forgotten within minutes."""

import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from apps.accounts.models import Team, User
from apps.core.errors import Refusal, TooOften, WrongState
from apps.core.permissions import require
from apps.core.queue import enqueue
from apps.ledger import commands as ledger
from apps.live import notes
from apps.probes import permissions
from apps.probes.events import ProbeTried
from apps.probes.kinds import PASSIVE, kind_of
from apps.probes.selectors import stored_config, zone_for
from apps.probes.states import COMMAND

from .probes import NOT_ASKED

REMEMBERED = 600  # seconds in which its answer can be read
# A worker is at one try at a time, so that who tries again and again would keep it from everybody else's.
UNANSWERED = "Your last try has no answer yet. Wait for it; after {seconds} s you can try again whatever became of it."
SPARE = 15  # seconds on top of its own time, after which a try without an answer is in nobody's way


def under_way(person: UUID | str) -> str:
    """The note that somebody's try is under way."""
    return f"trying:{person}"


def try_probe(
    team: Team, *, by: User, kind: str, config: Mapping[str, Any], stream: str, item: UUID, zone: str = ""
) -> UUID:
    """Have a worker ask once; returns what its answer is found by. It is no run: no row and no proof.

    What may change things where it is asked is recorded in `stream`, before anybody is asked. zone: as in
    `define_probe`. Everybody has one try under way.
    """
    require(permissions.try_probe(by, team))
    if kind in PASSIVE:
        raise WrongState(NOT_ASKED)
    if kind == COMMAND:
        raise WrongState("A command is not tried: two people approve it first. Attach the probe, then run it.")
    zone_for(team.pk, kind, zone)
    stored = stored_config(kind, config, zone)
    seconds = int(stored["timeout_ms"]) // 1000 + SPARE
    if not notes.begin(under_way(by.pk), seconds=seconds):
        raise TooOften(UNANSWERED.format(seconds=seconds))
    tried = uuid4()
    order: dict[str, Any] = {
        "person": str(by.pk),
        "team": str(team.pk),
        "kind": kind,
        "config": stored,
        "zone": zone or None,
    }
    order |= {"at": int(time.time())}
    if not notes.note(f"try:{tried}", order, seconds=REMEMBERED):
        raise Refusal("The broker does not answer, so nobody can be asked now. Try again, or attach the probe untried.")
    try:
        with transaction.atomic():
            _record_what_changes(kind, stored, by=by, stream=stream, item=item)
            enqueue("apps.probes.tasks.try_probe", queue=zone, work_id=str(tried))
    except Exception:
        notes.end(under_way(by.pk))  # nobody is asked
        raise
    return tried


def _record_what_changes(kind: str, config: Mapping[str, Any], *, by: User, stream: str, item: UUID) -> None:
    parsed = kind_of(kind).parse(config)
    if not parsed.is_safe:
        asked = " ".join(parsed.asked_as_written().values())
        event = ProbeTried(item=item, probe_kind=kind, asked=asked, config=dict(config))
        ledger.record(stream, event, by=by, rows=[])
