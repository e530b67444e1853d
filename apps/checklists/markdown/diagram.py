"""Mermaid flow charts: the stages of a flow, in its order."""

import re
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

_NODE = (
    r"([A-Za-z_][\w-]{0,60})\s{0,5}(?:([\[({>]{1,3})[\"']?([^\[\](){}\"'\n]{1,200})[\"']?[\])}]{1,3})?(?::::\w{1,40})?"
)
_FIRST = re.compile(rf"\s{{0,40}}{_NODE}\s{{0,5}}")
_NEXT = re.compile(
    rf"(?:--+>|==+>|-\.+->|---+|--\s?[^\n>|-]{{1,80}}\s?--+>)\s{{0,5}}(?:\|[^|\n]{{0,80}}\|)?\s{{0,5}}{_NODE}\s{{0,5}}"
)
_NO_NODE = re.compile(r"\s*(?:style|classDef|class|subgraph|end|click|linkStyle|direction|%%|flowchart|graph)\b")


def stages(lines: tuple[str, ...]) -> list[tuple[str, int]]:
    """(title, offset of its line) of every stage of a flow; a question (`{…}`) is no stage."""
    labels: dict[str, str] = {}
    seen_at: dict[str, int] = {}
    arrows: list[tuple[str, str]] = []
    for offset, line in enumerate(lines):
        if _NO_NODE.match(line) or len(line) > 2000:
            continue
        chain = _chain(line, labels)
        for name in chain:
            seen_at.setdefault(name, offset)
        arrows += pairwise(chain)
    ordered = [(labels.get(name, name), seen_at[name]) for name in _in_order(list(seen_at), arrows)]
    return [(title, offset) for title, offset in ordered if title]


def _chain(line: str, labels: dict[str, str]) -> list[str]:
    """The nodes of one line, `A[One] --> B[Two] --> C`, their labels noted."""
    chain, found = [], _FIRST.match(line)
    while found:
        name, shape, label = found.groups()
        chain.append(name)
        if label:
            labels.setdefault(name, "" if shape == "{" else label.strip())
        found = _NEXT.match(line, found.end())
    return chain if len(chain) > 1 or (chain and chain[0] in labels) else []


def _in_order(names: list[str], arrows: list[tuple[str, str]]) -> list[str]:
    """Names so that every arrow points forward, as first written where arrows go round; [] without arrows."""
    sorter = TopologicalSorter(dict.fromkeys(names, ()))
    for source, target in arrows:
        sorter.add(target, source)
    try:
        return list(sorter.static_order()) if arrows else []
    except CycleError:
        return names
