"""What of an item changed between what somebody was shown and what they would sign now, as the refusal shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.core.comparing import PartChange, changed_parts
from apps.core.errors import OtherDigest, Stale
from apps.deployments.models import Item
from apps.evidence.models import Evidence
from apps.probes.models import Run

from .listed import url_of


@dataclass(frozen=True)
class Meanwhile:
    """Why nothing was signed, what changed part by part, and where the history tells of it."""

    message: str
    changes: list[PartChange]
    history: str


def meanwhile(item: Item, refusal: Stale, seen: Mapping[str, Any] | None) -> Meanwhile:
    """What to show of a refused key. `seen` is what its page showed; without it the message alone says what changed."""
    found = changes_of(item, refusal, seen) if isinstance(refusal, OtherDigest) else []
    return Meanwhile(str(refusal), found, history_of(item))


def changes_of(item: Item, refusal: OtherDigest, seen: Mapping[str, Any] | None) -> list[PartChange]:
    """What changed of it part by part, where it is known what was seen."""
    return [] if seen is None else changed_parts(*_readable(item, seen, refusal.now))


def history_of(item: Item) -> str:
    """Where the history of its deployment tells of it, with what each entry changed."""
    return f"{url_of(item.deployment, 'history')}?q=item+{item.number}"


def _readable(item: Item, *contents: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The contents with titles of evidence beside its digests, and what runs of its probe found."""
    digests = {digest for content in contents for digest in content.get("evidence", ())}
    ever = Evidence.objects.filter(attachment__item=item, sha256__in=digests)
    titles = dict(ever.values_list("sha256", "title"))
    asked = {content["probe_run"] for content in contents if content.get("probe_run")}
    runs = {run.digest: run.get_state_display() for run in Run.objects.filter(probe=item.probe_id, digest__in=asked)}
    return [_named(content, titles, runs) for content in contents]


def _named(content: Mapping[str, Any], titles: Mapping[str, str], runs: Mapping[str, str]) -> dict[str, Any]:
    """The content of an item, or of a waiver, which has neither evidence nor a run."""
    named = dict(content)
    if "evidence" in named:
        named["evidence"] = [_with(titles, digest) for digest in named["evidence"]]
    if named.get("probe_run"):
        named["probe_run"] = _with(runs, named["probe_run"])
    return named


def _with(names: Mapping[str, str], digest: str) -> str:
    return f"{names[digest]}, sha256 {digest}" if digest in names else f"sha256 {digest}"
