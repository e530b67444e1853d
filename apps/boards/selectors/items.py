"""The item page: what to check, the proof, then the keys."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Model, Prefetch, prefetch_related_objects

from apps.accounts.models import User
from apps.attachments import permissions as attachments
from apps.comments import permissions as comments
from apps.core.permissions import Verdict
from apps.core.statements import instances, joined
from apps.core.templatetags.ui import is_safe_link
from apps.deployments import permissions
from apps.deployments.models import CarriedItem, Deployment, Item, Section
from apps.deployments.rules import Blocker, asked_items, condition_in_words
from apps.deployments.selectors.applying import asked_probe, conditional_items
from apps.deployments.selectors.left import nobody_left
from apps.deployments.selectors.readiness import item_blocker, members
from apps.deployments.selectors.summaries import ItemSummary, summaries
from apps.deployments.states import WaiverState
from apps.evidence.rules import age_in_words
from apps.factors.selectors import offer
from apps.ledger import selectors as ledger
from apps.probes import selectors as probes
from apps.probes.models import Probe, Run
from apps.proposals import permissions as proposals
from apps.proposals.models import ProposalKind
from apps.proposals.selectors import kinds_to_propose, proposed_of
from apps.reporting import permissions as reporting
from apps.reruns import permissions as reruns
from apps.signoff.models import SignOff
from apps.signoff.permissions import takes_passkey
from apps.signoff.rules import Meaning
from apps.waivers import permissions as waivers

from .ceremony import ceremony, waiver_ceremony, withdrawal
from .changed import history_of
from .next_item import next_item
from .pieces import pieces_page, standing
from .probe import probe_chart
from .rendered import unrecorded
from .rerun import carried_of
from .rows import in_words, key_icon
from .talk import talk

ITEM = """
SELECT {item}, {section}, {owner}, {sign_off},
       (SELECT COUNT(*) FROM deployments_item n WHERE n.deployment_id = item.deployment_id),
       (SELECT COUNT(*) FROM deployments_waiver w WHERE w.item_id = item.id)
FROM deployments_item item
JOIN deployments_section section ON section.id = item.section_id
LEFT JOIN accounts_user owner ON owner.id = item.owner_id
JOIN signoff_signoff sign_off ON sign_off.id = item.sign_off_id
WHERE item.deployment_id = %s AND item.number = %s
"""
WAIVERS = (
    joined(Item, "waivers", "sign_off"),
    "waivers__sign_off__signatures",
    "waivers__sign_off__contributions",
)
RUNS_SHOWN = 25
PROPOSE = {
    ProposalKind.EDITED: "Propose this text",
    ProposalKind.ADDED: "Propose this item",
    ProposalKind.WAIVED: "Propose to leave it out",
}
VERBS = {
    "sign_item": permissions.sign_item,
    "withdraw_key": permissions.withdraw_key,
    "reject_item": permissions.reject_item,
    "edit_item": permissions.edit_item,
    "propose_change": proposals.propose_change,
    "fill_in_item": permissions.fill_in_item,
    "reopen_item": reruns.reopen_item,
    "request_waiver": waivers.request_waiver,
    "attach_evidence": attachments.attach_evidence,
    "remove_evidence": attachments.remove_evidence,
    "replace_evidence": attachments.replace_evidence,
    "attach_probe": attachments.attach_probe,
    "detach_probe": attachments.detach_probe,
    "measure": reporting.measure,
    "write_comment": comments.write_comment,
}


def item_page(
    deployment: Deployment, number: int, viewer: User, *, page: str = "", talking: Mapping[str, str] | None = None
) -> dict[str, Any] | None:
    """Everything templates/boards/_item_detail.html needs but its forms, or None when there is no such item.

    page: of the evidence. talking: `view`, `find` and `page` of what people said and what happened.
    """
    sequence = ledger.head(deployment.stream).sequence  # first: what is read after it can only be newer
    row = next(iter(summaries(deployment, [number])), None)
    if row is None:
        return None
    item, total = _item(deployment, row)
    people = members(deployment.team)
    blocker = item_blocker(row, people)
    may = _may(viewer, item)
    return {
        "deployment": deployment,
        "sequence": sequence,
        "unrecorded": unrecorded(getattr(deployment, "probe_versions", 0), people),
        "item": item,
        "row": row,
        "applying": _applying(item),
        "proposing": _proposing(item),
        "key_icon": key_icon(row),
        "people": people,
        "answer": _answer(item, row, blocker, may),
        "carried": carried_of(item),
        "ceremony": ceremony(item, row, viewer, may_sign=may["sign_item"], who=blocker.who if blocker else ""),
        "withdrawal": withdrawal(item, viewer),
        "after": next_item(item, viewer, people),
        "changes_url": history_of(item),
        "waiver": waiver_ceremony(item, viewer, may_approve=bool(may.get("approve_waiver"))),
        **_offers(viewer, item),
        "ended_waivers": [waiver for waiver in item.waivers.all() if waiver.ended_at],
        "one_browser": item.of_one_browser,
        "acted_here": item.acted_here(viewer) if may["sign_item"] else [],
        "intent": uuid.uuid4(),
        "contributors": item.sign_off.contributor_names,
        "nobody": nobody_left(row, people) if deployment.takes_keys else None,
        "proof": _proof(row, deployment),
        "pieces": pieces_page(item, page),
        "probe": _probe(item),
        "asked_probe": None if item.probe_id else asked_probe(item),
        "talk": talk(deployment, item, viewer, **{"view": "", "find": "", "page": "", **(talking or {})}),
        "previous": number - 1 if number > 1 else None,
        "next": number + 1 if number < total else None,
        "total": total,
        "may": may,
    }


def _item(deployment: Deployment, row: ItemSummary) -> tuple[Item, int]:
    """The item with all that its page reads, and how many there are; what its summary says is there is fetched."""
    tables = {"item": Item, "section": Section, "owner": User, "sign_off": SignOff}
    [found] = instances(ITEM, deployment.pk, row.number, **tables)
    item, item.section, item.owner, item.sign_off, total, waivers_ever = found
    item.deployment = deployment
    item.owner = item.owner if row.owner else None  # who had left the team owns nothing
    if item.probe_id:
        item.probe = Probe.objects.select_related("latest_run").get(pk=item.probe_id)
    _fetch(item.sign_off, "signatures", there=row.signed)
    _fetch(item.sign_off, "contributions", there=row.contributors)
    _fetch(item.sign_off, "revisions", "revisions", "rejections", there=item.sign_off.revision > 1)
    _fetch(item, "attachments", Prefetch("attachments", standing(row.evidence)), there=row.evidence)
    _fetch(item, "waivers", *WAIVERS, there=waivers_ever)
    for waiver in item.waivers.all():
        waiver.item = item
    carried = CarriedItem.objects.filter(item=item).first() if deployment.parent_id else None
    item._state.fields_cache["carried"] = carried  # as Django notes it, so that nobody asks again
    return item, total


def _applying(item: Item) -> dict[str, Any]:
    """When it applies, in words, and the numbers of the items whose conditions ask for its answer."""
    names = asked_items([item.conditions])
    titles = dict(item.deployment.items.filter(key__in=names).values_list("key", "title")) if names else {}
    asking = conditional_items(item.deployment) if item.key and item.fill_ins else ()
    return {
        "conditions": [condition_in_words(each, titles) for each in item.conditions],
        "decides": [each.number for each in asking if item.key in asked_items([each.conditions])],
        "added": not item.key,
        "links": [link for link in item.links if is_safe_link(link["url"])],
    }


def _proposing(item: Item) -> dict[str, Any]:
    """What can be proposed of it for its template, and what was; no query where there is nothing to propose."""
    kinds = kinds_to_propose(item)
    done = proposed_of(item) if kinds else []
    left = [kind for kind in kinds if not any(each.kind == kind and not each.settled_at for each in done)]
    return {"kinds": [(kind, PROPOSE[kind]) for kind in left], "done": done}


def _proof(row: ItemSummary, deployment: Deployment) -> dict[str, Any] | None:
    """What its template asks for as proof, how old that may be in words, and how many percent of that are over."""
    proof = row.facts.proof
    if proof is None:
        return None
    age, used = "" if proof.days is None else age_in_words(proof.days), 0
    if proof.days and proof.stale_at:
        left = (proof.stale_at - deployment.judged_at) / timedelta(days=proof.days)
        used = round(100 * (1 - max(left, 0)))
    return {"asked": proof, "age": age, "used": used}


def _fetch(row: Model, name: str, *lookups: "str | Prefetch[Any]", there: object) -> None:
    """Prefetch the rows that `name` leads to; if none is there, an empty list goes where Django keeps them.

    Django takes 0.3 ms to find out that there are none, and most items have few of the six kinds (decision 26).
    """
    if there:
        prefetch_related_objects([row], *(lookups or (name,)))
    else:
        vars(row).setdefault("_prefetched_objects_cache", {})[name] = []


def _offers(viewer: User, item: Item) -> dict[str, Any]:
    """How the viewer may show who they are to turn its next key, and to approve its waiver."""
    plain, meaning = offer(viewer), Meaning.VERIFIED if item.sign_off.turned else Meaning.PERFORMED
    asked = [(item.sign_off, meaning), *([(item.waiver.sign_off, Meaning.APPROVED)] if item.waiver else [])]
    offers = [plain.for_key(takes_passkey=takes_passkey(viewer, *each)) for each in asked]
    return {"offer": plain, "sign_offer": offers[0], "approve_offer": offers[-1]}


def _answer(item: Item, row: ItemSummary, blocker: Blocker | None, may: dict[str, Verdict]) -> tuple[str, str]:
    """(the answer, why) to the page's one question: is this item proven, and is it my turn?"""
    if item.deployment.is_over:
        return "Closed.", f"It stayed as it was when the deployment ended: {in_words(row)}."
    if not item.applies:
        return "Does not apply here.", item.inapplicable
    if row.origin:
        return "Carried over.", f"It was signed in {row.origin.code}; here that is a reference, and blocks nothing."
    if row.facts.waiver is WaiverState.ASKED and item.waiver and may["approve_waiver"]:
        return "A waiver waits for you.", f"{_apart(item.waiver.requested_by_name)} asked to go without this item."
    if row.signed and may["sign_item"]:
        waits = f"{_apart(row.signed[-1].name)} turned key {len(row.signed)}; nothing has changed since."
        return "Waiting for your key.", waits
    if item.open_fill_ins and not row.signed:
        return f"{row.reason.rstrip('.')}.", f"“{item.open_fill_ins[0]}” has to be filled in first."
    if blocker:
        who = "You can turn the first key." if may["sign_item"] else f"{_apart(blocker.who)} can clear it."
        return f"{row.reason.rstrip('.')}.", who
    words = in_words(row)
    return "Settled.", f"{words[:1].upper()}{words[1:]}."


def _apart(name: str) -> str:
    """A name that keeps its own reading direction inside a sentence."""
    return f"\u2068{name}\u2069"


def _probe(item: Item) -> dict[str, Any]:
    """The probe's runs as a picture, a table and in full: the latest, and the one the keys cover if it is another."""
    runs = probes.probe_history(item.probe, RUNS_SHOWN) if item.probe else []
    latest = runs[0] if runs else None
    if item.probe:
        for run in runs:
            run.probe = item.probe
    pinned = item.pinned_run if item.sign_off.turned else None
    return {
        "runs": runs,
        "history": probe_chart(item.probe, runs, pinned) if item.probe else None,
        "latest": probes.run_page(latest) if latest else None,
        "is_under_way": latest is not None and latest.is_live,
        "pinned": probes.run_page(_whole(pinned, runs)) if pinned and (not latest or pinned.pk != latest.pk) else None,
        "covered": pinned is not None and latest is not None and pinned.pk == latest.pk,
    }


def _whole(run: Run, runs: Sequence[Run]) -> Run:
    """The run with its probe and who asked for it, from `runs` if it is among them."""
    known = next((one for one in runs if one.pk == run.pk), None)
    return known or Run.objects.select_related("probe").get(pk=run.pk)


def _may(viewer: User, item: Item) -> dict[str, Verdict]:
    """Every verdict the page shows a button for."""
    may = {name: permission(viewer, item) for name, permission in VERBS.items()}
    may["run_probes"] = attachments.run_item_probe(viewer, item)
    may["plan_items"] = permissions.plan_items(viewer, item.deployment)
    may["assign_items"] = permissions.assign_items(viewer, item.deployment)
    if item.waiver:
        may["approve_waiver"] = waivers.approve_waiver(viewer, item.waiver)
        may["end_waiver"] = waivers.end_waiver(viewer, item.waiver)
    return may
