"""How a field of any form is shown: its words, and what ties them to the control."""

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MinLengthValidator
from django.utils.module_loading import import_string

from apps.boards.forms.items import Reason


class Note(forms.Form):
    title = forms.CharField(help_text="Short.")
    text = forms.CharField(required=False)
    level = forms.ChoiceField(choices=[("low", "Low"), ("high", "High")], widget=forms.RadioSelect)
    sure = forms.BooleanField(required=False, label="I am sure")


def field(form: forms.Form, name: str) -> str:
    return " ".join(form[name].as_field_group().split())


def test_a_field_ties_its_hint_and_its_fault_to_the_control():
    html = field(Note({}), "title")
    assert '<label for="id_title">' in html
    assert 'aria-describedby="id_title_helptext id_title_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_title_error"> <span>✕ Fill this in: Title.</span>' in html
    assert 'id="id_title_helptext">Short.' in html


def test_what_is_missing_is_said_with_the_label_that_is_shown():
    form = Note({})
    form["title"].label = "What <now>"
    assert "✕ Fill this in: What &lt;now&gt;.<" in field(form, "title")
    assert "✕ Choose one: Level.<" in field(Note({}), "level")


def test_a_fields_own_sentence_about_what_is_missing_is_kept():
    form = Note({"level": "none"})
    form.fields["title"].error_messages["required"] = "Say what it is about."
    assert "✕ Say what it is about.<" in field(form, "title")
    assert "none is not one of the available choices" in field(form, "level")


def test_a_field_says_what_may_be_left_out():
    assert "optional" in field(Note(), "text")
    assert "optional" not in field(Note(), "title")


def test_a_field_that_is_asked_for_later_is_not_called_optional():
    class Draft(Note):
        is_draft = True

    assert "optional" not in field(Draft(), "text")


def test_choices_are_a_fieldset_with_a_legend():
    html = field(Note(), "level")
    assert "<fieldset" in html
    assert "<legend>Level</legend>" in html
    assert html.count("<label") == 2


def test_a_checkbox_stands_before_its_label():
    html = field(Note(), "sure")
    assert html.index("<input") < html.index("I am sure")


def test_choices_say_for_all_of_them_what_is_wrong():
    html = field(Note({}), "level")
    assert '<fieldset class="field" id="id_level" aria-describedby="id_level_error">' in html
    assert html.count('id="id_level_error"') == 1


def kinds_of_form(of: type[forms.Form] = forms.Form) -> list[type[forms.Form]]:
    return [one for each in of.__subclasses__() for one in (each, *kinds_of_form(each))]


@pytest.mark.parametrize("day", ["0026-12-01", "1999-12-31", "2100-01-01", "9999-12-31"])
def test_no_field_of_any_form_takes_a_mistyped_year(day):
    import_string("project.urls.urlpatterns")  # with the views come the forms
    found = {
        f"{form.__module__}.{form.__name__}.{name}": field
        for form in kinds_of_form()
        if form.__module__.startswith("apps.")
        for name, field in form.base_fields.items()
        if isinstance(field, forms.DateField | forms.DateTimeField)
    }
    assert len(found) == 21
    for field in found.values():
        with pytest.raises(ValidationError, match="Write one from 2000 to 2099"):
            field.clean(day if isinstance(field, forms.DateField) else f"{day}T10:00")


def test_every_reason_says_how_long_it_has_to_be_before_it_is_written() -> None:
    import_string("project.urls.urlpatterns")  # with the views come the forms
    forms = [form for form in kinds_of_form() if form.__module__.startswith("apps.")]
    reasons = [field for form in forms for field in form.base_fields.values() if isinstance(field, Reason)]
    assert len(reasons) >= 5
    for reason in reasons:
        (least,) = (each.limit_value for each in reason.validators if isinstance(each, MinLengthValidator))
        assert reason.help_text.startswith(f"At least {least} characters.")
        assert reason.widget.attrs["minlength"] == least
