"""Who did something is called as they were then: the name stands in a column beside the person (decision 30)."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db.models import ForeignKey, Model

from apps.accounts.models import User

# Columns that say how it is now: who owns (until the end, decision 36), who is a member and what, whose name it is.
OF_NOW = {"item.owner", "rollbackplan.owner", "membership.user", "takenname.user", "grant.person", "notice.person"}
OF_NOW |= {"delivery.person", "reach.person"}
OF_NOW |= {"emailaddress.user", "authenticator.user", "factor.user", "tries.person", "opensession.person"}
OF_NOW |= {"challenge.person", "letter.person", "identity.person", "asked.person"}  # what somebody has
# Rows that have a name of their own beside the person.
NAMED = {"planauthor.person", "contribution.person", "revision.by", "signature.signer", "rejection.person"}
NAMED |= {"withdrawal.person"}


def people_in_columns() -> Iterator[tuple[type[Model], "ForeignKey[Any, Any]"]]:
    """Every column that points at somebody for what they did."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            named = f"{model._meta.model_name}.{field.name}"
            if isinstance(field, ForeignKey) and field.related_model is User and named not in OF_NOW:
                yield model, field


def name_beside(model: type[Model], field: "ForeignKey[Any, Any]") -> str:
    """The column that holds what they were called then."""
    return "name" if f"{model._meta.model_name}.{field.name}" in NAMED else f"{field.name}_name"


def test_a_column_that_says_who_did_something_has_the_name_of_then_beside_it() -> None:
    """That commands fill it is tried by tests/boards/test_renamed.py."""
    beside = [(model, field, name_beside(model, field)) for model, field in people_in_columns()]
    lacking = [
        f"{model.__name__}.{field.name} says who did something: give it {name}, of by.full_name, and show that"
        for model, field, name in beside
        if name not in {each.name for each in model._meta.concrete_fields}
    ]
    assert len(beside) > 15
    assert not lacking, "\n".join([*lacking, "or list in OF_NOW what says how it is now"])
