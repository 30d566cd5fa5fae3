"""The README's own lines, typed by a new user, do what the README says."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.databases import fresh_database
from tests.test_deploy import BIN, ROOT, environment, serving

HEADINGS = ("Try it", "The first administrator", "Give someone a role")
ADDRESS = "127.0.0.1:5000"
DONE = "-- done:"
KEY = "the key of whoever reads the README for the first time"


@dataclass(frozen=True)
class Line:
    """A command line, and what the README says that it prints."""

    command: str
    expected: str

    def prints(self, output: str) -> bool:
        """Tell whether this is the output; `…` stands for anything."""
        parts = [re.escape(part) for part in self.expected.strip().split("…")]
        return re.fullmatch(".*".join(parts), output.strip(), re.DOTALL) is not None


def test_the_lines_do_what_the_readme_says(tmp_path):
    lines = read(ROOT / "README.md")

    with fresh_database(tmp_path) as url:
        given = {"APP_ENV": "development", "DATABASE_URL": url, "SECRET_KEY": KEY}
        with serving(tmp_path, given) as port:
            outputs = typed(lines, port, given)

    assert [_complaint(line, *told) for line, told in zip(lines, outputs, strict=True) if not _is_so(line, *told)] == []


def test_a_readme_with_too_few_lines_is_no_readme(tmp_path):
    short = tmp_path / "README.md"
    short.write_text(
        "## Try it\n```sh\n$ curl a\n$ curl b\n```\n## The first administrator\n```sh\n$ curl c\n```\n"
        "## Give someone a role\n"
    )

    with pytest.raises(AssertionError, match="fewer than 4"):
        read(short)


@pytest.mark.parametrize(
    ("expected", "output", "fits"),
    [
        ('{"a":1}', '{"a":1}\n', True),
        ('{"a":1}', '{"a":2}\n', False),
        ('{"a":1}', '{"a":1}\nand more\n', False),
        ('{"token":"…","a":1}', '{"token":"e.y-J","a":1}', True),
        ('{"token":"…","a":1}', '{"token":"e.y-J","a":12}', False),
        ("", "", True),
        ("", "curl: (7) Failed to connect", False),
    ],
)
def test_what_is_printed_is_compared_to_the_letter(expected, output, fits):
    assert Line("curl a", expected).prints(output) is fits


def test_an_expectation_ends_at_a_blank_line_and_a_command_may_go_on(tmp_path):
    block = "```sh\n$ curl a \\\n  -d b\nc\nd\n\nnot this\n$ curl e\n```\n```\n$ not this\n```\n"
    file = tmp_path / "README.md"
    file.write_text(
        f"## Try it\n{block}{block}## The first administrator\n## Give someone a role\n"
        "## Deploy\n```sh\n$ curl z\n```\n"
    )

    assert read(file) == [Line("curl a \\\n  -d b", "c\nd"), Line("curl e", "")] * 2


def read(file: Path) -> list[Line]:
    """The command lines under the headings, in order."""
    lines = [line for heading in HEADINGS for block in _blocks(file, heading) for line in _lines(block)]
    curls = [line for line in lines if re.search(r"\bcurl ", line.command)]
    assert len(curls) >= 4, f"{file.name} has fewer than 4 curl lines under the headings {HEADINGS}"
    return lines


def typed(lines: list[Line], port: int, given: dict[str, str]) -> list[tuple[str, int]]:
    """Type the lines into one shell; return what each of them prints, and its exit code."""
    script = "".join(f'{_here(line.command, port)}\nprintf "\\n{DONE}%s\\n" "$?"\n' for line in lines)
    shell = subprocess.run(
        ["bash", "-c", f"exec 2>&1\n{script}"],
        cwd=ROOT,
        env=environment(given),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return [(output, int(code)) for output, code in re.findall(rf"(.*?)\n{DONE}(\d+)\n", shell.stdout, re.DOTALL)]


def _is_so(line: Line, output: str, code: int) -> bool:
    return code == 0 and line.prints(output)


def _complaint(line: Line, output: str, code: int) -> str:
    return f"{line.command} should print {line.expected!r}, but prints {output!r} and exits with {code}"


def _here(command: str, port: int) -> str:
    """The command for this server, and with the programs of this virtual environment."""
    return command.replace(ADDRESS, f"127.0.0.1:{port}").replace(".venv/bin/", f"{BIN}/")


def _blocks(file: Path, heading: str) -> list[str]:
    """The fenced blocks of shell lines in a section."""
    section = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", file.read_text(), re.DOTALL | re.MULTILINE)
    assert section, f"{file.name} has no heading: {heading}"
    return re.findall(r"^```(?:sh|console)\n(.*?)^```$", section[1], re.DOTALL | re.MULTILINE)


def _lines(block: str) -> list[Line]:
    """A command begins with `$ ` and goes on after a backslash; what it prints ends at a blank line."""
    found = re.findall(r"^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).+\n)*)", block, re.MULTILINE)
    return [Line(command, expected.rstrip("\n")) for command, expected in found]
