"""How notices are written: for mail, and for webhooks of each shape. Nothing that leaves signs anything here."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from hmac import new as keyed
from html import escape
from json import dumps
from typing import Any, assert_never

from apps.core.mail import SMALL, button, page
from apps.core.wording import isolated, plural, without_isolates

from .rules import Shape

LONGEST_SMALL = 600  # characters: a section of Slack takes 3,000, and each may be written as five
BEGINS_AN_ADDRESS = re.compile(r"(:(?=/)|www(?=\\?\.)|mailto(?=:)|tel(?=:))", re.IGNORECASE)
NOT_FROM_HERE = "Nobody can sign from a mail: the link asks who you are. Replies are not read."


@dataclass(frozen=True)
class MailLine:
    """One notice as a mail says it. facts: (what, value) beside it; url: where it is."""

    title: str
    detail: str
    where: str
    url: str
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Written:
    """What a mail says."""

    subject: str
    text: str
    html: str


def written(lines: Sequence[MailLine], *, why: str, settings_url: str, inbox_url: str) -> Written:
    """One notice as a mail with one button, several as a list with a link each. why: what this mail came of."""
    foot = f"{why} {NOT_FROM_HERE}"
    if len(lines) == 1:
        return _one(lines[0], foot, settings_url)
    subject = f"{plural(len(lines), 'notice')}: {without_isolates(lines[0].title)}"
    texts = "\n\n".join(f"{line.title}\n{_small_of(line)}\n{line.url}" for line in lines)
    rows = "".join(
        f'<li style="margin-bottom:14px"><a href="{escape(line.url)}"><bdi>{escape(line.title)}</bdi></a><br>'
        f'<span style="{SMALL}"><bdi>{escape(_small_of(line))}</bdi></span></li>'
        for line in lines
    )
    heading = f'<h1 style="font-size:20px">{plural(len(lines), "notice")}</h1>'
    html = f"{heading}<ul>{rows}</ul>{button(inbox_url, 'Open your inbox')}"
    text = f"{texts}\n\nAll of them: {inbox_url}\n\n{foot}\nLess mail, or a digest: {settings_url}\n"
    return Written(subject, without_isolates(text), _page(html, foot, settings_url))


def _one(line: MailLine, foot: str, settings_url: str) -> Written:
    facts = "".join(f"{name}: {value}\n" for name, value in line.facts)
    text = f"{line.title}\n\n{line.detail}\n{facts}\n{line.url}\n\n{foot}\nLess mail, or a digest: {settings_url}\n"
    rows = "".join(
        f'<tr><th style="text-align:start;padding-right:16px;{SMALL}">{escape(name)}</th><td>{escape(value)}</td></tr>'
        for name, value in line.facts
    )
    html = (
        f'<h1 style="font-size:20px"><bdi>{escape(line.title)}</bdi></h1><p><bdi>{escape(line.detail)}</bdi></p>'
        f"<table>{rows}</table>{button(line.url, 'Open it')}"
        f'<p style="{SMALL}">{escape(line.url)}</p>'
    )
    subject = f"{line.title} ({line.where})" if line.where else line.title
    return Written(without_isolates(subject), without_isolates(text), _page(html, foot, settings_url))


def _small_of(line: MailLine) -> str:
    return " · ".join(filter(None, (line.detail, isolated(line.where))))


def _page(html: str, foot: str, settings_url: str) -> str:
    return page(html, f'{escape(foot)} <a href="{escape(settings_url)}">Less mail, or a digest</a>.')


@dataclass(frozen=True)
class Posted:
    """One word as a webhook is told it. facts: what a program reads besides."""

    title: str
    detail: str
    where: str
    url: str
    facts: tuple[tuple[str, str], ...] = ()


def body_for(shape: Shape, posted: Posted) -> bytes:
    """What is sent to a webhook of a shape, as JSON."""
    small = " · ".join(filter(None, (posted.detail, posted.where)))
    match shape:
        case Shape.SLACK:
            content: dict[str, Any] = _blocks(posted, small)
        case Shape.MATTERMOST:
            content = {"text": f"**[{_for_markdown(posted.title)}]({posted.url})**\n{_for_markdown(small)}"}
        case Shape.TEAMS:
            content = _card(posted, small)
        case Shape.JSON:
            content = {"title": posted.title, "detail": posted.detail, "url": posted.url, **dict(posted.facts)}
        case _:
            assert_never(shape)
    return dumps(content, ensure_ascii=False, sort_keys=True).encode()


def signature(key: str, moment: int, body: bytes) -> str:
    """The value of Keyturn-Signature: seconds since 1970, and HMAC-SHA-256 of these, a dot and the body."""
    digest = keyed(key.encode(), f"{moment}.".encode() + body, sha256).hexdigest()
    return f"t={moment},v1={digest}"


def _blocks(posted: Posted, small: str) -> dict[str, Any]:
    """Sections that Slack takes as they are: it makes links of addresses in any other text. `text` is for alerts."""
    lines = [f"*<{posted.url}|{_for_slack(posted.title)}>*", _for_slack(small[:LONGEST_SMALL])]
    sections = [{"type": "mrkdwn", "text": line, "verbatim": True} for line in lines if line]
    return {"text": "\n".join(lines), "blocks": [{"type": "section", "text": text} for text in sections]}


def _card(posted: Posted, small: str) -> dict[str, Any]:
    """An adaptive card. Its text blocks read Markdown, so what people wrote is escaped."""
    blocks = [
        {"type": "TextBlock", "text": _for_markdown(posted.title), "weight": "bolder", "wrap": True},
        {"type": "TextBlock", "text": _for_markdown(small), "isSubtle": True, "wrap": True},
    ]
    card = {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.4",
        "body": blocks,
        "actions": [{"type": "Action.OpenUrl", "title": "Open", "url": posted.url}],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return {"type": "message", "attachments": [attachment]}


def _for_slack(text: str) -> str:
    """Nobody is called, and no link is made, by what somebody wrote: https://docs.slack.dev/messaging/formatting."""
    return _apart(text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("|", "¦"))


def _for_markdown(text: str) -> str:
    """The same where Markdown is read and an @ calls people: a space of no width stands behind it."""
    marked = "".join(f"\\{letter}" if letter in "\\`*_{}[]()#+-.!|<>~" else letter for letter in text)
    return _apart(marked).replace("@", "@\u200b")


def _apart(text: str) -> str:
    """No address to click, whatever its host looks like: a space of no width stands within what would begin one."""
    return BEGINS_AN_ADDRESS.sub("\\1\u200b", text)
