"""What the chains and the tables say of deployments as such: keys turned in review alone, numbers without a gap."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from apps.core.statements import fetched, folded_column
from apps.deployments.models import CarriedItem, Deployment, Item, Waiver
from apps.deployments.states import LIMITS, State
from apps.ledger.chain import Fault
from apps.ledger.selectors import StoredEntry
from apps.signoff.models import Rejection, Signature, SignOff
from apps.signoff.rules import REOPENING

from .applying import conditional_items, reasons_of

TURNED = tuple(f"{model._meta.label_lower}/" for model in (Signature, Rejection))
SIGN_OFF = f"{SignOff._meta.label_lower}/"
ITEM, WAIVER, SIGN_OFF_ROW, CARRIED, SIGNATURE = FOLLOWED = tuple(
    model._meta.label_lower for model in (Item, Waiver, SignOff, CarriedItem, Signature)
)

# Few instances have conditions: this says so before the ORM puts together all that is to be asked.
ANY_CONDITIONAL = "SELECT 1 FROM deployments_item WHERE conditions <> '[]' LIMIT 1"
NOT_NUMBERED = """
SELECT t.name, COUNT(*), MAX(d.number) FROM deployments_deployment d JOIN accounts_team t ON t.id = d.team_id
GROUP BY t.id, t.name HAVING MIN(d.number) <> 1 OR MAX(d.number) <> COUNT(*)
"""  # two teams may have one name


class ReviewHistory:
    """Follows the state of each deployment: a sign-off says itself when it was open, and its team; this compares."""

    def __init__(self) -> None:
        self.deployments: dict[str, Mapping[str, Any]] = {}
        self.subjects: dict[str, str] = {}  # of each sign-off, the item or waiver it is for
        self.waived: dict[str, str] = {}  # the item of each waiver
        self.out: set[str] = set()  # items that do not apply, by their ids
        self.reopenings: set[str] = set()  # sign-offs by which what has ended is opened again
        self.carried: set[str] = set()  # items that are carried over
        self.faults: list[Fault] = []

    def read(self, entry: StoredEntry) -> None:
        """Follow one entry; keys count in the state that the entries before it left."""
        if not entry.stream.startswith("deployment/"):
            return
        before = self.deployments.get(entry.stream, {})
        proved = entry.rows.get(f"{Deployment._meta.label_lower}/{entry.stream.rpartition('/')[2]}")
        now = self.deployments[entry.stream] = proved["facts"] if proved else before
        in_review = before and not LIMITS[State(before.get("state", State.DRAFT))].keys
        self._follow_items(entry, begins=not before)
        was_over, is_over = (LIMITS[State(each.get("state", State.DRAFT))].is_over for each in (before, now))
        if (
            was_over
            and not is_over
            and not any(
                key.startswith(TURNED) and self._reopens(statement["facts"]) for key, statement in entry.rows.items()
            )
        ):
            self.faults.append(entry.fault("the deployment was opened again, and no second person agreed to it"))
        for key, statement in entry.rows.items():
            if key.startswith(TURNED) and not in_review and not self._reopens(statement["facts"]):
                self.faults.append(entry.fault(f"{key} was written while the deployment was not in review"))
            if key.startswith(SIGN_OFF) and statement["facts"]["team_id"] != now.get("team_id"):
                self.faults.append(entry.fault(f"{key} is of another team than the deployment"))

    def _follow_items(self, entry: StoredEntry, *, begins: bool) -> None:
        """Which items apply and are carried over, as the entries before say, and so whose keys may be turned."""
        now: dict[str, bool] = {}
        for key, statement in entry.rows.items():
            label, _, pk = key.partition("/")
            if label not in FOLLOWED or not isinstance(statement, dict):
                continue
            facts = statement["facts"]
            if label == ITEM:
                now[UUID(pk).hex] = facts.get("applies", True)
            elif label == WAIVER:
                self.waived[UUID(pk).hex] = UUID(facts["item_id"]).hex
            elif label == SIGN_OFF_ROW:
                self.subjects[pk] = str(facts["subject"]).rpartition(":")[2]
                if str(facts["subject"]).startswith(REOPENING):
                    self.reopenings.add(pk)
            elif label == CARRIED:
                self._carry_over(key, facts, entry, begins=begins)
            elif self._item_of(facts["sign_off_id"]) in self.out:
                self.faults.append(entry.fault(f"{key} was written for an item that did not apply"))
            elif self._item_of(facts["sign_off_id"]) in self.carried:
                self.faults.append(entry.fault(f"{key} was written for an item that was carried over"))
        self.out = {*self.out, *(item for item, applies in now.items() if not applies)} - {*filter(now.get, now)}

    def _carry_over(self, key: str, facts: Mapping[str, Any], entry: StoredEntry, *, begins: bool) -> None:
        item = UUID(facts["item_id"]).hex
        if not begins and item not in self.carried:
            self.faults.append(entry.fault(f"{key} was carried over after the deployment began"))
        if facts.get("opened_at"):
            self.carried.discard(item)
        else:
            self.carried.add(item)

    def _reopens(self, key: Mapping[str, Any]) -> bool:
        """Whether that key agrees to open again what has ended, which is signed after it has."""
        return key["sign_off_id"] in self.reopenings

    def _item_of(self, sign_off: str) -> str:
        """The item that a sign-off is of, or that it would waive."""
        subject = self.subjects.get(sign_off, "")
        return self.waived.get(subject, subject)


def condition_faults() -> Iterator[Fault]:
    """Items that apply although a condition does not hold, or do not although all do, by what the rows say now."""
    conditional = Item.objects.exclude(conditions=[]).values("deployment")
    if not fetched(ANY_CONDITIONAL):
        return
    for deployment in Deployment.objects.filter(pk__in=conditional).select_related("team").order_by("team", "number"):
        found = list(conditional_items(deployment))
        reasons = reasons_of(deployment, found)
        for item in found:
            if item.applies is (item.key in reasons):
                wrong = "applies, although a condition does not hold" if item.applies else "is out for no reason"
                yield Fault(deployment.stream, None, f"item {item.number} of {deployment} {wrong}")


def number_faults() -> Iterator[Fault]:
    """Teams whose deployments are not numbered from one without a gap: one vanished with its rows and its chain."""
    for team, count, most in fetched(f"{NOT_NUMBERED} ORDER BY {folded_column('t.name')}, t.id"):
        what = f"{team} has {count} deployments numbered up to {most}: one is gone"
        yield Fault("the tables", None, what)
