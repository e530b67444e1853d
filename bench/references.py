"""What Keyturn is measured against: the least a Django view can do for the same thing.

one: session, user, one query. raw: what the board's rows say, by one SQL statement and joined
strings. change: lock, update and one audit row in one transaction, the row by a plain INSERT.
"""

import json
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.http import HttpResponse
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
       (SELECT n.why FROM signoff_revision n WHERE n.sign_off_id = s.id AND n.fell > 0 ORDER BY n.number DESC LIMIT 1),
       r.status, r.value, r.unit
FROM deployments_item i
JOIN signoff_signoff s ON s.id = i.sign_off_id
LEFT JOIN accounts_user u ON u.id = i.owner_id
LEFT JOIN deployments_waiver w ON w.item_id = i.id AND w.ended_at IS NULL
LEFT JOIN signoff_signoff v ON v.id = w.sign_off_id
LEFT JOIN probes_probe p ON p.id = i.probe_id
LEFT JOIN probes_run r ON r.id = p.latest_run_id
WHERE i.deployment_id = %s
ORDER BY i.number
"""
JOINED = {"sqlite": "group_concat(name, '|')", "postgresql": "string_agg(name, '|')"}


def one(request: SignedIn) -> HttpResponse:
    """Session, user, one query."""
    count = Deployment.objects.filter(team__memberships__user=request.user).count()
    return HttpResponse(f"<p>{escape(request.user.full_name)}: {count}</p>")


def raw(request: SignedIn, deployment: UUID) -> HttpResponse:
    """The board's rows, by hand."""
    key = deployment.hex if connection.vendor == "sqlite" else deployment
    with connection.cursor() as cursor:
        cursor.execute(ROWS.format(joined=JOINED[connection.vendor]), [key])
        rows = cursor.fetchall()
    lines = "".join([_line(*row) for row in rows])
    return HttpResponse(f"<h1>{escape(request.user.full_name)}</h1><ul>{lines}</ul>")


def change(request: SignedIn, item: UUID) -> HttpResponse:
    """Lock, update, write down, commit."""
    with transaction.atomic():
        row = Item.objects.select_for_update().get(pk=item)
        row.version += 1
        row.save(update_fields=["version"])
        said = json.dumps({"item": str(item), "version": row.version})
        who = request.user.pk.hex if connection.vendor == "sqlite" else request.user.pk
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO bench_audit (at, who, what) VALUES (%s, %s, %s)", [timezone.now().isoformat(), who, said]
            )
    return HttpResponse("<p>changed</p>")


def _line(number: int, title: str, critical: bool, owner: str, required: int, signers: str, *more: Any) -> str:
    evidence, waiver, approvals, fell, probe, value, unit = more
    names = [escape(name) for name in signers.split("|")] if signers else []
    said = f"{len(names)} of {required} keys turned" + (f" by {' and '.join(names)}" if names else "")
    tags = [f"<span>{evidence} pieces of evidence</span>"] if evidence else []
    if waiver:
        tags.append(f"<span>waiver {approvals} of {waiver}</span>")
    if fell and not names:
        tags.append(f"<span>{escape(fell)}</span>")
    if probe:
        tags.append(f"<span>{probe} {escape(value)} {escape(unit)}</span>")
    if critical:
        tags.append("<span>Critical</span>")
    if owner:
        tags.append(f"<span>{escape(owner)}</span>")
    link = f'<a href="items/{number}/">{escape(title)}<small>, {said}</small></a>'
    return f'<li id="item-{number}">{link}{"".join(tags)}</li>'
