"""State moves as data: a table from move to (sources, target)."""

from collections.abc import Collection, Mapping

from .errors import WrongState

Moves = Mapping[str, tuple[Collection[str], str]]


def after(moves: Moves, state: str, move: str) -> str:
    """Return the state that `move` leads to, or refuse with WrongState."""
    sources, target = moves[move]
    if state not in sources:
        words = move.replace("_", " ")
        raise WrongState(f"Cannot {words} while it is “{str(state).replace('_', ' ')}”. Reload the page to see why.")
    return target


def diagram(moves: Moves) -> str:
    """Return the table as a Mermaid state diagram."""
    lines = [
        f"    {source} --> {target}: {move}"
        for move, (sources, target) in moves.items()
        for source in sorted(str(s) for s in sources)
    ]
    return "\n".join(["stateDiagram-v2", *lines])
