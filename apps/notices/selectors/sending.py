"""What a delivery says when it is sent: what is open still, and what whoever gets it may see now."""

from django.conf import settings

from apps.accounts.models import User
from apps.core import mail
from apps.core.clock import Clock
from apps.core.http import address
from apps.notices import formats
from apps.notices.formats import MailLine
from apps.notices.models import Delivery, Enclosure, Notice
from apps.notices.rules import NEEDS

WHY = "You get this because it concerns you in Keyturn at {host}."
REMINDED = {Enclosure.Stage.HALF: "Reminder: ", Enclosure.Stage.MOST: "Last reminder: "}


def mail_of(delivery: Delivery) -> mail.Message | None:
    """The mail as it is to be sent now; None where nothing is left to say, or nobody to say it to."""
    person = User.objects.filter(pk__in=[delivery.person_id], is_active=True).exclude(email="").first()
    if person is None:
        return None
    found = delivery.enclosures.filter(notice__in=Notice.objects.visible_to(person).open())
    found = found.select_related("notice__item", "notice__deployment__team", "notice__team")
    enclosed = [each for each in found.order_by("notice__at", "pk") if _concerns_still(each.notice, person)]
    if not enclosed:
        return None
    lines = [_line(each, person) for each in enclosed]
    written = formats.written(
        lines,
        why=WHY.format(host=settings.KEYTURN_URL.partition("//")[2]),
        settings_url=url_of(address("notices:edit_reach")),
        inbox_url=url_of(address("notices:inbox")),
    )
    return mail.Message(delivery.pk, person.email, written.subject, written.text, written.html)


def url_of(path: str) -> str:
    """An address of this site as it is written outside of it."""
    return f"{settings.KEYTURN_URL}{path}"


def _concerns_still(notice: Notice, person: User) -> bool:
    """Whether they can still do what waits: a role may have ended a moment ago."""
    needed = NEEDS.get(notice.kind)
    return needed is None or (notice.team_id is not None and person.may(needed, notice.team_id))


def _line(enclosed: Enclosure, person: User) -> MailLine:
    notice = enclosed.notice
    deployment = notice.deployment
    facts: list[tuple[str, str]] = []
    if deployment:
        facts.append(("Deployment", f"{deployment.code} {deployment}"))
        if deployment.window_start:
            facts.append(("Window", f"opens {Clock(person.time_zone).beside(deployment.window_start)}"))
    detail = ": ".join(filter(None, (notice.actor_name, notice.detail)))
    where = deployment.code if deployment else notice.team.name if notice.team else ""
    title = f"{REMINDED.get(Enclosure.Stage(enclosed.stage), '')}{notice.title}"
    return MailLine(title, detail, where, url_of(notice.path), tuple(facts))
