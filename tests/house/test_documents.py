"""What is written about the house is true of it."""

import os
import re

import pytest

from config import Settings
from endpoints.docs import codes
from tests.house.source import ROOT
from tests.house.test_three_rules import REFUSALS
from web.errors import NOT_READY, OF_THE_DOOR

ROW = re.compile(r"^\| *`([A-Z_]+)` *\|", re.MULTILINE)
CODE = re.compile(r"^\| *`([a-z_]+)` *\| *(\d{3})", re.MULTILINE)
#: Folders that are made on each machine, and so are in no repository.
MADE = {".git", "instance", "__pycache__", "node_modules", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis"}
HOME = re.compile(r"/(?:home|Users|root)/\w|[A-Z]:\\Users\\")


def test_the_readme_has_every_setting():
    table = ROW.findall(_read("README.md"))

    assert sorted(table) == sorted(name.upper() for name in Settings.model_fields), (
        "The settings table of README.md and config.py differ. Operators read the one, the server the other: a setting "
        "that is missing there cannot be used, and one that is missing here does nothing."
    )


def test_the_readme_has_the_default_of_every_setting():
    rows = {line.split("|")[1].strip(" `"): line for line in _read("README.md").splitlines() if ROW.match(line)}
    numbers = {
        name.upper(): field.default for name, field in Settings.model_fields.items() if type(field.default) is int
    }
    wrong = {name for name, default in numbers.items() if not re.search(rf"\b{default}\b", rows.get(name, ""))}

    assert not wrong, f"README.md tells another default for {sorted(wrong)} than config.py has."


def test_there_are_few_settings():
    assert len(Settings.model_fields) <= 30, "Each setting is a question to the operator. Thirty are the most."


def test_every_error_code_is_documented():
    documented = dict(CODE.findall(_read("docs/errors.md")))

    assert sorted(documented) == codes(), (
        "docs/errors.md and the codes that are answered differ. The list is closed and stable: clients branch on it."
    )


def test_every_error_code_is_documented_with_its_status():
    documented = CODE.findall(_read("docs/errors.md"))
    true = {(kind.code, str(kind.status)) for kind in REFUSALS if not kind.__subclasses__()}
    true |= {(code, str(status)) for status, (code, _) in OF_THE_DOOR.items()} | {(NOT_READY[0], "503")}

    assert set(documented) == true, "docs/errors.md tells another status than is answered."


@pytest.mark.parametrize("word", ["README.md", "docs"])
def test_the_documents_link_to_what_is_there(word):
    pages = [ROOT / word] if word.endswith(".md") else sorted((ROOT / word).rglob("*.md"))
    links = [(page, link) for page in pages for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())]
    dead = [f"{page.name}: {link}" for page, link in links if not (page.parent / link).exists()]

    assert pages and not dead, f"Dead links: {dead}"


def test_no_file_tells_where_someone_lives():
    told = [str(path.relative_to(ROOT)) for path in _texts() if HOME.search(path.read_text(errors="replace"))]

    assert not told, (
        f"{told} mention a folder in someone's home. Such a path works on one machine, and tells a name to all others."
    )


def _texts():
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in MADE and not name.startswith(".venv")]
        for file in files:
            if file != ".env":
                yield ROOT / folder / file


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")
