"""What the rows of sign-offs say against what was signed: their subjects, their passkeys, what belongs to nothing."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from apps.core.statements import as_uuid, fetched
from apps.factors import assertions
from apps.ledger.chain import Fault
from apps.ledger.selectors import RowProofs, batched
from apps.signoff.models import (
    Signature,
    SignOff,
    Withdrawal,
    signable_models,
)
from apps.signoff.rules import (
    WITHDRAWS,
    content_digest,
    turn_of,
)

# Of each subject that somebody signed: its id, and the last revision a key was turned on.
NEWEST = """
SELECT o.id, MAX(s.revision) FROM {table} o JOIN signoff_signature s ON s.sign_off_id = o.sign_off_id
GROUP BY o.id ORDER BY o.id
"""


def content_faults(proofs: RowProofs) -> Iterator[Fault]:
    """Subjects whose rows say something else than what their turned keys cover, or need more keys than were asked."""
    for model in signable_models():
        statement = NEWEST.format(table=connection.ops.quote_name(model._meta.db_table))
        for found in batched(fetched(statement)):
            batch = {as_uuid(pk): newest for pk, newest in found}
            for row in model.with_covered(batch.keys()):
                if row.sign_off.required < row.needed_keys:
                    yield proofs.fault(row.sign_off, f"{row.called} needs more keys than its sign-off asks for")
                if row.sign_off.contributor_keys > row.contributor_keys:
                    yield proofs.fault(row.sign_off, f"whoever worked on {row.called} may turn more keys than one may")
                if getattr(row, "passkey", False) and not row.sign_off.passkey:
                    yield proofs.fault(row.sign_off, f"the keys of {row.called} take a passkey, and its sign-off none")
                if row.sign_off.verifier != row.verifier:
                    yield proofs.fault(row.sign_off, f"the keys of {row.called} are for another role")
                if _turned_by(row.authors(), row.sign_off):
                    yield proofs.fault(row.sign_off, f"who wrote what {row.called} covers turned a key of others")
                content = row.covered() if batch[row.pk] == row.sign_off.revision else None
                if content is not None and content_digest(content) != row.sign_off.digest:
                    yield proofs.fault(row.sign_off, f"the content of {row.called} is not the one its keys cover")


def _turned_by(people: set[UUID], sign_off: SignOff) -> bool:
    """Whether one of them turned a key that others turn and that counts now; reads prefetched signatures."""
    return bool(people) and any(key.people & people and key.slot > sign_off.contributor_keys for key in sign_off.turned)


def assertion_faults(proofs: RowProofs) -> Iterator[Fault]:
    """What passkeys signed that their public keys do not confirm, or that says other keys than they turned."""
    signed = Signature.objects.exclude(assertion=None).select_related("assertion").order_by("pk")
    for key in signed.iterator(chunk_size=1000):
        found = key.assertion
        turn = turn_of(key.sign_off_id, key.digest, key.slot, key.meaning)
        if why := _why_wrong(found, turn, key.signer_id, key.signed_at):
            yield proofs.fault(key, f"{key}: {why}")
    taken_back = Withdrawal.objects.exclude(assertion=None).select_related("assertion", "signature").order_by("pk")
    for each in taken_back.iterator(chunk_size=1000):
        found, key = each.assertion, each.signature
        turn = turn_of(each.sign_off_id, key.digest, key.slot, WITHDRAWS)
        if why := _why_wrong(found, turn, each.person_id, each.withdrawn_at):
            yield proofs.fault(each, f"{each}: {why}")


def _why_wrong(found: Any, turn: Mapping[str, Any], person: UUID, at: datetime) -> str:
    return assertions.why_wrong(found.statement, found.answer, found.public_key, turn, str(person), at)


def orphans() -> Iterator[Fault]:
    """Sign-offs whose subject is not there, or has another sign-off."""
    tables = {str(model._meta.model_name): model._meta.db_table for model in signable_models()}
    kinds = [*tables]
    owners = "".join(f", CAST({kind}.id AS text)" for kind in kinds)  # as stored, whatever stands there
    joins = " ".join(f"LEFT JOIN {table} {kind} ON {kind}.sign_off_id = s.id" for kind, table in tables.items())
    statement = f"SELECT s.stream, s.subject{owners} FROM signoff_signoff s {joins} ORDER BY s.stream, s.subject"
    for stream, subject, *pks in fetched(statement):
        named = [f"{kind}:{pk.replace('-', '')}" for kind, pk in zip(kinds, pks, strict=True) if pk]
        if named != [subject]:
            what = f"the sign-off of {subject} belongs to nothing" + "".join(f", it is that of {one}" for one in named)
            yield Fault(stream, None, what)
