"""What people do in the worked example, as short as it can be said; each is one real command."""

import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from apps.accounts.models import User
from apps.attachments import commands as attachments
from apps.deployments import commands
from apps.deployments.models import Deployment, Item, ItemQuerySet, Waiver
from apps.deployments.states import Risk
from apps.evidence.models import Kind
from apps.factors.commands import prove
from apps.signoff.rules import content_digest
from apps.waivers import commands as waivers

NO_SUCH = "The worked example's checklist has no item about “{}”."


def keyed(by: User) -> dict[str, Any]:
    """What commands that sign take: who it is, which an explicit yes shows in a demonstration, and a fresh intent."""
    return {"by": by, "proof": prove(by=by, purpose="", confirm=True), "intent": uuid.uuid4()}


class Acts:
    """One deployment and what is done to it. Items are named by words of their title."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment

    def item(self, words: str) -> Item:
        """The item whose title contains `words`, with all that signing reads."""
        item = self._items().filter(title__holds=words).first()
        if item is None:
            raise LookupError(NO_SUCH.format(words))
        return item

    def _items(self) -> ItemQuerySet:
        """All items in order, each with this deployment."""
        return self.deployment.items.for_signing().order_by("number")

    def assign(self, owner: User, *words: str, by: User) -> None:
        """Give items to somebody."""
        numbers = [self.item(some).number for some in words]
        commands.assign_items(self.deployment, by=by, numbers=numbers, owner=owner)

    def fill_in(self, words: str, by: User, result: str, *values: str) -> None:
        """Write down an item's result and its blanks."""
        commands.fill_in_item(self.item(words), by=by, result=result, values=values)

    def attach(self, words: str, by: User, title: str, text: str = "", *, url: str = "", data: bytes = b"") -> None:
        """Attach a note, a link or a small text file."""
        kind, media_type = (Kind.FILE, "text/plain") if data else (Kind.LINK if url else Kind.NOTE, "")
        attachments.attach_evidence(
            self.item(words), by=by, kind=kind, title=title, text=text, url=url, data=data, media_type=media_type
        )

    def sign(self, item: Item, by: User) -> None:
        """Turn the next key over what the item says now."""
        shown, slot = content_digest(item.content(pinned=item.run_to_pin)), len(item.sign_off.turned) + 1
        commands.sign_item(item, shown=shown, slot=slot, **keyed(by))

    def done(self, performed: User, verified: User | None, *words: str) -> None:
        """One person did it, another looked; without a second name it waits for one."""
        for some in words:
            self.sign(self.item(some), performed)
            if verified:
                self.sign(self.item(some), verified)

    def all_done(self, pairs: Iterable[tuple[User, User]]) -> None:
        """Every item that is not signed yet, by these pairs in turn; blanks are filled in by whoever did it."""
        turns = list(pairs)
        for at, item in enumerate(self._items()):
            performed, verified = turns[at % len(turns)]
            if item.sign_off.is_settled or item.is_waived:
                continue
            if item.open_fill_ins:
                values = [fill["value"] or "as planned" for fill in item.fill_ins]
                commands.fill_in_item(item, by=performed, result="", values=values)
            self.done(performed, verified, item.title)

    def probe(self, words: str, by: User, name: str, url: str, **config: str | int) -> None:
        """Attach an HTTP probe and run it."""
        item = self.item(words)
        attachments.attach_probe(item, by=by, name=name, kind="http", config={"url": url, **config})
        attachments.run_probes(self.deployment, by=by, numbers=[item.number])

    def ask_waiver(self, words: str, by: User, justification: str, *, instead: str, afterwards: str) -> Waiver:
        """Ask to go without an item for two weeks."""
        return waivers.request_waiver(
            self.item(words),
            by=by,
            justification=justification,
            risk=Risk.LOW,
            measure=instead,
            expires_at=timezone.now() + timedelta(days=14),
            afterwards=afterwards,
            afterwards_owner=by,
            afterwards_due=timezone.now().date() + timedelta(days=7),
        )

    def waive(self, words: str, asked: User, approved: User, justification: str, **terms: str) -> None:
        """Ask to go without an item, and one other person agrees."""
        self.approve(self.ask_waiver(words, asked, justification, **terms), approved)

    def approve(self, waiver: Waiver, by: User) -> None:
        """Agree to go without an item."""
        shown = waiver.sign_off.digest
        waivers.approve_waiver(waiver, shown=shown, **keyed(by))
