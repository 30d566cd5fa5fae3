"""What the app believes of the API is what the API says of itself."""

import json
import subprocess

from tests.house.source import ROOT

APP = ROOT / "frontend"


def test_the_types_of_the_app_are_those_of_the_api(client, tmp_path):
    (tmp_path / "openapi.json").write_text(json.dumps(client.get("/api/openapi.json").json))
    generator = APP / "node_modules/.bin/openapi-typescript"
    options = [tmp_path / "openapi.json", "--default-non-nullable=false", "--output", tmp_path / "schema.d.ts"]
    subprocess.run([generator, *options], cwd=APP, check=True, capture_output=True, timeout=60)

    assert (APP / "src/api/schema.d.ts").read_text() == (tmp_path / "schema.d.ts").read_text(), (
        "The API has changed: run `npm run generate` in frontend/ against a server of this version."
    )
