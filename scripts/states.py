"""Write docs/states.md from the tables in apps/*/states.py; with --check, only say whether it is up to date."""

import sys
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from apps.core.states import diagram  # noqa: E402

PAGE = ROOT / "docs" / "states.md"
TOP = """# How things move

Written by `make states` from the tables in `apps/*/states.py`; do not edit. An arrow is a move, named like the command
that makes it; a move that is not shown is refused.
"""


def render() -> str:
    """The whole page."""
    parts = [TOP]
    for file in sorted(ROOT.glob("apps/*/states.py")):
        states = import_module(f"apps.{file.parent.name}.states")
        if moves := getattr(states, "MOVES", None):
            title = (states.__doc__ or file.parent.name).strip().rstrip(".")
            parts.append(f"## {file.parent.name}: {title}\n\n```mermaid\n{diagram(moves)}\n```\n")
    return "\n".join(parts)


def main(arguments: list[str]) -> int:
    """Exit code 1 when --check finds the page out of date."""
    page = render()
    if "--check" not in arguments:
        PAGE.write_text(page)
    elif not PAGE.exists() or PAGE.read_text() != page:
        print("docs/states.md is not what apps/*/states.py say. Run: make states")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
