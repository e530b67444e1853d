"""How forms are shown: every field by one template, with what is wrong and a hint tied to its control.

And which days they take: a mistyped year is asked again before anybody signs it. A form that edits saves against what
it showed.
"""

import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any, Self, TypeVar
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.forms import (
    BoundField,
    CharField,
    CheckboxInput,
    ChoiceField,
    Field,
    Form,
    HiddenInput,
    Textarea,
    UUIDField,
)
from django.forms.renderers import TemplatesSetting

from apps.core.errors import Changed, NotAllowed, Refusal
from apps.core.shown import UNSEEN, fingerprint
from apps.core.wording import DIRECTION_MARKS

YEARS = range(2000, 2100)


class Create(Form):
    """A form that makes something new. Sent twice it makes that once: see `id_of_intent` in apps/core/shown.py."""

    intent = UUIDField(required=False, initial=uuid4, widget=HiddenInput)


class Edit(Form):
    """A form of something that exists. It brings along what it showed; commands refuse what was saved since."""

    basis = CharField(required=False, widget=HiddenInput)

    def __init__(self, *args: Any, now: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        """`now` is what is saved, as the command compares it; nothing yet without it."""
        super().__init__(*args, **kwargs)
        self.initial = {"basis": fingerprint(now or {}), **self.initial}
        self.meanwhile: list[tuple[str, str]] = []

    def clean(self) -> dict[str, Any]:
        """What commands take: the basis as what was `shown`; without one nothing was."""
        cleaned = super().clean() or {}
        cleaned["shown"] = cleaned.pop("basis", None) or UNSEEN
        return cleaned

    def refuse(self, changed: Changed) -> Self:
        """Show again what was typed, beside what is saved now; saved again, it replaces that."""
        self.data = resent(self, basis=fingerprint(changed.now))
        self.add_error(None, str(changed))
        self.meanwhile = [(self._called(name), changed.now[name]) for name in changed.fields]
        return self

    def _called(self, name: str) -> str:
        return str(self[name].label) if name in self.fields else name.replace("_", " ").capitalize()


class AgainstShown(Form):
    """A form that takes something away. It brings along what it showed; commands refuse where that changed since."""

    basis = CharField(required=False, widget=HiddenInput)

    def clean(self) -> dict[str, Any]:
        """What commands take: the basis as what was `shown`; without one nothing was, and they refuse."""
        cleaned = super().clean() or {}
        cleaned["shown"] = cleaned.pop("basis", None) or UNSEEN
        return cleaned

    def over(self, basis: str) -> Self:
        """What was typed, on a page that shows how things stand now: sent again, it is meant for that."""
        if self.is_bound:
            self.data = resent(self, basis=basis)
        return self


def resent(form: Form, **values: str) -> Any:
    """What was sent, with other values for some of its fields."""
    data: Any = form.data.copy()  # type: ignore[attr-defined]  # what a request sent cannot be changed
    for name, value in values.items():
        data[form.add_prefix(name)] = value
    return data


class OneLine(CharField):
    """One line of text: control characters and those that turn the reading direction are left out."""

    def to_python(self, value: Any) -> str:
        text = _in_reading_order(super().to_python(value) or "")
        return " ".join("".join(" " if _misleads(c) else c for c in text).split())


class Text(CharField):
    """Lines of text as they were stored: browsers send every line end as two characters.

    Characters that turn the reading direction are left out, as in one line.
    """

    widget = Textarea({"dir": "auto", "rows": 4})

    def to_python(self, value: Any) -> str:
        text = _in_reading_order(str(value or "")).replace("\r\n", "\n")
        return str(super().to_python(text) or "")


AnyForm = TypeVar("AnyForm", bound=Form)


def refused(form: AnyForm, refusal: Refusal) -> AnyForm:
    """The form as it was sent, with what a command has against it: what was typed stays where it can be mended.

    Who may not at all is shown no such form, so their refusal is raised again and has a page of its own.
    """
    if isinstance(refusal, NotAllowed):
        raise refusal
    if isinstance(form, Edit) and isinstance(refusal, Changed):
        return form.refuse(refusal)
    form.add_error(None, str(refusal))
    return form


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
    def anchor(self) -> str:
        """The id of what a link to this question leads to."""
        return self.auto_id

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


def _in_reading_order(text: str) -> str:
    return text.translate(dict.fromkeys(DIRECTION_MARKS))


def _misleads(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
