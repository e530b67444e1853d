from collections.abc import Sequence
from typing import Any

from django.core.management.commands.makemigrations import Command as MakeMigrations
from django.db.migrations.operations import AddConstraint, AddIndex, CreateModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.fields import FieldOperation


class Command(MakeMigrations):
    """Write migrations whose tables come with their indexes and constraints."""

    def write_migration_files(self, changes: dict[str, Any], *args: Any, **options: Any) -> None:
        """Fold, then write."""
        for migration in (migration for migrations in changes.values() for migration in migrations):
            migration.operations = folded(migration.operations, migration.app_label)
        super().write_migration_files(changes, *args, **options)


def folded(operations: Sequence[Operation], app: str) -> list[Any]:
    """The same with each index and constraint in the operation that creates its table, where that has all its fields.

    Added by themselves, each has Django build every model anew, and SQLite the table: two thirds of the time that a
    new instance takes to migrate. Django's own optimizer stops at an index or constraint of another table.
    """
    found: list[Any] = []
    for operation in operations:
        place = _creates(found, operation)
        if place is None:
            found.append(operation)
        else:
            found[place : place + 1] = found[place].reduce(operation, app)
    return found


def _creates(found: Sequence[Operation], operation: Operation) -> int | None:
    """Where the table of an index or constraint is created, unless a field that it names was added or changed since."""
    if not isinstance(operation, AddIndex | AddConstraint):
        return None
    table, says = operation.model_name_lower, repr(operation.deconstruct())
    for place, earlier in reversed([*enumerate(found)]):
        if isinstance(earlier, CreateModel) and earlier.name_lower == table:
            return place
        if isinstance(earlier, FieldOperation) and earlier.model_name_lower == table and earlier.name in says:
            return None
    return None
