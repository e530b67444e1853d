"""The servers that tests start."""

import pytest
from django.db import connection

from apps.core import guards
from apps.ledger.models import Stream
from tests import servers


@pytest.mark.django_db
def test_the_database_is_the_one_that_the_tests_started(engine):
    assert connection.vendor == engine
    assert "kt-" in str(connection.settings_dict["NAME"]) + str(connection.settings_dict["HOST"])


def test_the_broker_answers(broker):
    assert broker.process.poll() is None


@pytest.mark.django_db(transaction=True)
def test_emptying_the_tables_after_a_test_lifts_the_guards_and_puts_them_back():
    Stream.objects.create(name="deployment/one")


@pytest.mark.django_db(transaction=True)
def test_every_guard_stands_while_a_test_runs():
    assert not Stream.objects.exists()
    assert guards.missing(connection, guards.all_guards()) == []


def test_what_says_how_long_a_campaign_is_reaches_it_and_nothing_else_is_inherited():
    names = ["KEYTURN_TEST_CONTENTS", "KEYTURN_TEST_ENGINE", "HOME", "KEYTURN_DATA", "DATABASE_URL", "PORT"]
    assert servers.inherited(names) == ["KEYTURN_DATA", "DATABASE_URL", "PORT"]
