"""What the two-person rule allows, written a second time in plain terms: no line of it comes from the product.

People are names; a text is the number of a title and how many notes lie before the item.
"""

from dataclasses import dataclass, field

Text = tuple[int, int]
TURNED, REPEATED, DONE, REFUSED = "turned", "repeated", "done", "refused"


@dataclass(eq=False)
class Keys:
    """The keys of an item, or the approvals of a waiver: `own` says whether the first is for whoever did the work."""

    required: int
    own: bool
    text: Text
    round: int = 1
    turned: list[frozenset[str]] = field(default_factory=list)  # who signed, and for whom
    intents: list[int] = field(default_factory=list)  # of the keys that count
    contributors: set[str] = field(default_factory=set)
    editors: set[str] = field(default_factory=set)  # those of them who wrote the title
    rejected: set[Text] = field(default_factory=set)

    @property
    def signers(self) -> set[str]:
        """Everybody who turned a key that counts, or for whom somebody did."""
        return set().union(*self.turned)

    @property
    def is_settled(self) -> bool:
        """Whether no key is missing."""
        return len(self.turned) >= self.required

    def fall(self, text: Text | None = None) -> None:
        """Every key falls out; `text` is what there is to sign from now on, if that changed."""
        self.turned, self.intents = [], []
        self.text = self.text if text is None else text


@dataclass(eq=False)
class Waiver:
    """Somebody asked to go without an item."""

    by: str
    keys: Keys


@dataclass(eq=False)
class Oracle:
    """Who is who, and how everything stands."""

    members: set[str]
    reviewers: set[str]
    items: list[Keys]
    waivers: list[Waiver | None]
    manager: str
    suspended: set[str] = field(default_factory=set)
    asked: dict[str, str] = field(default_factory=dict)  # who asked whom to verify for them
    agreed: set[str] = field(default_factory=set)  # who asked somebody that agreed
    used: dict[int, tuple[str, Keys]] = field(default_factory=dict)  # whose key an intent turned, and of what
    closed: bool = False

    def counts_as(self, person: str) -> set[str]:
        """Whom they are one person with while one stands in for the other."""
        pairs = [(one, self.asked[one]) for one in self.agreed]
        return {b for a, b in pairs if a == person} | {a for a, b in pairs if b == person}

    def as_one(self, person: str, *, verifies: bool) -> set[str]:
        """The same with themselves, and with whoever is one person with those they would sign for."""
        behalf = self.verifies_for(person) if verifies else set()
        return {person}.union(*(self.counts_as(one) for one in {person} | behalf))

    def verifies_for(self, person: str) -> set[str]:
        """By whose role they verify: their own, or that of whoever asked them to."""
        if person in self.reviewers:
            return {person}
        able = self.reviewers - self.suspended
        return {one for one in self.agreed if self.asked[one] == person and one in able}

    def may_turn(self, keys: Keys, person: str) -> bool:
        """Whether they may turn the next key of it, whatever it is."""
        slot = len(keys.turned) + 1
        if self.closed or slot > keys.required or person not in self.members or person in self.suspended:
            return False
        if slot == 1 and keys.text in keys.rejected:
            return False
        as_one = self.as_one(person, verifies=slot > 1 or not keys.own)
        if as_one & keys.signers:
            return False
        if slot == 1 and keys.own:
            return True
        return not as_one & keys.contributors and bool(self.verifies_for(person))

    def is_waived(self, item: int) -> bool:
        """Whether nobody signs it because it was agreed to go without."""
        waiver = self.waivers[item]
        return waiver is not None and waiver.keys.is_settled

    def sign(self, item: int, person: str, *, shown: Text, slot: int, intent: int, is_proved: bool) -> str:
        """Turning a key of an item."""
        keys = self.items[item]
        if intent in self.used:
            return REPEATED if self._repeats(keys, person, intent) else REFUSED
        is_next = slot == len(keys.turned) + 1
        if (
            self.is_waived(item)
            or shown != keys.text
            or not is_next
            or not is_proved
            or not self.may_turn(keys, person)
        ):
            return REFUSED
        self._turn(keys, person, intent)
        return TURNED

    def approve(self, item: int, person: str, *, shown: Text, intent: int, is_proved: bool) -> str:
        """Agreeing to go without an item."""
        waiver = self.waivers[item]
        assert waiver
        if intent in self.used:
            return REPEATED if self._repeats(waiver.keys, person, intent) else REFUSED
        if self.items[item].is_settled or person == waiver.by or shown != waiver.keys.text or not is_proved:
            return REFUSED
        if not self.may_turn(waiver.keys, person):
            return REFUSED
        self._turn(waiver.keys, person, intent)
        return TURNED

    def _repeats(self, keys: Keys, person: str, intent: int) -> bool:
        return self.used[intent] == (person, keys) and intent in keys.intents

    def _turn(self, keys: Keys, person: str, intent: int) -> None:
        signs_by_role = len(keys.turned) > 0 or not keys.own
        behalf = set() if not signs_by_role or person in self.reviewers else self.verifies_for(person)
        keys.turned.append(frozenset({person} | behalf))
        keys.intents.append(intent)
        self.used[intent] = (person, keys)

    def write(self, item: int, person: str, text: Text) -> str:
        """Changing what an item says, or laying a note before it."""
        keys, waiver = self.items[item], self.waivers[item]
        if self.closed or person not in self.members:
            return REFUSED
        if text == keys.text:
            return DONE
        retitled = text[0] != keys.text[0]
        keys.fall(text)
        keys.contributors.add(person)
        if retitled:
            keys.editors.add(person)
            if waiver:
                waiver.keys.contributors.add(person)
                waiver.keys.fall((text[0], 0))
        return DONE

    def reject(self, item: int, person: str) -> str:
        """Sending an item back."""
        keys = self.items[item]
        as_one = {person} | self.counts_as(person)
        if self.closed or not keys.turned or person not in self.members & self.reviewers or as_one & keys.signers:
            return REFUSED
        keys.rejected.add(keys.text)
        keys.round += 1
        keys.fall()
        return DONE

    def ask_waiver(self, item: int, person: str) -> str:
        """Asking to go without an item."""
        keys = self.items[item]
        if self.closed or person not in self.members or self.waivers[item] or keys.is_settled:
            return REFUSED
        approvals = Keys(2 if item == 0 else 1, own=False, text=(keys.text[0], 0))
        approvals.contributors = {person} | keys.editors
        self.waivers[item] = Waiver(person, approvals)
        return DONE

    def end_waiver(self, item: int, person: str) -> str:
        """Refusing a waiver, or taking it back."""
        waiver = self.waivers[item]
        assert waiver
        if self.closed or person not in self.members or person not in {waiver.by} | self.reviewers:
            return REFUSED
        self.waivers[item] = None
        return DONE

    def delegate(self, person: str, to: str) -> str:
        """Asking somebody to verify for oneself."""
        if person in self.asked or person in self.suspended:
            return REFUSED
        if person not in self.members & self.reviewers or to not in self.members - {person}:
            return REFUSED
        self.asked[person] = to
        return DONE

    def agree(self, person: str) -> str:
        """Agreeing to verify for whoever asked."""
        if self.asked[person] in self.suspended:
            return REFUSED
        self.agreed.add(person)
        return DONE

    def only_read(self, person: str) -> None:
        """They read from now on, and hold nothing else."""
        self.members.discard(person)
        self.reviewers.discard(person)
        for one in [one for one, other in self.asked.items() if person in (one, other)]:
            self.end_delegation(one)

    def end_delegation(self, person: str) -> None:
        """Nobody stands in for them any more."""
        del self.asked[person]
        self.agreed.discard(person)
