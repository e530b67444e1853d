"""The ceremony of signing: the keys as they stand, the exact text, and what turning the next one means."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.accounts.models import User, initials
from apps.accounts.models.delegations import last_day_of
from apps.core.permissions import Verdict
from apps.core.wording import day, exact, isolated, plural
from apps.deployments.models import Item, Waiver
from apps.deployments.selectors.summaries import ItemSummary
from apps.deployments.wording import WAIVER
from apps.ledger.chain import canonical
from apps.signoff import permissions as signoff
from apps.signoff.models import SignOff
from apps.signoff.rules import WITHDRAWS, Meaning, content_digest, ordinal

MEANS = {
    Meaning.PERFORMED: "I did what the text says, or had it done, and the result and evidence above show it.",
    Meaning.VERIFIED: "I looked at the text and the evidence above, I find that it is done as written, "
    "and I did not do it myself.",
}


@dataclass(frozen=True)
class KeyCard:
    """One key slot, large: who stands in it. `state`: "half", "verified", "half invalidated" or "" for empty."""

    label: str
    state: str
    who: str
    meaning: str
    at: datetime | None = None
    is_you: bool = False


@dataclass(frozen=True)
class Invalidation:
    """Why no key counts any more: something that they cover changed, or the item was rejected, then by whom."""

    why: str
    at: datetime
    rejected_by: str = ""


@dataclass(frozen=True)
class StandsIn:
    """For whom the viewer turns the next key, and the last day, in UTC, on which they do."""

    name: str
    until: str


def ceremony(item: Item, row: ItemSummary, viewer: User, *, may_sign: Verdict, who: str) -> dict[str, Any]:
    """What templates/boards/_ceremony.html shows; `who` names those who could turn the next key."""
    content = item.content(pinned=item.run_to_pin)
    turned = len(item.sign_off.turned)
    meaning = Meaning.VERIFIED if turned else Meaning.PERFORMED
    return {
        "cards": key_cards(item, row, viewer, may_sign=may_sign, who=who),
        "is_settled": item.sign_off.is_settled,
        "slot": turned + 1,
        "ordinal": ordinal(turned + 1),
        "meaning": meaning,
        "means": MEANS[meaning],
        "act": f"Turn {ordinal(turned + 1)} key",
        "says": f"I confirm that I have read this text and sign it as {meaning.label.lower()}.",
        "turn": item.sign_off.turn(meaning),
        "lines": signed_lines(item),
        "exact": canonical(content).decode(),
        "shown": content_digest(content),
        "stands_in": stands_in(viewer, item.sign_off, meaning) if may_sign else None,
        "same_as": item.sign_off.turned[-1].name if turned else "",
        "invalidation": invalidation(item),
    }


def stands_in(viewer: User, sign_off: SignOff, meaning: Meaning) -> StandsIn | None:
    """For whom the next key would be turned, as it is going to say; None where it is the viewer's own."""
    asked = signoff.turns_for(viewer, sign_off, meaning)
    return StandsIn(asked[1], day(last_day_of(asked[2]))) if asked else None


def key_cards(item: Item, row: ItemSummary, viewer: User, *, may_sign: Verdict, who: str) -> list[KeyCard]:
    """Every key of the item: turned, fallen out, next or waiting."""
    turned = item.sign_off.turned
    state = "verified" if item.sign_off.is_settled else "half"
    cards = [
        KeyCard(initials(s.name), state, s.name, s.get_meaning_display().lower(), s.signed_at, s.signer_id == viewer.id)
        for s in turned
    ]
    cards += [
        KeyCard(initials(name), "half invalidated", name, "fell out") for name in row.invalidated_names[len(turned) :]
    ]
    for number in range(len(cards) + 1, item.keys + 1):
        if number > len(turned) + 1:
            cards.append(KeyCard(str(number), "", "Waits for the key before it", ""))
        elif may_sign:
            cards.append(KeyCard(str(number), "", viewer.full_name, "not turned yet", is_you=True))
        else:
            cards.append(KeyCard(str(number), "", "Needs somebody else" if turned else "Not turned yet", who))
    return cards


def invalidation(item: Item) -> Invalidation | None:
    """What made the last keys fall out, while none is turned again."""
    last = item.last_fall
    if item.sign_off.turned or last is None:
        return None
    if last.is_rejection:
        rejection = next(each for each in item.sign_off.rejections.all() if each.revision + 1 == last.revision)
        return Invalidation(last.why, rejection.rejected_at, rejected_by=rejection.name)
    change = next(each for each in item.sign_off.revisions.all() if each.number == last.revision)
    return Invalidation(last.why, change.at)


def signed_lines(item: Item) -> list[tuple[str, str]]:
    """(what, value) for every value a signature covers, in the order of the signed content."""
    deployment, run = item.deployment, item.run_to_pin
    lines = [
        ("Deployment", f"{deployment.code}, {deployment.id}"),
        ("Version", deployment.version),
        ("Environment", deployment.environment),
        ("Item", f"{item.number}, {item.id}"),
        ("Title", item.title),
        ("Text", item.text or "none"),
        *((f"Command {n}", command) for n, command in enumerate(item.commands, 1)),
        ("Critical", "yes" if item.critical else "no"),
        ("Keys", f"{item.keys}, each with a passkey" if item.passkey else str(item.keys)),
        ("Result", item.result or "none"),
        *((label, answer or "not filled in") for label, answer in item.answers),
        *((f"Evidence {n}", f"{e.title}, sha256 {e.sha256}") for n, e in enumerate(item.evidence, 1)),
    ]
    if run:
        lines.append(("Probe run", f"{run.state}, sha256 {run.digest}"))
    return lines


def withdrawal(item: Item, viewer: User) -> dict[str, str] | None:
    """What templates/boards/_withdraw.html shows to whoever holds a key that counts: what taking it back costs."""
    key = item.sign_off.turned_by.get(viewer.id)
    if key is None:
        return None
    others = [isolated(key.name) for key in item.sign_off.turned if key.signer_id != viewer.id]
    fall = f"{plural(len(others) + 1, 'key')} will fall out: yours"
    cost = f"{fall} and {' and '.join(others)}’s. They are told, and sign again." if others else f"{fall}."
    return {"turn": f"{item.sign_off.pk}.{key.slot}.{WITHDRAWS}", "cost": cost}


def waiver_ceremony(item: Item, viewer: User, *, may_approve: bool) -> dict[str, Any] | None:
    """What templates/boards/_waiver.html shows of the waiver that is asked for or holds."""
    waiver = item.waiver
    if waiver is None:
        return None
    signed = waiver.sign_off.turned
    return {
        "waiver": waiver,
        "is_mine": waiver.requested_by_id == viewer.id,
        "ends_before_window": waiver.ends_before_window,
        "one_browser": waiver.of_one_browser,
        "acted_here": waiver.acted_here(viewer),
        "approvals": signed,
        "missing": waiver.sign_off.required - len(signed),
        "required": waiver.sign_off.required,
        "lines": [
            ("Waives item", f"{item.number}, {item.id}"),
            ("Title", item.title),
            ("Text", item.text or "none"),
            ("Critical", "yes" if item.critical else "no"),
            *waiver_lines(waiver),
        ],
        "shown": waiver.sign_off.digest,
        "turn": waiver.sign_off.turn(Meaning.APPROVED),
        "stands_in": stands_in(viewer, waiver.sign_off, Meaning.APPROVED) if may_approve else None,
        "says": "I confirm that I approve going without this item.",
        "same_as": signed[-1].name if signed else "",
        "exact": canonical(waiver.content()).decode(),
    }


def waiver_lines(waiver: Waiver) -> list[tuple[str, str]]:
    """(what, value) for every value of a waiver that an approval covers besides its item."""
    values = {
        "justification": waiver.justification,
        "risk": waiver.get_risk_display(),
        "expires_at": exact(waiver.expires_at),
        "measure": waiver.measure,
        "afterwards": waiver.afterwards,
        "afterwards_owner": waiver.afterwards_owner_name,
        "afterwards_due": str(waiver.afterwards_due),
    }
    return [(label, values[name]) for name, label in WAIVER.items()]
