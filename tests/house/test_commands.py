"""Every change is one verb: the shape of commands, their names, and that nothing else writes."""

import ast
import re

from celery import current_app
from django.urls import URLPattern, URLResolver

from tests.house import source
from tests.house.source import NAMES, files, name, room, walk

WRITES = {
    "save", "create", "bulk_create", "bulk_update", "update", "delete", "get_or_create", "update_or_create", "asave",
    "acreate", "aupdate", "adelete", "_raw_delete", "insert_all", "insert_values", "update_all",
}  # fmt: skip
RECORDS = {"ledger.record", "ledger.record_all"}
NOT_ROWS = {
    "project/celery.py: app.conf.update",
    # a digest, and objects of the file storage
    "apps/evidence/objects.py: found.update", "apps/evidence/objects.py: _storage().save",
    "apps/evidence/objects.py: _storage().delete",
    "apps/evidence/management/commands/leftover_files.py: objects.delete",
}  # fmt: skip
VERBS = (
    "accounts", "attachments", "checklists", "comments", "deployments", "factors", "followups", "imports", "letters",
    "notices",
    "preferences", "probes", "programs", "proposals", "records", "reporting", "reruns", "secrets", "sheets", "sso",
    "studio", "teams", "waivers", "zones",
)  # fmt: skip

# Whoever calls them names who acts: parts that are stored, frozen or leased within their owner's command.
WITHOUT_AN_ACTOR = {
    "signoff.prepare", "signoff.store", "signoff.open_all", "signoff.close_all", "signoff.open_again", "signoff.close",
    "evidence.place", "evidence.store_blob", "evidence.require_room",
    "leases.publish", "leases.claim", "leases.retry", "leases.sweep", "leases.holding", "leases.renew",
    "leases.pass_on", "leases.next_in_turn", "leases.claim_all", "leases.renew_all",
    "probes.let_secrets_go",
}  # fmt: skip
# They keep the books of work under way; what that work ends in is recorded.
BOOKKEEPING = {
    "attachments.try_probe",  # a try is no run: it proves nothing, and is forgotten within minutes
    "probes.try_probe",
    "accounts.count_try",
    "accounts.begin_session",  # that somebody signed in is recorded by what let them in
    "accounts.note_session",
    "accounts.move_session",
    "factors.ask_passkey",  # what it answers is recorded
    "accounts.invite_first_person",
    "sso.ask_provider",  # what it answers is recorded
    "sso.leave_for",
    "sso.take_answer",
    "letters.ask_reset",  # who gets a link is recorded once it is mailed; whether anybody does tells nobody who asks
    "letters.claim_letter",
    "letters.put_off_letter",
    "letters.hold_letters",
    "letters.sweep_letters",
    "probes.claim_runs",
    "probes.let_secrets_go",
    "probes.sweep_runs",
    "attachments.order_due_runs",
    "reporting.note_missed_reports",
    "waivers.expire_waivers",
    "secrets.release",
    "notices.derive_notices",  # what somebody heard is told by the chains it was read from, and proves nothing itself
    "notices.note_windows",
    "notices.claim_delivery",
    "notices.ready_post",
    "notices.remind",
    "notices.end_delivery",
    "notices.put_off",
    "notices.hold_back",
    "notices.sweep_deliveries",
    "notices.finish_notice",
    "notices.reopen_notice",
    "notices.finish_all",
    "records.claim_record",
    "records.note_progress",
    "records.fail_record",
    "records.release_record",
    "records.sweep_records",
}
# One verb whose every step is recorded by the command it calls.
RECORDED_STEP_BY_STEP = {
    "sso.join_by_identity",
    "reporting.measure",
    "reporting.take_report",
    "attachments.attach_probes",
    "attachments.run_probes",
    "attachments.cancel_series",
    "attachments.schedule_probe",
    "attachments.set_baseline",
}
# Workers ask nobody: they hold the lease of what somebody was allowed to order.
BY_WORKERS = {"probes.claim_runs", "probes.finish_runs", "probes.sweep_runs", "letters.end_letter"}
# Whoever runs the server starts them from a shell.
BY_THE_SERVER = {
    "accounts.invite_first_person", "secrets.encrypt_again", "factors.encrypt_codes_again", "factors.remove_factors",
}  # fmt: skip
WITHOUT_A_PERMISSION = (
    BOOKKEEPING - {"accounts.count_try", "letters.ask_reset", "attachments.try_probe", "probes.try_probe"}
    | BY_WORKERS
    | BY_THE_SERVER
)
# Asked by the permissions of several verbs, also of those on the floors above.
PERMISSIONS_ONLY = {
    "attachments.take_archive",
    "deployments.works_on", "deployments.takes_keys", "deployments.changes_item", "deployments.signed_here",
    "checklists.edit_draft", "checklists.publishers_needed", "attachments.run_item_probe",
    "factors.change_factors",
    "factors.type_proof",
    "teams.hand_over",
}  # fmt: skip
# What is shown, and the one address that means another command: run_probes for one item.
PAGES = {
    "accounts": {"account"},
    "factors": {"ask_passkey", "factors", "recovery_codes", "statement"},
    "letters": {"reset_asked"},
    "sso": {"leave", "answer"},
    "teams": {"asked", "invited", "member", "people"},
    "notices": {"inbox", "follow", "sent", "webhooks", "webhook"},
    "imports": {"preview", "original", "line"},
    "catalog": {"list", "template", "changes", "export", "built_in"},
    "boards": {
        "board", "rows", "blockers", "follow", "follow_up", "follow_ups",
        "compare", "history", "item", "item_panel", "list", "my_work", "series", "sheet", "emergency",
        "download_evidence", "download_evidence_archive", "evidence_room", "probe", "probes", "tried", "waivers",
    },
    "records": {"records", "record", "download_pdf", "download_json"},
    "programs": {"list", "command"},
    "secrets": {"list", "secret"},
    "zones": {"list", "zone"},
    "studio": {
        "draft", "rows", "here", "follow", "item", "item_panel", "section", "section_panel", "version", "version_panel",
    },
}  # fmt: skip
OTHER_WORDS = {
    "boards": {"run_item_probe", "try_probe"}, "imports": {"edit_text"},
    "letters": {"ask_reset"}, "notices": {"finish_notice", "reopen_notice", "finish_all"},
}  # fmt: skip
# Whose verbs have their pages in an app of the floors above.
ACTS_OF = {
    "boards": (
        "deployments",
        "attachments",
        "comments",
        "waivers",
        "sheets",
        "emergencies",
        "proposals",
        "reruns",
        "reporting",
        "followups",
    ),
    "catalog": ("checklists", "proposals"),
}
# Proposed on the page of an item, taken or dismissed on that of a template.
ELSEWHERE = {
    "boards": {"proposals.take_proposal", "proposals.dismiss_proposal"}, "catalog": {"proposals.propose_change"},
}  # fmt: skip
# No street door: probes are ordered on items, records are filed by workers, the first link is printed.
WITHOUT_A_URL = {
    "studio.replace_draft_content",  # an import into a template, whose page is the importer's
    "probes.define_probe",
    "probes.change_probe",
    "probes.try_probe",
    "probes.request_runs",
    "probes.record_report",
    "probes.finish_runs",
    "probes.cancel_series",
    "probes.schedule_probe",
    "probes.set_baseline",
    "attachments.order_due_runs",
    "reporting.note_missed_reports",
    "waivers.expire_waivers",
    "records.file_record",
    "secrets.encrypt_again",
    "secrets.release",
    "accounts.invite_first_person",
    "accounts.change_administrator",
    "letters.end_letter",
    "factors.encrypt_codes_again",
    "factors.remove_factors",
    "factors.prove",  # part of every act that signs
}


def in_full(app):
    return {f"{app}.{command}" for command in source.commands(app)}


def test_only_commands_write():
    found = set()
    for path in files("apps", "project"):
        if room_of(path) == "commands":
            continue
        for call in walk(path, ast.Call):
            if isinstance(call.func, ast.Attribute) and call.func.attr in WRITES:
                found.add(f"{name(path)}: {ast.unparse(call.func)}")
    assert found <= NOT_ROWS


def room_of(path):
    return room(path) if name(path).startswith("apps/") else ""


def test_only_commands_change_a_state():
    for path in files("apps", "project"):
        for node in walk(path, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Attribute) and target.attr in ("state", "status", "outcome"):
                    assert room_of(path) == "commands", f"{name(path)}:{node.lineno}"


@source.for_each([app for app in NAMES if app != "ledger"])
def test_somebody_always_acts_and_the_command_says_what_it_does(app):
    for command, (path, function) in source.commands(app).items():
        assert ast.get_docstring(function), f"{name(path)}: {command} has no docstring"
        actors = [argument.arg for argument in function.args.kwonlyargs]
        assert "by" in actors or f"{app}.{command}" in WITHOUT_AN_ACTOR, f"{name(path)}: {command} lacks `by`"


@source.for_each(VERBS)
def test_no_trace_no_change(app):
    bodies = {
        node.name: node
        for path in files(f"apps/{app}")
        if room(path) == "commands"
        for node in walk(path, ast.FunctionDef)
    }

    def records(function, seen=()):
        names = source.called(function)
        if names & RECORDS:
            return True
        return any(each in bodies and each not in seen and records(bodies[each], (*seen, each)) for each in names)

    silent = {f"{app}.{command}" for command, (_, function) in source.commands(app).items() if not records(function)}
    assert silent == {each for each in BOOKKEEPING | RECORDED_STEP_BY_STEP if each.startswith(f"{app}.")} & silent
    assert not silent - BOOKKEEPING - RECORDED_STEP_BY_STEP


@source.for_each(VERBS)
def test_a_command_that_records_is_one_transaction(app):
    for command, (path, function) in source.commands(app).items():
        decorated = any(ast.unparse(each) == "transaction.atomic" for each in function.decorator_list)
        inside = any(
            any(word in ast.unparse(item.context_expr) for word in ("transaction.atomic", "locked_with"))
            for node in ast.walk(function)
            if isinstance(node, ast.With)
            for item in node.items
        )
        if source.called(function) & RECORDS:
            assert decorated or inside, f"{name(path)}: {command}"


@source.for_each(VERBS)
def test_a_command_and_its_permission_share_a_name(app):
    permissions = source.module_of(app, "permissions")
    offered = {
        f"{app}.{key}"
        for key, value in vars(permissions).items()
        if callable(value) and not key.startswith("_") and getattr(value, "__module__", "") == permissions.__name__
    }
    unasked = in_full(app) - offered - WITHOUT_A_PERMISSION
    assert not unasked, f"apps/{app}/permissions.py has no function for {sorted(unasked)}"
    idle = offered - in_full(app) - PERMISSIONS_ONLY - {"accounts.sign_in"}
    assert not idle, f"apps/{app}/commands exports no command for the permissions {sorted(idle)}"


@source.for_each(sorted(PAGES))
def test_a_command_and_its_address_share_a_name(app):
    acts = set().union(*map(in_full, ACTS_OF.get(app, [app]))) - WITHOUT_A_URL - BOOKKEEPING
    acts -= ELSEWHERE.get(app, set())
    urls = set(names(urlpatterns(app))) - PAGES[app]
    urls -= OTHER_WORDS.get(app, set())
    commands = {each.partition(".")[2] for each in acts}
    lacking = commands - urls
    assert not lacking, f"apps/{app}/urls.py has no address for the commands {sorted(lacking)}"
    assert not urls - commands, f"neither a command nor in PAGES: {sorted(urls - commands)}"


def urlpatterns(app):
    """The addresses of an app's acts and pages."""
    return source.module_of(app, "urls").urlpatterns


def names(patterns: list[URLPattern | URLResolver]):
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield pattern.name
        else:
            yield from names(pattern.url_patterns)


@source.for_each(sorted(PAGES))
def test_a_view_has_the_name_of_its_address(app):
    other = {"list", "record"}
    for pattern in flat(urlpatterns(app)):
        assert pattern.callback.__name__ == pattern.name or pattern.name in other


def flat(patterns: list[URLPattern | URLResolver]):
    for pattern in patterns:
        yield from [pattern] if isinstance(pattern, URLPattern) else flat(pattern.url_patterns)


def test_every_task_that_is_named_exists():
    current_app.loader.import_default_modules()
    written = re.compile(r"apps\.\w+\.tasks\.\w+")
    named = {
        node.value
        for path in files("apps", "project")
        for node in walk(path, ast.Constant)
        if isinstance(node.value, str) and written.fullmatch(node.value)
    }
    assert named
    assert named <= set(current_app.tasks)


def test_work_is_ordered_by_id():
    for path in files("apps"):
        for call in walk(path, ast.Call):
            if ast.unparse(call.func) == "enqueue":
                given = {keyword.arg for keyword in call.keywords} - {"queue"}
                assert all(each.endswith("_id") or each == "attempt" for each in given), f"{name(path)}:{call.lineno}"


def test_a_view_reaches_every_row_through_its_viewer():
    doors = {"visible_to", "with_token"}
    for path in files("apps"):
        if room(path) not in ("views",):
            continue
        for node in walk(path, ast.Attribute):
            if isinstance(node.value, ast.Attribute) and node.value.attr == "objects":
                assert node.attr in doors, f"{name(path)}:{node.lineno} {ast.unparse(node)}"


def test_what_commands_have_in_common_is_called_by_commands_only():
    """`commands/parts.py` asks no permission and records nothing, so whoever calls it has to."""
    callers = {
        (name(path), room_of(path))
        for path in files("apps", "project")
        for node in walk(path, ast.ImportFrom)
        if (node.module or "").endswith("parts")
    }
    assert callers
    assert {room for _, room in callers} == {"commands"}, callers


def test_signatures_are_made_in_one_place():
    makers = {
        name(path)
        for path in files("apps", "project")
        for call in walk(path, ast.Call)
        if ast.unparse(call.func) in ("Signature", "Signature.objects.create", "Signature.objects.bulk_create")
    }
    assert makers == {"apps/signoff/commands.py"}


def test_the_live_channel_carries_names_and_numbers_only():
    (announce,) = [
        function
        for path in files("apps/live")
        for function in walk(path, ast.FunctionDef)
        if function.name == "announce"
    ]
    arguments = [argument.arg for argument in (*announce.args.args, *announce.args.kwonlyargs)]
    assert arguments == ["topic", "sequence", "items"]
