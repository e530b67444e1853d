"""People and deployments for a running instance, made by real commands in a process of its own."""

import json
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, connections
from django.db.models import Q
from django.utils import timezone

from apps.accounts import commands as accounts
from apps.accounts.models import Team, User
from apps.attachments import commands as attachments
from apps.checklists import commands as checklists
from apps.checklists.models import TemplateVersion
from apps.deployments.models import Item
from apps.evidence.models import Evidence, Kind
from apps.imports import commands as imports
from apps.imports.models import ChecklistImport
from apps.ledger.commands import SYSTEM
from apps.ledger.models import Entry
from apps.probes.models import Run
from apps.probes.states import FINISHED, PLAN
from apps.probes.states import State as ProbeState
from apps.records.models import Record
from apps.secrets import commands as secrets
from apps.signoff.models import Revision, Signature
from apps.studio import commands as studio
from project import processes
from tests import cast, servers
from tests.canaries import COUNT, PLANTED
from tests.tampering import empty

ITEMS = 30
LATE = 30  # seconds in which a sweep notices that a deadline is past, with workers that were killed
LONG = 204
TITLES = (
    "Certificate chain on every listener is valid for another thirty days",
    "Replication lag of the standby stays under two seconds for ten minutes",
    "Backups of the last night were restored once on another machine",
    "Alert routes page the person on call and nobody else",
)
# A process that answers many questions, since each start of Django costs a second of CPU time.
OBSERVER = "import django; django.setup(); from tests.journeys import staged; staged.answer_questions()"
PEOPLE = ("lead", "reviewer", "other_reviewer", "member", "auditor", "stranger")


def start_over() -> None:
    """Empty every table of a running instance. Not while a worker makes something: it would not find that again."""
    kinds: list[Any] = [Run, Record]
    ended = processes.wait_until(lambda: not any(kind.objects.live().exists() for kind in kinds), seconds=60)
    if not ended:
        raise RuntimeError(f"workers do not end: {work()}")
    empty(connection)


def stage() -> dict[str, Any]:
    """Two teams with a deployment in review each: PAY-1 of 30 items with two keys, and the stranger's STORES-1.

    Answers a session and an id of everybody, and the ids of both deployments and checklists.
    """
    people = cast.people()
    lines = [f"- [ ] **Step {number}** of the release" for number in range(1, ITEMS + 1)]
    source = "\n".join(["# Gateway release", "", "## Before", "", *lines])
    imported = imports.start_import(people.team, by=cast.again(people.lead), source=source)
    (version,) = imports.draft_import(imported, by=cast.again(people.lead))
    version = cast.published(version, by=people.lead)
    other_version = cast.publish(people.other_team, by=people.stranger)
    deployment = cast.deploy(people.team, version, by=people.lead)
    return {
        "sessions": {name: cast.session_of(getattr(people, name)) for name in PEOPLE},
        "people": {name: str(getattr(people, name).pk) for name in PEOPLE},
        "deployment": str(deployment.pk),
        "items": {item.number: str(item.pk) for item in deployment.items.all()},
        "template": str(version.pk),
        "other_deployment": str(cast.deploy(people.other_team, other_version, by=people.stranger).pk),
        "other_template": str(other_version.pk),
    }


def stage_long_board() -> dict[str, Any]:
    """A deployment of 204 items in sections of 25, with titles as long as people write them, a third of it signed."""
    people = cast.people()
    lines = ["# Platform release"]
    for number in range(1, LONG + 1):
        lines += ["", f"## Part {number // 25 + 1}: {'network and traffic' if number % 2 else 'storage'}", ""] * (
            number % 25 == 1
        )
        lines.append(f"- [ ] **Step {number}: {TITLES[number % len(TITLES)]}** - {number} nodes looked at, one by one")
    imported = imports.start_import(people.team, by=cast.again(people.lead), source="\n".join(lines))
    (version,) = imports.draft_import(imported, by=cast.again(people.lead))
    version = cast.published(version, by=people.lead)
    deployment = cast.deploy(people.team, version, by=people.lead)
    for item in deployment.items.filter(number__lte=LONG // 3):
        cast.sign(item, people.member)
    return {"session": cast.session_of(people.lead), "board": f"/t/pay/deployments/{deployment.number}/"}


def stage_crowd() -> int:
    """As many probes of one team as may be under way and two more, each as the one that was ordered last; how many."""
    probe = Run.objects.latest("queued_at").probe
    lead = User.objects.get(username="lena")
    number = PLAN.share + 2
    source = "\n".join(["# Crowd", "", "## All", "", *(f"- [ ] Step {step}" for step in range(1, number + 1))])
    imported = imports.start_import(Team.objects.get(slug="pay"), by=lead, source=source)
    (version,) = imports.draft_import(imported, by=cast.again(lead))
    deployment = cast.deploy(imported.team, cast.published(version, by=lead), by=lead, service="crowd")
    each = {"name": "Health", "kind": probe.kind, "config": probe.config}
    attachments.attach_probes(deployment, by=cast.again(lead), probes=dict.fromkeys(range(1, number + 1), each))
    return attachments.run_probes(deployment, by=cast.again(lead)).ordered


def stage_draft() -> dict[str, Any]:
    """The draft of a second version of a template of six items; answers its address and a session of everybody."""
    people = cast.people()
    lines = ["# Release", "", "## Before", ""] + [f"- [ ] Step {number}" for number in range(1, 5)]
    lines += ["", "## After", "", "- [ ] Dashboards are green", "- [ ] Support is told"]
    imported = imports.start_import(people.team, by=cast.again(people.lead), source="\n".join(lines))
    (version,) = imports.draft_import(imported, by=cast.again(people.lead))
    version = cast.published(version, by=people.lead)
    draft = checklists.start_draft(version.template, by=cast.again(people.lead))
    sessions = {name: cast.session_of(getattr(people, name)) for name in PEOPLE}
    return {"draft": f"/t/pay/templates/{draft.template_id}/draft/", "sessions": sessions}


def stage_versions() -> dict[str, Any]:
    """A template with two versions, and two deployments of the first: PAY-1 with a key, PAY-2 without one."""
    people = cast.people()
    version = cast.publish(people.team, by=people.lead)
    first, second = (cast.deploy(people.team, version, by=people.lead) for _ in range(2))
    cast.sign(first.items.get(number=3), people.member)
    following = checklists.start_draft(version.template, by=cast.again(people.lead))
    studio.add_draft_items(following, by=cast.again(people.lead), section="after", titles=["Close the window"])
    cast.published(TemplateVersion.objects.get(pk=following.pk), by=people.lead)
    return {
        "template": f"/t/pay/templates/{version.template_id}/",
        "boards": [f"/t/pay/deployments/{each.number}/" for each in (first, second)],
        "numbers": [first.number, second.number],
        "changed": cast.CHECKLIST.replace("Tell support", "Tell all of support"),
        "sessions": {name: cast.session_of(getattr(people, name)) for name in PEOPLE},
    }


def plant() -> dict[str, Any]:
    """A deployment whose probes ask with a planted secret each, of a server that repeats it; all of them are ordered.

    The server is the one that probes of the instance may ask. Answers a session of the lead and an auditor, and the
    address of the board.
    """
    people = cast.people()
    lead, host = cast.again(people.lead), settings.KEYTURN_PROBE_ALLOW.split()[0]
    source = "\n".join(["# Canaries", "", "## All", "", *(f"- [ ] Step {step}" for step in range(1, COUNT + 1))])
    imported = imports.start_import(people.team, by=lead, source=source)
    (version,) = imports.draft_import(imported, by=lead)
    deployment = cast.deploy(people.team, cast.published(version, by=people.lead), by=people.lead)
    probes = {}
    for number, value in enumerate(PLANTED, 1):
        name, address = f"canary-{number}", f"http://{host}"
        secrets.set_secret(people.team, by=lead, name=name, value=value, bindings=[address])
        # So few answers that are none do not have the target rest.
        path = {1: "bad", 2: "short"}.get(number, ("json", "utf16")[number % 2])
        config = {"url": f"{address}/{path}", "auth": "bearer", "secret": name, "conditions": 'body contains "x y z"'}
        probes[number] = {"name": "Canary", "kind": "http", "config": config}
    attachments.attach_probes(deployment, by=lead, probes=probes)
    attachments.run_probes(deployment, by=cast.again(people.lead))
    sessions = {name: cast.session_of(getattr(people, name)) for name in ("lead", "auditor")}
    return {"sessions": sessions, "board": f"/t/pay/deployments/{deployment.number}/"}


def make_administrators() -> list[str]:
    """The lead and a reviewer of the team look after the instance from now on."""
    people = User.objects.filter(username__in=["lena", "ruth"]).order_by("username")
    return [accounts.change_administrator(person, by=SYSTEM, is_admin=True).username for person in people]


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


def ask(site: servers.Keyturn, question: str) -> Any:
    """What a function of this file answers about an instance, whether it runs or not."""
    if site.observer is None or site.observer.poll() is not None:
        environment = site.environment | {"DJANGO_SETTINGS_MODULE": "project.settings"}
        site.observer = processes.start(
            [sys.executable, "-c", OBSERVER],
            env=environment,
            cwd=servers.ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
    questions, answers = site.observer.stdin, site.observer.stdout
    assert questions
    assert answers
    questions.write(f"{question}\n")
    questions.flush()
    answer = answers.readline()
    if not answer:
        raise RuntimeError(f"no answer to {question}, see above")
    return json.loads(answer)


def answer_questions() -> None:
    """What the process behind `ask` does: a question on each line of its input, its answer on a line of its output."""
    for question in sys.stdin:
        answer = globals()[question.strip()]()
        connections.close_all()  # the database may be gone when the next question comes
        print(json.dumps(answer), flush=True)
