"""Measure Keyturn beside the least that a Django view can do for the same thing, in turn, in one run.

    python -m bench                    in one process, on SQLite
    python -m bench --postgresql       in one process, on a PostgreSQL that it starts and removes
    python -m bench --served           over HTTP, started as docs/production.md says, on PostgreSQL and Redis
    … --only board --rounds 5          figures whose name matches this pattern, at most so many rounds

Prints one line per figure: name, ratio, goal, and over n rounds the smallest and the largest. The number is the
median; in every round each contender takes its turn, so that a busy machine slows all of them alike.
"""

import argparse
import atexit
import os
import shutil
import sys

from tests import servers

parser = argparse.ArgumentParser(prog="python -m bench")
parser.add_argument("--postgresql", action="store_true")
parser.add_argument("--served", action="store_true")
parser.add_argument("--only", default="")
parser.add_argument("--rounds", type=int, default=99)
CHOICE = parser.parse_args()

FOLDER = servers.temporary_folder("kt-bench-")
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
# Nothing inherited: a measurement must never reach a database that it did not start.
for name in set(os.environ) - set(servers.clean_environment()):
    del os.environ[name]
BROKER = servers.Broker(servers.redis_binary(), tcp=True).start()
atexit.register(BROKER.stop)
os.environ |= {
    "KEYTURN_DATA": str(FOLDER),
    "KEYTURN_STATIC": str(FOLDER / "static"),
    "REDIS_URL": BROKER.url,
    "KEYTURN_PROBE_ALLOW": "127.0.0.1",
    "DJANGO_ALLOW_ASYNC_UNSAFE": "1",  # Playwright runs an event loop in the thread that stages
}
OWNER: dict[str, str] = {}
if CHOICE.postgresql or CHOICE.served:
    POSTGRES = servers.Postgres().start()
    atexit.register(POSTGRES.stop)
    POSTGRES.sql("CREATE ROLE keyturn_app LOGIN")
    os.environ |= {
        "DATABASE_URL": POSTGRES.url(role="keyturn_app"),
        "KEYTURN_SECRET_KEY": "only-for-the-bench-0123456789-abcdefghijklmnopqrstuvwxyz",
        "KEYTURN_ALLOWED_HOSTS": "localhost,127.0.0.1",
        "KEYTURN_HTTPS": "0",
    }
    OWNER = {"MIGRATE_DATABASE_URL": POSTGRES.url()}

from project.start import configure  # noqa: E402

if not CHOICE.served:
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.inside"
configure()

import django  # noqa: E402

django.setup()

from bench import figures, table  # noqa: E402
from bench.measures import Bench  # noqa: E402
from bench.served import Served, manage  # noqa: E402
from bench.site import InProcess, Site  # noqa: E402
from bench.stage import Stage  # noqa: E402


def prepare() -> Site:
    """Tables and static files, by the documented commands, and whom to ask."""
    environment = dict(os.environ)
    bare = environment | OWNER | {"DJANGO_SETTINGS_MODULE": "bench.settings"}
    tables = "python manage.py migrate --noinput --run-syncdb"
    if not CHOICE.served:
        manage(environment | OWNER, tables, "python manage.py collectstatic --noinput")
        return InProcess()
    manage(environment | OWNER, "migrate")
    manage(bare, tables)
    manage(environment, "static files")
    site = Served(FOLDER, environment)
    atexit.register(site.stop)
    site.start()
    return site


def main() -> int:
    """Take every chosen figure; 1 when a goal is missed."""
    bench = Bench(prepare(), Stage())
    missed = figures.run(bench, table.SUBJECTS, served=CHOICE.served, only=CHOICE.only, most_rounds=CHOICE.rounds)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
