"""What entries, windows and verdicts give somebody to hear."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import F

from apps.accounts.models import Delegation, Grant
from apps.accounts.roles import in_words
from apps.core.http import address
from apps.core.wording import plural, span, timestamp
from apps.deployments.models import Deployment
from apps.deployments.selectors.readiness import Members, Readiness, members, readiness
from apps.deployments.selectors.summaries import ItemSummary, summaries
from apps.ledger.chain import ROWS
from apps.ledger.models import Entry
from apps.ledger.selectors import lines, texts
from apps.notices.models import Notice
from apps.notices.rules import Kind, Word, shortened
from apps.records.models import Record
from apps.sheets.models import Reopening
from apps.signoff.models import Revision, Signature
from apps.signoff.rules import Cause

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class DeploymentFacts:
    """A deployment as it stands now, with its items by id, and the active people of its team."""

    deployment: Deployment
    people: Members
    items: Mapping[UUID, ItemSummary]

    @property
    def code_and_name(self) -> str:
        """PAY-3: payments-api 2.4.1 → production."""
        return f"{self.deployment.code}: {self.deployment}"

    @property
    def about(self) -> str:
        """What notices of all of it are about."""
        return f"deployment:{self.deployment.pk.hex}"

    def path(self, name: str = "board") -> str:
        """Where one of its pages is."""
        return address(f"deployments:{name}", self.deployment.team.slug, self.deployment.number)

    def readiness(self) -> Readiness:
        """Its verdict now."""
        return readiness(self.deployment, self.items.values(), self.people)

    def answerable(self) -> list[UUID]:
        """Who answers for all of it: who started it, and who owns its way back."""
        return self.present(self.deployment.created_by_id, self.deployment.rollback_plan.owner_id)

    def present(self, *persons: UUID | None) -> list[UUID]:
        """Those of some people who are active in the team, each once."""
        known = {member.id for member in self.people}
        return [person for person in dict.fromkeys(persons) if person in known]

    def about_item(self, item: ItemSummary, anchor: str = "") -> dict[str, Any]:
        """What a word about an item says of it."""
        team, number = self.deployment.team.slug, self.deployment.number
        return {
            "about": f"item:{item.id.hex}",
            "item": item.id,
            "path": f"{address('deployments:item', team, number, item.number)}{anchor}",
            "subject": f"{item.number}. {item.title}",
        }

    def about_all(self, name: str = "board") -> dict[str, Any]:
        """What a word about the deployment says of it."""
        return {"about": self.about, "path": self.path(name), "subject": self.code_and_name}


def facts_of(deployment_id: UUID) -> DeploymentFacts | None:
    """The deployment as it stands; None for one that is gone. Four queries."""
    found = Deployment.objects.select_related("team", "rollback_plan").filter(pk=deployment_id).first()
    if found is None:
        return None
    return DeploymentFacts(found, members(found.team), {item.id: item for item in summaries(found)})


class EntryRead(NamedTuple):
    """An entry, read: its event's fields with committed texts, the rows it proves by label, and its sentence."""

    entry: Entry
    data: Mapping[str, Any]
    rows: Mapping[str, list[str]]
    who: str
    text: str

    @property
    def heard(self) -> dict[str, Any]:
        """What every word of this entry says of it."""
        occasion = f"{self.entry.stream_id}:{self.entry.sequence}"
        return {"occasion": occasion, "actor": self.entry.actor, "actor_name": self.who}


def words_of(entries: Iterable[Entry], facts: DeploymentFacts) -> Iterator[Word]:
    """What entries of a deployment give people to hear, apart from what waits; nobody hears of what they did."""
    for read in _read(entries):
        for word in _of_entry(read, facts):
            if word.person != read.entry.actor:
                yield word


def words_of_instance(entries: Iterable[Entry]) -> Iterator[tuple[UUID, Word]]:
    """(team, word) of what entries of the instance's chain give people to hear of roles."""
    for read in _read(entries):
        yield from _handed_over(read)
        if read.entry.kind not in ("role.granted", "role.ended"):
            continue
        grants = Grant.objects.filter(pk__in=read.rows.get("accounts.grant", ())).select_related("team", "person")
        for grant in grants.order_by("pk"):
            path = address("teams:people", grant.team.slug)
            subject = f"{grant.person.full_name} · {in_words([grant.role])} · {grant.team.name}"
            for person in {grant.person_id, grant.asked_by_id} - {read.entry.actor}:
                yield (
                    grant.team_id,
                    Word(
                        person=person,
                        kind=Kind.ROLE,
                        about=f"grant:{grant.pk.hex}",
                        path=path,
                        subject=subject,
                        detail=shortened(read.text),
                        **read.heard,
                    ),
                )


def _handed_over(read: EntryRead) -> Iterator[tuple[UUID, Word]]:
    """Whoever is to verify for another, and that one, hear that it was asked, agreed to or ended."""
    found = Delegation.objects.filter(pk__in=read.rows.get("accounts.delegation", ())).order_by("pk")
    for row in found.select_related("team", "delegator", "delegate"):
        subject = f"{row.delegate.full_name} for {row.delegator.full_name} · {row.team.name}"
        for person in {row.delegate_id, row.delegator_id} - {read.entry.actor}:
            word = Word(
                person=person,
                kind=Kind.ROLE,
                about=f"delegation:{row.pk.hex}",
                path=address("teams:people", row.team.slug),
                subject=subject,
                detail=shortened(read.text),
                **read.heard,
            )
            yield row.team_id, word


def words_of_verdict(facts: DeploymentFacts, verdict: str, occasion: str) -> Iterator[Word]:
    """That the verdict is another now, for whoever answers for the deployment."""
    blocking = len(facts.readiness().blockers)
    detail = f"Now {verdict}, {plural(blocking, 'condition')} blocking" if blocking else f"Now {verdict}"
    for person in facts.answerable():
        yield Word(person=person, kind=Kind.VERDICT, occasion=occasion, detail=detail, **facts.about_all())


def words_of_window(facts: DeploymentFacts, concerned: Iterable[UUID], now: datetime) -> Iterator[Word]:
    """That the window of a deployment opens soon: for whoever answers for it, owns what is open or is asked."""
    start = facts.deployment.window_start
    if start is None:
        return
    kind = Kind.HOUR_BEFORE if start - now <= HOUR else Kind.DAY_BEFORE
    blocking = len(facts.readiness().blockers)
    detail = f"{span(start, facts.deployment.window_end)}; {plural(blocking, 'condition')} blocking"
    owners = (item.owner for item in facts.items.values() if item.owner and not item.is_settled)
    for person in facts.present(*facts.answerable(), *owners, *concerned):
        occasion = f"window:{timestamp(start)}"
        yield Word(person=person, kind=kind, occasion=occasion, detail=shortened(detail), **facts.about_all())


def who_wrote(entry: Entry) -> str:
    """What the actor of an entry was called then."""
    return lines([entry])[0].who


def grants_of(entry: Entry) -> list[UUID]:
    """The grants that an entry proves."""
    return [UUID(pk) for read in _read([entry]) for pk in read.rows.get("accounts.grant", ())]


def persons_of(entries: Iterable[Entry]) -> set[UUID]:
    """The persons that events of people are about."""
    return {UUID(person) for entry in entries if (person := json.loads(entry.body)["data"].get("person"))}


def team_of(entry: Entry) -> UUID:
    """The team that an event of people is of."""
    return UUID(json.loads(entry.body)["team"])


def unsaid(words: Iterable[Word]) -> list[Word]:
    """Those of some words about one thing that were not said yet."""
    found = list(words)
    stored = Notice.objects.filter(about__in={word.about for word in found}, kind__in={word.kind for word in found})
    known = {*stored.values_list("person", "kind", "about", "occasion")}
    return [word for word in found if (word.person, word.kind, word.about, word.occasion) not in known]


def _read(entries: Iterable[Entry]) -> Iterator[EntryRead]:
    listed = list(entries)
    for entry, line in zip(listed, lines(listed), strict=True):
        body = json.loads(entry.body)
        rows: dict[str, list[str]] = {}
        for key in body.get(ROWS, {}):
            label, _, pk = key.partition("/")
            rows.setdefault(label, []).append(pk)
        yield EntryRead(entry, {**body["data"], **texts(entry)}, rows, line.who, line.text)


def _of_entry(read: EntryRead, facts: DeploymentFacts) -> Iterator[Word]:
    if OF_KIND.get(read.entry.kind):
        yield from OF_KIND[read.entry.kind](read, facts)
    if revisions := read.rows.get("signoff.revision"):
        yield from _of_revisions(read, facts, revisions)


def _of_revisions(read: EntryRead, facts: DeploymentFacts, pks: list[str]) -> Iterator[Word]:
    """Whoever turned keys that fell out hears of it and of what made them, and so does the owner.

    Where it leads to, the keys say what changed, old and new.
    """
    revisions = Revision.objects.filter(pk__in=pks).select_related("sign_off").order_by("pk")
    for revision in revisions:
        is_rejection = revision.cause == Cause.REJECTED
        about = _about(revision.sign_off.subject, facts)
        keys = revision.sign_off.signatures.filter(revision=revision.number - 1)
        signers = list(keys.order_by("slot").values_list("signer", flat=True)) if revision.invalidated else []
        item = facts.items.get(UUID(about["item"].hex)) if about.get("item") else None
        owners = [item.owner] if item and (is_rejection or revision.invalidated) else []
        kind, why = Kind.INVALIDATED, read.text
        if is_rejection:
            kind, why = Kind.REJECTED, str(read.data.get("reason", read.text))
        for person in facts.present(*signers, *owners):
            yield Word(person=person, kind=kind, detail=shortened(why), **about, **read.heard)


def _about(subject: str, facts: DeploymentFacts) -> dict[str, Any]:
    """What a sign-off is of: an item, else the deployment."""
    kind, _, pk = subject.partition(":")
    item = facts.items.get(UUID(pk)) if kind == "item" else None
    return facts.about_item(item) if item else facts.about_all("sheet" if kind == "sheet" else "board")


def _verified(read: EntryRead, facts: DeploymentFacts) -> Iterator[Word]:
    """Whoever turned an earlier key hears that the last one is turned."""
    item = facts.items.get(UUID(str(read.entry.item)))
    if item is None or read.data["slot"] != read.data["required"]:
        return
    last = Signature.objects.filter(pk__in=read.rows.get("signoff.signature", ()))
    beside = Signature.objects.filter(sign_off__in=last.values("sign_off"), revision__in=last.values("revision"))
    for person in facts.present(*beside.order_by("slot").values_list("signer", flat=True)):
        yield Word(person=person, kind=Kind.VERIFIED, **facts.about_item(item), **read.heard)


def _assigned(read: EntryRead, facts: DeploymentFacts) -> Iterator[Word]:
    """The new owner; of many items at once in one word, which leads to what is theirs."""
    owner, items = read.data["owner"], [facts.items.get(UUID(item)) for item in read.data["items"]]
    found = [item for item in items if item]
    if not owner or not found:
        return
    about = facts.about_item(found[0])
    if len(found) > 1:
        about = facts.about_all() | {"subject": f"{plural(len(found), 'item')} of {facts.code_and_name}"}
        about["path"] += "?show=mine"
    for person in facts.present(UUID(owner)):
        yield Word(person=person, kind=Kind.ASSIGNED, **about, **read.heard)


def _decided(read: EntryRead, facts: DeploymentFacts) -> Iterator[Word]:
    """Whoever asked for a waiver hears how it ended; an approval before the last one decides nothing."""
    item = facts.items.get(UUID(str(read.entry.item)))
    if item is None or read.data.get("slot", 0) < read.data.get("required", 0):
        return
    about = facts.about_item(item, "#waive")
    asked = facts.deployment.items.filter(pk=item.id, waivers__pk=read.data["waiver"])
    for person in facts.present(*asked.values_list("waivers__requested_by", flat=True)):
        yield Word(person=person, kind=Kind.DECIDED, detail=shortened(read.text), **about, **read.heard)


def _ended(read: EntryRead, facts: DeploymentFacts) -> Iterator[Word]:
    """Whoever answers for it, and whoever completed its sheet."""
    keys = Signature.objects.filter(sign_off__sheet__deployment=facts.deployment, revision=F("sign_off__revision"))
    for person in facts.present(*facts.answerable(), *keys.values_list("signer", flat=True)):
        yield Word(person=person, kind=Kind.OUTCOME, detail=shortened(read.text), **facts.about_all(), **read.heard)


def _reopened(read: EntryRead, facts: DeploymentFacts) -> Iterator[Word]:
    """Whoever answers for it, and whoever asked to reopen it, hear whether it is."""
    asked = Reopening.objects.filter(pk=read.data["reopening"]).values_list("asked_by", flat=True)
    for person in facts.present(*facts.answerable(), *asked):
        about = facts.about_all("sheet")
        yield Word(person=person, kind=Kind.OUTCOME, detail=shortened(read.text), **about, **read.heard)


def _went_alone(read: EntryRead, facts: DeploymentFacts) -> Iterator[Word]:
    """Everybody of the team."""
    for member in facts.people:
        about = facts.about_all("emergency")
        yield Word(person=member.id, kind=Kind.EMERGENCY, detail=shortened(read.text), **about, **read.heard)


def _filed(read: EntryRead, facts: DeploymentFacts) -> Iterator[Word]:
    """Whoever asked for the record."""
    for record in Record.objects.filter(pk=read.data["record"]):
        subject = f"{facts.deployment.code}-R{record.number}, {facts.deployment}"
        path = address("records:records", facts.deployment.team.slug, facts.deployment.number)
        about: dict[str, Any] = {"about": f"record:{record.pk.hex}", "path": path, "subject": subject}
        for person in facts.present(record.requested_by_id):
            yield Word(person=person, kind=Kind.RECORD, detail=shortened(read.text), **about, **read.heard)


OF_KIND: dict[str, Callable[[EntryRead, DeploymentFacts], Iterator[Word]]] = {
    "item.signed": _verified,
    "items.assigned": _assigned,
    "waiver.approved": _decided,
    "waiver.ended": _decided,
    "waiver.expired": _decided,
    "sheet.verified": _ended,
    "deployment.cancelled": _ended,
    "deployment.reopened": _reopened,
    "deployment.reopening_ended": _reopened,
    "emergency.authorised": _went_alone,
    "record.filed": _filed,
}
