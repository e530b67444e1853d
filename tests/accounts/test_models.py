import pytest

from apps.accounts.models import ZERO_WIDTH_NON_JOINER, User, initials
from apps.accounts.roles import CAPABILITIES, DESCRIPTIONS, Capability, Role
from tests.cast import again, people


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Anna Moreau", "AM"),
        ("Tomasz Wiśniewski-Kowalczyk", "TW"),
        ("Maria da Silva Santos", "MS"),
        ("Plato", "P"),
        ("émile zola", "ÉZ"),
        ("佐藤 Mika", "佐M"),
        ("", ""),
    ],
)
def test_initials_are_those_of_the_first_and_last_name(name, letters):
    assert initials(name) == letters


def test_arabic_initials_are_kept_apart():
    assert initials("ليلى حداد") == f"ل{ZERO_WIDTH_NON_JOINER}ح"


def test_every_role_has_its_capabilities_and_its_sentence():
    assert set(CAPABILITIES) == set(DESCRIPTIONS) == set(Role)


@pytest.mark.unrecorded
@pytest.mark.django_db
def test_what_somebody_may_do_ends_with_their_team_and_their_account():
    cast = people()
    assert cast.lead.may(Capability.MANAGE, cast.team.pk)
    assert not cast.lead.may(Capability.READ, cast.other_team.pk)
    User.objects.filter(pk=cast.lead.pk).update(is_active=False)
    assert not again(cast.lead).may(Capability.READ, cast.team.pk)


@pytest.mark.django_db
def test_a_name_is_found_in_any_case():
    cast = people()
    assert User.objects.get_by_natural_key("LENA") == cast.lead
