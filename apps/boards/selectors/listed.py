"""Deployments as rows of a list: how each stands, in words and in HTML (decision 18 says why not by a template)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from html import escape
from typing import assert_never

from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from apps.core.http import address
from apps.core.templatetags.ui import bar, when
from apps.core.wording import near, plural, span
from apps.deployments.models import Deployment
from apps.deployments.selectors.readiness import Members
from apps.deployments.states import State
from apps.ledger.models import Stream

from .rendered import Board, board_at

NO_GO_TONE = "no-go"


@dataclass(frozen=True)
class ListedDeployment:
    """One deployment in a list: how it stands, and its words."""

    deployment: Deployment
    board: Board
    tag: str
    tone: str
    window: str

    @property
    def html(self) -> SafeString:
        """The row of a list: how it stands, what it is, how far it is, when, and whose."""
        deployment, tone = self.deployment, f" {self.tone}" if self.tone else ""
        parts = (deployment.service, deployment.version, deployment.environment)
        service, version, environment = (f"<bdi>{escape(part)}</bdi>" for part in parts)
        url = address("deployments:board", deployment.team.slug, deployment.number)
        return mark_safe(
            f'<li class="deployment"><span class="state"><span class="tag{tone}">{escape(self.tag)}</span></span>'
            f'<p><a href="{url}">{service} {version} → {environment}</a>'
            f"<small>{escape(deployment.code)}{self._blocking}</small></p>"
            f'<p><span><span class="visually-hidden">settled items: </span>{self.board.settled}/{len(self.board.rows)}'
            f"</span>{self._bar}</p>"
            f'<p class="window">{self._window}</p>'
            f'<p class="owner"><bdi>{escape(deployment.created_by.full_name)}</bdi></p></li>'
        )

    @property
    def _blocking(self) -> str:
        if self.tone != NO_GO_TONE:
            return ""
        count = self.board.blocking
        return f" · {plural(count, 'condition blocks', 'conditions block')}"

    @property
    def _bar(self) -> str:
        tones = self.board.tones
        return bar(len(self.board.rows), "", **{tone: tones[tone] for tone in ("verified", "waived", "half", "failed")})

    @property
    def _window(self) -> str:
        deployment = self.deployment
        if deployment.is_over:
            closed = when(deployment.closed_at)
            return f"{self.window}<small>closed {closed}</small>" if self.window else f"closed<small>{closed}</small>"
        if self.window:
            return f"{self.window}<small>{when(deployment.window_start or deployment.window_end)}</small>"
        return '<span class="muted">no window yet</span>'


def boards_of(deployments: Collection[Deployment], people: Members) -> list[Board]:
    """The boards of deployments that came from `with_probe_versions`; one query, and four for each not read yet."""
    lengths = dict(Stream.objects.filter(name__in=[d.stream for d in deployments]).values_list("name", "length"))
    return [board_at(d.pk, (lengths.get(d.stream, 0), d.probe_versions, people)) for d in deployments]


def listed(deployments: Collection[Deployment], people: Members) -> list[ListedDeployment]:
    """Deployments as rows of a list."""
    now = timezone.now()
    return [
        ListedDeployment(deployment, board, *tag_of(deployment, is_go=board.is_go), window_words(deployment, now))
        for deployment, board in zip(deployments, boards_of(deployments, people), strict=True)
    ]


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
    """The window in UTC: "today 16:00–18:00", "Tue 24 Nov 06:00–07:00"; empty without one."""
    return span(deployment.window_start, deployment.window_end, partial(near, now=now))


def is_late(deployment: Deployment, now: datetime) -> bool:
    """Whether its window has gone by."""
    end = deployment.window_end or deployment.window_start
    return end is not None and end < now
