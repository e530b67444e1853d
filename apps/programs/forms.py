"""The shape of what people type about commands."""

from typing import Any

from django import forms

from apps.core.forms import AgainstShown, Create, OneLine, Text
from apps.core.forms.ceremonies import Ceremony
from apps.probes.argv import LONGEST_COMMAND, Limits, argv_problem

PARTS = (
    "The program, and each argument on a line of its own, exactly as the program gets it: nothing is a shell’s. "
    "A line {name:word}, {name:number} or {name:path} is filled in by the probe that runs it."
)


class ProposeCommand(Create):
    """A command for two people to approve."""

    name = OneLine(label="Name", max_length=120, help_text="What it finds out, e.g. “Free space of /srv”.")
    argv = Text(
        label="Program and arguments",
        max_length=LONGEST_COMMAND,
        strip=False,
        widget=forms.Textarea({"rows": 5, "spellcheck": "false", "autocapitalize": "none", "dir": "ltr"}),
        help_text=PARTS,
    )
    seconds = forms.IntegerField(label="Ends after, in seconds", initial=Limits.seconds)
    cpu_seconds = forms.IntegerField(label="Computing time, in seconds", initial=Limits.cpu_seconds)
    memory_mb = forms.IntegerField(label="Memory of each process, in MB", initial=Limits.memory_mb)
    processes = forms.IntegerField(label="Processes at a time", initial=Limits.processes)

    def clean_argv(self) -> list[str]:
        """The elements; empty lines at the end are none."""
        argv = str(self.cleaned_data["argv"]).rstrip("\n").split("\n")
        if why := argv_problem(argv):
            raise forms.ValidationError(why)
        return argv

    def clean(self) -> dict[str, Any]:
        """What the command takes: the limits as one."""
        cleaned = super().clean() or {}
        names = [*Limits().as_json()]
        if all(name in cleaned for name in names):
            cleaned["limits"] = Limits(**{name: cleaned.pop(name) for name in names})
            for name, why in cleaned["limits"].problems():
                self.add_error(name, why)
        return cleaned


class ApproveCommand(Ceremony):
    """Somebody's key: over the digest that the page showed, by an intent of its own."""


class WithdrawCommand(AgainstShown):
    """Taking a command out of use."""
