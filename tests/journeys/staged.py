"""People and deployments for a running instance, made by real commands in a process of its own."""

import json
import subprocess
import sys
from typing import Any

from django.conf import settings
from django.db import connection, connections, transaction
from django.utils import timezone

from apps.accounts import commands as accounts
from apps.accounts.events import SignedOut
from apps.accounts.models import Team, User
from apps.accounts.roles import Role
from apps.attachments import commands as attachments
from apps.checklists import commands as checklists
from apps.checklists.models import TemplateVersion
from apps.core.statements import snapshot
from apps.deployments.models import Item
from apps.imports import commands as imports
from apps.ledger import commands as ledger
from apps.ledger.commands import SYSTEM
from apps.probes.models import Run
from apps.probes.states import PLAN
from apps.records.models import Record
from apps.secrets import commands as secrets
from apps.studio import commands as studio
from project import processes
from tests import cast, servers
from tests.canaries import COUNT, PLANTED
from tests.journeys import observed
from tests.tampering import empty

ITEMS = 30
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
        raise RuntimeError(f"workers do not end: {observed.work()}")
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


def stage_few_notices() -> dict[str, Any]:
    """The stage with five reviewers more: a key of an item waits for eight people."""
    return _with_reviewers(5)


def stage_many_notices() -> dict[str, Any]:
    """The stage with 37 reviewers more: a key of an item waits for forty people."""
    return _with_reviewers(37)


def _with_reviewers(more: int) -> dict[str, Any]:
    staged = stage()
    team, lead = Team.objects.get(slug="pay"), User.objects.get(username="lena")
    for number in range(more):
        person = cast.join(team, by=lead, username=f"r{number}", full_name=f"Reviewer {number}", role=Role.MEMBER)
        cast.give(team, person, Role.REVIEWER, by=lead)
    return staged


def turn_a_key() -> int:
    """The member turns the first key of the next item of PAY-1; its number, 0 where none is left."""
    items = Item.objects.filter(deployment__team__slug="pay", sign_off__signatures=None).order_by("number")
    item = items.first()
    if item:
        cast.sign(item, User.objects.get(username="mika"))
    return item.number if item else 0


def set_password() -> str:
    """The lead signs in by this password from now on, as whoever runs the server set it."""
    accounts.change_password(User.objects.get(username="lena"), by=SYSTEM, password=cast.PASSWORD)
    return cast.PASSWORD


def let_a_day_pass() -> None:
    """The lead signs again, as a day after their way in changed."""
    with transaction.atomic():
        lead = User.objects.select_for_update().get(username="lena")
        lead.signing_suspended_until = timezone.now()
        lead.save(update_fields=["signing_suspended_until"])
        ledger.record(ledger.INSTANCE, SignedOut(), by=lead, rows=[lead])


def ask(site: servers.Keyturn, question: str) -> Any:
    """What a function of this file or of `observed` answers about an instance, whether it runs or not."""
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
        answer = answer_to(question.strip())
        connections.close_all()  # the database may be gone when the next question comes
        print(json.dumps(answer), flush=True)


def answer_to(question: str) -> Any:
    """What the function of that name answers, out of one snapshot where it only reads."""
    if question in vars(observed):
        with snapshot():
            return getattr(observed, question)()
    return globals()[question]()
