"""How tests ask for a version to be published and publish it, by a person or past the rules."""

import json
import uuid

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.checklists import commands
from apps.checklists.models import TemplateVersion
from apps.ledger.events import sentence
from apps.ledger.models import Entry
from apps.studio import commands as studio
from project import verification
from tests.cast import again, proof


def now(version):
    """The version as a next request loads it."""
    return TemplateVersion.objects.for_signing().get(pk=version.pk)


def submit(version, by, **more):
    given = {"note": "After the fire", "shown": now(version).digest, "intent": uuid.uuid4()} | more
    return commands.submit_version(version, by=again(by), proof=proof(by), **given)


def publish(version, by, **more):
    given = {"shown": now(version).digest, "intent": uuid.uuid4()} | more
    return commands.publish_version(version, by=again(by), proof=proof(by), **given)


def edit(version, by, title="Take two backups"):
    return studio.edit_draft_item(version, by=again(by), key="take-a-backup", values={"title": title})


def last_sentence(version):
    entry = Entry.objects.filter(stream__name=version.template.stream).order_by("-sequence")[0]
    return sentence(json.loads(entry.body), {opening.path: opening.value for opening in entry.openings.all()})


def refused(change, match=None):
    with pytest.raises(IntegrityError, match=match), transaction.atomic():
        change()


def force(version, by, **values):
    """Publish a version by its row alone."""
    given = {"state": "published", "sha256": "0" * 64, "published_at": timezone.now(), "published_by": by}
    TemplateVersion.objects.filter(pk=version.pk).update(**given, **values)


def found():
    return [fault.what for fault in verification.verify().faults]
