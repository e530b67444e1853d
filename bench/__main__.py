"""Measure CPU per request, Keyturn beside three reference views, in turn, in one run.

    python -m bench                on SQLite
    python -m bench --postgresql   on a PostgreSQL that it starts and removes

Prints one line per figure: name, ratio (or seconds), goal. CPU seconds of this process; medians over
rounds in which every contender takes its turn, so that a busy machine slows all of them alike.
"""

import atexit
import os
import shutil
import sys

from tests import servers

FOLDER = servers.temporary_folder("kt-bench-")
# Nothing inherited: a measurement must never reach a database that it did not start.
for name in set(os.environ) - set(servers.clean_environment()):
    del os.environ[name]
BROKER = servers.Broker(servers.redis_binary(), FOLDER / "broker.sock").start()
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
atexit.register(BROKER.stop)
os.environ |= {"KEYTURN_DATA": str(FOLDER), "KEYTURN_STATIC": str(FOLDER / "static"), "REDIS_URL": BROKER.url}
if "--postgresql" in sys.argv[1:]:
    POSTGRES = servers.Postgres().start()
    atexit.register(POSTGRES.stop)
    os.environ |= {
        "DATABASE_URL": POSTGRES.url(),
        "KEYTURN_SECRET_KEY": "only-for-the-bench-0123456789-abcdefghijklmnopqrstuvwxyz",
        "KEYTURN_ALLOWED_HOSTS": "localhost",
        "KEYTURN_HTTPS": "0",
    }

from project.start import configure  # noqa: E402

configure()

import django  # noqa: E402
from django.conf import settings  # noqa: E402

settings.ROOT_URLCONF = "bench.urls"
settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "bench"]
settings.LOGGING_CONFIG = None
# Hashed names as `up` serves them, without the minute that compressing the files takes.
hashed = {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
settings.STORAGES = settings.STORAGES | {"staticfiles": hashed}
django.setup()

from bench import measures  # noqa: E402

if __name__ == "__main__":
    sys.exit(measures.main())
