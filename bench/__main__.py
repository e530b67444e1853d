"""Measure CPU per request, Keyturn beside three reference views, in turn, in one run.

Prints one line per figure: name, ratio (or seconds), goal. CPU seconds of this process; medians over
rounds in which every contender takes its turn, so that a busy machine slows all of them alike.
"""

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

FOLDER = Path(tempfile.mkdtemp(prefix="keyturn-bench-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
os.environ |= {"KEYTURN_DATA": str(FOLDER), "KEYTURN_STATIC": str(FOLDER), "REDIS_URL": "redis://127.0.0.1:1/0"}

from project.start import configure  # noqa: E402

configure()

import django  # noqa: E402
from django.conf import settings  # noqa: E402

settings.ROOT_URLCONF = "bench.urls"
settings.LOGGING_CONFIG = None
django.setup()

from bench import measures  # noqa: E402

if __name__ == "__main__":
    sys.exit(measures.main())
