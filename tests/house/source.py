"""Reading our own code, for the rules that are about code."""

import ast
import inspect
import tomllib
from collections.abc import Callable, Iterable, Iterator
from functools import cache, wraps
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TypeVar

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ROOT / "apps"
NAMES = sorted(path.name for path in APPS.iterdir() if (path / "__init__.py").exists())
Node = TypeVar("Node", bound=ast.AST)
Thing = TypeVar("Thing")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def for_each(
    things: Iterable[Thing], called: Callable[[Thing], str] = str
) -> Callable[[Callable[[Thing], object]], Callable[[], None]]:
    """One test that checks each of many things and names every one that fails.

    For checks that take less time than the 4 ms that pytest takes for a test of each: there are thousands.
    """

    def in_one_test(check: Callable[[Thing], object]) -> Callable[[], None]:
        @wraps(check)
        def test() -> None:
            each, wrong = list(things), []
            for thing in each:
                try:
                    check(thing)
                except AssertionError as error:
                    wrong.append(f"{called(thing)}: {error}")
                except Exception as error:
                    error.add_note(f"while it looked at {called(thing)}")
                    raise
            assert each, "there is nothing to look at"
            assert not wrong, f"{len(wrong)} of {len(each)}:\n" + "\n".join(wrong)

        test.__signature__ = inspect.Signature()  # type: ignore[attr-defined]  # pytest looks for fixtures here
        return test

    return in_one_test


@cache
def files(*folders: str) -> list[Path]:
    """Every Python file below these folders of the repository, migrations left out."""
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if "migrations" not in path.parts]


@cache
def tree(path: Path) -> ast.Module:
    """The file as a syntax tree."""
    return ast.parse(path.read_text(), str(path))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Every node of a file. Walking the tree of each file for each rule anew would be most of what rules cost."""
    return tuple(ast.walk(tree(path)))


def walk(path: Path, *kinds: type[Node]) -> Iterator[Node]:
    """Every node of these kinds in a file."""
    return (node for node in nodes(path) if isinstance(node, kinds))


def functions(path: Path) -> Iterator[Function]:
    """Every function and method of a file."""
    return (node for node in nodes(path) if isinstance(node, Function))


def floors() -> list[list[str]]:
    """The apps floor by floor, the top one first, as import-linter holds them apart."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (layers,) = (each["layers"] for each in contracts if each["name"].startswith("Floors"))
    return [layer.split(" | ") for layer in layers]


def name(path: Path) -> str:
    """A file as people say it: apps/core/errors.py."""
    return path.relative_to(ROOT).as_posix()


def room(path: Path) -> str:
    """The room a file of an app belongs to: commands for apps/x/commands.py and apps/x/commands/items.py."""
    parts = path.relative_to(APPS).parts
    return parts[1].removesuffix(".py") if len(parts) > 1 else ""


def code_lines(function: Function) -> int:
    """How long a function's body is, its docstring left out."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def commands(app: str) -> dict[str, tuple[Path, Function]]:
    """The commands of an app by name: what its commands module offers to others."""
    module = module_of(app, "commands")
    if module is None:
        return {}
    found = {}
    for path in files(f"apps/{app}"):
        for node in tree(path).body if room(path) == "commands" else ():
            if isinstance(node, Function) and not node.name.startswith("_") and hasattr(module, node.name):
                found[node.name] = (path, node)
    return found


def module_of(app: str, room: str) -> ModuleType | None:
    """apps.<app>.<room>, if the app has that room."""
    return import_module(f"apps.{app}.{room}") if any((APPS / app).glob(f"{room}*")) else None


def called(node: ast.AST) -> set[str]:
    """The names of everything called below a node: `f` for f(), `m.f` for m.f()."""
    return {ast.unparse(call.func) for call in ast.walk(node) if isinstance(call, ast.Call)}
