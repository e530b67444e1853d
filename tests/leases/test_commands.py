"""A kind of leased work is claimed by one worker, tried again, given up, and published until somebody takes it."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from apps.leases import commands as leases
from apps.leases.models import UNHEARD
from project import processes
from tests.leases import parcels
from tests.leases.parcels import PLAN, Parcel, State, end, release, send_parcel, sweep


@pytest.fixture(scope="module", autouse=True)
def table(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    """The table of parcels, which no migration knows."""
    with django_db_blocker.unblock(), connection.schema_editor() as editor:
        editor.create_model(Parcel)
    yield
    with django_db_blocker.unblock(), connection.schema_editor() as editor:
        editor.delete_model(Parcel)
    with django_db_blocker.unblock():
        connection.close()


@pytest.fixture
def published(monkeypatch) -> list[tuple[str, int]]:
    """What goes to the queue: (parcel, attempt)."""
    sent = []
    monkeypatch.setattr(send_parcel, "apply_async", lambda kwargs: sent.append((kwargs["work_id"], kwargs["attempt"])))
    return sent


@pytest.fixture
def parcel(db, published) -> Parcel:
    return Parcel.objects.create(published_at=timezone.now())


def claim(parcel, attempt=1, **values):
    return leases.claim(Parcel, parcel.pk, attempt, now=timezone.now(), **values)


def age(parcel, **columns):
    Parcel.objects.filter(pk=parcel.pk).update(**columns)


def expire(parcel):
    age(parcel, lease_until=timezone.now() - timedelta(seconds=1))


def now_of(parcel):
    return Parcel.objects.values_list("state", "attempt").get(pk=parcel.pk)


def test_a_claim_leases_the_work_for_a_short_while_however_long_it_may_take(parcel):
    now = timezone.now()
    claimed = leases.claim(Parcel, parcel.pk, 1, now=now)
    assert (claimed.state, claimed.lease_until - now) == (State.SENDING, leases.LEASE)
    assert now_of(parcel) == (State.SENDING, 1)


def test_whoever_works_renews_the_lease_of_this_attempt_and_of_no_other(parcel):
    claim(parcel)
    expire(parcel)
    assert leases.renew(Parcel, parcel.pk, 2) is False
    assert leases.renew(Parcel, parcel.pk, 1)
    assert sweep() == 0
    end(parcel.pk, 1, "send")
    assert leases.renew(Parcel, parcel.pk, 1) is False


def renewals(monkeypatch, answer, seconds=5.0):
    """How often a lease is renewed while somebody works, and what `answer` says to each."""
    asked, stopped = [], threading.Event()

    def renewing(model, work_id, attempt):
        asked.append(attempt)
        return answer(asked)

    monkeypatch.setattr(leases, "renew", renewing)
    monkeypatch.setattr(leases, "RENEW_SECONDS", 0.001)
    monkeypatch.setattr(leases, "SLACK", timedelta(0))
    monkeypatch.setattr(Parcel, "seconds", seconds)
    leases._keep_renewing(Parcel(), stopped)
    return len(asked)


def test_a_lease_is_renewed_until_it_is_lost_also_past_a_database_that_was_away(monkeypatch):
    def answer(asked):
        if len(asked) == 2:
            raise OperationalError("it is away")
        return len(asked) < 4

    assert renewals(monkeypatch, answer) == 4


def test_a_lease_is_not_renewed_for_longer_than_the_work_may_take(monkeypatch):
    assert renewals(monkeypatch, lambda asked: True, seconds=0.05) < 60


def test_while_the_work_is_done_its_lease_is_renewed_and_not_afterwards(parcel, monkeypatch):
    asked, renewed = [], threading.Event()
    monkeypatch.setattr(leases, "RENEW_SECONDS", 0.001)

    def renewing(*of):
        asked.append(of)
        renewed.set()
        return True

    monkeypatch.setattr(leases, "renew", renewing)
    with leases.holding(parcel):
        assert renewed.wait(5)
    assert asked[0] == (Parcel, parcel.pk, 1)
    assert processes.wait_until(lambda: not [one for one in threading.enumerate() if one.name == "lease"], seconds=5)


def test_a_team_has_its_share_at_work_and_no_more_and_another_team_has_its_own(parcel, published):
    mine = [parcel, *(Parcel.objects.create(published_at=timezone.now()) for _ in range(2))]
    theirs = Parcel.objects.create(published_at=timezone.now(), team=2)
    assert [bool(claim(each)) for each in (*mine, theirs)] == [True, True, False, True]
    assert now_of(mine[2]) == (State.WAITING, 1)


def test_work_that_waited_for_its_teams_share_is_published_when_some_of_it_ends(
    parcel, published, django_capture_on_commit_callbacks
):
    third = [Parcel.objects.create(published_at=timezone.now()) for _ in range(2)][-1]
    Parcel.objects.create(published_at=timezone.now(), team=2)
    claim(parcel)
    claim(Parcel.objects.exclude(pk__in=[parcel.pk, third.pk]).get(team=1))
    assert claim(third) is None
    with django_capture_on_commit_callbacks(execute=True):
        end(parcel.pk, 1, "send")
    assert published == [(str(third.pk), 1)]
    assert claim(third)


def test_who_has_much_waiting_keeps_no_other_one_of_the_team_waiting(
    parcel, published, django_capture_on_commit_callbacks
):
    flood = [parcel, *(Parcel.objects.create(published_at=timezone.now()) for _ in range(3))]
    other = Parcel.objects.create(published_at=timezone.now(), sender=2)
    assert [bool(claim(each)) for each in (*flood, other)] == [True, True, False, False, False]
    for ended, first in ((parcel, [other, flood[2]]), (flood[1], [flood[2], flood[3]])):
        published.clear()
        with django_capture_on_commit_callbacks(execute=True):
            end(ended.pk, 1, "send")
        assert [work_id for work_id, _ in published] == [str(each.pk) for each in first]
        assert claim(first[0])


def test_however_much_waits_a_worker_reads_a_share_of_each_persons(
    parcel, published, monkeypatch, django_capture_on_commit_callbacks
):
    """Whatever ends asks anew: read as a whole, the work of one team would keep the workers of all teams busy."""
    Parcel.objects.bulk_create(Parcel(published_at=timezone.now(), sender=of) for of in (1, 2) for _ in range(5))
    read, from_db = [], Parcel.from_db

    def noted(*row):
        read.append(row)
        return from_db(*row)

    monkeypatch.setattr(Parcel, "from_db", noted)
    with django_capture_on_commit_callbacks(execute=True):
        leases._publish_next(parcel)
    assert len(published) == PLAN.share
    assert len(read) == 2 * PLAN.share


def test_a_claim_sets_what_the_kind_notes_with_it(parcel):
    earlier = timezone.now() - timedelta(days=1)
    assert claim(parcel, published_at=earlier)
    assert Parcel.objects.get(pk=parcel.pk).published_at == earlier


def test_work_is_claimed_once_and_only_at_its_present_attempt(parcel):
    assert claim(parcel, attempt=2) is None
    assert claim(parcel)
    assert claim(parcel) is None


def test_only_the_attempt_that_has_the_lease_ends_the_work(parcel):
    assert end(parcel.pk, 1, "send") is None
    claim(parcel)
    assert end(parcel.pk, 2, "send") is None
    assert end(parcel.pk, 1, "send")
    assert end(parcel.pk, 1, "send") is None
    assert now_of(parcel) == (State.SENT, 1)


def test_a_worker_that_was_given_up_no_longer_counts(parcel):
    claim(parcel)
    expire(parcel)
    sweep()
    claim(parcel, attempt=2)
    assert end(parcel.pk, 1, "give_up") is None
    assert end(parcel.pk, 2, "send")


def test_an_expired_lease_is_tried_again_and_published(parcel, published, django_capture_on_commit_callbacks):
    claim(parcel)
    expire(parcel)
    with django_capture_on_commit_callbacks(execute=True):
        assert (sweep(), sweep()) == (1, 0)
    assert now_of(parcel) == (State.WAITING, 2)
    assert published == [(str(parcel.pk), 2)]


def test_a_lease_that_still_runs_is_left_alone(parcel):
    claim(parcel)
    assert sweep() == 0
    assert now_of(parcel) == (State.SENDING, 1)


def test_after_the_last_attempt_the_kind_decides(parcel, published, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        for attempt in range(1, PLAN.attempts + 1):
            assert claim(parcel, attempt=attempt)
            expire(parcel)
            sweep()
    assert now_of(parcel) == (State.GIVEN_UP, 2)
    assert published == [(str(parcel.pk), 2)], "giving up is not published"


def test_a_release_that_comes_too_late_changes_nothing(parcel):
    claim(parcel)
    end(parcel.pk, 1, "send")
    release(parcel.pk, 1)
    assert now_of(parcel) == (State.SENT, 1)


def test_what_nobody_took_is_published_again_once_a_minute(parcel, published, django_capture_on_commit_callbacks):
    assert sweep() == 0
    age(parcel, published_at=timezone.now() - UNHEARD - timedelta(seconds=1))
    with django_capture_on_commit_callbacks(execute=True):
        assert (sweep(), sweep()) == (1, 0)
    assert published == [(str(parcel.pk), 1)]
    assert now_of(parcel) == (State.WAITING, 1)


def test_what_somebody_took_meanwhile_is_not_published_again(parcel, published, django_capture_on_commit_callbacks):
    age(parcel, published_at=timezone.now() - 2 * UNHEARD)
    claim(parcel)
    with django_capture_on_commit_callbacks(execute=True):
        assert leases._publish_again(Parcel) == 0
    assert published == []


def test_a_message_is_sent_only_after_the_commit(parcel, published, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        leases.publish(parcel)
    assert (published, len(callbacks)) == ([], 1)


@pytest.mark.parametrize(
    "columns",
    [
        {"attempt": 0},
        {"attempt": 3},
        {"state": State.SENDING},
        {"lease_until": "2026-01-01T00:00:00Z"},
        {"state": "lost"},
    ],
)
def test_the_database_refuses_a_lease_that_makes_no_sense(parcel, columns):
    with pytest.raises(IntegrityError), transaction.atomic():
        age(parcel, **columns)


@pytest.fixture
def in_batches(published, monkeypatch) -> list[dict[str, str]]:
    """Parcels that one task sends many of, and its messages."""
    sent = []
    monkeypatch.setattr(Parcel, "PLAN", replace(PLAN, together=3))
    monkeypatch.setattr(send_parcel, "apply_async", lambda kwargs, **where: sent.append(kwargs | where))
    return sent


def parcels_of(count, **columns):
    return [Parcel.objects.create(published_at=timezone.now(), **columns) for _ in range(count)]


def test_one_message_stands_for_many_and_each_queue_has_its_own(
    db, in_batches, monkeypatch, django_capture_on_commit_callbacks
):
    some = parcels_of(7)
    monkeypatch.setattr(Parcel, "queue", property(lambda parcel: "far" if parcel.pk == some[0].pk else ""))
    with django_capture_on_commit_callbacks(execute=True):
        leases.publish(*some)
    assert in_batches == [{"queue": "far"}, {}, {}]


def test_what_comes_next_is_of_all_in_turn_and_within_the_share_of_each(parcel):
    flood = [parcel, *parcels_of(3)]
    [other], [theirs] = parcels_of(1, sender=2), parcels_of(1, team=2)
    assert leases.next_in_turn(Parcel, 9) == [flood[0], theirs, other]
    assert leases.next_in_turn(Parcel, 1) == [flood[0]]
    claim(flood[0])
    assert leases.next_in_turn(Parcel, 9) == [theirs, other]


def test_much_is_claimed_at_once_but_nothing_that_no_longer_waits_as_it_did(parcel):
    some = [parcel, *parcels_of(3)]
    chosen = list(Parcel.objects.order_by("-pk"))
    claim(some[0])
    age(some[1], attempt=2)
    earlier = timezone.now() - timedelta(days=1)
    claimed = leases.claim_all(chosen, now=timezone.now(), published_at=earlier)
    assert claimed == [some[3], some[2]]
    assert {now_of(each) for each in claimed} == {(State.SENDING, 1)}
    stored = Parcel.objects.get(pk=some[3].pk)
    assert (stored.published_at, stored.lease_until) == (earlier, claimed[0].lease_until)
    assert leases.claim_all([], now=timezone.now()) == []


def test_much_is_renewed_at_once_each_at_its_own_attempt(parcel, monkeypatch):
    monkeypatch.setattr(Parcel, "PLAN", replace(PLAN, share=4))
    first = parcel
    second, stale, ended = parcels_of(3)
    for each in (first, second, stale, ended):
        claim(each)
    age(second, attempt=2)
    end(ended.pk, 1, "send")
    for each in (first, second, stale):
        expire(each)
        each.refresh_from_db()
    stale.attempt = 2
    leases.renew_all([first, second, stale, ended])
    assert list(Parcel.objects.expired(timezone.now())) == [Parcel.objects.get(pk=stale.pk)]
    leases.renew_all([])


def test_what_is_published_again_keeps_its_order(db, published, django_capture_on_commit_callbacks):
    some = parcels_of(4)
    for place, each in enumerate(reversed(some)):
        age(each, published_at=timezone.now() - 2 * UNHEARD + timedelta(seconds=place))
    with django_capture_on_commit_callbacks(execute=True):
        assert sweep() == 4
    assert [work_id for work_id, _ in published] == [str(each.pk) for each in reversed(some)]
    assert list(Parcel.objects.order_by("published_at")) == [*reversed(some)]


def test_a_kind_of_work_is_live_until_it_ends(parcel):
    assert parcel.is_live
    assert list(Parcel.objects.live()) == [parcel]
    claim(parcel)
    assert end(parcel.pk, 1, "send").is_live is False
    assert not Parcel.objects.live().exists()


def test_the_moves_of_workers_come_from_the_plan():
    assert parcels.MOVES["claim"] == ({State.WAITING}, State.SENDING)
    assert parcels.MOVES["queue_again"] == ({State.SENDING}, State.WAITING)
