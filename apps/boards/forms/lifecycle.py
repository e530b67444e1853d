"""What people say when they start, move or give up a deployment."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from apps.accounts.models import Team
from apps.boards.selectors.starting import variables_to_fill
from apps.checklists.models import TemplateVersion
from apps.checklists.rules.variables import Variable
from apps.core.forms import AgainstShown, Create, OneLine, resent
from apps.core.forms.local_times import local_time
from apps.deployments.models import Deployment
from apps.deployments.models.deployments import LONGEST_CHANGE
from apps.deployments.selectors.around import SAME, in_review_already

from .items import Reason, one_of
from .windows import Window

LONGEST_VALUE = 500
Keys = tuple[Sequence[str], Sequence[str]]
TEXT = {"autocomplete": "off", "dir": "auto"}


class Start(Create, Window):
    """A new deployment, with one field for each blank its checklist names."""

    version = OneLine(max_length=100, widget=forms.TextInput(TEXT | {"placeholder": "2.8.0"}))
    window_end = local_time("Window closes", "Both may stay open; the window can be moved later.")

    def __init__(self, *args: Any, variables: Sequence[Variable], tiers: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.variables = list(variables)
        if tiers:
            hint = "Items for other tiers do not apply, and say so."
            self.fields["tier"] = one_of("Tier", tiers, help_text=hint)
        for place, one in enumerate(self.variables):
            self.fields[f"variable_{place}"] = _asked(one)

    @property
    def blanks(self) -> list[forms.BoundField]:
        """What the checklist asks, in its order: the tier first."""
        tier = [self["tier"]] if "tier" in self.fields else []
        return [*tier, *(self[f"variable_{place}"] for place in range(len(self.variables)))]

    @property
    def values(self) -> dict[str, Any]:
        """What `create_deployment` takes."""
        typed = dict(self.cleaned_data)
        blanks = {one.name: typed.pop(f"variable_{place}") for place, one in enumerate(self.variables)}
        return typed | {"variables": {name: value for name, value in blanks.items() if value}}


class CreateDeployment(Start):
    """What it is, and where it goes."""

    service = OneLine(max_length=100, widget=forms.TextInput(TEXT | {"placeholder": "Payments gateway"}))
    environment = OneLine(
        max_length=60,
        initial="production",
        widget=forms.TextInput(TEXT | {"list": "environments"}),
        help_text="Signatures cover version and environment, so both stay as they are.",
    )
    twice = forms.BooleanField(required=False, label="Start another one all the same")
    field_order = ("service", "version", "environment", "window_start", "window_end")

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.team = team
        self.doubled: list[str] = []

    def clean(self) -> dict[str, Any]:
        """What is in review already is started once more only by whoever was told so."""
        cleaned = super().clean()
        confirmed, same = cleaned.pop("twice", False), {name: cleaned.get(name, "") for name in SAME}
        if not confirmed and all(same.values()):
            found = in_review_already(self.team.pk, **same).select_related("team").order_by("number")
            self.doubled = [each.code for each in found]
        if self.doubled:
            listed = ", ".join(self.doubled)
            self.add_error(None, f"{listed} is in review already for this service, version and environment.")
        return cleaned


class RerunDeployment(Start):
    """What is run again changes, and what that touches; service and environment stay."""

    change = OneLine(
        label="What changes",
        max_length=LONGEST_CHANGE,
        widget=forms.TextInput(TEXT | {"placeholder": "Model aria-4 → aria-5"}),
        help_text="One line, for whoever reads the record.",
    )
    template_version = forms.UUIDField(widget=forms.HiddenInput)
    sections = forms.MultipleChoiceField(required=False)
    items = forms.MultipleChoiceField(required=False)
    field_order = ("version", "change")

    def __init__(self, *args: Any, parent: Deployment, of: TemplateVersion, keys: Keys, **kwargs: Any) -> None:
        """`of` is the version of the checklist, `keys` those of its sections and of its items."""
        self.parent, self.of, self.keys = parent, of, keys
        super().__init__(*args, variables=variables_to_fill(of), tiers=of.tiers, **kwargs)
        for name, own in zip(("sections", "items"), keys, strict=True):
            self.fields[name].choices = [(key, key) for key in own]  # type: ignore[attr-defined]
        self.initial = {"template_version": of.pk, "tier": parent.tier, **self.initial}
        self.fields["version"].help_text = f"{parent.code} was {parent.version}."
        for place, one in enumerate(self.variables):
            before = str(parent.variables.get(one.name, ""))
            self.initial.setdefault(f"variable_{place}", before)
            self.fields[f"variable_{place}"].help_text = f"{parent.code} had “{before}”." if before else ""

    def clean(self) -> dict[str, Any]:
        """With the version that was shown, if it is the newest still; this page shows the newest, to be sent again."""
        cleaned = super().clean()
        if cleaned.get("template_version") != self.of.pk:
            self.add_error(
                None, "Another version of the checklist is the newest by now. What it changes is shown here."
            )
            self.data = resent(self, template_version=str(self.of.pk))
        return cleaned | {"template_version": self.of}

    @property
    def answers(self) -> dict[str, str]:
        """What fills the texts of the checklist, as it was typed so far."""
        names = {"version": "version", **{one.name: f"variable_{n}" for n, one in enumerate(self.variables)}}
        return {name: str(self[field].value() or "").strip()[:LONGEST_VALUE] for name, field in names.items()}

    @property
    def as_typed(self) -> "RerunDeployment":
        """The same, not judged yet: while somebody still chooses, nothing is wrong."""
        typed = {name: self[name].value() for name in self.fields}
        return RerunDeployment(initial=typed, clock=self.clock, parent=self.parent, of=self.of, keys=self.keys)

    @property
    def touched(self) -> dict[str, list[str]]:
        """The keys of the sections and items that were ticked so far."""
        return {name: list(self[name].value() or ()) for name in ("sections", "items")}


def _asked(one: Variable) -> forms.Field:
    """The field of a variable: chosen where it says what from, else one line that may stay a blank."""
    label = one.label or one.name
    if one.kind != "text":
        return one_of(label, one.answers)
    hint = f"Left empty, the items keep “{one.name}” as a blank."
    widget = forms.TextInput(TEXT)
    return OneLine(label=label, required=False, max_length=LONGEST_VALUE, widget=widget, help_text=hint)


class CancelDeployment(AgainstShown):
    """Why it is given up, and that this is meant."""

    reason = Reason(so_that=", for whoever reads the record", help_text="Kept in the ledger, printed on the record.")
    confirmed = forms.BooleanField(
        label="I cancel this deployment for good. It cannot be opened again.",
        error_messages={"required": "Confirm that you mean it."},
    )


class Upgrade(AgainstShown):
    """Which version is taken over, and that keys may fall out for it."""

    version = forms.UUIDField(widget=forms.HiddenInput)
    confirmed = forms.BooleanField(
        label="Let these keys fall out", error_messages={"required": "Tick it: the keys named here fall out."}
    )

    def __init__(self, *args: Any, page: Mapping[str, Any], **kwargs: Any) -> None:
        """`page` is what the page shows: without keys that fall there is nothing to confirm."""
        super().__init__(*args, **kwargs)
        self.newer = page.get("newer")
        self.initial = {"basis": page.get("shown", ""), "version": self.newer and self.newer.pk}
        if not page.get("keys_fall"):
            del self.fields["confirmed"]

    def clean(self) -> dict[str, Any]:
        """With the version that was shown, if it is the newest still."""
        cleaned = super().clean()
        if self.newer is None or cleaned.get("version") != self.newer.pk:
            self.add_error(None, "Another version is the newest by now. Reload the page to see what it changes.")
        return cleaned | {"version": self.newer}

    @property
    def values(self) -> dict[str, Any]:
        """What the command takes."""
        return {"version": self.cleaned_data["version"], "shown": self.cleaned_data["shown"]}
