"""The React app, as `npm run build` left it in frontend/dist; where nobody built it, a page that says how to."""

from mimetypes import guess_type
from pathlib import Path, PurePosixPath
from typing import Any

from flask import Response, current_app, redirect, request, send_from_directory, url_for
from werkzeug.utils import safe_join

from pages.layout import confined, pages
from web.access import public
from web.errors import shaped

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
INDEX = "index.html"
#: The names of these files tell one version from another, so they can be kept for ever.
HASHED = "assets/"
NOT_BUILT = (
    "The app is not built here. `make serve` builds it where npm is there, and so does `npm run build` in frontend/."
)


@pages.get("/app")
@public
def app_root() -> Any:
    """Lead to the app"""
    return redirect(url_for("pages.app"))


@pages.get("/app/", defaults={"name": ""})
@pages.get("/app/<path:name>")
@public
def app(name: str) -> Response:
    """Send a file of the app; what has no name of a file is an address in the app, which the app finds by itself"""
    if name != INDEX and (name.startswith(HASHED) or PurePosixPath(name).suffix):
        answer = _file(name)
        answer.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if name.startswith(HASHED) else "no-cache"
        )
        return answer
    if not (_built() / INDEX).is_file():
        return shaped(404, "not_found", NOT_BUILT)
    answer = send_from_directory(_built(), INDEX)
    answer.headers["Cache-Control"] = "no-cache"
    return confined(answer, CSP)


def _file(name: str) -> Response:
    """Send a file; where the build left a compressed twin of it, that one, to whoever can read it."""
    packed = f"{name}.gz"
    has_twin = safe_join(str(_built()), packed) is not None and (_built() / packed).is_file()
    if not has_twin:
        return send_from_directory(_built(), name)
    if request.accept_encodings["gzip"] > 0:
        answer = send_from_directory(_built(), packed, mimetype=guess_type(name)[0])
        answer.headers["Content-Encoding"] = "gzip"
    else:
        answer = send_from_directory(_built(), name)
    answer.vary.add("Accept-Encoding")
    return answer


def _built() -> Path:
    return Path(current_app.root_path) / "frontend" / "dist"
