"""The addresses of people and teams, and those of no app."""

from collections.abc import Mapping
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.utils import timezone

from apps.core.shown import texts
from apps.notices.models import Reach
from apps.notices.selectors import reach_of
from tests.cast import PASSWORD, READS_UNTIL
from tests.house.routes.route import TOKEN, Route, nothing, over, says, team


def person(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {**team(stage), "person": stage.member.pk}


def waiting(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {**team(stage), "grant": stage.asked_role.pk}


def as_they_are(stage: SimpleNamespace) -> dict[str, str]:
    """What the page of that person shows of them: what was asked for counts."""
    return texts(role="member", reads_until=None, roles=stage.asked_role.role)


def between_two(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {**team(stage), "delegation": stage.handed_over.pk}


def in_three_days(stage: SimpleNamespace) -> Mapping[str, Any]:
    last_day = str(timezone.now().date() + timedelta(days=3))
    return {"person": stage.member.pk, "last_day": last_day, "proof_password": PASSWORD}


PERSONAL = {
    "teams:asked": Route(get=200, by="stranger"),
    # Nobody else is an admin of the team, so an administrator of the instance is the second person, and may decline.
    "teams:end_role": Route(waiting, body=over(lambda s: s.asked_role.standing)),
    "teams:grant_role": Route(waiting, get=200, body=says(proof_password=PASSWORD), by="stranger"),
    "home": Route(get=302),
    "accounts:sign_out": Route(body=nothing),
    "accounts:account": Route(get=200),
    "factors:statement": Route(get=200, query=says(turn=f"{UUID(int=4)}.{'0' * 64}.1.performed")),
    "accounts:rename_person": Route(body=over(lambda s: texts(full_name=s.lead.full_name), full_name="Lena B.")),
    "preferences:edit_preferences": Route(
        get=200, body=over(lambda s: s.lead.preferences, time_zone="Europe/Paris", letter_keys="on")
    ),
    "notices:inbox": Route(get=200),
    "notices:follow": Route(get=200),
    "notices:edit_reach": Route(
        get=200, body=over(lambda s: reach_of(s.lead).standing, **Reach(digest_at=9).standing), auditor=302
    ),
    "notices:sent": Route(get=200),
    "notices:finish_notice": Route(lambda stage: {"notice": stage.notice.pk}, body=nothing, auditor=404, records=False),
    "notices:reopen_notice": Route(lambda stage: {"notice": stage.notice.pk}, body=nothing, auditor=404, records=False),
    "notices:finish_all": Route(body=says(until="2026-11-30T12:00:00Z"), auditor=302, records=False),
    "accounts:change_password": Route(body=says(old=PASSWORD, new="another long password indeed")),
    "accounts:end_session": Route(lambda s: {"session": s.session.pk}, body=nothing),
    "accounts:end_other_sessions": Route(body=nothing),
    "accounts:create_team": Route(body=says(name="Third", slug="third"), by="stranger"),
}
OPEN = {
    "healthz": Route(get=200),
    "readyz": Route(get=503),
    "accounts:sign_in": Route(get=200),
    "accounts:become": Route(),
    "accounts:create_first_team": Route(says(token=TOKEN)),
    "accounts:accept_invitation": Route(says(token=TOKEN)),
}
HOW_IT_WORKS = texts(two_publish=True, runs_commands=True, waiver_days=30, passkey_roles="")
OF_A_TEAM = {
    "teams:people": Route(team, get=200),
    "teams:invited": Route(team, get=302),
    "teams:invite_person": Route(team, body=says(note="Jun", role="member")),
    "teams:revoke_invitation": Route(lambda stage: {**team(stage), "invitation": stage.invitation.pk}, body=nothing),
    "teams:change_role": Route(person, body=over(as_they_are, role="auditor", reads_until=str(READS_UNTIL))),
    "teams:edit_team": Route(team, body=over(lambda s: HOW_IT_WORKS, waiver_days=14)),
    "teams:remove_member": Route(person, body=over(as_they_are)),
    "teams:member": Route(person, get=200),
    "teams:delegate": Route(team, body=in_three_days, by="reviewer"),
    "teams:accept_delegation": Route(between_two, get=200, body=says(proof_password=PASSWORD), by="member"),
    "teams:end_delegation": Route(between_two, body=over(lambda s: s.handed_over.standing)),
    "teams:ask_role": Route(
        person, body=over(as_they_are, role="author", identity="by video", proof_password=PASSWORD)
    ),
}
