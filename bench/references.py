"""What Keyturn is measured against: the least a Django view can do for the same thing.

one: session, user, one query. raw: the same rows as the board by one SQL statement and joined
strings. change: lock, update and one audit row in one transaction.
"""

import json
from uuid import UUID

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import escape

from apps.deployments.models import Deployment, Item

ROWS = """
SELECT i.number, i.title, i.critical, u.full_name,
       (SELECT COUNT(*) FROM signoff_signature g WHERE g.sign_off_id = s.id AND g.revision = s.revision),
       s.required, r.status
FROM deployments_item i
JOIN signoff_signoff s ON s.id = i.sign_off_id
LEFT JOIN accounts_user u ON u.id = i.owner_id
LEFT JOIN probes_probe p ON p.id = i.probe_id
LEFT JOIN probes_run r ON r.id = p.latest_run_id
WHERE i.deployment_id = %s
ORDER BY i.number
"""
AUDIT = "CREATE TABLE IF NOT EXISTS bench_audit (at text NOT NULL, who text NOT NULL, what text NOT NULL)"


def one(request: HttpRequest) -> HttpResponse:
    """Session, user, one query."""
    count = Deployment.objects.filter(team__memberships__user=request.user).count()
    return HttpResponse(f"<p>{escape(request.user.full_name)}: {count}</p>")


def raw(request: HttpRequest, deployment: UUID) -> HttpResponse:
    """The board's rows, by hand."""
    key = deployment.hex if connection.vendor == "sqlite" else deployment
    with connection.cursor() as cursor:
        cursor.execute(ROWS, [key])
        rows = cursor.fetchall()
    lines = [
        f'<li id="item-{number}"><b>{turned}/{required}</b> <a href="items/{number}/">{escape(title)}</a> '
        f'{"Critical " if critical else ""}{escape(owner or "")} {escape(probe or "")}</li>'
        for number, title, critical, owner, turned, required, probe in rows
    ]
    return HttpResponse(f"<h1>{escape(request.user.full_name)}</h1><ul>{''.join(lines)}</ul>")


def change(request: HttpRequest, item: UUID) -> HttpResponse:
    """Lock, update, write down, commit."""
    with transaction.atomic():
        row = Item.objects.select_for_update().get(pk=item)
        row.version += 1
        row.save(update_fields=["version"])
        with connection.cursor() as cursor:
            said = json.dumps({"item": str(item), "version": row.version})
            values = [timezone.now().isoformat(), str(request.user.pk), said]
            cursor.execute("INSERT INTO bench_audit (at, who, what) VALUES (%s, %s, %s)", values)
    return HttpResponse("<p>changed</p>")
