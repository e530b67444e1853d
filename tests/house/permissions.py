"""Who may do what at which address: the one table to review. `test_matrix.py` asks every address as everybody.

It names people by what they hold and nothing else, and repeats no rule of `apps/accounts/roles.py` on purpose: who
changes a rule there has to say it here again. Everybody holds exactly one role beside member; an auditor holds none.
"""

READ, EXPORT, EDIT, REVIEW, PUBLISH = "read", "export", "edit", "review", "publish"
RELEASE, DECIDE, MANAGE, WROTE, MINE = "release", "decide", "manage", "wrote", "mine"
OWN, INSTANCE, CONSOLE, ZONE, INBOX = "own", "instance", "console", "zone", "inbox"
VERIFY, MAILED = "verify", "mailed"

MEMBERS = ("member", "reviewer", "author", "manager", "decider", "admin")
OF_THE_TEAM = (*MEMBERS, "auditor")
# The same seven in another team, who administers the instance and is in no team, and who was in the team once.
OTHERS = (*(f"{who} elsewhere" for who in OF_THE_TEAM), "administrator", "removed")
SIGNED_IN = (*OF_THE_TEAM, *OTHERS)
PEOPLE = ("anonymous", *SIGNED_IN)

MAY = {
    READ: OF_THE_TEAM,
    EXPORT: OF_THE_TEAM,
    EDIT: MEMBERS,
    REVIEW: ("reviewer",),
    PUBLISH: ("author",),
    RELEASE: ("manager",),
    DECIDE: ("decider",),
    MANAGE: ("admin",),
    VERIFY: ("reviewer", "author", "decider"),  # whoever holds a role that verifies
    WROTE: (),  # only who asked for it, or was asked, who is none of these people: the walk asks as that person
    MINE: (),  # what somebody has who is none of these people: nobody else finds it
    OWN: SIGNED_IN,  # what it leads to is theirs, whoever asks
    INBOX: (),  # only whoever it was sent to, who is none of these people: the walk asks as that person
    MAILED: (),  # only the account that a link was mailed for, who is none of these people
    INSTANCE: ("administrator",),
    CONSOLE: ("administrator",),
    ZONE: ("administrator",),
    f"{ZONE} page": (*OF_THE_TEAM, "administrator"),  # in which their probes may ask
}
# Who is refused with a reason, since they see what it is about: the team. To everybody else nothing is there.
REFUSED = {INSTANCE: SIGNED_IN, MAILED: SIGNED_IN, CONSOLE: (), INBOX: (), MINE: ()}

# What opening an address (GET, HEAD) takes. An address of neither this list nor OPEN takes only forms.
PAGES = {
    READ: """
        notices:webhooks notices:webhook
        teams:people teams:invited teams:member teams:grant_role teams:accept_delegation
        programs:list programs:command secrets:list secrets:secret
        imports:start_import imports:preview imports:original imports:edit_text imports:line imports:merge_import
        templates:list templates:create_template templates:built_in templates:changes templates:template
        deployments:my_work deployments:list deployments:follow_ups deployments:follow_up deployments:compare
        deployments:create_deployment deployments:board deployments:rows deployments:blockers deployments:history
        deployments:waivers deployments:follow deployments:edit_deployment deployments:cancel_deployment
        deployments:upgrade_deployment deployments:rerun_deployment deployments:probes deployments:series
        deployments:fill_in_rollback_plan deployments:sheet deployments:emergency
        deployments:item deployments:item_panel
        deployments:add_item deployments:evidence_room deployments:download_evidence deployments:probe
        deployments:replace_evidence deployments:attach_probe deployments:tried deployments:request_waiver
        studio:draft studio:rows studio:follow studio:item studio:item_panel studio:section studio:section_panel
        studio:version studio:version_panel
    """,
    EXPORT: """
        templates:export records:records records:record records:download_pdf records:download_json
        deployments:download_evidence_archive
    """,
    OWN: """
        home accounts:account factors:statement preferences:edit_preferences notices:inbox notices:follow
        notices:edit_reach notices:sent zones:list factors:factors
        factors:add_codes factors:add_passkey factors:recovery_codes factors:change_address
        letters:verify_address sso:link_identity
    """,
    MINE: """
        factors:remove_passkey factors:rename_passkey factors:remove_codes factors:make_recovery_codes
        sso:unlink_identity
    """,
    CONSOLE: "teams:asked",
    f"{ZONE} page": "zones:zone",
}
# What sending a form (POST) takes.
ACTS = {
    READ: "studio:here",  # says where in a draft somebody is; stores nothing
    EXPORT: "records:request_record",
    EDIT: """
        programs:propose_command programs:withdraw_command
        imports:start_import imports:edit_text imports:correct_import imports:decide_findings
        imports:undo_import_step imports:merge_import imports:judge_match imports:draft_import imports:discard_import
        templates:create_template templates:install_template templates:start_draft templates:submit_version
        templates:discard_draft templates:restore_template templates:archive_template templates:take_proposal
        templates:dismiss_proposal
        deployments:change_follow_up deployments:close_follow_up deployments:create_deployment
        deployments:open_review deployments:edit_deployment deployments:upgrade_deployment
        deployments:rerun_deployment deployments:reopen_item deployments:assign_items deployments:plan_items
        deployments:run_probes deployments:cancel_series deployments:attach_probes deployments:fill_in_rollback_plan
          deployments:ask_reopening deployments:complete_sheet deployments:sign_item deployments:sign_items
        deployments:write_review
          deployments:propose_change deployments:edit_item deployments:fill_in_item deployments:write_comment
        deployments:attach_evidence deployments:remove_evidence deployments:replace_evidence
        deployments:attach_probe
        deployments:try_probe deployments:run_item_probe deployments:schedule_probe deployments:set_baseline
        deployments:measure deployments:issue_token deployments:revoke_token deployments:request_waiver
        studio:undo_step studio:redo_step studio:edit_draft studio:accept_draft_problem studio:add_draft_items
        studio:edit_draft_items studio:edit_draft_item studio:move_draft_items studio:indent_draft_items
        studio:remove_draft_items studio:add_draft_section studio:edit_draft_section studio:move_draft_section
        studio:remove_draft_section
    """,
    REVIEW: "programs:approve_command deployments:reject_item deployments:approve_waiver deployments:end_waiver",
    PUBLISH: "templates:publish_version templates:reject_version",
    RELEASE: "deployments:cancel_deployment deployments:add_item deployments:detach_probe",
    DECIDE: """
        deployments:authorise_emergency deployments:verify_review deployments:send_back_review
        deployments:verify_sheet deployments:send_back_sheet deployments:agree_reopening deployments:end_reopening
    """,
    MANAGE: """
        teams:invite_person teams:revoke_invitation teams:change_role teams:edit_team teams:remove_member
        teams:ask_role teams:grant_role teams:end_role teams:end_delegation
        notices:make_webhook notices:remove_webhook
        secrets:set_secret secrets:rotate_secret secrets:bind_secret secrets:remove_secret
    """,
    VERIFY: "teams:delegate",
    WROTE: "templates:withdraw_version teams:accept_delegation deployments:withdraw_comment deployments:withdraw_key",
    OWN: """
        accounts:sign_out accounts:rename_person preferences:edit_preferences accounts:change_password
        notices:finish_all notices:edit_reach
        accounts:end_other_sessions factors:add_codes factors:add_passkey factors:change_address
        sso:link_identity
    """,
    MINE: """
        accounts:end_session factors:remove_passkey factors:rename_passkey factors:remove_codes
        factors:make_recovery_codes sso:unlink_identity
    """,
    INBOX: "notices:finish_notice notices:reopen_notice",
    MAILED: "letters:verify_address",
    INSTANCE: "accounts:create_team zones:create_zone",
    ZONE: "zones:edit_zone zones:propose_widening zones:confirm_widening zones:end_widening",
}
# What everybody is answered, signed in or not, by status: to GET, to POST and to any other method. Whoever asks here
# holds no token of a link.
OPEN = {
    "healthz": (200, 200, 200),
    "readyz": (503, 503, 503),  # no broker runs beside the tests
    "accounts:sign_in": (200, 200, 405),
    "accounts:become": (405, 409, 405),
    "accounts:create_first_team": (404, 404, 405),
    "accounts:accept_invitation": (404, 404, 405),
    "letters:ask_reset": (200, 409, 405),  # no mail leaves here
    "letters:reset_asked": (200, 405, 405),
    "letters:reset_password": (200, 409, 405),
    "sso:sign_in_by_identity": (405, 302, 405),
    "sso:leave": (409, 405, 405),
    "sso:answer": (409, 405, 405),
    "sso:join_by_identity": (404, 404, 405),
    "factors:ask_passkey": (405, 422, 405),
    "factors:sign_in_by_passkey": (405, 409, 405),
    "factors:confirm_sign_in": (405, 409, 405),
    "deployments:take_report": (405, 401, 405),
}


def group_of(groups: dict[str, str], name: str) -> str:
    """What an address takes; empty where it is in no group."""
    found = [group for group, names in groups.items() if name in names.split()]
    assert len(found) < 2, f"{name} stands in {found}; let it stand in one"
    return found[0] if found else ""


def listed() -> list[str]:
    """Every address of the table."""
    groups = [*PAGES.values(), *ACTS.values()]
    return sorted({*OPEN, *(name for names in groups for name in names.split())})


# Checks that another one stands behind: without the first alone everybody is refused as before, without all of these
# somebody is let through.
HELD_TWICE = {
    "notices.make_webhook": ["secrets.set_secret"],
    "notices.remove_webhook": ["secrets.remove_secret"],
    "attachments.attach_evidence": ["evidence.file_evidence"],
    "attachments.replace_evidence": ["evidence.file_evidence"],
    "attachments.attach_probe": ["probes.define_probe"],
    "attachments.attach_probes": ["attachments.attach_probe", "probes.define_probe"],
    "attachments.cancel_series": ["probes.cancel_series"],
    "attachments.run_item_probe": ["probes.schedule_probe"],
    "attachments.run_probes": ["probes.request_runs"],
    "attachments.schedule_probe": ["probes.schedule_probe"],
    "attachments.set_baseline": ["probes.set_baseline"],
    "attachments.try_probe": ["probes.try_probe"],
    "checklists.publish_version": ["signoff.sign"],
    "checklists.reject_version": ["signoff.reject"],
    "checklists.submit_version": ["signoff.sign"],
    "deployments.reject_item": ["signoff.reject"],
    "deployments.sign_item": ["signoff.sign"],
    "deployments.sign_items": ["deployments.sign_item", "signoff.sign"],
    "deployments.withdraw_key": ["signoff.withdraw"],
    "imports.merge_import": ["checklists.start_draft", "checklists.edit_draft"],
    "proposals.take_proposal": ["checklists.start_draft", "checklists.edit_draft"],
    "reporting.measure": ["probes.record_report"],
    "emergencies.authorise_emergency": ["signoff.sign"],
    "emergencies.write_review": ["signoff.sign"],
    "emergencies.verify_review": ["signoff.sign"],
    "emergencies.send_back_review": ["signoff.reject"],
    "sheets.agree_reopening": ["signoff.sign"],
    "sheets.complete_sheet": ["signoff.sign"],
    "sheets.send_back_sheet": ["signoff.reject"],
    "sheets.verify_sheet": ["signoff.sign"],
    "waivers.approve_waiver": ["signoff.sign"],
}
# Checks that turn none of these people away from any form, and why.
LINK = "whoever holds a link or a password: no role is asked"
ONESELF = "an address of one's own leads to oneself alone"
STATE = "says what can be done now, whoever asks"
SHELL = "no address asks it"
DRAFT = "one function with checklists.edit_draft, which is taken away under that name"
TURNS_NOBODY_AWAY = {
    "accounts.accept_invitation": LINK,
    "accounts.become": "outside a demo it refuses everybody",
    "accounts.change_administrator": SHELL,
    "accounts.change_password": ONESELF,
    "accounts.create_first_team": LINK,
    "accounts.rename_person": ONESELF,
    "notices.finish_all": ONESELF,
    "notices.edit_reach": ONESELF,
    "notices.finish_notice": ONESELF,
    "notices.reopen_notice": ONESELF,
    "accounts.sign_in": LINK,
    "accounts.sign_out": ONESELF,
    "attachments.take_archive": "everybody in the team may",
    "deployments.signed_here": STATE,
    "deployments.takes_keys": STATE,
    "accounts.end_session": ONESELF,
    "accounts.end_other_sessions": ONESELF,
    "letters.ask_reset": LINK,
    "letters.reset_password": LINK,
    "factors.change_address": ONESELF,
    "factors.add_codes": ONESELF,
    "factors.add_passkey": ONESELF,
    "factors.change_factors": STATE,
    "factors.confirm_sign_in": LINK,
    "factors.make_recovery_codes": ONESELF,
    "factors.prove": STATE,
    "signoff.prove": "it looks at what somebody proved themselves by (tests/deployments/test_passkey_items.py)",
    "factors.remove_codes": ONESELF,
    "factors.remove_passkey": ONESELF,
    "factors.rename_passkey": ONESELF,
    "sso.sign_in_by_identity": LINK,
    "sso.join_by_identity": LINK,
    "sso.link_identity": ONESELF,
    "sso.unlink_identity": ONESELF,
    "factors.sign_in_by_passkey": LINK,
    "factors.type_proof": STATE,
    "preferences.edit_preferences": ONESELF,
    "probes.change_probe": "attachments.attach_probe refuses before it, and here no item has its probe changed",
    "records.file_record": SHELL,
    "records.request_record": "everybody in the team may",
    "reporting.take_report": "asks who made the token; no person sends a report",
    "studio.replace_draft_content": SHELL,
    "teams.hand_over": STATE,
}
STUDIO = """
    accept_draft_problem add_draft_items add_draft_section edit_draft edit_draft_item edit_draft_items
    edit_draft_section indent_draft_items move_draft_items move_draft_section redo_step remove_draft_items
    remove_draft_section undo_step
"""
TURNS_NOBODY_AWAY |= {f"studio.{name}": DRAFT for name in STUDIO.split()}
