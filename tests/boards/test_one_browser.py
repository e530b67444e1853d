"""Two accounts in one browser are flagged on board, item, waiver, sheet and record; nothing is refused for it."""

import uuid
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.deployments.models import Waiver
from apps.records.commands import request_record
from apps.records.document import build, machine_record, printed
from apps.records.selectors import collect
from apps.sheets.models import Sheet
from apps.signoff.models import Signature
from apps.signoff.rules import browser_digest, of_one_browser
from tests.cast import PASSWORD, again, words
from tests.house.routes.deployments import completing, signing
from tests.waivers import asking

pytestmark = pytest.mark.django_db

SHARED = "One browser, two accounts."
TAG = "one browser, two accounts"


def sit_down(browser: Client, person: User) -> Client:
    """The person signs in where others signed in before; the page they see first leaves the cookie."""
    browser.force_login(person)
    browser.get(reverse("accounts:account"))
    return browser


def turn(stage: SimpleNamespace, browser: Client, number: int) -> None:
    address = reverse("deployments:sign_item", args=[stage.team.slug, stage.deployment.number, number])
    assert browser.post(address, signing(number)(stage)).status_code == 302


def page(stage: SimpleNamespace, browser: Client, name: str, *args: object) -> str:
    return words(browser.get(reverse(f"deployments:{name}", args=[stage.team.slug, stage.deployment.number, *args])))


def stated(stage: SimpleNamespace) -> tuple[str, str]:
    document = build(collect(request_record(stage.deployment, by=again(stage.auditor))))
    return printed(document), machine_record(document).decode()


def test_both_keys_of_an_item_in_one_browser_are_flagged_before_and_after(stage):
    bench = Client()
    turn(stage, sit_down(bench, stage.member), 5)
    sit_down(bench, stage.reviewer)
    assert "佐藤 Mika</bdi> acted in this browser before you." in page(stage, bench, "item", 5)
    turn(stage, bench, 5)
    elsewhere = sit_down(Client(), stage.auditor)
    assert SHARED in page(stage, elsewhere, "item", 5)
    assert TAG in page(stage, elsewhere, "board")
    assert "1 item with two accounts in one browser" in page(stage, elsewhere, "sheet")
    on_paper, data = stated(stage)
    assert "佐藤 Mika and Ruth Okafor acted in one browser, which people may share" in on_paper
    assert "item with two accounts in one browser" in on_paper
    assert '"of_one_browser":["佐藤 Mika","Ruth Okafor"]' in data


def test_two_browsers_are_not_flagged_and_one_person_neither(stage):
    turn(stage, sit_down(Client(), stage.member), 5)
    other = sit_down(Client(), stage.reviewer)
    assert "acted in this browser" not in page(stage, other, "item", 5)
    turn(stage, other, 5)
    turn(stage, other, 4)
    for shown in (page(stage, other, "item", 5), page(stage, other, "board"), page(stage, other, "sheet")):
        assert SHARED not in shown
        assert TAG not in shown
        assert "two accounts" not in shown
    on_paper, data = stated(stage)
    assert "acted in one browser" not in on_paper
    assert "keys of one browser" in data or "keys of one browser" in on_paper
    assert Signature.objects.exclude(browser="").count() == 3


def test_a_waiver_asked_for_and_approved_in_one_browser_is_flagged(stage):
    bench = sit_down(Client(), stage.member)
    item = [stage.team.slug, stage.deployment.number, 3]
    bench.post(reverse("deployments:request_waiver", args=item), asking.typed(stage.items[2], stage.member))
    waiver = Waiver.objects.get()
    sit_down(bench, stage.reviewer)
    assert "acted in this browser before you." in page(stage, bench, "item", 3)
    confirm = {"shown": waiver.sign_off.digest, "intent": uuid.uuid4(), "password": PASSWORD}
    bench.post(reverse("deployments:approve_waiver", args=[*item, waiver.pk]), confirm)
    elsewhere = sit_down(Client(), stage.auditor)
    assert SHARED in page(stage, elsewhere, "item", 3)
    assert TAG in page(stage, elsewhere, "board")
    assert "acted in one browser" in stated(stage)[0]


def test_a_sheet_completed_and_verified_in_one_browser_is_flagged(stage):
    bench = sit_down(Client(), stage.member)
    address = [stage.team.slug, stage.deployment.number]
    bench.post(reverse("deployments:complete_sheet", args=address), completing(stage))
    signed = Sheet.objects.get().sign_off
    sit_down(bench, stage.reviewer)
    assert "acted in this browser before you." in page(stage, bench, "sheet")
    confirm = {"shown": signed.digest, "revision": signed.revision, "intent": uuid.uuid4(), "password": PASSWORD}
    bench.post(reverse("deployments:verify_sheet", args=address), confirm)
    assert SHARED in page(stage, sit_down(Client(), stage.auditor), "sheet")
    on_paper, _ = stated(stage)
    assert "sheet signed by two accounts in one browser" in on_paper
    assert "acted in one browser, which people may share." in on_paper


def test_the_cookie_is_random_signed_hidden_and_goes_nowhere_else(stage):
    browsers = [sit_down(Client(), person) for person in (stage.member, stage.reviewer)]
    one, other = (browser.cookies[settings.BROWSER_COOKIE_NAME] for browser in browsers)
    assert one.value != other.value
    assert len(one.value.partition(":")[0]) == 43
    assert (one["httponly"], one["samesite"], one["path"], one["domain"]) == (True, "Lax", "/", "")
    before = one.value
    sit_down(browsers[0], stage.reviewer)
    assert browsers[0].cookies[settings.BROWSER_COOKIE_NAME].value == before


def test_a_cookie_of_somebody_s_own_making_counts_for_nothing(stage):
    browser = sit_down(Client(), stage.member)
    browser.cookies[settings.BROWSER_COOKIE_NAME] = "chosen:by:me"
    browser.get(reverse("accounts:account"))
    assert browser.cookies[settings.BROWSER_COOKIE_NAME].value != "chosen:by:me"


def test_nobody_who_is_not_signed_in_is_given_one(stage):
    for address in (reverse("accounts:sign_in"), "/healthz", "/nowhere/"):
        assert settings.BROWSER_COOKIE_NAME not in Client().get(address).cookies


def test_signing_in_with_a_password_gives_one(stage):
    browser = Client()
    browser.post(reverse("accounts:sign_in"), {"username": "mika", "password": PASSWORD})
    assert browser.cookies[settings.BROWSER_COOKIE_NAME].value


def test_keys_of_one_browser_cannot_be_told_across_deployments():
    assert browser_digest("one", "deployment/1") != browser_digest("one", "deployment/2")
    assert browser_digest("", "deployment/1") == ""


@pytest.mark.parametrize(
    ("acts", "names"),
    [
        ([(1, "A", "x"), (2, "B", "x")], ["A", "B"]),
        ([(1, "A", "x"), (1, "A", "x")], []),
        ([(1, "A", ""), (2, "B", "")], []),
        ([(1, "A", "x"), (2, "B", "y"), (3, "C", "x"), (4, "D", "y")], ["A", "C", "B", "D"]),
        ([(1, "A", "x"), (2, "B", "y")], []),
    ],
)
def test_only_two_people_in_one_browser_count(acts, names):
    assert of_one_browser(acts) == names
