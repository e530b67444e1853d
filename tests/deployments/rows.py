"""Rows stored and changed behind the application's back."""

from django.db.models import Model
from django.utils import timezone

from apps.accounts.models import Team
from apps.signoff.models import Signable, SignOff

DIGEST = "0" * 64


def one(model: type[Model], row: Model, **values: object) -> None:
    """Change one row behind the application's back."""
    assert model._default_manager.filter(pk=row.pk).update(**values) == 1


def stored_sign_off(team: Team, *, required: int = 2, contributor_keys: int = 1) -> SignOff:
    """A sign-off that is stored with whatever `own` gives it to."""
    terms = {"required": required, "contributor_keys": contributor_keys, "opened_at": timezone.now()}
    return SignOff(team=team, stream="deployment/x", digest=DIGEST, **terms)


def own(row: Signable, sign_off: SignOff) -> Signable:
    """Make the sign-off that of `row`, and store it unless it is somebody else's already."""
    if sign_off._state.adding:
        sign_off.subject, sign_off.verifier = row.subject_of(row.pk), row.verifier
        sign_off.save(force_insert=True)
    row.sign_off = sign_off
    return row
