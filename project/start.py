"""How every process of Keyturn begins: with settings that were read and found good."""

import gc
import os
import sys

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from apps.core.statements import release_connection

from .env import Misconfigured


def configure() -> None:
    """Load the settings. A missing or bad one ends the process with one sentence and exit code 2.

    What is imported from here on is no garbage: looking for some takes a tenth of the time until `loaded`.
    """
    if not apps.ready:
        gc.disable()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    try:
        settings.INSTALLED_APPS  # noqa: B018 -- the first access reads them all
    except Misconfigured as error:
        print(f"Keyturn cannot start. {error}", file=sys.stderr)
        raise SystemExit(2) from None


def require_keys() -> None:
    """End a process of production with one sentence and code 2 where secrets are stored and no key is named.

    A database that does not answer is asked by somebody else, later: what is encrypted stays so.
    """
    if settings.KEYTURN_SECRETS_KEYS or not settings.PRODUCTION:
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT 1 FROM secrets_secret)")
            has_secrets = bool(cursor.fetchone()[0])
    except (DatabaseError, InterfaceError):
        return
    finally:
        release_connection()
    if has_secrets:
        print(
            "Keyturn cannot start. Secrets are stored, and KEYTURN_SECRETS_KEYS is not set. "
            "Name the files with the keys that encrypt them; docs/secrets.md says how.",
            file=sys.stderr,
        )
        raise SystemExit(2)


def loaded() -> None:
    """Every app is there and stays until the process ends, so that garbage is looked for in what comes from here on."""
    gc.freeze()
    gc.enable()
