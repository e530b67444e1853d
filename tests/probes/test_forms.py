"""What a person types becomes a configuration, or an error beside the field that has to change."""

import pytest

from apps.probes.forms import FORMS
from apps.probes.kinds import Http

Form = FORMS["http"]

TYPED = {"name": "Health", "url": "https://gateway.example/health"}


def errors(**typed):
    form = Form(TYPED | typed)
    assert not form.is_valid()
    return {field: " ".join(map(str, messages)) for field, messages in form.errors.items()}


def test_name_and_address_are_enough():
    form = Form(TYPED)
    assert form.is_valid(), form.errors
    assert Http.parse(form.settings()) == Http(TYPED["url"], conditions="status in 200..299")


def test_every_field_reaches_the_configuration():
    typed = {
        "method": "GET",
        "conditions": "status in 200, 204\r\n\r\nlatency < 300 ms\r\n",
        "timeout": "20",
    }
    form = Form(TYPED | typed)
    assert form.is_valid(), form.errors
    config = Http.parse(form.settings())
    assert config == Http(TYPED["url"], "GET", conditions="status in 200, 204\nlatency < 300 ms", timeout_ms=20_000)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", "", "required"),
        ("url", "gateway.example", "beginning with http:// or https://"),
        ("url", "https://anna:secret@gateway.example/", "passwords out of the address"),
        ("url", "http://127.1/", "four decimal numbers"),
        ("url", "http://10.0.0.1/", "internal address"),
        ("url", "http://[::ffff:169.254.169.254]/", "metadata"),
        ("conditions", "speed < 3 s", "no value called “speed” here. There are status, latency"),
        ("timeout", "61", "less than or equal to 60"),
        ("conditions", "latency < 300", "write 300 ms or 300 s"),
        ("method", "TRACE", "not one of the available choices"),
    ],
)
def test_a_wrong_value_is_told_beside_its_field(field, value, message):
    assert message in errors(**{field: value})[field]


def test_text_cannot_be_expected_of_head():
    assert "HEAD brings no body" in errors(method="HEAD", conditions='body contains "up"')["conditions"]


def test_the_form_shows_what_a_probe_is_set_to(cast):
    form = Form(Form.values_of(cast.probe))
    assert form.is_valid(), form.errors
    assert Http.parse(form.settings()).as_json() == cast.probe.config


def test_several_usual_conditions_are_named_apart():
    assert "Without any: valid == true and certificate_days > 14 d." in FORMS["tls"].base_fields["conditions"].help_text
