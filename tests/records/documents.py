"""A document taken all the way, as a team would: read, published, deployed, signed by two each, closed, filed."""

import re
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any, NamedTuple

from apps.accounts.models import User
from apps.attachments import commands as attachments
from apps.checklists.models import TemplateVersion
from apps.checklists.rules import problems
from apps.deployments import commands as deployments
from apps.deployments.models import Deployment, Item, blank_of
from apps.evidence.models import Kind
from apps.imports import commands as imports
from apps.probes.kinds import Outcome
from apps.records.models import Record
from apps.studio import commands as studio
from apps.waivers import commands as waiving
from tests import cast as casting
from tests.cast import again, keyed
from tests.probing import run_through
from tests.records import making
from tests.waivers import asking

ANSWERS = {
    "text": "Seen and noted",
    "number": "4",
    "date": "2026-11-20",
    "yes_no": "yes",
    "capacity": "Q=20 L=0.3 U=0.6",
}
RUN = Outcome("passed", "Answered 200.", "212", "ms", "300", {"method": "GET"}, {"sha256": "a" * 64})
CHECKED = {"url": "https://service.example.com/health", "conditions": "status in 200..299\nlatency < 300 ms"}
# What lies before an item, by the kind of evidence that its template asks for; a filled-in field is evidence itself.
PIECES: dict[str, dict[str, Any]] = {
    "file": {"kind": Kind.FILE, "data": b"<p>What was measured.</p>", "media_type": "text/html"},
    "link": {"kind": Kind.LINK, "url": "https://docs.example.com/runbooks/what-was-agreed#section-3"},
    "command": {"kind": Kind.NOTE, "text": "$ ./check\nok: 3 of 3 passed\n"},
}


class Taken(NamedTuple):
    """Where a document ended: what its version says, the deployment that was closed, its record."""

    content: dict[str, Any]
    deployment: Deployment
    record: Record


def taken(people: SimpleNamespace, text: str, name: str) -> list[Taken]:
    """Every checklist of a text, each published, deployed and closed with GO, and its record filed."""
    imported = imports.start_import(people.team, by=again(people.lead), source=text, file_name=name)
    return [to_record(people, version) for version in imports.draft_import(imported, by=again(people.lead))]


def to_record(people: SimpleNamespace, draft: TemplateVersion) -> Taken:
    """A draft, to its record."""
    version = casting.published(settled(draft, by=people.lead), by=people.lead)
    deployment = started(people, version)
    perform(people, deployment)
    casting.write_plan(people, deployment)
    casting.close(people, deployment, issues="One alert came late.", resolution="Its threshold was lowered.")
    staged = SimpleNamespace(deployment=deployment, lead=again(people.lead))
    return Taken(version.content(), Deployment.objects.get(pk=deployment.pk), making.filed(staged))


def settled(version: TemplateVersion, *, by: User) -> TemplateVersion:
    """The draft with every number in it that its document leaves open."""
    for problem in [one for one in problems.problems(version.content()) if one.blocks]:
        if problem.what == "item":
            item = version.items.get(key=problem.key)
            missing = re.search("“(.*?)”", problem.sentence)
            filled = re.sub(re.escape(missing[1]), re.sub(r"[XN_]+", "5", missing[1]), getattr(item, problem.field))
            version = studio.edit_draft_item(version, by=again(by), key=item.key, values={problem.field: filled})
        else:
            assert problem.field == "parameters", problem
            limits = [{**one, "value": one["value"] or "5"} for one in version.parameters]
            version = studio.edit_draft(version, by=again(by), values={"parameters": limits})
    return TemplateVersion.objects.for_signing().get(pk=version.pk)


def started(people: SimpleNamespace, version: TemplateVersion) -> Deployment:
    """A deployment of a version in review, with everything answered that it asks; the last choice with “no”."""
    answers = {one["name"]: _answer(one) for one in version.variables}
    choices = [one["name"] for one in version.variables if one["kind"] == "yes_no"]
    answers |= dict.fromkeys(choices[-1:], "no")
    draft = deployments.create_deployment(
        people.team, by=again(people.lead), template_version=version, service="assistant", version="2.4.1",
        environment="production", variables=answers, tier=version.tiers[0] if version.tiers else "",
    )  # fmt: skip
    return deployments.open_review(draft, by=again(people.lead))


def perform(people: SimpleNamespace, deployment: Deployment) -> None:
    """Everything until the verdict is GO. Two items are waived, the first critical one and the second other one."""
    waived = set(_waived(deployment))
    for item in deployment.items.order_by("number"):
        item = casting.load(item)  # an answer before may have changed whether it applies
        if item.applies and item.number in waived:
            _waive(people, item)
        elif item.applies:
            _lay_before(people, item)
            _sign(people, item)


def _sign(people: SimpleNamespace, item: Item) -> None:
    if item.fill_ins:
        values = [_answer(blank_of(fill).values()) for fill in item.fill_ins]
        deployments.fill_in_item(casting.load(item), by=again(people.member), result="It holds.", values=values)
    for signer in (people.member, people.reviewer, people.other_reviewer, people.lead)[: item.keys]:
        casting.sign(item, signer)


def _waived(deployment: Deployment) -> Iterator[int]:
    rows = deployment.items.filter(applies=True, fill_ins=[]).order_by("number")
    critical, other = ([item.number for item in rows if item.critical == which] for which in (True, False))
    yield from critical[:1]
    yield from other[1:2]


def _waive(people: SimpleNamespace, item: Item) -> None:
    why = "This version does not have that part; the item comes back with the next one."
    waiver = asking.ask(item, by=again(people.member), justification=why)
    shown = waiver.sign_off.digest
    for person in (people.reviewer, people.other_reviewer)[: waiver.sign_off.required]:
        waiving.approve_waiver(waiver, **keyed(person), shown=shown)


def _lay_before(people: SimpleNamespace, item: Item) -> None:
    """The evidence that its template asks for."""
    by = again(people.member)
    for kind in item.evidence_kinds:
        if kind in PIECES:
            attachments.attach_evidence(item, by=by, title=f"What was seen of item {item.number}", **PIECES[kind])
    if "probe" in item.evidence_kinds:
        probed = attachments.attach_probe(
            item, by=again(people.lead), name=f"Health, item {item.number}", kind="http", config=CHECKED
        )
        attachments.run_probes(item.deployment, by=again(people.lead), numbers=[item.number])
        run = type(probed.probe).objects.select_related("latest_run").get(pk=probed.probe.pk).latest_run
        run_through(run, RUN)


def _answer(asked: Mapping[str, Any]) -> str:
    """What is answered to a variable or a blank."""
    return asked["options"][0] if asked["kind"] == "choice" else ANSWERS[asked["kind"]]
