"""Deployments as rows of a list: how each stands, in words and in HTML (decision 18 says why not by a template)."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from html import escape
from typing import TYPE_CHECKING, assert_never

from django.utils.safestring import SafeString, mark_safe

from apps.core.http import address
from apps.core.templatetags import ui
from apps.core.wording import near, plural, span
from apps.deployments.models import Deployment
from apps.deployments.states import State

if TYPE_CHECKING:
    from .rendered import Board

NO_GO_TONE = "no-go"


@dataclass(frozen=True)
class ListedDeployment:
    """One deployment in a list: its board, who started it, and when somebody looks at it."""

    board: "Board"
    creator: str
    now: datetime

    @property
    def deployment(self) -> Deployment:
        """As it was when its board was read."""
        return self.board.deployment

    @property
    def html(self) -> SafeString:
        """The row of a list: how it stands, what it is, how far it is, when, and whose."""
        return mark_safe(
            f'{self.board.listed}<p class="window">{self._window}</p>'
            f'<p class="owner"><bdi>{escape(self.creator)}</bdi></p></li>'
        )

    @property
    def _window(self) -> str:
        deployment = self.deployment
        window = ui.span(deployment.window_start, deployment.window_end, partial(near, now=self.now))
        if deployment.is_over:
            closed = ui.when(deployment.closed_at)
            return f"{window}<small>closed {closed}</small>" if window else f"closed<small>{closed}</small>"
        if window:
            return f"{window}<small>{ui.when(deployment.window_start or deployment.window_end)}</small>"
        return '<span class="muted">no window yet</span>'


def url_of(deployment: Deployment, name: str = "board") -> str:
    """The address of its board, or of another of its pages or acts."""
    return address(f"deployments:{name}", deployment.team.slug, deployment.number)


def row_html(board: "Board") -> str:
    """The row of a list up to what is not the board's own: when it goes out and whose it is."""
    deployment = board.deployment
    tag, tone = tag_of(deployment, is_go=board.is_go)
    blocking = f" · {plural(board.blocking, 'condition blocks', 'conditions block')}" if tone == NO_GO_TONE else ""
    shares = {tone: board.tones[tone] for tone in ("verified", "waived", "half", "failed")}
    return (
        f'<li class="deployment"><span class="state"><span class="tag{tone and f" {tone}"}">{escape(tag)}</span></span>'
        f'<p><a href="{url_of(deployment)}">{_named(deployment)}</a>'
        f"<small>{escape(deployment.code)}{blocking}</small></p>"
        f'<p><span><span class="visually-hidden">items done: </span>{board.done}/{board.to_do}'
        f"</span>{ui.bar(board.to_do, '', **shares)}</p>"
    )


def task_html(deployment: Deployment, now: datetime, title: str, why: str, url: str, action: str) -> SafeString:
    """A row of my work: when, what and why, and the one thing to do."""
    title, why, url, action = map(escape, (title, why, url, action))
    window = ui.when(deployment.window_start) or '<span class="muted">no window</span>'
    if is_late(deployment, now):
        window = f'<span class="tag failed">late</span> <small>{ui.when(deployment.window_start)}</small>'
    return mark_safe(
        f'<li class="task"><p>{window}</p><p><a href="{url}"><bdi>{title}</bdi></a><small><bdi>{why}</bdi> ·'
        f" {escape(deployment.code)} {_named(deployment)}</small></p>"
        f'<a class="btn" href="{url}">{action}<span class="visually-hidden">: {title}</span></a></li>'
    )


def _named(deployment: Deployment) -> str:
    parts = (deployment.service, deployment.version, deployment.environment)
    return "{} {} → {}".format(*(f"<bdi>{escape(part)}</bdi>" for part in parts))


def tag_of(deployment: Deployment, *, is_go: bool) -> tuple[str, str]:
    """What a list says first of a deployment, and the status it is coloured by."""
    state = State(deployment.state)
    match state:
        case State.DRAFT:
            return state.label, ""
        case State.IN_REVIEW:
            return ("GO", "go") if is_go else ("NO-GO", NO_GO_TONE)
        case State.CLOSED:
            return deployment.get_outcome_display(), ""
        case _:
            assert_never(state)


def window_words(deployment: Deployment, now: datetime) -> str:
    """The window: "today 16:00–18:00 UTC", "Tue 24 Nov 06:00–07:00 UTC"; empty without one."""
    return span(deployment.window_start, deployment.window_end, partial(near, now=now))


def is_late(deployment: Deployment, now: datetime) -> bool:
    """Whether its window has gone by."""
    end = deployment.window_end or deployment.window_start
    return end is not None and end < now
