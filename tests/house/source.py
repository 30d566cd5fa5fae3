"""The product's own modules, parsed: what the house tests look at."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def modules(*places: str) -> list[Path]:
    """The modules at these places of the repository, each a file or a whole folder."""
    found = [path for place in places for path in ([ROOT / place] if place.endswith(".py") else _in(ROOT / place))]
    assert found, f"there is nothing at {places}"
    return found


def name(path: Path) -> str:
    """How a failure message calls a file."""
    return str(path.relative_to(ROOT))


def imported(path: Path) -> Iterator[tuple[str, str]]:
    """Each import of a module as (module, name), wherever in the file it stands; the name is empty for `import x`."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name(path)} imports relatively: name the module, so that everyone sees its layer"
            yield from ((node.module or "", alias.name) for alias in node.names)


def functions(path: Path) -> Iterator[ast.FunctionDef]:
    """Every function of a module, nested ones and methods too."""
    return (node for node in ast.walk(parsed(path)) if isinstance(node, ast.FunctionDef))


def own_nodes(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """The nodes of a function, without those of the functions inside it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))


def _in(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))
