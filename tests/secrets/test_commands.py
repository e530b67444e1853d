"""Leads set, bind, rotate and remove secrets; one function releases them, to the hosts they are bound to."""

import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.utils import timezone

from apps.core.errors import NotAllowed, Refusal, Stale, WrongState
from apps.core.shown import fingerprint
from apps.ledger.commands import SYSTEM
from apps.ledger.models import Entry, Opening
from apps.secrets import commands, keyring, selectors
from apps.secrets.models import Secret, SecretVersion
from tests.canaries import PLANTED
from tests.cast import again
from tests.tampering import lift_all

pytestmark = pytest.mark.django_db
VALUE = PLANTED[30]
BOUND = ["https://metrics.example.com"]
HERE = SimpleNamespace(scheme="https", host="metrics.example.com", port=443)


@pytest.fixture
def secret(people):
    return commands.set_secret(people.team, by=again(people.lead), name="metrics", value=VALUE, bindings=BOUND)


@pytest.fixture
def second_key(tmp_path, settings):
    """A key that comes first from now on."""
    (tmp_path / "second").write_text(bytes(range(100, 132)).hex())
    settings.KEYTURN_SECRETS_KEYS = [str(tmp_path / "second"), *settings.KEYTURN_SECRETS_KEYS]
    return keyring.known_keys()[0].id


def released(people, name="metrics", to=HERE):
    return commands.release(people.team.pk, name, by=SYSTEM, to=to).reveal()


def test_a_secret_is_released_to_the_host_it_is_bound_to(people, secret):
    assert released(people) == VALUE
    found = Secret.objects.get()
    assert (found.last_used_for, found.version) == ("https://metrics.example.com", 1)
    assert (timezone.now() - found.last_used_at).total_seconds() < 60


@pytest.mark.parametrize(
    "other",
    [
        {"host": "evil.example"},
        {"port": 8443},
        {"scheme": "http"},
        {"host": "metrics.example.com.evil.example"},
        {"host": "a.metrics.example.com"},
    ],
)
def test_any_other_host_is_a_refusal_that_says_so(people, secret, other):
    with pytest.raises(
        Refusal, match=r"“metrics” is not bound to .*An admin of the team says where it may go"
    ) as refused:
        released(people, to=SimpleNamespace(**vars(HERE) | other))
    assert VALUE not in str(refused.value)
    assert Secret.objects.get().last_used_at is None


def test_another_teams_secret_is_not_there(people, secret):
    with pytest.raises(Refusal, match="no secret called “metrics”"):
        commands.release(people.other_team.pk, "metrics", by=SYSTEM, to=HERE)


def test_two_teams_have_secrets_of_one_name(people, secret):
    by = again(people.stranger)
    commands.set_secret(people.other_team, by=by, name="metrics", value=PLANTED[31], bindings=BOUND)
    assert released(people) == VALUE
    assert commands.release(people.other_team.pk, "metrics", by=SYSTEM, to=HERE).reveal() == PLANTED[31]


@pytest.mark.parametrize("who", ["reviewer", "member", "auditor", "stranger"])
def test_only_leads_set_and_change_secrets(people, secret, who):
    by = again(getattr(people, who))
    for act in (
        lambda: commands.set_secret(people.team, by=by, name="other", value=VALUE, bindings=BOUND),
        lambda: commands.rotate_secret(secret, by=by, value=PLANTED[31]),
        lambda: commands.bind_secret(secret, by=by, bindings=["https://evil.example"]),
        lambda: commands.remove_secret(secret, by=by),
    ):
        with pytest.raises(NotAllowed, match="Only an admin"):
            act()
    assert released(people) == VALUE


def test_a_new_value_counts_at_once_and_destroys_the_one_before(people, secret):
    commands.rotate_secret(secret, by=again(people.lead), value=PLANTED[31])
    assert released(people) == PLANTED[31]
    assert [bool(each.ciphertext) for each in SecretVersion.objects.order_by("number")] == [False, True]
    assert Secret.objects.get().version == 2


def test_a_name_is_taken_once_and_one_intent_sets_one(people, secret):
    again_: dict[str, Any] = {"by": again(people.lead), "value": PLANTED[31], "bindings": BOUND}
    with pytest.raises(WrongState, match="has a secret called “metrics” already"):
        commands.set_secret(people.team, name="metrics", **again_)
    intent = uuid.uuid4()
    made = [commands.set_secret(people.team, name="other", intent=intent, **again_).pk for _ in range(2)]
    assert made[0] == made[1]
    assert SecretVersion.objects.count() == 2


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"name": "No Name"}, "small letters"),
        ({"value": "short"}, "between 6 and 4096"),
        ({"bindings": []}, "at least one host"),
        ({"bindings": ["https://*.com"]}, "too wide"),
    ],
)
def test_what_is_no_secret_is_refused(people, typed, message):
    good = {"name": "metrics", "value": VALUE, "bindings": BOUND}
    with pytest.raises(Refusal, match=message):
        commands.set_secret(people.team, by=again(people.lead), **good | typed)
    assert not Secret.objects.exists()


def test_where_it_goes_is_changed_unless_somebody_did_so_meanwhile(people, secret):
    by, shown = again(people.lead), fingerprint({"bindings": BOUND[0]})
    other = commands.bind_secret(secret, by=by, bindings=["other.example.com"], shown=shown)
    assert other.bindings == ["https://other.example.com"]
    with pytest.raises(Stale):
        commands.bind_secret(secret, by=by, bindings=["evil.example.com"], shown=shown)
    entries = Entry.objects.count()
    commands.bind_secret(secret, by=by, bindings=["https://other.example.com:443"])
    assert Entry.objects.count() == entries
    with pytest.raises(Refusal, match="not bound"):
        released(people)


def test_a_removed_secret_is_gone_with_all_its_versions(people, secret):
    commands.rotate_secret(secret, by=again(people.lead), value=PLANTED[31])
    commands.remove_secret(secret, by=again(people.lead))
    assert not SecretVersion.objects.exists()
    with pytest.raises(Refusal, match="no secret called"):
        released(people)
    assert Entry.objects.filter(kind="secret.removed").count() == 1


def test_the_ledger_says_who_set_what_and_nothing_of_a_value(people, secret):
    commands.rotate_secret(secret, by=again(people.lead), value=PLANTED[31])
    commands.bind_secret(secret, by=again(people.lead), bindings=["other.example.com"])
    commands.remove_secret(secret, by=again(people.lead))
    entries = Entry.objects.filter(kind__in=["secret.set", "secret.rotated", "secret.bound", "secret.removed"])
    assert [each.kind for each in entries.order_by("sequence")] == [
        "secret.set",
        "secret.rotated",
        "secret.bound",
        "secret.removed",
    ]
    assert {each.actor for each in entries} == {people.lead.pk}
    written = "".join(f"{each.body}" for each in entries) + "".join(str(each.value) for each in Opening.objects.all())
    for value in (VALUE, PLANTED[31]):
        assert value not in written


def test_what_was_changed_behind_the_applications_back_is_not_released(people, secret):
    other = commands.set_secret(people.team, by=again(people.lead), name="b", value=PLANTED[32], bindings=BOUND)
    of_other = other.versions.get()
    secret.versions.update(ciphertext=of_other.ciphertext, key=of_other.key)
    with pytest.raises(keyring.NoKey, match="belongs to another secret"):
        released(people)


# The keys


def test_keys_are_rotated_while_values_stay(people, secret, second_key, capsys):
    before = bytes(secret.versions.get().ciphertext)
    call_command("rotate_keys")
    assert "1 secret encrypted anew with the first key" in capsys.readouterr().out
    now = secret.versions.get()
    assert now.key == second_key
    assert bytes(now.ciphertext) != before
    assert released(people) == VALUE
    entries = Entry.objects.filter(kind="secrets.encrypted_again").count()
    call_command("rotate_keys")
    assert "No secret had to be encrypted anew." in capsys.readouterr().out
    assert (entries, Entry.objects.filter(kind="secrets.encrypted_again").count()) == (1, 1)


def test_rotating_breaks_off_between_two_batches_and_loses_nothing(people, second_key, settings):
    settings.KEYTURN_SECRETS_KEYS = settings.KEYTURN_SECRETS_KEYS[::-1]
    names = [f"s{place}" for place in range(5)]
    for name in names:
        commands.set_secret(people.team, by=again(people.lead), name=name, value=f"value-of-{name}", bindings=BOUND)
    settings.KEYTURN_SECRETS_KEYS = settings.KEYTURN_SECRETS_KEYS[::-1]
    for done in (2, 2, 1, 0):
        assert commands.encrypt_again(by=SYSTEM, most=2) == (done, 0)
        assert [released(people, name) for name in names] == [f"value-of-{name}" for name in names]
    assert {each.key for each in SecretVersion.objects.all()} == {second_key}


def test_a_batch_that_breaks_is_undone_whole(people, secret, second_key, monkeypatch):
    old = secret.versions.get().key
    monkeypatch.setattr(commands.ledger, "record", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        commands.encrypt_again(by=SYSTEM, most=100)
    assert secret.versions.get().key == old
    assert released(people) == VALUE


def test_a_secret_whose_key_is_gone_is_told_and_the_others_go_on(people, secret, second_key, settings, capsys):
    commands.set_secret(people.team, by=again(people.lead), name="new", value=PLANTED[33], bindings=BOUND)
    settings.KEYTURN_SECRETS_KEYS = settings.KEYTURN_SECRETS_KEYS[:1]
    with pytest.raises(CommandError, match="1 secret cannot be read"):
        call_command("rotate_keys")
    assert released(people, "new") == PLANTED[33]
    with pytest.raises(keyring.NoKey):
        released(people)
    assert not selectors.secret_page(Secret.objects.get(name="metrics"), again(people.lead))["is_readable"]
    settings.KEYTURN_SECRETS_KEYS = []
    with pytest.raises(CommandError, match="no key to encrypt with"):
        call_command("rotate_keys")


# The database


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s, p: Secret.objects.update(name="other"), "stays with its team and its name"),
        (lambda s, p: Secret.objects.update(team=p.other_team), "stays with its team and its name"),
        (lambda s, p: Secret.objects.update(version=0), "versions of a secret only grow"),
        (lambda s, p: SecretVersion.objects.update(set_by=p.member), "who set a secret and when does not change"),
        (lambda s, p: SecretVersion.objects.update(number=7), "who set a secret and when does not change"),
        (
            lambda s, p: SecretVersion.objects.filter(number=1).update(ciphertext=b"x"),
            "a value that was destroyed does not come back",
        ),
        (
            lambda s, p: SecretVersion.objects.create(
                secret=s, number=1, set_by=p.lead, set_by_name="x", set_at=timezone.now()
            ),
            "comes after those before it",
        ),
    ],
)
def test_the_database_refuses(people, secret, change, message):
    secret = commands.rotate_secret(secret, by=again(people.lead), value=PLANTED[31])
    with pytest.raises(DatabaseError, match=message), transaction.atomic():
        change(secret, people)


@pytest.mark.unrecorded
def test_without_its_guards_it_would_not(people, secret):
    commands.rotate_secret(secret, by=again(people.lead), value=PLANTED[31])
    with transaction.atomic():
        lift_all()
        assert SecretVersion.objects.filter(number=1).update(ciphertext=b"x") == 1
        transaction.set_rollback(True)
