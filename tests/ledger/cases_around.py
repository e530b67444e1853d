"""Ways to tamper around what is signed: why keys fell, whose things are, where items stand, what probes ask."""

from datetime import timedelta

from django.db.models import F

from apps.checklists.models import TemplateItem, TemplateVersion
from apps.deployments.models import Deployment, Item, Section
from apps.evidence.models import Blob, Evidence
from apps.ledger.models import Stream
from apps.probes.models import Probe
from apps.rollback.models import RollbackPlan
from apps.signoff.models import Revision, SignOff
from tests.ledger.cases import DIFFERS, GONE, UNPROVED, case, delete, entry, row_of, update

# Revisions: why keys were invalidated


def revision(cast):
    """The revision that began when somebody edited an item."""
    return row_of(entry(cast, "item.edited", 1), Revision)


@case(DIFFERS)
def why_keys_were_invalidated(cast):
    return update(revision(cast), cause="result_written")


@case(DIFFERS)
def what_invalidated_keys(cast):
    return update(revision(cast), concerns="another file")


@case(DIFFERS)
def who_invalidated_keys(cast):
    return update(revision(cast), name=cast.member.full_name)


@case(DIFFERS)
def who_began_a_revision(cast):
    return update(revision(cast), by=cast.member)


@case(DIFFERS)
def how_many_keys_were_invalidated(cast):
    return update(revision(cast), invalidated=F("invalidated") + 1)


@case(DIFFERS)
def what_a_revision_was_about(cast):
    return update(revision(cast), digest="0" * 64)


@case(GONE)
def a_revision_deleted(cast):
    return delete(row_of(entry(cast, "item.rejected"), Revision))


@case(UNPROVED)
def a_revision_by_fiat(cast):
    sign_off = cast.items[2].sign_off
    Revision.objects.create(
        sign_off=sign_off, number=9, digest=sign_off.digest, cause="rejected", invalidated=1, by=cast.lead, name="Lena"
    )
    return f"{cast.stream}: the revision “revision 9"


# Whose things are


@case(DIFFERS)
def a_sign_off_of_another_team(cast):
    return update(SignOff.objects.filter(item=cast.items[2]), team=cast.other_team)


@case(DIFFERS)
def a_sign_off_reopened(cast):
    return update(SignOff.objects.filter(item=cast.items[2]), closed_at=None)


@case(DIFFERS)
def a_sign_off_opened_earlier(cast):
    return update(SignOff.objects.filter(item=cast.items[2]), opened_at=F("opened_at") - timedelta(days=1))


@case(DIFFERS)
def a_sign_off_of_another_stream(cast):
    return update(SignOff.objects.filter(item=cast.items[2]), stream="instance")


@case(DIFFERS)
def evidence_given_to_another_team(cast):
    return update(row_of(entry(cast, "evidence.attached"), Evidence), team=cast.other_team)


@case(DIFFERS)
def a_file_given_to_another_team(cast):
    return update(row_of(entry(cast, "evidence.attached"), Blob), team=cast.other_team)


@case(DIFFERS)
def a_plan_given_to_another_team(cast):
    return update(RollbackPlan.objects.filter(deployment=cast.deployment), team=cast.other_team)


# What stands around the items


@case(DIFFERS)
def a_variable(cast):
    return update(Deployment.objects.filter(pk=cast.deployment.pk), variables={"service": "another"})


@case(DIFFERS)
def an_item_moved_to_another_section(cast):
    return update(Item.objects.filter(pk=cast.items[1].pk), section=cast.items[4].section_id)


@case(DIFFERS)
def a_section_moved(cast):
    first, second = Section.objects.filter(deployment=cast.deployment).order_by("position")
    return update(Section.objects.filter(pk=first.pk), position=second.position + 1)


@case(GONE)
def the_checklist_deleted(cast):
    return delete(TemplateVersion.objects.filter(pk=cast.version.pk))


@case(DIFFERS)
def a_checklist_softened_before_use(cast):
    line = TemplateItem.objects.get(section__version=cast.version, critical=True)
    return update(TemplateItem.objects.filter(pk=line.pk), critical=False, keys=1)


@case(DIFFERS)
def which_version_of_a_checklist_it_is(cast):
    return update(TemplateVersion.objects.filter(pk=cast.version.pk), number=7)


@case(DIFFERS)
def what_a_probe_asks(cast):
    return update(row_of(entry(cast, "probe.defined"), Probe), config={"url": "https://example.com/always-well"})


@case(DIFFERS)
def what_a_probe_is_called(cast):
    return update(row_of(entry(cast, "probe.defined"), Probe), name="Something else")


@case("the stream says its last entry is of")
def when_a_chain_ended(cast):
    Stream.objects.filter(pk=cast.stream).update(last_at="2026-01-01T00:00:00.000Z")
    return f"{cast.stream}: "


@case(DIFFERS)
def why_a_deployment_was_cancelled(cast):
    return update(Deployment.objects.filter(outcome="cancelled"), closing_reason="No need")
