"""Notices come of the chains: a worker follows each, and no command knows of it (docs/decisions/0061).

One transaction reads some entries, stores what they give to hear and says how far the chain is read. It happens whole
or not at all, so nothing is lost and nothing is said twice, whoever dies when.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from apps.accounts.models import Grant
from apps.core.statements import fetched
from apps.deployments.models import Deployment
from apps.deployments.selectors.readiness import Member
from apps.deployments.selectors.summaries import ItemSummary
from apps.deployments.states import ACTIVE
from apps.ledger import commands as ledger
from apps.ledger.models import Entry
from apps.ledger.selectors import history
from apps.notices import selectors
from apps.notices.models import Notice, Reading
from apps.notices.rules import SUPERSEDED, WAITING, Kind, Word
from apps.notices.selectors import DeploymentFacts

from .parts import each_apart, store, tell

AskedOfItem = tuple[Kind, ItemSummary, Member]

AT_ONCE = 200  # entries of one chain in one transaction
DAY = timedelta(days=1)
BEHIND = """
SELECT s.name FROM ledger_stream s LEFT JOIN notices_reading r ON r.stream = s.name
WHERE (s.length > COALESCE(r.length, 0) OR r.recheck > 0) AND (s.name = %s OR s.name LIKE 'deployment/%%')
"""
OF_THE_INSTANCE = (
    "role.asked", "role.granted", "role.ended", "role.changed", "member.removed",
    "delegation.asked", "delegation.accepted", "delegation.ended",
)  # fmt: skip


def derive_notices(*, by: ledger.Actor) -> int:
    """Read what was added to the chains; returns how many entries. Safe at any time and twice at once.

    A chain that cannot be read keeps no other from being read.
    """
    return each_apart(_read_all, [stream for (stream,) in sorted(fetched(BEHIND, ledger.INSTANCE))])


def note_windows(*, by: ledger.Actor) -> int:
    """Say of windows that open within a day, and again within the hour; returns how many notices. Safe to repeat."""
    now = timezone.now()
    soon = Deployment.objects.filter(state__in=ACTIVE, window_start__gt=now, window_start__lte=now + DAY)
    return each_apart(partial(_note_window, now=now), soon.order_by("pk").values_list("pk", flat=True))


def _read_all(stream: str) -> int:
    """Read a chain to its end; returns how many entries."""
    count = 0
    while read := _read_on(stream):
        count += read
    return count


@transaction.atomic
def _read_on(stream: str) -> int:
    """Read the next entries of a chain; returns how many."""
    Reading.objects.bulk_create([Reading(stream=stream)], ignore_conflicts=True)
    reading = Reading.objects.select_for_update(no_key=True).get(pk=stream)
    entries = list(history(stream).filter(sequence__gte=reading.length)[:AT_ONCE])
    if not entries and not reading.recheck:
        return 0
    if stream == ledger.INSTANCE:
        _read_instance(entries)
    elif facts := selectors.facts_of(UUID(stream.rpartition("/")[2])):
        _read_deployment(entries, facts, reading)
    reading.length, reading.recheck = max([reading.length, *(entry.sequence + 1 for entry in entries)]), 0
    reading.save(update_fields=["length", "verdict", "recheck"])
    return len(entries)


def _read_deployment(entries: Sequence[Entry], facts: DeploymentFacts, reading: Reading) -> None:
    last = entries[-1] if entries else history(reading.stream).latest("sequence")
    words = [*selectors.words_of(entries, facts), *_verdict(facts, reading, last)]
    asked = list(selectors.asked_of_items(facts, facts.items.values()))
    waiting = _waiting(facts, asked, last, f"+{reading.recheck}" if reading.recheck else "")
    settled = _settle(facts, asked, waiting, last) | _supersede(words)
    new = store([*words, *waiting], facts.deployment.team_id, at=_moment(last), deployment=facts.deployment)
    tell(new, settled)


def _verdict(facts: DeploymentFacts, reading: Reading, last: Entry) -> Iterable[Word]:
    """That the verdict is another than it was when the chain was read last, while the review is open."""
    before = reading.verdict
    reading.verdict = facts.readiness().verdict if facts.deployment.takes_keys else ""
    if before and reading.verdict and before != reading.verdict:
        return selectors.words_of_verdict(facts, reading.verdict, f"{last.stream_id}:{last.sequence}")
    return ()


def _waiting(facts: DeploymentFacts, asked: Iterable[AskedOfItem], last: Entry, since: str) -> list[Word]:
    """What waits for whom now, of everything that somebody can be asked for. since: roles that are others than then."""
    occasion = f"{last.stream_id}:{last.sequence}{since}"
    return [
        *(
            Word(person=member.id, kind=kind, occasion=occasion, **selectors.asked_words(facts, kind, item))
            for kind, item, member in asked
            if kind in WAITING
        ),
        *(
            Word(person=member.id, kind=Kind.SHEET, occasion=occasion, **facts.about_all("sheet"))
            for member in selectors.asked_of_sheet(facts)
        ),
        *(
            Word(person=member.id, kind=Kind.REVIEW, occasion=occasion, **facts.about_all("emergency"))
            for member in selectors.asked_of_emergency(facts)
        ),
    ]


def _settle(facts: DeploymentFacts, asked: Iterable[AskedOfItem], waiting: Iterable[Word], last: Entry) -> set[UUID]:
    """Take what waits for nobody any more out of inboxes, and say why; returns whose."""
    still = {(word.person, word.kind, word.about) for word in waiting}
    still |= {(member.id, kind, f"item:{item.id.hex}") for kind, item, member in asked}
    waits = {word.about for word in waiting}
    gone = [
        notice
        for notice in selectors.open_waiting(facts)
        if (notice.person_id, notice.kind, notice.about) not in still
        and not _stays(notice, facts)
        and not (notice.kind == Kind.OVERDUE and notice.about in waits)
    ]
    return _settled(gone, last)


def _stays(notice: Notice, facts: DeploymentFacts) -> bool:
    """Word of many items at once stays until somebody is done with it, or the deployment has ended."""
    return notice.kind == Kind.ASSIGNED and (notice.item_id is None or not facts.deployment.takes_keys) and (
        not facts.deployment.is_over
    )  # fmt: skip


def _settled(gone: Sequence[Notice], last: Entry) -> set[UUID]:
    who = selectors.who_wrote(last)
    for notice in gone:
        notice.done_at = timezone.now()
        notice.settled = "you did it" if notice.person_id == last.actor else f"settled by {who}"
    Notice.objects.bulk_update(gone, ["done_at", "settled"])
    return {notice.person_id for notice in gone}


def _supersede(words: Iterable[Word]) -> set[UUID]:
    """What says the same anew takes the place of what was said before."""
    persons: set[UUID] = set()
    for word in words:
        if word.kind in SUPERSEDED:
            kinds = SUPERSEDED[word.kind]
            before = Notice.objects.open().filter(person=word.person, kind__in=kinds, about=word.about)
            before.exclude(occasion=word.occasion, kind=word.kind).update(
                done_at=timezone.now(), settled="a newer one says it"
            )
            persons.add(word.person)
    return persons


def _read_instance(entries: Sequence[Entry]) -> None:
    """Roles that wait for a second person, and what became of them; whose role is another is asked for other things."""
    _read_security(entries)
    concerning = [entry for entry in entries if entry.kind in OF_THE_INSTANCE]
    if not concerning:
        return
    new: list[Notice] = []
    for team, word in selectors.words_of_instance(concerning):
        new += store([word], team, at=_moment(concerning[-1]))
    waiting = Notice.objects.open().filter(kind=Kind.GRANT).order_by("pk").select_for_update(no_key=True)
    still = Grant.objects.standing().filter(granted_at=None)
    open_grants = {f"grant:{pk.hex}" for pk in still.values_list("pk", flat=True)}
    settled = _settled([notice for notice in waiting if notice.about not in open_grants], concerning[-1])
    for entry in concerning:
        if entry.kind == "role.asked":
            for team, word in selectors.words_of_asked_roles(entry):
                new += store([word], team, at=_moment(entry))
    tell(new, {*settled, *selectors.persons_of(concerning)})
    _ask_again(concerning)


def _read_security(entries: Sequence[Entry]) -> None:
    """What changed in how somebody gets in: they hear of it, and while they sign nothing, the admins of their teams."""
    new: list[Notice] = []
    settled: set[UUID] = set()
    for entry in entries:
        for team, word in selectors.words_of_security(entry):
            settled |= _supersede([word])
            new += store([word], team, at=_moment(entry))
    if new or settled:
        tell(new, settled)


def _ask_again(entries: Iterable[Entry]) -> None:
    """Have the chains of a team's deployments looked at again: who is asked there depends on roles."""
    for entry in entries:
        active = Deployment.objects.filter(team=selectors.team_of(entry), state__in=ACTIVE)
        streams = [f"deployment/{pk}" for pk in active.values_list("pk", flat=True)]
        Reading.objects.filter(stream__in=streams).update(recheck=entry.sequence + 1)


@transaction.atomic
def _note_window(deployment_id: UUID, now: datetime) -> int:
    facts = selectors.facts_of(deployment_id)
    start = facts.deployment.window_start if facts else None
    if facts is None or start is None:
        return 0
    concerned = Notice.objects.open().filter(deployment=deployment_id, kind__in=WAITING)
    words = list(selectors.words_of_window(facts, concerned.values_list("person", flat=True), now))
    words = selectors.unsaid(words)
    settled = _supersede(words)
    tell(store(words, facts.deployment.team_id, at=now, deployment=facts.deployment), settled)
    return len(words)


def _moment(entry: Entry) -> datetime:
    return parse_datetime(entry.at) or timezone.now()
