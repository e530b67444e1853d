"""The shape of what people send about templates."""

from collections.abc import Mapping
from typing import Any

from django.forms import CharField, Textarea

from apps.core.forms import AgainstShown, Create
from apps.core.forms.ceremonies import Ceremony

LONGEST_NOTE = 5_000


class CreateTemplate(Create):
    """A template made by hand: its title; all else is edited in its draft."""

    title = CharField(label="Title", max_length=200, help_text="What people look for: “Service release”.")


class Install(Create):
    """A built-in template becomes one of the team's own, once."""


class Publish(Ceremony):
    """What somebody read and publishes: the digest of the content that was shown."""

    note = CharField(
        label="Change note", max_length=LONGEST_NOTE, required=False, widget=Textarea({"rows": 3}),
        help_text="What changes and why, for whoever upgrades a running deployment. Printed in its record.",
    )  # fmt: skip


class Submit(Publish):
    """The same for an author, who says why there is this version."""

    note = CharField(
        label="Change note", max_length=LONGEST_NOTE, widget=Textarea({"rows": 3}),
        help_text=Publish.base_fields["note"].help_text,
        error_messages={"required": "Say what changes and why; whoever publishes it reads that first."},
    )  # fmt: skip


class Reject(AgainstShown):
    """Why a version is not published."""

    reason = CharField(
        label="What must change", max_length=LONGEST_NOTE, widget=Textarea({"rows": 3}),
        error_messages={"required": "Say what must change, so that its authors can go on."},
    )  # fmt: skip


def with_forms(page: Mapping[str, Any]) -> dict[str, Any]:
    """The page of what changes with the forms that stand on it, filled with what it shows."""
    kind = Publish if page["is_asked"] else Submit
    shown = {"shown": page["digest"], "intent": page["intent"], "note": page["newer"].note}
    shown["since"] = page["since"]
    return {**page, "form": kind(initial=shown), "sending_back": Reject(initial={"basis": page["standing"]})}
