"""Comparing sign-offs with what the ledger says: revisions and why keys fell, signatures, rejections, contributors."""

from collections.abc import Iterator
from typing import Any

from apps.deployments.models import Deployment
from apps.deployments.rules import PINNED
from apps.ledger.chain import Fault
from apps.ledger.selectors import Told, differences, in_one_only
from apps.signoff.models import Rejection, Revision, Signature, SignOff
from apps.signoff.rules import REJECTED

from .replay import Expected, Matter

OWNERS = ("item__deployment", "waiver__item__deployment", "sheet__deployment")
# Why a revision began, by the kind of its entry: what the application writes after the name of who did it.
REASONS = {
    "item.edited": (" changed the text", " changed the item’s text"),
    "item.filled_in": (" changed the result",),
    "evidence.attached": (" added “{title}”",),
    "evidence.removed": (" took “{title}” away",),
    "sheet.completed": (" completed the sheet", " completed the sheet again"),
}
NAMELESS = {"item.signed": PINNED, "item.rejected": REJECTED, "sheet.sent_back": REJECTED}


def of_matter(
    deployment: Deployment,
    expected: Expected,
    sign_off: SignOff,
    matter: Matter,
    name: str,
    *,
    required: int,
) -> Iterator[Fault]:
    """What differs in one sign-off and its revisions."""
    contributors = {(c.round, str(c.person_id)) for c in sign_off.contributions.all()}
    facts = {
        "revision": (sign_off.revision, matter.revision),
        "round": (sign_off.round, matter.round),
        "digest": (sign_off.digest, matter.digest or sign_off.digest),
        "number of keys": (sign_off.required, required),
        "number of keys for contributors": (sign_off.contributor_keys, matter.contributor_keys),
        "list of contributors": (sorted(contributors), sorted(matter.contributors)),
        "team": (sign_off.team_id, deployment.team_id),
        "closing": (sign_off.closed_at is None, deployment.closed_at is None),
    }
    yield from differences(matter.told, name, facts)
    for told, what in matter.wrong:
        yield Fault(told.stream, told.sequence, f"{name}: {what}")
    rows = {row.number: row for row in sign_off.revisions.all()}
    called = {number: f"revision {number} of {name}" for number in rows}
    begun = {number: told for number, (told, _) in matter.begun.items()}
    yield from in_one_only(deployment.stream, f"revision of {name}", called, begun)
    for number, (told, digest) in matter.begun.items():
        if row := rows.get(number):
            facts = {
                "person": (row.by_id, told.actor),
                "number of keys that fell": (row.fell, len(matter.signers.get(number - 1, ()))),
                "reason": (row.why in _reasons(row, told, expected), True),
                "digest": (row.digest, digest or row.digest),
            }
            yield from differences(told, called[number], facts)


def _reasons(row: Revision, told: Told, expected: Expected) -> set[str]:
    """What may stand as the reason for a revision that began with this entry."""
    if told.kind in NAMELESS:
        return {NAMELESS[told.kind]}
    if expected.people is None:
        return {row.why}
    endings = [ending.format(title=told.said.get("title", "")) for ending in REASONS[told.kind]]
    return {f"{name}{ending}"[:300] for name in expected.people.called.get(told.actor, ()) for ending in endings}


def of_signatures(deployment: Deployment, expected: Expected) -> Iterator[Fault]:
    columns = ("id", "revision", "slot", "signer_id", "name", "meaning", "digest", "signed_at")
    rows: dict[str, dict[str, Any]] = {}
    for owner, path in zip(("item", "waiver", "sheet"), OWNERS, strict=True):
        found = Signature.objects.filter(**{f"sign_off__{path}": deployment}).order_by("signed_at")
        for row in found.values(*columns, f"sign_off__{owner}"):
            rows[str(row["id"])] = row | {"owner": owner, "of": row[f"sign_off__{owner}"]}
    names = {key: f"key {row['slot']} of {row['owner']} by {row['name']}" for key, row in rows.items()}
    yield from in_one_only(deployment.stream, "signature", names, expected.signatures)
    for key, told in expected.signatures.items():
        row = rows.get(key)
        if row is None:
            continue
        facts = {
            "signed matter": (row["of"], told.said.get(told.kind.partition(".")[0])),
            "revision": (row["revision"], told.said["rev"]),
            "key": (row["slot"], told.said["slot"]),
            "signer": (row["signer_id"], told.actor),
            "name": (row["name"], told.said["name"]),
            "meaning": (row["meaning"], told.said["meaning"]),
            "digest": (row["digest"], told.said["rev_digest"]),
            "time": (row["signed_at"], told.said["signed_at"]),
        }
        yield from differences(told, "the signature", facts)


def of_rejections(deployment: Deployment, expected: Expected) -> Iterator[Fault]:
    rows: dict[str, Rejection] = {}
    owners: dict[str, Any] = {}
    for owner, path in zip(("item", "waiver", "sheet"), OWNERS, strict=True):
        found = Rejection.objects.filter(**{f"sign_off__{path}": deployment}).select_related(f"sign_off__{owner}")
        rows |= {str(row.id): row for row in found}
        owners |= {str(row.id): getattr(row.sign_off, owner).id for row in found}
    names = {key: f"the rejection by {row.name}" for key, row in rows.items()}
    yield from in_one_only(deployment.stream, "rejection", names, expected.rejections)
    for key, told in expected.rejections.items():
        row = rows.get(key)
        if row is None:
            continue
        facts = {
            "rejected matter": (owners[key], told.said.get(told.kind.partition(".")[0])),
            "revision": (row.revision, told.said["rev"] - 1),
            "person": (row.person_id, told.actor),
            "name": (row.name, told.said["name"]),
            "reason": (row.reason, told.said["reason"]),
            "time": (row.rejected_at, told.said["rejected_at"]),
        }
        yield from differences(told, "the rejection", facts)
