"""Publishing: whoever wrote a draft shows it, a second person makes it the version that deployments start from."""

from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.checklists import permissions, selectors
from apps.checklists.events import VersionPublished, VersionRejected, VersionSubmitted, VersionWithdrawn
from apps.checklists.models import TemplateVersion
from apps.checklists.states import MOVES
from apps.core.errors import WrongState
from apps.core.permissions import require
from apps.core.shown import require_same
from apps.core.states import after
from apps.factors.commands import Proof
from apps.ledger import commands as ledger
from apps.signoff import commands as signoff
from apps.signoff.rules import Cause, content_digest

from . import parts


@transaction.atomic
def submit_version(
    version: TemplateVersion, *, by: User, note: str, shown: str, intent: UUID, proof: Proof
) -> TemplateVersion:
    """Sign a draft and ask a second person to publish it. `note` says why there is this version."""
    version = TemplateVersion.objects.lock(version.pk)
    if version.sign_off.has_turned(by, intent):
        return version
    require(permissions.submit_version(by, version))
    _sign_as_author(version, by=by, shown=shown, intent=intent, required=2, proof=proof)
    version.note = note
    version.state = after(MOVES, version.state, "submit_version")
    version.save(update_fields=["note", "state"])
    rows = [version, *version.sign_off.changes]
    ledger.record(version.template.stream, VersionSubmitted(**parts.facts(version), note=note), by=by, rows=rows)
    return version


@transaction.atomic
def publish_version(
    version: TemplateVersion, *, by: User, shown: str, intent: UUID, proof: Proof, note: str | None = None
) -> TemplateVersion:
    """Publish what was `shown`: with the second key, or alone where no second person is asked for."""
    version = TemplateVersion.objects.lock(version.pk)
    if version.sign_off.has_turned(by, intent):
        return version
    require(permissions.publish_version(by, version))
    if version.sign_off.turned:
        meaning = version.meaning_for(by, version.sign_off.required)
        signoff.sign(version.sign_off, by=by, shown=shown, meaning=meaning, intent=intent, proof=proof)
    else:
        version.note = note or ""
        _sign_as_author(version, by=by, shown=shown, intent=intent, required=1, proof=proof)
    return record_publishing(version, by=by)


@transaction.atomic
def withdraw_version(version: TemplateVersion, *, by: User) -> TemplateVersion:
    """Take back the question to publish a draft; it can be edited again."""
    version = TemplateVersion.objects.lock(version.pk)
    require(permissions.withdraw_version(by, version))
    parts.reopen_draft(version, by=by, cause=Cause.WITHDRAWN)
    rows = [version, *version.sign_off.changes]
    ledger.record(version.template.stream, VersionWithdrawn(**parts.facts(version)), by=by, rows=rows)
    return version


@transaction.atomic
def reject_version(version: TemplateVersion, *, by: User, reason: str, shown: str | None = None) -> TemplateVersion:
    """Send a draft back to its authors with a reason, unless its keys are others than were `shown`."""
    version = TemplateVersion.objects.lock(version.pk)
    require(permissions.reject_version(by, version))
    require_same(shown, version.sign_off.standing, "send it back")
    version.state = after(MOVES, version.state, "reopen_draft")
    version.save(update_fields=["state"])
    signoff.reject(version.sign_off, by=by, reason=reason)
    rows = [version, *version.sign_off.changes]
    ledger.record(version.template.stream, VersionRejected(**parts.facts(version), reason=reason), by=by, rows=rows)
    return version


def record_publishing(version: TemplateVersion, *, by: User) -> TemplateVersion:
    """Publish a version whose keys are turned, and record it."""
    rows = parts.publish(version, by=by)
    event = VersionPublished(
        **parts.facts(version), sha256=version.sha256, alone=version.sign_off.required == 1, note=version.note
    )
    ledger.record(version.template.stream, event, by=by, rows=rows)
    ledger.anchor(version.template.stream, by=by)
    return version


def _sign_as_author(
    version: TemplateVersion, *, by: User, shown: str, intent: UUID, proof: Proof, required: int
) -> None:
    """Turn the first key."""
    content = version.content()
    if problem := selectors.problem_to_publish(content) or selectors.says_nothing_new(version, content):
        raise WrongState(problem)
    meaning = version.meaning_for(by, required)
    signoff.contribute(version.sign_off, by=by)
    digest = content_digest(version.keyed(content))
    signoff.revise(version.sign_off, by=by, digest=digest, cause=Cause.TEXT_EDITED, required=required)
    signoff.sign(version.sign_off, by=by, shown=shown, meaning=meaning, intent=intent, proof=proof)
