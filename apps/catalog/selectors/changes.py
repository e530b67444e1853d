"""What changes between two versions of a template, and whether it can be published."""

import uuid
from collections.abc import Mapping
from typing import Any

from apps.accounts.models import Team, User
from apps.accounts.roles import Role
from apps.checklists import permissions
from apps.checklists.models import ChecklistTemplate, TemplateVersion
from apps.checklists.selectors import accepted_problems, blocking, problem_to_publish, says_nothing_new
from apps.checklists.selectors.changes import EMPTY, compared, filled, summary
from apps.checklists.states import UNPUBLISHED, VersionState
from apps.core.shown import fingerprint
from apps.factors.selectors import offer
from apps.ledger import selectors as ledger
from apps.signoff.permissions import takes_passkey
from apps.signoff.rules import content_digest
from apps.studio.selectors import solved_at

from .addresses import draft_url, publish_url


def every_version(template: ChecklistTemplate) -> list[TemplateVersion]:
    """Those that people look at, the newest first; of one whose only draft was discarded, that."""
    found = list(template.versions.select_related("sign_off").order_by("-number", "-created_at"))
    return [version for version in found if version.state != VersionState.DISCARDED] or found[:1]


def loaded(version: TemplateVersion) -> TemplateVersion:
    """The version with all that it says, in three queries."""
    return TemplateVersion.objects.prefetch_related("sections__items").get(pk=version.pk)


def changes_page(
    template: ChecklistTemplate, user: User, *, before: str, after: str, show: str, page: str
) -> dict[str, Any]:
    """Two versions item by item; beside them what its authors and the second person do to publish the newer one."""
    since = ledger.head(template.stream).sequence  # first: what is read after it can only be newer
    versions = every_version(template)
    newer = next((each for each in versions if str(each.number) == after), versions[0])
    older = next((each for each in versions if str(each.number) == before and each.number < newer.number), None)
    if older is None and before != "0":
        older = next((each for each in versions if each.number < newer.number), None)
    newer = TemplateVersion.objects.for_signing().prefetch_related("sections__items").get(pk=newer.pk)
    content = newer.content()
    old = filled(loaded(older).content()) if older else {**EMPTY, "title": ""}
    new = filled(content)
    return {
        "team": template.team,
        "template": template,
        "since": since,
        "versions": versions,
        "older": older,
        "newer": newer,
        "folded": f"from={older.number if older else 0}&to={newer.number}&",
        "summary": summary(older, old, new) if older else None,
        **compared(old, new, show=show, page=page),
        **_publishing(newer, content, user),
    }


def _act(version: TemplateVersion, needed: int) -> str:
    """What the button that signs says."""
    is_asking = needed > 1 and not version.is_asked
    return "Ask for a second person" if is_asking else f"Publish version {version.number}"


def _publishing(version: TemplateVersion, content: Mapping[str, Any], user: User) -> dict[str, Any]:
    """What can be done to publish it, by whom, and the digest of what is shown."""
    needed = permissions.publishers_needed(version.template.team, user)
    return {
        "is_open": version.state in UNPUBLISHED,
        "is_asked": version.is_asked,
        "may_submit": permissions.submit_version(user, version),
        "may_publish": permissions.publish_version(user, version),
        "may_withdraw": permissions.withdraw_version(user, version),
        "may_reject": permissions.reject_version(user, version),
        "wrote_too": user.pk in version.sign_off.contributors,
        "needed": needed,
        "lacks_second": needed > 1 and not _others_publish(version.template.team, user),
        **_to_solve(version, content),
        "publish_url": publish_url(version, needed),
        "digest": content_digest(version.keyed(content)),
        "offer": offer(user).for_key(
            takes_passkey=takes_passkey(user, version.sign_off, version.meaning_for(user, needed))
        ),
        "act": _act(version, needed),
        "turn": version.sign_off.turn(version.meaning_for(user, needed)),
        "standing": fingerprint(version.sign_off.standing),
        "draft_shown": fingerprint(version.draft),
        "slots": _slots(version, needed),
        "intent": uuid.uuid4(),
        "accepted": accepted_problems(version, content),
        "authors": version.sign_off.contributor_names,
        "rejection": version.sign_off.last_rejection if version.state == VersionState.DRAFT else None,
    }


def _to_solve(version: TemplateVersion, content: Mapping[str, Any]) -> dict[str, str]:
    """Why a draft cannot be published, as a sentence, and where the first of it is solved."""
    if version.state not in UNPUBLISHED:
        return {"problem": "", "solve_url": ""}
    found = blocking(content)
    url = draft_url(version) + (solved_at(found[0]) if found else "")
    return {"problem": problem_to_publish(content, found) or says_nothing_new(version, content), "solve_url": url}


def _others_publish(team: Team, user: User) -> bool:
    """Whether the team has a template author beside them now."""
    return team.grants.held().filter(role=Role.AUTHOR, person__is_active=True).exclude(person=user).exists()


def _slots(version: TemplateVersion, needed: int) -> list[tuple[str, str]]:
    """The keys it takes as the tag `keys` draws them: turned ones with initials."""
    turned = [(key.initials, "half") for key in version.sign_off.turned]
    return turned + [(str(slot), "") for slot in range(len(turned) + 1, needed + 1)]
