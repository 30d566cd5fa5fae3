"""The door of the pages: server-rendered HTML on a session cookie, and the same addresses for scripts that keep one."""

from datetime import timedelta

from flask import Flask
from flask_login import LoginManager, current_user
from flask_wtf import CSRFProtect

from auth import keys
from pages import account, app, factors, forgery, home, passwords, registration, sessions, visitors, words
from pages.cookies import PageSessions
from pages.layout import asset_address, error_page, pages
from web.errors import AS_PAGE

login_manager = LoginManager()
csrf = CSRFProtect()

#: What has views; importing them has put these into the blueprint.
VIEWS = (home, sessions, registration, passwords, account, factors, app)


def register(app: Flask) -> None:
    """Open the door."""
    ring = keys.KeyRing(keys.PAGE, app.config["SECRET_KEY"], app.config["SECRET_KEY_FALLBACKS"])
    of_forgery = keys.KeyRing(keys.FORGERY, app.config["SECRET_KEY"], app.config["SECRET_KEY_FALLBACKS"])
    app.extensions[forgery.KEYS] = of_forgery
    app.session_interface = PageSessions(ring)
    app.config.update(
        PERMANENT_SESSION_LIFETIME=timedelta(minutes=app.config["PAGE_SESSION_MINUTES"]),
        # Flask-Login's own cookie is never renewed; ours is in pages/cookies.py. No cookie can have this name.
        REMEMBER_COOKIE_NAME="no=cookie",
        # A token is worth what the session is worth that it belongs to; forgery.py asks for it, and for the origin.
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_SECRET_KEY=of_forgery.newest.secret,
    )
    csrf.init_app(app)
    # It would believe the first X-Forwarded-For, which anyone can write.
    login_manager.session_protection = None
    login_manager.user_loader(visitors.load)
    login_manager.request_loader(visitors.restore)
    login_manager.unauthorized_handler(visitors.send_to_sign_in)
    login_manager.init_app(app, add_context_processor=False)
    # The proxy asks only where a template does, which the page of an error does not.
    app.jinja_env.globals.update(current_user=current_user, asset=asset_address)
    app.jinja_env.filters.update(moment=words.moment, device=words.device)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.before_request(visitors.recognise)
    app.before_request(forgery.check)
    app.after_request(visitors.see_off)
    app.extensions[AS_PAGE] = error_page
    app.register_blueprint(pages)
