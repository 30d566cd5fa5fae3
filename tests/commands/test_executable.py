"""The `flask` that an operator types, as a program of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.factories import PASSWORD, sign_in

HERE = Path(__file__).parents[2]


@pytest.fixture
def flask(app, database_url):
    """Run the program `flask` on the database of the tests."""

    def run(*words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        given = {"APP_ENV": "development", "DATABASE_URL": database_url, "SECRET_KEY": app.config["SECRET_KEY"]}
        program = Path(sys.executable).with_name("flask")
        return subprocess.run(
            [program, *words], cwd=HERE, env=os.environ | given, input=typed, capture_output=True, text=True, timeout=60
        )

    return run


def test_an_account_made_by_the_program_signs_in(flask, client):
    made = flask("users", "create", "ada", "--role", "admin", "--password-stdin", typed=f"{PASSWORD}\n")

    assert (made.returncode, made.stderr) == (0, "")
    ada = sign_in(client, "ada")
    assert made.stdout == f"ada is user {ada.id}, with the roles: admin,user.\n"
    assert client.get("/api/admin/users", headers=ada.headers).status_code == 200


def test_a_refusal_of_the_program_is_one_line(flask):
    refused = flask("roles", "grant", "nobody", "admin")

    assert refused.returncode == 1
    assert refused.stdout == ""
    assert refused.stderr == "Error: There is no such user.\n"
