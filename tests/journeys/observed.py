"""What can be read of a running instance; whatever a question reads, it reads of one moment.

Workers go on while somebody asks: a run that ends between two queries would be an entry without a run, or a run
without its entry. So `staged.answer_questions` answers each function of this file out of one snapshot.
"""

import json
from collections import Counter
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from apps.checklists.models import TemplateVersion
from apps.deployments.models import Item
from apps.evidence.models import Evidence, Kind
from apps.imports.models import ChecklistImport
from apps.ledger.models import Entry
from apps.notices.models import Delivery, Notice
from apps.probes.models import Run
from apps.probes.states import FINISHED
from apps.probes.states import State as ProbeState
from apps.records.models import Record
from apps.signoff.models import Revision, Signature
from tests import cast

LATE = 30  # seconds in which a sweep notices that a deadline is past, with workers that were killed


def draft() -> dict[str, Any]:
    """The titles of the draft by section, and how many edits its ledger has."""
    version = TemplateVersion.objects.unpublished().prefetch_related("sections__items").get()
    content = version.content()
    titles = {each["title"]: [item["title"] for item in each["items"]] for each in content["sections"]}
    edits = Entry.objects.filter(stream_id=version.template.stream, kind__startswith="draft_").count()
    return {"titles": titles, "edits": edits}


def imported() -> list[int]:
    """How many steps each import has that can be taken back."""
    return sorted(len(each.steps) for each in ChecklistImport.objects.all())


def entries() -> list[list[str]]:
    """Kind and item of every entry of the ledger."""
    return [[kind, str(item or "")] for kind, item in Entry.objects.values_list("kind", "item")]


def work() -> dict[str, list[list[Any]]]:
    """How every probe run and every record stands: item or number, status, attempt."""
    runs = Run.objects.order_by("queued_at").values_list("item", "state", "attempt")
    records = Record.objects.order_by("number").values_list("number", "state", "attempt")
    return {"runs": [[str(item), *rest] for item, *rest in runs], "records": [list(row) for row in records]}


def probed() -> dict[str, Any]:
    """How runs of probes stand: how many in each state, entries of results by run, what is late, what blocks wrongly.

    late: runs that have no result although their deadline is past. unblocked: items whose latest run has no result, or
    none that passes, and that block nothing.
    """
    results = Entry.objects.filter(kind="probe.recorded").values_list("body", flat=True).iterator()
    entries = Counter(json.loads(body)["data"]["run"] for body in results)
    runs = list(Run.objects.values_list("pk", "state", "due_at", "finished_at"))
    ended = {str(pk) for pk, state, *_ in runs if state in FINISHED}
    late = [str(pk) for pk, _, due, at in runs if (at or timezone.now()) > due + timedelta(seconds=LATE)]
    items = Item.objects.filter(probe__isnull=False).exclude(probe__latest_run__state=ProbeState.PASSED)
    return {
        "states": Counter(state for _, state, *_ in runs),
        "doubled": [run for run, count in entries.items() if count > 1],
        "unrecorded": sorted(ended - entries.keys()),
        "without a run": sorted(entries.keys() - ended),
        "late": late,
        "unblocked": [item.number for item in items if not cast.load(item).facts.probe_blocks],
    }


def stored() -> dict[str, Any]:
    """Every signature with how many entries prove it, every note and how often it is there, entries by kind, and work.

    A signature is [intent, sign-off, revision, slot, signer, whether its digest was to be signed then, entries].
    """
    signing = Q(kind__endswith=".signed") | Q(kind__in=["version.submitted", "version.published"])
    bodies = Entry.objects.filter(signing).values_list("body", flat=True).iterator()
    proved = Counter(key for body in bodies for key in json.loads(body)["rows"])
    digests = {(row.sign_off_id, row.number): row.digest for row in Revision.objects.all()}
    keys = Signature.objects.select_related("sign_off").order_by("signed_at")
    first = {key.sign_off_id: key.digest for key in reversed(keys) if key.revision == 1}
    return work() | {
        "signatures": [
            [
                str(key.intent), str(key.sign_off_id), key.revision, key.slot, str(key.signer_id),
                digests.get((key.sign_off_id, key.revision), first.get(key.sign_off_id)) == key.digest,
                proved[f"signoff.signature/{key.pk}"],
            ]
            for key in keys
        ],
        "notes": Counter(Evidence.objects.filter(kind=Kind.NOTE).values_list("text", flat=True)),
        "kinds": Counter(Entry.objects.values_list("kind", flat=True)),
    }  # fmt: skip


def noticed() -> dict[str, Any]:
    """How many keys wait for whom in inboxes, how many mails are in which state, and what is enclosed nowhere."""
    verify = Notice.objects.filter(kind="verify")
    states = Delivery.objects.values_list("state").annotate(count=Count("pk"))
    return {
        "notices": verify.count(),
        "twice": verify.values("person", "about").annotate(count=Count("pk")).filter(count__gt=1).count(),
        "unmailed": verify.filter(enclosures=None).count(),
        "states": dict(states.order_by("state")),
    }
