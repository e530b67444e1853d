"""What `manage.py check` says about this installation beyond Django's own checks."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Info, Tags, Warning, register
from django.db import connections

from apps.core import guards
from apps.records import pdf


@register(Tags.compatibility)
def records_can_be_printed(**_: Any) -> list[CheckMessage]:
    """Whether the system libraries for PDF records are there."""
    status = pdf.engine_status()
    return [] if status.is_ready else [Warning(status.problem, id="keyturn.W001")]


@register(Tags.database)
def guards_stand(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Whether every trigger that holds the rules in the database is in place; asked with --database."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        connection = connections[alias]
        tables = set(connection.introspection.table_names())
        missing = guards.missing(connection, [guard for guard in guards.all_guards() if guard.table in tables])
        if missing:
            names = ", ".join(missing)
            hint = "Run `python manage.py migrate`, then `python manage.py verify_ledger`."
            found.append(Warning(f"The database lacks these guards: {names}.", hint=hint, id="keyturn.W002"))
    return found


@register(Tags.security, deploy=True)
def owner_is_another_role(**_: Any) -> list[CheckMessage]:
    """Whether the application's database role is another than the one that owns the tables."""
    if settings.OWNER and settings.DATABASE and settings.OWNER["USER"] != settings.DATABASE["USER"]:
        return []
    return [
        Info(
            "The application owns its tables: the ledger is tamper-evident, not tamper-proof.",
            hint="Give the owner a role of its own by MIGRATE_DATABASE_URL; docs/production.md has the lines.",
            id="keyturn.I001",
        )
    ]
