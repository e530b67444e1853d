"""A draft that somebody is asked about, and a team in which one person may publish."""

from types import SimpleNamespace

import pytest

from apps.accounts.roles import Role
from tests.cast import join
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
    """A team in which one person may publish, who founded it, and nobody else ever might."""
    member = join(cast.other_team, by=cast.stranger, username="nils", full_name="Nils Berg", role=Role.MEMBER)
    return SimpleNamespace(team=cast.other_team, lead=cast.stranger, member=member)
