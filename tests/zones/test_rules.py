"""What a zone may be called, and how what it opens is written and read."""

import pytest

from apps.zones.rules import OWN_QUEUES, Policy, entries_of, opened, why_no_queue
from project.celery import app


@pytest.mark.parametrize("name", ["factory", "dmz-2", "a", "a" * 40])
def test_a_queue_of_a_zone(name):
    assert why_no_queue(name) == ""


@pytest.mark.parametrize("name", ["", "Factory", "2nd", "a b", "a,b", "ü", "a\n", "a" * 41, "-a", "a.b", "a*"])
def test_no_queue_that_workers_could_not_be_given_by_name(name):
    assert "small letters" in why_no_queue(name)


@pytest.mark.parametrize("name", OWN_QUEUES)
def test_none_of_keyturn_itself(name):
    assert "a queue of Keyturn itself" in why_no_queue(name)


def test_every_queue_of_keyturn_is_known_to_be_one():
    assert set(app.conf.task_queues and [queue.name for queue in app.conf.task_queues]) | {"celery"} == {*OWN_QUEUES}


def test_what_is_listed_has_one_spelling_and_order():
    text = "10.2.0.0/16:5432,  :9090\n10.0.0.7/32 [fd00::5]:8443 10.2.0.0/16:5432 :443"
    assert entries_of(text) == ["10.0.0.7", "10.2.0.0/16:5432", ":9090", "[fd00::5]:8443"]
    assert Policy.parse(" ".join(entries_of(text))).ports >= {9090, 443}


@pytest.mark.parametrize("text", ["169.254.169.254", "[fd00:ec2::254]:80", "example.com:80", "10.0.0.0/8:0", "::1"])
def test_what_can_never_be_listed_or_cannot_be_read(text):
    if text == "::1":  # an address of version 6 is written in brackets
        with pytest.raises(ValueError, match="KEYTURN"):
            entries_of("::1:80:x")
        return
    with pytest.raises(ValueError, match=r"never be listed|is not an address|no port"):
        entries_of(text)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (":9090", "port 9090 of every public address"),
        ("10.2.0.0/16:5432", "port 5432 of 10.2.0.0/16"),
        ("10.0.0.7", "every port of 10.0.0.7"),
        ("[fd00::5]:8443", "port 8443 of fd00::5"),
    ],
)
def test_an_entry_in_words(entry, words):
    assert opened(entry) == words
