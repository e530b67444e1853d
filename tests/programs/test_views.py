"""The pages of commands: what is approved there is what is read there, element by element."""

import uuid

import pytest
from django.urls import reverse

from apps.core import lists
from apps.ledger import selectors as ledger
from apps.probes.argv import Limits
from apps.programs import commands
from apps.programs.models import Command
from tests.cast import PASSWORD, again, signed_in

pytestmark = pytest.mark.django_db
TYPED = {"name": "Up", "argv": "uptime\r\n-p\r\n", "seconds": 10, "cpu_seconds": 5, "memory_mb": 128, "processes": 8}


def url(cast, name, *rest):
    return reverse(f"programs:{name}", args=[cast.team.slug, *rest])


def text(answer, status=200):
    assert answer.status_code == status
    return answer.content.decode()


def test_a_member_proposes_and_two_people_approve(cast, settings):
    settings.KEYTURN_COMMANDS = True
    typed = TYPED | {"intent": uuid.uuid4()}
    made = signed_in(again(cast.member)).post(url(cast, "propose_command"), typed, follow=True)
    assert "It runs once two people approved it here" in text(made)
    command = Command.objects.get(name="Up")
    assert command.argv == ["uptime", "-p"]
    for person in (cast.reviewer, cast.lead):
        browser = signed_in(again(person))
        page = browser.get(url(cast, "command", command.pk))
        assert '<code dir="ltr">-p</code>' in text(page)
        body = page.context["form"].initial | {"password": PASSWORD}
        assert "Approved" in text(browser.post(url(cast, "approve_command", command.pk), body, follow=True))
    assert Command.refusal(cast.team.pk, command.digest) == ""
    assert "approved" in text(browser.get(url(cast, "list")))


def test_what_nobody_sees_is_spelt_out(cast):
    argv = ["printf", "a\u200bb", "", " c"]
    hidden = commands.propose_command(cast.team, by=again(cast.lead), name="Odd", argv=argv, limits=Limits())
    page = text(signed_in(again(cast.reviewer)).get(url(cast, "command", hidden.pk)))
    for seen in ("a⟨U+200B⟩b", "⟨empty⟩", "⟨space⟩c", hidden.digest):
        assert seen in page


def test_what_nobody_sees_is_spelt_out_in_the_ledger_too(cast):
    argv = ["grep", "f\u0430iled", "a\u202eb"]
    hidden = commands.propose_command(cast.team, by=again(cast.lead), name="Odd", argv=argv, limits=Limits())
    [line] = ledger.lines(ledger.history(hidden.stream))
    assert "\u202e" not in line.text
    assert r"f\u0430iled" in line.text


def test_an_approval_without_what_was_shown_approves_nothing(cast):
    browser = signed_in(again(cast.reviewer))
    answer = browser.post(url(cast, "approve_command", cast.command.pk), {})
    assert "The page you sent was not complete" in text(answer, 422)
    assert cast.load().sign_off.turned == []


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"argv": ""}, "required"),
        ({"argv": "--help"}, "cannot begin with"),
        ({"seconds": 99}, "1 to 55 seconds"),
        ({"processes": ""}, "required"),
        ({"memory_mb": 1024}, "allow less memory or fewer processes"),
    ],
)
def test_what_cannot_run_is_said_beside_what_was_typed(cast, wrong, why):
    answer = signed_in(again(cast.member)).post(url(cast, "propose_command"), TYPED | wrong)
    assert why in text(answer, 422)
    assert Command.objects.count() == 1


def test_one_that_is_there_is_named(cast):
    typed = TYPED | {"argv": "\n".join(cast.command.argv)}
    answer = signed_in(again(cast.member)).post(url(cast, "propose_command"), typed)
    assert "as “Free space”" in text(answer, 409)


def test_it_is_withdrawn_and_then_listed_apart(cast):
    browser = signed_in(again(cast.member))
    basis = browser.get(url(cast, "command", cast.command.pk)).context["basis"]
    answer = browser.post(url(cast, "withdraw_command", cast.command.pk), {"basis": basis}, follow=True)
    assert "It runs no more" in text(answer)
    assert "Free space</bdi>" not in text(browser.get(url(cast, "list")))
    assert "Free space</bdi>" in text(browser.get(url(cast, "list"), {"sort": "withdrawn"}))


def test_the_list_is_searched_sorted_and_paged(cast, monkeypatch):
    monkeypatch.setattr(lists, "PER_PAGE", 25)
    for number in range(26):
        commands.propose_command(
            cast.team, by=again(cast.lead), name=f"Disk {number:02}", argv=["df", str(number)], limits=Limits()
        )
    browser = signed_in(again(cast.auditor))
    page = text(browser.get(url(cast, "list"), {"q": "disk"}))
    assert "Disk 00" in page
    assert "Free space</bdi>" not in page
    assert "Disk 25" not in page
    assert "Disk 25" in text(browser.get(url(cast, "list"), {"q": "disk", "page": "2"}))
    assert "Disk 25" in text(browser.get(url(cast, "list"), {"sort": "newest"}))
    assert "No command matches" in text(browser.get(url(cast, "list"), {"q": "tape"}))


def test_a_team_without_commands_reads_what_they_are_for_and_who_switches_them_on(people):
    page = text(signed_in(again(people.lead)).get(reverse("programs:list", args=[people.team.slug])))
    assert "No commands yet" in page
    assert "An admin of the team can switch them on" in page
    assert "KEYTURN_COMMANDS=1" in page


def test_another_team_sees_none_of_it(cast):
    browser = signed_in(again(cast.stranger))
    assert browser.get(url(cast, "list")).status_code == 404
    assert browser.get(url(cast, "command", cast.command.pk)).status_code == 404
