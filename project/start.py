"""How every process of Keyturn begins: with settings that were read and found good."""

import gc
import os
import sys

from django.apps import apps
from django.conf import settings

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


def loaded() -> None:
    """Every app is there and stays until the process ends, so that garbage is looked for in what comes from here on."""
    gc.freeze()
    gc.enable()
