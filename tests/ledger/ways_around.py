"""Ways to tamper around what is signed: why keys fell, whose things are, where items stand, what probes ask."""

import json

from django.db.models import F

from apps.checklists.models import TemplateVersion
from apps.deployments.models import Deployment, Item, Section
from apps.evidence.models import Blob, Evidence
from apps.ledger.models import Stream
from apps.probes.models import Probe
from apps.rollback.models import RollbackPlan
from apps.signoff.models import Revision, SignOff
from tests.ledger.ways import GONE, UNTOLD, entry, place, update, way


def told_of(row, name):
    """The id that an entry holds under `name`."""
    return json.loads(row.body)["data"][name]


# Revisions: why keys fell out


def revision(cast, **values):
    """Change the revision that began when somebody edited an item; returns the place of that entry."""
    told = entry(cast, "item.edited")
    update(Revision.objects.filter(sign_off__item=told.item, why__endswith="changed the text"), **values)
    return place(told)


@way("the reason in the tables")
def why_keys_fell(cast):
    return revision(cast, why=f"{cast.lead.full_name} had a look")


@way("the reason in the tables")
def whose_change_made_keys_fall(cast):
    return revision(cast, why=f"{cast.member.full_name} changed the text")


@way("the person in the tables")
def who_began_a_revision(cast):
    return revision(cast, by=cast.member)


@way("the number of keys that fell in the tables")
def how_many_keys_fell(cast):
    return revision(cast, fell=F("fell") + 1)


@way("the digest in the tables")
def what_a_revision_was_about(cast):
    return revision(cast, digest="0" * 64)


@way(GONE)
def a_revision_deleted(cast):
    told = entry(cast, "item.rejected")
    Revision.objects.filter(sign_off__item=told.item, why="rejected")._raw_delete("default")
    return place(told)


@way(UNTOLD)
def a_revision_by_fiat(cast):
    sign_off = cast.items[2].sign_off
    Revision.objects.create(sign_off=sign_off, number=9, digest=sign_off.digest, why="rejected", fell=1, by=cast.lead)
    return f"{cast.stream}: revision 9 of item 3 "


# Whose things are


@way("the team in the tables")
def a_sign_off_of_another_team(cast):
    update(SignOff.objects.filter(item=cast.items[2]), team=cast.other_team)
    return f"{cast.stream} entry "


@way("the closing in the tables")
def a_sign_off_reopened(cast):
    update(SignOff.objects.filter(item=cast.items[2]), closed_at=None)
    return f"{cast.stream} entry "


@way("the team in the tables")
def evidence_given_to_another_team(cast):
    told = entry(cast, "evidence.attached")
    update(Evidence.objects.filter(pk=told_of(told, "evidence")), team=cast.other_team)
    return place(told)


@way("the team of the file in the tables")
def a_file_given_to_another_team(cast):
    file = Evidence.objects.filter(kind="file").order_by("added_at").first()
    update(Blob.objects.filter(pk=file.blob_id), team=cast.other_team)
    return f"{cast.stream} entry "


@way("the rollback plan: the team in the tables")
def a_plan_given_to_another_team(cast):
    update(RollbackPlan.objects.filter(deployment=cast.deployment), team=cast.other_team)
    return f"{cast.stream} entry "


# What stands around the items


@way("the variables in the tables")
def a_variable(cast):
    update(Deployment.objects.filter(pk=cast.deployment.pk), variables={"service": "another"})
    return place(entry(cast, "deployment.created"))


@way("item 2 does not stand in the section it was made in")
def an_item_moved_to_another_section(cast):
    update(Item.objects.filter(pk=cast.items[1].pk), section=cast.items[4].section_id)
    return place(entry(cast, "deployment.created"))


@way("its sections are not those of the checklist")
def two_sections_swapped(cast):
    first, second = Section.objects.filter(deployment=cast.deployment).order_by("position")
    update(Section.objects.filter(pk=first.pk), position=second.position + 1)
    return place(entry(cast, "deployment.created"))


@way("cannot be read")
def the_checklist_deleted(cast):
    TemplateVersion.objects.filter(pk=cast.version.pk)._raw_delete("default")
    return f"{cast.stream}: "


@way("the settings in the tables")
def what_a_probe_asks(cast):
    told = entry(cast, "probe.defined")
    update(Probe.objects.filter(pk=told_of(told, "probe")), config={"url": "https://example.com/always-well"})
    return place(told)


@way("the name in the tables")
def what_a_probe_is_called(cast):
    told = entry(cast, "probe.defined")
    update(Probe.objects.filter(pk=told_of(told, "probe")), name="Something else")
    return place(told)


@way("the stream says its last entry is of")
def when_a_chain_ended(cast):
    update(Stream.objects.filter(pk=cast.stream), last_at="2026-01-01T00:00:00.000Z")
    return f"{cast.stream}: "


@way("the deployment: the reason for closing in the tables")
def why_a_deployment_was_cancelled(cast):
    cancelled = Deployment.objects.get(outcome="cancelled")
    update(Deployment.objects.filter(pk=cancelled.pk), closing_reason="No need")
    return f"{cancelled.stream} entry 2: "
