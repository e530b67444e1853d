"""A record says by whom a run was reported, and nothing that is stored or shown has a token."""

import pytest
from django.apps import apps

from apps.ledger.models import Entry
from apps.records import commands as records
from apps.records.selectors.facts import collect
from apps.reporting import commands
from tests.boards.desk import read
from tests.cast import again, load
from tests.reporting.conftest import send

pytestmark = pytest.mark.django_db


def canaries(token):
    """What nobody may find of a token: all of it, its secret, and each half of that."""
    secret = token.split("_")[2][:64]
    return [token, secret, secret[:32], secret[32:]]


def test_no_token_is_found_in_what_is_stored_or_shown(made, caplog):
    caplog.set_level("DEBUG")
    send(made.token, key="job-7")
    send(made.token[:-1] + "0", key="job-8")
    send(made.token, b"{", key="job-9")
    stored = [str(row) for model in apps.get_models() for row in model._default_manager.values()]
    pages = [read(again(made.lead), made.pushed, name) for name in ("item", "probe")]
    everything = "\n".join([*stored, *Entry.objects.values_list("body", flat=True), *pages, caplog.text])
    assert made.token.split("_")[1] in everything.replace("-", "")  # its name is no secret, and is found
    assert [canary for canary in canaries(made.token) if canary in everything] == []


def test_a_record_says_by_which_token_and_by_whom(made):
    send(made.token)
    commands.measure(load(made.measured), by=again(made.member), value="226", how="Ten prompts")
    found = collect(records.request_record(made.deployment, by=again(made.auditor)))
    reporters = {probe.name: probe.reporter.strip("\u2068\u2069") for probe in found.probes}
    assert reporters == {"Nightly": "token “Nightly build” of 佐藤 Mika", "First token": "佐藤 Mika"}
