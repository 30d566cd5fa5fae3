"""Only three modules give and take roles: each of them holds the keys, and asks the catalogue first."""

import ast

import pytest

from tests.house.source import modules, name, parsed

WRITERS = {"models.py", "auth/accounts.py", "auth/roles.py", "auth/assignment.py"}
COLUMN = {"roles", "rolenames"}


@pytest.mark.parametrize("path", modules("models.py", "auth", "endpoints", "commands"), ids=name)
def test_nobody_else_writes_the_roles_of_a_user(path):
    lines = sorted({node.lineno for node in ast.walk(parsed(path)) if _writes(node)})

    assert not lines or name(path) in WRITERS, (
        f"{name(path)} writes roles in line {lines}. No name outside the catalogue may reach users.roles, and the "
        "last administrator must stay: call auth/roles.py, which sees to both under one lock."
    )


def test_the_writers_are_those_that_there_are():
    found = {name(path) for path in modules("models.py", "auth") if any(map(_writes, ast.walk(parsed(path))))}

    assert found == WRITERS


def _writes(node: ast.AST) -> bool:
    """Tell whether this assigns to the column, or has it among the values of an UPDATE or of a new User."""
    if isinstance(node, ast.Attribute):
        return isinstance(node.ctx, ast.Store) and node.attr in COLUMN
    if not isinstance(node, ast.Call):
        return False
    is_writing = ast.unparse(node.func).split(".")[-1] in ("values", "User", "setattr")
    constants = {arg.value for arg in node.args if isinstance(arg, ast.Constant)}
    return is_writing and bool(COLUMN & ({word.arg for word in node.keywords} | constants))
