"""The people every test shares, and the deployment they work on. All of it is made by real commands.

`people()` is the cast without a deployment; `stage()` adds a published checklist and a deployment in review.
`sign`, `make_ready` and `close` take it further; `load` reads an item as pages and commands do.
"""

import re
import uuid
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from django.utils import timezone

from apps.accounts import commands as accounts
from apps.accounts.commands import Account
from apps.accounts.models import Delegation, Grant, Invitation, Membership, Team, User
from apps.accounts.roles import BASES, GRANTED, Role
from apps.checklists import commands as checklists
from apps.checklists import permissions
from apps.checklists.markdown.document import Correction
from apps.checklists.models import TemplateVersion
from apps.deployments import commands as deployments
from apps.deployments.models import Deployment, Item
from apps.factors.commands import Evidence, Proof
from apps.factors.models import SigningSeries
from apps.factors.rules import SERIES, Means
from apps.imports import commands as imports
from apps.ledger.commands import SYSTEM
from apps.rollback.models import Step
from apps.sheets import commands as sheets
from apps.sheets.models import Reopening, Sheet
from apps.sheets.selectors import page_digest
from apps.sheets.states import Answer
from apps.signoff.rules import content_digest
from apps.teams import commands as teams

PASSWORD = "correct horse battery staple"
BY_PASSWORD = Evidence(password=PASSWORD)
CHECKLIST = """# Release

## Before

- [ ] **Critical:** Take a backup of {{ service }}
- [ ] Migrate the database. How long it took: ______

  ```bash
  ./manage.py migrate
  ```

- [ ] Tell support

## After

- [ ] Les tableaux de bord sont verts · 監視
- [ ] Error rate stays low
"""
READS_UNTIL = datetime.now(UTC).date() + timedelta(days=90)  # the last day of an auditor
AUDITING: dict[str, Any] = {"role": Role.AUDITOR, "reads_until": READS_UNTIL}
VERIFIES = (Role.REVIEWER, Role.AUTHOR, Role.DECIDER)


def people() -> SimpleNamespace:
    """Two teams: Payments with a lead, two reviewers, a member and an auditor; Stores with a stranger.

    The lead holds every role, the reviewers what turns second keys of any kind (VERIFIES). The stranger is the
    instance's administrator, so whatever they do not see, no stranger sees.
    """
    stranger = _found_instance("sol", "Sol Varga", "Stores", "stores")
    team = accounts.create_team(by=stranger, name="Payments", slug="pay")
    lead = join(team, by=stranger, username="lena", full_name="Lena Brandt", role=Role.ADMIN)
    cast = SimpleNamespace(
        team=team,
        lead=lead,
        reviewer=join(team, by=lead, username="ruth", full_name="Ruth Okafor", role=Role.REVIEWER),
        other_reviewer=join(team, by=lead, username="omar", full_name="عمر الحداد", role=Role.REVIEWER),
        member=join(team, by=lead, username="mika", full_name="佐藤 Mika", role=Role.MEMBER),
        auditor=join(team, by=lead, username="aude", full_name="Aude Laurent", role=Role.AUDITOR),
        other_team=Team.objects.get(slug="stores"),
    )
    teams.remove_member(Membership.objects.get(team=team, user=stranger), by=lead)
    cast.stranger = again(stranger)
    return cast


def join(team: Team, *, by: User, username: str, full_name: str, role: Role) -> User:
    """Somebody new who accepted an invitation into `team`; reviewers verify all there is, admins hold every role."""
    base = role if role in BASES else Role.MEMBER
    until = READS_UNTIL if base == Role.AUDITOR else None
    token = teams.invite_person(team, by=again(by), role=base, reads_until=until)
    account = Account(username=username, full_name=full_name, password=PASSWORD, email=f"{username}@example.com")
    invitation = Invitation.objects.with_token(token).get()
    person = accounts.accept_invitation(invitation, by=SYSTEM, account=account).user
    if role not in BASES:
        give(team, person, *(GRANTED if role == Role.ADMIN else VERIFIES), by=by)
    return person


def give(team: Team, person: User, *roles: Role, by: User) -> None:
    """Grant roles that somebody does not hold yet, all that are not base roles: asked for by one, granted by another.

    The second person is another admin, or an administrator of the instance where the team has none.
    """
    member = Membership.objects.get(team=team, user=person)
    for role in roles:
        if Grant.objects.standing().filter(team=team, person=person, role=role).exists():
            continue
        for grant in teams.ask_role(member, by=again(by), evidence=BY_PASSWORD, role=role, identity="known for years"):
            if not grant.granted_at:
                teams.grant_role(grant, by=second_admin(team, by), evidence=BY_PASSWORD)


def second_admin(team: Team, by: User) -> User:
    """Who grants what `by` asks for in a team."""
    others = User.objects.filter(pk__in=team.admins() - {by.pk}) or User.objects.filter(is_admin=True).exclude(pk=by.pk)
    return again(others[0])


def take(team: Team, person: User, *roles: Role, by: User) -> None:
    """End these roles of somebody, or all that are no base role."""
    for grant in Grant.objects.standing().filter(team=team, person=person, role__in=roles or GRANTED):
        teams.end_role(grant, by=again(by))


def again(person: User) -> User:
    """The same person as a next request would load them: nothing remembered about their roles."""
    return User.objects.get(pk=person.pk)


def stage(template_version: TemplateVersion | None = None) -> SimpleNamespace:
    """The cast with a deployment in review: five items in two sections, and a deployment of the stranger's own.

    Item 1 is critical, item 2 has a blank to fill in and a command, item 3 needs one key only.
    """
    cast = people()
    cast.version = template_version or publish(cast.team, by=cast.lead)
    cast.deployment = deploy(cast.team, cast.version, by=cast.lead)
    other = publish(cast.other_team, by=cast.stranger)
    cast.other_deployment = deploy(cast.other_team, other, by=cast.stranger, service="stock")
    cast.items = list(cast.deployment.items.order_by("number"))
    return cast


def proof(person: User) -> Proof:
    """That it is them, as the right password would show; what is typed has tests of its own (tests/factors)."""
    now = timezone.now()
    series = SigningSeries(person=person, person_name=person.full_name, means=Means.PASSWORD, session="0" * 64)
    series.began_at = now - timedelta(minutes=1)
    series.ends_at = series.began_at + SERIES
    return Proof(person, Means.PASSWORD, series)


def keyed(person: User, intent: uuid.UUID | None = None) -> dict[str, Any]:
    """What every command that signs takes: who, as a request loads them, that it is them, and what is meant once."""
    return {"by": again(person), "proof": proof(person), "intent": intent or uuid.uuid4()}


def hand_over(team: Team, *, of: User, to: User, days: int = 3) -> Delegation:
    """Somebody asks another one to verify for them, who agrees."""
    last_day = datetime.now(UTC).date() + timedelta(days=days)
    asked = teams.delegate(team, by=again(of), evidence=BY_PASSWORD, person=to, last_day=last_day)
    return teams.accept_delegation(asked, by=again(to), evidence=BY_PASSWORD)


def deploy(
    team: Team, checklist: TemplateVersion, *, by: User, service: str = "payments-api", **fields: str
) -> Deployment:
    """A deployment whose review is open."""
    values: dict[str, Any] = {"version": "2.4.1", "environment": "production"} | fields
    draft = deployments.create_deployment(team, by=again(by), template_version=checklist, service=service, **values)
    return deployments.open_review(draft, by=again(by))


def load(item: Item) -> Item:
    """The item with all that signing reads."""
    return Item.objects.for_signing().select_related("deployment__team").get(pk=item.pk)


def sign(item: Item, by: User, *, intent: uuid.UUID | None = None) -> Item:
    """Turn the next key of an item over what it says now."""
    now = load(item)
    shown = content_digest(now.content(pinned=now.run_to_pin))
    slot = len(now.sign_off.turned) + 1
    return deployments.sign_item(now, shown=shown, slot=slot, **keyed(by, intent))


def withdraw(item: Item, by: User, reason: str = "I read the wrong log", *, intent: uuid.UUID | None = None) -> Item:
    """Take back the key that somebody turned."""
    now = load(item)
    shown, revision = now.sign_off.digest, now.sign_off.revision
    return deployments.withdraw_key(now, reason=reason, shown=shown, revision=revision, **keyed(by, intent))


def fill_in(item: Item, by: User, result: str = "Done", value: str = "4 min") -> Item:
    """Write the result of an item, and the same into all its blanks."""
    return deployments.fill_in_item(item, by=again(by), result=result, values=[value] * len(item.fill_ins))


def write_plan(cast: SimpleNamespace, deployment: Deployment | None = None) -> None:
    """Fill in a complete rollback plan."""
    deployments.fill_in_rollback_plan(
        deployment or cast.deployment,
        by=again(cast.lead),
        owner=cast.member,
        steps=[Step("Route traffic back", "kubectl rollout undo deploy/payments"), Step("Tell support")],
        verification="The error rate is back under 0.1 %.",
        last_rehearsed_on=date(2026, 11, 2),
    )


def make_ready(cast: SimpleNamespace, deployment: Deployment | None = None) -> None:
    """Do everything until the verdict is GO: blanks, keys, plan."""
    deployment = deployment or cast.deployment
    write_plan(cast, deployment)
    for item in Item.objects.filter(deployment=deployment).order_by("number"):
        now = load(item)
        if now.is_waived or now.is_carried:
            continue
        if now.open_fill_ins:
            fill_in(item, cast.member)
            now = load(item)
        turned, signers = now.sign_off.turned, (cast.member, cast.reviewer, cast.other_reviewer, cast.lead)
        for person in signers[len(turned) : now.sign_off.required]:
            sign(item, person)


def complete(
    cast: SimpleNamespace, deployment: Deployment | None = None, answer: Answer = Answer.YES, **fields: str
) -> Sheet:
    """Complete the sheet as the member."""
    values: dict[str, Any] = {"issues": "", "resolution": "", "caveats": "", "version_deployed": "2.4.1"}
    if answer == Answer.CAVEATS:
        values |= {"caveats_owner": cast.member, "caveats_due_on": date(2099, 12, 31)}
    values |= fields
    deployment = deployment or cast.deployment
    shown = page_digest(Deployment.objects.get(pk=deployment.pk))
    return sheets.complete_sheet(deployment, answer=answer, shown=shown, **keyed(cast.member), **values)


def verify(cast: SimpleNamespace, sheet: Sheet, by: User | None = None) -> Sheet:
    """Verify a completed sheet, which closes the deployment."""
    now = Sheet.objects.select_related("sign_off").get(pk=sheet.pk)
    signed, by = now.sign_off, by or cast.reviewer
    return sheets.verify_sheet(now, shown=signed.digest, revision=signed.revision, **keyed(by))


def close(
    cast: SimpleNamespace, deployment: Deployment | None = None, answer: Answer = Answer.YES, **fields: str
) -> Sheet:
    """Complete and verify the sheet."""
    return verify(cast, complete(cast, deployment, answer, **fields))


def ask_reopening(cast: SimpleNamespace, deployment: Deployment | None = None, by: User | None = None) -> Reopening:
    """The member, or `by`, asks to reopen what has ended."""
    person = again(by or cast.member)
    return sheets.ask_reopening(deployment or cast.deployment, by=person, reason="The issues lack the queue")


def agree_reopening(asked: Reopening, by: User, intent: uuid.UUID | None = None) -> Deployment:
    """Somebody agrees: it is in review again."""
    now = Reopening.objects.select_related("sign_off").get(pk=asked.pk)
    return sheets.agree_reopening(now, shown=now.sign_off.digest, **keyed(by, intent)).deployment


def _found_instance(username: str, full_name: str, team_name: str, slug: str) -> User:
    token = accounts.invite_first_person(by=SYSTEM)
    invitation = Invitation.objects.with_token(token).get()
    account = Account(username=username, full_name=full_name, password=PASSWORD)
    return accounts.create_first_team(invitation, by=SYSTEM, account=account, name=team_name, slug=slug)


def publish(team: Team, *, by: User) -> TemplateVersion:
    """A published checklist of five items in two sections."""
    imported = imports.start_import(team, by=again(by), source=CHECKLIST, file_name="release.md")
    number = next(line for line, text in enumerate(CHECKLIST.splitlines(), 1) if "Tell support" in text)
    imports.correct_import(imported, by=again(by), chosen={number: Correction(keys=1)})
    (version,) = imports.draft_import(imported, by=again(by))
    return published(version, by=by)


def published(version: TemplateVersion, *, by: User) -> TemplateVersion:
    """A draft published: by its author where nobody else could, otherwise by the first who may and did not write it."""
    if version.is_published:
        return version
    if permissions.publishers_needed(version.template.team, by) == 1:
        return checklists.publish_version(version, shown=version.digest, **keyed(by))
    checklists.submit_version(version, **keyed(by), note="", shown=version.digest)
    asked = TemplateVersion.objects.for_signing().get(pk=version.pk)
    team = User.objects.filter(memberships__team=asked.template.team).order_by("username")
    second = next((person for person in team if permissions.publish_version(person, asked)), None)
    assert second, "nobody may publish it"
    return checklists.publish_version(asked, shown=asked.sign_off.digest, **keyed(second))


def words(answer: Any) -> str:
    """A page with every run of whitespace as one space, as a browser shows it."""
    return " ".join(answer.content.decode().split())


def session_of(person: User) -> str:
    """The key of a session as signing in makes one."""
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def signed_in(person: User) -> Client:
    """The browser of somebody who signed in."""
    client = Client()
    client.force_login(person)
    return client


def basis(browser: Client, page: str, act: str = "") -> dict[str, str]:
    """What a form of a page brings along of what it showed: the first one, or the one that posts to `act`."""
    html = browser.get(page).content.decode()
    _, _, form = html.partition(f'action="{act}"') if act else ("", "", html)
    found = re.search(r'name="basis" value="[^"]*"', form)
    assert found, f"no form of {page} says what it showed"
    return dict(re.findall(r'name="(basis|draft)" value="([^"]*)"', form[: form.index("</form>", found.start())]))
