"""Which keys of a series were ticked, each with what was read of it, and who signs."""

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from django import forms

from apps.core.forms.ceremonies import INCOMPLETE, Ceremony
from apps.deployments.commands.signing import Offered
from apps.factors.rules import MOST_TURNS

BOX = re.compile(r"([0-9]{1,9})\.([1-4])\.([0-9a-f]{64})")
NUMBER = re.compile(r"[0-9]{1,9}")
NOTHING_TICKED = "Nothing was signed: open an item, read it, and tick it. Only ticked items are signed."


class SignItems(Ceremony):
    """The ticked keys and one proof for all of them: no tick that is not sent with the digest that was read."""

    shown = None  # type: ignore[assignment]  # each tick says what was read of it
    item = forms.Field(required=False)

    def clean_item(self) -> list[Offered]:
        """Each ticked key."""
        sent = self.ticked
        found = [BOX.fullmatch(box) for box in sent]
        if not sent:
            raise forms.ValidationError(NOTHING_TICKED)
        if len(sent) > MOST_TURNS or not all(found):
            raise forms.ValidationError(INCOMPLETE)
        return [Offered(int(box[1]), int(box[2]), box[3]) for box in found if box]

    @property
    def ticked(self) -> list[str]:
        """The boxes as they were sent."""
        return list(self.data.getlist("item"))  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """What the command takes."""
        cleaned = super().clean()
        return {"offered": cleaned.get("item", []), "intent": cleaned.get("intent")}

    @property
    def purpose(self) -> str:
        """What the proof is for: these keys by this intent."""
        digest = sha256(" ".join(sorted(self.ticked)).encode()).hexdigest()
        return f"{self.cleaned_data['intent']} {digest}"

    def seen_of(self, number: int) -> Mapping[str, Any] | None:
        """What the page showed of an item, where the row brought it along and its digest is the one that was ticked."""
        text = self.data.get(f"seen_{number}", "")
        digest = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        is_shown = any(each.number == number and each.shown == digest for each in self.cleaned_data["offered"])
        return json.loads(text) if is_shown else None


def chosen_numbers(sent: list[str]) -> list[int]:
    """The numbers of items that an address names; what is none is left out."""
    return sorted({int(each) for each in sent if NUMBER.fullmatch(each)})
