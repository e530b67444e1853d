"""Who may no longer sign in sends nothing back either, whatever the application thinks."""

import pytest
from django.db import IntegrityError
from django.utils import timezone

from apps.accounts.models import User
from apps.signoff.models import Rejection
from tests.cast import stage

pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]


def test_an_inactive_reviewer_rejects_nothing():
    cast = stage()
    User.objects.filter(pk=cast.reviewer.pk).update(is_active=False)
    terms = {"person": cast.reviewer, "name": "x", "reason": "y", "rejected_at": timezone.now()}
    with pytest.raises(IntegrityError, match="only people with the role reject"):
        Rejection.objects.create(sign_off=cast.items[0].sign_off, revision=1, **terms)
