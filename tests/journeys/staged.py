"""People and deployments for a running instance, made by real commands in a process of its own."""

import json
import subprocess
import sys
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from apps.accounts.models import User
from apps.checklists import commands as checklists
from apps.ledger.models import Entry
from apps.probes.models import Run
from apps.records.models import Record
from tests import cast, servers

ITEMS = 30
PEOPLE = ("lead", "reviewer", "other_reviewer", "member", "auditor", "stranger")


def stage() -> dict[str, Any]:
    """Two teams with a deployment in review each: PAY-1 of 30 items with two keys, and the stranger's STORES-1.

    Answers a session and an id of everybody, and the ids of both deployments and checklists.
    """
    people = cast.people()
    lines = [f"- [ ] **Step {number}** of the release" for number in range(1, ITEMS + 1)]
    source = "\n".join(["# Gateway release", "", "## Before", "", *lines])
    imported = checklists.start_import(people.team, by=cast.again(people.lead), source=source)
    (version,) = checklists.publish_import(imported, by=cast.again(people.lead))
    other_version = cast.publish(people.other_team, by=people.stranger)
    deployment = cast.deploy(people.team, version, by=people.lead)
    return {
        "sessions": {name: _session(getattr(people, name)) for name in PEOPLE},
        "people": {name: str(getattr(people, name).pk) for name in PEOPLE},
        "deployment": str(deployment.pk),
        "items": {item.number: str(item.pk) for item in deployment.items.all()},
        "template": str(version.pk),
        "other_deployment": str(cast.deploy(people.other_team, other_version, by=people.stranger).pk),
        "other_template": str(other_version.pk),
    }


def entries() -> list[list[str]]:
    """Kind and item of every entry of the ledger."""
    return [[kind, str(item or "")] for kind, item in Entry.objects.values_list("kind", "item")]


def work() -> dict[str, list[list[Any]]]:
    """How every probe run and every record stands: item or number, status, attempt."""
    runs = Run.objects.order_by("queued_at").values_list("item", "status", "attempt")
    records = Record.objects.order_by("number").values_list("number", "state", "attempt")
    return {"runs": [[str(item), *rest] for item, *rest in runs], "records": [list(row) for row in records]}


def ask(site: servers.Keyturn, question: str) -> Any:
    """The answer of `stage`, `entries` or `work` about a running instance."""
    lines = ["import django", "django.setup()", "import json", "from tests.journeys import staged"]
    code = "; ".join([*lines, f"print(json.dumps(staged.{question}()))"])
    environment = site.environment | {"DJANGO_SETTINGS_MODULE": "project.settings"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, cwd=servers.ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def _session(person: User) -> str:
    """A session as signing in makes one."""
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    return str(session.session_key)
