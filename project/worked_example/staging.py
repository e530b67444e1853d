"""The three deployments of the worked example: one closed, one blocked by a probe, one in mid-review."""

from datetime import timedelta
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Team
from apps.checklists import commands as checklists
from apps.checklists.models import TemplateVersion
from apps.deployments import commands
from apps.deployments.models import Deployment
from apps.imports import commands as imports
from apps.records import commands as records
from apps.rollback.models import Step
from apps.sheets import commands as sheets
from apps.sheets.models import Sheet
from apps.sheets.selectors import page_digest
from apps.sheets.states import Answer

from .acts import Acts, keyed
from .people import SLUG, Cast, assemble

CHECKLIST = Path(__file__).with_name("service-release.md")
HOUR = timedelta(hours=1)
STEPS = [
    Step("Send all traffic back to the previous version", "./tools/switch.sh --to previous"),
    Step("Start the previous version on every node", "./tools/deploy.sh 2.7.5 --all"),
    Step("Check that open payments are finished by the previous version"),
    Step("Tell support and the status page"),
]
VERIFICATION = "Ten test payments in a row succeed, and the error rate is under 0.1 % for five minutes."


@transaction.atomic
def stage(base_url: str) -> bool:
    """Make the worked example; False when it stands already. `base_url` is where this instance answers."""
    if Team.objects.filter(slug=SLUG).exists():
        return False
    cast = assemble()
    version = _import_checklist(cast)
    _closed(cast, version)
    _blocked(cast, version, base_url)
    _in_mid_review(cast, version, base_url)
    return True


def _import_checklist(cast: Cast) -> TemplateVersion:
    text = CHECKLIST.read_text(encoding="utf-8")
    draft = imports.start_import(cast.team, by=cast.anna, source=text, file_name=CHECKLIST.name)
    (version,) = imports.draft_import(draft, by=cast.anna)
    note = "What every service of ours goes through, from the wiki."
    asked = checklists.submit_version(version, note=note, shown=version.digest, **keyed(cast.anna))
    return checklists.publish_version(asked, shown=asked.sign_off.digest, **keyed(cast.rei))


def _review(
    cast: Cast, template: TemplateVersion, *, service: str, versions: tuple[str, str], in_hours: int, rehearsed: int
) -> Acts:
    """A deployment whose review is open, with its way back, rehearsed so many days before (0: never).

    versions: the new one and the one before it. in_hours: when its window opens, from the next full hour on.
    """
    version, previous = versions
    opens = timezone.now().replace(minute=0, second=0, microsecond=0) + (in_hours + 1) * HOUR
    draft = commands.create_deployment(
        cast.team,
        by=cast.anna,
        template_version=template,
        service=service,
        version=version,
        environment="production",
        window_start=opens,
        window_end=opens + 2 * HOUR,
        variables={"previous": previous, "channel": "#payments-release"},
    )
    deployment = commands.open_review(draft, by=cast.anna)
    commands.fill_in_rollback_plan(
        deployment,
        by=cast.layla,
        owner=cast.layla,
        steps=STEPS,
        verification=VERIFICATION,
        last_rehearsed_on=(opens - timedelta(days=rehearsed)).date() if rehearsed else None,
    )
    return Acts(deployment)


def _closed(cast: Cast, version: TemplateVersion) -> None:
    """Everything signed, closed with caveats by two people, its record asked for by the auditor."""
    acts = _review(cast, version, service="Payments gateway", versions=("2.7.5", "2.7.4"), in_hours=-26, rehearsed=12)
    acts.fill_in("tests passed", cast.tomasz, "", "build 8141")
    acts.fill_in("backup", cast.layla, "Restored into scratch, counts agree.", "4 118 402 rows")
    acts.fill_in("test payment", cast.rei, "Sent and returned within a second.", "pi-27f5c1")
    acts.attach("load test", cast.tomasz, "Load test, summary", "2 400 payments a second for 20 minutes, no errors.")
    acts.attach("tests passed", cast.tomasz, "Build 8141", url="https://ci.marlow.example/builds/8141")
    acts.waive(
        "status page", cast.jun, cast.priya, "Nothing changes for customers, so there is nothing to announce.",
        instead="Support has three sentences ready in case somebody asks.",
        afterwards="Say on the status page what changed, with the next release.",
    )  # fmt: skip
    acts.all_done([(cast.tomasz, cast.jun), (cast.layla, cast.rei), (cast.rei, cast.priya)])
    _close(cast, acts.deployment)
    records.request_record(acts.deployment, by=cast.olu)


def _close(cast: Cast, deployment: Deployment) -> None:
    sheet = sheets.complete_sheet(
        deployment,
        version_deployed="2.7.5",
        issues="Two nodes restarted once while traffic moved over. No payment failed.",
        resolution="Memory limit raised from 1 to 1.5 GiB on every node.",
        answer=Answer.CAVEATS,
        caveats="Find out why the new version needs more memory than the old one.",
        caveats_owner=cast.rei,
        caveats_due_on=(timezone.now() + timedelta(days=4)).date(),
        shown=page_digest(deployment),
        **keyed(cast.layla),
    )
    completed = Sheet.objects.select_related("sign_off").get(pk=sheet.pk)
    signed = completed.sign_off
    sheets.verify_sheet(completed, shown=signed.digest, revision=signed.revision, **keyed(cast.priya))


def _blocked(cast: Cast, version: TemplateVersion, base_url: str) -> None:
    """All keys are turned; one probe passes, and the other one finds the old version and blocks."""
    acts = _review(cast, version, service="Invoice worker", versions=("5.2.1", "5.1.9"), in_hours=25, rehearsed=20)
    acts.assign(cast.rei, "health address answers", "on the first node and", by=cast.anna)
    acts.fill_in("backup", cast.tomasz, "", "918 233 rows")
    health = f"{base_url}/healthz"
    acts.probe(
        "health address answers",
        cast.rei,
        "Health answers within 2 s",
        health,
        conditions="status in 200..299\nlatency < 2 s",
    )
    acts.probe("on the first node and", cast.rei, "Health names 5.2.1", health, conditions='body contains "5.2.1"')
    acts.all_done([(cast.rei, cast.jun), (cast.tomasz, cast.layla), (cast.jun, cast.priya)])


def _in_mid_review(cast: Cast, version: TemplateVersion, base_url: str) -> None:
    """Some of everything: signed, half, fallen out, sent back, waived, asked for, owned; a plan without its date."""
    acts = _review(cast, version, service="Payments gateway", versions=("2.8.0", "2.7.5"), in_hours=0, rehearsed=0)
    acts.assign(cast.tomasz, "change list", "tests passed", "migrations", "every secret", "dashboards", by=cast.anna)
    acts.assign(cast.layla, "backup", "alerts", "first node takes no", "all other nodes", by=cast.anna)
    acts.assign(cast.rei, "load test", "health address answers", "error rate stayed", "surprised", by=cast.anna)
    acts.assign(cast.jun, "test payment", "no receipt", "settlement", by=cast.anna)
    acts.fill_in("tests passed", cast.tomasz, "", "build 8412")
    acts.attach("tests passed", cast.tomasz, "Build 8412", url="https://ci.marlow.example/builds/8412")
    acts.fill_in("backup", cast.layla, "Restored into scratch, counts agree.", "4 263 907 rows")
    acts.attach("backup", cast.layla, "restore-check.txt", data=b"tables 41\nrows 4263907\ndifferences 0\n")
    acts.done(cast.tomasz, cast.jun, "change list", "tests passed", "dashboards")
    acts.done(cast.layla, cast.rei, "backup")
    acts.done(cast.tomasz, None, "every secret")
    acts.done(cast.anna, None, "support and on-call")
    acts.done(cast.rei, None, "load test")
    _changed_after_signing(cast, acts)
    _sent_back(cast, acts)
    _waivers(cast, acts)
    acts.probe(
        "health address answers",
        cast.rei,
        "Health answers within 2 s",
        f"{base_url}/healthz",
        conditions="status in 200..299\nlatency < 2 s",
    )


def _changed_after_signing(cast: Cast, acts: Acts) -> None:
    """Both keys were turned, then somebody laid a note before the item: they fell out."""
    acts.fill_in("migrations", cast.tomasz, "", "3 min 40 s")
    acts.done(cast.tomasz, cast.layla, "migrations")
    acts.attach(
        "migrations", cast.rei, "Second try", "With yesterday's copy of the data it took 4 min 55 s. Look again?"
    )


def _sent_back(cast: Cast, acts: Acts) -> None:
    acts.done(cast.layla, None, "alerts")
    reason = "The latency alert still goes to the old mailing list; nobody on call was paged at 11:20."
    commands.reject_item(acts.item("alerts"), by=cast.jun, reason=reason)


def _waivers(cast: Cast, acts: Acts) -> None:
    """One holds, one waits for its first approval, and a critical one has one of two."""
    acts.waive(
        "status page", cast.tomasz, cast.anna, "Nothing changes for customers in this version.",
        instead="Support has three sentences ready in case somebody asks.",
        afterwards="Say on the status page what changed, with the next release.",
    )  # fmt: skip
    acts.ask_waiver(
        "feature switches of this", cast.tomasz, "This release has no switches; the item does not apply.",
        instead="The list of switches is compared with the one of 2.7.5.",
        afterwards="Give this item a condition in the template.",
    )  # fmt: skip
    logs = acts.ask_waiver(
        "new logs", cast.anna, "Logging did not change since 2.7.5, which was checked a week ago.",
        instead="The security team searches the logs daily at 07:00.",
        afterwards="Mask the one debug field that is still written in clear text.",
    )  # fmt: skip
    acts.approve(logs, cast.jun)
