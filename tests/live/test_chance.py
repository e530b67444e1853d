"""What a test finds of the broker does not depend on which tests ran before it."""

from apps.live import notes


def test_with_the_broker(broker):
    assert notes.noted_among("keyturn:nobody") == {}


def test_without_it_there_is_none():
    assert notes.noted_among("keyturn:nobody") is None
