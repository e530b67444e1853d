"""A draft that somebody is asked about, and a team in which one person may publish."""

import pytest

from apps.accounts.roles import Role
from tests.cast import take
from tests.checklists.publishing import submit
from tests.studio.drafts import draft


@pytest.fixture
def cast(people):
    """Everybody of all stories."""
    return people


@pytest.fixture
def asked(cast):
    """A draft of the member's that somebody is asked to publish."""
    return submit(draft(cast), cast.member)


@pytest.fixture
def alone(cast):
    """A team in which one person may publish."""
    for person in (cast.reviewer, cast.other_reviewer):
        take(cast.team, person, Role.AUTHOR, by=cast.lead)
    return cast
