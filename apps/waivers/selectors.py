"""What a waiver is asked over, and what the tables say of waivers as such."""

from collections.abc import Iterator

from apps.core.shown import texts
from apps.core.statements import fetched
from apps.deployments.models import Item
from apps.followups.models import Kind
from apps.ledger.chain import Fault

# Approved by as many as it takes, at any time: what is edited later makes approvals fall out, and leaves the follow-up.
WITHOUT_FOLLOW_UP = f"""
SELECT s.stream, i.number FROM deployments_waiver w
JOIN deployments_item i ON i.id = w.item_id
JOIN signoff_signoff s ON s.id = w.sign_off_id
WHERE EXISTS (SELECT 1 FROM signoff_signature g WHERE g.sign_off_id = s.id AND g.slot >= s.required)
  AND NOT EXISTS (SELECT 1 FROM followups_followup f WHERE f.stream = s.stream AND f.subject = s.subject
                  AND f.kind = '{Kind.WAIVER.value}' AND f.what = w.afterwards)
ORDER BY s.stream, i.number
"""


def waived_text(item: Item) -> dict[str, str]:
    """What whoever asks for a waiver reads of its item: its form brings along that this was shown."""
    return texts(title=item.title, text=item.text, weight="critical" if item.critical else "")


def waiver_faults() -> Iterator[Fault]:
    """Waivers that held and left nothing to be done afterwards, although they say what."""
    for stream, number in fetched(WITHOUT_FOLLOW_UP):
        yield Fault(stream, None, f"the waiver of item {number} was approved and left no follow-up")
