"""Names that tell keys apart: nobody is called like somebody whose keys are there, to the letter or to the eye."""

import uuid
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, transaction

from apps.accounts import commands, rules
from apps.accounts.commands import Account
from apps.accounts.forms import NewAccount, Rename
from apps.accounts.models import Invitation, Membership, TakenName, User
from apps.accounts.roles import Role
from apps.core.errors import WrongState
from apps.ledger.commands import SYSTEM
from apps.teams import commands as teams
from tests.cast import PASSWORD, again

pytestmark = pytest.mark.django_db
ALIKE = {
    "the same": "Ruth Okafor",
    "in capitals": "RUTH OKAFOR",
    "with blanks": " Ruth \u00a0 Okafor ",
    "one Cyrillic letter": "Ruth Ok\u0430for",
    "Cyrillic capitals": "Ruth \u041ekafor",
    "a Greek letter": "Ruth Okaf\u03bfr",
    "an Armenian letter": "Ruth Okaf\u0585r",
    "a zero": "Ruth 0kafor",
    "full width": "Ｒｕｔｈ Okafor",
    "a grapheme joiner": "Ruth Oka\u034ffor",
    "a variation selector": "Ruth Okafor\ufe0f",
    "a Hangul filler": "Ruth\u3164 Okafor",
    "a soft hyphen": "Ruth Oka\u00adfor",
    "an empty Braille cell": "Ruth\u2800 Okafor",
    "a tag character": "Ruth Okafor\U000e0041",
}


@pytest.fixture
def made(people: SimpleNamespace) -> SimpleNamespace:
    return people


def join(cast: SimpleNamespace, full_name: str, username: str = "") -> User:
    token = teams.invite_person(cast.team, by=again(cast.lead), role=Role.MEMBER)
    account = Account(username or f"p{uuid.uuid4().hex[:8]}", full_name, PASSWORD)
    return commands.accept_invitation(Invitation.objects.with_token(token).get(), by=SYSTEM, account=account).user


@pytest.mark.parametrize("what", ALIKE)
def test_a_name_that_reads_like_a_colleagues_neither_joins_nor_is_taken_later(made, what):
    with pytest.raises(WrongState, match="is or was called “Ruth Okafor”"):
        join(made, ALIKE[what])
    with pytest.raises(WrongState, match="is or was called “Ruth Okafor”"):
        commands.rename_person(made.member, by=made.member, full_name=ALIKE[what])


@pytest.mark.parametrize(
    ("one", "other"),
    list(zip("2345689bcdefghiȷlnoqrsţuwyßþåΣΛκəʒ", "ꙄӠᏎƼбȢꝮƄϲᏧҽſƍᏂͺյƖռꬽգꮁƽƫꞟѡɣβϷȧƩɅĸǝӡ", strict=True)),
)
def test_letters_that_tr_39_calls_confusable_are_one(one, other):
    assert rules.name_keys(f"Q{one}q") & rules.name_keys(f"Q{other}q")


def test_no_letter_that_stands_for_others_is_replaced_itself():
    assert not set(rules.LOOKALIKES) & {ord(letter) for letter in rules.LOOKALIKES.values()}


@pytest.mark.parametrize(
    "name", ["Ruth Okafor-Lind", "Rut Okafor", "Ruth Ökafor", "Рут Окафор", "ルース・オカフォー", "رُوث"]
)
def test_a_name_that_reads_otherwise_does(made, name):
    assert join(made, name).full_name == name


def test_the_name_of_somebody_who_left_stays_theirs_as_their_keys_do(made):
    teams.remove_member(Membership.objects.get(user=made.reviewer), by=made.lead)
    with pytest.raises(WrongState, match="is or was called “Ruth Okafor”"):
        join(made, "Ruth Okafor")


def test_a_name_that_was_given_up_stays_taken_and_only_whoever_had_it_takes_it_again(made):
    commands.rename_person(made.reviewer, by=made.reviewer, full_name="Ruth Okafor-Lind")
    for name in ("Ruth Okafor", "Ruth Okafor-Lind"):
        with pytest.raises(WrongState, match=f"is or was called “{name}”"):
            join(made, name)
    person = again(made.reviewer)
    assert commands.rename_person(person, by=person, full_name="Ruth Okafor").full_name == "Ruth Okafor"


def test_whoever_comes_back_or_joins_with_an_account_takes_their_name_along(made):
    teams.remove_member(Membership.objects.get(user=made.reviewer), by=made.lead)
    token = teams.invite_person(made.team, by=again(made.lead), role=Role.MEMBER)
    back = commands.accept_invitation(Invitation.objects.with_token(token).get(), by=again(made.reviewer))
    assert back.user == made.reviewer
    namesake = User.objects.create(username="other-ruth", full_name="Ruth Ok\u0430for")
    token = teams.invite_person(made.team, by=again(made.lead), role=Role.MEMBER)
    with pytest.raises(WrongState, match="is or was called"):
        commands.accept_invitation(Invitation.objects.with_token(token).get(), by=namesake)
    namesake.delete()


def test_the_database_gives_one_name_of_a_team_to_one_person_and_never_back(made):
    key = min(rules.name_keys("Ruth Okafor"))
    with pytest.raises(IntegrityError), transaction.atomic():
        TakenName.objects.create(team=made.team, user=made.member, name="Ruth", key=key)
    for act in (lambda: TakenName.objects.all()._raw_delete("default"), lambda: TakenName.objects.update(name="x")):
        with pytest.raises(IntegrityError, match="a name stays with whoever had it"), transaction.atomic():
            act()


def test_another_team_may_have_the_same_name(made):
    token = teams.invite_person(made.other_team, by=again(made.stranger), role=Role.MEMBER)
    account = Account("ruth2", "Ruth Okafor", PASSWORD)
    assert commands.accept_invitation(Invitation.objects.with_token(token).get(), by=SYSTEM, account=account)


OWN = ["Keyturn", "KEYTURN", "Key turn", "K\u0435yturn", "Keytum", "Keyturn Support", "System", "Somebody", "You"]


@pytest.mark.parametrize("name", OWN)
def test_nobody_is_called_like_the_system(made, name):
    with pytest.raises(WrongState, match="reads like what Keyturn itself is called"):
        join(made, name)
    assert "reads like what Keyturn" in str(Rename({"full_name": name}).errors)


@pytest.mark.parametrize("name", ["\u3164", "\u2800\u2800", "\u115f", "123", "…"])
def test_a_name_without_a_letter_to_see_is_none(made, name):
    with pytest.raises(WrongState, match="letters that can be seen"):
        join(made, name)
    assert not Rename({"full_name": name}).is_valid()


def test_what_shows_nothing_is_left_out_of_a_typed_name():
    form = Rename({"full_name": "Ru\u034fth\ufe0f Oka\u3164for"})
    assert form.is_valid()
    assert form.cleaned_data["full_name"] == "Ru th Oka for"


@pytest.mark.parametrize("username", ["rut\u04bb", "RUTH", "ruth\ufe0f", "keyturn"])
def test_a_user_name_that_reads_like_another_is_refused(made, username):
    with pytest.raises(WrongState, match=r"The user name “.*” (is taken|reads like another one)"):
        join(made, "Somebody Else", username)


def test_the_form_of_a_new_account_says_so_beside_the_field(made):
    form = NewAccount({"full_name": "Keyturn", "username": "x1", "password": PASSWORD})
    assert "reads like what Keyturn" in str(form.errors["full_name"])
