"""The shape of what browsers send about factors."""

import re
from typing import Any

from django import forms

from .rules import MOST_TURNS

TURN = re.compile(r"([0-9a-f-]{36})\.([0-9a-f]{64})\.([1-4])\.([a-z]+)")


class Turns(forms.Form):
    """Keys to turn: of each the sign-off, the digest that was shown, the slot and the meaning, joined by dots."""

    turn = forms.Field()

    def clean_turn(self) -> list[dict[str, Any]]:
        """Each as `signoff.rules.turn_of` writes it."""
        sent = self.data.getlist("turn")  # type: ignore[attr-defined]
        found = [TURN.fullmatch(one) for one in sent]
        if not 0 < len(sent) <= MOST_TURNS or not all(found):
            raise forms.ValidationError("no keys")
        return [{"sign_off": one[1], "digest": one[2], "slot": int(one[3]), "meaning": one[4]} for one in found if one]
