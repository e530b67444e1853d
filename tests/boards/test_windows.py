"""A window is typed in one's own zone and stored in UTC: what does not exist or comes twice is never guessed."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from hypothesis import example, given
from hypothesis import strategies as st

from apps.accounts.models import User
from apps.boards.forms.windows import MoveWindow, Window
from apps.core.clock import Clock, readings, time_zones
from apps.core.shown import texts
from apps.core.wording import timestamp
from apps.deployments import commands
from apps.deployments.models import Deployment
from apps.ledger.selectors import lines, whole_history
from apps.preferences import commands as preferences
from tests import cast

GAP, TWICE = "2026-03-29T02:30", "2026-10-25T02:30"
FIRST, SECOND = "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"
PARIS = Clock("Europe/Paris")
YEARS = map(datetime.fromisoformat, ("2000-01-02", "2099-12-30"))
MOMENTS = st.datetimes(*YEARS, timezones=st.just(UTC)).map(lambda at: at.replace(second=0, microsecond=0))
AT = datetime(2026, 11, 28, 20, 36, tzinfo=UTC)


def window(clock: Clock = PARIS, /, **typed: str) -> Window:
    return Window({"time_zone": clock.time_zone} | typed, clock=clock)


def as_browsers_send(form: Window) -> dict[str, str]:
    """What a browser sends of a form that nobody touched."""
    sent = {"time_zone": str(form["time_zone"].value())}
    for field in form.asked:
        value = field.value()
        sent[field.html_name] = value.isoformat(timespec="minutes") if isinstance(value, datetime) else str(value or "")
    return sent


@given(st.sampled_from(("", *time_zones())), MOMENTS)
@example("Europe/Paris", datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
@example("Europe/Paris", datetime(2026, 10, 25, 1, 30, tzinfo=UTC))
@example("Australia/Lord_Howe", datetime(2026, 4, 4, 15, 15, tzinfo=UTC))
def test_a_form_that_nobody_touched_means_what_is_stored_whatever_the_zone(zone, moment):
    stored = {"window_start": moment, "window_end": moment + timedelta(hours=1)}
    shown = {name: at + timedelta(seconds=11) for name, at in stored.items()}
    sent = Window(as_browsers_send(Window(initial=shown, clock=Clock(zone))), clock=Clock("Asia/Tokyo"))
    assert sent.is_valid(), sent.errors
    assert sent.cleaned_data == stored


@given(st.sampled_from(time_zones()), MOMENTS)
@example("Europe/Paris", datetime(2026, 3, 29, 2, 30, tzinfo=UTC))
@example("Europe/Paris", datetime(2026, 10, 25, 2, 30, tzinfo=UTC))
def test_a_typed_time_is_the_one_moment_it_means_or_nothing(zone, moment):
    local = moment.replace(tzinfo=None)
    form = window(Clock(zone), window_start=local.isoformat(timespec="minutes"))
    found = readings(local, ZoneInfo(zone))
    assert form.is_valid() == (len(found) == 1)
    if form.is_valid():
        assert form.cleaned_data == {"window_start": found[0], "window_end": None}


def test_a_time_that_does_not_exist_is_refused_with_its_neighbours() -> None:
    form = window(window_start=GAP)
    assert form.errors == {
        "window_start": [
            "Clocks go forward over this time, so it does not exist. "
            "Write Sun 29 Mar 2026, 01:30 or Sun 29 Mar 2026, 03:30."
        ]
    }


def test_a_time_that_comes_twice_is_asked_with_both_readings() -> None:
    form = window(window_start=TWICE)
    assert list(form.errors) == ["window_start_which"]
    which: Any = form.fields["window_start_which"]
    assert which.choices == [
        (FIRST, "2026-10-25 00:30 UTC, before clocks go back"),
        (SECOND, "2026-10-25 01:30 UTC, after clocks go back"),
    ]
    for reading in (FIRST, SECOND):
        answered = window(window_start=TWICE, window_start_which=reading)
        assert answered.is_valid()
        assert answered.cleaned_data["window_start"] == datetime.fromisoformat(reading)


@pytest.mark.parametrize(("start", "end"), [(TWICE, "2026-10-25T04:00"), ("2026-10-25T01:00", TWICE), (TWICE, TWICE)])
def test_each_end_is_asked_for_itself(start: str, end: str) -> None:
    asked = {f"{name}_which" for name, typed in (("window_start", start), ("window_end", end)) if typed == TWICE}
    assert set(window(window_start=start, window_end=end).errors) == asked
    assert set(window(window_start=start, window_end=GAP).errors) >= {"window_end"}


@pytest.mark.parametrize("answer", ["", "x", "2026-10-25T00:31:00Z", "2026-10-25T02:30:00Z"])
def test_an_answer_to_another_question_is_none(answer: str) -> None:
    form = window(window_start=TWICE, window_start_which=answer)
    assert list(form.errors) == ["window_start_which"]
    assert len(form.errors["window_start_which"]) == 1
    moved = window(window_start="2026-10-25T03:30", window_start_which=FIRST)
    assert moved.cleaned_data["window_start"] if moved.is_valid() else False
    assert moved.cleaned_data["window_start"] == datetime(2026, 10, 25, 2, 30, tzinfo=UTC)


def test_ends_are_compared_as_moments() -> None:
    """From 02:45 before clocks go back to 02:15 after that is half an hour."""
    twice = {"window_start": "2026-10-25T02:45", "window_end": "2026-10-25T02:15"}
    good = window(**twice, window_start_which="2026-10-25T00:45:00Z", window_end_which="2026-10-25T01:15:00Z")
    assert good.is_valid()
    bad = window(**twice, window_start_which="2026-10-25T00:45:00Z", window_end_which="2026-10-25T00:15:00Z")
    assert bad.errors == {"window_end": ["The window closes before it opens. Choose a later time."]}


@pytest.mark.parametrize("typed", ["2026-10-25T02:30Z", "2026-10-25T02:30+05:00", "2026-10-25 02:30:00-03:00"])
def test_a_time_with_an_offset_of_its_own_is_not_read_as_another(typed: str) -> None:
    assert "zone is the one named beside it" in str(window(window_start=typed).errors)


@pytest.mark.parametrize(
    ("zone", "typed"),
    [("Pacific/Kiritimati", "2000-01-01T05:00"), ("America/Los_Angeles", "2099-12-31T20:00"), ("", "1999-12-31T23:00")],
)
def test_years_are_those_of_what_is_stored(zone: str, typed: str) -> None:
    assert "Write one from 2000 to 2099." in str(window(Clock(zone), window_start=typed).errors)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "Etc/GMT+5", "../../etc/passwd", "x" * 99])
def test_a_zone_that_no_page_names_is_refused(zone: str) -> None:
    form = window(time_zone=zone, window_start="2026-11-28T21:36")
    assert "named a time zone that is not known here" in str(form.errors)


def test_a_form_says_what_its_times_are_in_utc() -> None:
    field = Window(initial={"window_start": AT}, clock=PARIS).fields["window_start"]
    assert field.label == "Window opens, Europe/Paris"
    assert field.help_text == "<span data-in-utc>That is 2026-11-28 20:36 UTC.</span> "
    plain = Window(initial={"window_start": AT}, clock=Clock()).fields["window_start"]
    assert (plain.label, plain.help_text) == ("Window opens, UTC", "")


# ---- pages ----


@pytest.fixture
def made(stage: SimpleNamespace) -> SimpleNamespace:
    for person, zone in ((stage.lead, "Europe/Paris"), (stage.member, "America/New_York")):
        preferences.edit_preferences(person, by=cast.again(person), time_zone=zone, letter_keys=True)
    return stage


def edit(made: SimpleNamespace, who: User, **typed: str):
    client = cast.signed_in(cast.again(who))
    url = reverse("deployments:edit_deployment", args=["pay", made.deployment.number])
    page = client.get(url).context["form"]
    sent = as_browsers_send(page) | {"basis": page["basis"].value()} | typed
    return client.post(url, sent), lambda: client.get(url)


def stored(made: SimpleNamespace) -> tuple[datetime | None, datetime | None]:
    now = Deployment.objects.get(pk=made.deployment.pk)
    return now.window_start, now.window_end


@pytest.mark.django_db
def test_two_people_in_two_zones_see_the_same_instant(made: SimpleNamespace) -> None:
    answer, _ = edit(made, made.lead, window_start="2026-11-28T21:36", window_end="2026-11-28T23:00")
    assert answer.status_code == 302
    assert stored(made) == (AT, AT + timedelta(minutes=84))
    _, again = edit(made, made.member)
    page = again().content.decode()
    assert 'value="2026-11-28T15:36"' in page
    assert "Window opens, America/New York" in page
    assert "That is 2026-11-28 20:36 UTC." in page
    assert stored(made) == (AT, AT + timedelta(minutes=84))


@pytest.mark.django_db
def test_a_form_is_read_in_the_zone_it_was_shown_in(made: SimpleNamespace) -> None:
    lead = cast.again(made.lead)
    typed = {"window_start": "2026-11-28T21:36", "window_end": "", "time_zone": "Europe/Paris"}
    preferences.edit_preferences(lead, by=lead, time_zone="Asia/Tokyo", letter_keys=True)
    assert edit(made, made.lead, **typed)[0].status_code == 302
    assert stored(made) == (AT, None)


@pytest.mark.django_db
def test_a_window_that_was_moved_meanwhile_is_shown_in_both(made: SimpleNamespace) -> None:
    lead, url = cast.again(made.lead), reverse("deployments:edit_deployment", args=["pay", made.deployment.number])
    client = cast.signed_in(lead)
    page = client.get(url).context["form"]
    by = cast.again(made.member)
    commands.edit_deployment(made.deployment, by=by, window_start=AT, window_end=None)
    sent = as_browsers_send(page) | {"basis": page["basis"].value(), "window_start": "2026-11-29T10:00"}
    late = client.post(url, sent)
    assert late.status_code == 409
    assert "2026-11-28 20:36 UTC, Sat 28 Nov 2026, 21:36 for you" in late.content.decode()
    assert 'value="2026-11-29T10:00"' in late.content.decode()
    assert stored(made) == (AT, None)


@pytest.mark.django_db
def test_its_history_says_from_when_to_when_it_moved(made: SimpleNamespace) -> None:
    by, later = cast.again(made.lead), AT + timedelta(hours=2)
    for start, end in ((AT, None), (later, None)):
        commands.edit_deployment(made.deployment, by=by, window_start=start, window_end=end)
    written, moved = timestamp(AT), timestamp(later)
    assert [line.text for line in lines(whole_history(made.deployment.stream))][-2:] == [
        f"set the window to {written} – open",
        f"moved the window from {written} – open to {moved} – open",
    ]


@pytest.mark.django_db
def test_a_page_asks_which_one_and_takes_the_answer(made: SimpleNamespace) -> None:
    asked, _ = edit(made, made.lead, window_start=TWICE, window_end="")
    assert asked.status_code == 422
    html = asked.content.decode()
    assert "it comes twice. Choose which one you mean." in html
    assert f'value="{SECOND}"' in html
    assert stored(made) == (None, None)
    assert edit(made, made.lead, window_start=TWICE, window_start_which=SECOND)[0].status_code == 302
    assert stored(made) == (datetime.fromisoformat(SECOND), None)
    assert edit(made, made.lead)[0].status_code == 302  # as the page shows it
    assert stored(made) == (datetime.fromisoformat(SECOND), None)


@pytest.mark.django_db
def test_a_new_deployment_has_its_window_in_the_zone_of_whoever_starts_it(made: SimpleNamespace) -> None:
    start = f"{reverse('deployments:create_deployment', args=['pay'])}?template={made.version.pk}"
    client = cast.signed_in(cast.again(made.member))
    typed = {"service": "Search", "version": "9", "environment": "test"}
    typed |= {"time_zone": "America/New_York", "window_start": "2026-11-28T15:36"}
    assert 'name="time_zone" value="America/New_York"' in client.get(start).content.decode()
    assert client.post(start, typed).status_code == 302
    assert Deployment.objects.get(service="Search").window_start == AT


@pytest.mark.django_db
def test_what_is_saved_unchanged_by_somebody_elsewhere_overwrites_nothing(made: SimpleNamespace) -> None:
    now = {"window_start": AT, "window_end": None}
    form = MoveWindow(initial=now, now=texts(**now), clock=Clock("America/New_York"))
    sent = as_browsers_send(form) | {"basis": str(form["basis"].value())}
    again = MoveWindow(sent, initial=now, now=texts(**now), clock=PARIS)
    assert again.is_valid()
    assert texts(**{name: again.cleaned_data[name] for name in now}) == texts(**now)
