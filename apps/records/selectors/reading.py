"""How a fact is taken over from rows of the tables."""

from typing import Any
from uuid import UUID

from apps.records.document import facts
from apps.signoff.models import Signature
from apps.signoff.rules import Meaning

from . import words


def read(shape: Any, *rows: object, **more: object) -> Any:
    """A fact of this shape: what `more` says, and every other field as the first row says that has it.

    Who did something is the name that the row keeps beside them: what they were called then.
    """
    for name in set(shape._fields) - more.keys():
        columns = ((row, column) for row in rows for column in (f"{name}_name", name))
        more[name] = frozen(next(getattr(row, column) for row, column in columns if hasattr(row, column)))
    return shape(**more)


def frozen(value: object) -> object:
    match value:
        case UUID():
            return str(value)
        case list():
            return tuple(value)
    return value


def signature(signature: Signature) -> facts.Signature:
    meaning = words.MEANINGS[Meaning(signature.meaning)]
    person = str(signature.signer_id)
    return read(facts.Signature, signature, meaning=meaning, at=signature.signed_at, person=person)
