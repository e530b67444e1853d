"""Addresses of deployments; an act's name is its command's name."""

from django.urls import URLPattern, URLResolver, include, path

from .views import (
    board,
    comments,
    compare,
    evidence,
    follow_ups,
    items,
    lifecycle,
    probe_page,
    probes,
    proposing,
    reporting,
    reruns,
    rollback,
    series,
    sheet,
    waivers,
)  # fmt: skip

app_name = "deployments"

item: list[URLPattern | URLResolver] = [
    path("", items.item, name="item"),
    path("panel/", items.item_panel, name="item_panel"),
    path("sign/", items.sign_item, name="sign_item"),
    path("withdraw/", items.withdraw_key, name="withdraw_key"),
    path("reject/", items.reject_item, name="reject_item"),
    path("edit/", items.edit_item, name="edit_item"),
    path("reopen/", reruns.reopen_item, name="reopen_item"),
    path("propose/", items.propose_change, name="propose_change"),
    path("fill-in/", items.fill_in_item, name="fill_in_item"),
    path("evidence/attach/", evidence.attach_evidence, name="attach_evidence"),
    path("evidence/<uuid:evidence>/", evidence.download_evidence, name="download_evidence"),
    path("evidence/<uuid:evidence>/remove/", evidence.remove_evidence, name="remove_evidence"),
    path("comments/write/", comments.write_comment, name="write_comment"),
    path("comments/<uuid:comment>/withdraw/", comments.withdraw_comment, name="withdraw_comment"),
    path("probe/", probe_page.probe, name="probe"),
    path("probe/schedule/", probe_page.schedule_probe, name="schedule_probe"),
    path("probe/baseline/", probe_page.set_baseline, name="set_baseline"),
    path("probe/attach/", probes.attach_probe, name="attach_probe"),
    path("probe/try/", probes.try_probe, name="try_probe"),
    path("probe/tried/", probes.tried, name="tried"),
    path("probe/detach/", probes.detach_probe, name="detach_probe"),
    path("probe/measure/", reporting.measure, name="measure"),
    path("probe/tokens/issue/", reporting.issue_token, name="issue_token"),
    path("probe/tokens/<uuid:token>/revoke/", reporting.revoke_token, name="revoke_token"),
    path("probe/run/", probes.run_item_probe, name="run_item_probe"),
    path("waiver/request/", waivers.request_waiver, name="request_waiver"),
    path("waiver/<uuid:waiver>/approve/", waivers.approve_waiver, name="approve_waiver"),
    path("waiver/<uuid:waiver>/end/", waivers.end_waiver, name="end_waiver"),
]

deployment: list[URLPattern | URLResolver] = [
    path("", board.board, name="board"),
    path("rows/", board.rows, name="rows"),
    path("blockers/", board.blockers, name="blockers"),
    path("evidence.zip", evidence.download_evidence_archive, name="download_evidence_archive"),
    path("evidence/room/", evidence.evidence_room, name="evidence_room"),
    path("history/", lifecycle.history, name="history"),
    path("open-review/", lifecycle.open_review, name="open_review"),
    path("edit/", lifecycle.edit_deployment, name="edit_deployment"),
    path("items/add/", board.add_item, name="add_item"),
    path("upgrade/", lifecycle.upgrade_deployment, name="upgrade_deployment"),
    path("rerun/", reruns.rerun_deployment, name="rerun_deployment"),
    path("cancel/", lifecycle.cancel_deployment, name="cancel_deployment"),
    path("series/", series.series, name="series"),
    path("series/sign/", series.sign_items, name="sign_items"),
    path("assign/", board.assign_items, name="assign_items"),
    path("plan/", board.plan_items, name="plan_items"),
    path("probes/", probes.probes, name="probes"),
    path("probes/run/", probes.run_probes, name="run_probes"),
    path("probes/cancel/", probes.cancel_series, name="cancel_series"),
    path("probes/attach/", proposing.attach_probes, name="attach_probes"),
    path("rollback/", rollback.fill_in_rollback_plan, name="fill_in_rollback_plan"),
    path("waivers/", waivers.waivers, name="waivers"),
    path("sheet/", sheet.sheet, name="sheet"),
    path("sheet/complete/", sheet.complete_sheet, name="complete_sheet"),
    path("sheet/verify/", sheet.verify_sheet, name="verify_sheet"),
    path("sheet/send-back/", sheet.send_back_sheet, name="send_back_sheet"),
    path("items/<int:item>/", include(item)),
]

follow_up: list[URLPattern | URLResolver] = [
    path("", follow_ups.follow_up, name="follow_up"),
    path("change/", follow_ups.change_follow_up, name="change_follow_up"),
    path("close/", follow_ups.close_follow_up, name="close_follow_up"),
]

urlpatterns = [
    path("t/<slug:team>/", lifecycle.my_work, name="my_work"),
    path("t/<slug:team>/deployments/", lifecycle.deployments, name="list"),
    path("t/<slug:team>/deployments/new/", lifecycle.create_deployment, name="create_deployment"),
    path("t/<slug:team>/deployments/compare/", compare.compare, name="compare"),
    path("t/<slug:team>/deployments/<int:number>/", include(deployment)),
    path("t/<slug:team>/follow-ups/", follow_ups.follow_ups, name="follow_ups"),
    path("t/<slug:team>/follow-ups/<uuid:follow_up>/", include(follow_up)),
    path("report/", reporting.take_report, name="take_report"),
    path("live/deployments/<uuid:deployment>/", board.follow, name="follow"),
]
