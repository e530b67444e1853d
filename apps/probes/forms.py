"""The forms of the kinds, for pages that set up probes."""

from apps.core.errors import Refusal

from .kinds import FORMS, ProbeForm

__all__ = ["FORMS", "ProbeForm", "form_of"]


def form_of(kind: str) -> type[ProbeForm]:
    """The form of a kind, or a refusal."""
    if kind not in FORMS:
        raise Refusal(f"There is no kind of probe called “{kind}”. Choose one of: {', '.join(FORMS)}.")
    return FORMS[kind]
