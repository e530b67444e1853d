from typing import Any

from django.conf import settings
from django.core.management.commands.migrate import Command as Migrate
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from apps.core import guards

OWNER = "owner"


class Command(Migrate):
    """Migrate as the role that owns the tables, where MIGRATE_DATABASE_URL names one."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate; afterwards give the application's role what it needs and no more."""
        has_owner = OWNER in settings.DATABASES and options["database"] == DEFAULT_DB_ALIAS
        if has_owner:
            options["database"] = OWNER
        super().handle(*args, **options)
        if has_owner and not (options.get("plan") or options.get("check_unapplied")):
            grant(connections[OWNER], connections[DEFAULT_DB_ALIAS].settings_dict["USER"])


def grant(owner: BaseDatabaseWrapper, role: str) -> None:
    """Let `role` read and write every table, but only add to the append-only ones, and never truncate.

    It makes no temporary tables either: they would stand before the real ones of the same name.
    """
    name = owner.ops.quote_name(role)
    every = guards.all_guards()
    only_added_to = sorted(guard.table for guard in every if guard.name == f"{guard.table}_append_only")
    database = owner.ops.quote_name(owner.settings_dict["NAME"])
    with owner.cursor() as cursor:
        cursor.execute(f"REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC, {name}")
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {name}")
        cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}")
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {name}")
        for table in only_added_to:
            cursor.execute(f"REVOKE UPDATE, DELETE ON {owner.ops.quote_name(table)} FROM {name}")
