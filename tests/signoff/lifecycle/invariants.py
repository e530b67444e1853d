"""What holds of the tables after every act, whoever did it and however it ended; read by no code that signs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from apps.core.statements import as_uuid, fetched
from apps.deployments.models import Deployment
from apps.signoff.rules import Cause, Meaning

# As SQL text: they are asked after every act, and no code that could be wrong stands between them and the tables.
SIGN_OFFS = """
SELECT id, revision, round, digest, required, contributor_keys, closed_at IS NOT NULL, opened_at IS NOT NULL
FROM signoff_signoff WHERE stream = %s
"""
KEYS = """
SELECT k.id, k.sign_off_id, k.revision, k.slot, k.signer_id, k.on_behalf_id, k.meaning, k.digest, k.intent,
  r.person_id = k.signer_id AND k.signed_at BETWEEN r.began_at AND r.ends_at,
  EXISTS (SELECT 1 FROM accounts_grant g WHERE g.person_id = COALESCE(k.on_behalf_id, k.signer_id)
    AND g.team_id = s.team_id AND g.role = s.verifier AND g.granted_at IS NOT NULL AND g.ended_at IS NULL)
FROM signoff_signature k JOIN signoff_signoff s ON s.id = k.sign_off_id
JOIN factors_signingseries r ON r.id = k.series_id WHERE s.stream = %s ORDER BY k.slot
"""
CONTRIBUTIONS = """
SELECT c.sign_off_id, c.person_id, c.round FROM signoff_contribution c
JOIN signoff_signoff s ON s.id = c.sign_off_id WHERE s.stream = %s
"""
REVISIONS = """
SELECT r.sign_off_id, r.number, r.digest, r.cause, r.by_id, r.invalidated FROM signoff_revision r
JOIN signoff_signoff s ON s.id = r.sign_off_id WHERE s.stream = %s
"""
REJECTIONS = """
SELECT r.sign_off_id, r.revision, r.person_id, r.reason FROM signoff_rejection r
JOIN signoff_signoff s ON s.id = r.sign_off_id WHERE s.stream = %s
"""
WHOLE = """
SELECT (SELECT COUNT(*) FROM ledger_entry e JOIN ledger_stream l ON l.name = e.stream_id
  WHERE l.name = %s AND e.kind IN ('item.signed', 'waiver.approved')),
  (SELECT state FROM deployments_deployment WHERE id = %s)
"""


class Stored(NamedTuple):
    """A sign-off as it is stored."""

    id: UUID
    revision: int
    round: int
    digest: str
    required: int
    contributor_keys: int
    is_closed: bool
    is_opened: bool


class Key(NamedTuple):
    """A signature as it is stored.

    is_proved: in a series of its own person, within its time. has_role: who verifies by it does so now.
    """

    id: UUID
    sign_off: UUID
    revision: int
    slot: int
    signer: UUID
    behalf: UUID | None
    meaning: str
    digest: str
    intent: Any
    is_proved: bool
    has_role: bool

    @property
    def people(self) -> frozenset[UUID]:
        """Who signed, and for whom."""
        return frozenset({self.signer, self.behalf} - {None})


@dataclass(frozen=True)
class Tables:
    """All there is of the sign-offs of one deployment."""

    sign_offs: dict[UUID, Stored]
    keys: list[Key]
    contributions: set[tuple[UUID, UUID, int]]
    revisions: set[tuple[Any, ...]]
    rejections: set[tuple[Any, ...]]
    notified: int
    is_over: bool

    @classmethod
    def read(cls, deployment: Deployment) -> "Tables":
        """As they are now."""
        stream = deployment.stream
        notified, state = fetched(WHOLE, stream, deployment.pk)[0]
        return cls(
            sign_offs={as_uuid(row[0]): Stored(as_uuid(row[0]), *row[1:]) for row in fetched(SIGN_OFFS, stream)},
            keys=[
                Key(as_uuid(pk), as_uuid(one), revision, slot, as_uuid(signer), behalf and as_uuid(behalf), *rest)
                for pk, one, revision, slot, signer, behalf, *rest in fetched(KEYS, stream)
            ],
            contributions={
                (as_uuid(one), as_uuid(person), number) for one, person, number in fetched(CONTRIBUTIONS, stream)
            },
            revisions={(as_uuid(row[0]), *row[1:]) for row in fetched(REVISIONS, stream)},
            rejections={(as_uuid(row[0]), *row[1:]) for row in fetched(REJECTIONS, stream)},
            notified=notified,
            is_over=state == "closed",
        )

    def turned(self, sign_off: Stored) -> list[Key]:
        """The keys that count, in order."""
        return [key for key in self.keys if (key.sign_off, key.revision) == (sign_off.id, sign_off.revision)]

    def contributors(self, sign_off: Stored) -> set[UUID]:
        """Who ever worked on it."""
        return {person for one, person, _ in self.contributions if one == sign_off.id}

    def fresh(self, before: "Tables") -> list[Key]:
        """The keys that were turned since."""
        known = {key.id for key in before.keys}
        return [key for key in self.keys if key.id not in known]


def distinct_people(before: Tables, now: Tables) -> bool:
    """Nobody turned two keys that count, for themselves or for another."""
    for sign_off in now.sign_offs.values():
        people = [one for key in now.turned(sign_off) for one in key.people]
        if len(people) != len({*people}):
            return False
    return True


def no_contributor_verifies(before: Tables, now: Tables) -> bool:
    """Who worked on it, or those for whom they sign, turned none of the keys of others."""
    for sign_off in now.sign_offs.values():
        keys = now.turned(sign_off)[sign_off.contributor_keys :]
        if any(key.people & now.contributors(sign_off) for key in keys):
            return False
    return True


def nothing_stale_counts(before: Tables, now: Tables) -> bool:
    """A key that counts covers what is to be signed now."""
    return all(key.digest == each.digest for each in now.sign_offs.values() for key in now.turned(each))


def in_order(before: Tables, now: Tables) -> bool:
    """The keys of each revision are numbered from 1 without a gap, and no more than it takes."""
    numbered: dict[tuple[UUID, int], list[int]] = {}
    for key in now.keys:
        numbered.setdefault((key.sign_off, key.revision), []).append(key.slot)
    return all(
        sorted(slots) == [*range(1, len(slots) + 1)] and len(slots) <= now.sign_offs[pk].required
        for (pk, _), slots in numbered.items()
    )


def meanings_of_slots(before: Tables, now: Tables) -> bool:
    """A first key that whoever did the work may turn says so, and no other key does."""
    return all(
        (key.meaning == Meaning.PERFORMED) == (key.slot <= now.sign_offs[key.sign_off].contributor_keys)
        for key in now.keys
    )


def verified_by_whoever_holds_the_role(before: Tables, now: Tables) -> bool:
    """A key of others that was turned by this act: its person, or whoever they sign for, verifies at this moment."""
    fresh = now.fresh(before)
    return all(key.has_role for key in fresh if key.slot > now.sign_offs[key.sign_off].contributor_keys)


def frozen_when_closed(before: Tables, now: Tables) -> bool:
    """Of what was closed nothing changes, and nobody signs it any more."""
    closed = {pk for pk, each in before.sign_offs.items() if each.is_closed}
    stays = all(before.sign_offs[pk] == now.sign_offs[pk] for pk in closed)
    return stays and not any(key.sign_off in closed for key in now.fresh(before))


def closed_with_its_deployment(before: Tables, now: Tables) -> bool:
    """A deployment that is over has nothing that could be signed."""
    return not now.is_over or all(each.is_closed for each in now.sign_offs.values())


def changed_after_a_rejection(before: Tables, now: Tables) -> bool:
    """What was sent back is not signed as it stood."""
    sent_back = {(one, digest) for one, _, digest, cause, *_ in now.revisions if cause == Cause.REJECTED}
    return not any((key.sign_off, key.digest) in sent_back for key in now.fresh(before) if key.slot == 1)


def one_intent_one_key(before: Tables, now: Tables) -> bool:
    """A click is one signature, however often it is sent."""
    return len({key.intent for key in now.keys}) == len(now.keys)


def proved_by_its_person(before: Tables, now: Tables) -> bool:
    """Each key was turned in a series of its own person, within its time."""
    return all(key.is_proved for key in now.keys)


def nothing_goes_away(before: Tables, now: Tables) -> bool:
    """What was signed, revised, sent back or contributed stays as it was, and the chain tells of every key."""
    stays = (
        {key[:-1] for key in before.keys} <= {key[:-1] for key in now.keys}
        and before.revisions <= now.revisions
        and before.rejections <= now.rejections
        and before.contributions <= now.contributions
    )
    numbers: dict[UUID, list[int]] = {pk: [1] for pk in now.sign_offs}
    for sign_off, number, *_ in now.revisions:
        numbers[sign_off].append(number)
    counted = all(sorted(found) == [*range(1, now.sign_offs[pk].revision + 1)] for pk, found in numbers.items())
    return stays and counted and now.notified == len(now.keys)


INVARIANTS: tuple[Callable[[Tables, Tables], bool], ...] = (
    distinct_people,
    no_contributor_verifies,
    nothing_stale_counts,
    in_order,
    meanings_of_slots,
    verified_by_whoever_holds_the_role,
    frozen_when_closed,
    closed_with_its_deployment,
    changed_after_a_rejection,
    one_intent_one_key,
    proved_by_its_person,
    nothing_goes_away,
)


def broken(before: Tables, now: Tables) -> list[str]:
    """The names of those that do not hold after an act."""
    return [each.__name__ for each in _broken(before, now)]


def _broken(before: Tables, now: Tables) -> Iterator[Callable[[Tables, Tables], bool]]:
    return (each for each in INVARIANTS if not each(before, now))
