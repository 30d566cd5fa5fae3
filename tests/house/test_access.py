"""Every route says who may come in."""

import ast

import pytest

from api import app as shipped
from tests.house.source import functions, imported, modules, name
from web import access

MARKS = {"public", "auth_required", "roles_required", "roles_accepted", "login_required", "either_required"}
VERBS = {"get", "post", "put", "patch", "delete", "route"}
WHY = (
    "Whoever reads a route sees at its head who may call it, the documentation tells it, and a route that nobody "
    "thought of is not open by oversight. The mark stands right below the address, outside everything that reads the "
    "body: strangers are refused before anything of theirs is looked at."
)


@pytest.mark.parametrize("endpoint", sorted({rule.endpoint for rule in shipped.url_map.iter_rules()}))
def test_a_route_states_its_access(endpoint):
    marked = getattr(shipped.view_functions[endpoint], "access", None)

    assert marked is not None, f"{endpoint} wears no mark of web/access.py. {WHY}"
    mark, names = marked
    assert mark in MARKS
    assert bool(names) == mark.startswith("roles_"), f"{endpoint}: {mark} with {names} lets in everyone, or no one."


@pytest.mark.parametrize("path", modules("endpoints", "pages"), ids=name)
def test_a_view_wears_exactly_one_mark_right_below_its_address(path):
    for view in functions(path):
        worn = [ast.unparse(_called(decorator)) for decorator in view.decorator_list]
        addresses = [text.split(".")[-1] in VERBS and "." in text for text in worn]
        if any(addresses):
            marks = [text for text in worn if text in MARKS]
            assert len(marks) == 1, f"{name(path)}: {view.name} wears {marks or 'no mark'}. {WHY}"
            assert worn.index(marks[0]) == sum(addresses), f"{name(path)}: {view.name} wears {worn}. {WHY}"


@pytest.mark.parametrize("path", modules("endpoints", "pages"), ids=name)
def test_views_take_their_marks_from_one_place(path):
    taken = {what for module, what in imported(path) if module in ("flask_praetorian", "flask_login")} | {
        module for module, what in imported(path) if not what
    }

    assert not taken & (MARKS | {"flask_praetorian", "flask_login"}), (
        f"{name(path)} takes decorators of the libraries past web/access.py, which checks the names of roles and "
        "tells the documentation."
    )


@pytest.mark.parametrize("names", [(), ("",), (["admin"],), (None,), ("Admin",), ("reader,admin",), ("admin\n",)])
@pytest.mark.parametrize("mark", [access.roles_required, access.roles_accepted])
def test_a_mark_refuses_names_that_would_let_in_everyone_or_no_one(mark, names):
    with pytest.raises(ValueError, match="name the roles"):
        mark(*names)


def _called(decorator: ast.expr) -> ast.expr:
    return decorator.func if isinstance(decorator, ast.Call) else decorator
