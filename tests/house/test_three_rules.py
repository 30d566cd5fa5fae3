"""The three rules that keep the house simple: only doors commit, rules get values, refusals are raised."""

import ast
import inspect

import pytest

from auth import errors
from auth.errors import AuthError, Busy
from tests.house.source import functions, imported, modules, name, own_nodes, parsed

RULES = modules("auth")
DOORS = modules("endpoints", "pages", "commands")
#: All that a rule may have of Flask, and what the guard needs on top, because Praetorian hands it no values.
FLASK_FOR_RULES = {"current_app"}
FLASK_FOR_THE_GUARD = {"flask.Flask", "flask.g", "flask.request"}
#: A mistake of a programmer, not a refusal: it never answers a request.
MISTAKES = {"TypeError", "ValueError"}
REFUSALS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, AuthError)]


@pytest.mark.parametrize("path", [*RULES, *modules("models.py")], ids=name)
def test_rules_and_ground_never_commit(path):
    commits = [node.lineno for node in ast.walk(parsed(path)) if _is_commit(node)]

    assert not commits, (
        f"{name(path)} commits in line {commits}. Only a door commits, once, at the end: then a rule can be used by "
        "another rule, and a refusal after it takes everything back, half-done work never stays."
    )


@pytest.mark.parametrize("path", DOORS, ids=name)
def test_a_door_commits_once(path):
    for function in functions(path):
        commits = [node.lineno for node in own_nodes(function) if _is_commit(node)]

        assert len(commits) <= 1, (
            f"{name(path)}: {function.name} commits in lines {sorted(commits)}. One request is one transaction: with "
            "two, the first half stays when the second fails, and locks are let go between check and write."
        )


@pytest.mark.parametrize("path", RULES, ids=name)
def test_rules_never_see_a_request_or_a_response(path):
    is_guard = path.name == "guard.py"
    for module, what in imported(path):
        top = module.split(".")[0]
        allowed = (top != "flask" and top != "apiflask") or (module == "flask" and what in FLASK_FOR_RULES)
        allowed = allowed or (is_guard and (module, what) == ("flask", ""))
        allowed = allowed and not module.startswith(("werkzeug.wrappers", "werkzeug.exceptions"))

        assert allowed, (
            f"{name(path)} imports {what or module} of {module}. A rule gets values, not requests: the same rule "
            "serves the JSON door, the pages and the terminal, where there is no request."
        )


def test_the_guard_takes_no_more_of_flask_than_praetorian_needs():
    (guard,) = modules("auth/guard.py")
    used = {ast.unparse(node) for node in ast.walk(parsed(guard)) if isinstance(node, ast.Attribute)}
    of_flask = {text for text in used if text.startswith("flask.") and text.count(".") == 1}

    assert of_flask <= FLASK_FOR_THE_GUARD, (
        f"auth/guard.py uses {sorted(of_flask - FLASK_FOR_THE_GUARD)}. Praetorian calls the guard without values, so "
        "it may read the header and leave word of who it is; answering is for the door."
    )


@pytest.mark.parametrize("path", RULES, ids=name)
def test_a_rule_refuses_by_raising_an_auth_error(path):
    refusals = {kind.__name__ for kind in REFUSALS}
    makers = {function.name for function in functions(path) if function.returns and _text(function.returns) in refusals}
    known = refusals | makers | MISTAKES
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Raise) and node.exc is not None:
            strange = set(_raised(node.exc)) - known

            assert not strange, (
                f"{name(path)}:{node.lineno} raises {sorted(strange)}. Every refusal is an AuthError of "
                "auth/errors.py: only these are answered with their own code and status, the rest is a 500."
            )
        assert not (isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "abort"), (
            f"{name(path)}:{node.lineno} aborts, which only a request understands. Raise an AuthError."
        )


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda kind: kind.__name__)
def test_a_refusal_has_code_status_and_sentence(refusal):
    own = vars(refusal)

    assert {"code", "status", "__doc__"} <= {key for key, value in own.items() if value}, (
        f"{refusal.__name__} lacks its own code, status or docstring. Clients branch on the code, proxies and browsers "
        "on the status, and the docstring is the sentence that people read."
    )
    is_callers = 400 <= refusal.status < 500 or refusal is Busy
    assert is_callers, f"{refusal.__name__}: a refusal is the caller's affair, so its status is 4xx."
    assert refusal.code.replace("_", "a").isalpha() and refusal.code.islower(), "A code is a word for machines."
    assert "\n" not in refusal.__doc__.strip() and refusal.__doc__.strip().endswith("."), (
        f"{refusal.__name__}: the docstring goes to strangers as it is, so it is one line and a whole sentence."
    )


def _text(annotation: ast.expr) -> str:
    return ast.unparse(annotation).strip("'\"")


def _is_commit(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"


def _raised(node: ast.expr) -> list[str]:
    """The names of what a `raise` may raise."""
    if isinstance(node, ast.IfExp):
        return _raised(node.body) + _raised(node.orelse)
    return _raised(node.func) if isinstance(node, ast.Call) else [ast.unparse(node)]
