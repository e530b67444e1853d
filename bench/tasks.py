"""What the workers of Keyturn are measured against: a task that does nothing but one write, and a probe of no kind."""

from dataclasses import dataclass
from typing import Any

from celery import shared_task
from django import forms
from django.apps import apps
from django.db import connection

from apps.probes.kinds import KINDS, PASSED, Kind, Outcome
from apps.probes.kinds.kind import setting
from apps.probes.rules import Target, parse_address
from apps.zones.rules import Policy

QUEUE = "bench"


@shared_task(name="bench.tasks.write")
def write() -> None:
    """One write, committed."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_audit (at, who, what) VALUES (now(), gen_random_uuid(), '{}')")


@dataclass(frozen=True)
class Nothing(Kind):
    """A kind of probe that asks nothing."""

    LABEL = "Nothing"
    ABOUT = "nothing at all"
    FACTS = {}
    VALUES = {"latency": "ms"}
    USUAL = "latency < 1 s"

    address: str = setting(forms.CharField, default="127.0.0.1:9")

    @property
    def target(self) -> Target:
        return parse_address(self.address)

    def refusal(self, policy: Policy) -> str:
        return ""

    def asked(self) -> dict[str, str]:
        return {}

    async def run(self, **_: Any) -> Outcome:
        return Outcome(PASSED, "Nothing was asked.")


def add_kind() -> None:
    """Let this process know the kind that asks nothing."""
    KINDS["nothing"] = Nothing


if apps.is_installed("bench"):  # a worker of the bench, and no test that only imports it
    add_kind()
