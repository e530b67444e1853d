"""Every address is listed as light or heavy; what is heavy is limited (project/concurrency.py)."""

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from apps.core.http import HEAVY, HEAVY_AT_FIRST, weight_of

# What these cost grows with what somebody stored.
LIMITED = {
    "imports:start_import": HEAVY,  # reads a text of megabytes
    "deployments:download_evidence_archive": HEAVY,
    "deployments:evidence_room": HEAVY,
    "imports:preview": HEAVY,
    "imports:original": HEAVY,
    "imports:edit_text": HEAVY,
    "imports:correct_import": HEAVY,
    "imports:draft_import": HEAVY,
    "imports:line": HEAVY,
    "imports:decide_findings": HEAVY,
    "imports:undo_import_step": HEAVY,
    "imports:merge_import": HEAVY,
    "imports:judge_match": HEAVY,
    "templates:template": HEAVY,  # renders a hundred texts
    "templates:list": HEAVY,  # searches the texts of all items
    "templates:export": HEAVY,  # writes a whole version
    "templates:changes": HEAVY,  # these compare all that two versions say
    "templates:submit_version": HEAVY,
    "templates:publish_version": HEAVY,
    "templates:reject_version": HEAVY,
    "deployments:create_deployment": HEAVY,  # copies thousands of items
    "deployments:upgrade_deployment": HEAVY,  # compares two versions whole
    "deployments:compare": HEAVY,  # compares two deployments whole
    "deployments:rerun_deployment": HEAVY,  # compares a version and a deployment whole
    "deployments:history": HEAVY,  # searches the whole chain
    "deployments:my_work": HEAVY_AT_FIRST,  # these read whole boards, which are cached then
    "deployments:list": HEAVY_AT_FIRST,
    "deployments:board": HEAVY_AT_FIRST,
    "deployments:rows": HEAVY_AT_FIRST,
    "deployments:blockers": HEAVY_AT_FIRST,
    "templates:take_proposal": HEAVY_AT_FIRST,
    "templates:dismiss_proposal": HEAVY_AT_FIRST,
    "studio:draft": HEAVY_AT_FIRST,  # these read the whole draft, which is cached then
    "studio:rows": HEAVY_AT_FIRST,
    "studio:item": HEAVY_AT_FIRST,
    "studio:item_panel": HEAVY_AT_FIRST,
    "studio:section": HEAVY_AT_FIRST,
    "studio:section_panel": HEAVY_AT_FIRST,
    "studio:version": HEAVY_AT_FIRST,
    "studio:version_panel": HEAVY_AT_FIRST,
    "studio:undo_step": HEAVY_AT_FIRST,
    "studio:redo_step": HEAVY_AT_FIRST,
    "studio:edit_draft": HEAVY_AT_FIRST,
    "studio:accept_draft_problem": HEAVY_AT_FIRST,
    "studio:add_draft_items": HEAVY_AT_FIRST,
    "studio:edit_draft_items": HEAVY_AT_FIRST,
    "studio:edit_draft_item": HEAVY_AT_FIRST,
    "studio:move_draft_items": HEAVY_AT_FIRST,
    "studio:indent_draft_items": HEAVY_AT_FIRST,
    "studio:remove_draft_items": HEAVY_AT_FIRST,
    "studio:add_draft_section": HEAVY_AT_FIRST,
    "studio:edit_draft_section": HEAVY_AT_FIRST,
    "studio:move_draft_section": HEAVY_AT_FIRST,
    "studio:remove_draft_section": HEAVY_AT_FIRST,
}
# One page of a list, one item, one form, or a row that is written: the same cost whatever is stored. Files leave in
# pieces, as fast as they are read (tests/project/test_downloads.py).
LIGHT = {
    "home", "healthz", "readyz",
    "accounts:sign_in", "accounts:sign_out", "accounts:become", "accounts:account", "accounts:rename_person",
    "factors:statement", "factors:change_address",
    "factors:rename_passkey", "sso:sign_in_by_identity", "sso:leave", "sso:answer", "sso:join_by_identity",
    "sso:link_identity", "sso:unlink_identity",
    "letters:ask_reset", "letters:reset_asked", "letters:reset_password", "letters:verify_address",
    "preferences:edit_preferences",
    "notices:inbox", "notices:follow", "notices:finish_notice", "notices:reopen_notice", "notices:finish_all",
    "notices:edit_reach", "notices:sent",
    "notices:webhooks", "notices:webhook", "notices:make_webhook", "notices:remove_webhook",
    "accounts:end_session", "accounts:end_other_sessions", "factors:ask_passkey", "factors:sign_in_by_passkey",
    "factors:confirm_sign_in", "factors:factors", "factors:add_codes", "factors:remove_codes", "factors:add_passkey",
    "factors:remove_passkey", "factors:make_recovery_codes", "factors:recovery_codes",
    "accounts:change_password", "accounts:create_team", "accounts:create_first_team", "accounts:accept_invitation",
    "teams:people", "teams:invited", "teams:invite_person", "teams:revoke_invitation",
    "teams:change_role", "teams:remove_member", "teams:edit_team", "teams:member", "teams:asked", "teams:ask_role",
    "teams:grant_role", "teams:end_role", "teams:delegate", "teams:accept_delegation", "teams:end_delegation",
    "templates:create_template", "templates:built_in", "templates:install_template", "templates:start_draft",
    "templates:withdraw_version", "templates:discard_draft", "templates:restore_template",
    "imports:discard_import", "templates:archive_template",
    "deployments:follow_ups", "deployments:follow_up", "deployments:change_follow_up", "deployments:close_follow_up",
    "deployments:follow", "deployments:open_review", "deployments:edit_deployment", "deployments:cancel_deployment",
    "deployments:assign_items", "deployments:plan_items", "deployments:run_probes", "deployments:fill_in_rollback_plan",
    "deployments:sheet", "deployments:emergency", "deployments:authorise_emergency", "deployments:write_review",
    "deployments:verify_review", "deployments:send_back_review",
    "deployments:ask_reopening", "deployments:agree_reopening", "deployments:end_reopening",
    "deployments:complete_sheet", "deployments:verify_sheet", "deployments:send_back_sheet", "deployments:item",
    "deployments:series", "deployments:sign_items",  # at most 50 items
    "deployments:item_panel", "deployments:sign_item", "deployments:withdraw_key", "deployments:reject_item",
    "deployments:edit_item",
    "deployments:add_item", "deployments:propose_change",
    "deployments:fill_in_item", "deployments:write_comment", "deployments:withdraw_comment",
    "deployments:attach_evidence", "deployments:download_evidence",
    "deployments:remove_evidence", "deployments:replace_evidence", "deployments:probe", "deployments:probes",
    "deployments:try_probe", "deployments:tried", "deployments:schedule_probe", "deployments:set_baseline",
    "deployments:cancel_series",
    "deployments:attach_probe", "deployments:attach_probes", "deployments:detach_probe",
    "deployments:reopen_item",
    "deployments:measure", "deployments:issue_token", "deployments:revoke_token", "deployments:take_report",
    "deployments:run_item_probe", "deployments:request_waiver", "deployments:approve_waiver",
    "deployments:end_waiver", "deployments:waivers",
    "studio:follow", "studio:here",
    "zones:list", "zones:create_zone", "zones:zone", "zones:edit_zone", "zones:propose_widening",
    "zones:confirm_widening", "zones:end_widening",
    "programs:list", "programs:propose_command", "programs:command", "programs:approve_command",
    "programs:withdraw_command",
    "secrets:list", "secrets:secret", "secrets:set_secret", "secrets:rotate_secret", "secrets:bind_secret",
    "secrets:remove_secret",
    "records:records", "records:request_record", "records:record", "records:download_pdf", "records:download_json",
}  # fmt: skip


def weights(patterns: list[URLPattern | URLResolver], prefix: str = "") -> dict[str, str]:
    """How the view of every address is marked."""
    found = {}
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            found[f"{prefix}{pattern.name}"] = weight_of(pattern.callback)
        else:
            found |= weights(pattern.url_patterns, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix)
    return found


def test_every_address_is_listed_as_light_or_heavy_and_marked_so():
    expected, found = dict.fromkeys(LIGHT, "") | LIMITED, weights(get_resolver().url_patterns)
    new, idle = sorted({*found} - {*expected}), sorted({*expected} - {*found})
    assert not new, f"list {new}: in LIGHT what costs the same whatever is stored, in LIMITED what is marked @heavy"
    assert not idle, f"tests/house/test_heavy.py lists {idle}, which no urls.py names"
    otherwise = {name: mark for name, mark in found.items() if mark != expected[name]}
    assert not otherwise, f"marked otherwise than listed, by heavy or heavy_at_first of apps/core/http.py: {otherwise}"


@pytest.mark.parametrize("name", LIMITED)
def test_no_address_is_listed_twice(name):
    assert name not in LIGHT
