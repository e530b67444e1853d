"""The addresses of imports."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from apps.core.shown import fingerprint, texts
from apps.imports.rules import stated
from apps.imports.selectors import merge_of
from tests.house.routes.route import Route, over, says, team


def imported(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {**team(stage), "imported": stage.imported.pk}


def decided(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {**team(stage), "imported": stage.decided.pk}


def deciding(stage: SimpleNamespace) -> Mapping[str, Any]:
    """What the form of the only finding posts."""
    (finding,) = stage.imported.result().findings
    shown = fingerprint(stated([finding], stage.imported.decisions))
    return {"basis": shown, "which": finding.id, "decision": "taken"}


def into(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {**team(stage), "imported": stage.into.pk}


OF_A_TEAM = {
    "imports:start_import": Route(team, get=200, body=says(text="# Two\n\n- [ ] one\n")),
    "imports:preview": Route(imported, get=200, query=says(change="5")),
    "imports:original": Route(imported, get=200),
    "imports:edit_text": Route(
        imported, get=200, body=over(lambda s: texts(source=s.imported.source), source="# Two\n\n- [ ] one\n")
    ),
    "imports:correct_import": Route(
        imported, body=over(lambda s: s.imported.stated([5], [5]), f5="guidance", t5="- [ ] Take a backup")
    ),
    "imports:line": Route(lambda stage: {**imported(stage), "number": 5}, get=302),
    "imports:decide_findings": Route(imported, body=deciding),
    "imports:undo_import_step": Route(decided, body=lambda stage: {"shown": stage.decided.steps[-1]["number"]}),
    "imports:merge_import": Route(into, get=200, body=lambda s: {"basis": merge_of(s.into).basis}),
    "imports:judge_match": Route(into, body=over(lambda s: s.into.draft, key="tell-support", same="no")),
    "imports:draft_import": Route(imported, body=over(lambda s: s.imported.previewed)),
    "imports:discard_import": Route(imported, body=over(lambda s: s.imported.draft)),
}
