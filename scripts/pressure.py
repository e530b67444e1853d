"""The long form of tests/project/test_pressure.py: `python -m scripts.pressure [restarts] [streams]`.

Starts a PostgreSQL, a Redis and a Keyturn of its own in a temporary folder, restarts the database again and again,
opens 300 streams, and prints what was measured.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import django

from project.start import configure
from tests import servers

configure()
django.setup()  # before what imports models

from tests.journeys.person import Wire  # noqa: E402
from tests.project import pressure  # noqa: E402

PEOPLE = 12
CODE = """
import django, json; django.setup()
from datetime import date
from apps.accounts.models import Membership, Team, User
from tests import cast
from tests.journeys import staged
found = staged.stage()
team = Team.objects.get(slug="pay")
found["crowd"] = []
for number in range({people}):
    person = User.objects.create(username=f"crowd{{number}}", full_name=f"Crowd {{number}}")
    Membership.objects.create(team=team, user=person, role="auditor", reads_until=date.max)
    found["crowd"].append(cast.session_of(person))
print(json.dumps(found))
"""


def main(restarts: int, streams: int) -> None:
    """Do it; an AssertionError says what did not hold."""
    with tempfile.TemporaryDirectory(prefix="kt-pressure-") as folder:
        stand = pressure.on_postgresql(Path(folder))
        try:
            stand.start()
            environment = stand.site.environment | {"DJANGO_SETTINGS_MODULE": "project.settings"}
            code = [sys.executable, "-c", CODE.format(people=PEOPLE)]
            staged = json.loads(subprocess.check_output(code, env=environment, cwd=servers.ROOT))
            found = pressure.streams(stand, staged, staged["crowd"], each=streams // PEOPLE)
            print(f"{streams} streams: {found}", flush=True)
            assert found["open"] == streams // PEOPLE * PEOPLE
            assert found["connections"] <= 5
            assert found["afterwards"] == 0
            member = Wire(stand.site, staged["sessions"]["member"])
            values = {"name": "Health", "url": "http://127.0.0.1:9/", "timeout": 5}
            assert member.post(f"{pressure.BOARD}items/2/probe/attach/", values).status == 302
            for number in range(restarts):
                seconds = pressure.restart_database(stand, member)
                print(f"restart {number + 1}: a probe had its result after {seconds:.1f} s", flush=True)
        finally:
            stand.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m scripts.pressure", description="Restart the database of a Keyturn."
    )
    parser.add_argument("restarts", nargs="?", type=int, default=5)
    parser.add_argument("streams", nargs="?", type=int, default=300)
    given = parser.parse_args()
    main(given.restarts, given.streams)
