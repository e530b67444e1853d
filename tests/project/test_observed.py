"""What the stories ask of a running instance is answered of one moment, whatever its workers do meanwhile."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from apps.accounts.models import User
from tests.journeys import observed, staged


@pytest.mark.django_db(transaction=True)
def test_what_is_written_between_two_queries_of_one_answer_is_not_in_it(monkeypatch):
    def write() -> None:
        User.objects.create(username="meanwhile", full_name="Mean While")
        connections.close_all()

    def read() -> list[int]:
        before = User.objects.count()
        with ThreadPoolExecutor() as others:
            others.submit(write).result()
        return [before, User.objects.count()]

    monkeypatch.setattr(observed, "work", read)
    assert staged.answer_to("work") == [0, 0]
    assert User.objects.count() == 1
