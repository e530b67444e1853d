"""Signatures that break a rule, each as a row that nobody stored yet, and what the database says to it."""

from datetime import timedelta

from allauth.mfa.models import Authenticator
from django.utils import timezone

from apps.accounts.models import Membership, Team, User
from apps.accounts.roles import Role
from apps.factors.rules import SERIES, STATEMENT, Means
from apps.signoff import commands as signoff
from apps.signoff.models import Assertion
from apps.signoff.rules import Cause, Meaning
from tests.cast import take
from tests.signoff.subjects import FIRST, SECOND, series_of, sign, signature, subject

ON_CLOSED = "this sign-off is closed"
NOT_OPEN = "this sign-off is not open yet"
OTHER_CONTENT = "what was signed is not what is to be signed now"
ORDER = "keys are turned in order"
CONTRIBUTOR = "who contributed cannot verify"
NOT_AGREED = "who contributed verifies beside others who agreed"
OUTSIDER = "only active members of the team sign"
SERIES_OF_ITS_OWN = "a key is turned in a series of signings of its own person"
OF_ROLE = "keys of this role are turned with a passkey in this team"
NO_REVIEWER = "only people with the role verify"


def contributor_verifies(cast):
    it = subject(cast)
    signoff.contribute(it, by=cast.reviewer)
    sign(it, cast.member)
    return signature(it, cast.reviewer)


def requester_approves(cast):
    it = subject(cast, required=1, contributor_keys=0)
    signoff.contribute(it, by=cast.reviewer)
    return signature(it, cast.reviewer, meaning=Meaning.APPROVED)


def second_before_first(cast):
    return signature(subject(cast), cast.reviewer, slot=2)


def a_third_of_two(cast):
    it = subject(cast)
    sign(it, cast.member)
    sign(it, cast.reviewer)
    return signature(it, cast.lead, slot=3)


def gap(cast):
    it = subject(cast, required=4)
    sign(it, cast.member)
    return signature(it, cast.reviewer, slot=3)


def other_digest(cast):
    return signature(subject(cast), cast.member, digest=SECOND)


def older_revision(cast):
    it = subject(cast)
    signoff.contribute(it, by=cast.lead)
    signoff.revise(it, by=cast.lead, digest=SECOND, cause=Cause.TEXT_EDITED)
    return signature(it, cast.member, revision=1, digest=FIRST)


def later_revision(cast):
    return signature(subject(cast), cast.member, revision=2)


def closed(cast):
    it = subject(cast)
    signoff.close(it)
    return signature(it, cast.member)


def not_open(cast):
    return signature(subject(cast, is_open=False), cast.member)


def stranger(cast):
    return signature(subject(cast), cast.stranger)


def auditor(cast):
    return signature(subject(cast), cast.auditor)


def switched_off(cast):
    cast.member.is_active = False
    cast.member.save()
    return signature(subject(cast), cast.member)


def removed(cast):
    Membership.objects.get(user=cast.member).delete()
    return signature(subject(cast), cast.member)


def member_verifies(cast):
    it = subject(cast)
    sign(it, cast.lead)
    return signature(it, cast.member)


def demoted_verifies(cast):
    it = subject(cast)
    sign(it, cast.lead)
    take(cast.team, cast.reviewer, Role.REVIEWER, by=cast.lead)
    return signature(it, cast.reviewer)


def member_approves(cast):
    return signature(subject(cast, required=1, contributor_keys=0), cast.member)


def by_its_authors(cast):
    """Something that two may sign who worked on it both."""
    it = subject(cast, contributor_keys=2)
    for person in (cast.lead, cast.reviewer):
        signoff.contribute(it, by=person)
    return it


def author_beside_one_who_did_not_agree(cast):
    it = by_its_authors(cast)
    sign(it, cast.lead, meaning=Meaning.AUTHORED)
    return signature(it, cast.reviewer, meaning=Meaning.AGREED)


def author_who_claims_to_be_another(cast):
    it = by_its_authors(cast)
    sign(it, cast.lead, meaning=Meaning.AGREED)
    return signature(it, cast.reviewer, meaning=Meaning.APPROVED)


def a_third_author(cast):
    it = subject(cast, required=3, contributor_keys=2)
    signoff.contribute(it, by=cast.other_reviewer)
    for person in (cast.lead, cast.reviewer):
        sign(it, person, meaning=Meaning.AGREED)
    return signature(it, cast.other_reviewer, meaning=Meaning.AGREED)


def author_agrees_beside_one_who_agreed_to_an_item(cast):
    it = subject(cast)
    signoff.contribute(it, by=cast.reviewer)
    sign(it, cast.lead, meaning=Meaning.AGREED)
    return signature(it, cast.reviewer, meaning=Meaning.AGREED)


def member_agrees(cast):
    return signature(by_its_authors(cast), cast.member, meaning=Meaning.AGREED)


def member_is_second(cast):
    it = by_its_authors(cast)
    sign(it, cast.lead, meaning=Meaning.AGREED)
    return signature(it, cast.member, meaning=Meaning.APPROVED)


def suspended(cast):
    until = timezone.now() + timedelta(hours=1)
    User.objects.filter(pk=cast.member.pk).update(signing_suspended_until=until)
    return signature(subject(cast), cast.member)


def in_the_series_of_another(cast):
    return signature(subject(cast), cast.member, series=series_of(cast.reviewer))


def in_a_series_that_is_over(cast):
    began_at = timezone.now() - 2 * SERIES
    return signature(
        subject(cast), cast.member, series=series_of(cast.member, began_at=began_at, ends_at=began_at + SERIES)
    )


def by_a_tick_in_place_of_the_password(cast):
    return signature(subject(cast), cast.member, means=Means.TICK)


def by_the_password_alone_beside_codes(cast):
    Authenticator.objects.create(user=cast.member, type=Authenticator.Type.TOTP, data={})
    return signature(subject(cast), cast.member)


def by_the_password_alone_beside_a_passkey(cast):
    Authenticator.objects.create(user=cast.member, type=Authenticator.Type.WEBAUTHN, data={})
    return signature(subject(cast), cast.member)


def by_a_code_without_having_any(cast):
    return signature(subject(cast), cast.member, means=Means.PASSWORD_AND_CODE)


def by_a_password_without_having_one(cast):
    cast.member.set_unusable_password()
    cast.member.save()
    return signature(subject(cast), cast.member)


def by_a_code_alone_in_a_series_that_a_password_began(cast):
    Authenticator.objects.create(user=cast.member, type=Authenticator.Type.TOTP, data={})
    return signature(subject(cast), cast.member, means=Means.CODE)


def asserted(person, *, began=timedelta(0)):
    """What a passkey of somebody signed that long ago."""
    issued_at = timezone.now() - began
    return Assertion.objects.create(
        person=person,
        person_name="R",
        statement="{}",
        issued_at=issued_at,
        expires_at=issued_at + STATEMENT,
        answer="{}",
        credential="00",
        public_key="00",
    )


def by_the_passkey_of_another(cast):
    return signature(subject(cast), cast.member, means=Means.PASSKEY, assertion=asserted(cast.reviewer))


def by_what_a_passkey_signed_too_long_ago(cast):
    answer = asserted(cast.member, began=STATEMENT + timedelta(seconds=1))
    return signature(subject(cast), cast.member, means=Means.PASSKEY, assertion=answer)


def by_what_a_passkey_signs_later(cast):
    answer = asserted(cast.member, began=timedelta(minutes=-5))
    return signature(subject(cast), cast.member, means=Means.PASSKEY, assertion=answer)


def by_a_password_where_it_takes_a_passkey(cast):
    return signature(subject(cast, passkey=True), cast.member)


def by_a_password_where_the_role_takes_a_passkey(cast):
    Team.objects.filter(pk=cast.team.pk).update(passkey_roles="author reviewer")
    it = subject(cast)
    sign(it, cast.member)
    return signature(it, cast.reviewer)


def by_a_password_where_the_role_of_all_keys_takes_one(cast):
    Team.objects.filter(pk=cast.team.pk).update(passkey_roles="reviewer")
    it = subject(cast, required=1, contributor_keys=0)
    return signature(it, cast.reviewer, meaning=Meaning.APPROVED)


def by_a_password_of_who_agrees_in_that_role(cast):
    Team.objects.filter(pk=cast.team.pk).update(passkey_roles="reviewer")
    return signature(by_its_authors(cast), cast.lead, meaning=Meaning.AGREED)


WRONG = {
    by_a_password_where_it_takes_a_passkey: "every key of this is turned with a passkey",
    by_a_password_where_the_role_takes_a_passkey: OF_ROLE,
    by_a_password_where_the_role_of_all_keys_takes_one: OF_ROLE,
    by_a_password_of_who_agrees_in_that_role: OF_ROLE,
    suspended: "whose way in changed signs nothing for a day",
    in_the_series_of_another: SERIES_OF_ITS_OWN,
    in_a_series_that_is_over: SERIES_OF_ITS_OWN,
    by_a_tick_in_place_of_the_password: "who can prove who they are does",
    by_the_password_alone_beside_codes: "a password alone is for those who have nothing else",
    by_the_password_alone_beside_a_passkey: "a password alone is for those who have nothing else",
    by_a_code_without_having_any: "a key is turned by what its person has",
    by_a_password_without_having_one: "a key is turned by what its person has",
    by_a_code_alone_in_a_series_that_a_password_began: "a code alone follows on a password with a code",
    by_the_passkey_of_another: "a passkey signs for its own person",
    by_what_a_passkey_signed_too_long_ago: "a passkey signs within the minutes of its statement",
    by_what_a_passkey_signs_later: "a passkey signs within the minutes of its statement",
    author_beside_one_who_did_not_agree: NOT_AGREED,
    author_who_claims_to_be_another: NOT_AGREED,
    a_third_author: CONTRIBUTOR,
    author_agrees_beside_one_who_agreed_to_an_item: CONTRIBUTOR,
    member_agrees: NO_REVIEWER,
    member_is_second: NO_REVIEWER,
    contributor_verifies: CONTRIBUTOR,
    requester_approves: CONTRIBUTOR,
    second_before_first: ORDER,
    a_third_of_two: ORDER,
    gap: ORDER,
    other_digest: OTHER_CONTENT,
    older_revision: OTHER_CONTENT,
    later_revision: OTHER_CONTENT,
    closed: ON_CLOSED,
    not_open: NOT_OPEN,
    stranger: OUTSIDER,
    auditor: OUTSIDER,
    switched_off: OUTSIDER,
    removed: OUTSIDER,
    member_verifies: NO_REVIEWER,
    demoted_verifies: NO_REVIEWER,
    member_approves: NO_REVIEWER,
}
NAMES = {way.__name__: way for way in WRONG}
