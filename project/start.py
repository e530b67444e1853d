"""How every process of Keyturn begins: with settings that were read and found good."""

import os
import sys

from django.conf import settings

from .env import Misconfigured


def configure() -> None:
    """Load the settings. A missing or bad one ends the process with one sentence and exit code 2."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    try:
        settings.INSTALLED_APPS  # noqa: B018 -- the first access reads them all
    except Misconfigured as error:
        print(f"Keyturn cannot start. {error}", file=sys.stderr)
        raise SystemExit(2) from None
