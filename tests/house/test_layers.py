"""Imports point down, and modules stay short enough to be read."""

import ast
import sys

import pytest

from tests.house.source import ROOT, imported, modules, name, parsed

PRODUCT = modules(
    "api.py",
    "config.py",
    "dialects.py",
    "models.py",
    "glances.py",
    "counters.py",
    "sender",
    "commands",
    "auth",
    "web",
    "endpoints",
    "pages",
    "gunicorn.conf.py",
)
OURS = {
    "api",
    "config",
    "dialects",
    "models",
    "glances",
    "counters",
    "sender",
    "commands",
    "auth",
    "web",
    "endpoints",
    "pages",
    "migrations",
    "benchmarks",
    "tests",
}
#: What each layer may import of the house, beside the standard library and the libraries of requirements.in.
BELOW = {
    "dialects": set(),
    "models": {"dialects"},
    "glances": {"models"},
    "counters": {"models"},
    "config": set(),
    "auth": {"auth", "glances", "counters", "models", "dialects"},
    "web": {"web", "auth", "models", "dialects"},
    "endpoints": {"endpoints", "web", "auth", "models"},
    "pages": {"pages", "web", "auth", "models", "dialects"},
    "sender": {"sender", "auth", "models"},
    "commands": {"commands", "sender", "auth", "models"},
    "migrations": {"migrations"},
    "api": {"config", "models", "dialects", "auth", "web", "endpoints", "pages", "commands", "sender"},
    "gunicorn": {"config"},
}
LONGEST = {"models.py": 410}
ABOUT_300 = 320
#: Packages that a top-level module of ours would hide.
SHADOWED = {"limits", "email"} | set(sys.stdlib_module_names)


@pytest.mark.parametrize("path", [*PRODUCT, *modules("migrations")], ids=name)
def test_imports_point_down(path):
    layer = path.relative_to(ROOT).parts[0].split(".")[0]
    used = {module.split(".")[0] for module, _ in imported(path)} & OURS

    assert used <= BELOW[layer], (
        f"{name(path)} imports {sorted(used - BELOW[layer])}. Imports point down, api -> doors -> web -> auth -> "
        "models, and doors never import each other: so what is below can be read, tested and changed without what is "
        "above."
    )


def test_only_the_entry_and_the_server_read_the_settings():
    readers = {name(path) for path in PRODUCT for module, _ in imported(path) if module == "config"}

    assert readers == {"api.py", "gunicorn.conf.py"}, (
        "The environment is read once and checked, before anything else happens. All others read current_app.config, "
        "so that two apps in one process, and every test, can have settings of their own."
    )


@pytest.mark.parametrize("path", [*PRODUCT, *modules("migrations")], ids=name)
def test_only_config_reads_the_environment(path):
    if name(path) in ("config.py", "gunicorn.conf.py"):
        return
    used = {ast.unparse(node) for node in ast.walk(parsed(path)) if isinstance(node, ast.Attribute)}
    used |= {f"{module}.{what}" for module, what in imported(path)}
    read = {text for text in used if text.startswith(("os.environ", "os.getenv", "os.putenv", "dotenv"))}

    assert not read, (
        f"{name(path)} uses {sorted(read)}. Settings are in config.py alone, where each has a type and a check."
    )


def test_nothing_imports_the_benchmarks():
    users = [name(path) for path in PRODUCT for module, _ in imported(path) if module.split(".")[0] == "benchmarks"]

    assert not users, f"{users}: benchmarks have their own virtual environment, which a server does not have."


def test_no_module_of_ours_hides_a_package():
    tops = {path.stem for path in ROOT.glob("*.py")} | {path.parent.name for path in ROOT.glob("*/__init__.py")}

    assert not tops & SHADOWED, f"{sorted(tops & SHADOWED)} would be imported in place of the package of that name."


@pytest.mark.parametrize("path", [*PRODUCT, *modules("migrations")], ids=name)
def test_modules_are_short(path):
    lines = len(path.read_text(encoding="utf-8").splitlines())
    most = LONGEST.get(name(path), ABOUT_300)

    assert lines <= most, (
        f"{name(path)} has {lines} lines. A module that passes about 300 becomes a folder of the same name: the files "
        "that are enjoyed twice fit into one's head."
    )
