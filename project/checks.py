"""What `manage.py check` says about this installation beyond Django's own checks."""

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, Info, Tags, Warning, register
from django.db import DEFAULT_DB_ALIAS, connections

from apps.core import guards
from apps.records import pdf
from apps.secrets import keyring

LEDGER = "ledger_entry"
ENCRYPTED = "secrets_secretversion"
ICU = "und-x-icu"


@register(Tags.compatibility)
def records_can_be_printed(**_: Any) -> list[CheckMessage]:
    """Whether the system libraries for PDF records are there."""
    problem = pdf.engine_problem()
    return [Warning(problem, id="keyturn.W001")] if problem else []


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


@register(Tags.database)
def application_cannot_rewrite(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Whether the application's role may change the ledger; it may where it owns the tables. Asked with --database."""
    if DEFAULT_DB_ALIAS not in (databases or ()) or not may_rewrite_the_ledger():
        return []
    return [
        Info(
            "The application's database role may change the ledger: it is tamper-evident, not tamper-proof.",
            hint="Give the owner a role of its own by MIGRATE_DATABASE_URL; docs/production.md has the lines.",
            id="keyturn.I001",
        )
    ]


@register(Tags.database)
def searches_can_be_answered(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Whether PostgreSQL has the collation by which searches compare letters; asked with --database."""
    return [
        Error(
            f"This PostgreSQL lacks the collation {ICU}, so that every search ends in an error.",
            hint="Use a PostgreSQL that is built with ICU, as those of Debian, Docker and most clouds are.",
            id="keyturn.E001",
        )
        for alias in databases or ()
        if connections[alias].vendor == "postgresql" and not has_icu(connections[alias])
    ]


@register(Tags.database)
def secrets_can_be_read(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Whether the keys of all stored secrets are here; asked with --database."""
    missing = missing_keys() if databases else []
    hint = "Put their files back into KEYTURN_SECRETS_KEYS, or let admins of the teams set new values; docs/secrets.md."
    text = f"Secrets are encrypted with keys that are not here: {', '.join(missing)}."
    return [Error(text, hint=hint, id="keyturn.E002")] if missing else []


def missing_keys() -> list[str]:
    """The ids of keys that stored secrets are encrypted with and that are not here."""
    connection = connections[DEFAULT_DB_ALIAS]
    if ENCRYPTED not in connection.introspection.table_names():
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT key FROM {ENCRYPTED} WHERE LENGTH(ciphertext) > 0")
        used = {str(key) for (key,) in cursor.fetchall()}
    used |= {factor.key_id for factor in apps.get_model("factors.Factor").objects.all()}
    return sorted(used - {"", *(key.id for key in keyring.known_keys())})


def has_icu(connection: Any) -> bool:
    """Whether the database knows the collation that `holds` of apps/core/statements.py names."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_collation WHERE collname = %s)", [ICU])
        return bool(cursor.fetchone()[0])


def may_rewrite_the_ledger() -> bool:
    """Whether the connected role could change, delete or truncate entries once the guards are lifted."""
    connection = connections[DEFAULT_DB_ALIAS]
    if LEDGER not in connection.introspection.table_names():
        return False
    if connection.vendor != "postgresql":
        return True  # whoever can write the file can
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege(%s, 'UPDATE, DELETE, TRUNCATE')", [LEDGER])
        return bool(cursor.fetchone()[0])
