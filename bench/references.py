"""What Keyturn is measured against: the least a Django view can do for the same thing.

bare: a view that does nothing. one: session, user, one query. board, draft, item, deployments, work, probes: what such
a page says, by one SQL statement and joined strings. change: lock, update and one audit row in one transaction, the row
by a plain INSERT. copy: the items of a template by INSERT … SELECT.
"""

import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.html import escape

from apps.accounts.models import SignedIn
from apps.deployments.models import Deployment, Item

# Per row: the keys that count with their names, evidence, waiver and its approvals, the last fall or
# rejection, the probe's newest result, critical, owner.
ROWS = """
SELECT i.number, i.title, i.critical, u.full_name, s.required,
       (SELECT {joined} FROM (SELECT g.name FROM signoff_signature g
         WHERE g.sign_off_id = s.id AND g.revision = s.revision ORDER BY g.slot) turned),
       (SELECT COUNT(*) FROM deployments_attachment a WHERE a.item_id = i.id AND a.removed_at IS NULL),
       v.required,
       (SELECT COUNT(*) FROM signoff_signature g WHERE g.sign_off_id = v.id AND g.revision = v.revision),
       (SELECT n.cause FROM signoff_revision n
        WHERE n.sign_off_id = s.id AND n.invalidated > 0 ORDER BY n.number DESC LIMIT 1),
       r.state, r.value, r.unit
FROM deployments_item i
JOIN signoff_signoff s ON s.id = i.sign_off_id
LEFT JOIN accounts_user u ON u.id = i.owner_id
LEFT JOIN deployments_waiver w ON w.item_id = i.id AND w.ended_at IS NULL
LEFT JOIN signoff_signoff v ON v.id = w.sign_off_id
LEFT JOIN probes_probe p ON p.id = i.probe_id
LEFT JOIN probes_run r ON r.id = p.latest_run_id
WHERE {where} = %s
ORDER BY i.number
"""
DEPLOYMENTS = """
SELECT d.number, d.service, d.version, d.environment, d.state, u.full_name,
       (SELECT COUNT(*) FROM deployments_item i WHERE i.deployment_id = d.id),
       (SELECT COUNT(*) FROM deployments_item i JOIN signoff_signoff s ON s.id = i.sign_off_id
         WHERE i.deployment_id = d.id AND s.required <= (SELECT COUNT(*) FROM signoff_signature g
           WHERE g.sign_off_id = s.id AND g.revision = s.revision))
FROM deployments_deployment d JOIN accounts_user u ON u.id = d.created_by_id
WHERE d.team_id = %s ORDER BY d.number DESC LIMIT %s
"""
WORK = """
SELECT d.number, d.service, i.number, i.title FROM deployments_item i
JOIN deployments_deployment d ON d.id = i.deployment_id
WHERE d.team_id = %s AND d.state = 'in_review' AND i.owner_id = %s ORDER BY d.number, i.number LIMIT 20
"""
DRAFT = """
SELECT i.key, i.title, i.critical, i.keys, i.evidence_kinds, i.max_age_days, i.fill_ins, i.probe, i.conditions,
       i.owner_role, s.title
FROM checklists_templateitem i JOIN checklists_templatesection s ON s.id = i.section_id
WHERE i.version_id = %s ORDER BY s.position, i.position
"""
INBOX = """
SELECT n.kind, n.path, i.number, i.title, n.actor_name, n.detail, t.slug, d.number, n.at
FROM notices_notice n JOIN deployments_deployment d ON d.id = n.deployment_id JOIN accounts_team t ON t.id = n.team_id
JOIN deployments_item i ON i.id = n.item_id
WHERE n.person_id = %s AND n.done_at IS NULL ORDER BY n.at DESC LIMIT %s
"""
PROBES = """
SELECT i.number, i.title, s.title, p.name, p.config, r.state, r.value, r.unit, r."limit", r.explanation, r.started_at,
       r.finished_at
FROM deployments_item i JOIN deployments_section s ON s.id = i.section_id JOIN probes_probe p ON p.id = i.probe_id
LEFT JOIN probes_run r ON r.id = p.latest_run_id
WHERE i.deployment_id = %s ORDER BY i.number
"""
COPY = """
INSERT INTO bench_copy (number, title, text)
SELECT ROW_NUMBER() OVER (ORDER BY s.position, i.position), i.title, i.text FROM checklists_templateitem i
JOIN checklists_templatesection s ON s.id = i.section_id WHERE s.version_id = %s
"""
JOINED = {"sqlite": "group_concat(name, '|')", "postgresql": "string_agg(name, '|')"}


def bare(request: SignedIn) -> JsonResponse:
    """Nothing."""
    return JsonResponse({"up": True})


def one(request: SignedIn) -> HttpResponse:
    """Session, user, one query."""
    count = Deployment.objects.filter(team__memberships__user=request.user).count()
    return HttpResponse(f"<p>{escape(request.user.full_name)}: {count}</p>")


def board(request: SignedIn, deployment: UUID) -> HttpResponse:
    """The rows of a board."""
    return _page(request, [_line(*row) for row in _rows("i.deployment_id", deployment)])


def draft(request: SignedIn, version: UUID) -> HttpResponse:
    """The rows of a draft."""
    return _page(request, [_joined(map(str, row)) for row in _fetched(DRAFT, _key(version))])


def item(request: SignedIn, item: UUID) -> HttpResponse:
    """The row of one item."""
    return _page(request, [_line(*row) for row in _rows("i.id", item)])


def deployments(request: SignedIn, team: UUID, shown: int) -> HttpResponse:
    """The newest deployments of a team, and how many of their items are signed."""
    return _page(request, [_joined(row) for row in _fetched(DEPLOYMENTS, _key(team), shown)])


def inbox(request: SignedIn, shown: int) -> HttpResponse:
    """The newest notices of whoever looks that are not done."""
    return _page(request, [_joined(map(str, row)) for row in _fetched(INBOX, _key(request.user.pk), shown)])


def work(request: SignedIn, team: UUID) -> HttpResponse:
    """The first items of a team that are this person's."""
    return _page(request, [_joined(row) for row in _fetched(WORK, _key(team), _key(request.user.pk))])


def probes(request: SignedIn, deployment: UUID) -> HttpResponse:
    """The probes of a deployment with their newest results."""
    return _page(request, [_joined(map(str, row)) for row in _fetched(PROBES, _key(deployment))])


def copy(request: SignedIn, version: UUID) -> HttpResponse:
    """The items of a template once more, and one audit row."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(COPY, [_key(version)])
        _audit(request, {"version": str(version)})
    return HttpResponse("<p>copied</p>")


def change(request: SignedIn, item: UUID) -> HttpResponse:
    """Lock, update, write down, commit."""
    with transaction.atomic():
        row = Item.objects.select_for_update().get(pk=item)
        row.version += 1
        row.save(update_fields=["version"])
        _audit(request, {"item": str(item), "version": row.version})
    return HttpResponse("<p>changed</p>")


def _audit(request: SignedIn, what: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        values = [timezone.now().isoformat(), _key(request.user.pk), json.dumps(what)]
        cursor.execute("INSERT INTO bench_audit (at, who, what) VALUES (%s, %s, %s)", values)


def _key(key: UUID) -> UUID | str:
    return key.hex if connection.vendor == "sqlite" else key


def _rows(where: str, key: UUID) -> list[tuple[Any, ...]]:
    return _fetched(ROWS.format(joined=JOINED[connection.vendor], where=where), _key(key))


def _fetched(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def _page(request: SignedIn, lines: list[str]) -> HttpResponse:
    return HttpResponse(f"<h1>{escape(request.user.full_name)}</h1><ul>{''.join(lines)}</ul>")


def _joined(row: Iterable[Any]) -> str:
    return f"<li>{' '.join([escape(value) for value in row])}</li>"


def _line(number: int, title: str, critical: bool, owner: str, required: int, signers: str, *more: Any) -> str:
    evidence, waiver, approvals, invalidated, probe, value, unit = more
    names = [escape(name) for name in signers.split("|")] if signers else []
    keys = f"{len(names)} of {required} keys turned" + (f" by {' and '.join(names)}" if names else "")
    tags = [f"<span>{evidence} pieces of evidence</span>"] if evidence else []
    if waiver:
        tags.append(f"<span>waiver {approvals} of {waiver}</span>")
    if invalidated and not names:
        tags.append(f"<span>{escape(invalidated)}</span>")
    if probe:
        tags.append(f"<span>{probe} {escape(value)} {escape(unit)}</span>")
    if critical:
        tags.append("<span>Critical</span>")
    if owner:
        tags.append(f"<span>{escape(owner)}</span>")
    link = f'<a href="items/{number}/">{escape(title)}<small>, {keys}</small></a>'
    return f'<li id="item-{number}">{link}{"".join(tags)}</li>'
