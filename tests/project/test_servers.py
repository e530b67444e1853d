"""The servers that tests start."""

import pytest
from django.db import connection


@pytest.mark.django_db
def test_the_database_is_the_one_that_the_tests_started(engine):
    assert connection.vendor == engine
    assert "kt-" in str(connection.settings_dict["NAME"]) + str(connection.settings_dict["HOST"])


def test_the_broker_answers(broker):
    assert broker.process.poll() is None
