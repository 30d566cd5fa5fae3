"""Puts the house together: settings, ground, guard, doors. `api:app` is what gunicorn serves."""

import logging
from pathlib import Path
from typing import Any

from apiflask import APIFlask
from werkzeug.middleware.proxy_fix import ProxyFix

import commands
import endpoints
import pages
import sender
import web
from auth.guard import guard
from config import THREADS, Settings
from dialects import engine_options
from models import User, db

VERSION = "0.1.0"
HERE = Path(__file__).parent


def create_app(settings: Settings | None = None, **overrides: Any) -> APIFlask:
    """Return the app for these settings, or else those of the environment; `overrides` go to Flask's configuration."""
    settings = settings or Settings.load()
    logging.basicConfig(level=settings.log_level, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)
    app = APIFlask(
        "lictor",
        title="Lictor",
        version=VERSION,
        root_path=str(HERE),
        instance_path=str(HERE / "instance"),
        static_folder=None,
        openapi_blueprint_url_prefix=endpoints.PREFIX,
        docs_path=None,
    )
    app.config.from_mapping(
        settings.flask_config(app.instance_path),
        VERSION=VERSION,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database_url, THREADS),
    )
    app.config.from_mapping(overrides)
    db.init_app(app)
    guard.init_app(app, User)
    web.register(app)
    endpoints.register(app)
    pages.register(app)
    commands.register(app)
    sender.register(app)
    if proxies := settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    return app


app = create_app()
