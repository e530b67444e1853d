"""The forms of the kinds: the fields of their settings, each under its setting's name; empty takes the default."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import MISSING, fields, replace
from itertools import zip_longest
from typing import Any, ClassVar, cast

from django import forms

from apps.core.forms import Edit, Question

from .conditions import SIGNS, ConditionRow, patterns_together, rows_of, text_of
from .conditions.grammar import LONGEST_CONDITION, MOST_CONDITIONS
from .kinds import KINDS, Kind, kind_of
from .kinds.kind import MOST_IN_A_ROW
from .rules import LONGEST_MS, SHORTEST_MS, USUAL_MS
from .selectors import policy_in
from .states import COMMAND

FIRST = {"name", "conditions", "zone"}  # what every kind asks first
# The controls of a row of conditions, which sends all of them. Templates ask for these names; scripts know `data-part`.
VALUE, SIGN, LIMIT, LEVEL = "condition_value", "condition_sign", "condition_limit", "condition_level"
WARNS = "warns"  # of LEVEL; else the probe fails


class RowsOrText(forms.Textarea):
    """What was sent of conditions: a text, or else rows."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str | tuple[ConditionRow, ...]:
        if name in data:
            return str(data[name])
        columns = (data.getlist(each) if hasattr(data, "getlist") else [] for each in (VALUE, SIGN, LIMIT, LEVEL))
        sent = zip_longest(*columns, fillvalue="")
        return tuple(
            ConditionRow(value.strip(), sign, limit.strip(), level == WARNS) for value, sign, limit, level in sent
        )


class ConditionsQuestion(Question):
    """Conditions as templates/boards/_attach_conditions.html shows them."""

    SIGNS = SIGNS
    NAMES = {"value": VALUE, "sign": SIGN, "limit": LIMIT, "level": LEVEL}
    LONGEST = LONGEST_CONDITION
    new = ConditionRow(sign=next(iter(SIGNS)))

    @property
    def is_text(self) -> bool:
        """Whether they are written as one text."""
        return getattr(self.form, "as_text", False) or self.html_name in self.form.data

    @property
    def rows(self) -> list[tuple[ConditionRow, str]]:
        """Each row, and what is wrong with it."""
        now = self.value() or ""
        rows = rows_of(now) if isinstance(now, str) else now
        wrong = getattr(self.form, "wrong_rows", {})
        return [(row, wrong.get(number, "")) for number, row in enumerate(rows)]

    @property
    def anchor(self) -> str:
        """The rows where there are rows."""
        return super().anchor if self.is_text else "condition-rows"

    @property
    def faults(self) -> list[str]:
        """What no row is wrong with by itself."""
        beside = () if self.is_text else getattr(self.form, "wrong_rows", {}).values()
        return [fault for fault in super().faults if fault not in beside]


class Conditions(forms.CharField):
    """Conditions, typed in rows or as a text; the text is what comes of either."""

    widget = RowsOrText({"rows": 4, "spellcheck": "false"})
    bound_field_class = ConditionsQuestion

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value if isinstance(value, str) else text_of(value or ())))


def rearranged(sent: Mapping[str, Any]) -> str | tuple[ConditionRow, ...]:
    """The conditions that were sent, with what a button beside them does: one more, one less, or in the other form."""
    now = RowsOrText().value_from_datadict(sent, None, "conditions")
    as_text = sent["as"] == "text" if "as" in sent else isinstance(now, str)
    rows = rows_of(now) if isinstance(now, str) else [*now]
    rows += rows_of(sent.get("add", ""))
    if "more" in sent:
        rows.append(ConditionRow() if sent["more"] == "expression" else ConditionsQuestion.new)
    if "remove" in sent:
        rows = [row for number, row in enumerate(rows, 1) if str(number) != sent["remove"]]
    return text_of(rows) if as_text else tuple(rows)


class ProbeForm(Edit):
    """A probe as a person sets it up; `make_form` adds the fields of its kind."""

    kind: ClassVar[str]
    label: ClassVar[str]
    config: ClassVar[type[Kind]]
    TARGET: ClassVar[str]  # the first setting, which says where it goes: refusals of the policy stand beside it
    wrong_rows: dict[int, str]  # what is wrong with conditions, by their places
    is_again = as_text = False  # it comes again as it was typed, unjudged; its conditions as one text

    name = forms.CharField(max_length=120, help_text="What it checks, e.g. “Health in every region”.")
    timeout = forms.IntegerField(
        label="Give up after, s",
        min_value=SHORTEST_MS // 1000,
        max_value=LONGEST_MS // 1000,
        required=False,
        help_text=f"{USUAL_MS // 1000} if empty.",
    )
    for_each = forms.CharField(
        label="For each of",
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text="One a line, such as models; {each} stands where it goes. All of them have to hold.",
    )
    failure_limit = forms.IntegerField(
        label="Counts as failing after", min_value=1, max_value=MOST_IN_A_ROW, required=False,
        help_text="So many failures in a row, 1 if empty. No result counts at once.",
    )  # fmt: skip
    consecutive_successes = forms.IntegerField(
        label="Counts as passing after", min_value=1, max_value=MOST_IN_A_ROW, required=False,
        help_text="So many passes in a row, 1 if empty.",
    )  # fmt: skip

    def __init__(self, *args: Any, zones: Iterable[tuple[str, str]] = (), **kwargs: Any) -> None:
        """`zones` are those that the team may use, as pairs of queue and name; without any nobody is asked."""
        super().__init__(*args, **kwargs)
        self.wrong_rows = {}
        if self.config.IS_PASSIVE:  # nobody waits for it, and it is asked from nowhere
            del self.fields["timeout"], self.fields["for_each"]
        elif choices := list(zones):
            self.fields["zone"] = forms.ChoiceField(
                choices=[("", "This Keyturn"), *choices],
                required=False,
                label="Asked from",
                help_text="Workers in other networks ask from there.",
            )

    @property
    def zone(self) -> str | None:
        """The queue of the zone that was chosen, empty for this Keyturn; None where nobody was asked."""
        return str(self.cleaned_data.get("zone", "")) if "zone" in self.fields else None

    @property
    def takes_tries(self) -> bool:
        """Whether a worker can ask it before it is saved."""
        return not self.config.IS_PASSIVE and self.kind != COMMAND

    @property
    def first_fields(self) -> list[forms.BoundField]:
        """What has to be said, and from where it is asked; what has to hold stands by itself."""
        return [field for field in self.visible_fields() if field.name in self._first - {"conditions"}]

    @property
    def further_fields(self) -> list[forms.BoundField]:
        """What may be left alone."""
        return [field for field in self.visible_fields() if field.name not in self._first]

    @property
    def _first(self) -> set[str]:
        return FIRST | {each.name for each in fields(self.config) if each.metadata.get("first")}

    @property
    def has_further(self) -> bool:
        """Whether any of them is set to something else than it is by itself, or is wrong."""
        usual: dict[str, Any] = {each.name: each.default for each in fields(self.config)}
        usual["timeout"] = usual["timeout_ms"] // 1000
        return any(
            field.errors or str(field.value() or "") not in ("", "0", str(usual[field.name]))
            for field in self.further_fields
        )

    @property
    def what_has_to_hold(self) -> ConditionsQuestion:
        """Its conditions, as the page shows them."""
        return cast(ConditionsQuestion, self["conditions"])

    @property
    def measured(self) -> list[str]:
        """What conditions can be about, as far as what was typed says so."""
        settings: dict[str, Any] = {each.name: "" for each in fields(self.config) if each.default is MISSING}
        settings |= {name: self[name].value() or "" for name in self.config.__dataclass_fields__ if name in self.fields}
        with suppress(ValueError, TypeError):
            return [*self.config(**settings).measures()]
        return [*self.config.VALUES]

    @classmethod
    def values_of(cls, probe: Any) -> dict[str, Any]:
        """What the form shows of an existing probe; 0 stands for “not asked”."""
        stored = {name: value or "" for name, value in probe.settings.as_json().items()}
        return stored | {"name": probe.name, "zone": probe.zone_id or "", "timeout": probe.settings.timeout_ms // 1000}

    def settings(self) -> dict[str, Any]:
        """The configuration that was typed, for `define_probe` and `change_probe`."""
        typed = self.cleaned_data | {"timeout_ms": (self.cleaned_data.get("timeout") or 0) * 1000}
        settings = (field.name for field in fields(self.config))
        return {name: typed[name] for name in settings if typed.get(name)}

    def clean(self) -> dict[str, Any]:
        """Ask the kind itself, so that form and command never disagree."""
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        with patterns_together():
            try:
                read = self.config.parse(self.settings())
                read.require_patterns()
                refusal = read.refusal(policy_in(cleaned.get("zone")))
            except ValueError as error:
                setting = getattr(error, "setting", self.TARGET)
                self.add_error(self._field(setting), str(error))
                self.wrong_rows = self._wrong_rows() if setting == "conditions" else {}
            else:
                if refusal:
                    self.add_error(self.TARGET, refusal)
        return cleaned

    def _wrong_rows(self) -> dict[int, str]:
        """The rows that would be refused each by itself: where they are, and why.

        Where a pattern is refused no other one is tried: there may be no time left in which it could be.
        """
        typed, wrong = self["conditions"].value(), {}
        rows = rows_of(typed) if isinstance(typed, str) else typed
        refused_pattern = False
        for place, row in enumerate(rows[:MOST_CONDITIONS]):
            for alone in rows_of(row.line):
                is_pattern = alone.sign == "matches"
                if is_pattern and refused_pattern:
                    continue
                try:
                    line = replace(alone, warns=False).line
                    self.config.parse(self.settings() | {"conditions": line}).require_patterns()
                except ValueError as error:
                    wrong[place] = str(error)
                    refused_pattern = refused_pattern or is_pattern
        return wrong

    def _field(self, setting: str) -> str | None:
        """The field that holds a setting; None puts the error above the form."""
        name = setting.replace("timeout_ms", "timeout")
        return name if name in self.fields else None


def make_form(name: str, kind: type[Kind]) -> type[ProbeForm]:
    """The form of a kind; a new class, so call it once."""
    asked = [each for each in fields(kind) if "typed" in each.metadata]
    typed = {each.name: each.metadata["typed"] for each in asked}
    typed["conditions"] = _conditions_field(kind)
    target, *others = asked
    first = (target.name, *(each.name for each in others if each.metadata["first"]))
    order = ("name", *first, "conditions", "for_each", *typed, "timeout", "failure_limit", "consecutive_successes")
    about = {"kind": name, "label": kind.LABEL, "config": kind, "TARGET": next(iter(typed)), "field_order": order}
    return type(f"{kind.__name__}Form", (ProbeForm,), about | typed)


def _conditions_field(kind: type[Kind]) -> forms.Field:
    usual = f" Without any: {' and '.join(kind.USUAL.splitlines())}." if kind.USUAL else " At least one."
    return Conditions(
        label="Passes when all hold",
        initial=kind.USUAL,
        max_length=4000,
        required=False,
        help_text=f"About {_measured(kind)}.{usual}",
    )


def _measured(kind: type[Kind]) -> str:
    """The names of what conditions can be about."""
    is_asked_for = kind.measures is not Kind.measures
    return f"{', '.join(kind.VALUES)}{' and what you ask for by name' if is_asked_for else ''}"


FORMS = {name: make_form(name, kind) for name, kind in KINDS.items()}


def form_of(kind: str) -> type[ProbeForm]:
    """The form of a kind, or a refusal."""
    kind_of(kind)
    return FORMS[kind]
