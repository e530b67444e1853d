"""How the items of a deployment stand, read for many items at once in one statement.

The statement is SQL text: putting the same question together with the ORM takes three queries and ten times
the CPU that answering it takes, and a board asks it after every change (docs/decisions/0018).
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from apps.core.statements import as_day, as_moment, as_uuid, fetched, list_of
from apps.deployments.models import Deployment
from apps.deployments.rules import (
    ItemFacts,
    cause_in_words,
    item_proof,
    item_state,
    last_fall,
    reason_to_block,
    waiver_state,
)
from apps.deployments.states import DONE, ELSEWHERE, SETTLED, ItemState, WaiverState
from apps.evidence.rules import Proof
from apps.probes.states import State as ProbeState
from apps.signoff.rules import Cause, of_one_browser

# What an item shows besides names of members changes only together with one of these:
# number, version, its probe's version, its owner's name.
Key = tuple[int, int, int | None, str | None]
KEYS = """
SELECT i.number, i.version, p.version, COALESCE(NULLIF(i.owner_name, ''), u.full_name)
FROM deployments_item i
LEFT JOIN accounts_user u ON u.id = i.owner_id AND (i.owner_name <> '' OR %s AND EXISTS (
  SELECT 1 FROM accounts_membership m WHERE m.user_id = i.owner_id AND m.team_id = %s))
LEFT JOIN probes_probe p ON p.id = i.probe_id
WHERE i.deployment_id = %s ORDER BY i.number
"""
SUMMARIES = """
SELECT i.number, i.version, p.version, COALESCE(NULLIF(i.owner_name, ''), u.full_name),
       i.id, i.section_id, i.title, i.critical, u.id, s.digest, s.required, s.revision,
       p.id, r.state, r.explanation, r.value, r.unit,
       (SELECT COUNT(*) FROM deployments_attachment a WHERE a.item_id = i.id AND a.removed_at IS NULL),
       ({list_of_signatures} signoff_signature g WHERE g.sign_off_id = s.id),
       ({list_of_contributors} signoff_contribution c WHERE c.sign_off_id = s.id),
       CASE WHEN s.revision > 1 THEN
         ({list_of_changes} signoff_revision n
          WHERE n.sign_off_id = s.id AND n.invalidated > 0 AND n.cause <> '{rejected}')
       END,
       CASE WHEN s.round > 1 THEN ({list_of_rejections} signoff_rejection j WHERE j.sign_off_id = s.id) END,
       COALESCE(NULLIF(r.digest, ''), CAST(r.id AS TEXT), ''), v.required, w.requested_by_id, w.requested_by_name,
       w.requested_browser,
       CASE WHEN v.id IS NOT NULL THEN
         ({list_of_signatures} signoff_signature g WHERE g.sign_off_id = v.id AND g.revision = v.revision)
       END,
       i.inapplicable, i.key = '', i.depth, i.owner_role, i.minutes, i.max_age_days,
       CAST(i.evidence_kinds AS TEXT), CAST(i.controls AS TEXT), r.counts_as,
       CASE WHEN w.expired_at IS NULL THEN w.expires_at ELSE w.requested_at END,
       CASE WHEN i.max_age_days IS NOT NULL OR CAST(i.evidence_kinds AS TEXT) <> '[]' THEN
         ({list_of_proof} (SELECT e.kind, MIN(e.added_at) AS since
          FROM deployments_attachment a JOIN evidence_evidence e ON e.id = a.evidence_id
          WHERE a.item_id = i.id AND a.removed_at IS NULL GROUP BY e.kind) k)
       END,
       CASE WHEN CAST(i.evidence_kinds AS TEXT) LIKE '%%"field"%%' THEN CAST(i.fill_ins AS TEXT) END,
       CASE WHEN CAST(i.evidence_kinds AS TEXT) LIKE '%%"field"%%' THEN i.result END,
       CASE WHEN i.max_age_days IS NOT NULL THEN
         (SELECT g.signed_at FROM signoff_signature g
          WHERE g.sign_off_id = s.id AND g.revision = s.revision AND g.slot = 1)
       END,
       p.kind, r.finished_at, i.due_on{origin}
FROM deployments_item i
JOIN signoff_signoff s ON s.id = i.sign_off_id
LEFT JOIN accounts_user u ON u.id = i.owner_id AND (i.owner_name <> '' OR %s AND EXISTS (
  SELECT 1 FROM accounts_membership m WHERE m.user_id = i.owner_id AND m.team_id = %s))
LEFT JOIN probes_probe p ON p.id = i.probe_id
LEFT JOIN probes_run r ON r.id = p.latest_run_id
LEFT JOIN deployments_waiver w ON w.item_id = i.id AND w.ended_at IS NULL
LEFT JOIN signoff_signoff v ON v.id = w.sign_off_id{of_origin}
WHERE i.deployment_id = %s {which} ORDER BY i.number
"""
COLUMNS = {
    "list_of_signatures": "g.slot, g.revision, g.signer_id, g.name, g.browser",
    "list_of_contributors": "c.person_id",
    "list_of_changes": "n.number, n.cause, n.name, n.concerns",
    "list_of_proof": "k.kind, k.since",
    "list_of_rejections": "j.revision, j.reason",
    "list_of_origin_keys": "g.slot, g.revision, g.signer_id, g.name, g.browser, g.signed_at",
}
# What only a deployment asks that runs another one again: where the items that it carries over were signed.
ORIGIN = """,
       e.number, o.number, y.digest, ({list_of_origin_keys} signoff_signature g
         WHERE g.sign_off_id = y.id AND g.revision = y.revision)"""
OF_ORIGIN = """
LEFT JOIN deployments_carrieditem c ON c.item_id = i.id AND c.opened_at IS NULL
LEFT JOIN deployments_item o ON o.id = c.origin_id
LEFT JOIN signoff_signoff y ON y.id = o.sign_off_id
LEFT JOIN deployments_deployment e ON e.id = o.deployment_id"""
NO_ORIGIN = {"origin": "", "of_origin": ""}


@dataclass(frozen=True, slots=True)
class TurnedKey:
    """One key that counts now."""

    slot: int
    signer: UUID
    name: str
    browser: str


@dataclass(frozen=True, slots=True)
class OfTemplate:
    """What the template says of an item besides its text: shown, and not judged yet. None and empty where nothing.

    `is_added`: it is not in the template; `depth`: how deep it is nested, from 0.
    """

    is_added: bool = False
    depth: int = 0
    owner_role: str = ""
    minutes: int | None = None
    max_age_days: int | None = None
    evidence_kinds: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()


PLAIN = OfTemplate()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an item that is carried over was signed: what people call that deployment, the number of the item there.

    `digest` is what those keys covered, `at` when the last of them was turned.
    """

    code: str
    item: int
    digest: str
    signed: tuple[TurnedKey, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class ItemSummary:
    """One item as boards, lists, sheet and verdict see it, the same for every viewer.

    `digest` is what keys cover; `run` the digest of its probe's latest run, the run's id before that has a result;
    `origin` where it was signed if it is carried over. `due_on` is a day in UTC. `ends` is when its waiver expires, if
    that is to come; it stands so until `changes`, when that does, its proof becomes too old or its day is over.
    """

    id: UUID
    number: int
    section: int
    title: str
    critical: bool
    owner: UUID | None
    owner_name: str
    digest: str
    facts: ItemFacts
    signed: tuple[TurnedKey, ...]
    waiver_signed: tuple[TurnedKey, ...]
    waiver_required: int
    waiver_requested_by: UUID | None
    waiver_requested_by_name: str
    contributors: frozenset[UUID]
    invalidated_names: tuple[str, ...]
    evidence: int
    is_of_one_browser: bool
    run: str
    measured: str
    of_template: OfTemplate
    origin: Origin | None
    due_on: date | None
    is_overdue: bool
    ends: datetime | None
    changes: datetime | None
    key: Key
    state: ItemState = field(init=False)
    reason: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "state", item_state(self.facts))
        object.__setattr__(self, "reason", reason_to_block(self.facts))

    @property
    def is_settled(self) -> bool:
        """Whether it blocks nothing."""
        return self.state in SETTLED

    @property
    def lacks_keys(self) -> bool:
        """Whether keys are missing, and nothing lets it through without."""
        return not self.is_settled and self.facts.turned < self.facts.required

    @property
    def is_done(self) -> bool:
        """Whether it counts as done."""
        return self.state in DONE

    @property
    def is_here(self) -> bool:
        """Whether it is among those that are to be done: it applies, and is not carried over."""
        return self.state not in ELSEWHERE


def item_keys(deployment: Deployment) -> list[Key]:
    """What tells for each item in order whether it changed; one query."""
    return [tuple(row) for row in fetched(KEYS, *_owners(deployment), deployment.pk)]


def summaries(deployment: Deployment, numbers: Collection[int] | None = None) -> list[ItemSummary]:
    """The items of a deployment in order, or those with these numbers only; one query."""
    if numbers is not None and not numbers:
        return []
    which = "" if numbers is None else f"AND i.number IN ({', '.join(['%s'] * len(numbers))})"
    lists = {name: list_of(columns) for name, columns in COLUMNS.items()}
    asked = {"origin": ORIGIN.format(**lists), "of_origin": OF_ORIGIN} if deployment.parent_id else NO_ORIGIN
    statement = SUMMARIES.format(**lists, **asked, rejected=Cause.REJECTED.value, which=which)
    return [
        _summary(deployment, row) for row in fetched(statement, *_owners(deployment), deployment.pk, *(numbers or ()))
    ]


def _owners(deployment: Deployment) -> tuple[bool, UUID]:
    """Of what is still open, members of the team are owners, and who left is not; in the end their names are stored."""
    return not deployment.is_over, deployment.team_id


def _summary(deployment: Deployment, row: tuple[Any, ...]) -> ItemSummary:
    key, (pk, section, title, critical, owner, digest), revision = row[:4], row[4:10], row[11]
    evidence, keys, contributors, *_, run, _, asked_by, _, asked_in, approvals = row[17:28]
    turned = json.loads(keys)
    signed, approved = _turned(key for key in turned if key[1] == revision), _turned(json.loads(approvals or "[]"))
    facts = _facts(row, turned=len(signed), approvals=len(approved), now=deployment.judged_at)
    return ItemSummary(
        id=as_uuid(pk),
        number=key[0],
        section=section,
        title=title,
        critical=bool(critical),
        owner=as_uuid(owner) if owner else None,
        owner_name=key[3] or "",
        digest=digest,
        facts=facts,
        signed=signed,
        waiver_signed=approved,
        **_waiver(row),
        **_times(deployment, row, facts),
        contributors=frozenset(UUID(person) for (person,) in json.loads(contributors)),
        invalidated_names=() if signed else _invalidated(facts, turned),
        evidence=evidence,
        is_of_one_browser=_is_of_one_browser(signed) or _is_of_one_browser(approved, asked_by, asked_in),
        run=run,
        measured=f"{row[15] or ''} {row[16] or ''}".strip(),
        of_template=_of_template(*row[29:36]),
        origin=_origin(deployment, row),
        key=key,
    )


def _invalidated(facts: ItemFacts, turned: list[list[Any]]) -> tuple[str, ...]:
    """Whose keys fell out last, by a change."""
    fallen = facts.fall.revision - 1 if facts.fall and not facts.fall.is_rejection else None
    return tuple(name for _, number, _, name, _ in sorted(turned) if number == fallen)


def _is_carried(row: tuple[Any, ...]) -> bool:
    return row[45:46] not in ((), (None,))


def _origin(deployment: Deployment, row: tuple[Any, ...]) -> Origin | None:
    if not _is_carried(row):
        return None
    number, item, digest, keys = row[45:]
    turned = sorted(json.loads(keys))
    at = max(as_moment(moment) for *_, moment in turned)
    return Origin(f"{deployment.team.code}-{number}", item, digest, _turned(key[:5] for key in turned), at)


def _of_template(
    is_added: int, depth: int, role: str, minutes: int | None, max_age: int | None, kinds: str, controls: str
) -> OfTemplate:
    if not (is_added or depth or role or minutes) and max_age is None and kinds == controls == "[]":
        return PLAIN
    return OfTemplate(
        bool(is_added), depth, role, minutes, max_age, tuple(json.loads(kinds)), tuple(json.loads(controls))
    )


def _is_of_one_browser(keys: Iterable[TurnedKey], asked_by: Any = None, asked_in: str = "") -> bool:
    asked = [(as_uuid(asked_by), "", asked_in)] if asked_by else []
    return bool(of_one_browser([*asked, *((key.signer, key.name, key.browser) for key in keys)]))


def _facts(row: tuple[Any, ...], *, turned: int, approvals: int, now: datetime) -> ItemFacts:
    required, (probe, status, explanation), (changes, rejections) = row[10], row[12:15], row[20:22]
    return ItemFacts(
        turned=turned,
        required=required,
        fall=last_fall(_changes(changes), json.loads(rejections or "[]")),
        inapplicable=row[28],
        carried=_is_carried(row),
        waiver=_waiver_state(row, approvals=approvals, now=now),
        has_probe=probe is not None,
        probe=ProbeState(status) if status else None,
        probe_explanation=explanation or "",
        probe_counts_as=row[36] or "",
        proof=_proof(row, now=now),
    )


def _proof(row: tuple[Any, ...], *, now: datetime) -> Proof | None:
    pieces, blanks, result, signed_at, probe_kind, finished_at = row[38:44]
    if pieces is None:
        return None
    return item_proof(
        json.loads(row[34]),
        row[33],
        {kind: as_moment(since) for kind, since in json.loads(pieces)},
        probe_kind=probe_kind,
        finished_at=as_moment(finished_at) if finished_at else None,
        fill_ins=json.loads(blanks or "[]"),
        result=result or "",
        signed_at=as_moment(signed_at) if signed_at else None,
        now=now,
    )


def _waiver_state(row: tuple[Any, ...], *, approvals: int, now: datetime) -> WaiverState | None:
    required, end = row[23], row[37]
    if required is None:
        return None
    return waiver_state(is_ended=False, is_past=as_moment(end) <= now, approvals=approvals, required=required)


def _waiver(row: tuple[Any, ...]) -> dict[str, Any]:
    """What is shown of its waiver besides who approved it."""
    required, asked_by, asked_name = row[23:26]
    return {
        "waiver_required": required or 0,
        "waiver_requested_by": as_uuid(asked_by) if asked_by else None,
        "waiver_requested_by_name": asked_name or "",
    }


def _times(deployment: Deployment, row: tuple[Any, ...], facts: ItemFacts) -> dict[str, Any]:
    """When it is due, when its waiver ends, and when it stands otherwise without anybody's doing."""
    now, due, ends = deployment.judged_at, as_day(row[44]), _ends(deployment, row, facts)
    is_open = not deployment.is_over and item_state(facts) not in SETTLED
    return {
        "due_on": due,
        "is_overdue": due is not None and is_open and due < now.date(),
        "ends": ends[0],
        "changes": min(filter(None, (*ends, day_ends(due, now) if is_open else None)), default=None),
    }


def _ends(deployment: Deployment, row: tuple[Any, ...], facts: ItemFacts) -> tuple[datetime | None, datetime | None]:
    """When its waiver expires and when its proof becomes too old, as far as that is to come."""
    if deployment.is_over:
        return None, None
    end = row[37] and as_moment(row[37])
    stale = facts.proof.stale_at if facts.proof and not facts.proof.is_stale else None
    return end if end and end > deployment.judged_at else None, stale


def day_ends(due: date | None, now: datetime) -> datetime | None:
    """When a day in UTC is over, if that is to come."""
    end = datetime.combine(due, time(), UTC) + timedelta(days=1) if due else None
    return end if end and end > now else None


def _changes(written: str | None) -> list[tuple[int, str]]:
    """(revision begun, why) of the changes that invalidated keys."""
    found = json.loads(written) if written else []
    return [(number, cause_in_words(cause, name=name, concerns=concerns)) for number, cause, name, concerns in found]


def _turned(keys: Iterable[list[Any]]) -> tuple[TurnedKey, ...]:
    return tuple(TurnedKey(slot, UUID(signer), name, browser) for slot, _, signer, name, browser in sorted(keys))
