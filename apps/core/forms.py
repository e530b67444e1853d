"""How forms are shown: every field by one template, with what is wrong and a hint tied to its control.

And which days they take: a mistyped year is asked again before anybody signs it.
"""

from datetime import date

from django.core.exceptions import ValidationError
from django.forms import BoundField, CheckboxInput, ChoiceField, Field
from django.forms.renderers import TemplatesSetting

YEARS = range(2000, 2100)


class Question(BoundField):
    """A field of a form as templates/ui/_field.html shows it."""

    @property
    def is_checkbox(self) -> bool:
        """Whether the control stands before its label."""
        return isinstance(self.field.widget, CheckboxInput)

    @property
    def is_optional(self) -> bool:
        """Whether it may be left out for good; a form whose fields are asked for later says `is_draft`."""
        return not self.field.required and not getattr(self.form, "is_draft", False)

    @property
    def faults(self) -> list[str]:
        """What is wrong with what was sent; for what is missing our sentence, where the field has none of its own."""
        plain = str(Field.default_error_messages["required"])
        missing = f"{'Choose one' if isinstance(self.field, ChoiceField) else 'Fill this in'}: {self.label}."
        return [missing if error == plain else str(error) for error in self.errors]


class FormRenderer(TemplatesSetting):
    """Django's renderer with our template for `as_field_group`."""

    field_template_name = "ui/_field.html"
    bound_field_class = Question


def year_in_range(value: date) -> None:
    """Every field of a day or a moment has this validator. Raises ValidationError."""
    if value.year not in YEARS:
        raise ValidationError(f"The year is {value.year:04}. Write one from {YEARS[0]} to {YEARS[-1]}.")
