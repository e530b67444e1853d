"""The two-person rule is judged once more when everything is verified: a wrong key is found even if it was recorded.

The guard is lifted and put back, and every signature gets its proper entry: tables and ledger agree.
"""

import uuid
from dataclasses import replace
from types import SimpleNamespace

import pytest
from django.db import transaction

from apps.accounts.models import Membership, User
from apps.accounts.roles import Role
from apps.accounts.selectors.audit import RoleHistory
from apps.deployments import commands as deployments
from apps.deployments.events import ItemRejected
from apps.deployments.models import Waiver
from apps.factors.selectors.audit import ProofHistory
from apps.ledger import commands as ledger
from apps.ledger import selectors as ledger_selectors
from apps.signoff.models import Signature, SignOff
from apps.signoff.selectors import Judge
from apps.teams import commands as teams
from apps.waivers import commands as waiving
from apps.waivers.events import WaiverApproved
from tests import cast as casting
from tests.cast import READS_UNTIL, again
from tests.deployments import templates
from tests.ledger.forced import force_key, found, store, words
from tests.tampering import lifted
from tests.waivers import asking

pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]


@pytest.fixture
def made(stage: SimpleNamespace) -> SimpleNamespace:
    return stage


def force_approval(waiver: Waiver, by: User) -> None:
    item = casting.load(waiver.item)
    signature = store(SignOff.objects.get(waiver=waiver), by, 1, "approved")
    with transaction.atomic():
        event = WaiverApproved(**words(signature, item), waiver=waiver.id)
        ledger.record(item.deployment.stream, event, by=by, rows=[signature])


def test_a_contributor_who_verified_is_found(made):
    casting.fill_in(made.items[0], made.reviewer)
    casting.sign(made.items[0], made.member)
    force_key(made.items[0], made.reviewer, 2)
    assert found() == ["item 1: who contributed turned a key that others turn"]


def test_a_stranger_who_performed_is_found(made):
    stranger = casting.join(made.other_team, by=made.stranger, username="nils", full_name="Nils Berg", role=Role.ADMIN)
    force_key(made.items[0], stranger, 1)
    assert found() == ["item 1: who turned a key had no role to do so"]


def test_an_auditor_who_performed_is_found(made):
    force_key(made.items[0], made.auditor, 1)
    assert found() == ["item 1: who turned a key had no role to do so"]


def test_a_member_who_verified_is_found(made):
    casting.sign(made.items[0], made.lead)
    force_key(made.items[0], made.member, 2)
    assert found() == ["item 1: who turned a key had no role to do so"]


def test_a_second_key_without_a_first_is_found(made):
    force_key(made.items[0], made.reviewer, 2)
    assert found() == ["item 1: a key was turned out of order"]


def test_a_requester_who_approved_is_found(made):
    waiver = asking.ask(made.items[0], by=again(made.reviewer), justification="We go without it")
    force_approval(waiver, made.reviewer)
    assert found() == ["the waiver of item 1: who contributed turned a key that others turn"]


def test_a_key_turned_before_somebody_left_or_changed_their_role_stays_right(made):
    casting.sign(made.items[0], made.reviewer)
    casting.sign(made.items[0], made.other_reviewer)
    teams.remove_member(Membership.objects.get(user=made.reviewer), by=again(made.lead))
    teams.change_role(
        Membership.objects.get(user=made.other_reviewer),
        by=again(made.lead),
        role=Role.AUDITOR,
        reads_until=READS_UNTIL,
    )
    assert found() == []


def test_a_key_in_anothers_name_is_found(made):
    force_key(made.items[0], made.member, 1, recorded_by=made.lead)
    assert found() == ["item 1: a key was turned in another’s name"]


def test_one_person_with_both_keys_is_found(made):
    """No database takes such a row, so the judge is shown the entries alone."""
    item = casting.load(casting.sign(made.items[0], made.reviewer))
    seen = Seen()
    list(ledger_selectors.faults(readers=(seen,)))
    (signed,) = [entry for entry in seen.entries if entry.kind == "item.signed"]
    [statement] = [each for key, each in signed.rows.items() if key.startswith("signoff.signature/")]
    again_turned = {f"signoff.signature/{uuid.uuid4()}": {"proof": "", "facts": statement["facts"] | {"slot": 2}}}
    judge = Judge(everybody_could(), nothing_wrong())
    for entry in (*seen.entries, replace(signed, body={**signed.body, "rows": again_turned})):
        judge.read(entry)
    assert [fault.what for fault in judge.faults()] == [
        "item 1: one person turned two keys",
    ], item


class Seen:
    """All entries, as the judge gets them."""

    def __init__(self) -> None:
        self.entries: list[ledger_selectors.StoredEntry] = []

    def read(self, entry: ledger_selectors.StoredEntry) -> None:
        self.entries.append(entry)


def everybody_could() -> RoleHistory:
    roles = RoleHistory()
    roles.could = lambda *_args, **_kwargs: True  # type: ignore[method-assign]
    return roles


def nothing_wrong() -> ProofHistory:
    proofs = ProofHistory()
    proofs.wrong = lambda *_args, **_kwargs: {}  # type: ignore[method-assign]
    return proofs


def test_a_key_over_other_content_is_found(made):
    force_key(made.items[0], made.member, 1, digest="0" * 64)
    assert "item 1: what was signed was not what was to be signed" in found()


def test_a_key_in_a_draft_is_found(made):
    draft = deployments.create_deployment(
        made.team, by=again(made.lead), template_version=made.version, service="x", version="1", environment="dev"
    )
    force_key(draft.items.get(number=1), made.member, 1)
    key = f"signoff.signature/{Signature.objects.get(sign_off__stream=draft.stream).pk}"
    assert found() == [
        "item 1: a key was turned before it was open, or after it was closed",
        f"{key} was written while the deployment was not in review",
    ]


def test_a_key_in_a_closed_deployment_is_found(made):
    deployments.cancel_deployment(made.deployment, by=again(made.lead), reason="Superseded")
    force_key(made.items[0], made.member, 1)
    key = f"signoff.signature/{Signature.objects.get(sign_off__stream=made.deployment.stream).pk}"
    assert found() == [
        "item 1: a key was turned before it was open, or after it was closed",
        f"{key} was written while the deployment was not in review",
    ]


def test_an_approval_of_an_ended_waiver_is_found(made):
    waiver = asking.ask(made.items[0], by=again(made.member), justification="We go without it")
    waiving.end_waiver(waiver, by=again(made.member), why="We do not")
    force_approval(waiver, made.reviewer)
    assert found() == ["the waiver of item 1: a key was turned before it was open, or after it was closed"]


def test_a_change_whose_author_is_no_contributor_is_found(made, monkeypatch):
    monkeypatch.setattr("apps.signoff.commands.contribute", lambda sign_off, *, by: None)
    with lifted("signoff_revision_begins"):
        casting.fill_in(made.items[4], made.member)
    assert found() == ["item 5: who changed what is signed is no contributor"]


def test_a_round_that_no_rejection_began_is_found(made):
    item = casting.load(made.items[0])
    item.sign_off.round += 1
    item.sign_off.revision += 1
    with lifted("signoff_signoff_fixed"), transaction.atomic():
        item.sign_off.save()
        event = ItemRejected(item=item.id, number=1, invalidated=0, name="", reason="")
        ledger.record(item.deployment.stream, event, by=made.lead, rows=[item.sign_off])
    assert "item 1: a round began that no rejection began" in found()


def test_fewer_keys_under_a_proper_entry_are_found(made):
    item = casting.load(made.items[0])
    item.sign_off.required = 1
    with lifted("signoff_signoff_fixed"), transaction.atomic():
        item.sign_off.save()
        event = ItemRejected(item=item.id, number=1, invalidated=0, name="", reason="")
        ledger.record(item.deployment.stream, event, by=made.lead, rows=[item.sign_off])
    assert found() == ["item 1: the number of keys it takes changed without a revision"]


def test_a_key_without_the_passkey_that_it_takes_is_found(made):
    passkey = templates.review(made, templates.line("a", passkey=True))
    force_key(passkey.items.get(key="a"), made.member, 1)
    assert found() == ["item 1: a key that takes a passkey was turned without one"]


def test_a_key_of_a_role_without_the_passkey_that_the_team_asked_is_found(made):
    casting.sign(made.items[0], made.member)
    casting.sign(made.items[0], made.reviewer)
    casting.sign(made.items[3], made.member)
    teams.edit_team(made.team, by=again(made.lead), two_publish=True, passkey_roles="reviewer")
    casting.sign(made.items[4], made.member)
    assert found() == []  # before, and a key of no role
    force_key(made.items[3], made.reviewer, 2)
    assert found() == ["item 4: a key that takes a passkey was turned without one"]


def test_a_sign_off_that_forgets_the_passkey_is_found(made):
    passkey = templates.review(made, templates.line("a", passkey=True))
    item = passkey.items.get(key="a")
    with lifted("signoff_signoff_fixed"):
        SignOff.objects.filter(pk=item.sign_off_id).update(passkey=False)
    force_key(item, made.member, 1)
    whats = found()
    assert "the keys of item 1 take a passkey, and its sign-off none" in whats


def test_taking_the_passkey_off_without_a_revision_is_found(made):
    item = templates.review(made, templates.line("a", passkey=True)).items.get(key="a")
    sign_off = SignOff.objects.get(pk=item.sign_off_id)
    sign_off.passkey = False
    with lifted("signoff_signoff_fixed"), transaction.atomic():
        sign_off.save(update_fields=["passkey"])
        event = ItemRejected(item=item.id, number=1, invalidated=0, name="Lena Brandt", reason="none")
        ledger.record(sign_off.stream, event, by=made.lead, rows=[sign_off])
    assert "item 1: whether it takes a passkey changed without a revision" in found()
