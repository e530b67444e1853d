"""The rollback plan as it is typed: a few fields and as many steps as it takes."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.forms.models import model_to_dict
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from apps.accounts.models import User
from apps.core.forms import Edit, OneLine, Text, year_in_range
from apps.deployments.commands.rollback import written
from apps.deployments.models import Deployment
from apps.rollback.models import Step

from .people import people_of

SPARE_ROWS = 3
MOST_STEPS = 100
LONGEST_TITLE = 300
LONGEST_COMMAND = 5000


class RollbackPlan(Edit):
    """Owner, steps, verification, rehearsal. Steps come as the repeated fields `title` and `command`."""

    is_longer = False  # whether rows were added to what somebody typed and did not save yet
    is_draft = True  # it may be saved with gaps, and keeps the verdict at NO-GO until they are filled

    owner = forms.ModelChoiceField(
        User.objects.none(), required=False, empty_label="Nobody yet", help_text="Who takes it back when it must be."
    )
    verification = Text(
        label="How to verify it",
        required=False,
        max_length=5000,
        widget=forms.Textarea({"rows": 3, "dir": "auto"}),
        help_text="What shows that the old version serves again.",
    )
    last_rehearsed_on = forms.DateField(
        label="Last rehearsed",
        validators=[year_in_range],
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text="The day these steps were last tried for real.",
    )

    def __init__(self, *args: Any, deployment: Deployment, rows: Iterable[Mapping[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, now=written(deployment.rollback_plan), **kwargs)
        self.fields["owner"].queryset = people_of(deployment.team)  # type: ignore[attr-defined]
        self.rows = [{"title": row["title"], "command": row["command"], "wrong": ""} for row in rows]
        self.spare = SPARE_ROWS

    @classmethod
    def of(cls, deployment: Deployment, rows: Iterable[Mapping[str, str]] = ()) -> "RollbackPlan":
        """The form as the plan stands; `rows` are steps offered while it has none."""
        plan = deployment.rollback_plan
        return cls(initial=model_to_dict(plan, cls.base_fields), deployment=deployment, rows=plan.steps or rows)

    @classmethod
    def typed(cls, data: "MultiValueDict[str, str]", deployment: Deployment) -> "RollbackPlan":
        """The form as somebody sent it, to be checked."""
        return cls(data, deployment=deployment, rows=_rows(data))

    @classmethod
    def with_more_rows(
        cls, data: "MultiValueDict[str, str]", deployment: Deployment, offered: Iterable[Mapping[str, str]] = ()
    ) -> "RollbackPlan":
        """The form as somebody sent it, unchecked, with `offered` steps and more empty rows below."""
        sent = {name: data.get(name, "") for name in cls.base_fields}
        form = cls(initial=sent, deployment=deployment, rows=[*_rows(data), *offered])
        form.spare, form.is_longer = SPARE_ROWS * 2, True
        return form

    @property
    def all_rows(self) -> list[dict[str, str]]:
        """What is written and the empty rows after it."""
        return [*self.rows, *({"title": "", "command": "", "wrong": ""} for _ in range(self.spare))]

    @property
    def steps(self) -> list[Step]:
        """The steps in order."""
        return [Step(title=row["title"], command=row["command"]) for row in self.rows]

    def clean_last_rehearsed_on(self) -> Any:
        day = self.cleaned_data["last_rehearsed_on"]
        if day and day > timezone.now().date():
            raise forms.ValidationError("This day has not come yet. Write the day it was last rehearsed.")
        return day

    def clean(self) -> dict[str, Any]:
        for row in self.rows:
            row["wrong"] = _wrong(row)
        if any(row["wrong"] for row in self.rows):
            raise forms.ValidationError("Some steps need a change; each says which.")
        if len(self.rows) > MOST_STEPS:
            raise forms.ValidationError(f"A plan has at most {MOST_STEPS} steps. Put the details into a runbook.")
        return super().clean() or {}


def _rows(data: "MultiValueDict[str, str]") -> list[dict[str, str]]:
    """The rows that were sent, without the empty ones."""
    pairs = zip(data.getlist("title"), data.getlist("command"), strict=False)
    line, lines = OneLine(), Text()  # their validators are asked row by row, in _wrong
    rows = [{"title": line.to_python(title), "command": lines.to_python(command)} for title, command in pairs]
    return [row for row in rows if row["title"] or row["command"]]


def _wrong(row: Mapping[str, str]) -> str:
    if "\0" in row["command"]:
        return "There is a character in it that no text holds (NUL). Type the command again."
    if not row["title"]:
        return "Say in words what this command does."
    if len(row["title"]) > LONGEST_TITLE:
        return f"Shorten this to {LONGEST_TITLE} characters; details belong in the command or a runbook."
    if len(row["command"]) > LONGEST_COMMAND:
        return f"A command has at most {LONGEST_COMMAND} characters. Put it into a script and call that."
    return ""
