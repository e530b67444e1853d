"""A deployment's way from a checklist to its end, and every step it refuses."""

import threading
import uuid
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.boards.selectors import starting
from apps.checklists import commands as checklists
from apps.checklists.models import TemplateVersion
from apps.core.errors import NotAllowed, TooLarge, WrongState
from apps.deployments import commands
from apps.deployments.models import Deployment
from apps.imports import commands as imports
from apps.ledger.models import Entry
from tests import cast
from tests.boards.comparing import following

CHECKLIST = """# Release of {{ service }}

## Before

- [ ] Tag {{ version }} from {{ branch }}
- [ ] Tell {{ channel }} about {{ environment }}

```
deploy --to {{ region }}
```
"""


@pytest.fixture
def made(stage: SimpleNamespace) -> SimpleNamespace:
    return stage


def client(who: User) -> Client:
    browser = Client()
    browser.force_login(who)
    return browser


def url(made: SimpleNamespace, name: str) -> str:
    return reverse(f"deployments:{name}", args=[made.team.slug, made.deployment.number])


def new(made: SimpleNamespace) -> str:
    return reverse("deployments:create_deployment", args=[made.team.slug])


def typed(**fields: str) -> dict[str, Any]:
    return {"service": "Search", "version": "9.1", "environment": "staging"} | fields


def fresh(made: SimpleNamespace) -> Deployment:
    return Deployment.objects.get(pk=made.deployment.pk)


def import_checklist(made: SimpleNamespace, text: str = CHECKLIST):
    draft = imports.start_import(made.team, by=cast.again(made.lead), source=text)
    return cast.published(imports.draft_import(draft, by=cast.again(made.lead))[0], by=made.lead)


def test_a_deployment_starts_from_a_checklist_with_its_blanks_filled(made: SimpleNamespace) -> None:
    version = import_checklist(made)
    browser = client(made.member)
    assert "Step 1 of 2" in browser.get(new(made)).content.decode()
    start = f"{new(made)}?template={version.pk}"
    form = browser.get(start).context["form"]
    assert [blank.label for blank in form.blanks] == [
        one["name"] for one in version.variables if one["name"] in ("branch", "channel", "region")
    ]
    answers = {blank.html_name: f"the {blank.label}" for blank in form.blanks}
    window = {"window_start": "2026-12-01T16:00", "window_end": "2026-12-01T18:00"}
    response = browser.post(start, typed(**answers, **window), follow=False)
    deployment = Deployment.objects.get(service="Search")
    assert response["Location"] == reverse("deployments:board", args=[made.team.slug, deployment.number])
    titles = list(deployment.items.order_by("number").values_list("title", flat=True))
    assert titles[0] == "Tag 9.1 from the branch"
    assert titles[1].startswith("Tell the channel about staging")
    assert deployment.window_start == datetime(2026, 12, 1, 16, 0, tzinfo=UTC)
    assert (deployment.state, deployment.number, deployment.created_by) == ("draft", 2, made.member)


def test_a_blank_left_empty_stays_a_blank(made: SimpleNamespace) -> None:
    version = import_checklist(made)
    client(made.lead).post(f"{new(made)}?template={version.pk}", typed())
    first = Deployment.objects.get(service="Search").items.get(number=1)
    assert first.title == "Tag 9.1 from {{ branch }}"


NAMES = "{{ region }} " * 50
OVERBLOWN = {
    "the text of “one”": f"- [ ] one\n\n  {NAMES}\n",
    "the guidance of “Before”": f"{NAMES}\n\n- [ ] one\n",
    "a command of “one”": f"- [ ] one\n\n  ```bash\n  run {NAMES}\n  ```\n",
    "a command of “Before”": f"```bash\nrun {NAMES}\n```\n\n- [ ] one\n",
}


@pytest.mark.parametrize(("what", "text"), OVERBLOWN.items(), ids=OVERBLOWN)
def test_values_that_blow_up_a_text_are_refused_and_nothing_is_made(
    made: SimpleNamespace, what: str, text: str
) -> None:
    version = import_checklist(made, f"# Release\n\n## Before\n\n{text}")
    start, browser = f"{new(made)}?template={version.pk}", client(made.lead)
    refused = browser.post(start, typed(variable_0="w" * 500), headers={"HX-Request": "true"})
    assert refused.status_code == 413
    assert f"With these values, {what} would have 25,0" in refused.content.decode()
    assert "Type shorter values" in refused.content.decode()
    assert not Deployment.objects.filter(service="Search").exists()
    assert browser.post(start, typed(variable_0="w" * 390)).status_code == 302


def test_values_that_blow_up_a_checklist_bit_by_bit_are_refused(made: SimpleNamespace) -> None:
    items = "".join(f"- [ ] step {n}\n\n  {'{{ region }} ' * 30}\n\n" for n in range(70))
    version = import_checklist(made, f"# Release\n\n{items}")
    values = typed() | {"variables": {"region": "w" * 500}}
    with pytest.raises(TooLarge, match="1,024,800 characters longer; at most 1,000,000"):
        commands.create_deployment(made.team, by=made.lead, template_version=version, **values)
    values["variables"] = {"region": "Frankfurt am Main"}
    assert commands.create_deployment(made.team, by=made.lead, template_version=version, **values)


def test_a_single_checklist_needs_no_choosing(made: SimpleNamespace) -> None:
    response = client(made.lead).get(new(made))
    assert response.status_code == 302
    assert response["Location"].endswith(f"?template={made.version.pk}")


def test_checklists_are_found_by_their_words(made: SimpleNamespace) -> None:
    import_checklist(made)
    browser = client(made.lead)
    assert browser.get(new(made), {"q": "release of"}).context["versions"][0].template.title.startswith("Release of")
    assert "No checklist matches" in browser.get(new(made), {"q": "migration"}).content.decode()


def test_a_team_without_checklists_is_led_to_the_import(made: SimpleNamespace) -> None:
    team = cast.accounts.create_team(by=made.stranger, name="Empty", slug="empty")
    page = client(made.stranger).get(reverse("deployments:create_deployment", args=[team.slug])).content.decode()
    assert "None is published yet" in page
    assert "Import checklist" in page


def test_an_archived_checklist_starts_nothing(made: SimpleNamespace) -> None:
    version = import_checklist(made)
    checklists.archive_template(version.template, by=made.lead)
    browser = client(made.lead)
    assert browser.post(f"{new(made)}?template={version.pk}", typed()).status_code == 422
    assert not Deployment.objects.filter(service="Search").exists()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"service": ""}, "Fill this in: Service."),
        ({"version": "9" * 101}, "at most 100 characters"),
        ({"window_start": "2026-12-01T18:00", "window_end": "2026-12-01T16:00"}, "closes before it opens"),
        ({"window_start": "whenever"}, "Enter a valid date/time"),
    ],
)
def test_a_bad_form_keeps_what_was_typed(made: SimpleNamespace, wrong: dict[str, str], message: str) -> None:
    response = client(made.lead).post(f"{new(made)}?template={made.version.pk}", typed(**wrong))
    assert response.status_code == 422
    page = response.content.decode()
    assert message in page
    assert "staging" in page
    assert Deployment.objects.filter(team=made.team).count() == 1


def test_what_is_chosen_is_one_of_those_to_choose_from(made: SimpleNamespace) -> None:
    checklists.archive_template(import_checklist(made).template, by=made.lead)
    newer = following(made, made.version, says={"title": "The next release"})
    checklists.start_draft(newer.template, by=cast.again(made.lead))
    offered = [each.pk for each in starting.published(made.team)]
    assert newer.pk in offered
    for each in TemplateVersion.objects.all():
        found = starting.chosen(made.team, str(each.pk))
        assert (found is not None) == (each.pk in offered)
        assert found is None or (found, found.template) == (each, each.template)


def test_another_teams_checklist_is_never_used(made: SimpleNamespace) -> None:
    foreign = made.other_deployment.template_version
    assert client(made.lead).post(f"{new(made)}?template={foreign.pk}", typed()).status_code == 422
    with pytest.raises(NotAllowed, match="another team"):
        commands.create_deployment(made.team, by=made.lead, template_version=foreign, **typed())


def test_a_second_click_starts_nothing_and_other_values_do(made: SimpleNamespace) -> None:
    intent = uuid.uuid4()

    def start(by: User, **values: str) -> Deployment:
        return commands.create_deployment(
            made.team, by=by, template_version=made.version, intent=intent, **typed(**values)
        )

    first, second = start(made.lead), start(made.lead)
    assert first.pk == second.pk == intent
    others = [start(made.lead, version="9.2"), start(made.reviewer)]
    assert [other.number - first.number for other in others] == [1, 2]


def test_an_auditor_starts_nothing(made: SimpleNamespace) -> None:
    browser = client(made.auditor)
    assert "Your role reads only" in browser.get(new(made), follow=True).content.decode()
    assert browser.post(f"{new(made)}?template={made.version.pk}", typed()).status_code == 403


def test_a_draft_takes_no_keys_until_its_review_is_open(made: SimpleNamespace) -> None:
    made.deployment = commands.create_deployment(made.team, by=made.lead, template_version=made.version, **typed())
    item = made.deployment.items.get(number=1)
    with pytest.raises(WrongState, match="Open the review first"):
        cast.sign(item, made.member)
    assert client(made.member).post(url(made, "open_review")).status_code == 302
    cast.sign(item, made.member)
    assert fresh(made).state == "in_review"


def test_a_review_is_opened_once(made: SimpleNamespace) -> None:
    response = client(made.lead).post(url(made, "open_review"))
    assert response.status_code == 409
    assert "open already" in response.content.decode()


def test_a_checklist_without_items_is_not_published_and_opens_no_review(
    made: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = "# Flow\n\n```mermaid\nflowchart LR\n  A[Build] --> B[Ship]\n```\n"
    with pytest.raises(WrongState, match="no items"):
        import_checklist(made, flow)
    monkeypatch.setattr("apps.checklists.selectors.problem_to_publish", lambda content: "")
    deployment = commands.create_deployment(
        made.team, by=made.lead, template_version=import_checklist(made, flow), **typed()
    )
    with pytest.raises(WrongState, match="no items"):
        commands.open_review(deployment, by=made.lead)


def test_the_window_moves_and_keys_stay(made: SimpleNamespace) -> None:
    cast.sign(made.items[0], made.member)
    sent = {"window_start": "2026-12-02T08:00", "window_end": "2026-12-02T09:30"}
    assert client(made.member).post(url(made, "edit_deployment"), sent).status_code == 302
    assert fresh(made).window_end == datetime(2026, 12, 2, 9, 30, tzinfo=UTC)
    assert len(cast.load(made.items[0]).sign_off.turned) == 1
    page = client(made.member).get(url(made, "edit_deployment")).content.decode()
    assert 'value="2026-12-02T08:00"' in page
    sent["window_end"] = "2026-12-02T07:00"
    assert client(made.member).post(url(made, "edit_deployment"), sent).status_code == 422


def test_cancelling_needs_a_lead_a_reason_and_a_confirmation(made: SimpleNamespace) -> None:
    lead, reason = client(made.lead), "The vendor postponed the launch."
    assert lead.post(url(made, "cancel_deployment"), {"reason": "short", "confirmed": "on"}).status_code == 422
    assert lead.post(url(made, "cancel_deployment"), {"reason": reason}).status_code == 422
    member = client(made.reviewer)
    assert "Only a release manager may cancel" in member.get(url(made, "cancel_deployment")).content.decode()
    assert member.post(url(made, "cancel_deployment"), {"reason": reason, "confirmed": "on"}).status_code == 403
    assert fresh(made).state == "in_review"
    sent = {"reason": reason, "confirmed": "on", **cast.basis(lead, url(made, "cancel_deployment"))}
    assert lead.post(url(made, "cancel_deployment"), sent).status_code == 302
    closed = fresh(made)
    assert (closed.outcome, closed.closing_reason, closed.closed_by) == ("cancelled", reason, made.lead)


def test_a_closed_deployment_stays_as_it_is(made: SimpleNamespace) -> None:
    commands.cancel_deployment(made.deployment, by=made.lead, reason="Not needed any more.")
    lead = client(made.lead)
    assert lead.post(url(made, "open_review")).status_code == 409
    assert lead.post(url(made, "edit_deployment"), {}).status_code == 409
    again = {"reason": "Once more, for sure.", "confirmed": "on"}
    assert lead.post(url(made, "cancel_deployment"), again).status_code == 409
    with pytest.raises(WrongState):
        cast.sign(made.items[0], made.member)


def test_the_history_tells_everything_in_sentences(made: SimpleNamespace) -> None:
    cast.sign(made.items[0], made.member)
    page = client(made.auditor).get(url(made, "history")).content.decode()
    assert "turned key 1 of 2 of item 1" in page
    assert "opened the review" in page
    assert made.member.full_name in page
    head = Entry.objects.filter(stream=made.deployment.stream).order_by("-sequence").first()
    assert f"verify_ledger --head {made.deployment.stream}:{head.sequence}:{head.digest}" in page


def test_the_history_is_searched_by_words_and_by_people(made: SimpleNamespace) -> None:
    cast.sign(made.items[0], made.member)
    browser = client(made.lead)

    def found(words: str) -> list[str]:
        entries = browser.get(url(made, "history"), {"q": words}).context["entries"]
        return [one.line.kind for one in entries]

    assert found("turned key") == ["item.signed"]
    assert found("mika") == ["item.signed"]
    assert found("lena review") == ["review.opened"]
    assert found("nobody did this") == []


def test_a_long_history_comes_in_pages_newest_first(made: SimpleNamespace) -> None:
    for day in range(1, 29):
        for hour in (8, 10):
            start = datetime(2026, 12, day, hour, tzinfo=UTC)
            commands.edit_deployment(made.deployment, by=made.lead, window_start=start, window_end=None)
    page = client(made.lead).get(url(made, "history"))
    assert len(page.context["entries"]) == 50
    numbers = [one.line.sequence for one in page.context["entries"]]
    assert numbers == sorted(numbers, reverse=True)
    second = client(made.lead).get(url(made, "history"), {"page": "2"}).context["entries"]
    assert second[-1].line.sequence == 0


def test_the_history_takes_the_same_queries_however_long(made: SimpleNamespace, django_assert_max_num_queries) -> None:
    for item in made.items[2:]:
        cast.sign(item, made.member)
    browser = client(made.lead)
    with django_assert_max_num_queries(11):
        browser.get(url(made, "history"))
    with django_assert_max_num_queries(11):
        browser.get(url(made, "history"), {"q": "key"})


@pytest.mark.parametrize("name", ["edit_deployment", "cancel_deployment", "history"])
def test_a_stranger_finds_nothing(made: SimpleNamespace, name: str) -> None:
    assert client(made.stranger).get(url(made, name)).status_code == 404


@pytest.mark.parametrize("name", ["open_review", "edit_deployment", "cancel_deployment"])
def test_a_stranger_changes_nothing(made: SimpleNamespace, name: str) -> None:
    sent = {"reason": "I do not belong here.", "confirmed": "on"}
    assert client(made.stranger).post(url(made, name), sent).status_code == 404
    assert client(made.stranger).post(new(made), typed()).status_code == 404
    assert fresh(made).state == "in_review"


@pytest.mark.django_db(transaction=True)
def test_two_people_who_start_at_once_get_two_numbers_without_a_gap() -> None:
    made = cast.stage()
    start, failures = threading.Barrier(2), []

    def create(person: User) -> None:
        try:
            start.wait(timeout=10)
            commands.create_deployment(made.team, by=person, template_version=made.version, **typed())
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=create, args=(cast.again(p),)) for p in (made.lead, made.reviewer)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    numbers = Deployment.objects.filter(team=made.team).order_by("number").values_list("number", flat=True)
    assert list(numbers) == [1, 2, 3]
