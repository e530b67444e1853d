"""Who may make and revoke tokens, and measure; whether what a token reports is taken."""

from apps.accounts.models import User
from apps.accounts.roles import READS_ONLY, Capability
from apps.core.errors import WrongState
from apps.core.permissions import ALLOW, Verdict, deny, not_now
from apps.deployments import permissions as deployments
from apps.deployments.models import Item
from apps.probes.kinds import Manual, Push, kind_of

from .models import Token

VERIFIED = "You verified this item, so somebody else {does}. Whoever does contributes to it."


def issue_token(user: User, item: Item) -> Verdict:
    """Whoever attaches probes. They contribute: what reports by their token is proof that they brought."""
    if not _has(item, Push):
        return not_now("Only a probe of the kind “Report from CI or a script” is reported to by a token.")
    return _contributes(user, item, "makes its token")


def measure(user: User, item: Item) -> Verdict:
    """Members measure, which is contributing."""
    if not _has(item, Manual):
        return not_now("Only a probe of the kind “Manual measurement” is measured by people.")
    return _contributes(user, item, "measures")


def revoke_token(user: User, token: Token) -> Verdict:
    """Any member takes a token out of use, also after its deployment ended."""
    if token.revoked_at:
        return not_now("This token is revoked already.")
    may_edit = user.may(Capability.EDIT, token.item.deployment.team_id)
    return ALLOW if may_edit else deny(READS_ONLY)


def take_report(item: Item, token: Token) -> Verdict:
    """Whether it acts for somebody who still may, on a deployment that is under way."""
    may = deployments.changes_item(token.created_by, item)
    if may or may.error is WrongState:
        return may
    return deny("Whoever made this token works no longer on this item. Ask a member of the team for another token.")


def _has(item: Item, kind: type) -> bool:
    return item.probe is not None and kind_of(item.probe.kind) is kind


def _contributes(user: User, item: Item, does: str) -> Verdict:
    may = deployments.changes_item(user, item)
    sign_off = item.sign_off
    verified = set().union(*(key.people for key in sign_off.turned if key.slot > sign_off.contributor_keys))
    return not_now(VERIFIED.format(does=does)) if may and user.pk in verified else may
