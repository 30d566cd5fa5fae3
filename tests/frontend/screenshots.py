"""Pictures of every page of the app in each of its states: `python -m tests.frontend.screenshots [FOLDER]`."""

import sys
from pathlib import Path

from tests.browser.screenshots import FOLDER, picture
from tests.frontend.guests import built, serving, welcomed
from tests.frontend.states import STATES, reach

if __name__ == "__main__":
    built()
    picture(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER / "app", STATES, serving, welcomed, reach)
